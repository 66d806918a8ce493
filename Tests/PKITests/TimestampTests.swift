import PKI
import Signing
import Simulators
import StrictEncoding
import Testing

/// RFC 3161 tokens. Each attack is one field away from the token that holds.
struct TimestampTests {
    static let signature = Array("the signature that was stamped".utf8)

    static func outcome(
        kind: PublicKey.Kind = .ecdsaP256, certificate: (inout CertificateTemplate) -> Void = { _ in },
        trusted: (SimulatedTSA) throws -> [TimestampAuthority] = { [try $0.trusted()] },
        over signature: [UInt8] = signature,
        answer alter: (inout SimulatedTSA.Answer, SimulatedTSA) throws -> Void = { _, _ in }
    ) throws -> Result<VerifiedTimestamp, TimestampError> {
        let authority = try SimulatedTSA(kind: kind, altering: certificate)
        var answer = authority.answer(to: Self.signature)
        try alter(&answer, authority)
        let bytes = try answer.encoded()
        let trusted = try trusted(authority)
        return Result { () throws(TimestampError) in
            try TimestampToken(response: bytes).verify(over: SignedMessage(signature), by: trusted)
        }
    }

    static func error(
        kind: PublicKey.Kind = .ecdsaP256, certificate: (inout CertificateTemplate) -> Void = { _ in },
        trusted: (SimulatedTSA) throws -> [TimestampAuthority] = { [try $0.trusted()] },
        answer alter: (inout SimulatedTSA.Answer, SimulatedTSA) throws -> Void = { _, _ in }
    ) throws -> TimestampError? {
        let outcome = try outcome(kind: kind, certificate: certificate, trusted: trusted, answer: alter)
        if case .failure(let error) = outcome { return error }
        return nil
    }

    static func error(
        _ alter: (inout SimulatedTSA.Answer, SimulatedTSA) throws -> Void
    ) throws -> TimestampError? {
        try error(kind: .ecdsaP256, answer: alter)
    }

    @Test(arguments: TestKeys.kinds)
    func aTokenHolds(kind: PublicKey.Kind) throws {
        let proof = try Self.outcome(kind: kind).get()
        #expect(proof.instant == SimulatedCA.now.adding(seconds: 60))
        #expect(proof.signer.publicKey.kind == kind)
        #expect(proof.authority.hasPrefix("sha256:"))
    }

    @Test(arguments: [SimulatedTSA.Hash.sha256, .sha384, .sha512])
    func theHashesOfTheSHA2FamilyCount(hash: SimulatedTSA.Hash) throws {
        #expect(
            try Self.error { answer, _ in
                answer.imprintHash = hash
                answer.digest = hash
            } == nil)
    }

    @Test func theCertificateMayComeAlongOrNot() throws {
        let embed = { (answer: inout SimulatedTSA.Answer, authority: SimulatedTSA) in
            answer.certificates = [
                authority.authority.root.der, authority.authority.intermediate.der, authority.signer.der,
            ]
        }
        let unpinned = { (authority: SimulatedTSA) in [try authority.trusted(withSigner: false)] }
        #expect(try Self.error(answer: embed) == nil)
        #expect(try Self.error(trusted: unpinned, answer: embed) == nil)
        #expect(try Self.error(trusted: unpinned) == .unknownSigner)
        #expect(try Self.error { answer, _ in answer.namesByKey = true } == nil)
    }

    @Test func aTokenByItselfIsReadToo() throws {
        let authority = try SimulatedTSA()
        let token = try TimestampToken(token: authority.answer(to: Self.signature).token())
        let trusted = try [authority.trusted()]
        #expect(try token.verify(over: SignedMessage(Self.signature), by: trusted).instant > SimulatedCA.now)
    }

    @Test func theFractionOfASecondIsCutOff() throws {
        let outcome = try Self.outcome(answer: { answer, _ in answer.fraction = ".999" })
        #expect(try outcome.get().instant == SimulatedCA.now.adding(seconds: 60))
    }

    // MARK: Binding

    @Test func rejectsATokenForAnotherSignature() throws {
        let outcome = try Self.outcome(over: Array("another signature".utf8))
        #expect(throws: TimestampError.imprintMismatch) { try outcome.get() }
    }

    @Test func rejectsAnImprintWithSHA1() throws {
        #expect(
            try Self.error { answer, _ in answer.imprintHash = .sha1 } == .unsupportedHash(oid: "1.3.14.3.2.26"))
        #expect(try Self.error { answer, _ in answer.digest = .sha1 } == .unsupportedHash(oid: "1.3.14.3.2.26"))
    }

    @Test func rejectsSignedAttributesOfAnotherToken() throws {
        #expect(
            try Self.error { answer, _ in answer.messageDigest = [UInt8](repeating: 7, count: 32) }
                == .contentMismatch)
    }

    @Test func rejectsATokenWithoutSignedAttributes() throws {
        #expect(try Self.error { answer, _ in answer.hasSignedAttributes = false } == .malformed(.attributes))
    }

    @Test func rejectsOtherContent() throws {
        let data = "1.2.840.113549.1.7.1"
        #expect(try Self.error { answer, _ in answer.contentType = data } == .wrongContentType)
        #expect(try Self.error { answer, _ in answer.attributeContentType = data } == .wrongContentType)
        #expect(try Self.error { answer, _ in answer.contentInfoType = data } == .notSignedData)
        #expect(try Self.error { answer, _ in answer.signedDataVersion = 1 } == .malformed(.signedData))
        #expect(try Self.error { answer, _ in answer.infoVersion = 2 } == .malformed(.info))
    }

    @Test func rejectsASignedAttributeThatComesTwice() throws {
        #expect(
            try Self.error { answer, _ in
                answer.extraAttributes = [
                    answer.attribute("1.2.840.113549.1.9.4", DEREncoding.octets([UInt8](repeating: 7, count: 32)))
                ]
            } == .malformed(.attributes))
    }

    @Test func rejectsSignedAttributesAboutAnotherCertificate() throws {
        #expect(
            try Self.error { answer, authority in answer.signingCertificate = authority.authority.root.der }
                == .otherSigningCertificate)
        #expect(try Self.error { answer, _ in answer.namesSigningCertificate = false } == nil)
        // The first version of the attribute, with a hash that is not the certificate's SHA-1.
        #expect(
            try Self.error { answer, _ in
                let hash = DEREncoding.sequence(DEREncoding.octets([UInt8](repeating: 7, count: 20)))
                answer.extraAttributes = [
                    answer.attribute(
                        "1.2.840.113549.1.9.16.2.12", DEREncoding.sequence(DEREncoding.sequence(hash)))
                ]
            } == .otherSigningCertificate)
    }

    @Test func rejectsATokenOfTwoSignersOrNone() throws {
        #expect(try Self.error { answer, _ in answer.signerCount = 2 } == .notOneSigner(found: 2))
        #expect(try Self.error { answer, _ in answer.signerCount = 0 } == .notOneSigner(found: 0))
    }

    // MARK: Who signed

    @Test func rejectsATokenOfAnotherAuthority() throws {
        let other = try SimulatedTSA("other")
        #expect(try Self.error(trusted: { _ in [try other.trusted()] }) == .unknownSigner)
        #expect(try Self.error(trusted: { _ in [] }) == .noAuthority)
        #expect(
            try Self.error(trusted: { [try other.trusted(), try $0.trusted()] }) == nil,
            "another beside it does no harm")
    }

    @Test func rejectsATokenOfAnotherAuthorityOfTheSameName() throws {
        let impostor = try SimulatedTSA()
        #expect(try Self.error(trusted: { _ in [try impostor.trusted()] }) == .signatureMismatch)
    }

    /// timestamp-authority CVE-2026-39984: the certificate that counts is the one whose key verifies, wherever it stands,
    /// and that one has to be the trusted authority's.
    @Test func rejectsAnAuthorityTakenFromTheFirstCertificate() throws {
        let impostor = try SimulatedTSA("impostor")
        let error = try Self.error(trusted: { [try $0.trusted(withSigner: false)] }) { answer, authority in
            answer.signer = impostor.signer
            answer.certificates = [authority.signer.der, impostor.signer.der, impostor.authority.intermediate.der]
        }
        guard case .chain(.untrusted) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        // The name of the trusted signer, and another's key.
        #expect(
            try Self.error(trusted: { [try $0.trusted(withSigner: false)] }) { answer, authority in
                answer.signer = impostor.signer
                answer.named = authority.signer
                answer.certificates = [authority.signer.der, impostor.signer.der]
            } == .signatureMismatch)
    }

    @Test func theSignerOfTheTrustedRootIsTheOnlyOne() throws {
        let authority = try SimulatedTSA()
        let second = try SimulatedTSA("second", authority: authority.authority) { $0.serialNumber = [9] }
        var answer = second.answer(to: Self.signature)
        answer.certificates = [second.signer.der]
        let token = try TimestampToken(response: answer.encoded())
        let pinned = try [authority.trusted()]
        #expect(throws: TimestampError.unknownSigner) {
            try token.verify(over: SignedMessage(Self.signature), by: pinned)
        }
        let any = try [authority.trusted(withSigner: false)]
        let proof = try token.verify(over: SignedMessage(Self.signature), by: any)
        // A threshold counts authorities: two signers of one are one.
        #expect(proof.authority == any[0].name && any[0].name == pinned[0].name)
    }

    /// go-witness GHSA-5qp5.
    @Test func rejectsASignerWhoseUsageIsNotSoleAndCritical() throws {
        let expected = TimestampError.chain(.extendedKeyUsage(expected: ChainProfile.timeStamping))
        let usages: [CertificateTemplate.Extension?] = [
            .extendedKeyUsage([ChainProfile.timeStamping], isCritical: false),
            .extendedKeyUsage([ChainProfile.timeStamping, ChainProfile.codeSigning], isCritical: true),
            .extendedKeyUsage([ChainProfile.codeSigning], isCritical: true),
            .extendedKeyUsage(["2.5.29.37.0"], isCritical: true), nil,
        ]
        for usage in usages {
            let alter = { (template: inout CertificateTemplate) in
                template.remove("2.5.29.37")
                if let usage { template.set(usage) }
            }
            #expect(try Self.error(certificate: alter) == expected)
            #expect(
                try Self.error(certificate: alter, trusted: { [try $0.trusted(withSigner: false)] }) {
                    answer, authority in
                    answer.certificates = [authority.signer.der]
                } == expected)
        }
    }

    // MARK: When

    /// sigstore-go CVE-2026-54787.
    @Test func anAuthorityCountsWithinItsClosedPeriodOnly() throws {
        let instant = SimulatedCA.now.adding(seconds: 60)
        #expect(try Self.error(trusted: { [try $0.trusted(from: instant, to: instant)] }) == nil)
        let late = try ValidityPeriod(start: instant.adding(seconds: 1), end: nil)
        let early = try ValidityPeriod(start: SimulatedCA.now, end: instant.adding(seconds: -1))
        for period in [late, early] {
            for withSigner in [true, false] {
                #expect(
                    try Self.error(trusted: {
                        [try $0.trusted(withSigner: withSigner, from: period.start, to: period.end)]
                    }) { answer, authority in answer.certificates = [authority.signer.der] }
                        == .chain(.authorityNotTrustedThen(period, at: instant)))
            }
        }
    }

    @Test func rejectsATimeOutsideOfTheSignersValidity() throws {
        let error = try Self.error(certificate: { $0.notAfter = SimulatedCA.now.adding(seconds: 59) })
        #expect(error?.code == .timestampAuthorityRefused)
        guard case .chain(.notValidThen) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(try Self.error(certificate: { $0.notAfter = SimulatedCA.now.adding(seconds: 60) }) == nil)
    }

    @Test(arguments: [".", ".0", ".250", ",5"])
    func rejectsATimeThatIsNotDER(fraction: String) throws {
        #expect(try Self.error { answer, _ in answer.fraction = fraction } != nil)
    }

    // MARK: Form

    @Test func rejectsARefusal() throws {
        #expect(try Self.error { answer, _ in answer.status = 2 } == .notGranted(status: 2))
        #expect(try Self.error { answer, _ in answer.status = 1 } == nil)
        #expect(try Self.error { answer, _ in answer.hasToken = false } == .noToken)
    }

    @Test func readsOverWhatMayFollowTheTime() throws {
        let accuracy = DEREncoding.sequence(DEREncoding.integer(1))
        let rest = accuracy + DEREncoding.boolean(true) + DEREncoding.integer(99)
        #expect(try Self.error { answer, _ in answer.rest = rest } == nil)
        #expect(try Self.error { answer, _ in answer.rest = DEREncoding.integer(99) + accuracy } != nil)
        #expect(try Self.error { answer, _ in answer.rest = rest + DEREncoding.null } != nil)
    }

    @Test func rejectsACriticalExtension() throws {
        for isCritical in [true, false] {
            let one = CertificateTemplate.Extension("1.2.3", isCritical: isCritical, [5, 0])
            let error = try Self.error { answer, _ in answer.rest = DEREncoding.tlv(0xa1, one.encoded) }
            #expect(error == (isCritical ? .criticalExtension : nil))
        }
    }

    @Test func rejectsAnUnknownSignatureAlgorithm() throws {
        let oid = "1.2.840.113549.1.1.5"
        #expect(
            try Self.error { answer, _ in
                answer.algorithm = DEREncoding.sequence(DEREncoding.oid(oid), DEREncoding.null)
            } == .unsupportedSignature(oid: oid))
        // Of another kind of key than the signer's.
        #expect(
            try Self.error { answer, _ in answer.algorithm = CertificateTemplate.algorithm(.rsaPKCS1SHA256) }
                == .signatureMismatch)
    }

    @Test func plainRSATakesTheHashOfTheDigest() throws {
        let plain = DEREncoding.sequence(DEREncoding.oid("1.2.840.113549.1.1.1"), DEREncoding.null)
        #expect(try Self.error(kind: .rsa(bits: 2048), answer: { answer, _ in answer.algorithm = plain }) == nil)
        #expect(
            try Self.error(
                kind: .rsa(bits: 2048),
                answer: { answer, _ in
                    answer.algorithm = plain
                    answer.digest = .sha512
                }) == .signatureMismatch)
    }

    @Test func rejectsEndlessTokens() throws {
        #expect(throws: TimestampError.tooLarge(limit: 65536)) {
            try TimestampToken(response: [UInt8](repeating: 0x30, count: 65537))
        }
        #expect(throws: TimestampError.tooLarge(limit: 65536)) {
            try TimestampToken(token: [UInt8](repeating: 0x30, count: 65537))
        }
        #expect(
            try Self.error { answer, authority in
                answer.certificates = [[UInt8]](repeating: authority.signer.der, count: 9)
            } == .tooManyCertificates(limit: 8))
    }

    @Test func rejectsTrailingBytes() throws {
        let bytes = try SimulatedTSA().answer(to: Self.signature).encoded()
        #expect(throws: TimestampError.malformed(.response)) { try TimestampToken(response: bytes + [0]) }
        #expect(throws: TimestampError.malformed(.token)) { try TimestampToken(token: [0x30, 0]) }
    }

    @Test func rejectsACertificateThatCanNotBeRead() throws {
        let error = try Self.error(trusted: { [try $0.trusted(withSigner: false)] }) { answer, _ in
            answer.certificates = [DEREncoding.sequence()]
        }
        #expect(error == .certificate(.malformed(.certificate)))
    }

    /// One bit of every byte of an answer: refused, or the same time of the same signer.
    @Test func aFlippedBitInEveryByteIsNoticed() throws {
        let authority = try SimulatedTSA()
        let bytes = try authority.answer(to: Self.signature).encoded()
        let trusted = try [authority.trusted()]
        let message = SignedMessage(Self.signature)
        let proof = try TimestampToken(response: bytes).verify(over: message, by: trusted)
        var same = 0
        for position in bytes.indices {
            var flipped = bytes
            flipped[position] ^= 1 << UInt8(position % 8)
            guard let other = try? TimestampToken(response: flipped).verify(over: message, by: trusted) else {
                continue
            }
            #expect(other.instant == proof.instant && other.signer == proof.signer, "byte \(position)")
            same += 1
        }
        // The status (granted with modifications), and the hint `digestAlgorithms`, which nothing signs or reads.
        #expect(same < 24, "\(same)")
    }
}
