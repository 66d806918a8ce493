import Content
import Findings
import StrictEncoding
import Testing

@testable import AdmissionPolicy

/// Denied digests, builders, signers and keys.
@Suite struct DenialKindTests {
    private func judge(
        deny: String, signers: String = "", _ document: EvidenceDocument, denied: [String] = []
    ) throws -> PolicyEvaluation {
        var text = PolicyText()
        if !signers.isEmpty { text.signers = signers }
        text.stage = "{stage: observe}"
        text.deny = deny
        let keys = try denied.map { name throws -> ExactString in
            guard case .key(let fingerprint, _) = try Keys.signer(name) else { throw Missing() }
            return fingerprint
        }
        return PolicyEvaluator.evaluate(
            [try text.load()], document, JudgeContext(denied: DeniedSigners(keys: Set(keys))))
    }

    @Test func deniesADigestOfTheImageOrAnyPlatform() throws {
        for digest in [Digest.image, .amd64] {
            let deny = "- {id: d, digest: {in: [\"\(Digest.debian)\", \"\(digest)\"]}}"
            let evaluation = try judge(deny: deny, Facts.admitted())
            expectReject(evaluation, "policy.denied")
            #expect(evaluation.enforcement == .always)
            #expect(evaluation.findings.first?.platform == (digest == .amd64 ? "linux/amd64" : nil))
            #expect(evaluation.findings.first?.found == digest.description)
        }
        expectAdmit(try judge(deny: "- {id: d, digest: {in: [\"\(Digest.debian)\"]}}", Facts.admitted()))
    }

    private static let builder = "- {id: d, builder: {glob: [\"https://ci.example/*\"]}}"

    @Test func deniesABuilderByTheWordOfAnyTrustedSigner() throws {
        let evaluation = try judge(deny: Self.builder, Facts.admitted())
        expectReject(evaluation, "policy.denied")
        #expect(evaluation.enforcement == .always)
        #expect(evaluation.findings.first?.message == "denied: the builder is `https://ci.example/builder`")
        #expect(evaluation.findings.first?.evidence == Digest.named("provenance").description)
        expectReject(
            try judge(deny: "- {id: d, builder: {in: [\"https://ci.example/builder\"]}}", Facts.admitted()),
            "policy.denied")
        expectAdmit(try judge(deny: "- {id: d, builder: {in: [\"https://ci.example/Builder\"]}}", Facts.admitted()))
        // About a platform only.
        expectReject(
            try judge(
                deny: Self.builder,
                Facts.admitted { $0.attestations = [try Facts.attestation(subjects: [.amd64])] }), "policy.denied")
        expectAdmit(try judge(deny: Self.builder, Facts.admitted { $0.attestations = [] }))
    }

    /// Nobody escapes a denial by naming the same bytes otherwise; and no evidence counts by it.
    @Test func theSameBytesUnderAnotherDigestAreDenied() throws {
        let other = Digest(of: Array("image".utf8), using: .sha512)
        let deny = "- {id: d, digest: {in: [\"\(other)\"]}}"
        expectAdmit(try judge(deny: deny, Facts.admitted()))
        let document = try Facts.admitted { $0.image.otherDigests = [other] }
        expectReject(try judge(deny: deny, document), "policy.denied")
        let read = try EvidenceDocument(parsing: document.json.canonicalBytes())
        #expect(read.image.otherDigests == [other])
        expectReject(
            try judge(
                deny: deny,
                Facts.admitted {
                    $0.image.otherDigests = [other]
                    $0.signatures[0].subjects = [other]
                }), "policy.denied", "evidence.names-only-platforms")
    }

    /// Otherwise anybody could have an image rejected.
    @Test func theWordOfAStrangerDeniesNothing() throws {
        let stranger = try Facts.admitted { $0.attestations = [try Facts.attestation(by: ["other"])] }
        expectAdmit(try judge(deny: Self.builder, stranger))
        expectAdmit(try judge(deny: Self.builder, Facts.admitted(), denied: ["pipeline"]))
        let signers = """
                corporate: {key: {file: keys/corporate.pub}}
                pipeline: {key: {file: keys/pipeline.pub, compromisedAt: 2026-01-01T00:00:00Z}}
            """
        expectAdmit(try judge(deny: Self.builder, signers: signers, Facts.admitted()))
    }

    @Test func aSignerOfAnotherMatchingPolicyMayNameTheBuilder() throws {
        var denying = PolicyText()
        denying.signers = "    corporate: {key: {file: keys/corporate.pub}}"
        denying.deny = Self.builder
        var other = PolicyText()
        other.name = "other"
        let evaluation = PolicyEvaluator.evaluate([try denying.load(), try other.load()], try Facts.admitted())
        expectReject(evaluation, "policy.denied")
    }

    @Test func aDeniedBuilderNeedsAttestationsOfEverySigner() throws {
        var text = PolicyText()
        text.deny = Self.builder
        let needs = PolicyNeeds([try text.load()])
        #expect(needs.attestations)
        #expect(needs.keys.count == 3)
        text.deny = "- {id: d, digest: {in: [\"\(Digest.debian)\"]}}"
        #expect(try PolicyNeeds([text.load()]).keys.count == 1)
        #expect(try !PolicyNeeds([text.load()]).configurations)
    }

    // MARK: Loading

    static let mistakes: [(String, ReasonCode)] = [
        ("{id: d}", .policyFileExactlyOne), ("{id: d, image: {tag: {in: [a]}}}", .policyFileMissingField),
        ("{id: d, on: image, digest: {in: [\"\(Digest.debian)\"]}}", .policyFileNoEffect),
        ("{id: d, on: image, builder: {in: [a]}}", .policyFileNoEffect),
        ("{id: d, digest: {in: [latest]}}", .policyFileBadValue), ("{id: d, digest: {in: []}}", .policyFileEmptyValue),
        ("{id: d, digest: {of: [a]}}", .policyFileUnknownField),
        ("{id: d, builder: {of: [a]}}", .policyFileUnknownField),
        ("{id: d, digest: {in: [\"\(Digest.debian)\"]}, builder: {in: [a]}}", .policyFileExactlyOne),
        // Only a guardrail denies for others.
        ("{id: d, signer: {of: [corporate]}}", .policyFileUnknownField),
        ("{id: d, key: {fingerprints: [\"\(Digest.debian)\"]}}", .policyFileUnknownField),
    ]

    @Test(arguments: mistakes) func refuses(_ denial: String, _ code: ReasonCode) {
        var text = PolicyText()
        text.deny = "- " + denial
        #expect(Policies.errors(text.text).contains { $0.code == code })
    }

    /// As a guardrail's reader reads it.
    private func read(_ denial: String) throws -> (denial: Denial?, codes: [ReasonCode]) {
        let problems = PolicyProblems()
        let reader = DocumentReader(problems: problems)
        let source = Policies.source("")
        let file = PolicyFile(path: "g.yaml", bytes: [])
        let signerReader = SignerReader(source: source, file: file, reader: reader)
        let nodes = try StrictYAML.documents(
            Array("signers: {stolen: {key: {directory: keys}}}\ndeny: \(denial)\n".utf8), file: "g.yaml")
        guard case .mapping(let members)? = nodes.first?.content else { throw Missing() }
        let signers = try #require(signerReader.signers(members[0].value))
        let requirements = RequirementReader(
            reader: reader, source: source.name, signers: signers, signersWereRead: true, isGuardrail: true,
            keys: signerReader)
        return (requirements.denial(members[1].value), problems.errors.map(\.code))
    }

    @Test func aGuardrailDeniesSignersAndKeys() throws {
        let names = ["corporate", "fourth", "other", "pipeline", "rsa"]
        let all = try names.map { name throws -> ExactString in
            guard case .key(let fingerprint, _) = try Keys.signer(name) else { throw Missing() }
            return fingerprint
        }
        #expect(try read("{id: d, signer: {of: [stolen]}}").denial?.deniedSigners.keys == Set(all))
        #expect(
            try read("{id: d, key: {files: [keys/other.pub, keys/rsa.pub]}}").denial?.deniedSigners.keys == [
                all[2], all[4],
            ])
        #expect(
            try read("{id: d, key: {fingerprints: [\"\(all[0])\"]}}").denial?.deniedSigners.keys == [all[0]])
        #expect(try read("{id: d, on: image, image: {tag: {in: [a]}}}").denial?.deniedSigners.keys == [])
    }

    static let guardrailMistakes: [(String, ReasonCode)] = [
        ("{id: d, signer: {of: [nobody]}}", .policyFileUnknownSigner),
        ("{id: d, on: image, signer: {of: [stolen]}}", .policyFileNoEffect),
        ("{id: d, key: {fingerprints: [\"sha512:aa\"]}}", .policyFileBadValue),
        ("{id: d, key: {fingerprints: [\"SHA256:\(Digest.debian.hex)\"]}}", .policyFileBadValue),
        ("{id: d, key: {files: [keys/none.pub]}}", .policyFileKeyUnreadable),
        ("{id: d, key: {files: [keys/rsa.pub, ./keys/rsa.pub]}}", .policyFileTwice),
        ("{id: d, key: {}}", .policyFileExactlyOne),
    ]

    @Test(arguments: guardrailMistakes) func refusesInGuardrail(_ denial: String, _ code: ReasonCode) throws {
        do {
            let (denial, codes) = try read(denial)
            #expect(denial == nil)
            #expect(codes == [code])
        } catch let failure as PolicyLoadFailure {
            #expect(failure.errors.map(\.code) == [.policyFileEmptyValue])
        }
    }

    // MARK: Insecure

    @Test func everyUseOfARegularExpressionIsListed() throws {
        var text = PolicyText()
        let regex = "{field: x, insecureRegex: a}"
        text.require = [
            PolicyText.attestation(regex + ", " + regex),
            """
            - id: either
              on: image
              anyOf:
                - {id: a, signature: {by: {atLeast: 1, of: [corporate]}}}
                - id: b
                  allOf: [{id: c, attestation: {by: {atLeast: 1, of: [pipeline]}, type: [a], match: any, where: [\(regex)]}}]
            """, PolicyText.signature,
        ].joined(separator: "\n")
        let policy = try text.load()
        #expect(
            policy.insecureUses.map(\.description) == [
                "insecureRegex in payments/finance#either", "insecureRegex in payments/finance#tested",
            ])
        #expect(policy.insecureUses.map(\.place.line) == [16, 13])
        let before = try Policies.load(text.text).trustDigest(limits: [:])
        let listed = policy.insecureUses.map(\.description)
        #expect(try Policies.load(text.text).trustDigest(limits: [:], insecure: listed) == before)
        #expect(try Policies.load(PolicyText().text).trustDigest(limits: [:]) != before)
        #expect(try PolicyText().load().insecureUses == [])
    }
}
