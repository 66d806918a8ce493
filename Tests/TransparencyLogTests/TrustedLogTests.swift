import Findings
import PKI
import Signing
import Simulators
import StrictEncoding
import Testing
import TransparencyLog

/// What a root has to state of a log before it counts.
struct TrustedLogTests {
    private let key: PublicKey
    private let keyHash: [UInt8]

    init() throws {
        key = try PrivateKey.generate(.ecdsaP256).publicKey
        keyHash = LoggedHash(of: SignedMessage(key.subjectPublicKeyInfo), using: .sha256).bytes
    }

    private func log(
        algorithm: String = "SHA2_256", schemes: [SignatureScheme]? = nil, logID: [UInt8]? = nil,
        checkpointKeyID: [UInt8]? = nil, start: Instant? = LogScene.time, end: Instant? = nil
    ) throws(TrustedLogError) -> TrustedLog {
        try TrustedLog(
            baseURL: "https://log.example", hashAlgorithm: algorithm, publicKey: key, schemes: schemes, logID: logID,
            checkpointKeyID: checkpointKeyID, start: start, end: end)
    }

    @Test
    func namesALogByItsKey() throws {
        #expect(try log().logID == keyHash)
        #expect(try log().schemes == [.ecdsaSHA256])
        #expect(try log().validity == LogScene.time...Instant.latest)
        #expect(try log(end: LogScene.time).validity == LogScene.time...LogScene.time)
    }

    @Test
    func rejectsAMissingStart() {
        #expect(throws: TrustedLogError.noValidityStart) { try log(start: nil) }
        #expect(throws: TrustedLogError.noValidityStart) { try log(start: nil, end: LogScene.time) }
        #expect(TrustedLogError.noValidityStart.code.name == "log.malformed-trust")
    }

    @Test
    func rejectsEndBeforeStart() {
        #expect(throws: TrustedLogError.endsBeforeStart) { try log(end: LogScene.time.adding(seconds: -1)) }
    }

    @Test
    func rejectsWhatCannotBeUsed() {
        for algorithm in ["", "sha256", "SHA2_512", "SHA2_256 "] {
            #expect(throws: TrustedLogError.unsupportedHashAlgorithm(algorithm)) { try log(algorithm: algorithm) }
        }
        for schemes in [[], [.ed25519]] as [[SignatureScheme]] {
            #expect(throws: TrustedLogError.noUsableScheme) { try log(schemes: schemes) }
        }
        for count in [0, 3, 5, 31, 33] {
            #expect(throws: TrustedLogError.malformedLogID(byteCount: count)) {
                try log(logID: [UInt8](repeating: 0, count: count))
            }
        }
        for count in [0, 3, 33] {
            #expect(throws: TrustedLogError.malformedLogID(byteCount: count)) {
                try log(checkpointKeyID: [UInt8](repeating: 0, count: count))
            }
        }
    }

    /// A log that the root names otherwise is not found by the hash of its key.
    @Test
    func findsLogsOfRekor1ByTheStatedNameOnly() throws {
        var scene = try LogScene()
        let entry = try scene.log(.hashedrekord001)
        let key = scene.rekor1.key.publicKey
        func logs(_ logID: [UInt8]?) throws -> TrustedLogs {
            TrustedLogs([
                try TrustedLog(
                    baseURL: "https://rekor.example", hashAlgorithm: "SHA2_256", publicKey: key, logID: logID,
                    start: LogScene.time, end: nil)
            ])
        }
        _ = try VerifiedLogTime(promiseOf: entry, by: logs(nil))
        _ = try VerifiedLogTime(promiseOf: entry, by: logs(scene.rekor1.logID))
        for other in [scene.rekor2.logID, Array(scene.rekor1.logID.prefix(4))] {
            #expect(throws: LogEntryError.unknownLog) { try VerifiedLogTime(promiseOf: entry, by: logs(other)) }
        }
    }

    /// What the root states of checkpoints counts: a log with another key ID is another log.
    @Test
    func findsLogsOfRekor2ByTheStatedKeyID() throws {
        var scene = try LogScene()
        let entry = try scene.log(.hashedrekord002)
        let (key, noteHash) = (scene.rekor2.key.publicKey, scene.rekor2.logID)
        let spkiHash = LoggedHash(of: SignedMessage(key.subjectPublicKeyInfo), using: .sha256).bytes
        func holds(_ url: String, _ logID: [UInt8]?, _ checkpointKeyID: [UInt8]?) throws -> Bool {
            let log = try TrustedLog(
                baseURL: url, hashAlgorithm: "SHA2_256", publicKey: key, logID: logID, checkpointKeyID: checkpointKeyID,
                start: LogScene.time, end: nil)
            return (try? scene.verify(entry, for: scene.messageItem(), in: TrustedLogs([log]))) != nil
        }
        let (here, elsewhere) = ("https://log.example", "https://elsewhere.example")
        #expect(try holds(here, noteHash, nil) && holds(here, Array(noteHash.prefix(4)), nil))
        #expect(try holds(here, spkiHash, noteHash) && holds(here, nil, Array(noteHash.prefix(4))))
        #expect(try holds(here, spkiHash, nil) && holds(here, nil, nil))
        // The key ID binds the name; without one the base URL does.
        #expect(try holds(elsewhere, noteHash, nil))
        #expect(try !holds(elsewhere, nil, nil) && !holds(elsewhere, spkiHash, nil))
        #expect(try !holds(here, noteHash, [1, 2, 3, 4]) && !holds(here, [UInt8](repeating: 1, count: 32), nil))
    }
}
