// error: cannot assign to property: 'content' is a 'let' constant
import Sigstore

/// Keeps the signers and changes what they signed.
func exchange(_ signature: VerifiedSignature, _ payload: [UInt8]) -> VerifiedSignature {
    var signature = signature
    signature.content = .simpleSigning(payload: payload)
    return signature
}
