import Attestation
import Content
import Findings
import PKI
import Signing
import Sigstore
import StrictEncoding
import Testing

/// What Google Cloud says of the builds of an image.
@Suite struct CloudBuildTests {
    let key: PrivateKey
    static let image = Digest(of: Array("an image".utf8))
    static let region =
        "projects/verified-builder/locations/us-west2/keyRings/attestor/cryptoKeys/builtByGCB/cryptoKeyVersions/1"

    init() throws { key = try Fixture.key() }

    static let predicate: JSONTree = ["builder": ["id": "https://builder.example"], "recipe": ["steps": [1, "b"]]]

    static func statement(version: Int, name: String = "predicate") -> JSONTree {
        [
            "_type": "https://in-toto.io/Statement/v0.1", "predicateType": "https://slsa.dev/provenance/v\(version)",
            "subject": [["name": "x", "digest": ["sha256": .string(image.hex)]]], ExactString(name): predicate,
        ]
    }

    /// A document with one envelope, before anything is changed.
    func entry(
        version: Int = 0, keyID: String? = region, payloadAlone: Bool = true, type: String = Fixture.payloadType
    ) throws -> [ExactString: JSONTree] {
        guard case .object(var payload) = Self.statement(version: version) else { return [:] }
        if version == 0 { payload["slsaProvenance"] = Self.predicate }
        let bytes = JSONTree.object(payload).canonicalBytes()
        let signature = payloadAlone ? try key.sign(bytes) : try Fixture.sign(bytes, type: type, by: key)
        let envelope = Fixture.envelope(bytes, type: type, signatures: [(keyID, signature)])
        return [
            "kind": "BUILD", "resourceUri": .string("https://registry.example/x@\(Self.image)"),
            "envelope": try #require(JSONTree(JSONDocument(parsing: envelope).root)),
            "build": version == 0
                ? ["intotoStatement": Self.statement(version: 0, name: "slsaProvenance")]
                : ["inTotoSlsaProvenanceV1": Self.statement(version: 1)],
        ]
    }

    static let summary: [ExactString: JSONTree] = [
        "digest": .string(image.description), "fully_qualified_digest": .string("registry.example/x@\(image)"),
        "registry": "registry.example",
    ]

    func document(
        _ entries: [[ExactString: JSONTree]], _ summary: [ExactString: JSONTree] = summary
    ) -> JSONTree {
        [
            "image_summary": .object(summary),
            "provenance_summary": ["provenance": .array(entries.map(JSONTree.object))],
        ]
    }

    func sniff(_ entries: [[ExactString: JSONTree]], _ summary: [ExactString: JSONTree] = summary) -> EvidenceFile {
        EvidenceFile.sniff(document(entries, summary).canonicalBytes())
    }

    func item(_ entry: [ExactString: JSONTree], _ summary: [ExactString: JSONTree] = summary) throws
        -> UnverifiedSignedItem
    {
        try #require(sniff([entry], summary).items.first).get()
    }

    func trusted(_ role: CloudBuildKey?) throws -> TrustedKeySet {
        let role = try #require(role)
        return TrustedKeySet([try #require(TrustedKey(key.publicKey, as: role))])
    }

    @Test func verifiesAPayloadThatAKeyOfARegionSigned() throws {
        let entry = try entry()
        let item = try item(entry)
        #expect(item.form == .cloudBuild && item.material == .none)
        #expect(item.evidence == Digest(of: JSONTree.object(entry).canonicalBytes()))
        let verified = try verify(item, trusted(.regional("us-west2"))).get()
        #expect(verified.signers.map(\.fingerprint) == [Fixture.fingerprint(key)])
        #expect(verified.signers.map(\.isOverPayloadAlone) == [true])
        guard case .dsse(let type, let payload) = verified.content else { Issue.record("no envelope"); return }
        #expect(type == Statement.payloadType)
        #expect(try Statement(payloadType: type, payload: payload).names(Self.image))
    }

    @Test(arguments: [(0, CloudBuildKey.provenanceSigner), (1, .googleHostedWorker)])
    func verifiesAnEnvelopeOfAKeyThatCameAfter(version: Int, role: CloudBuildKey) throws {
        let entry = try entry(version: version, keyID: role.resourceName.value, payloadAlone: false)
        let verified = try verify(item(entry), trusted(role)).get()
        #expect(verified.signers.map(\.isOverPayloadAlone) == [false])
        // Such a key never counts for a payload alone.
        let alone = try self.entry(version: version, keyID: role.resourceName.value)
        #expect(try verify(item(alone), trusted(role)).failure == .noKeyMatches(keys: 1, signatures: 1))
    }

    @Test func readsDocumentsOfSeveralBuilds() throws {
        let good = try entry()
        var bad = good
        bad["kind"] = "OTHER"
        let file = sniff([bad, good, [:], good])
        #expect(file.form == .cloudBuild)
        #expect(file.items.map { $0.success != nil } == [false, true, false, true])
        #expect(file.items[2].failure?.error == .missing("envelope"))
        for item in file.items.compactMap(\.success) {
            #expect(try verify(item, trusted(.regional("us-west2"))).success != nil)
        }
    }

    // MARK: Attacks

    /// A signature that only a payload's bytes carry, of a key that somebody trusts for envelopes.
    @Test func neverTakesAPayloadAloneFromAKeyThatIsNotTrustedSo() throws {
        let item = try item(entry())
        let plain = try #require(TrustedKey(key.publicKey))
        #expect(verify(item, TrustedKeySet([plain])).failure == .noKeyMatches(keys: 1, signatures: 1))
        // The same key in both roles: which one it was is told.
        let both = try TrustedKeySet([plain] + trusted(.regional("us-west2")).keys)
        #expect(both.keys.count == 2)
        #expect(try verify(item, both).get().signers.map(\.isOverPayloadAlone) == [true])
        let enveloped = try self.item(entry(payloadAlone: false))
        #expect(try verify(enveloped, both).get().signers.map(\.isOverPayloadAlone) == [false])
    }

    /// Neither does any other form: an envelope on its own, or in a bundle.
    @Test func takesAPayloadAloneInDocumentsOfCloudBuildOnly() throws {
        let envelope = try #require(entry()["envelope"]).canonicalBytes()
        let keys = try trusted(.regional("us-west2"))
        #expect(
            try verify(UnverifiedSignedItem(envelope: envelope), keys).failure == .noKeyMatches(keys: 1, signatures: 1))
        let bundle = try Fixture.bundle(
            content: #""dsseEnvelope":\#(String(decoding: envelope, as: UTF8.self))"#, by: key)
        #expect(
            try verify(UnverifiedSignedItem(bundle: Array(bundle.utf8)), keys).failure
                == .noKeyMatches(keys: 1, signatures: 1))
    }

    /// The type is not signed then, so it is the one that these keys sign and no other.
    @Test func takesAPayloadAloneOfOneTypeOnly() throws {
        let item = try item(entry(type: "application/vnd.in-toto2+json"))
        #expect(
            try verify(item, trusted(.regional("us-west2"))).failure == .noKeyMatches(keys: 1, signatures: 1))
    }

    @Test(arguments: [nil, "", "us-west2", region.replacing("us-west2", with: "us-west1"), region + "0"])
    func aKeyOfOneRegionNeverSpeaksForAnother(keyID: String?) throws {
        for payloadAlone in [true, false] {
            let item = try item(entry(keyID: keyID, payloadAlone: payloadAlone))
            #expect(
                try verify(item, trusted(.regional("us-west2"))).failure == .noKeyMatches(keys: 1, signatures: 1))
        }
    }

    @Test func refusesNamesThatAreNoLocation() {
        for name in ["", "us/west", "US", "é", String(repeating: "a", count: 64)] {
            #expect(CloudBuildKey.regional(name) == nil)
        }
        #expect(CloudBuildKey.regional("us-west2")?.resourceName.value == Self.region)
        #expect(TrustedKey(key.publicKey, as: .provenanceSigner)?.insecureSignsPayloadAlone == false)
        #expect((try? Fixture.key(.ed25519)).flatMap { TrustedKey($0.publicKey, as: .provenanceSigner) } == nil)
    }

    /// What a person reads in the document is what was signed.
    @Test(arguments: ["kind", "resourceUri", "digest", "fully_qualified_digest"], [0, 1])
    func rejectsALabelThatThePayloadContradicts(name: String, version: Int) throws {
        let other = Digest(of: Array("another image".utf8))
        for value: JSONTree in ["BUILDN", .string("registry.example/x@\(other)"), .string("\(other)"), 7, ""] {
            var (entry, summary) = (try entry(version: version), Self.summary)
            if summary[ExactString(name)] != nil {
                summary[ExactString(name)] = value
            } else {
                entry[ExactString(name)] = value
            }
            let error = sniff([entry], summary).items.first?.failure?.error
            #expect(error == .labelMismatch(name))
            #expect(error?.code.name == "sigstore.label-mismatch")
        }
    }

    /// Two subjects, and the document names now one and now the other.
    @Test func rejectsLabelsOfTwoImages() throws {
        let other = Digest(of: Array("another image".utf8))
        guard case .object(var payload) = Self.statement(version: 1) else { return }
        payload["subject"] = .array(
            [Self.image, other].map { ["digest": ["sha256": .string($0.hex)]] })
        var entry = try entry(version: 1)
        let bytes = JSONTree.object(payload).canonicalBytes()
        entry["build"] = nil
        entry["envelope"] = JSONTree(
            try JSONDocument(parsing: Fixture.envelope(bytes, signatures: [(Self.region, key.sign(bytes))])).root)
        #expect(sniff([entry]).items.first?.success != nil)
        entry["resourceUri"] = .string("registry.example/x@\(other)")
        #expect(sniff([entry]).items.first?.failure?.error == .labelMismatch("resourceUri"))
    }

    @Test(arguments: [0, 1]) func rejectsATextThatThePayloadContradicts(version: Int) throws {
        let (place, name) =
            version == 0
            ? ("intotoStatement", "slsaProvenance") : ("inTotoSlsaProvenanceV1", "predicate")
        guard case .object(let text) = Self.statement(version: version, name: name) else { return }
        let changes: [(inout [ExactString: JSONTree]) -> Void] = [
            { $0[ExactString(name)] = ["builder": ["id": "https://builder.example/"]] },
            { $0[ExactString(name)] = nil }, { $0["subject"] = [] }, { $0["subject"] = nil }, { $0["more"] = 1 },
            { $0["predicateType"] = "https://slsa.dev/provenance/v2" }, { $0["_type"] = nil },
            {
                $0[ExactString(name)] = [
                    "builder": ["id": "https://builder.example"], "recipe": ["steps": [1, "b", "c"]],
                ]
            },
        ]
        for (number, change) in changes.enumerated() {
            var (entry, text) = (try entry(version: version), text)
            change(&text)
            entry["build"] = [ExactString(place): .object(text)]
            #expect(sniff([entry]).items.first?.failure?.error == .labelMismatch(place), "change \(number)")
        }
        for value: JSONTree in [7, "x", [], .null] {
            var entry = try entry(version: version)
            entry["build"] = [ExactString(place): value]
            #expect(sniff([entry]).items.first?.failure?.error == .labelMismatch(place))
        }
    }

    /// What is not there contradicts nothing.
    @Test func readsADocumentWithoutLabels() throws {
        var entry = try entry()
        for name in ["kind", "resourceUri", "build"] { entry[ExactString(name)] = nil }
        #expect(try verify(item(entry, [:]), trusted(.regional("us-west2"))).success != nil)
    }

    @Test(arguments: ["not json", "{}", #"{"_type":"https://in-toto.io/Statement/v1"}"#])
    func rejectsAPayloadThatIsNoStatement(payload: String) throws {
        var entry = try entry()
        let bytes = Array(payload.utf8)
        entry["envelope"] = JSONTree(
            try JSONDocument(parsing: Fixture.envelope(bytes, signatures: [(Self.region, key.sign(bytes))])).root)
        #expect(sniff([entry]).items.first?.failure?.error == .malformed("payload"))
    }

    @Test(arguments: [
        (#"{"provenance_summary":{}}"#, "sigstore.no-bundle"),
        (#"{"provenance_summary":{"provenance":[]}}"#, "sigstore.no-bundle"),
        (#"{"provenance_summary":{"provenance":{}}}"#, "sigstore.no-bundle"),
        (#"{"provenance_summary":{"provenance":[7]}}"#, "sigstore.malformed-bundle"),
        (#"{"provenance_summary":{"provenance":[{"envelope":7}]}}"#, "dsse.malformed"),
        (
            #"{"provenance_summary":{"provenance":[{"envelope":{"payload":"e30=","payloadType":"t","signatures":[]}}]}}"#,
            "dsse.no-signatures"
        ),
    ])
    func refusesADocumentWithoutSignedProvenance(text: String, code: String) {
        let file = EvidenceFile.sniff(Array(text.utf8))
        #expect(file.form == .cloudBuild)
        #expect(file.items.map { $0.failure?.error.code.name } == [code])
    }

    @Test func rejectsMoreBuildsThanTheLimit() throws {
        let entries = Array(repeating: JSONTree.object(try entry()), count: 4)
        let bytes = JSONTree.object(["provenance_summary": ["provenance": .array(entries)]]).canonicalBytes()
        #expect(EvidenceFile.sniff(bytes, limits: EvidenceFileLimits(lines: 4)).items.count == 4)
        #expect(
            EvidenceFile.sniff(bytes, limits: EvidenceFileLimits(lines: 3)).items.map { $0.failure?.error }
                == [.tooManyLines(limit: 3)])
    }
}
