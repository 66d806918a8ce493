import PKI
import Signing
import StrictEncoding
import Testing

/// Keys made for this run of the tests, one of each kind. RSA takes a while to make, so there is one of each for all.
enum TestKeys {
    static let p256 = Result { try PrivateKey.generate(.ecdsaP256) }
    static let p384 = Result { try PrivateKey.generate(.ecdsaP384) }
    static let p521 = Result { try PrivateKey.generate(.ecdsaP521) }
    static let ed25519 = Result { try PrivateKey.generate(.ed25519) }
    static let rsa2048 = Result { try PrivateKey.generate(.rsa(bits: 2048)) }

    static let kinds: [PublicKey.Kind] = [.ecdsaP256, .ecdsaP384, .ecdsaP521, .ed25519, .rsa(bits: 2048)]

    static func key(_ kind: PublicKey.Kind) throws -> PrivateKey {
        switch kind {
        case .ecdsaP256: try p256.get()
        case .ecdsaP384: try p384.get()
        case .ecdsaP521: try p521.get()
        case .ed25519: try ed25519.get()
        case .rsa(let bits): bits == 2048 ? try rsa2048.get() : try PrivateKey.generate(kind)
        }
    }

    static let message = Array("the bytes that are signed".utf8)
}

/// DER by hand, so that what is under test does not write its own test cases.
enum TestDER {
    static func tlv(_ tag: UInt8, _ content: [UInt8]...) -> [UInt8] {
        let content = content.flatMap { $0 }
        switch content.count {
        case ..<0x80: return [tag, UInt8(content.count)] + content
        case ..<0x100: return [tag, 0x81, UInt8(content.count)] + content
        default: return [tag, 0x82, UInt8(content.count >> 8), UInt8(content.count & 0xff)] + content
        }
    }

    static func sequence(_ content: [UInt8]...) -> [UInt8] { tlv(0x30, content.flatMap { $0 }) }
    static func octets(_ content: [UInt8]) -> [UInt8] { tlv(0x04, content) }
    static func bits(_ content: [UInt8]) -> [UInt8] { tlv(0x03, [0], content) }
    static func integer(_ content: [UInt8]) -> [UInt8] { tlv(0x02, content) }
    static func integer(_ value: Int) -> [UInt8] {
        var content: [UInt8] = []
        var rest = value
        repeat {
            content.insert(UInt8(rest & 0xff), at: 0)
            rest >>= 8
        } while rest > 0
        return integer(content[0] & 0x80 == 0 ? content : [0] + content)
    }

    static let null: [UInt8] = [0x05, 0x00]
    static let ecPublicKey: [UInt8] = [0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01]
    static let p256: [UInt8] = [0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07]
    static let p384: [UInt8] = [0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x22]
    static let secp256k1: [UInt8] = [0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x0a]
    static let rsaEncryption: [UInt8] = [0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01]
    static let rsaPSS: [UInt8] = [0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0a]
    static let ed25519: [UInt8] = [0x06, 0x03, 0x2b, 0x65, 0x70]
    static let x25519: [UInt8] = [0x06, 0x03, 0x2b, 0x65, 0x6e]

    /// An RSA public key as `SubjectPublicKeyInfo`, whose modulus is an arbitrary number of that many bits.
    static func rsa(bits: Int, exponent: Int = 65537, lowByte: UInt8 = 0xff) -> [UInt8] {
        let modulus = modulus(bits: bits, lowByte: lowByte)
        let inner = sequence(integer(modulus), integer(exponent))
        return sequence(sequence(rsaEncryption, null), TestDER.bits(inner))
    }

    static func modulus(bits: Int, lowByte: UInt8 = 0xff) -> [UInt8] {
        let top = UInt8(1 << ((bits - 1) % 8))
        let bytes = [top] + [UInt8](repeating: 0xa5, count: (bits - 1) / 8 - 1) + [lowByte]
        return top & 0x80 == 0 ? bytes : [0] + bytes
    }
}

func pem(_ label: String, _ bytes: [UInt8]) -> [UInt8] {
    Array(PEMBlock(label: label, bytes: bytes).encoded().utf8)
}
