import Attestation
import PKI
import Signing
import Simulators
import StrictEncoding
import Testing
import TransparencyLog

/// Bodies of entries, compared with what was signed. Each attack is a sound entry, in a sound log, about something else.
struct LogEntryBodyTests {
    private func body(_ submission: RekorSubmission) throws(LogEntryBodyError) -> UnverifiedLogEntryBody {
        try body(submission.body.canonicalBytes(), submission.kind)
    }

    private func body(_ bytes: [UInt8], _ kind: LogEntryKind) throws(LogEntryBodyError) -> UnverifiedLogEntryBody {
        try UnverifiedLogEntryBody(
            of: UnverifiedLogEntry(
                logIndex: 0, logID: [], kind: ExactString(kind.name.kind), version: ExactString(kind.name.version),
                canonicalizedBody: bytes))
    }

    // MARK: About something else

    /// cosign CVE-2026-22703, CVE-2022-23649: another artifact.
    @Test(arguments: LogEntryKind.allCases)
    func rejectsEntryForAnotherDigest(_ kind: LogEntryKind) throws {
        var scene = try LogScene()
        var submission = scene.submission(kind)
        submission.hash[31] ^= 1
        let entry = try scene.log(submission)
        #expect(throws: LogEntryError.body(.otherContent)) { try scene.verify(entry, for: scene.item(for: kind)) }
        #expect(code { _ = try scene.verify(entry, for: scene.item(for: kind)) } == "log.other-content")
    }

    /// cosign CVE-2022-36056: a sound signature of the same payload by the same key, but not this one.
    @Test(arguments: LogEntryKind.allCases)
    func rejectsEntryForAnotherSignature(_ kind: LogEntryKind) throws {
        var scene = try LogScene()
        var submission = scene.submission(kind)
        submission.claims[0].signature = try scene.key.sign(scene.message)
        let entry = try scene.log(submission)
        if kind == .intoto001 {
            // The one kind without a signature: nothing tells the two apart.
            _ = try scene.verify(entry, for: scene.item(for: kind))
        } else {
            #expect(throws: LogEntryError.body(.otherSignature)) {
                try scene.verify(entry, for: scene.item(for: kind))
            }
            #expect(code { _ = try scene.verify(entry, for: scene.item(for: kind)) } == "log.other-signature")
        }
    }

    /// CVE-2024-51746 and its like: an entry that someone else made.
    @Test(arguments: LogEntryKind.allCases)
    func rejectsEntryForAnotherKey(_ kind: LogEntryKind) throws {
        var scene = try LogScene()
        var submission = scene.submission(kind)
        submission.claims[0].material = .certificate(scene.certificate.dropLast() + [0x2B])
        let entry = try scene.log(submission)
        #expect(throws: LogEntryError.body(.otherKey)) { try scene.verify(entry, for: scene.item(for: kind)) }
        #expect(code { _ = try scene.verify(entry, for: scene.item(for: kind)) } == "log.other-key")
    }

    /// A key is no certificate, even of the same bytes (cosign GHSA-fx35-mq7g-6g98).
    @Test(arguments: LogEntryKind.allCases)
    func rejectsKeyInPlaceOfCertificate(_ kind: LogEntryKind) throws {
        var scene = try LogScene()
        var submission = scene.submission(kind)
        submission.claims[0].material = .publicKey(scene.certificate)
        let entry = try scene.log(submission)
        #expect(throws: LogEntryError.body(.otherKey)) { try scene.verify(entry, for: scene.item(for: kind)) }
    }

    @Test(arguments: LogEntryKind.allCases)
    func comparesPublicKeysAsBytes(_ kind: LogEntryKind) throws {
        let scene = try LogScene()
        let key = scene.key.publicKey.subjectPublicKeyInfo
        var submission = scene.submission(kind)
        submission.claims[0].material = .publicKey(key)
        let hashes = [LoggedHash(of: SignedMessage(scene.message), using: .sha256)]
        let isMessage = kind.name.kind == "hashedrekord"
        let item = { (material: LoggedItem.Material) in
            isMessage
                ? LoggedItem(hashes: hashes, signature: scene.signature, material: material)
                : LoggedItem(envelope: scene.envelope, signature: scene.signature, material: material)
        }
        try body(submission).matches(item(.publicKey(key)))
        #expect(throws: LogEntryBodyError.otherKey) { try body(submission).matches(item(.publicKey(key + [0]))) }
        #expect(throws: LogEntryBodyError.otherKey) { try body(submission).matches(item(.certificate(key))) }
    }

    /// Signature and key have to stand together, not somewhere in the entry each.
    @Test(arguments: [LogEntryKind.dsse001, .intoto002])
    func rejectsSignatureBesideTheKeyOfAnother(_ kind: LogEntryKind) throws {
        let scene = try LogScene()
        let other = RekorSubmission.Claim(
            signature: try scene.key.sign(scene.message), material: .certificate([0x30, 0x00]))
        var submission = scene.submission(kind)
        submission.claims = [other] + submission.claims
        try body(submission).matches(scene.envelopeItem)
        submission.claims = [
            .init(signature: other.signature, material: .certificate(scene.certificate)),
            .init(signature: scene.signature, material: other.material),
        ]
        #expect(throws: LogEntryBodyError.otherKey) { try body(submission).matches(scene.envelopeItem) }
    }

    /// The chain may follow; the first certificate is the signer's.
    @Test
    func takesTheFirstCertificateOfAChain() throws {
        let scene = try LogScene()
        func entry(_ pem: String) throws(LogEntryBodyError) -> UnverifiedLogEntryBody {
            let tree: JSONTree = [
                "apiVersion": "0.0.1", "kind": "hashedrekord",
                "spec": [
                    "data": [
                        "hash": [
                            "algorithm": "sha256",
                            "value": .string(
                                Hex.encode(LoggedHash(of: SignedMessage(scene.message), using: .sha256).bytes)),
                        ]
                    ],
                    "signature": [
                        "content": .string(Base64.encode(scene.signature)),
                        "publicKey": ["content": .string(Base64.encode(Array(pem.utf8)))],
                    ],
                ],
            ]
            return try body(tree.canonicalBytes(), .hashedrekord001)
        }
        let own = PEMBlock(label: "CERTIFICATE", bytes: scene.certificate).encoded()
        let issuer = PEMBlock(label: "CERTIFICATE", bytes: [0x30, 0x00]).encoded()
        let key = PEMBlock(label: "PUBLIC KEY", bytes: scene.certificate).encoded()
        try entry(own + issuer).matches(scene.messageItem())
        #expect(throws: LogEntryBodyError.otherKey) { try entry(issuer + own).matches(scene.messageItem()) }
        for pem in [
            "", "text", key + own, key + key, own.replacing("CERTIFICATE", with: "PRIVATE KEY"),
            own.replacing("CERTIFICATE", with: "PGP PUBLIC KEY BLOCK"),
        ] {
            #expect(throws: LogEntryBodyError.malformed("signature.publicKey.content"), "\(pem)") { try entry(pem) }
        }
    }

    @Test
    func rejectsKindsOfOtherContent() throws {
        let scene = try LogScene()
        for kind in LogEntryKind.allCases {
            let isMessage = kind.name.kind == "hashedrekord"
            let other = isMessage ? scene.envelopeItem : scene.messageItem()
            let expected: LogEntryBodyError = kind == .hashedrekord002 ? .otherContent : .kindOfOtherContent(kind)
            #expect(throws: expected) { try body(scene.submission(kind)).matches(other) }
            if isMessage { continue }
            #expect(throws: LogEntryBodyError.kindOfOtherContent(kind)) {
                try body(scene.submission(kind)).matches(
                    LoggedItem(
                        message: SignedMessage(scene.message), signature: scene.signature,
                        material: .certificate(scene.certificate)))
            }
        }
    }

    /// Rekor 2 logs an envelope by the hash of its pre-authentication encoding, and by that only.
    @Test
    func comparesPreAuthenticationEncodingInRekor2() throws {
        let scene = try LogScene()
        let encoded = PreAuthenticationEncoding.encode(
            payloadType: scene.envelope.payloadType, payload: scene.envelope.payload)
        for algorithm in LoggedHash.Algorithm.allCases {
            var submission = scene.submission(.hashedrekord002)
            submission.hashAlgorithm = algorithm.rawValue
            submission.hash = LoggedHash(of: SignedMessage(encoded), using: algorithm).bytes
            try body(submission).matches(scene.envelopeItem)
            // Of Rekor 1, even the right hash is not taken.
            if algorithm == .sha256 {
                submission.kind = .hashedrekord001
                submission.statedVersion = "0.0.1"
                #expect(throws: LogEntryBodyError.kindOfOtherContent(.hashedrekord001)) {
                    try body(submission).matches(scene.envelopeItem)
                }
            }
            submission = scene.submission(.hashedrekord002)
            submission.hashAlgorithm = algorithm.rawValue
            submission.hash = LoggedHash(of: SignedMessage(scene.envelope.payload), using: algorithm).bytes
            #expect(throws: LogEntryBodyError.otherContent) { try body(submission).matches(scene.envelopeItem) }
        }
    }

    @Test(arguments: [LogEntryKind.hashedrekord001, .hashedrekord002])
    func comparesDigestsWithTheirAlgorithm(_ kind: LogEntryKind) throws {
        let scene = try LogScene()
        for algorithm in LoggedHash.Algorithm.allCases {
            var submission = scene.submission(kind)
            submission.hashAlgorithm = algorithm.rawValue
            submission.hash = LoggedHash(of: SignedMessage(scene.message), using: algorithm).bytes
            try body(submission).matches(scene.messageItem(algorithm))
            let material = LoggedItem.Material.certificate(scene.certificate)
            try body(submission).matches(
                LoggedItem(message: SignedMessage(scene.message), signature: scene.signature, material: material))
            #expect(throws: LogEntryBodyError.otherContent) {
                try body(submission).matches(
                    LoggedItem(message: SignedMessage([]), signature: scene.signature, material: material))
            }
            for other in LoggedHash.Algorithm.allCases where other != algorithm {
                #expect(throws: LogEntryBodyError.otherHashAlgorithm(algorithm)) {
                    try body(submission).matches(scene.messageItem(other))
                }
                // The length belongs to the algorithm.
                submission.hashAlgorithm = other.rawValue
                #expect(throws: LogEntryBodyError.self) { try body(submission) }
                submission.hashAlgorithm = algorithm.rawValue
            }
            #expect(throws: LogEntryBodyError.otherHashAlgorithm(algorithm)) {
                try body(submission).matches(
                    LoggedItem(hashes: [], signature: scene.signature, material: .certificate(scene.certificate)))
            }
        }
        for name in ["sha1", "md5", "SHA256", ""] {
            var submission = scene.submission(kind)
            submission.hashAlgorithm = name
            #expect(throws: LogEntryBodyError.self) { try body(submission) }
        }
    }

    /// Contradictory hashes of the item's are no choice.
    @Test
    func holdsEveryKnownHashToTheEntry() throws {
        let scene = try LogScene()
        let (right, wrong) = (
            LoggedHash(of: SignedMessage(scene.message), using: .sha256),
            LoggedHash(of: SignedMessage([]), using: .sha256)
        )
        let item = LoggedItem(
            hashes: [right, wrong], signature: scene.signature, material: .certificate(scene.certificate))
        #expect(throws: LogEntryBodyError.otherContent) {
            try body(scene.submission(.hashedrekord001)).matches(item)
        }
    }

    // MARK: in-toto

    @Test
    func rejectsEnvelopeOfAnotherPayloadType() throws {
        let scene = try LogScene()
        var submission = scene.submission(.intoto002)
        submission.payloadType = "text/plain"
        #expect(throws: LogEntryBodyError.otherContent) { try body(submission).matches(scene.envelopeItem) }
    }

    /// Where the envelope is known as it was uploaded, the entry has to be about its bytes, signature and all.
    @Test
    func comparesTheEnvelopeAsUploaded() throws {
        let scene = try LogScene()
        let received = scene.item(for: .intoto001, received: scene.envelopeBytes)
        let other = scene.item(for: .intoto001, received: scene.envelopeBytes + [0x0A])
        for statesPayloadHash in [true, false] {
            var submission = scene.submission(.intoto001)
            submission.statesPayloadHash = statesPayloadHash
            let body = try body(submission)
            try body.matches(received)
            #expect(throws: LogEntryBodyError.otherContent) { try body.matches(other) }
            if statesPayloadHash {
                try body.matches(scene.envelopeItem)
            } else {
                // Neither envelope nor payload to compare with: nothing.
                #expect(throws: LogEntryBodyError.otherContent) { try body.matches(scene.envelopeItem) }
            }
        }
    }

    /// Rekor encodes twice. One that encoded once says the same.
    @Test
    func readsSignaturesEncodedOnceOrTwice() throws {
        let scene = try LogScene()
        let text = String(decoding: scene.submission(.intoto002).body.canonicalBytes(), as: UTF8.self)
        let once = Base64.encode(scene.signature)
        let twice = Base64.encode(Array(once.utf8))
        #expect(text.contains(twice))
        try body(Array(text.utf8), .intoto002).matches(scene.envelopeItem)
        try body(Array(text.replacing(twice, with: once).utf8), .intoto002).matches(scene.envelopeItem)
        let thrice = Base64.encode(Array(twice.utf8))
        #expect(throws: LogEntryBodyError.otherSignature) {
            try body(Array(text.replacing(twice, with: thrice).utf8), .intoto002).matches(scene.envelopeItem)
        }
    }

    // MARK: Kinds

    @Test
    func rejectsUnknownKinds() throws {
        var scene = try LogScene()
        for (kind, version) in [
            ("dsse", "0.0.2"), ("hashedrekord", "0.0.3"), ("intoto", "0.0.3"), ("rekord", "0.0.1"), ("", ""),
            ("Hashedrekord", "0.0.1"), ("hashedrekord", "0.0.1 "), ("hashedrekord", ""),
        ] {
            var submission = scene.submission(.hashedrekord001)
            (submission.statedKind, submission.statedVersion) = (kind, version)
            let entry = try scene.rekor1.log(submission)
            #expect(throws: LogEntryError.body(.unsupportedKind(kind: kind, version: version))) {
                try scene.verify(entry, for: scene.messageItem())
            }
            #expect(code { _ = try scene.verify(entry, for: scene.messageItem()) } == "log.unsupported-kind")
        }
    }

    @Test
    func rejectsBodyOfAnotherKindThanStated() throws {
        var scene = try LogScene()
        for (kind, stated) in [
            (LogEntryKind.hashedrekord001, LogEntryKind.hashedrekord002), (.hashedrekord002, .hashedrekord001),
            (.intoto001, .intoto002), (.dsse001, .intoto002),
        ] {
            var entry = try scene.log(kind)
            (entry.kind, entry.version) = (ExactString(stated.name.kind), ExactString(stated.name.version))
            #expect(throws: LogEntryError.body(.otherKind(kind: kind.name.kind, version: kind.name.version))) {
                try scene.verify(entry, for: scene.item(for: stated))
            }
            #expect(code { _ = try scene.verify(entry, for: scene.item(for: stated)) } == "log.kind-mismatch")
        }
    }

    // MARK: Form

    @Test(arguments: LogEntryKind.allCases)
    func rejectsBodiesWithoutAMember(_ kind: LogEntryKind) throws {
        let scene = try LogScene()
        let tree = scene.submission(kind).body
        let spared = [
            "keyDetails", "envelopeHash", kind == .intoto001 ? "payloadHash" : "", kind == .intoto002 ? "hash" : "",
        ]
        var tried = 0
        for path in tree.paths where !path.contains(where: { spared.contains($0) }) {
            for changed in [tree.changing(path, to: nil), tree.changing(path, to: .null), tree.changing(path, to: 1)] {
                #expect(throws: LogEntryBodyError.self, "\(path)") { try body(changed.canonicalBytes(), kind) }
                tried += 1
            }
        }
        #expect(tried >= 24)
    }

    @Test
    func rejectsJSONThatIsNotStrict() throws {
        let scene = try LogScene()
        let text = String(decoding: scene.submission(.hashedrekord001).body.canonicalBytes(), as: UTF8.self)
        for (from, to) in [
            (#""kind":"#, #""kind":"dsse","kind":"#), ("{", "{{"), ("}}}}", "}}}}}"), (#""sha256""#, "'sha256'"),
        ] {
            let changed = text.replacing(from, with: to)
            #expect(changed != text)
            #expect(throws: LogEntryBodyError.self) { try body(Array(changed.utf8), .hashedrekord001) }
        }
        #expect(throws: LogEntryBodyError.json(.unexpectedEnd)) { try body([], .hashedrekord001) }
        #expect(throws: LogEntryBodyError.self) { try body(Array("[]".utf8), .hashedrekord001) }
        #expect(code { _ = try body([], .hashedrekord001) } == "log.malformed-entry")
        let deep = String(repeating: "[", count: 33) + String(repeating: "]", count: 33)
        #expect(throws: LogEntryBodyError.self) { try body(Array(deep.utf8), .hashedrekord001) }
    }

    @Test(arguments: [LogEntryKind.dsse001, .intoto002])
    func rejectsNoneAndTooManySignatures(_ kind: LogEntryKind) throws {
        let scene = try LogScene()
        var submission = scene.submission(kind)
        let claim = submission.claims[0]
        submission.claims = Array(repeating: claim, count: 100)
        try body(submission).matches(scene.envelopeItem)
        submission.claims.append(claim)
        #expect(throws: LogEntryBodyError.tooManySignatures(limit: 100)) { try body(submission) }
        #expect(code { _ = try body(submission) } == "limit.log-entry")
        submission.claims = []
        #expect(throws: LogEntryBodyError.self) { try body(submission) }
    }

    @Test
    func rejectsTwoVerifiersInOne() throws {
        let scene = try LogScene()
        let text = String(decoding: scene.submission(.hashedrekord002).body.canonicalBytes(), as: UTF8.self)
        let two = text.replacing(#""x509Certificate""#, with: #""publicKey":{"rawBytes":"AQ=="},"x509Certificate""#)
        #expect(two != text)
        #expect(throws: LogEntryBodyError.malformed("verifier")) { try body(Array(two.utf8), .hashedrekord002) }
    }
}

extension JSONTree {
    /// The way to every member, by names and positions.
    fileprivate var paths: [[String]] {
        switch self {
        case .object(let members):
            members.flatMap { name, value in [[name.value]] + value.paths.map { [name.value] + $0 } }
        case .array(let elements):
            elements.enumerated().flatMap { position, value in value.paths.map { [String(position)] + $0 } }
        default: []
        }
    }

    /// The same with one member replaced, or left out.
    fileprivate func changing(_ path: [String], to value: JSONTree?) -> JSONTree {
        guard let name = path.first else { return value ?? .null }
        let rest = Array(path.dropFirst())
        switch self {
        case .object(var members):
            members[ExactString(name)] =
                rest.isEmpty ? value : members[ExactString(name)]?.changing(rest, to: value)
            return .object(members)
        case .array(var elements):
            if let position = Int(name) { elements[position] = elements[position].changing(rest, to: value) }
            return .array(elements)
        default: return self
        }
    }
}
