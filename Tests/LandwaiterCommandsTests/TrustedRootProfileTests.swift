import Sigstore
import Testing

@testable import LandwaiterCommands

/// What follows the `=` of `--trusted-root`.
@Suite struct TrustedRootProfileTests {
    @Test func readsWhatASignatureHasToShow() {
        #expect(ProofRequirement(profile: "public-good") == .publicGood)
        #expect(ProofRequirement(profile: "github-private") == .githubPrivate)
        #expect(
            ProofRequirement(profile: "logs:2,scts:0,timestamps:1")
                == ProofRequirement(logEntries: 2, certificateTimestamps: 0, signedTimestamps: 1))
        // What is not said is as the public good instance has it.
        #expect(ProofRequirement(profile: "timestamps:1") == ProofRequirement(signedTimestamps: 1))
        #expect(
            ProofRequirement(profile: "insecure-promise-alone")
                == ProofRequirement(insecureAcceptsPromiseAlone: true))
        #expect(ProofRequirement(profile: "github-private,scts:1")?.certificateTimestamps == 1)
    }

    /// Neither a log nor a clock, a count twice, numbers that are none, words that are none.
    @Test(arguments: [
        "", "logs:0", "logs:0,scts:1", "github-private,timestamps:0", "logs:1,logs:0", "logs:-1", "logs:17", "logs:",
        "logs", "log:1", "logs:1,", "logs:1,public-good", "PUBLIC-GOOD", "promise-alone",
        "insecure-promise-alone,insecure-promise-alone",
    ])
    func refusesAProfileThatAsksForNothingOrIsNone(_ profile: String) {
        #expect(ProofRequirement(profile: profile) == nil)
    }
}
