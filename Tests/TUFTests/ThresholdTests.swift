import PKI
import Simulators
import StrictEncoding
import TUF
import Testing

/// Which signatures count, and how often.
@Suite struct ThresholdTests {
    /// A repository whose snapshot role has these keys and this threshold, and a client that trusts its root.
    private func repository(
        _ keys: [SimulatedTUFKey], threshold: Int, signers: [SimulatedTUFKey]? = nil
    ) throws -> (SimulatedTUFRepository, StoredTrust) {
        var repository = try SimulatedTUFRepository()
        repository.snapshot.keys = keys
        repository.snapshot.threshold = threshold
        repository.snapshot.signers = signers
        try repository.publishRoot()
        try repository.publish()
        return (repository, try StoredTrust(repository))
    }

    @Test(arguments: [PublicKey.Kind.ed25519, .ecdsaP256, .ecdsaP384, .rsa(bits: 2048)])
    func acceptsKeysOfEveryType(kind: PublicKey.Kind) throws {
        var (repository, client) = try repository([SimulatedTUFKey(kind)], threshold: 1)
        try client.refresh(from: repository)
        repository.files["1.snapshot.json"] = try other(
            try #require(repository.files["1.snapshot.json"]), signature: String(repeating: "ab", count: 64))
        #expect(throws: TUFError.tooFewSignatures(.snapshot, by: .trusted, expected: 1, found: 0)) {
            try client.refresh(from: repository)
        }
    }

    @Test func acceptsTheOlderNameOfECDSAKeys() throws {
        var key = try SimulatedTUFKey(.ecdsaP256)
        key.keyType = "ecdsa-sha2-nistp256"
        var (repository, client) = try repository([key], threshold: 1)
        try client.refresh(from: repository)
        _ = repository
    }

    @Test func rejectsTooFewSignatures() throws {
        let keys = try (0..<3).map { _ in try SimulatedTUFKey() }
        var (repository, client) = try repository(keys, threshold: 3, signers: Array(keys.prefix(2)))
        #expect(throws: TUFError.tooFewSignatures(.snapshot, by: .trusted, expected: 3, found: 2)) {
            try client.refresh(from: repository)
        }
        #expect(client.timestamp != nil && client.snapshot == nil)
    }

    @Test func rejectsThresholdThatNoSetOfKeysReaches() throws {
        let keys = try (0..<2).map { _ in try SimulatedTUFKey() }
        var (repository, client) = try repository(keys, threshold: 3)
        #expect(throws: TUFError.tooFewSignatures(.snapshot, by: .trusted, expected: 3, found: 2)) {
            try client.refresh(from: repository)
        }
    }

    @Test func oneKeyUnderTwoIDsCountsOnce() throws {
        let key = try SimulatedTUFKey()
        var twin = key
        twin.keyID = "twin"
        twin.extra = ["comment": "the same key"]
        var (repository, client) = try repository([key, twin], threshold: 2)
        #expect(throws: TUFError.tooFewSignatures(.snapshot, by: .trusted, expected: 2, found: 1)) {
            try client.refresh(from: repository)
        }
    }

    @Test func rejectsDuplicateSignatures() throws {
        let key = try SimulatedTUFKey()
        var (repository, client) = try repository([key], threshold: 1, signers: [key, key])
        #expect(throws: TUFError.malformed(.snapshot, .repeatedKeyID(key.keyID, at: "signatures"))) {
            try client.refresh(from: repository)
        }
    }

    @Test func rejectsRoleThatNamesAKeyTwice() throws {
        let key = try SimulatedTUFKey()
        var (repository, client) = try repository([key, key], threshold: 2)
        #expect(throws: TUFError.malformed(.root, .repeatedKeyID(key.keyID, at: "signed.roles.snapshot.keyids"))) {
            try client.refresh(from: repository)
        }
    }

    @Test(arguments: [0, -1]) func rejectsThresholdBelowOne(threshold: Int) throws {
        var (repository, client) = try repository([SimulatedTUFKey()], threshold: threshold)
        #expect(
            throws: TUFError.malformed(
                .root, .expected("an integer of at least 1", at: "signed.roles.snapshot.threshold"))
        ) { try client.refresh(from: repository) }
    }

    /// Keys that this client cannot use are no reason to refuse the rest.
    @Test(arguments: [
        ("sphincs", "sphincs-shake256"), ("rsa", "rsa-pkcs1v15-sha256"), ("ed25519", "ecdsa-sha2-nistp256"),
        ("ecdsa", "ecdsa-sha2-nistp384"), ("ECDSA", "ecdsa-sha2-nistp256"),
    ])
    func keysOfUnknownTypeOrSchemeNeverCount(keyType: String, scheme: String) throws {
        var odd = try SimulatedTUFKey(.ecdsaP256)
        odd.keyType = keyType
        odd.scheme = scheme
        let good = try SimulatedTUFKey()
        var (repository, client) = try repository([odd, good], threshold: 1)
        try client.refresh(from: repository)
        (repository, client) = try self.repository([odd, good], threshold: 2)
        #expect(throws: TUFError.tooFewSignatures(.snapshot, by: .trusted, expected: 2, found: 1)) {
            try client.refresh(from: repository)
        }
    }

    @Test func aKeyIDIsANameAndNeedNotBeAHash() throws {
        var key = try SimulatedTUFKey()
        key.keyID = "any name"
        var (repository, client) = try repository([key], threshold: 1)
        try client.refresh(from: repository)
        _ = repository
    }

    @Test(arguments: ["", "no hexadecimal", "00", String(repeating: "cd", count: 64)])
    func aWrongSignatureBesideEnoughGoodOnesDoesNoHarm(text: String) throws {
        let keys = try (0..<2).map { _ in try SimulatedTUFKey() }
        var (repository, client) = try repository(keys, threshold: 1, signers: [keys[0]])
        let extra: JSONTree = ["keyid": .string(keys[1].keyID), "sig": .string(text)]
        repository.files["1.snapshot.json"] = try adding(extra, to: try #require(repository.files["1.snapshot.json"]))
        try client.refresh(from: repository)
    }

    @Test func signaturesOfStrangersNeverCount() throws {
        let key = try SimulatedTUFKey()
        var (repository, client) = try repository([key], threshold: 1, signers: [SimulatedTUFKey(), SimulatedTUFKey()])
        #expect(throws: TUFError.tooFewSignatures(.snapshot, by: .trusted, expected: 1, found: 0)) {
            try client.refresh(from: repository)
        }
    }

    @Test func rejectsMoreSignaturesThanTheLimit() throws {
        let keys = try (0..<3).map { _ in try SimulatedTUFKey() }
        var (repository, client) = try repository(keys, threshold: 1)
        var limits = TUFLimits()
        limits.signatures = 2
        #expect(throws: TUFError.malformed(.snapshot, .tooManySignatures(limit: 2))) {
            try client.refresh(from: repository, limits: limits)
        }
    }

    /// Section 4.1: what this client does not know is signed all the same, and altering it is noticed.
    @Test func unknownMembersAreKeptAndSigned() throws {
        var repository = try SimulatedTUFRepository()
        repository.alterations["snapshot"] = { $0["x-unknown"] = ["b": [1, "é\"\\"], "a": .null] }
        try repository.publish()
        var client = try StoredTrust(repository)
        var altered = client
        try client.refresh(from: repository)
        let text = String(decoding: try #require(repository.files["1.snapshot.json"]), as: UTF8.self)
        repository.files["1.snapshot.json"] = Array(text.replacing("é", with: "e").utf8)
        #expect(throws: TUFError.tooFewSignatures(.snapshot, by: .trusted, expected: 1, found: 0)) {
            try altered.refresh(from: repository)
        }
    }

    private func adding(_ entry: JSONTree, to file: [UInt8]) throws -> [UInt8] {
        guard case .object(var members)? = JSONTree(try JSONDocument(parsing: file).root),
            case .array(let list)? = members["signatures"]
        else { throw StoredTrust.NotThere(name: "signatures") }
        members["signatures"] = .array(list + [entry])
        return JSONTree.object(members).prettyBytes()
    }

    /// The file with its first signature replaced.
    private func other(_ file: [UInt8], signature: String) throws -> [UInt8] {
        guard case .object(var members)? = JSONTree(try JSONDocument(parsing: file).root),
            case .array(var list)? = members["signatures"], case .object(var first)? = list.first
        else { throw StoredTrust.NotThere(name: "signatures") }
        first["sig"] = .string(signature)
        list[0] = .object(first)
        members["signatures"] = .array(list)
        return JSONTree.object(members).prettyBytes()
    }
}
