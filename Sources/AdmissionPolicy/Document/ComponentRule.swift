public import Content
import Findings
public import SBOM
import StrictEncoding

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
    /// Which versions are meant; nil for all. A component of which no version is stated, or none that can be compared, may be
    /// of any.
    public let versions: ComponentVersions?
    /// Why it is on the list, for people.
    public let reason: String?

    /// As the policy says it.
    public var description: String {
        let text =
            switch kind {
            case .package(let pattern): pattern.description
            case .name(let glob): "name \(glob)"
            case .supplier(let glob): "supplier \(glob)"
            }
        return versions.map { "\(text) \($0.range)" } ?? text
    }
}

/// A range of versions that a policy names.
public struct ComponentVersions: Sendable, Hashable {
    public let range: VersionRange

    /// By what it says.
    public static func == (a: ComponentVersions, b: ComponentVersions) -> Bool {
        a.range.description.utf8.elementsEqual(b.range.description.utf8)
    }
    public func hash(into hasher: inout Hasher) { hasher.combine(ExactString(range.description)) }

    /// Whether the version is within the range; nil where nothing comparable is stated.
    func contains(_ text: String?) -> Bool? {
        text.flatMap { try? Version($0, scheme: range.scheme) }.flatMap { range.contains($0) }
    }

    /// What lies beyond the range for somebody who has this version: `2.17.1 or later`; nil if there is no such version.
    func remedy(for text: String?) -> String? {
        guard let version = text.flatMap({ try? Version($0, scheme: range.scheme) }) else { return nil }
        let above = range.constraints.filter { $0.version.order(against: version) == .greater }
        guard let end = above.firstIndex(where: { $0.comparator == .less || $0.comparator == .lessOrEqual }) else {
            return range.constraints.allSatisfy { $0.comparator == .equal } ? "a version that is not listed" : nil
        }
        let bound = Finding.escaped(above[end].version.description)
        let isLast = !above[(end + 1)...].contains { $0.comparator != .notEqual }
        switch (above[end].comparator, isLast) {
        case (.less, true): return "\(bound) or later"
        case (.less, false): return bound
        case (_, true): return "a version after \(bound)"
        case (_, false): return "a version right after \(bound)"
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

    /// A pattern that means a component.
    struct Match {
        /// Among ``ComponentList/patterns``.
        let position: Int
        /// The version that was compared.
        let version: String?
        /// False if the pattern names versions, and what the component states can't be compared with them.
        let isCertain: Bool
    }

    /// Whether no pattern can mean the component, which has package URLs of which each can be read. False also where that is
    /// not plain: then ``matches(_:)`` tells.
    func isKnownToMiss(_ component: Component, _ room: inout PackageURLPatternIndex.LookupRoom) -> Bool {
        packages.isKnownToMiss(component, &room)
            && !otherPositions.contains { isMeant(component, by: patterns[$0]) }
    }

    /// All patterns that mean the component or may mean it, by position; those that certainly do come first.
    func matches(_ component: ListedComponent) -> [Match] {
        var found: [Match] = []
        func add(_ position: Int, _ version: String?) {
            guard let versions = patterns[position].versions else {
                return found.append(Match(position: position, version: version, isCertain: true))
            }
            switch versions.contains(version) {
            case true?: found.append(Match(position: position, version: version, isCertain: true))
            case false?: break
            case nil: found.append(Match(position: position, version: version, isCertain: false))
            }
        }
        for package in component.packages {
            for index in packages.matches(package) {
                add(packagePositions[index], component.version(of: package))
            }
        }
        for position in otherPositions where isMeant(component.component, by: patterns[position]) {
            add(position, component.version)
        }
        guard found.count > 1 else { return found }
        return found.sorted { $0.isCertain == $1.isCertain ? $0.position < $1.position : $0.isCertain }
    }

    private func isMeant(_ component: Component, by pattern: ComponentPattern) -> Bool {
        switch pattern.kind {
        case .package: false
        case .name(let glob): component.listedNames.contains { glob.matches($0) }
        case .supplier(let glob): component.statedSupplier.map { glob.matches($0) } ?? false
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
        for text in component.packageURLTexts {
            // What departs from the definition of its type is still the package that it names.
            if let package = try? PackageURL(text, typeDefinition: .recorded) {
                packages.append(package)
            } else if unreadable == nil {
                unreadable = text
            }
        }
        self.packages = packages
        self.unreadable = unreadable
    }

    /// The version of the package URL, which is what names the package, or else the component's own.
    func version(of package: PackageURL) -> String? {
        guard let version = package.version else { return component.version }
        // The epoch is a part of what RPM compares, and stands apart in a package URL.
        guard package.type.utf8.elementsEqual("rpm".utf8), !version.utf8.contains(UInt8(ascii: ":")),
            let epoch = package.qualifiers.first(where: { $0.key == "epoch" })
        else { return version }
        return "\(epoch.value.value):\(version)"
    }

    var version: String? { packages.first.flatMap { version(of: $0) } ?? component.version }
}

extension Component {
    /// Those that a name of a list may mean.
    fileprivate var listedNames: [String] {
        let name = self.name
        guard let group, !group.isEmpty else { return [name] }
        return [name, group + "/" + name]
    }

    /// Who supplies it, or else who made it. SPDX's words for "I don't say" are no name.
    var statedSupplier: String? {
        [supplier, originator].lazy.compactMap { $0 }.first { text in
            !text.isEmpty && !text.utf8.elementsEqual("NOASSERTION".utf8) && !text.utf8.elementsEqual("NONE".utf8)
        }
    }
}
