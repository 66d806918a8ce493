import Attestation
import Content
import Findings
import PKI
import Signing
import Sigstore
import StrictEncoding
import Testing

@Suite struct EvidenceFileTests {
    let key: PrivateKey
    let bundle: String
    let envelope: String

    init() throws {
        key = try Fixture.key()
        bundle = try Fixture.bundle(by: key)
        envelope = String(decoding: Fixture.envelope(signatures: [(nil, try Fixture.sign(by: key))]), as: UTF8.self)
    }

    func sniff(_ text: String, _ limits: EvidenceFileLimits = .standard) -> EvidenceFile {
        EvidenceFile.sniff(Array(text.utf8), limits: limits)
    }

    @Test func readsOneBundleOrEnvelope() throws {
        for (text, form) in [
            (bundle, EvidenceFile.Form.bundle), (bundle + "\n", .bundle), (envelope, .envelope),
            ("\n " + envelope.replacing(",", with: ",\n"), .envelope),
        ] {
            let file = sniff(text)
            #expect(file.form == form)
            #expect(file.items.count == 1)
            let item = try #require(file.items.first?.success)
            #expect(item.evidence == Digest(of: Array(text.utf8)))
            #expect(try verify(item, Fixture.trusted(key)).success != nil)
        }
    }

    @Test func readsLines() throws {
        let file = sniff("\r\n" + bundle + "\r\n\n" + envelope + "\n")
        #expect(file.form == .lines)
        #expect(file.items.compactMap(\.success).map(\.form) == [.bundle, .envelope])
        #expect(file.items.last?.success?.evidence == Digest(of: Array(envelope.utf8)))
        for item in file.items { #expect(try verify(item.get(), Fixture.trusted(key)).success != nil) }
    }

    @Test func oneBadLineDoesNotHideTheOthers() {
        let file = sniff(
            [bundle, "{", #"{"a":1}"#, #"{"payloadType":"t","payload":""}"#, envelope].joined(separator: "\n"))
        #expect(file.form == .lines)
        #expect(file.items.map { $0.success != nil } == [true, false, false, false, true])
        #expect(file.items.map { $0.failure?.line } == [nil, 2, 3, 4, nil])
        #expect(file.items[1].failure?.error == .json(.unexpectedEnd))
        #expect(file.items[2].failure?.error == .notEvidence)
        #expect(file.items[2].failure?.error.code.name == "sigstore.not-evidence")
        #expect(file.items[3].failure?.error == .envelope(.missing("signatures")))
    }

    @Test func readsASignatureFile() throws {
        let bytes = CosignSignatureTests.signatureFile(signature: try key.sign(CosignSignatureTests.payload))
        let file = EvidenceFile.sniff(bytes)
        #expect(file.form == .signatureFile)
        #expect(file.items.first?.success?.form == .signatureFile)
        #expect(
            sniff("-----BEGIN PGP MESSAGE-----\n").items.first?.failure?.error == .openPGP)
        #expect(EvidenceFile.sniff([0, 1]).items.first?.failure?.error == .unknownSignatureFile)
    }

    /// What means to be a bundle and is a bad one is refused evidence, with its code, and not an unrelated file.
    @Test(arguments: [
        (#"{"mediaType":"application/vnd.dev.sigstore.bundle.v0.9+json"}"#, "sigstore.unknown-media-type"),
        (#"{"dsseEnvelope":{}}"#, "sigstore.malformed-bundle"),
        (#"{"verificationMaterial":{}}"#, "sigstore.malformed-bundle"),
        (#"{"payload":"e30=","payloadType":"t","signatures":[]}"#, "dsse.no-signatures"),
    ])
    func refusesABadItemByItsCode(text: String, code: String) {
        let file = sniff(text)
        #expect(file.form != .unrelated)
        #expect(file.items.map { $0.failure?.error.code.name } == [code])
        #expect(file.items.first?.failure?.line == nil)
    }

    @Test(arguments: [
        "", "\n\n", "hello", "{}", "[]", "7", #"{"payload":"e30=","signatures":[]}"#, "{\n", "{}\n{}\n", "1 2",
        #"{"mediaType":"application/vnd.oci.image.manifest.v1+json"}"#, "\u{feff}{}",
    ])
    func takesNothingElseForEvidence(text: String) {
        let file = sniff(text)
        #expect(file.form == .unrelated)
        #expect(file.items.isEmpty)
    }

    // MARK: Endless data

    @Test func rejectsMoreLinesThanTheLimit() {
        let limits = EvidenceFileLimits(lines: 3)
        #expect(sniff(String(repeating: envelope + "\n\n", count: 3), limits).items.count == 3)
        let file = sniff(String(repeating: envelope + "\n", count: 4), limits)
        #expect(file.form == .lines)
        #expect(file.items.map { $0.failure?.error } == [.tooManyLines(limit: 3)])
        #expect(SignedItemError.tooManyLines(limit: 3).code.name == "limit.evidence-lines")
    }

    @Test func rejectsALineLongerThanTheLimitAndReadsTheOthers() {
        let limits = EvidenceFileLimits(envelope: EnvelopeLimits(bytes: envelope.utf8.count))
        let file = sniff([envelope, envelope + " ", envelope].joined(separator: "\n"), limits)
        #expect(file.items.map { $0.success != nil } == [true, false, true])
        #expect(file.items[1].failure?.error.code.name == "limit.envelope-bytes")
    }

    @Test func refusesALargeFileByItsCode() {
        let limits = EvidenceFileLimits(envelope: EnvelopeLimits(bytes: envelope.utf8.count - 1))
        #expect(sniff(envelope, limits).items.map { $0.failure?.error.code.name } == ["limit.envelope-bytes"])
    }
}
