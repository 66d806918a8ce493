import Content
import OCI
import Signing
import StrictEncoding

/// What is signed: statements that must not count although the signature is right.
func statementCases(_ world: World) -> [Case] {
    func build(
        _ name: String, _ why: String, _ verdict: String, _ reason: String? = nil, refused: [String] = [],
        type: String = "application/vnd.in-toto+json", _ payload: (Digest) -> [UInt8]
    ) -> Case {
        var layout = LayoutBuilder()
        let (index, _) = World.index(in: &layout)
        layout.list(index, tag: "v1")
        let layer = layout.store(
            world.envelope(payload(index.digest), by: ["corporate"], type: type), as: .dsseEnvelope)
        layout.store(VerifiedContent.emptyValue.bytes, as: .ociEmpty)
        layout.list(
            layout.store(
                ImageManifest.artifactBytes(artifactType: .dsseEnvelope, layers: [layer], subject: index),
                as: .ociManifest))
        return Case(
            family: "statement", name: name, why: why, layout: layout,
            expect: .init(verdict: verdict, reason: reason, refused: refused))
    }
    let sign = StatementMaking.imageSignatureType
    func text(_ subject: String, _ digest: Digest, type: String = "https://in-toto.io/Statement/v1") -> [UInt8] {
        Array(
            "{\"_type\":\"\(type)\",\"subject\":\(subject),\"predicateType\":\"\(sign)\",\"predicate\":{}}".utf8)
    }
    return [
        build("v1", "An in-toto statement v1.", "admit") { world.signatureStatement($0) },
        build("v0.1", "An in-toto statement 0.1.", "admit") {
            world.statement(about: [$0], type: sign, predicate: [:], version: "https://in-toto.io/Statement/v0.1")
        },
        build("many-subjects", "The image is one of several subjects.", "admit") {
            world.statement(about: [World.baseDigest("other"), $0], type: sign, predicate: nil)
        },
        build(
            "no-subject_fail", "A statement about nothing.", "reject", "signature.none",
            refused: ["statement.no-subject"]
        ) { text("[]", $0) },
        build(
            "no-digest_fail", "A subject with a name and no digest.", "reject", "signature.none",
            refused: ["statement.no-digest"]
        ) { text("[{\"name\":\"registry.example/apps/ledger\",\"digest\":{}}]", $0) },
        build(
            "digest-upper-case_fail", "The right digest in upper case is another text.", "reject", "signature.none",
            refused: ["evidence.subject-mismatch"]
        ) { text("[{\"name\":\"x\",\"digest\":{\"sha256\":\"\($0.hex.uppercased())\"}}]", $0) },
        build(
            "digest-other-algorithm_fail", "The right digits under another algorithm's name.", "reject",
            "signature.none", refused: ["evidence.subject-mismatch"]
        ) { text("[{\"name\":\"x\",\"digest\":{\"sha512\":\"\($0.hex)\"}}]", $0) },
        build(
            "duplicate-subject_fail", "The member `subject` twice: two readers, two images.", "reject",
            "signature.none", refused: ["statement.malformed"]
        ) { digest in
            let right = "[{\"name\":\"x\",\"digest\":{\"sha256\":\"\(digest.hex)\"}}]"
            let wrong = "[{\"name\":\"x\",\"digest\":{\"sha256\":\"\(World.baseDigest("other").hex)\"}}]"
            return Array(
                "{\"_type\":\"https://in-toto.io/Statement/v1\",\"subject\":\(wrong),\"subject\":\(right),\"predicateType\":\"\(sign)\",\"predicate\":{}}"
                    .utf8)
        },
        build(
            "unknown-version_fail", "A statement of a version that does not exist.", "reject", "signature.none",
            refused: ["statement.malformed"]
        ) {
            text(
                "[{\"name\":\"x\",\"digest\":{\"sha256\":\"\($0.hex)\"}}]", $0, type: "https://in-toto.io/Statement/v2")
        },
        build(
            "not-json_fail", "Signed bytes that are no JSON.", "reject", "signature.none",
            refused: ["statement.malformed"]
        ) { _ in Array("signed, but no statement".utf8) },
        build(
            "other-payload-type_fail", "A right statement under a payload type that is no statement's.", "reject",
            "signature.none", refused: ["dsse.unsupported-payload-type"], type: "application/json"
        ) { world.signatureStatement($0) },
        build(
            "predicate-type-near_fail", "A predicate type that only begins like an image signature's.", "reject",
            "signature.none"
        ) { world.statement(about: [$0], type: sign + "evil", predicate: nil) },
    ]
}
