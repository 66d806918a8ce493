import Attestation
import Findings
import StrictEncoding
import Testing

@Suite struct PredicateTypeTests {
    @Test(
        arguments: [
            ("https://slsa.dev/provenance/v1", PredicateFamily.slsaProvenance, "1"),
            ("https://slsa.dev/provenance/v0.2", .slsaProvenance, "0.2"),
            ("https://slsa.dev/provenance/v0.1", .slsaProvenance, "0.1"),
            ("https://in-toto.io/Provenance/v0.1", .slsaProvenance, "0.1"),
            ("https://slsa.dev/verification_summary/v1", .verificationSummary, "1"),
            (SourceProvenance.revisionType.value, .sourceProvenance, "1-draft"),
            (SourceProvenance.tagType.value, .sourceProvenance, "1-draft"),
            ("https://spdx.dev/Document", .spdx, nil),
            ("https://spdx.dev/Document/v2.3", .spdx, "2.3"),
            ("https://spdx.dev/Document/v3", .spdx, "3"),
            ("https://cyclonedx.org/bom", .cycloneDX, nil),
            ("https://cyclonedx.org/bom/v1.4", .cycloneDX, "1.4"),
            ("https://syft.dev/bom", .syft, "native"),
            ("https://cosign.sigstore.dev/attestation/vuln/v1", .vulnerabilities, "cosign-1"),
            ("https://in-toto.io/attestation/vulns/v0.1", .vulnerabilities, "0.1"),
            ("https://in-toto.io/attestation/vulns/v0.2", .vulnerabilities, "0.2"),
            ("https://openvex.dev/ns", .openVEX, nil),
            ("https://openvex.dev/ns/v0.2.0", .openVEX, "0.2.0"),
            ("https://docs.oasis-open.org/csaf/csaf/v2.0/csaf_json_schema.json", .csaf, "2.0"),
            ("https://docs.oasis-open.org/csaf/csaf/v2.1/schema/csaf.json", .csaf, "2.1"),
            ("https://docs.oasis-open.org/csaf/csaf/v2.1/csaf_json_schema.json", .csaf, "2.1"),
            ("https://in-toto.io/attestation/test-result/v0.1", .testResult, "0.1"),
            ("https://in-toto.io/attestation/svr/v0.2", .simpleVerificationResult, "0.2"),
            ("https://in-toto.io/attestation/link/v0.3", .link, "0.3"),
            ("https://in-toto.io/Link/v1", .link, "1"),
            ("https://sigstore.dev/cosign/sign/v1", .cosignSignature, "1"),
            ("https://cosign.sigstore.dev/attestation/v1", .cosignCustom, "1"),
        ] as [(String, PredicateFamily, String?)])
    func knowsItsFamilies(type: String, family: PredicateFamily, version: String?) {
        #expect(PredicateType(ExactString(type))?.family == family)
        #expect(PredicateType(ExactString(type))?.version == version)
    }

    @Test func hasARowForEveryFamily() {
        let known = [
            "https://slsa.dev/provenance/v1", "https://slsa.dev/verification_summary/v1",
            SourceProvenance.revisionType.value, "https://spdx.dev/Document",
            "https://cyclonedx.org/bom", "https://in-toto.io/attestation/vulns/v0.2", "https://openvex.dev/ns",
            "https://docs.oasis-open.org/csaf/csaf/v2.0/csaf_json_schema.json", "https://syft.dev/bom",
            "https://in-toto.io/attestation/test-result/v0.1", "https://in-toto.io/attestation/svr/v0.1",
            "https://in-toto.io/attestation/link/v0.3", "https://sigstore.dev/cosign/sign/v1",
            "https://cosign.sigstore.dev/attestation/v1",
        ].compactMap { PredicateType(ExactString($0))?.family }
        #expect(Set(known) == Set(PredicateFamily.allCases))
    }

    @Test(arguments: [
        "https://slsa.dev/provenance/v1evil", "https://slsa.dev/provenance/v1/", "https://slsa.dev/provenance/v1.0",
        "https://slsa.dev/provenance/v1?draft", "https://slsa.dev/provenance/v1.0?draft",
        "https://slsa.dev/provenance/v1-rc1", "https://slsa.dev/provenance/v0.3", "https://slsa.dev/provenance/",
        "https://slsa.dev/provenance", "HTTPS://slsa.dev/provenance/v1", "http://slsa.dev/provenance/v1", "",
        "https://spdx.dev/DocumentEvil", "https://spdx.dev/Document/", "https://spdx.dev/Document/v",
        "https://spdx.dev/Document/v2.", "https://spdx.dev/Document/v.2", "https://spdx.dev/Document/v2..3",
        "https://spdx.dev/Document/v2.3x", "https://spdx.dev/Document/v2.3/x", "https://spdx.dev/Document/v-1",
        "https://spdx.dev/Document/v1234567890.1234567", "https://cyclonedx.org/bom/1.4",
        "https://in-toto.io/attestation/link", "https://sigstore.dev/cosign/sign/v2",
    ])
    func takesNothingElseForOne(type: String) {
        #expect(PredicateType(ExactString(type)) == nil)
    }
}
