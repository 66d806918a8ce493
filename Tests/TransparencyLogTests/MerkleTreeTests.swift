import Simulators
import StrictEncoding
import Testing
import TransparencyLog

struct MerkleTreeTests {
    private static let tree: RekorTree = {
        var tree = RekorTree()
        for number in 0..<33 { _ = tree.append([UInt8(number)]) }
        return tree
    }()

    @Test
    func hashesLeavesAndNodesApart() {
        // RFC 6962 section 2.1: SHA-256 of 0x00, and of 0x01 0x00.
        #expect(
            Hex.encode(MerkleTree.leafHash([])) == "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d")
        #expect(MerkleTree.leafHash([0, 1]) != MerkleTree.nodeHash([0], [1]))
        #expect(MerkleTree.nodeHash([1], [0]) != MerkleTree.nodeHash([0], [1]))
    }

    @Test
    func provesInclusionOfEveryLeafInEveryTree() throws {
        for size in 1...Self.tree.leaves.count {
            let head = Self.tree.head(size: size)
            for index in 0..<size {
                let leafHash = MerkleTree.leafHash(Self.tree.leaves[index])
                let proof = Self.tree.inclusionProof(of: index, size: size)
                try MerkleTree.verifyInclusion(ofLeafHash: leafHash, at: UInt64(index), in: head, proof: proof)
                // No other place in the tree will do.
                for other in 0..<size where other != index {
                    #expect(throws: MerkleError.self) {
                        try MerkleTree.verifyInclusion(
                            ofLeafHash: leafHash, at: UInt64(other), in: head, proof: proof)
                    }
                }
            }
        }
    }

    @Test
    func provesConsistencyOfEveryTwoTrees() throws {
        for newer in 1...Self.tree.leaves.count {
            for older in 1...newer {
                let proof = Self.tree.consistencyProof(from: older, to: newer)
                try MerkleTree.verifyConsistency(
                    from: Self.tree.head(size: older), to: Self.tree.head(size: newer), proof: proof)
            }
        }
    }

    @Test
    func rejectsEveryFlippedBitOfProofsAndRoots() {
        for (index, size) in [(0, 33), (13, 27), (32, 33), (26, 27), (0, 1)] {
            let head = Self.tree.head(size: size)
            let leafHash = MerkleTree.leafHash(Self.tree.leaves[index])
            let proof = Self.tree.inclusionProof(of: index, size: size)
            for place in -2..<proof.count {
                for bit in 0..<256 {
                    var (leafHash, root, proof) = (leafHash, head.rootHash, proof)
                    switch place {
                    case -2: leafHash[bit / 8] ^= 1 << (bit % 8)
                    case -1: root[bit / 8] ^= 1 << (bit % 8)
                    default: proof[place][bit / 8] ^= 1 << (bit % 8)
                    }
                    #expect(throws: MerkleError.rootMismatch) {
                        try MerkleTree.verifyInclusion(
                            ofLeafHash: leafHash, at: UInt64(index), in: TreeHead(size: head.size, rootHash: root),
                            proof: proof)
                    }
                }
            }
        }
    }

    @Test
    func rejectsEveryFlippedBitOfConsistencyProofs() {
        for (older, newer) in [(8, 33), (7, 33), (6, 27), (32, 33)] {
            let proof = Self.tree.consistencyProof(from: older, to: newer)
            for place in -2..<proof.count {
                for bit in 0..<256 {
                    var (old, new, proof) = (Self.tree.head(size: older), Self.tree.head(size: newer), proof)
                    switch place {
                    case -2: old = old.flipping(bit)
                    case -1: new = new.flipping(bit)
                    default: proof[place][bit / 8] ^= 1 << (bit % 8)
                    }
                    #expect(throws: MerkleError.rootMismatch) {
                        try MerkleTree.verifyConsistency(from: old, to: new, proof: proof)
                    }
                }
            }
        }
    }

    @Test
    func rejectsProofsOfAnotherLength() {
        let (leafHash, head) = (MerkleTree.leafHash(Self.tree.leaves[5]), Self.tree.head(size: 27))
        let proof = Self.tree.inclusionProof(of: 5, size: 27)
        for other in [Array(proof.dropLast()), proof + [head.rootHash], [], proof + proof] {
            #expect(throws: MerkleError.wrongProofLength(expected: proof.count, found: other.count)) {
                try MerkleTree.verifyInclusion(ofLeafHash: leafHash, at: 5, in: head, proof: other)
            }
        }
        let consistency = Self.tree.consistencyProof(from: 6, to: 27)
        for other in [Array(consistency.dropLast()), consistency + [head.rootHash], []] {
            #expect(throws: MerkleError.wrongProofLength(expected: consistency.count, found: other.count)) {
                try MerkleTree.verifyConsistency(from: Self.tree.head(size: 6), to: head, proof: other)
            }
        }
        #expect(throws: MerkleError.wrongProofLength(expected: 0, found: 1)) {
            try MerkleTree.verifyConsistency(from: head, to: head, proof: [head.rootHash])
        }
    }

    /// An inner node must not pass for a leaf hash of another length, nor a short sibling shift the boundary.
    @Test
    func rejectsHashesOfAnotherLength() {
        let head = Self.tree.head(size: 2)
        let (first, second) = (MerkleTree.leafHash([0]), MerkleTree.leafHash([1]))
        for (leaf, sibling) in [(first + second, []), (first + second.prefix(1), Array(second.dropFirst()))] {
            #expect(throws: MerkleError.wrongHashLength) {
                try MerkleTree.verifyInclusion(ofLeafHash: leaf, at: 0, in: head, proof: [sibling])
            }
        }
        #expect(throws: MerkleError.wrongHashLength) {
            try MerkleTree.verifyConsistency(
                from: Self.tree.head(size: 1), to: head, proof: [Array(second.dropFirst())])
        }
    }

    @Test
    func survivesHostileSizes() {
        let hash = MerkleTree.leafHash([])
        for size in [0, 1, 2, UInt64.max / 2, UInt64.max - 1, .max] {
            for index in [0, 1, UInt64.max / 2, UInt64.max - 1, .max] {
                for count in [0, 1, 63, 64, 65, 128] {
                    let proof = [[UInt8]](repeating: hash, count: count)
                    let head = TreeHead(size: size, rootHash: [1])
                    #expect(throws: MerkleError.self) {
                        try MerkleTree.verifyInclusion(ofLeafHash: hash, at: index, in: head, proof: proof)
                    }
                    #expect(throws: MerkleError.self) {
                        try MerkleTree.verifyConsistency(
                            from: TreeHead(size: index, rootHash: [2]), to: head, proof: proof)
                    }
                }
            }
        }
    }

    @Test
    func rejectsIndexAtTheSize() {
        let hash = MerkleTree.leafHash([7])
        #expect(throws: MerkleError.indexOutsideTree(index: 1, size: 1)) {
            try MerkleTree.verifyInclusion(
                ofLeafHash: hash, at: 1, in: TreeHead(size: 1, rootHash: hash), proof: [])
        }
        #expect(throws: MerkleError.indexOutsideTree(index: 0, size: 0)) {
            try MerkleTree.verifyInclusion(
                ofLeafHash: hash, at: 0, in: TreeHead(size: 0, rootHash: hash), proof: [])
        }
    }

    @Test
    func rejectsConsistencyWithNothing() {
        let (empty, one) = (Self.tree.head(size: 0), Self.tree.head(size: 1))
        #expect(throws: MerkleError.emptyTree) {
            try MerkleTree.verifyConsistency(from: empty, to: empty, proof: [])
        }
        #expect(throws: MerkleError.emptyTree) { try MerkleTree.verifyConsistency(from: empty, to: one, proof: []) }
        #expect(throws: MerkleError.shrinkingTree(older: 1, newer: 0)) {
            try MerkleTree.verifyConsistency(from: one, to: empty, proof: [])
        }
    }
}

extension TreeHead {
    fileprivate func flipping(_ bit: Int) -> TreeHead {
        var hash = rootHash
        hash[bit / 8] ^= 1 << (bit % 8)
        return TreeHead(size: size, rootHash: hash)
    }
}
