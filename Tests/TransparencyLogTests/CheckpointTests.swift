import PKI
import Signing
import Simulators
import StrictEncoding
import Testing
import TransparencyLog

/// Signed notes and checkpoints: what is one, and who signed it.
struct CheckpointTests {
    private static let root = Base64.encode([UInt8](repeating: 7, count: 32))
    private static let line = "\u{2014} log.example AQIDBAU="
    private static let sound = "log.example\n12\n\(root)\n\n\(line)\n"

    private func parse(
        _ text: String, limits: CheckpointLimits = .standard
    ) throws(CheckpointError) -> UnverifiedCheckpoint {
        try UnverifiedCheckpoint(parsing: Array(text.utf8), limits: limits)
    }

    // MARK: The text

    @Test
    func readsACheckpoint() throws {
        let checkpoint = try parse("log.example\n12\n\(Self.root)\nTimestamp: 1\nmore\n\n\(Self.line)\n")
        #expect(checkpoint.origin == "log.example")
        #expect(checkpoint.head == TreeHead(size: 12, rootHash: [UInt8](repeating: 7, count: 32)))
        #expect(checkpoint.extensions == ["Timestamp: 1", "more"])
        #expect(checkpoint.note.text == Array("log.example\n12\n\(Self.root)\nTimestamp: 1\nmore\n".utf8))
        #expect(checkpoint.note.signatures.map(\.keyName) == ["log.example"])
        #expect(checkpoint.note.signatures.map(\.keyID.bytes) == [[1, 2, 3, 4]])
        #expect(checkpoint.note.signatures.map(\.bytes) == [[5]])
        #expect(try parse(Self.sound).extensions.isEmpty)
        #expect(try parse(Self.sound.replacing("\n12\n", with: "\n0\n")).head.size == 0)
        #expect(try parse(Self.sound.replacing("\n12\n", with: "\n\(UInt64.max)\n")).head.size == .max)
    }

    /// Anything but a dash, a name and base64 in the block of signatures, and anything but a text before it.
    @Test
    func rejectsNotesOfAnotherForm() {
        let text = "log.example\n12\n\(Self.root)\n"
        for (note, error) in [
            ("", .noBlankLine), ("\n", .noBlankLine), ("\n\n", .noSignatures), (text, .noBlankLine),
            ("\n\n\(Self.line)\n", .malformedLines), (text + Self.line + "\n", .noBlankLine),
            (text + "\n", .noSignatures),
            (text + "\n" + Self.line, .malformedSignatureLine(1)),
            (text + "\n" + Self.line + "\n" + Self.line, .malformedSignatureLine(1)),
            (text + "\n- log.example AQIDBAU=\n", .malformedSignatureLine(1)),
            (text + "\n\u{2014}log.example AQIDBAU=\n", .malformedSignatureLine(1)),
            (text + "\n\u{2014} AQIDBAU=\n", .malformedSignatureLine(1)),
            (text + "\n\u{2014}  AQIDBAU=\n", .malformedSignatureLine(1)),
            (text + "\n\u{2014} a+b AQIDBAU=\n", .malformedSignatureLine(1)),
            (text + "\n\u{2014} a\u{A0}b AQIDBAU=\n", .malformedSignatureLine(1)),
            (text + "\n\u{2014} a b AQIDBAU=\n", .malformedSignatureLine(1)),
            (text + "\n\u{2014} a  AQIDBAU=\n", .malformedSignatureLine(1)),
            (text + "\n\u{2014} a AQIDBAU\n", .malformedSignatureLine(1)),
            (text + "\n\u{2014} a AQIDBAV=\n", .malformedSignatureLine(1)),
            (text + "\n\u{2014} a AQIDBA==\n", .malformedSignatureLine(1)),
            (text + "\n\u{2014} a \n", .malformedSignatureLine(1)),
            (text + "\n\(Self.line)\n\u{2014} a AQI=\n", .malformedSignatureLine(2)),
            (text + "\n\(Self.line)\nmore\n", .malformedSignatureLine(2)),
            (text + "\n\(Self.line)\r\n", .notText), (text + "\0\n\n\(Self.line)\n", .notText),
            (text + "\t\n\n\(Self.line)\n", .notText),
        ] as [(String, CheckpointError)] {
            #expect(throws: error, "\(note)") { try parse(note) }
        }
        #expect(throws: CheckpointError.notText) {
            try UnverifiedCheckpoint(parsing: [0xC0, 0x80] + Array(Self.sound.utf8))
        }
        #expect(code { _ = try parse("") } == "checkpoint.malformed")
    }

    @Test
    func rejectsCheckpointsOfAnotherForm() {
        func note(_ lines: String...) -> String { lines.map { $0 + "\n" }.joined() + "\n\(Self.line)\n" }
        for (text, error) in [
            (note("log.example"), .malformedLines), (note("log.example", "12"), .malformedLines),
            (note("log.example", Self.root), .malformedLines), (note("", "12", Self.root), .malformedLines),
            (note("log.example", "12", Self.root, "", "more"), .malformedLines),
            (note("log.example", Self.root, "12"), .malformedTreeSize(Self.root)),
            (note("log.example", "012", Self.root), .malformedTreeSize("012")),
            (note("log.example", "00", Self.root), .malformedTreeSize("00")),
            (note("log.example", "-1", Self.root), .malformedTreeSize("-1")),
            (note("log.example", "+1", Self.root), .malformedTreeSize("+1")),
            (note("log.example", " 1", Self.root), .malformedTreeSize(" 1")),
            (note("log.example", "1e3", Self.root), .malformedTreeSize("1e3")),
            (note("log.example", "0x1", Self.root), .malformedTreeSize("0x1")),
            (note("log.example", "\u{0661}", Self.root), .malformedTreeSize("\u{0661}")),
            (note("log.example", "18446744073709551616", Self.root), .malformedTreeSize("18446744073709551616")),
            (note("log.example", "12", "AAAA"), .malformedRootHash),
            (note("log.example", "12", Self.root + "="), .malformedRootHash),
            (note("log.example", "12", Base64.encode([UInt8](repeating: 7, count: 33))), .malformedRootHash),
        ] as [(String, CheckpointError)] {
            #expect(throws: error, "\(text)") { try parse(text) }
        }
    }

    @Test
    func rejectsEndlessCheckpoints() throws {
        let lines = { (count: Int) in String(repeating: Self.line + "\n", count: count) }
        let text = "log.example\n12\n\(Self.root)\n\n"
        #expect(try parse(text + lines(64)).note.signatures.count == 64)
        #expect(throws: CheckpointError.tooManySignatures(limit: 64)) { try parse(text + lines(65)) }
        #expect(throws: CheckpointError.tooLarge(limit: 50)) {
            try parse(Self.sound, limits: CheckpointLimits(bytes: 50))
        }
        #expect(CheckpointLimits.standard.bytes == 524_288 && CheckpointLimits.standard.signatures >= 16)
        #expect(code { _ = try parse(text + lines(65)) } == "limit.checkpoint")
    }

    // MARK: The log's signature

    @Test(arguments: [
        (LogGeneration.rekor1, PublicKey.Kind.ecdsaP256), (.rekor1, .ecdsaP384), (.rekor1, .ed25519),
        (.rekor1, .rsa(bits: 2048)), (.rekor2, .ed25519), (.rekor2, .ecdsaP256), (.rekor2, .ecdsaP521),
        (.rekor2, .rsa(bits: 2048)),
    ])
    func verifiesEveryKindOfKey(_ generation: LogGeneration, _ kind: PublicKey.Kind) throws {
        let rekor = try SimulatedRekor(generation, kind: kind, time: LogScene.time)
        let bytes = try rekor.checkpoint(of: TreeHead(size: 3, rootHash: [UInt8](repeating: 1, count: 32)))
        let checkpoint = try UnverifiedCheckpoint(parsing: bytes)
        let verified = try checkpoint.verified(by: rekor.trusted(), in: generation)
        #expect(verified.head.size == 3 && verified.cosignatures.isEmpty)
        #expect(verified.log == (try rekor.trusted()))

        let other = try SimulatedRekor(generation, kind: kind, time: LogScene.time).trusted()
        #expect(throws: CheckpointError.notSignedByLog) { try checkpoint.verified(by: other, in: generation) }
    }

    /// Rekor 2 names an RSA key by its hash too, as the trusted root's definition has it, or by name and type 0xFF.
    @Test
    func knowsBothKeyIDsOfRSA() throws {
        let key = try PrivateKey.generate(.rsa(bits: 2048)).publicKey
        let named = Array("log.example\n".utf8) + [0xFF] + Array("PKIX-RSA-PKCS#1v1.5".utf8) + key.subjectPublicKeyInfo
        let expected = [key.subjectPublicKeyInfo, named].map {
            Array(LoggedHash(of: SignedMessage($0), using: .sha256).bytes.prefix(4))
        }
        #expect(NoteKeyID.ofLog(named: "log.example", key).map(\.bytes) == expected)
    }

    @Test(arguments: [LogGeneration.rekor1, .rekor2])
    func ignoresUnknownSignaturesInAnyOrder(_ generation: LogGeneration) throws {
        var rekor = try SimulatedRekor(generation, time: LogScene.time)
        let stranger = try SimulatedWitness(name: "stranger.example", time: LogScene.time)
        rekor.foreignSignatureLines = ["\u{2014} a.example AQIDBAU=", try stranger.line(over: "")]
        rekor.witnesses = [stranger, stranger]
        let head = TreeHead(size: 3, rootHash: [UInt8](repeating: 1, count: 32))
        let checkpoint = try UnverifiedCheckpoint(parsing: rekor.checkpoint(of: head))
        #expect(checkpoint.note.signatures.count == 5)
        #expect(try checkpoint.verified(by: rekor.trusted(), in: generation).head == head)
    }

    /// A line that names the key of the log has to be its signature, even beside one that is.
    @Test(arguments: [LogGeneration.rekor1, .rekor2])
    func rejectsFalseSignatureBesideATrueOne(_ generation: LogGeneration) throws {
        var rekor = try SimulatedRekor(generation, time: LogScene.time)
        let head = TreeHead(size: 3, rootHash: [UInt8](repeating: 1, count: 32))
        let sound = try UnverifiedCheckpoint(parsing: rekor.checkpoint(of: head))
        let own = try #require(sound.note.signatures.first)
        var forged = own.bytes
        forged[forged.count - 1] ^= 1
        rekor.foreignSignatureLines = [
            "\u{2014} \(own.keyName) \(Base64.encode(own.keyID.bytes + forged))"
        ]
        let checkpoint = try UnverifiedCheckpoint(parsing: rekor.checkpoint(of: head))
        #expect(throws: CheckpointError.invalidLogSignature) {
            try checkpoint.verified(by: rekor.trusted(), in: generation)
        }
        #expect(
            code { _ = try checkpoint.verified(by: rekor.trusted(), in: generation) } == "checkpoint.invalid-signature")
    }

    @Test(arguments: [LogGeneration.rekor1, .rekor2])
    func rejectsSignatureOfAnotherText(_ generation: LogGeneration) throws {
        let rekor = try SimulatedRekor(generation, time: LogScene.time)
        let bytes = try rekor.checkpoint(of: TreeHead(size: 3, rootHash: [UInt8](repeating: 1, count: 32)))
        let text = String(decoding: bytes, as: UTF8.self)
        for (from, to) in [("\n3\n", "\n4\n"), ("\nAQ", "\nAg"), ("=\n\n", "=\nmore\n\n")] {
            let changed = try parse(text.replacing(from, with: to))
            #expect(throws: CheckpointError.invalidLogSignature) {
                try changed.verified(by: rekor.trusted(), in: generation)
            }
        }
    }

    /// Rekor 2: the key ID covers the name, and the name is the origin.
    @Test
    func rejectsAnotherOrigin() throws {
        let rekor = try SimulatedRekor(.rekor2, name: "log.example", time: LogScene.time)
        var renamed = rekor
        renamed.name = "other.example"
        let head = TreeHead(size: 3, rootHash: [UInt8](repeating: 1, count: 32))
        let checkpoint = try UnverifiedCheckpoint(parsing: renamed.checkpoint(of: head))
        #expect(throws: CheckpointError.notSignedByLog) {
            try checkpoint.verified(by: rekor.trusted(), in: .rekor2)
        }
        // The right name in the signature line does not mend another in the text.
        let text = String(decoding: try rekor.checkpoint(of: head), as: UTF8.self)
        let line = try #require(text.split(separator: "\n").last)
        let mixed = try parse("other.example\n3\n\(Base64.encode(head.rootHash))\n\n\(line)\n")
        #expect(throws: CheckpointError.notSignedByLog) { try mixed.verified(by: rekor.trusted(), in: .rekor2) }
    }

    /// A key ID that does not cover the name binds none: then the name is the one of the base URL.
    @Test
    func holdsLogsToTheirBaseURLWhereNoKeyIDBindsTheName() throws {
        let rekor = try SimulatedRekor(.rekor2, name: "log.example", kind: .ecdsaP256, time: LogScene.time)
        var renamed = rekor
        renamed.name = "other.example"
        let head = TreeHead(size: 3, rootHash: [UInt8](repeating: 1, count: 32))
        let checkpoint = try UnverifiedCheckpoint(parsing: rekor.checkpoint(of: head))
        #expect(throws: CheckpointError.notSignedByLog) {
            try checkpoint.verified(by: renamed.trusted(), in: .rekor2)
        }
        let key = rekor.key.publicKey
        for (url, holds) in [
            ("https://log.example", true), ("https://log.example/", true), ("https://log.example:8080/x", true),
            ("log.example", true), ("https://log.example.evil.example", false),
            ("https://evil.example/log.example", false),
        ] {
            let log = try TrustedLog(
                baseURL: url, hashAlgorithm: "SHA2_256", publicKey: key, logID: nil, start: LogScene.time, end: nil)
            #expect(((try? checkpoint.verified(by: log, in: .rekor2)) != nil) == holds, "\(url)")
        }
    }

    /// A hint is four bytes that anyone can choose: alone it proves nothing.
    @Test
    func rejectsTheRightKeyIDWithAnotherKey() throws {
        let (rekor, other) = (
            try SimulatedRekor(.rekor1, time: LogScene.time), try SimulatedRekor(.rekor1, time: LogScene.time)
        )
        let head = TreeHead(size: 3, rootHash: [UInt8](repeating: 1, count: 32))
        let text = String(decoding: try other.checkpoint(of: head), as: UTF8.self)
        let body = String(text.prefix(through: try #require(text.firstRange(of: "\n\n")).lowerBound))
        let signature = try other.key.sign(Array(body.utf8))
        let forged = try parse(
            body + "\n\u{2014} log.example \(Base64.encode(Array(rekor.logID.prefix(4)) + signature))\n")
        #expect(throws: CheckpointError.invalidLogSignature) {
            try forged.verified(by: rekor.trusted(), in: .rekor1)
        }
    }
}
