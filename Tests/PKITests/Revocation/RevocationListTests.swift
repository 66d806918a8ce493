import Signing
import Simulators
import StrictEncoding
import Testing

@testable import PKI

/// Revocation lists, a case for each rule of RFC 5280 section 5, accepted and refused.
struct RevocationListTests {
    static let authority = Result { try SimulatedCA() }

    static func der(_ alter: (inout RevocationListTemplate) -> Void = { _ in }) throws -> [UInt8] {
        let issuer = try authority.get().intermediate
        var template = RevocationListTemplate(of: issuer)
        template.entries = [
            .init([1], on: SimulatedCA.now, reason: 4), .init([0x5a, 2], on: SimulatedCA.now.adding(seconds: 5)),
        ]
        alter(&template)
        return try template.signed(by: issuer.key)
    }

    static func list(_ alter: (inout RevocationListTemplate) -> Void = { _ in }) throws -> CertificateRevocationList {
        try CertificateRevocationList(der: der(alter))
    }

    /// Why a list that differs in one field is refused; nil if it is not.
    static func error(_ alter: (inout RevocationListTemplate) -> Void) throws -> RevocationListError? {
        do {
            _ = try list(alter)
            return nil
        } catch {
            return error as? RevocationListError
        }
    }

    @Test func readsWhatItSays() throws {
        let list = try Self.list()
        let issuer = try Self.authority.get().intermediate.certificate()
        #expect(list.issuer == issuer.subject)
        #expect(list.thisUpdate == SimulatedCA.now.adding(seconds: -3600))
        #expect(list.nextUpdate == SimulatedCA.now.adding(seconds: 86400))
        #expect(list.number == [7])
        #expect(list.count == 2)
        #expect(list.entry(for: [1]) == .init(date: SimulatedCA.now, reason: .superseded, invalidityDate: nil))
        #expect(list.entry(for: [0x5a, 2])?.date == SimulatedCA.now.adding(seconds: 5))
        #expect(list.entry(for: [0x5a, 2])?.reason == nil)
        #expect(list.entry(for: [2]) == nil)
        #expect(list.fingerprint.hasPrefix("sha256:"))
        #expect(list.isSigned(by: issuer))
        #expect(try !list.isSigned(by: Self.authority.get().root.certificate()))
    }

    @Test(arguments: TestKeys.kinds)
    func readsListsOfIssuersWithKeysOfEveryKind(_ kind: PublicKey.Kind) throws {
        let issuer = try SimulatedCA(kind: kind).root
        let list = try CertificateRevocationList(der: RevocationListTemplate(of: issuer).signed(by: issuer.key))
        #expect(try list.isSigned(by: issuer.certificate()))
        #expect(list.count == 0)
    }

    // MARK: Files

    @Test func readsPEMWithSeveralListsAndDERWithOne() throws {
        let der = try Self.der()
        let block = PEMBlock(label: "X509 CRL", bytes: der).encoded()
        #expect(try CertificateRevocationList.all(file: Array((block + block).utf8)).count == 2)
        #expect(try CertificateRevocationList.all(file: der).count == 1)
    }

    @Test func rejectsFilesWithAnythingElse() throws {
        let certificate = try Self.authority.get().root.pem
        #expect(throws: RevocationListError.unsupportedLabel("CERTIFICATE")) {
            try CertificateRevocationList.all(file: Array(certificate.utf8))
        }
        #expect(throws: RevocationListError.noList) { try CertificateRevocationList.all(file: []) }
        #expect(throws: RevocationListError.notPEM(.malformedBoundary(line: 1))) {
            try CertificateRevocationList.all(file: Array("-----BEGIN\n".utf8))
        }
        // The DER of a certificate: what it begins with is no version of a list.
        #expect(throws: RevocationListError.notVersion2) {
            try CertificateRevocationList.all(file: Self.authority.get().root.der)
        }
    }

    @Test func rejectsMoreThanTheLimits() throws {
        let limit = RevocationListLimits.byteCount
        #expect(throws: RevocationListError.tooLarge(limit: limit)) {
            try CertificateRevocationList(der: [UInt8](repeating: 0x30, count: limit + 1))
        }
        let pem = RevocationListLimits.pemByteCount
        #expect(throws: RevocationListError.tooLarge(limit: pem)) {
            try CertificateRevocationList.all(file: [UInt8](repeating: 0x20, count: pem + 1))
        }
        let block = PEMBlock(label: "X509 CRL", bytes: [0x30, 0]).encoded()
        let blocks = String(repeating: block, count: RevocationListLimits.pemBlocks + 1)
        #expect(throws: RevocationListError.notPEM(.tooManyBlocks(limit: RevocationListLimits.pemBlocks))) {
            try CertificateRevocationList.all(file: Array(blocks.utf8))
        }
        #expect(
            try Self.error {
                $0.extensions += (0..<64).map { .init("1.2.3.\($0)", [5, 0]) }
            } == .tooManyExtensions(limit: 64))
    }

    // MARK: Section 5.1

    @Test func rejectsAListThatIsNotVersion2() throws {
        #expect(try Self.error { $0.version = nil } == .notVersion2)
        #expect(try Self.error { $0.version = 0 } == .notVersion2)
        #expect(try Self.error { $0.version = 2 } == .notVersion2)
    }

    @Test func rejectsTwoAlgorithms() throws {
        #expect(
            try Self.error { $0.innerAlgorithm = CertificateTemplate.algorithm(.ecdsaSHA384) }
                == .signatureAlgorithmsDiffer)
    }

    @Test func rejectsAWeakAlgorithm() throws {
        let sha1 = DEREncoding.sequence(DEREncoding.oid("1.2.840.113549.1.1.5"), DEREncoding.null)
        #expect(
            try Self.error {
                $0.innerAlgorithm = sha1
                $0.outerAlgorithm = sha1
            } == .unsupportedAlgorithm)
    }

    @Test func rejectsAListThatDoesNotSayWhenTheNextOneComes() throws {
        #expect(try Self.error { $0.nextUpdate = nil } == .noNextUpdate)
        #expect(
            try Self.error {
                $0.nextUpdate = nil
                $0.entries = []
            } == .noNextUpdate)
    }

    @Test func rejectsTimesThatAreNone() throws {
        let before = DEREncoding.generalizedTime(SimulatedCA.now.adding(seconds: -3601))
        #expect(try Self.error { $0.nextUpdate = before } == .timesReversed)
        #expect(try Self.error { $0.nextUpdate = $0.thisUpdate } == nil)
        let fraction = DEREncoding.generalizedTime(SimulatedCA.now, fraction: ".5")
        #expect(try Self.error { $0.thisUpdate = fraction } == .malformed(.time))
        #expect(try Self.error { $0.nextUpdate = fraction } == .malformed(.time))
        #expect(try Self.error { $0.entries[0].date = fraction } == .malformed(.time))
        #expect(try Self.error { $0.thisUpdate = DEREncoding.tlv(0x17, Array("260101000000Z".utf8)) } == nil)
    }

    @Test func rejectsAnEmptySequenceOfEntries() throws {
        #expect(try Self.error { $0.entries = [] } == nil)
        #expect(
            try Self.error {
                $0.entries = []
                $0.writesEmptyList = true
            } == .malformed(.entry))
    }

    /// Which of the two would count?
    @Test func rejectsOneCertificateTwice() throws {
        #expect(try Self.error { $0.entries[1].serialNumber = [1] } == .duplicateEntry)
    }

    @Test func rejectsSerialNumbersInASecondSpelling() throws {
        for octets: [UInt8] in [[0, 1], [0xff, 0x80], [], [UInt8](repeating: 1, count: 22)] {
            #expect(try Self.error { $0.entries[0].serialNumber = octets } == .malformed(.entry), "\(octets)")
        }
        for octets: [UInt8] in [[0, 0x80], [0xff, 0x7f], [0], [0xff], [UInt8](repeating: 1, count: 21)] {
            #expect(try Self.error { $0.entries[0].serialNumber = octets } == nil, "\(octets)")
        }
    }

    @Test func rejectsBytesAfterTheList() throws {
        #expect(throws: RevocationListError.malformed(.list)) {
            try CertificateRevocationList(der: Self.der() + [0])
        }
    }

    // MARK: Section 5.2

    @Test func rejectsAListWithoutANumberOrWithAnotherThanOne() throws {
        #expect(try Self.error { $0.extensions = [] } == .noNumber)
        #expect(try Self.error { $0.set(.cRLNumber([7], isCritical: true)) } == .malformed(.number))
        #expect(try Self.error { $0.set(.cRLNumber([0x80])) } == .malformed(.number))
        #expect(try Self.error { $0.set(.cRLNumber([UInt8](repeating: 1, count: 21))) } == .malformed(.number))
        #expect(try Self.error { $0.set(.init("2.5.29.20", DEREncoding.octets([7]))) } == .malformed(.number))
        #expect(try Self.error { $0.set(.cRLNumber([UInt8](repeating: 1, count: 20))) } == nil)
    }

    @Test func rejectsWhatIsCriticalAndNotUnderstood() throws {
        #expect(
            try Self.error { $0.set(.init("1.2.3.4", isCritical: true, [5, 0])) }
                == .unknownCriticalExtension(oid: "1.2.3.4"))
        #expect(try Self.error { $0.set(.init("1.2.3.4", [5, 0])) } == nil)
    }

    @Test func rejectsAnExtensionTwice() throws {
        #expect(
            try Self.error { $0.extensions.append(.cRLNumber([8])) } == .duplicateExtension(oid: "2.5.29.20"))
    }

    @Test func rejectsChangesToAnotherList() throws {
        #expect(
            try Self.error { $0.set(.init("2.5.29.27", isCritical: true, DEREncoding.tlv(0x02, [6]))) } == .delta)
    }

    /// On a part of a list a certificate may be missing for another reason than being good.
    @Test func rejectsAListForSomeCertificatesOnly() throws {
        let users = DEREncoding.sequence(DEREncoding.tlv(0x81, [0xff]))
        for isCritical in [true, false] {
            #expect(try Self.error { $0.set(.init("2.5.29.28", isCritical: isCritical, users)) } == .partial)
        }
    }

    /// Section 5.2.1: issuers name their key, which tells nothing that the signature does not.
    @Test func readsAListThatNamesItsIssuersKey() throws {
        let key = try Self.authority.get().intermediate.key.publicKey
        #expect(try Self.error { $0.set(.authorityKeyIdentifier(of: key)) } == nil)
    }

    // MARK: Section 5.3

    @Test func readsTheReasonsOfTheSpecificationAndNoOthers() throws {
        for (number, reason): (UInt8, RevocationReason) in [
            (0, .unspecified), (1, .keyCompromise), (2, .cACompromise), (3, .affiliationChanged), (4, .superseded),
            (5, .cessationOfOperation), (6, .certificateHold), (9, .privilegeWithdrawn), (10, .aACompromise),
        ] {
            let list = try Self.list { $0.entries[0] = .init([1], on: SimulatedCA.now, reason: number) }
            #expect(list.entry(for: [1])?.reason == reason)
        }
        // 8 takes something off a list, which only a list of changes can do.
        for number: UInt8 in [7, 8, 11, 255] {
            #expect(
                try Self.error { $0.entries[0] = .init([1], on: SimulatedCA.now, reason: number) } == .malformed(.entry)
            )
        }
        #expect(
            try Self.error { $0.entries[0].extensions = [.init("2.5.29.21", [0x02, 1, 1])] } == .malformed(.entry))
    }

    @Test func readsSinceWhenAKeyWasNotToBeTrusted() throws {
        let since = SimulatedCA.now.adding(seconds: -9)
        let list = try Self.list { $0.entries[0] = .init([1], on: SimulatedCA.now, invalidSince: since) }
        #expect(list.entry(for: [1])?.invalidityDate == since)
        #expect(try Self.error { $0.entries[0].extensions = [.init("2.5.29.24", [5, 0])] } != nil)
    }

    @Test func rejectsCertificatesOfOtherIssuers() throws {
        let name = DEREncoding.sequence(DEREncoding.tlv(0xa4, DEREncoding.name("other")))
        #expect(
            try Self.error { $0.entries[0].extensions = [.init("2.5.29.29", isCritical: true, name)] } == .indirect)
    }

    @Test func rejectsAnEntryWithSomethingCriticalThatIsNotUnderstood() throws {
        #expect(
            try Self.error { $0.entries[0].extensions = [.init("1.2.3.4", isCritical: true, [5, 0])] }
                == .unknownCriticalExtension(oid: "1.2.3.4"))
        #expect(try Self.error { $0.entries[0].extensions = [.init("1.2.3.4", [5, 0])] } == nil)
    }
}
