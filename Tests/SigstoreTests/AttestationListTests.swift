import Attestation
import Content
import Findings
import PKI
import Signing
import Sigstore
import Simulators
import StrictEncoding
import Testing
import TransparencyLog

/// Bundles in the lists of npm's registry, GitHub's API and `gh`.
@Suite struct AttestationListTests {
    let registry: PrivateKey
    /// Signed by a workflow, as provenance is.
    let keyless: String
    /// Signed by the registry's key, as npm's publish attestation is.
    let published: String
    let scene: KeylessScene

    init() throws {
        registry = try Fixture.key()
        var scene = try KeylessScene()
        keyless = String(decoding: try scene.bundle().bytes, as: UTF8.self)
        let hint = "SHA256:" + Self.spelling(registry)
        published = try Fixture.bundle(material: #"{"publicKey":{"hint":"\#(hint)"}}"#, by: registry)
        self.scene = scene
    }

    /// A key's ID, of some form.
    static func spelling(_ key: PrivateKey) -> String {
        String(Base64.encode(Hashing.hash(key.publicKey.subjectPublicKeyInfo, using: .sha256)).prefix { $0 != "=" })
    }

    func sniff(_ text: String, lines: Int = 10_000) -> EvidenceFile {
        EvidenceFile.sniff(Array(text.utf8), limits: EvidenceFileLimits(lines: lines))
    }

    /// The predicate type of the statement that everything here signs.
    static let label = #""predicateType":"p""#

    func npm(_ label: String = label) -> String {
        #"{"attestations":[{\#(label),"bundle":\#(published)},{\#(label),"bundle":\#(keyless)}]}"#
    }

    @Test func verifiesWhatTheRegistryOfNPMLists() throws {
        let file = sniff(npm())
        #expect(file.form == .attestationList && file.items.count == 2)
        let items = try file.items.map { try $0.get() }
        #expect(
            items.map(\.evidence)
                == [published, keyless].map { text in
                    Digest(of: Array(#"{\#(Self.label),"bundle":\#(text)}"#.utf8))
                })
        let keys = try Fixture.trusted(registry, Fixture.key(), Fixture.key())
        let publishing = try scene.verify(items[0], keys: keys).get()
        #expect(publishing.signers.map(\.fingerprint) == [Fixture.fingerprint(registry)])
        let provenance = try scene.verify(items[1], keys: keys).get()
        #expect(provenance.certificateSigner?.root == "instance")
        #expect(provenance.payload == KeylessScene.statement)
    }

    @Test func verifiesWhatTheInterfaceOfGitHubLists() throws {
        let file = sniff(
            #"{"attestations":[{"repository_id":7,"bundle_url":"https://x.example","bundle":\#(keyless)}]}"#)
        #expect(file.form == .attestationList && file.items.count == 1)
        #expect(try scene.verify(file.items[0].get()).success != nil)
    }

    /// What someone noted of an earlier verification is not read.
    @Test func verifiesWhatTheToolOfGitHubPrints() throws {
        let entry =
            #"{"attestation":{"bundle":\#(keyless),"bundle_url":""},"verificationResult":{"signature":"forged"}}"#
        let file = sniff("[\(entry),\(entry)]")
        #expect(file.form == .attestationList && file.items.count == 2)
        for item in file.items { #expect(try scene.verify(item.get()).success != nil) }
        let forged = sniff(
            #"[{"attestation":{"bundle":\#(published)},"verificationResult":{"verifiedIdentity":{}}}]"#)
        #expect(try scene.verify(forged.items[0].get()).failure == .noTrustedKey)
    }

    @Test func readsListsOnLines() throws {
        let file = sniff([keyless, npm(), "[]", npm()].joined(separator: "\n"))
        #expect(file.form == .lines)
        #expect(file.items.map { $0.success != nil } == [true, true, true, false, true, true])
        #expect(file.items[3].failure?.line == 3 && file.items[3].failure?.error == .notEvidence)
        #expect(sniff("{\"attestations\":[]}\n" + keyless).items.map { $0.success != nil } == [false, true])
    }

    // MARK: Attacks

    /// Who shows the list picks attestations by the predicate type beside them.
    @Test(arguments: [
        #""predicateType":"q""#, #""predicateType":"""#, #""predicateType":7"#, #""predicateType":["p"]"#,
    ])
    func rejectsALabelThatTheStatementContradicts(label: String) {
        let file = sniff(npm(label))
        #expect(file.form == .attestationList)
        #expect(
            file.items.map { $0.failure?.error } == [.labelMismatch("predicateType"), .labelMismatch("predicateType")])
        #expect(file.items.first?.failure?.error.code.name == "sigstore.label-mismatch")
    }

    /// A signature over plain bytes is of no predicate type.
    @Test func rejectsALabelOfWhatIsNoStatement() throws {
        var scene = scene
        let message = String(decoding: try scene.bundle(.artifact).bytes, as: UTF8.self)
        #expect(
            sniff(#"{"attestations":[{\#(Self.label),"bundle":\#(message)}]}"#).items.map { $0.failure?.error }
                == [.labelMismatch("predicateType")])
        #expect(sniff(#"{"attestations":[{"bundle":\#(message)}]}"#).items.first?.success != nil)
    }

    @Test func takesNoLabelForNone() {
        for label in [#""other":1"#, #""predicateType":null"#] {
            #expect(sniff(npm(label)).items.allSatisfy { $0.success != nil })
        }
    }

    @Test(arguments: [
        #"{"attestations":[]}"#, #"{"attestations":[{}]}"#, #"{"attestations":[7]}"#,
        #"{"attestations":[{"bundle":null,"bundle_url":"https://x.example/1.json.sn"}]}"#,
        #"[{"attestation":{"bundle_url":"https://x.example"}}]"#,
    ])
    func refusesAListWithoutBundles(text: String) {
        let file = sniff(text)
        #expect(file.form == .attestationList)
        #expect(file.items.map { $0.failure?.error.code.name } == ["sigstore.no-bundle"])
        #expect(file.items.first?.failure?.error.message.isEmpty == false)
    }

    /// One bad entry is refused alone, under its own digest.
    @Test func oneBadEntryDoesNotHideTheOthers() throws {
        let entries = [#"{"bundle":7}"#, #"{"bundle":{"mediaType":"x"}}"#, #"{"bundle":\#(keyless)}"#]
        let file = sniff(#"{"attestations":[\#(entries.joined(separator: ", "))]}"#)
        #expect(
            file.items.map { $0.failure?.error }
                == [.malformed("bundle"), .unknownMediaType("x"), nil])
        #expect(file.items[1].failure?.evidence == Digest(of: Array(entries[1].utf8)))
        #expect(file.items[1].failure?.line == nil)
    }

    @Test(arguments: [
        #"{"attestations":{}}"#, "[7]", "[[]]", #"[{"attestation":7}]"#, #"[{"bundle":{}}]"#, "[null]",
    ])
    func takesNothingElseForAList(text: String) {
        #expect(sniff(text).form == .unrelated)
        #expect(sniff(text).items.isEmpty)
    }

    /// Bundles of a list that claims to be something else as well are read as one of the two, never as both.
    @Test func readsAValueOfTwoShapesOnce() {
        let file = sniff(
            #"{"mediaType":"application/vnd.dev.sigstore.bundle.v0.3+json","attestations":[{"bundle":1}]}"#)
        #expect(file.form == .bundle)
        #expect(file.items.map { $0.failure?.error } == [.missing("verificationMaterial")])
    }

    @Test func rejectsMoreEntriesThanTheLimit() {
        #expect(sniff(npm(), lines: 2).items.count == 2)
        for text in [npm(), npm() + "\n" + npm()] {
            let file = sniff(text, lines: 1)
            #expect(file.items.map { $0.failure?.error } == [.tooManyLines(limit: 1)])
            #expect(file.form != .unrelated)
        }
        #expect(sniff(npm() + "\n" + npm(), lines: 4).items.count == 4)
        #expect(
            sniff(npm() + "\n" + npm(), lines: 3).items.map { $0.failure?.error } == [.tooManyLines(limit: 3)])
    }

    // MARK: Keys

    static func document(
        _ key: PrivateKey, usage: String = "npm:attestations", details: String = "PKIX_ECDSA_P256_SHA_256",
        validFor: String = #"{"start":"2022-12-01T00:00:00.000Z","end":"2025-01-29T00:00:00.000Z"}"#
    ) -> String {
        #"{"keyId":"SHA256:\#(spelling(key))","keyUsage":"\#(usage)","publicKey":{"rawBytes":"#
            + #""\#(Base64.encode(key.publicKey.subjectPublicKeyInfo))","keyDetails":"\#(details)","#
            + #""validFor":\#(validFor)}}"#
    }

    func keys(_ elements: String...) throws -> RegistryKeys {
        try RegistryKeys(parsing: Array(#"{"keys":[\#(elements.joined(separator: ","))]}"#.utf8))
    }

    @Test func readsTheKeysOfTheRegistryForEachUse() throws {
        let other = try Fixture.key()
        let keys = try keys(
            Self.document(registry, usage: "npm:signatures"), Self.document(registry),
            Self.document(other, validFor: #"{"start":"2025-01-13T00:00:00Z"}"#))
        #expect(keys.keys.count == 3 && keys.unusable.isEmpty)
        #expect(keys.keys(for: RegistryKey.signatures).map(\.key.key.fingerprint) == [registry.publicKey.fingerprint])
        let attesting = keys.keys(for: RegistryKey.attestations)
        #expect(attesting.map(\.key.key.fingerprint) == [registry, other].map(\.publicKey.fingerprint))
        #expect(attesting.map(\.keyID.value) == [registry, other].map { "SHA256:" + Self.spelling($0) })
        #expect(attesting[0].key.schemes == [.ecdsaSHA256] && attesting[0].key.keyIDs == nil)
        let validity = attesting.map(\.validFor)
        for (time, valid) in [
            ("2022-11-30T23:59:59Z", [false, false]), ("2022-12-01T00:00:00Z", [true, false]),
            ("2025-01-29T00:00:00Z", [true, true]), ("2025-01-29T00:00:01Z", [false, true]),
        ] {
            let instant = try #require(Instant(rfc3339: time))
            #expect(validity.map { $0.contains(instant) } == valid, "\(time)")
        }
        let set = TrustedKeySet(attesting.map(\.key))
        let item = try #require(sniff(npm()).items.first?.success)
        #expect(try scene.verify(item, keys: set).success != nil)
    }

    @Test func leavesOutKeysThatItCannotUse() throws {
        let keys = try keys(
            Self.document(registry, details: "PKIX_ED25519"), Self.document(registry, validFor: "{}"),
            Self.document(registry, details: "x"), Self.document(registry))
        #expect(keys.keys.count == 1)
        #expect(keys.unusable.map(\.place) == ["keys[0]", "keys[1]", "keys[2]"])
        #expect(keys.unusable.allSatisfy { !$0.reason.isEmpty })
    }

    @Test(arguments: [
        "", "[]", "{}", #"{"keys":{}}"#, #"{"keys":[7]}"#, #"{"keys":[{}]}"#, #"{"keys":[{"keyUsage":7}]}"#,
        #"{"keys":[{"keyUsage":"u","keyId":7}]}"#, #"{"keys":null}"#,
    ])
    func rejectsWhatIsNoKeyDocument(text: String) {
        #expect(throws: SignedItemError.self) { try RegistryKeys(parsing: Array(text.utf8)) }
    }

    @Test func rejectsMoreKeysThanTheLimit() throws {
        let key = Self.document(registry)
        func document(_ count: Int) -> [UInt8] {
            Array(#"{"keys":[\#(Array(repeating: key, count: count).joined(separator: ","))]}"#.utf8)
        }
        #expect(try RegistryKeys(parsing: document(100)).keys.count == 100)
        #expect(throws: SignedItemError.tooManyElements("keys", limit: 100, found: 101)) {
            try RegistryKeys(parsing: document(101))
        }
        #expect(throws: SignedItemError.json(.tooLarge(limit: RegistryKeys.longestFile))) {
            try RegistryKeys(parsing: [UInt8](repeating: 0x20, count: RegistryKeys.longestFile + 1))
        }
    }
}
