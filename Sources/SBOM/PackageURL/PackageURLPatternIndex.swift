import StrictEncoding

/// Many patterns, arranged so that matching a package looks up its parts instead of trying each pattern.
///
/// Patterns share a tree: one edge per type, segment or name. Edges without wildcards are found by hash, so ten
/// thousand literal patterns cost one look-up for each part of a package URL; those with wildcards are found by the text
/// before the first star, and only those that share it are tried one by one.
public struct PackageURLPatternIndex: Sendable {
    private struct Node {
        var literals: [ExactString: Int] = [:]
        /// By the text before the first star, so that `evil-*` is looked up too.
        var globs: [ExactString: [(pieces: [ExactString], node: Int)]] = [:]
        /// How long those texts are, in bytes.
        var prefixLengths: Set<Int> = []
        /// The state behind a `**`; it consumes any number of parts itself.
        var anyComponents: Int?
        var isAnyComponents = false
        /// Which patterns end here.
        var patterns: [Int] = []
    }

    private var nodes = [Node()]

    /// An index of patterns; matches are told by position in this list.
    public init(_ patterns: some Sequence<PackageURLPattern>) {
        for (index, pattern) in patterns.enumerated() {
            var at = 0
            for component in pattern.components { at = child(of: at, component) }
            nodes[at].patterns.append(index)
        }
    }

    /// The positions of all patterns that mean this package, ascending.
    public func matches(_ package: PackageURL) -> [Int] {
        var states: Set<Int> = []
        enter(0, &states)
        for component in package.components {
            var next: Set<Int> = []
            for state in states {
                let node = nodes[state]
                if node.isAnyComponents { next.insert(state) }
                if let node = node.literals[component] { enter(node, &next) }
                for length in node.prefixLengths where length <= component.utf8.count {
                    // A text that ends inside a character has no pattern.
                    guard let prefix = String(component.utf8.prefix(length)) else { continue }
                    for glob in node.globs[ExactString(prefix)] ?? []
                    where PackageURLPattern.Component.matches(glob.pieces, component) {
                        enter(glob.node, &next)
                    }
                }
            }
            states = next
            if states.isEmpty { return [] }
        }
        return states.flatMap { nodes[$0].patterns }.sorted()
    }

    /// Adds a state and those that are reached without consuming anything.
    private func enter(_ node: Int, _ states: inout Set<Int>) {
        var node: Int? = node
        while let at = node, states.insert(at).inserted { node = nodes[at].anyComponents }
    }

    private mutating func child(of at: Int, _ component: PackageURLPattern.Component) -> Int {
        let new = nodes.count
        switch component {
        case .literal(let text):
            if let found = nodes[at].literals[text] { return found }
            nodes[at].literals[text] = new
        case .glob(let pieces):
            let prefix = pieces.first ?? ""
            nodes[at].globs[prefix, default: []].append((pieces, new))
            nodes[at].prefixLengths.insert(prefix.utf8.count)
        case .anyComponents:
            // `**/**` means no more than `**`.
            if nodes[at].isAnyComponents { return at }
            if let found = nodes[at].anyComponents { return found }
            nodes[at].anyComponents = new
        }
        nodes.append(Node(isAnyComponents: component == .anyComponents))
        return new
    }
}
