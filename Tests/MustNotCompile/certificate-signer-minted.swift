// error: 'CertificateSigner' initializer is inaccessible due to 'fileprivate' protection level
import PKI
import Sigstore
import StrictEncoding

/// Says that someone signed whose certificate nobody verified.
func mint(_ identity: FulcioIdentity, _ fingerprint: ExactString) -> CertificateSigner {
    CertificateSigner(
        holder: .fulcio(identity, root: "public-good"), certificate: fingerprint, scheme: .ecdsaSHA256, times: [],
        logs: 1)
}
