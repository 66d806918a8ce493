public import StrictEncoding

/// What kind of thing a predicate says, read off its `predicateType`.
///
/// Types are compared as whole strings with the rows of one table, never by prefix: `https://slsa.dev/provenance/v1evil`
/// belongs to nothing. A type that is in no row is not wrong, only unknown here; its predicate stays opaque.
public struct PredicateType: Sendable, Hashable {
    /// The family of predicates.
    public let family: PredicateFamily
    /// As the type states it, like `0.2` or `1`; nil where the type carries no version.
    public let version: String?

    /// Nil if the type belongs to no known family.
    public init?(_ type: ExactString) {
        for row in Self.table {
            if let version = row.match(type) {
                self.init(family: row.family, version: version.isEmpty ? nil : version)
                return
            }
        }
        return nil
    }

    private init(family: PredicateFamily, version: String?) {
        self.family = family
        self.version = version
    }
}

/// The families of predicates that this product knows by name.
public enum PredicateFamily: String, Sendable, CaseIterable {
    case slsaProvenance = "slsa-provenance"
    case verificationSummary = "verification-summary"
    /// How a revision of a source came to be. SLSA leaves its form open; this is the one of the SLSA source tool.
    case sourceProvenance = "source-provenance"
    case spdx
    case cycloneDX = "cyclonedx"
    case syft
    case vulnerabilities = "vulnerabilities"
    case openVEX = "openvex"
    /// Advisories of the Common Security Advisory Framework, VEX among them.
    case csaf
    case testResult = "test-result"
    case simpleVerificationResult = "simple-verification-result"
    case link
    /// An image signature in the form of an attestation: cosign 3 signs images so.
    case cosignSignature = "cosign-signature"
    /// Cosign's wrapper around data of any kind.
    case cosignCustom = "cosign-custom"
}

extension PredicateType {
    /// One row of the table: either a whole type that has one version, or a base that a version may follow.
    private struct Row {
        let family: PredicateFamily
        let type: ExactString
        let version: Version

        enum Version {
            /// The row's type is the whole type.
            case fixed(String)
            /// `/v` and dotted decimal numbers may follow, like `/v2.3`.
            case mayFollow
            /// They have to follow.
            case follows
        }

        /// The version, empty if the type carries none; nil if the type does not belong to this row.
        func match(_ candidate: ExactString) -> String? {
            switch version {
            case .fixed(let version): return candidate == type ? version : nil
            case .mayFollow where candidate == type: return ""
            case .mayFollow, .follows:
                let base = Array(type.utf8) + Array("/v".utf8)
                let found = Array(candidate.utf8)
                guard found.starts(with: base), found.count - base.count <= 16 else { return nil }
                let numbers = found.dropFirst(base.count)
                return Self.areDottedNumbers(numbers) ? String(decoding: numbers, as: UTF8.self) : nil
            }
        }

        /// `1`, `2.3`, `0.2.0`: at least one number, none of them empty.
        private static func areDottedNumbers(_ text: ArraySlice<UInt8>) -> Bool {
            text.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).allSatisfy { number in
                !number.isEmpty && number.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
            }
        }
    }

    /// A type that is not listed with a version of its own follows the rule of in-toto's "Versioning": it names the
    /// major version only, so 1.1 and 1.2 of SLSA provenance have the type of 1. Drafts (`v1-rc1`, `v1.0?draft`) are
    /// other types with other schemas and are not listed.
    private static let table: [Row] = [
        // slsa.dev/spec/v1.2/build-provenance, v0.2/provenance, v0.1/provenance
        Row(family: .slsaProvenance, type: "https://slsa.dev/provenance/v1", version: .fixed("1")),
        Row(family: .slsaProvenance, type: "https://slsa.dev/provenance/v0.2", version: .fixed("0.2")),
        Row(family: .slsaProvenance, type: "https://slsa.dev/provenance/v0.1", version: .fixed("0.1")),
        // The name of 0.1 before it moved to slsa.dev; in-toto attestation spec/predicates/provenance.md
        Row(family: .slsaProvenance, type: "https://in-toto.io/Provenance/v0.1", version: .fixed("0.1")),
        // slsa.dev/spec/v1.2/verification_summary
        Row(family: .verificationSummary, type: "https://slsa.dev/verification_summary/v1", version: .fixed("1")),
        Row(family: .verificationSummary, type: "https://slsa.dev/verification_summary/v0.2", version: .fixed("0.2")),
        Row(family: .verificationSummary, type: "https://slsa.dev/verification_summary/v0.1", version: .fixed("0.1")),
        // github.com/slsa-framework/source-tool pkg/provenance/predicate.go
        Row(family: .sourceProvenance, type: SourceProvenance.revisionType, version: .fixed("1-draft")),
        Row(family: .sourceProvenance, type: SourceProvenance.tagType, version: .fixed("1-draft")),
        // in-toto attestation spec/predicates/spdx2.md, spdx3.md; cosign and GitHub write the bare form or a version
        Row(family: .spdx, type: "https://spdx.dev/Document", version: .mayFollow),
        // spec/predicates/cyclonedx.md
        Row(family: .cycloneDX, type: "https://cyclonedx.org/bom", version: .mayFollow),
        // syft cmd/syft/internal/commands/attest.go, for its own format
        Row(family: .syft, type: "https://syft.dev/bom", version: .fixed("native")),
        // spec/predicates/vuln.md, vulns_02.md; cosign specs/COSIGN_VULN_ATTESTATION_SPEC.md
        Row(family: .vulnerabilities, type: "https://in-toto.io/attestation/vulns/v0.2", version: .fixed("0.2")),
        Row(family: .vulnerabilities, type: "https://in-toto.io/attestation/vulns/v0.1", version: .fixed("0.1")),
        Row(
            family: .vulnerabilities, type: "https://cosign.sigstore.dev/attestation/vuln/v1",
            version: .fixed("cosign-1")),
        // openvex/spec ATTESTING.md
        Row(family: .openVEX, type: "https://openvex.dev/ns", version: .mayFollow),
        // CSAF 2.0 and 2.1 name no predicate type; their documents name themselves by the schema (section 3.2.1, `$schema`)
        Row(
            family: .csaf, type: "https://docs.oasis-open.org/csaf/csaf/v2.0/csaf_json_schema.json",
            version: .fixed("2.0")),
        Row(
            family: .csaf, type: "https://docs.oasis-open.org/csaf/csaf/v2.1/schema/csaf.json", version: .fixed("2.1")),
        // The same in the drafts of 2.1.
        Row(
            family: .csaf, type: "https://docs.oasis-open.org/csaf/csaf/v2.1/csaf_json_schema.json",
            version: .fixed("2.1")),
        // spec/predicates/test-result.md
        Row(family: .testResult, type: "https://in-toto.io/attestation/test-result/v0.1", version: .fixed("0.1")),
        // spec/predicates/svr.md
        Row(family: .simpleVerificationResult, type: "https://in-toto.io/attestation/svr/v0.2", version: .fixed("0.2")),
        Row(family: .simpleVerificationResult, type: "https://in-toto.io/attestation/svr/v0.1", version: .fixed("0.1")),
        // spec/predicates/link.md, with its deprecated name
        Row(family: .link, type: "https://in-toto.io/attestation/link", version: .follows),
        Row(family: .link, type: "https://in-toto.io/Link", version: .follows),
        // cosign pkg/types/predicate.go; specs/COSIGN_PREDICATE_SPEC.md
        Row(family: .cosignSignature, type: "https://sigstore.dev/cosign/sign/v1", version: .fixed("1")),
        Row(family: .cosignCustom, type: "https://cosign.sigstore.dev/attestation/v1", version: .fixed("1")),
    ]
}
