import PKI
import Signing
import Simulators
import StrictEncoding
import Testing

/// Certificates are read strictly; each refusal is one field away from one that is read.
struct CertificateTests {
    /// A leaf of Fulcio's kind whose template was altered; signed for real.
    static func leaf(_ alter: (inout CertificateTemplate) -> Void = { _ in }) throws -> [UInt8] {
        let authority = try SimulatedCA()
        let key = try TestKeys.key(.ecdsaP256)
        var template = authority.fulcioLeaf(key: key.publicKey)
        alter(&template)
        return try authority.issue(template, key: key).der
    }

    static func error(_ alter: (inout CertificateTemplate) -> Void) throws -> CertificateError? {
        let der = try leaf(alter)
        do {
            _ = try Certificate(der: der)
            return nil
        } catch {
            return error
        }
    }

    @Test func readsWhatIsWritten() throws {
        let certificate = try Certificate(der: Self.leaf())
        #expect(certificate.serialNumber == [0x5a, 1, 2, 3, 4, 5, 6, 7])
        #expect(certificate.subject.isEmpty && !certificate.issuer.isEmpty)
        #expect(certificate.validity == SimulatedCA.now...SimulatedCA.now.adding(seconds: 600))
        #expect(certificate.publicKey == (try TestKeys.key(.ecdsaP256).publicKey))
        #expect(certificate.extensions.subjectAlternativeNames == [.uri(ExactString(SimulatedCA.workflow))])
        #expect(certificate.extensions.extendedKeyUsage == [ChainProfile.codeSigning])
        #expect(certificate.extensions.keyUsage == .digitalSignature)
        #expect(certificate.extensions.basicConstraints == nil)
        #expect(certificate.fingerprint.hasPrefix("sha256:"))
    }

    @Test(arguments: TestKeys.kinds)
    func readsKeysOfEveryKind(_ kind: PublicKey.Kind) throws {
        let key = try TestKeys.key(kind).publicKey
        let certificate = try Certificate(
            der: Self.leaf { $0.subjectPublicKeyInfo = key.subjectPublicKeyInfo })
        #expect(certificate.publicKey == key)
    }

    @Test func readsAllCertificatesOfAFile() throws {
        let authority = try SimulatedCA()
        let pem = authority.intermediate.pem + authority.root.pem
        #expect(
            try Certificate.all(pem: Array(pem.utf8)) == [
                authority.intermediate.certificate(), authority.root.certificate(),
            ])
        #expect(throws: CertificateError.noCertificate) { try Certificate.all(pem: Array("nothing".utf8)) }
        #expect(throws: CertificateError.unsupportedLabel("PUBLIC KEY")) {
            try Certificate.all(pem: Array((pem + authority.root.key.publicKey.pem).utf8))
        }
        #expect(throws: CertificateError.notPEM(.malformedBoundary(line: 1))) {
            try Certificate.all(pem: Array("-----BEGIN".utf8))
        }
        #expect(throws: CertificateError.tooLarge(limit: 1 << 20)) {
            try Certificate.all(pem: [UInt8](repeating: 0x20, count: (1 << 20) + 1))
        }
    }

    @Test func rejectsMoreBytesThanAnyCertificateHasBeforeReadingThem() {
        #expect(throws: CertificateError.tooLarge(limit: 65536)) {
            try Certificate(der: [UInt8](repeating: 0x30, count: 65537))
        }
    }

    @Test func rejectsTrailingBytes() throws {
        let der = try Self.leaf()
        #expect(throws: CertificateError.malformed(.certificate)) { try Certificate(der: der + [0]) }
        #expect(throws: CertificateError.malformed(.certificate)) { try Certificate(der: Array(der.dropLast())) }
        #expect(throws: CertificateError.malformed(.certificate)) { try Certificate(der: []) }
    }

    /// X.690 section 10.1: a length in more octets than it needs.
    @Test func rejectsALengthInALongerForm() throws {
        let der = try Self.leaf()
        let content = Array(der.dropFirst(4))
        let padded = [0x30, 0x83, 0, UInt8(content.count >> 8), UInt8(content.count & 0xff)] + content
        #expect(throws: CertificateError.malformed(.certificate)) { try Certificate(der: padded) }
    }

    @Test(arguments: [0, 1, 3])
    func rejectsOtherVersions(_ version: Int) throws {
        #expect(try Self.error { $0.version = version } != nil)
    }

    @Test func rejectsTwoSignatureAlgorithms() throws {
        #expect(
            try Self.error { $0.innerAlgorithm = CertificateTemplate.algorithm(.ecdsaSHA384) }
                == .signatureAlgorithmsDiffer)
    }

    @Test func rejectsReversedValidity() throws {
        #expect(try Self.error { $0.notAfter = $0.notBefore.adding(seconds: -1) } == .validityReversed)
    }

    @Test func rejectsASerialNumberLongerThanAny() throws {
        #expect(try Self.error { $0.serialNumber = [1] + [UInt8](repeating: 7, count: 20) } == nil)
        #expect(
            try Self.error { $0.serialNumber = [1] + [UInt8](repeating: 7, count: 21) } == .malformed(.serialNumber))
        #expect(try Self.error { $0.serialNumber = [] } == .malformed(.serialNumber))
    }

    @Test func rejectsAKeyThatNothingVerifiesWith() throws {
        #expect(
            try Self.error { $0.subjectPublicKeyInfo = TestDER.rsa(bits: 1024) }
                == .publicKey(.rsaTooSmall(bits: 1024)))
    }

    @Test func rejectsDuplicateExtensions() throws {
        #expect(
            try Self.error { $0.extensions.append($0.extensions[0]) } == .duplicateExtension(oid: "2.5.29.15"))
    }

    @Test func rejectsMoreExtensionsThanTheLimit() throws {
        #expect(
            try Self.error { template in
                for number in 0..<65 { template.set(.init("1.2.3.\(number)", [5, 0])) }
            } == .tooManyExtensions(limit: 64))
    }

    @Test func rejectsMoreNamesThanTheLimit() throws {
        let names = { (count: Int) in (0..<count).map { CertificateTemplate.Name.dns("a\($0).example.com") } }
        #expect(try Self.error { $0.set(.alternativeNames(names(256))) } == nil)
        #expect(try Self.error { $0.set(.alternativeNames(names(257))) } == .tooManyNames(limit: 256))
    }

    /// DER writes no default value, and a true as 0xff.
    @Test func rejectsAnExplicitFalseAndAnOddTrue() throws {
        for value: UInt8 in [0, 1] {
            let constraints = DEREncoding.sequence([0x01, 0x01, value])
            #expect(
                try Self.error { $0.set(.init("2.5.29.19", constraints)) } == .malformedExtension(oid: "2.5.29.19"))
        }
    }

    @Test(arguments: [
        ("2.5.29.19", DEREncoding.sequence(DEREncoding.integer(1))),
        ("2.5.29.15", DEREncoding.bits([0], unused: 7)),
        ("2.5.29.15", DEREncoding.bits([])),
        ("2.5.29.37", DEREncoding.sequence()),
        ("2.5.29.17", DEREncoding.sequence()),
        ("2.5.29.17", DEREncoding.sequence(DEREncoding.tlv(0x86))),
        ("2.5.29.17", DEREncoding.sequence(DEREncoding.tlv(0x86, Array("a\u{0}b".utf8)))),
        ("2.5.29.17", DEREncoding.sequence(DEREncoding.tlv(0x82, Array("exämple".utf8)))),
        ("2.5.29.17", DEREncoding.sequence(DEREncoding.tlv(0x87, [1, 2, 3]))),
        ("2.5.29.14", DEREncoding.integer(1)),
        ("2.5.29.35", DEREncoding.octets([])),
        ("2.5.29.30", DEREncoding.sequence()),
        ("2.5.29.30", DEREncoding.sequence(DEREncoding.tlv(0xa0))),
        // A trailing byte after an extension's value.
        ("2.5.29.14", DEREncoding.octets([1]) + [0]),
    ])
    func rejectsMalformedExtensions(oid: String, value: [UInt8]) throws {
        let error = try Self.error { $0.set(.init(oid, value)) }
        #expect(error == .malformedExtension(oid: oid) || error == .malformed(.name))
    }

    /// One bit of every byte of a certificate: it is refused, or its issuer's signature no longer fits, or the bytes are the same.
    @Test func aFlippedBitInEveryByteIsNoticed() throws {
        let authority = try SimulatedCA()
        let key = try TestKeys.key(.ecdsaP256)
        let leaf = try authority.issue(authority.fulcioLeaf(key: key.publicKey), key: key)
        let trusted = try authority.authority()
        var accepted: [Int] = []
        for position in leaf.der.indices {
            var der = leaf.der
            der[position] ^= 1 << UInt8(position % 8)
            guard let certificate = try? Certificate(der: der) else { continue }
            if (try? trusted.verify(certificate, at: SimulatedCA.now, profile: .fulcio)) != nil {
                accepted.append(position)
            }
        }
        #expect(accepted.isEmpty)
    }
}
