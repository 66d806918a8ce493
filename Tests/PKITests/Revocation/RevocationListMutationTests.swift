import Simulators
import StrictEncoding
import Testing

@testable import PKI

/// Damaged revocation lists: each is read or refused, and none that differs is its issuer's.
struct RevocationListMutationTests {
    static let fragments: [[UInt8]] = [
        [0x30, 0], [0x30, 0x80], [0x02, 1, 0], [0x0a, 1, 1], [0x01, 1, 0xff], [0xa0, 2, 5, 0], [0x17, 0], [0x18, 0x0f],
        [0x84, 0xff, 0xff, 0xff, 0xff], [0x06, 3, 0x55, 0x1d, 0x1b], [0x06, 3, 0x55, 0x1d, 0x15], [0x80], [0xff], [0],
    ]

    @Test(arguments: 0..<4)
    func readsOrRefusesEveryDamagedList(_ seed: Int) throws {
        let authority = try RevocationListTests.authority.get()
        let issuer = try authority.intermediate.certificate()
        let whole = try RevocationListTests.der {
            $0.entries += (10..<30).map { .init([$0], on: SimulatedCA.now, reason: 1, invalidSince: SimulatedCA.now) }
        }
        var random = SeededMutation(seed: UInt64(seed) &+ 5280)
        var accepted = 0
        for round in 0..<1500 {
            var der = whole
            for _ in 0...Int.random(in: 0..<2, using: &random) { random.change(&der, fragments: Self.fragments) }
            guard der != whole, let list = try? CertificateRevocationList(der: der) else { continue }
            accepted += 1
            #expect(list.thisUpdate <= list.nextUpdate, "round \(round)")
            // Only the octets of the signature could change and mean the same, and they have one spelling.
            #expect(!list.isSigned(by: issuer), "round \(round)")
        }
        #expect(accepted > 20)
    }
}
