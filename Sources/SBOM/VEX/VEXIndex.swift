public import StrictEncoding

/// What trusted authors say of vulnerabilities, arranged to be asked finding by finding.
///
/// Of what one author says about one finding the latest statement holds. Authors don't overrule each other: a finding is
/// cleared if at least one author clears it and none says otherwise.
public struct VEXIndex: Sendable {
    private struct Entry {
        var author: ExactString
        var statement: VEXStatement
    }

    private var entries: [Entry] = []
    /// Which entries speak of a vulnerability, by any of its names.
    private var byVulnerability: [ExactString: [Int]] = [:]

    /// An index of documents and of who is known to have said them: the verified signer, not whom the document names.
    public init(_ documents: some Sequence<(author: ExactString, document: VEXDocument)>) {
        for (author, document) in documents {
            for statement in document.statements {
                for name in [statement.vulnerability] + statement.aliases {
                    byVulnerability[name, default: []].append(entries.count)
                }
                entries.append(Entry(author: author, statement: statement))
            }
        }
    }

    /// What holds for one vulnerability, by any of its names, in one place; nil if nobody speaks of it.
    public func resolve(_ vulnerability: [ExactString], in target: VEXTarget) -> VEXResolution? {
        var current: [ExactString: VEXStatement] = [:]
        let speaking = Set(vulnerability.flatMap { byVulnerability[$0] ?? [] })
        for index in speaking.sorted() where entries[index].statement.products.contains(where: target.isMeant) {
            let entry = entries[index]
            if let earlier = current[entry.author], !entry.statement.overrules(earlier) { continue }
            current[entry.author] = entry.statement
        }
        guard !current.isEmpty else { return nil }
        let statements = current.sorted { $0.key < $1.key }.map { (author: $0.key, statement: $0.value) }
        return VEXResolution(statements: statements)
    }
}

/// What authors say of a finding: for each author the statement that holds.
public struct VEXResolution: Sendable {
    /// Sorted by author. Never empty.
    public let statements: [(author: ExactString, statement: VEXStatement)]

    /// Whether every author who speaks says that it is fixed or does not affect.
    public var isCleared: Bool { statements.allSatisfy { $0.statement.status.clears } }
}

/// Where a vulnerability was found: a component of an image.
public struct VEXTarget: Sendable, Hashable {
    /// What the image is called.
    public var imageURLs: [PackageURL]
    /// Digests of the image: of its manifest, and of the index it was reached by.
    public var imageDigests: [ExactString]
    /// What the component is called; nil if it has no package URL.
    public var component: PackageURL?
    /// Digests of the component's files, `sha256:…`.
    public var componentDigests: [ExactString]

    /// A component of an image, or the image as a whole.
    public init(
        imageURLs: [PackageURL] = [], imageDigests: [ExactString], component: PackageURL?,
        componentDigests: [ExactString] = []
    ) {
        self.imageURLs = imageURLs
        self.imageDigests = imageDigests
        self.component = component
        self.componentDigests = componentDigests
    }

    /// Whether a product is the image, and the component one of its named parts if there are any; or the component
    /// itself, with all of its parts.
    func isMeant(by product: VEXProduct) -> Bool {
        if product.component.means(imageURLs, imageDigests) {
            return product.subcomponents.isEmpty
                || product.subcomponents.contains { $0.means(componentURLs, componentDigests) }
        }
        return product.subcomponents.isEmpty && product.component.means(componentURLs, componentDigests)
    }

    private var componentURLs: [PackageURL] { component.map { [$0] } ?? [] }
}

extension VEXComponent {
    /// By digest, also by that in a package URL of type `oci`; or by package URL, see ``PackageURL/covers(_:)``.
    fileprivate func means(_ found: [PackageURL], _ foundDigests: [ExactString]) -> Bool {
        if digests.contains(where: { foundDigests.contains($0) }) { return true }
        return urls.contains { url in
            if url.type == "oci", let version = url.version {
                return foundDigests.contains(ExactString(version))
            }
            return found.contains { url.covers($0) }
        }
    }
}

extension VEXStatement {
    /// The later one holds; of two at one time the one that clears less.
    fileprivate func overrules(_ other: VEXStatement) -> Bool {
        timestamp == other.timestamp ? !status.clears : timestamp > other.timestamp
    }
}
