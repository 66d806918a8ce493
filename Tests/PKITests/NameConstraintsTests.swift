import PKI
import Simulators
import StrictEncoding
import Testing

/// Names that an authority may not vouch for (RFC 5280 section 4.2.1.10).
struct NameConstraintsTests {
    typealias Name = CertificateTemplate.Name

    private func isAllowed(_ name: Name, permitted: [Name] = [], excluded: [Name] = []) throws -> Bool {
        let outcome = try ChainTests.outcome(
            root: { $0.set(.nameConstraints(permitted: permitted, excluded: excluded)) },
            leaf: { $0.set(.alternativeNames([name], isCritical: true)) })
        #expect(outcome == nil || outcome == .constraints)
        return outcome == nil
    }

    @Test(arguments: [
        ("build.example.org", "example.org", true), ("example.org", "example.org", true),
        ("BUILD.EXAMPLE.ORG", "example.org", true), ("notexample.org", "example.org", false),
        ("example.org.evil.test", "example.org", false), ("*.example.org", "example.org", true),
        ("*.org", "example.org", false),
    ])
    func domains(name: String, base: String, isCovered: Bool) throws {
        #expect(try isAllowed(.dns(name), permitted: [.dns(base)]) == isCovered)
    }

    /// A wildcard stands for the excluded name too.
    @Test func rejectsAWildcardThatReachesIntoAnExcludedSubtree() throws {
        #expect(try !isAllowed(.dns("*.example.org"), excluded: [.dns("secret.example.org")]))
        #expect(try !isAllowed(.dns("secret.example.org"), excluded: [.dns("example.org")]))
        #expect(try isAllowed(.dns("*.example.net"), excluded: [.dns("secret.example.org")]))
    }

    @Test(arguments: [
        ("https://build.example.org/x", "build.example.org", true),
        ("https://build.example.org/x", ".example.org", true),
        ("https://example.org/x", ".example.org", false), ("https://example.org.evil.test/", "example.org", false),
        ("https://example.org@evil.test/", "example.org", false), ("https://u@example.org:8/", "example.org", true),
        ("https://127.0.0.1/", ".example.org", false), ("urn:example.org", "example.org", false),
    ])
    func uris(name: String, base: String, isCovered: Bool) throws {
        #expect(try isAllowed(.uri(name), permitted: [.uri(base)]) == isCovered)
    }

    /// What can't be compared with an excluded subtree might lie in it.
    @Test func rejectsAURIWithoutHostUnderAnExcludedHost() throws {
        #expect(try !isAllowed(.uri("urn:x"), excluded: [.uri("example.org")]))
        #expect(try isAllowed(.uri("https://example.net/"), excluded: [.uri("example.org")]))
    }

    @Test(arguments: [
        ("a@example.org", "example.org", true), ("a@build.example.org", "example.org", false),
        ("a@build.example.org", ".example.org", true), ("a@example.org", "a@example.org", true),
        ("A@example.org", "a@example.org", false), ("a@EXAMPLE.org", "a@example.org", true),
        ("b@example.org", "a@example.org", false),
    ])
    func mailboxes(name: String, base: String, isCovered: Bool) throws {
        #expect(try isAllowed(.email(name), permitted: [.email(base)]) == isCovered)
    }

    @Test func addresses() throws {
        let net = Name.ipAddress([192, 0, 2, 0, 255, 255, 255, 0])
        #expect(try isAllowed(.ipAddress([192, 0, 2, 77]), permitted: [net]))
        #expect(try !isAllowed(.ipAddress([192, 0, 3, 77]), permitted: [net]))
        #expect(try !isAllowed(.ipAddress([UInt8](repeating: 0, count: 16)), permitted: [net]))
        #expect(try !isAllowed(.ipAddress([192, 0, 2, 77]), excluded: [net]))
    }

    /// The case of letters does not tell names apart, so it is no way out of an excluded subtree.
    @Test func directoryNames() throws {
        let base = DEREncoding.sequence(
            DEREncoding.tlv(
                0x31, DEREncoding.sequence(DEREncoding.oid("2.5.4.10"), DEREncoding.tlv(0x13, Array("EXAMPLE".utf8)))))
        let outcome = { (extension: CertificateTemplate.Extension) in
            try ChainTests.outcome(
                intermediate: { $0.set(`extension`) }, leaf: { $0.subject = DEREncoding.name("signer") })
        }
        #expect(try outcome(.nameConstraints(permitted: [.directory(base)])) == nil)
        #expect(try outcome(.nameConstraints(excluded: [.directory(base)])) == .constraints)
        let other = DEREncoding.name("signer", organisation: "other")
        #expect(try outcome(.nameConstraints(permitted: [.directory(other)])) == .constraints)
    }

    /// Kinds of names that nothing here reads: whoever has one is refused, others are not touched.
    @Test func rejectsNamesOfAConstrainedKindThatNothingReads() throws {
        let other = Name.username("x")
        #expect(try !isAllowed(.username("someone!example.org"), permitted: [other]))
        #expect(try !isAllowed(.username("someone!example.org"), excluded: [other]))
        #expect(try isAllowed(.dns("example.org"), excluded: [other]))
    }

    /// Constraints above the anchor of the search count as well.
    @Test func constraintsOfTheRootReachTheLeafPastTheIntermediate() throws {
        #expect(try !isAllowed(.email("a@example.net"), permitted: [.email("example.org")]))
    }

    @Test(arguments: [
        Name.dns(".example.org"), .dns("exa mple.org"), .email("a@b@example.org"), .uri(""),
        .ipAddress([192, 0, 2, 0, 255, 0, 255, 0]), .ipAddress([192, 0, 2, 0]),
    ])
    func rejectsMalformedConstraints(_ base: Name) throws {
        #expect(throws: CertificateError.self) {
            try CertificateTests.leaf { $0.set(.nameConstraints(permitted: [base])) }.certificate()
        }
    }

    @Test func rejectsMoreConstraintsThanTheLimit() throws {
        let bases = (0..<257).map { Name.dns("a\($0).example.org") }
        #expect(throws: CertificateError.tooManyNames(limit: 256)) {
            try CertificateTests.leaf { $0.set(.nameConstraints(excluded: bases)) }.certificate()
        }
    }
}

extension [UInt8] {
    fileprivate func certificate() throws -> Certificate { try Certificate(der: self) }
}
