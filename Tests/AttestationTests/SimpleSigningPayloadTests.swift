import Attestation
import Content
import Findings
import StrictEncoding
import Testing

@Suite struct SimpleSigningPayloadTests {
    static let digest = "sha256:" + String(repeating: "ab", count: 32)
    static let image = #""image":{"docker-manifest-digest":"\#(digest)"}"#
    static let identity = #""identity":{"docker-reference":"registry.example/finance/ledger"}"#
    static let type = #""type":"cosign container image signature""#

    func parse(_ text: String) throws -> SimpleSigningPayload {
        try SimpleSigningPayload(parsing: Array(text.utf8))
    }

    @Test(arguments: [
        #","optional":null"#, #","optional":{"creator":"x","timestamp":1.5}"#, #","optional":"anything""#, "",
    ])
    func readsWhatIsCriticalAndIgnoresWhatIsOptional(optional: String) throws {
        let payload = try parse(#"{"critical":{\#(Self.identity),\#(Self.image),\#(Self.type)}\#(optional)}"#)
        #expect(payload.dockerReference == "registry.example/finance/ledger")
        #expect(payload.manifestDigest.description == Self.digest)
    }

    @Test(arguments: [
        (#"{"critical":{\#(Self.identity),\#(Self.image),\#(Self.type),"expires":1}}"#, "critical.expires"),
        (#"{"critical":{\#(Self.identity),\#(Self.image),\#(Self.type)},"more":1}"#, "more"),
        (
            #"{"critical":{\#(Self.identity),"image":{"docker-manifest-digest":"\#(Self.digest)","x":1},\#(Self.type)}}"#,
            "critical.image.x"
        ),
        (
            #"{"critical":{"identity":{"docker-reference":"a","x":1},\#(Self.image),\#(Self.type)}}"#,
            "critical.identity.x"
        ),
    ])
    func rejectsUnknownMembers(text: String, path: String) {
        let error = SimpleSigningError.unknownMember(path)
        #expect(throws: error) { try parse(text) }
        #expect(error.code.name == "simple-signing.malformed")
    }

    @Test(arguments: [
        ("[]", ""), ("{}", "critical"), (#"{"critical":null}"#, "critical"), (#"{"critical":[]}"#, "critical"),
        (#"{"critical":{\#(Self.identity),\#(Self.image)}}"#, "critical.type"),
        (#"{"critical":{\#(Self.identity),\#(Self.type)}}"#, "critical.image"),
        (#"{"critical":{\#(Self.image),\#(Self.type)}}"#, "critical.identity"),
        (
            #"{"critical":{\#(Self.identity),"image":{},\#(Self.type)}}"#,
            "critical.image.docker-manifest-digest"
        ),
        (#"{"critical":{"identity":{},\#(Self.image),\#(Self.type)}}"#, "critical.identity.docker-reference"),
        (
            #"{"critical":{"identity":{"docker-reference":1},\#(Self.image),\#(Self.type)}}"#,
            "critical.identity.docker-reference"
        ),
        (#"{"critical":{\#(Self.identity),\#(Self.image),"type":null}}"#, "critical.type"),
    ])
    func rejectsWhatIsMissing(text: String, path: String) {
        #expect(throws: SimpleSigningError.malformed(path)) { try parse(text) }
    }

    @Test(arguments: [
        "atomic container signature", "cosign container image signature ", "Cosign container image signature", "",
    ])
    func rejectsAnyOtherType(type: String) {
        let error = SimpleSigningError.otherType(ExactString(type))
        #expect(throws: error) {
            try parse(#"{"critical":{\#(Self.identity),\#(Self.image),"type":"\#(type)"}}"#)
        }
        #expect(error.code.name == "simple-signing.other-type")
    }

    @Test(arguments: ["", "sha256:", "md5:00", "sha256:" + String(repeating: "AB", count: 32), digest + " "])
    func rejectsWhatIsNoDigest(digest: String) {
        let text =
            #"{"critical":{\#(Self.identity),"image":{"docker-manifest-digest":"\#(digest)"},\#(Self.type)}}"#
        #expect { try parse(text) } throws: {
            ($0 as? SimpleSigningError)?.code.name == "simple-signing.malformed-digest"
        }
    }

    @Test func rejectsWhatIsNoJSON() {
        // What a signature over an envelope covers begins so: it can never pass for a simple signing payload.
        #expect { try parse("DSSEv1 29 application/vnd.in-toto+json 2 {}") } throws: {
            ($0 as? SimpleSigningError)?.code.name == "simple-signing.malformed"
        }
    }

    @Test func rejectsMoreBytesThanTheLimit() {
        let text =
            #"{"critical":{\#(Self.identity),\#(Self.image),\#(Self.type)},"optional":""#
            + String(repeating: "x", count: 1 << 20) + #""}"#
        #expect { try parse(text) } throws: {
            ($0 as? SimpleSigningError)?.code.name == "limit.envelope-bytes"
        }
    }
}
