// error: 'VerifiedSignature' initializer is inaccessible due to 'fileprivate' protection level
import Content

@testable import Sigstore

/// Tests see what is internal, and still cannot mint one.
func mint(_ payload: [UInt8], _ evidence: Digest) -> VerifiedSignature {
    VerifiedSignature(
        signers: [], certificateSigners: [], content: .simpleSigning(payload: payload), verifiedTimes: [],
        unmatchedSignatures: 0, evidence: evidence)
}
