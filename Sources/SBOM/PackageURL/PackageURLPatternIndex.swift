import StrictEncoding

/// Many patterns, arranged so that matching a package looks up its parts instead of trying each pattern.
///
/// Patterns share a tree: one edge per type, segment or name. Edges without wildcards are found by hash, so ten
/// thousand literal patterns cost one look-up for each part of a package URL; those with wildcards are found by the text
/// before the first star, and only those that share it are tried one by one.
public struct PackageURLPatternIndex: Sendable {
    private struct Node {
        /// How long the texts before the first stars are, in bytes.
        var prefixLengths: Set<Int> = []
        /// The state behind a `**`; it consumes any number of parts itself.
        var anyComponents: Int?
        var isAnyComponents = false
        /// Which patterns end here.
        var patterns: [Int] = []
    }

    private var nodes = [Node()]
    private var edges = PackageURLPatternEdges()

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
        var room = LookupRoom()
        room.path.take(package)
        walk(room.path.bytes, &room.states, &room.next)
        return room.states.flatMap { nodes[$0].patterns }.sorted()
    }

    /// What one look-up leaves to the next.
    public struct LookupRoom {
        fileprivate var path = PackageURLPath()
        /// Nodes that the parts so far lead to, each once.
        fileprivate var states: [Int] = []
        fileprivate var next: [Int] = []

        /// For the first of many.
        public init() {}
    }

    /// Whether the component has package URLs of which each can be read, as ``PackageURL/TypeDefinitionUse/recorded`` has it,
    /// and is meant by no pattern. False also where that takes reading them: most can be told without.
    public func isKnownToMiss(_ component: Component, _ room: inout LookupRoom) -> Bool {
        var count = 0
        let areMissed = component.allPackageURLs { text in
            count += 1
            guard room.path.take(ifCommon: text) else { return false }
            walk(room.path.bytes, &room.states, &room.next)
            return room.states.allSatisfy { nodes[$0].patterns.isEmpty }
        }
        return areMissed && count > 0
    }

    /// Follows the parts from the root; `states` is where they lead.
    private func walk(_ path: [UInt8], _ states: inout [Int], _ next: inout [Int]) {
        states.removeAll(keepingCapacity: true)
        enter(0, &states)
        var start = 0
        while start < path.count, !states.isEmpty {
            let end = path[start...].firstIndex(of: PackageURLPath.end) ?? path.count
            next.removeAll(keepingCapacity: true)
            for state in states {
                if nodes[state].isAnyComponents { next.append(state) }
                if let edge = edges.find(from: state, .literal, path[start..<end]) { enter(edges[edge].to, &next) }
                for length in nodes[state].prefixLengths where length <= end - start {
                    guard let edge = edges.find(from: state, .prefix, path[start..<start + length]) else { continue }
                    for glob in edges[edge].globs
                    where PackageURLPattern.Component.matches(glob.pieces, path[start..<end]) {
                        enter(glob.to, &next)
                    }
                }
            }
            // A `**` may have been entered twice.
            if next.count > 1 {
                next.sort()
                next = next.indices.filter { $0 == 0 || next[$0] != next[$0 - 1] }.map { next[$0] }
            }
            swap(&states, &next)
            start = end + 1
        }
    }

    /// Adds a state and those that are reached without consuming anything.
    private func enter(_ node: Int, _ states: inout [Int]) {
        states.append(node)
        if let node = nodes[node].anyComponents { enter(node, &states) }
    }

    private mutating func child(of at: Int, _ component: PackageURLPattern.Component) -> Int {
        let new = nodes.count
        switch component {
        case .literal(let text):
            let edge = edges.edge(from: at, .literal, Array(text.utf8), to: new)
            guard edges[edge].to == new else { return edges[edge].to }
        case .glob(let pieces):
            let pieces = pieces.map { Array($0.utf8) }
            let prefix = pieces.first ?? []
            edges.addGlob(pieces, from: at, prefix, to: new)
            nodes[at].prefixLengths.insert(prefix.count)
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

/// The edges of a ``PackageURLPatternIndex``, found by where they begin and what they say. A look-up makes no string of the
/// text that it asks for.
struct PackageURLPatternEdges: Sendable {
    enum Kind: UInt8 {
        /// All of a part.
        case literal
        /// What stands before the first star.
        case prefix
    }

    struct Edge: Sendable {
        let from: Int
        let kind: Kind
        let text: [UInt8]
        /// Where a literal leads.
        let to: Int
        /// Behind a prefix: the texts between the stars, and where they lead.
        var globs: [(pieces: [[UInt8]], to: Int)] = []
    }

    private var edges: [Edge] = []
    /// By hash, the next free one after it if that is taken; at most half of them are. -1 where free.
    private var slots = [Int](repeating: -1, count: 16)

    subscript(_ edge: Int) -> Edge { edges[edge] }

    func find(from: Int, _ kind: Kind, _ text: ArraySlice<UInt8>) -> Int? {
        let edge = slots[slot(from, kind, text)]
        return edge < 0 ? nil : edge
    }

    /// The edge with this text; a new one if there is none.
    mutating func edge(from: Int, _ kind: Kind, _ text: [UInt8], to: Int) -> Int {
        if let found = find(from: from, kind, text[...]) { return found }
        edges.append(Edge(from: from, kind: kind, text: text, to: to))
        if edges.count * 2 > slots.count {
            slots = [Int](repeating: -1, count: slots.count * 2)
            for (index, edge) in edges.enumerated() { slots[slot(edge.from, edge.kind, edge.text[...])] = index }
        } else {
            slots[slot(from, kind, text[...])] = edges.count - 1
        }
        return edges.count - 1
    }

    mutating func addGlob(_ pieces: [[UInt8]], from: Int, _ prefix: [UInt8], to: Int) {
        edges[edge(from: from, .prefix, prefix, to: to)].globs.append((pieces, to))
    }

    /// The slot that holds the edge, or the free one where it would be.
    private func slot(_ from: Int, _ kind: Kind, _ text: ArraySlice<UInt8>) -> Int {
        // FNV-1a. What is in the table comes from policies: whoever writes an SBOM can only ask.
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325 ^ UInt64(truncatingIfNeeded: from << 1 | Int(kind.rawValue))
        for byte in text { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        let mask = slots.count - 1
        var slot = Int(truncatingIfNeeded: hash ^ hash >> 32) & mask
        while slots[slot] >= 0 {
            let edge = edges[slots[slot]]
            if edge.from == from, edge.kind == kind, edge.text.elementsEqual(text) { break }
            slot = (slot + 1) & mask
        }
        return slot
    }
}
