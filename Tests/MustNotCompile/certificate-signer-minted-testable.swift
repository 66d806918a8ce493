// error: 'CertificateSigner' initializer is inaccessible due to 'fileprivate' protection level
import PKI
import StrictEncoding

@testable import Sigstore

/// Tests see what is internal, and still cannot mint one.
func mint(_ identity: FulcioIdentity, _ fingerprint: ExactString) -> CertificateSigner {
    CertificateSigner(
        holder: .fulcio(identity, root: "public-good"), certificate: fingerprint, scheme: .ecdsaSHA256, times: [],
        logs: 1)
}
