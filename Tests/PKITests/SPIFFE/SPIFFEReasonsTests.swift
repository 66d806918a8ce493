import Findings
import PKI
import StrictEncoding
import Testing

/// Every error about SPIFFE and about revocation lists has one code, and every code is some error's.
struct SPIFFEReasonsTests {
    static func spiffe() throws -> [(code: ReasonCode, message: String, expected: ReasonCode)] {
        let domain = try SPIFFETrustDomain("example.org")
        let id: [SPIFFEIDError] = [
            .tooLong(limit: 1), .notSPIFFE, .noTrustDomain, .trustDomainCharacter, .emptySegment, .relativeSegment,
            .pathCharacter,
        ]
        let svid: [(X509SVIDError, ReasonCode)] = [
            (.id(.notSPIFFE), .spiffeIDMalformed), (.notOneURI(found: 2), .spiffeInvalidSVID),
            (.noPath, .spiffeInvalidSVID), (.authorityWithPath, .spiffeInvalidSVID),
            (.nameNotCritical, .spiffeInvalidSVID), (.leafMayIssue, .spiffeInvalidSVID),
            (.authorityMayNotIssue, .spiffeInvalidSVID), (.keyUsageNotCritical, .spiffeInvalidSVID),
            (.notForSignatures, .spiffeInvalidSVID), (.extendedKeyUsage, .spiffeInvalidSVID),
            (.otherTrustDomain(domain), .spiffeInvalidSVID),
        ]
        let refusal: [(SVIDRefusal, ReasonCode)] = [
            (.noBundle(domain), .spiffeNoBundle), (.noBundleThen(domain, at: .latest), .spiffeNoBundleThen),
            (.noKeys(domain, at: .latest), .spiffeNoBundleThen), (.svid(.noPath), .spiffeInvalidSVID),
            (.chain(.keyUsage), .certificateWrongUsage),
        ]
        let bundle: [(SPIFFEBundleError, ReasonCode)] = [
            (.tooLarge(limit: 1), .spiffeBundleTooLarge), (.tooManyKeys(limit: 1), .spiffeBundleTooLarge),
            (.tooManyTrustDomains(limit: 1), .spiffeBundleTooLarge),
            (.tooManyPastBundles(limit: 1), .spiffeBundleTooLarge),
            (.sequenceWentBack(domain, from: 2, to: 1), .spiffeBundleSequence),
            (.sequenceReused(domain, 1), .spiffeBundleSequence),
            (.notJSON(.byteOrderMark), .spiffeBundleMalformed), (.malformed("keys"), .spiffeBundleMalformed),
            (.key(position: 0, .malformed("kid")), .spiffeBundleMalformed),
            (.key(position: 0, .privateKeyGiven), .spiffeBundleMalformed),
            (.key(position: 0, .key(.invalidPoint)), .spiffeBundleMalformed),
            (.certificate(position: nil, .noCertificate), .spiffeBundleMalformed),
            (.certificate(position: 1, .notVersion3), .spiffeBundleMalformed),
            (.keysDiffer(position: 0), .spiffeBundleMalformed), (.notAnAuthority(position: 0), .spiffeBundleMalformed),
            (.signingCertificate(position: 0, .authorityWithPath), .spiffeBundleMalformed),
            (.duplicateKeyID(position: 0), .spiffeBundleMalformed), (.unknownMember("a\nb"), .spiffeBundleMalformed),
            (.fileName("../\u{1b}"), .spiffeBundleMalformed), (.fileMissing("a.pem"), .spiffeBundleMalformed),
            (.trustDomain(.noTrustDomain), .spiffeBundleMalformed), (.period(.periodReversed), .spiffeBundleMalformed),
        ]
        let token: [(JWTSVIDError, ReasonCode)] = [
            (.tooLong(limit: 1), .spiffeTokenMalformed), (.notCompact, .spiffeTokenMalformed),
            (.notJSON(.byteOrderMark), .spiffeTokenMalformed), (.malformedHeader("alg"), .spiffeTokenMalformed),
            (.unknownHeader, .spiffeTokenMalformed), (.malformedClaim("exp"), .spiffeTokenMalformed),
            (.subjectWithoutPath, .spiffeTokenMalformed), (.subject(.notSPIFFE), .spiffeIDMalformed),
            (.unsupportedAlgorithm("no\u{1b}ne\n"), .spiffeTokenAlgorithm),
            (.otherAlgorithmThanTheKeys, .spiffeTokenAlgorithm), (.trust(.noBundle(domain)), .spiffeNoBundle),
            (.unknownKey, .spiffeTokenUnknownKey), (.signatureMismatch, .spiffeTokenSignatureMismatch),
            (.otherAudience, .spiffeTokenOtherAudience),
            (.expired(.earliest, at: .latest), .spiffeTokenNotValidThen),
            (.notYet(.latest, at: .earliest), .spiffeTokenNotValidThen),
            (.issuedLater(.latest, at: .earliest), .spiffeTokenNotValidThen),
        ]
        return id.map { ($0.code, $0.message, .spiffeIDMalformed) } + svid.map { ($0.code, $0.message, $1) }
            + refusal.map { ($0.code, $0.message, $1) } + bundle.map { ($0.code, $0.message, $1) }
            + token.map { ($0.code, $0.message, $1) }
    }

    static func revocation() -> [(code: ReasonCode, message: String, expected: ReasonCode)] {
        let list: [(RevocationListError, ReasonCode)] = [
            (.tooLarge(limit: 1), .revocationListTooLarge),
            (.tooManyExtensions(limit: 1), .revocationListTooLarge),
            (.unsupportedAlgorithm, .revocationListUnsupported), (.delta, .revocationListUnsupported),
            (.unknownCriticalExtension(oid: "1.2"), .revocationListUnsupported),
            (.partial, .revocationListUnsupported), (.indirect, .revocationListUnsupported),
            (.notPEM(.malformedBoundary(line: 1)), .revocationListMalformed), (.noList, .revocationListMalformed),
            (.unsupportedLabel("X\u{1b}[2J"), .revocationListMalformed), (.malformed(.list), .revocationListMalformed),
            (.notVersion2, .revocationListMalformed), (.signatureAlgorithmsDiffer, .revocationListMalformed),
            (.noNextUpdate, .revocationListMalformed), (.timesReversed, .revocationListMalformed),
            (.noNumber, .revocationListMalformed), (.duplicateEntry, .revocationListMalformed),
            (.duplicateExtension(oid: "1.2"), .revocationListMalformed),
        ]
        let path: [(RevocationError, ReasonCode)] = [
            (.revoked(on: .earliest, .superseded, at: .latest), .certificateRevoked),
            (.revoked(on: .earliest, nil, at: .latest), .certificateRevoked),
            (.compromised(.keyCompromise), .certificateRevoked), (.noListThen(.latest), .revocationUnknown),
            (.listSignatureMismatch, .revocationListUntrusted), (.issuerMayNotSignLists, .revocationListUntrusted),
        ]
        return list.map { ($0.code, $0.message, $1) } + path.map { ($0.code, $0.message, $1) }
            + path.map { (ChainError.revocation($0).code, ChainError.revocation($0).message, $1) }
    }

    @Test func everyErrorHasItsCode() throws {
        for (code, message, expected) in try Self.spiffe() + Self.revocation() {
            #expect(code == expected, "\(message)")
        }
    }

    @Test func everyCodeIsListedOnceAndUsed() throws {
        let others = ReasonTable.certificates.codes
        for (table, all) in [(ReasonTable.spiffe, try Self.spiffe()), (.revocation, Self.revocation())] {
            #expect(Set(table.codes).count == table.codes.count)
            #expect(Set(all.map(\.code)).subtracting(others) == Set(table.codes))
        }
    }

    @Test func everyMessageIsOneLineInTheStyleOfTheHouse() throws {
        for (_, message, _) in try Self.spiffe() + Self.revocation() {
            #expect(message.first?.isLowercase == true && message.last != ".", "\(message)")
            #expect(!message.unicodeScalars.contains { $0.value < 0x20 }, "\(message)")
        }
    }
}
