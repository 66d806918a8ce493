public import TransparencyLog

/// A growing Merkle tree, built by the recursive definition of RFC 6962 section 2.1, which shares no code with what
/// checks proofs but the two hash functions.
public struct RekorTree: Sendable {
    public private(set) var leaves: [[UInt8]] = []

    public init() {}

    /// Appends a leaf; its index.
    public mutating func append(_ leaf: [UInt8]) -> Int {
        leaves.append(leaf)
        return leaves.count - 1
    }

    /// The head of the tree of the first `size` leaves; of all if nil.
    public func head(size: Int? = nil) -> TreeHead {
        let size = size ?? leaves.count
        return TreeHead(size: UInt64(size), rootHash: root(of: leaves[..<size]))
    }

    /// `PATH(m, D[n])`, section 2.1.1.
    public func inclusionProof(of index: Int, size: Int? = nil) -> [[UInt8]] {
        path(index, in: leaves[..<(size ?? leaves.count)])
    }

    /// `PROOF(m, D[n])`, section 2.1.2.
    public func consistencyProof(from older: Int, to newer: Int) -> [[UInt8]] {
        subproof(older, in: leaves[..<newer], isWhole: true)
    }

    private func root(of leaves: ArraySlice<[UInt8]>) -> [UInt8] {
        guard let first = leaves.first else { return [UInt8](repeating: 0, count: 32) }
        guard leaves.count > 1 else { return MerkleTree.leafHash(first) }
        let (left, right) = halves(leaves)
        return MerkleTree.nodeHash(root(of: left), root(of: right))
    }

    private func path(_ index: Int, in leaves: ArraySlice<[UInt8]>) -> [[UInt8]] {
        guard leaves.count > 1 else { return [] }
        let (left, right) = halves(leaves)
        return index < left.count
            ? path(index, in: left) + [root(of: right)]
            : path(index - left.count, in: right) + [root(of: left)]
    }

    private func subproof(_ older: Int, in leaves: ArraySlice<[UInt8]>, isWhole: Bool) -> [[UInt8]] {
        guard older < leaves.count else { return isWhole ? [] : [root(of: leaves)] }
        let (left, right) = halves(leaves)
        return older <= left.count
            ? subproof(older, in: left, isWhole: isWhole) + [root(of: right)]
            : subproof(older - left.count, in: right, isWhole: false) + [root(of: left)]
    }

    /// Split at the largest power of two below the number of leaves.
    private func halves(_ leaves: ArraySlice<[UInt8]>) -> (ArraySlice<[UInt8]>, ArraySlice<[UInt8]>) {
        var half = 1
        while half * 2 < leaves.count { half *= 2 }
        let middle = leaves.startIndex + half
        return (leaves[..<middle], leaves[middle...])
    }
}
