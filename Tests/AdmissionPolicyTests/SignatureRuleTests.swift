import AdmissionPolicy
import Content
import Findings
import OCI
import PKI
import StrictEncoding
import Testing

@Suite struct SignatureRuleTests {
    private static let two = "- {id: signed, on: image, signature: {by: {atLeast: 2, of: [corporate, again, second]}}}"

    private func evaluate(
        _ rule: String = PolicyText.signature, document: EvidenceDocument
    ) throws -> PolicyEvaluation { try judge(rule, document) }

    @Test func admitsSignatureOfListedKey() throws {
        let evaluation = try evaluate(document: Facts.admitted())
        expectAdmit(evaluation)
        #expect(evaluation.rules.map(\.satisfiedBy) == [[.named("signature")]])
        #expect(evaluation.rules.first?.summary == "signed by `corporate`")
    }

    @Test func rejectsUnsigned() throws {
        expectReject(try evaluate(document: Facts.admitted { $0.signatures = [] }), "signature.none")
    }

    @Test func rejectsSignatureOfAnotherKey() throws {
        let evaluation = try evaluate(
            document: Facts.admitted { $0.signatures = [try Facts.signature(by: ["pipeline"])] })
        expectReject(evaluation, "signature.no-allowed-signer")
        #expect(evaluation.findings.first?.rule == "payments/finance#signed")
        #expect(evaluation.findings.first?.found?.contains("sha256:") == true)
    }

    @Test func rejectsSignatureWithoutSigner() throws {
        expectReject(
            try evaluate(document: Facts.admitted { $0.signatures = [try Facts.signature(by: [])] }),
            "signature.no-allowed-signer")
    }

    @Test func rejectsSignatureOfAnotherDigest() throws {
        let evaluation = try evaluate(
            document: Facts.admitted { $0.signatures = [try Facts.signature(subjects: [.named("elsewhere")])] })
        #expect(evaluation.verdict == .reject)
    }

    @Test func rejectsSignatureWithoutSubject() throws {
        #expect(
            try evaluate(document: Facts.admitted { $0.signatures = [try Facts.signature(subjects: [])] }).verdict
                == .reject)
    }

    @Test func rejectsSignatureOfPlatformForTheIndex() throws {
        let evaluation = try evaluate(
            document: Facts.admitted { $0.signatures = [try Facts.signature(subjects: [.amd64])] })
        expectReject(evaluation, "evidence.names-only-platforms")
    }

    @Test func signatureOfIndexCoversPlatforms() throws {
        let rule = PolicyText.signature.replacing("on: image", with: "on: each-platform")
        let evaluation = try evaluate(rule, document: Facts.admitted())
        expectAdmit(evaluation)
        #expect(evaluation.rules.map(\.platform) == ["linux/amd64"])
        expectAdmit(
            try evaluate(rule, document: Facts.admitted { $0.signatures = [try Facts.signature(subjects: [.amd64])] }))
    }

    @Test func countsAKeyUnderTwoNamesOnce() throws {
        // `corporate` and `again` are one key.
        expectReject(try evaluate(Self.two, document: Facts.admitted()), "signature.too-few-signers")
        let both = try Facts.admitted { $0.signatures = [try Facts.signature("s", by: ["corporate", "fourth"])] }
        expectAdmit(try evaluate(Self.two, document: both))
    }

    @Test func countsAKeyThatSignsTwiceOnce() throws {
        let twice = try Facts.admitted { $0.signatures = [try Facts.signature("a"), try Facts.signature("b")] }
        expectReject(try evaluate(Self.two, document: twice), "signature.too-few-signers")
        let two = try Facts.admitted {
            $0.signatures = [try Facts.signature("a"), try Facts.signature("b", by: ["fourth"])]
        }
        let evaluation = try evaluate(Self.two, document: two)
        expectAdmit(evaluation)
        #expect(evaluation.rules.first?.satisfiedBy == [Digest.named("a"), .named("b")].sorted())
    }

    @Test func tellsSchemesOfAKeyApart() throws {
        var text = PolicyText()
        text.signers = "    corporate: {key: {file: keys/rsa.pub, schemes: [rsa-pss-sha256]}}"
        let policy = try text.load()
        func verdict(_ scheme: SignatureScheme) throws -> Verdict {
            let document = try Facts.admitted {
                $0.signatures = [
                    SignatureFacts(
                        evidence: .named("s"), signers: [try Keys.signer("rsa", scheme)], subjects: [.image],
                        dockerReference: nil)
                ]
            }
            return PolicyEvaluator.evaluate([policy], document).verdict
        }
        #expect(try verdict(.rsaPSSSHA256) == .admit)
        // Another policy may accept this scheme of the same key, and then such signatures are verified too.
        #expect(try verdict(.rsaPKCS1SHA256) == .reject)
    }

    // MARK: reference

    private func evaluate(
        reference: String?, signed: String?, as request: String?
    ) throws -> PolicyEvaluation {
        var text = PolicyText()
        text.signers = "    corporate: {key: {file: keys/corporate.pub}\(reference.map { ", reference: \($0)" } ?? "")}"
        let document = try Facts.admitted {
            $0.signatures = [try Facts.signature(reference: signed)]
            $0.request.reference = try request.map { try ImageReference(parsing: $0) }
        }
        return PolicyEvaluator.evaluate([try text.load()], document)
    }

    @Test func doesNotCompareTheSignedNameUnlessAsked() throws {
        let evaluation = try evaluate(reference: nil, signed: "registry.example/other", as: "registry.example/ledger:1")
        expectAdmit(evaluation)
        #expect(evaluation.rules.first?.summary?.contains("not compared") == true)
        expectAdmit(try evaluate(reference: nil, signed: nil, as: nil))
    }

    @Test(arguments: [
        ("registry.example/ledger", "registry.example/ledger:1", true),
        ("registry.example/ledger:2", "registry.example/ledger:1", true),
        ("registry.example/ledger", "registry.example/ledger2", false),
        ("registry.example/ledger2", "registry.example/ledger", false),
        ("other.example/ledger", "registry.example/ledger", false),
        ("docker.io/library/debian", "debian", true),
        ("not a reference", "registry.example/ledger", false),
    ])
    func comparesRepository(_ signed: String, _ request: String, _ isMatch: Bool) throws {
        let evaluation = try evaluate(reference: "repository", signed: signed, as: request)
        if isMatch { expectAdmit(evaluation) } else { expectReject(evaluation, "signature.reference-differs") }
    }

    @Test(arguments: [
        ("registry.example/ledger:1", "registry.example/ledger:1", true),
        ("registry.example/ledger:2", "registry.example/ledger:1", false),
        // cosign's payloads carry no tag.
        ("registry.example/ledger", "registry.example/ledger:1", false),
        ("registry.example/ledger", "registry.example/ledger", false),
        ("registry.example/ledger:latest", "registry.example/ledger", true),
        ("registry.example/ledger:1", "registry.example/ledger@\(Digest.image)", false),
        ("registry.example/ledger@\(Digest.image)", "registry.example/ledger@\(Digest.image)", true),
        ("registry.example/ledger@\(Digest.amd64)", "registry.example/ledger@\(Digest.image)", false),
        ("registry.example/ledger:1@\(Digest.image)", "registry.example/ledger:1", true),
        ("registry.example/ledger:1@\(Digest.amd64)", "registry.example/ledger:1", false),
        ("registry.example/other:1", "registry.example/ledger:1", false),
    ])
    func comparesExactly(_ signed: String, _ request: String, _ isMatch: Bool) throws {
        let evaluation = try evaluate(reference: "exact", signed: signed, as: request)
        if isMatch { expectAdmit(evaluation) } else { expectReject(evaluation, "signature.reference-differs") }
    }

    @Test(arguments: ["exact", "repository"]) func rejectsComparisonWithoutNames(_ reference: String) throws {
        expectReject(
            try evaluate(reference: reference, signed: "registry.example/ledger:1", as: nil), "request.name-required")
        expectReject(
            try evaluate(reference: reference, signed: nil, as: "registry.example/ledger:1"),
            "signature.reference-not-stated")
        expectReject(
            try evaluate(reference: reference, signed: "", as: "registry.example/ledger:1"),
            "signature.reference-not-stated")
    }

    @Test func oneSignerWithoutTheOptionIsEnough() throws {
        var text = PolicyText()
        text.signers = """
                corporate: {key: {file: keys/corporate.pub}, reference: exact}
                again: {key: {file: keys/corporate.pub}}
            """
        text.require = "- {id: signed, on: image, signature: {by: {atLeast: 1, of: [corporate, again]}}}"
        let document = try Facts.admitted { $0.signatures = [try Facts.signature(reference: "registry.example/x")] }
        expectAdmit(PolicyEvaluator.evaluate([try text.load()], document))
    }
}
