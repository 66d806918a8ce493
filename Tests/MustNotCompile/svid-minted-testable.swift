// error: 'VerifiedX509SVID' initializer is inaccessible due to 'fileprivate' protection level
@testable import PKI

/// Tests see what is internal, and still cannot mint one.
func mint(_ id: SPIFFEID, _ chain: VerifiedChain) -> VerifiedX509SVID {
    VerifiedX509SVID(id: id, chain: chain)
}
