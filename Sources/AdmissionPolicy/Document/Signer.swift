public import PKI
import StrictEncoding

/// Someone whose signatures count, under the name that a policy gives them.
public struct Signer: Sendable, Hashable {
    public let name: String
    public let kind: Kind
    /// What a simple-signing signature of this signer has to say about the image's name; nil: it is not compared.
    public let reference: ReferenceMatch?

    /// More kinds come with keyless verification.
    public enum Kind: Sendable, Hashable {
        /// A public key and the schemes under which its signatures count, never empty.
        case key(PublicKey, schemes: [SignatureScheme])
    }

    /// How the signed `docker-reference` is compared with the name and tag that the request states.
    public enum ReferenceMatch: String, Sendable, CaseIterable {
        /// Name and tag; a signed digest has to be the image's.
        case exact
        /// The name.
        case repository
    }

    /// Whether this signer is the one whose signature was verified.
    func isSigner(_ identity: SignerIdentity) -> Bool {
        switch (kind, identity) {
        case (.key(let key, let schemes), .key(let fingerprint, let scheme)):
            key.fingerprint.utf8.elementsEqual(fingerprint.utf8) && schemes.contains(scheme)
        }
    }

    /// Names the person or machine behind the signer: two signers with one are one.
    var principal: String {
        switch kind {
        case .key(let key, _): key.fingerprint
        }
    }
}
