import Findings
public import StrictEncoding

/// A verification summary (VSA) of version 0.2 or 1 in one normal form (slsa.dev/spec/v1.2/verification_summary): someone
/// has verified the subject under a policy, and says with what result.
///
/// Every field is a claim by whoever signed the statement. Only certain pairs of signer and verifier are to be believed
/// ("Consumers MUST accept only specific (signer, verifier) pairs"). After parsing what the version requires is there.
public struct VerificationSummary: Sendable, Hashable {
    public enum Version: String, Sendable, CaseIterable {
        case v0_2 = "0.2"
        case v1 = "1"
    }
    public enum Result: String, Sendable, CaseIterable {
        case passed = "PASSED"
        case failed = "FAILED"
    }

    public let version: Version
    /// `verifier.id`, not empty.
    public let verifier: ExactString
    /// `verifier.version`: name of a component to its version.
    public let verifierVersions: [ExactString: ExactString]
    /// Always stated in version 0.2.
    public let timeVerified: Instant?
    /// Where the subject is to be fetched from; in a source verification summary the repository. Not empty.
    public let resourceURI: ExactString
    /// Not empty.
    public let policyURI: ExactString
    /// Empty where the policy is named by its URI only.
    public let policyDigests: [ExactString: ExactString]
    /// Nil where the verifier does not say; empty where it says that there were none.
    public let inputAttestations: [Descriptor]?
    public let result: Result
    /// At most one level of each track. Version 0.2 states exactly one, of no track.
    public let verifiedLevels: [ExactString]
    /// How many of the transitive dependencies have which level. Nil is no claim, empty is no dependency.
    public let dependencyLevels: [ExactString: Int]?
    /// `1.0`
    public let slsaVersion: ExactString?

    /// An attestation that the verifier went by.
    public struct Descriptor: Sendable, Hashable {
        public let uri: ExactString?
        /// Not empty.
        public let digests: [ExactString: ExactString]
    }

    /// The level of a track (`BUILD`, `SOURCE`) that was verified; it implies all lower ones. Nil where the summary states
    /// none, or that the track was not evaluated, or did not pass.
    public func level(ofTrack track: String) -> Int? {
        guard result == .passed else { return nil }
        return verifiedLevels.lazy.compactMap(TrackLevel.init).first { $0.track == ExactString(track) }?.level
    }
}

/// Why a statement holds no verification summary that can be judged.
public enum VerificationSummaryError: Error, Equatable, Sendable {
    /// The predicate type is no verification summary.
    case otherPredicate(ExactString)
    /// A verification summary, but of a version that has no normal form here.
    case unsupportedVersion(String)
    /// What stands at this place of the predicate is not there or of another kind.
    case malformed(String, expected: String)
    /// What stands at this place should be a time of RFC 3339.
    case malformedTime(String, ExactString)
    /// Two statements that cannot both be true.
    case contradictsItself(ExactString, ExactString)
    /// More entries at this place than the limit.
    case tooMany(String, limit: Int)

    /// One line, lower case.
    public var message: String {
        switch self {
        case .otherPredicate(let type):
            "expected a verification summary, found predicate type \(Finding.quoted(type.value))"
        case .unsupportedVersion(let version):
            "expected a verification summary of version 0.2 or 1, found version \(Finding.quoted(version))"
        case .malformed(let place, let expected):
            "expected \(expected) at \(Finding.quoted(place)) of the verification summary, found none"
        case .malformedTime(let place, let text):
            "expected a time at \(Finding.quoted(place)) of the verification summary, found \(Finding.quoted(text.value))"
        case .contradictsItself(let one, let other):
            "expected a verification summary that agrees with itself, found \(Finding.quoted(one.value)) and \(Finding.quoted(other.value))"
        case .tooMany(let place, let limit):
            "expected at most \(limit) entries at \(Finding.quoted(place)) of the verification summary, found more"
        }
    }
}

/// `SLSA_TRACK_LEVEL_3`, `SLSA_TRACK_LEVEL_UNEVALUATED`; of version 0.2 `SLSA_LEVEL_3`, of the track without a name.
struct TrackLevel {
    let track: ExactString
    /// Nil where it was not evaluated.
    let level: Int?

    /// Nil for anything that is no level: a verified property, a value of the verifier's own.
    init?(_ text: ExactString) {
        let words = text.utf8.split(separator: UInt8(ascii: "_"), omittingEmptySubsequences: false)
        guard words.count >= 3, words[0].elementsEqual("SLSA".utf8), words[words.count - 2].elementsEqual("LEVEL".utf8)
        else { return nil }
        track = ExactString(words[1..<(words.count - 2)].map { String(Substring($0)) }.joined(separator: "_"))
        let last = String(Substring(words[words.count - 1]))
        if last.utf8.elementsEqual("UNEVALUATED".utf8) {
            level = nil
        } else {
            guard last.utf8.count == 1, let digit = last.utf8.first, (0x30...0x39).contains(digit) else { return nil }
            level = Int(digit - 0x30)
        }
    }
}
