import AdmissionPolicy
import Content
import PKI
import StrictEncoding
import Testing

/// `trustBundles` and `crls` of signers, as they are written. What they do to evidence is tested with evidence.
@Suite struct TrustBundleReadingTests {
    private static let domain = "trustDomain: example.org"

    private static func spiffe(_ bundles: String, id: String = "spiffe://example.org/ci/*", more: String = "") -> String
    {
        "{spiffe: {id: \"\(id)\", trustBundles: \(bundles), validAt: signing\(more)}}"
    }

    private static let x509 = "x509: {roots: [roots/corporate.pem], usage: code-signing, validAt: now, dns: a.example"

    static let mistakes: [CertificateSignerReadingTests.Mistake] = [
        .init(
            "{spiffe: {id: \"spiffe://example.org/ci\", roots: [roots/corporate.pem], trustBundles: [{\(domain), file: "
                + "bundles/corporate.pem}], validAt: now}}", .policyFileExactlyOne, "`roots` and `trustBundles`"),
        .init("{\(x509), trustBundles: [{\(domain), file: bundles/corporate.pem}]}}", .policyFileUnknownField),
        .init(spiffe("[]"), .policyFileEmptyValue, isBeyondSchema: true),
        .init(spiffe("{\(domain), file: bundles/corporate.pem}"), .policyFileWrongType),
        .init(spiffe("[{file: bundles/corporate.pem}]"), .policyFileMissingField, "`trustDomain`"),
        .init(spiffe("[{\(domain)}]"), .policyFileMissingField, "`file`"),
        .init(
            spiffe("[{\(domain), file: bundles/corporate.pem, since: 2026-01-01T00:00:00Z}]"), .policyFileUnknownField,
            "`from`"),
        .init(spiffe("[{\(domain), file: bundles/corporate.crt}]"), .policyFileBadValue, "`.json`"),
        .init(
            spiffe("[{\(domain), file: ../corporate.pem}]"), .policyFileKeyPath, isBeyondSchema: true),
        .init(
            spiffe("[{\(domain), file: bundles/absent.pem}]"), .policyFileKeyUnreadable, isBeyondSchema: true),
        .init(
            spiffe("[{\(domain), file: bundles/leaf.pem}]"), .spiffeBundleMalformed, "may issue", isBeyondSchema: true),
        .init(
            spiffe("[{trustDomain: \"spiffe://example.org\", file: bundles/corporate.pem}]"), .policyFileBadValue,
            "name alone"),
        .init(spiffe("[{\(domain), file: bundles/corporate.pem, from: yesterday}]"), .policyFileBadValue),
        .init(
            spiffe(
                "[{\(domain), file: bundles/corporate.pem, from: 2026-02-01T00:00:00Z, until: 2026-01-01T00:00:00Z}]"),
            .policyFileBadValue, "at or after", isBeyondSchema: true),
        .init(
            spiffe(
                "[{\(domain), file: bundles/other.pem}, {\(domain), file: bundles/other.pem, "
                    + "until: 2026-01-01T00:00:00Z}]"), .policyFileTwice, isBeyondSchema: true),
        // A bundle that was put back: its number is lower than that of the one before.
        .init(
            spiffe(
                "[{\(domain), file: bundles/second.json, until: 2026-01-01T00:00:00Z}, {\(domain), file: "
                    + "bundles/first.json, from: 2026-01-01T00:00:01Z}]"), .spiffeBundleSequence, "grow",
            isBeyondSchema: true),
        .init(
            spiffe("[{trustDomain: example.com, file: bundles/corporate.pem}]"), .policyFileBadValue, "`example.org`",
            isBeyondSchema: true),
        .init(
            spiffe("[{\(domain), file: bundles/corporate.pem}, {trustDomain: example.com, file: bundles/other.pem}]"),
            .policyFileBadValue, "`example.com`", isBeyondSchema: true),
        .init("{\(x509), crls: []}}", .policyFileEmptyValue, isBeyondSchema: true),
        .init("{\(x509), crls: lists/corporate.crl}}", .policyFileWrongType, "[item]"),
        .init("{\(x509), crls: [lists/corporate.crl, lists/corporate.crl]}}", .policyFileTwice),
        .init("{\(x509), insecureLeafRevocationOnly: true}}", .policyFileMissingField, "`crls`"),
        .init(
            "{\(x509), crls: [lists/corporate.crl], insecureLeafRevocationOnly: always}}", .policyFileWrongType),
        .init("{\(x509), crls: [lists/absent.crl]}}", .policyFileKeyUnreadable, isBeyondSchema: true),
        .init(
            "{\(x509), crls: [roots/corporate.pem]}}", .revocationListMalformed, "roots/corporate.pem",
            isBeyondSchema: true),
    ]

    @Test(arguments: mistakes) func refuses(_ mistake: CertificateSignerReadingTests.Mistake) throws {
        let text = CertificateSignerReadingTests.policy(mistake.signer)
        let found = Policies.errors(text)
        let codes = found.map(\.code)
        #expect(codes == [mistake.code], "\(found)")
        let said = found.map { "\($0.message) \($0.mend)" }.joined(separator: "\n")
        #expect(mistake.says.isEmpty || said.contains(mistake.says), "\(said)")
    }

    // MARK: What is read

    private func authorities(_ signer: String) throws -> OwnAuthorities { try CertificateScene(signer).authorities }

    @Test func readsBundlesWithTheirTimes() throws {
        let own = try authorities(
            Self.spiffe(
                "[{\(Self.domain), file: bundles/corporate.pem, until: 2026-10-31T23:59:59Z}, {\(Self.domain), file: "
                    + "bundles/other.pem, from: 2026-11-01T00:00:00Z}]", more: ", crls: [lists/corporate.crl]"))
        let bundles = try #require(own.bundles)
        #expect(bundles.trustDomains.map(\.description) == ["example.org"])
        #expect(bundles.entries.map(\.validFor.start) == [.earliest, Instant(rfc3339: "2026-11-01T00:00:00Z")])
        #expect(bundles.entries.map(\.validFor.end) == [Instant(rfc3339: "2026-10-31T23:59:59Z"), nil])
        #expect(own.certificates.count == 2)
        #expect(own.usage == .spiffe && own.time == .timestamped)
        #expect(own.revocationLists.map(\.count) == [0])
    }

    /// Whatever of them changes, other evidence may be believed.
    @Test func theDigestCoversBundlesTimesAndLists() throws {
        let one = "{\(Self.domain), file: bundles/corporate.pem"
        let signers = [
            Self.spiffe("[\(one)}]"), Self.spiffe("[\(one), until: 2026-10-31T23:59:59Z}]"),
            Self.spiffe("[\(one), from: 2026-10-31T23:59:59Z}]"),
            Self.spiffe("[{\(Self.domain), file: bundles/other.pem}]"),
            Self.spiffe("[\(one)}]", more: ", crls: [lists/corporate.crl]"),
            Self.spiffe("[\(one)}]", more: ", crls: [lists/corporate.crl], insecureLeafRevocationOnly: true"),
            "{spiffe: {id: \"spiffe://example.org/ci/*\", roots: [roots/corporate.pem], validAt: signing}}",
        ]
        let digests = try signers.map { try authorities($0).digest }
        #expect(Set(digests).count == signers.count)
        #expect(try authorities(signers[0]).digest == digests[0])
    }

    /// A regular expression does not say which trust domains it is about.
    @Test func anExpressionLeavesTheTrustDomainsToTheBundles() throws {
        let own = try authorities(
            "{spiffe: {id: {insecureRegex: \"spiffe://example[.](org|com)/ci\"}, trustBundles: [{\(Self.domain), file: "
                + "bundles/corporate.pem}], validAt: now}}")
        #expect(own.bundles?.trustDomains.count == 1)
    }
}
