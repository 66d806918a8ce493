import Signing
import Simulators
import StrictEncoding
import Testing

@testable import PKI

/// Damaged bundles and tokens: each is read or refused, twice in the same way, and never lets anybody more in.
struct SPIFFEMutationTests {
    static let fragments: [[UInt8]] =
        #"{}[]",:0-.A="#.utf8.map { [$0] }
        + [
            #""use":"jwt-svid","#, #""kty":"RSA","#, #""crv":"P-384","#, #""kid":"token-1","#, #""x5c":["AAAA"],"#,
            "null",
            #""keys":[],"#, "1e999", "\u{E9}", "\\u0061",
        ].map { Array($0.utf8) } + [[0], [0xff], [0xed, 0xa0, 0x80]]

    @Test(arguments: 0..<4)
    func readsOrRefusesEveryDamagedBundle(_ seed: Int) throws {
        let world = try SimulatedTrustDomain()
        let whole = try world.bundle().canonicalBytes()
        let domain = try SPIFFETrustDomain("example.org")
        let root = try world.authority.root.certificate()
        var random = SeededMutation(seed: UInt64(seed) &+ 7517)
        var accepted = 0
        for round in 0..<400 {
            var bytes = whole
            for _ in 0...Int.random(in: 0..<3, using: &random) { random.change(&bytes, fragments: Self.fragments) }
            let bundle = try? SPIFFETrustBundle(trustDomain: domain, jwks: bytes)
            #expect(bundle == (try? SPIFFETrustBundle(trustDomain: domain, jwks: bytes)), "round \(round)")
            guard let bundle else { continue }
            accepted += 1
            // Another certificate would have to be somebody's with its key beside it: damage makes none.
            #expect(bundle.authorities.allSatisfy { $0.publicKey == root.publicKey }, "round \(round)")
            #expect(bundle.authorities.count <= 1 && bundle.tokenKeys.count <= 1, "round \(round)")
        }
        #expect(accepted > 10)
    }

    @Test(arguments: 0..<4)
    func refusesEveryDamagedToken(_ seed: Int) throws {
        let world = try SimulatedTrustDomain()
        let bundle = try SPIFFETrustBundle(
            trustDomain: SPIFFETrustDomain("example.org"), jwks: world.bundle().canonicalBytes())
        let bundles = try SPIFFETrustBundles([.init(bundle, validFor: ValidityPeriod(start: .earliest, end: nil))])
        let whole = Array(try SimulatedToken().signed(by: world.tokenKey).utf8)
        var random = SeededMutation(seed: UInt64(seed) &+ 7519)
        for round in 0..<400 {
            var bytes = whole
            for _ in 0...Int.random(in: 0..<3, using: &random) { random.change(&bytes, fragments: Self.fragments) }
            guard bytes != whole else { continue }
            let svid = try? bundles.verify(token: bytes, audience: "registry", at: SimulatedCA.now)
            #expect(svid == nil, "round \(round): \(String(decoding: bytes, as: UTF8.self))")
        }
        // The header and the claims before they are signed.
        let (header, claims) = (SimulatedToken().header, SimulatedToken().claims)
        var accepted = 0
        for _ in 0..<400 {
            var parts = [JSONTree.object(header).canonicalBytes(), JSONTree.object(claims).canonicalBytes()]
            random.change(&parts[Int.random(in: 0..<2, using: &random)], fragments: Self.fragments)
            let text = try SimulatedToken.signed(header: parts[0], claims: parts[1], by: world.tokenKey)
            let svid = try? bundles.verify(token: Array(text.utf8), audience: "registry", at: SimulatedCA.now)
            guard let svid else { continue }
            accepted += 1
            #expect(svid.id.trustDomain.name == "example.org" && svid.algorithm == .es256)
            #expect(svid.audiences.contains("registry") && svid.expires > SimulatedCA.now)
        }
        #expect(accepted > 5)
    }

    @Test func identifiersHaveOneText() throws {
        let whole = Array("spiffe://example.org/ns/default/sa/build".utf8)
        var random = SeededMutation(seed: 3986)
        var accepted = 0
        for _ in 0..<5000 {
            var bytes = whole
            random.change(
                &bytes, fragments: ["/", "//", "..", ".", "%2f", ":", "@", "A", "\u{E9}", "?"].map { Array($0.utf8) })
            let text = String(decoding: bytes, as: UTF8.self)
            guard let id = try? SPIFFEID(text) else { continue }
            accepted += 1
            #expect(ExactString(id.description) == ExactString(text))
        }
        #expect(accepted > 500)
    }
}
