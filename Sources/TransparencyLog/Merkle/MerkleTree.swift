import Crypto

/// The Merkle tree over SHA-256 of RFC 6962 section 2.1: hashes of leaves, and proofs about them.
///
/// Proofs have exactly one right length for given sizes; a proof of another length is refused before anything is
/// hashed, so no proof costs more than 128 hashes, whatever sizes it claims.
public enum MerkleTree {
    /// Length of every hash in bytes.
    public static let hashByteCount = 32

    /// Hash of a leaf: `SHA-256(0x00 || leaf)`.
    public static func leafHash(_ leaf: [UInt8]) -> [UInt8] {
        var state = SHA256()
        withUnsafeBytes(of: 0x00 as UInt8) { state.update(bufferPointer: $0) }
        leaf.withUnsafeBytes { state.update(bufferPointer: $0) }
        return Array(state.finalize())
    }

    /// Hash of an inner node: `SHA-256(0x01 || left || right)`.
    public static func nodeHash(_ left: [UInt8], _ right: [UInt8]) -> [UInt8] {
        var state = SHA256()
        withUnsafeBytes(of: 0x01 as UInt8) { state.update(bufferPointer: $0) }
        left.withUnsafeBytes { state.update(bufferPointer: $0) }
        right.withUnsafeBytes { state.update(bufferPointer: $0) }
        return Array(state.finalize())
    }

    /// Checks that a leaf stands at `index` of the tree with this head (RFC 9162 section 2.1.3.2).
    ///
    /// - Parameters:
    ///   - leafHash: what ``leafHash(_:)`` gives for the leaf.
    ///   - index: counted from zero.
    ///   - proof: the siblings on the way from the leaf to the root.
    /// - Throws: `MerkleError` unless that is so.
    public static func verifyInclusion(
        ofLeafHash leafHash: [UInt8], at index: UInt64, in head: TreeHead, proof: [[UInt8]]
    ) throws(MerkleError) {
        guard index < head.size else { throw .indexOutsideTree(index: index, size: head.size) }
        // Up to the height at which the ways of this leaf and of the last one meet, each node has a sibling. Above, the
        // way runs along the right border, where only a left turn has one.
        let inner = UInt64.bitWidth - (index ^ (head.size - 1)).leadingZeroBitCount
        let border = (index >> UInt64(inner)).nonzeroBitCount
        guard proof.count == inner + border else {
            throw .wrongProofLength(expected: inner + border, found: proof.count)
        }
        guard leafHash.count == hashByteCount, proof.allSatisfy({ $0.count == hashByteCount }) else {
            throw .wrongHashLength
        }
        var hash = leafHash
        for (height, sibling) in proof.enumerated() {
            let isRightChild = height >= inner || (index >> UInt64(height)) & 1 == 1
            hash = isRightChild ? nodeHash(sibling, hash) : nodeHash(hash, sibling)
        }
        guard hash == head.rootHash else { throw .rootMismatch }
    }

    /// Checks that the tree with head `newer` begins with all leaves of the tree with head `older` (RFC 9162 section
    /// 2.1.4.2).
    ///
    /// Nothing is said about an empty tree: every tree is consistent with it, so there is nothing to prove.
    ///
    /// - Throws: `MerkleError` unless that is so.
    public static func verifyConsistency(
        from older: TreeHead, to newer: TreeHead, proof: [[UInt8]]
    ) throws(MerkleError) {
        guard older.size > 0 else { throw .emptyTree }
        guard older.size <= newer.size else { throw .shrinkingTree(older: older.size, newer: newer.size) }
        if older.size == newer.size {
            guard proof.isEmpty else { throw .wrongProofLength(expected: 0, found: proof.count) }
            guard older.rootHash == newer.rootHash else { throw .rootMismatch }
            return
        }
        let expected = consistencyProofLength(from: older.size, to: newer.size)
        guard proof.count == expected else { throw .wrongProofLength(expected: expected, found: proof.count) }
        guard older.rootHash.count == hashByteCount, proof.allSatisfy({ $0.count == hashByteCount }) else {
            throw .wrongHashLength
        }

        // A whole older tree is itself a node of the newer one, and its root is left out of the proof.
        var path = older.size.nonzeroBitCount == 1 ? [older.rootHash] + proof : proof
        let first = path.removeFirst()
        var position = older.size - 1
        var last = newer.size - 1
        let shared = position.trailingOnes
        position >>= UInt64(shared)
        last >>= UInt64(shared)
        var olderHash = first
        var newerHash = first
        for node in path {
            guard last > 0 else { throw .rootMismatch }
            if position & 1 == 1 || position == last {
                olderHash = nodeHash(node, olderHash)
                newerHash = nodeHash(node, newerHash)
                while position & 1 == 0, position != 0 {
                    position >>= 1
                    last >>= 1
                }
            } else {
                newerHash = nodeHash(newerHash, node)
            }
            position >>= 1
            last >>= 1
        }
        guard last == 0, olderHash == older.rootHash, newerHash == newer.rootHash else { throw .rootMismatch }
    }

    /// Number of hashes in a consistency proof, for 0 < older < newer.
    ///
    /// It is an inclusion proof of the last node of the older tree that is whole, with that node before it unless it is
    /// the older tree itself.
    private static func consistencyProofLength(from older: UInt64, to newer: UInt64) -> Int {
        let height = UInt64(older.trailingZeroBitCount)
        let index = (older - 1) >> height
        let inner = UInt64.bitWidth - (index ^ ((newer - 1) >> height)).leadingZeroBitCount
        let border = (index >> UInt64(inner)).nonzeroBitCount
        return inner + border + (older.nonzeroBitCount == 1 ? 0 : 1)
    }
}

/// A tree's number of leaves and the hash of its root.
public struct TreeHead: Sendable, Hashable {
    /// Number of leaves.
    public let size: UInt64
    /// Hash of the root. Of another length than ``MerkleTree/hashByteCount`` it is the head of no tree.
    public let rootHash: [UInt8]

    public init(size: UInt64, rootHash: [UInt8]) {
        self.size = size
        self.rootHash = rootHash
    }
}

/// Why a proof does not show what it should.
public enum MerkleError: Error, Equatable, Sendable {
    case indexOutsideTree(index: UInt64, size: UInt64)
    /// The sizes alone say how many hashes a proof has.
    case wrongProofLength(expected: Int, found: Int)
    /// A hash is not one of SHA-256.
    case wrongHashLength
    /// The proof leads to another root.
    case rootMismatch
    /// Consistency with an empty tree was asked for.
    case emptyTree
    case shrinkingTree(older: UInt64, newer: UInt64)

    /// One line, lower case.
    public var message: String {
        switch self {
        case .indexOutsideTree(let index, let size):
            "expected an index below the tree size \(size), found \(index)"
        case .wrongProofLength(let expected, let found):
            "expected a proof of \(expected) \(expected == 1 ? "hash" : "hashes"), found \(found)"
        case .wrongHashLength: "expected hashes of \(MerkleTree.hashByteCount) bytes, found one of another length"
        case .rootMismatch: "expected a proof that leads to the root of the tree, found one that leads elsewhere"
        case .emptyTree: "expected a tree with leaves, found an empty one"
        case .shrinkingTree(let older, let newer):
            "expected a tree of at least \(older) leaves, found one of \(newer)"
        }
    }
}

extension UInt64 {
    /// How many of the lowest bits are all set.
    fileprivate var trailingOnes: Int { (~self).trailingZeroBitCount }
}
