import Content
import PKI
import Signing
import Simulators
import StrictEncoding
import Testing

/// Promises of certificate logs. Each attack is one field away from the promise that holds.
struct CertificateTimestampTests {
    static func outcome(
        logs: Int = 1, kind: PublicKey.Kind = .ecdsaP256, threshold: Int = 1,
        trusted: ([SimulatedCTLog]) throws -> [CertificateTransparencyLog?] = { try $0.map { try $0.trusted() } },
        leaf: (inout CertificateTemplate) -> Void = { _ in },
        issued: (inout CertificateTemplate) -> Void = { _ in },
        promise: (inout SimulatedCTLog.Promise) -> Void = { _ in }
    ) throws -> Result<VerifiedCertificateTimestamps, SCTError> {
        let authority = try SimulatedCA()
        let key = try TestKeys.key(.ecdsaP256)
        let logs = try (0..<logs).map { _ in try SimulatedCTLog(kind) }
        var template = authority.fulcioLeaf(key: key.publicKey)
        leaf(&template)
        template = try authority.issue(template, key: key, logs: logs, altering: promise).template
        issued(&template)
        let certificate = try authority.issue(template, key: key).certificate()
        let chain = try authority.authority().verify(certificate, at: SimulatedCA.now, profile: .fulcio)
        let trusted = try trusted(logs).compactMap { $0 }
        return Result { () throws(SCTError) in
            try chain.certificateTimestamps(from: trusted, threshold: threshold)
        }
    }

    static func error(_ outcome: Result<VerifiedCertificateTimestamps, SCTError>) -> SCTError? {
        if case .failure(let error) = outcome { error } else { nil }
    }

    @Test(arguments: [PublicKey.Kind.ecdsaP256, .ecdsaP384, .rsa(bits: 2048)])
    func aPromiseHolds(kind: PublicKey.Kind) throws {
        let proof = try Self.outcome(kind: kind).get()
        #expect(proof.promises.map(\.instant) == [SimulatedCA.now])
        #expect(proof.promises.first?.logID.count == 32)
    }

    @Test func rejectsACertificateWithoutPromise() throws {
        #expect(Self.error(try Self.outcome(logs: 0)) == .missing)
    }

    @Test func thresholdCountsDistinctLogs() throws {
        #expect(try Self.outcome(logs: 2, threshold: 2).get().promises.count == 2)
        #expect(Self.error(try Self.outcome(logs: 1, threshold: 2)) == .thresholdNotMet(2, found: 1))
        #expect(Self.error(try Self.outcome(threshold: 0)) == .noThreshold)
    }

    /// sigstore-go CVE-2026-49834.
    @Test func rejectsAThresholdMetByOneLogTwice() throws {
        let authority = try SimulatedCA()
        let key = try TestKeys.key(.ecdsaP256)
        let log = try SimulatedCTLog()
        var time = UInt64(0)
        let leaf = try authority.issue(authority.fulcioLeaf(key: key.publicKey), key: key, logs: [log, log]) {
            $0.timestamp += time
            time += 1
        }.certificate()
        let chain = try authority.authority().verify(leaf, at: SimulatedCA.now, profile: .fulcio)
        let trusted = try [log.trusted(), log.trusted(from: SimulatedCA.now)].compactMap { $0 }
        #expect(throws: SCTError.thresholdNotMet(2, found: 1)) {
            try chain.certificateTimestamps(from: trusted, threshold: 2)
        }
        #expect(try chain.certificateTimestamps(from: trusted, threshold: 1).promises.count == 1)
    }

    @Test func rejectsAPromiseOfAnUnknownLog() throws {
        let other = try SimulatedCTLog()
        #expect(Self.error(try Self.outcome(trusted: { _ in [try other.trusted()] })) == .unknownLog)
        #expect(Self.error(try Self.outcome(trusted: { _ in [] })) == .unknownLog)
    }

    /// The name of a log says nothing; its key does.
    @Test func rejectsAPromiseInTheNameOfATrustedLog() throws {
        let forger = try PrivateKey.generate(.ecdsaP256)
        let outcome = try Self.outcome(promise: {
            $0.logID = Hash.sha256($0.key.publicKey.subjectPublicKeyInfo)
            $0.key = forger
        })
        #expect(Self.error(outcome) == .signatureMismatch)
    }

    @Test func rejectsAPromiseForAnotherCertificate() throws {
        let outcome = try Self.outcome(issued: { $0.setFulcioClaim(14, "refs/heads/evil") })
        #expect(Self.error(outcome) == .signatureMismatch)
    }

    @Test func rejectsAPromiseForAnotherIssuersCertificate() throws {
        let other = try PrivateKey.generate(.ecdsaP256).publicKey
        #expect(Self.error(try Self.outcome(promise: { $0.issuer = other })) == .signatureMismatch)
    }

    @Test func rejectsAPromiseWhoseTimeWasChanged() throws {
        #expect(
            Self.error(try Self.outcome(promise: { $0.writtenTimestamp = $0.timestamp + 1 })) == .signatureMismatch)
    }

    @Test func theExtensionsOfAPromiseAreSigned() throws {
        #expect(Self.error(try Self.outcome(promise: { $0.extensions = [0, 1, 2] })) == nil)
        #expect(
            Self.error(try Self.outcome(promise: { $0.writtenExtensions = [0, 1, 2] })) == .signatureMismatch)
    }

    @Test func aLogCountsWithinItsClosedPeriodOnly() throws {
        let now = SimulatedCA.now
        func outcome(from start: Instant, to end: Instant?) throws -> SCTError? {
            Self.error(try Self.outcome(trusted: { try $0.map { try $0.trusted(from: start, to: end) } }))
        }
        #expect(try outcome(from: now, to: now) == nil)
        let after = try ValidityPeriod(start: now.adding(seconds: 1), end: nil)
        #expect(try outcome(from: after.start, to: nil) == .logNotTrustedThen(after, at: now))
        let before = try ValidityPeriod(start: now.adding(seconds: -9), end: now.adding(seconds: -1))
        #expect(try outcome(from: before.start, to: before.end) == .logNotTrustedThen(before, at: now))
    }

    @Test func rejectsOtherAlgorithms() throws {
        #expect(Self.error(try Self.outcome(promise: { $0.hashAlgorithm = 2 })) == .unsupportedAlgorithm)
        #expect(Self.error(try Self.outcome(promise: { $0.signatureAlgorithm = 1 })) == .unsupportedAlgorithm)
        #expect(
            try CertificateTransparencyLog(
                key: TestKeys.key(.ed25519).publicKey, validFor: ValidityPeriod(start: .earliest, end: nil)) == nil)
    }

    @Test func rejectsMalformedLists() throws {
        #expect(Self.error(try Self.outcome(promise: { $0.version = 1 })) == .unsupportedVersion)
        #expect(Self.error(try Self.outcome(promise: { $0.trailing = [0] })) == .malformed)
        for list in [[], [0], [0, 0], [0, 1, 0], [0, 2, 0, 0], [0, 4, 0, 1, 0]] as [[UInt8]] {
            let value = DEREncoding.octets(list)
            let outcome = try Self.outcome(issued: { $0.set(.init("1.3.6.1.4.1.11129.2.4.2", value)) })
            #expect(Self.error(outcome) == .malformed, "\(list)")
        }
        let outcome = try Self.outcome(issued: { $0.set(.init("1.3.6.1.4.1.11129.2.4.2", [1, 2])) })
        #expect(Self.error(outcome) == .malformed)
    }

    @Test func rejectsMorePromisesThanTheLimit() throws {
        let one = SimulatedCTLog.vector([UInt8](repeating: 0, count: 43) + [4, 3] + SimulatedCTLog.vector([1]))
        let list = DEREncoding.octets(SimulatedCTLog.vector((0..<17).flatMap { _ in one }))
        let outcome = try Self.outcome(issued: { $0.set(.init("1.3.6.1.4.1.11129.2.4.2", list)) })
        #expect(Self.error(outcome) == .tooMany(limit: 16))
    }

    /// Where the list stands among the extensions makes no difference to what the log signed.
    @Test func thePrecertificateIsRebuiltWhereverTheListStands() throws {
        let outcome = try Self.outcome(issued: {
            let list = $0.extensions.removeLast()
            $0.extensions.insert(list, at: 1)
        })
        #expect(Self.error(outcome) == nil)
    }
}

/// SHA-256 through the public interface.
private enum Hash {
    static func sha256(_ bytes: [UInt8]) -> [UInt8] {
        (try? Hex.decode(String(Digest(of: bytes).hex))) ?? []
    }
}
