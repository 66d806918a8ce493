import PKI
import StrictEncoding
import Testing

/// SPIFFE-ID section 2, a line for each rule.
struct SPIFFEIDTests {
    @Test(arguments: [
        ("spiffe://example.org/build", "example.org", "/build"), ("spiffe://example.org", "example.org", ""),
        ("spiffe://e/A.b-c_9/x", "e", "/A.b-c_9/x"), ("spiffe://10.0.0.1/w", "10.0.0.1", "/w"),
        ("spiffe://a_b-c.d/...", "a_b-c.d", "/..."), ("spiffe://a./.b", "a.", "/.b"),
    ])
    func readsTrustDomainAndPath(text: String, domain: String, path: String) throws {
        let id = try SPIFFEID(text)
        #expect(id.trustDomain.name == ExactString(domain))
        #expect(id.path == ExactString(path))
        #expect(id.description == text)
    }

    @Test(arguments: [
        ("", SPIFFEIDError.notSPIFFE), ("https://example.org/build", .notSPIFFE),
        ("SPIFFE://example.org/a", .notSPIFFE),
        ("spiffe:/example.org/a", .notSPIFFE), (" spiffe://example.org/a", .notSPIFFE),
        ("spiffe://", .noTrustDomain), ("spiffe:///build", .noTrustDomain),
        ("spiffe://Example.org/a", .trustDomainCharacter), ("spiffe://example.org:80/a", .trustDomainCharacter),
        ("spiffe://user@example.org/a", .trustDomainCharacter), ("spiffe://example.org?q", .trustDomainCharacter),
        ("spiffe://example.org#f", .trustDomainCharacter), ("spiffe://ex%61mple.org/a", .trustDomainCharacter),
        ("spiffe://[::1]/a", .trustDomainCharacter), ("spiffe://exämple.org/a", .trustDomainCharacter),
        ("spiffe://example.org/", .emptySegment), ("spiffe://example.org/a/", .emptySegment),
        ("spiffe://example.org//a", .emptySegment), ("spiffe://example.org/./a", .relativeSegment),
        ("spiffe://example.org/a/..", .relativeSegment), ("spiffe://example.org/a%2Fb", .pathCharacter),
        ("spiffe://example.org/a?q", .pathCharacter), ("spiffe://example.org/a#f", .pathCharacter),
        ("spiffe://example.org/caf\u{E9}", .pathCharacter), ("spiffe://example.org/a b", .pathCharacter),
        ("spiffe://example.org/a\u{7F}", .pathCharacter), ("spiffe://example.org/a:b", .pathCharacter),
    ])
    func refusesWhatIsNone(text: String, error: SPIFFEIDError) {
        #expect(throws: error) { try SPIFFEID(text) }
    }

    @Test func holdsTheLengthsOfTheSpecificationAndNotOneByteMore() throws {
        let path = String(repeating: "a", count: 2048 - "spiffe://e/".utf8.count)
        #expect(try SPIFFEID("spiffe://e/" + path).path.utf8.count == path.utf8.count + 1)
        #expect(throws: SPIFFEIDError.tooLong(limit: 2048)) { try SPIFFEID("spiffe://e/a" + path) }
        let domain = String(repeating: "d", count: 255)
        #expect(try SPIFFETrustDomain(domain).description == domain)
        #expect(throws: SPIFFEIDError.tooLong(limit: 255)) { try SPIFFETrustDomain(domain + "d") }
        #expect(throws: SPIFFEIDError.tooLong(limit: 255)) { try SPIFFEID("spiffe://\(domain)d/a") }
    }

    @Test func twoIdentitiesAreOneWhenTheirBytesAre() throws {
        #expect(try SPIFFEID("spiffe://e/a") == SPIFFEID("spiffe://e/a"))
        #expect(try SPIFFEID("spiffe://e/a") != SPIFFEID("spiffe://e/A"))
        #expect(try SPIFFETrustDomain("a") < SPIFFETrustDomain("b"))
    }
}
