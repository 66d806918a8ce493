public import Content
public import SBOM

/// An SBOM of someone trusted lists nothing that is denied, only what is allowed, and all that is required.
public struct ComponentRule: Sendable, Hashable {
    public let selection: SBOMSelection
    /// No component may be among these. At least one of the three is given.
    public let deny: ComponentList?
    /// Every component has to be among these.
    public let allow: ComponentList?
    /// Each of these has to be there.
    public let require: ComponentList?
    /// What becomes of a component without a package URL that can be read, where packages are denied. Given exactly then.
    public let unidentified: Unidentified?

    public enum Unidentified: String, Sendable, CaseIterable {
        /// Nothing shows that it is none of those.
        case reject
        /// It is judged by its name and supplier only.
        case allow
    }
}

/// Which components are meant: a package, or a name or supplier.
public struct ComponentPattern: Sendable, Hashable, CustomStringConvertible {
    public enum Kind: Sendable, Hashable {
        /// By any of its package URLs.
        case package(PackageURLPattern)
        /// The component's name, or its group and name with a slash between them.
        case name(Glob)
        /// Who supplies it, or where that is not said, who made it.
        case supplier(Glob)
    }
    public let kind: Kind
    /// Why it is on the list, for people.
    public let reason: String?

    /// As the policy says it.
    public var description: String {
        switch kind {
        case .package(let pattern): pattern.description
        case .name(let glob): "name \(glob)"
        case .supplier(let glob): "supplier \(glob)"
        }
    }
}

/// A list of component patterns, arranged so that ten thousand of them cost no more than a few.
public struct ComponentList: Sendable, Hashable {
    /// At least one, in the order of the policy, those of a file behind them.
    public let patterns: [ComponentPattern]
    /// The file that holds a part of the patterns.
    public let file: ListFile?

    private let packages: PackageURLPatternIndex
    /// Positions of the patterns that the index holds, by its own.
    private let packagePositions: [Int]
    private let otherPositions: [Int]

    /// A file beside the policy, and what it held.
    public struct ListFile: Sendable, Hashable {
        public let path: String
        public let digest: Digest
    }

    init(_ patterns: [ComponentPattern], file: ListFile? = nil) {
        self.patterns = patterns
        self.file = file
        var packages: [PackageURLPattern] = []
        var positions: [Int] = []
        var others: [Int] = []
        for (position, pattern) in patterns.enumerated() {
            if case .package(let package) = pattern.kind {
                packages.append(package)
                positions.append(position)
            } else {
                others.append(position)
            }
        }
        self.packages = PackageURLPatternIndex(packages)
        packagePositions = positions
        otherPositions = others
    }

    /// Whether any pattern asks for a package URL.
    var hasPackages: Bool { !packagePositions.isEmpty }

    /// The positions of all patterns that mean the component, ascending.
    func matches(_ component: ListedComponent) -> [Int] {
        var found = component.packages.flatMap { package in packages.matches(package).map { packagePositions[$0] } }
        if component.packages.count > 1 { found = Set(found).sorted() }
        for position in otherPositions where isMeant(component, by: patterns[position]) { found.append(position) }
        return otherPositions.isEmpty ? found : found.sorted()
    }

    private func isMeant(_ component: ListedComponent, by pattern: ComponentPattern) -> Bool {
        switch pattern.kind {
        case .package: false
        case .name(let glob): component.names.contains { glob.matches($0) }
        case .supplier(let glob): component.supplier.map { glob.matches($0) } ?? false
        }
    }

    public static func == (a: ComponentList, b: ComponentList) -> Bool { a.patterns == b.patterns && a.file == b.file }
    public func hash(into hasher: inout Hasher) {
        hasher.combine(patterns)
        hasher.combine(file)
    }
}

/// A component as lists look at it.
struct ListedComponent {
    let component: Component
    /// Those of its package URLs that can be read.
    let packages: [PackageURL]
    /// A package URL that can't be read, as written.
    let unreadable: String?

    init(_ component: Component) {
        self.component = component
        var packages: [PackageURL] = []
        var unreadable: String?
        for stated in component.packageURLs {
            // What departs from the definition of its type is still the package that it names.
            if let package = try? PackageURL(stated.text, typeDefinition: .recorded) {
                packages.append(package)
            } else if unreadable == nil {
                unreadable = stated.text
            }
        }
        self.packages = packages
        self.unreadable = unreadable
    }

    var names: [String] {
        let name = component.name
        guard let group = component.group, !group.isEmpty else { return [name] }
        return [name, group + "/" + name]
    }

    var supplier: String? { component.statedSupplier }
}

extension Component {
    /// Who supplies it, or else who made it. SPDX's words for "I don't say" are no name.
    var statedSupplier: String? {
        [supplier, originator].lazy.compactMap { $0 }.first { text in
            !text.isEmpty && !text.utf8.elementsEqual("NOASSERTION".utf8) && !text.utf8.elementsEqual("NONE".utf8)
        }
    }
}
