import PKI
import StrictEncoding
import Testing

/// The test vector of the DSSE protocol document, whose signature is raw r and s.
@Suite(.enabled(if: Kit.isPresent, Kit.absence))
struct DSSEVectorTests {
    @Test
    func verifiesAsRawNumbersOnly() throws {
        let text = String(decoding: try Kit.read("dsse/protocol.md"), as: UTF8.self)
        let key = try publicKey(
            x: #require(text.firstMatch(of: /\nX: ([0-9]+)\n/)).1, y: #require(text.firstMatch(of: /\nY: ([0-9]+)\n/)).1
        )
        let preAuthenticationEncoding = try #require(text.firstMatch(of: /\n(DSSEv1 29 [^\n]*)\n/)).1
        let envelope = try #require(text.firstMatch(of: /```json\n(\{[^`]*\})\n```/)).1
        let document = try JSONDocument(parsing: Array(envelope.utf8)).root
        let signature = try #require(document["signatures"]?.array?.first?["sig"]).base64Bytes()

        let header = "DSSEv1 29 http://example.com/HelloWorld 11 "
        let payload = try #require(document["payload"]).base64Bytes()
        let message = SignedMessage(parts: [Array(header.utf8)[...], payload[...]])
        #expect(Array(header.utf8) + payload == Array(preAuthenticationEncoding.utf8))

        #expect(key.isValid(signature, over: message, scheme: .ecdsaSHA256, encoding: .rawRS))
        #expect(!key.isValid(signature, over: message, scheme: .ecdsaSHA256))
        #expect(!key.isValid(signature, over: payload, scheme: .ecdsaSHA256, encoding: .rawRS))
    }

    /// A P-256 key from its coordinates.
    private func publicKey(x: Substring, y: Substring) throws -> PublicKey {
        let algorithmAndPointHeader = "3059301306072a8648ce3d020106082a8648ce3d03010703420004"
        return try PublicKey(
            subjectPublicKeyInfo: Hex.decode(algorithmAndPointHeader) + bytes(ofDecimal: x) + bytes(ofDecimal: y))
    }

    /// 32 octets, big-endian.
    private func bytes(ofDecimal digits: Substring) throws -> [UInt8] {
        var number = [UInt8](repeating: 0, count: 32)
        for digit in digits {
            var carry = try #require(digit.wholeNumberValue)
            for index in number.indices.reversed() {
                carry += Int(number[index]) * 10
                number[index] = UInt8(carry & 0xff)
                carry >>= 8
            }
        }
        return number
    }
}
