import Attestation
import Content
import StrictEncoding

/// Sigstore bundles in the lists in which registries and tools hand them out.
///
/// - npm's registry, `/-/npm/v1/attestations/NAME@VERSION`: `{"attestations":[{"predicateType":…,"bundle":{…}}]}`.
/// - GitHub's API, "List attestations": `{"attestations":[{"bundle":{…},"bundle_url":…,"repository_id":…}]}`. Where the
///   bundle was too large to inline, there is only a place to fetch it from.
/// - `gh attestation verify --format json`: `[{"attestation":{"bundle":{…}},"verificationResult":{…}}]`.
///
/// Nothing of the list is signed. A result of verification that someone wrote down is never read, and a predicate type that
/// stands beside a bundle has to be that of the statement inside: npm picks attestations by it, so a list in which the two
/// differ would be one thing to npm and another to us.
struct AttestationList {
    let entries: JSONArray
    private let isVerificationOutput: Bool

    /// Nil for what is no such list.
    init?(_ value: JSONValue) {
        if let object = value.object {
            guard let attestations = object["attestations"]?.array else { return nil }
            entries = attestations
            isVerificationOutput = false
        } else {
            guard let array = value.array, array.first?["attestation"]?.object != nil else { return nil }
            entries = array
            isVerificationOutput = true
        }
    }

    func item(
        _ entry: JSONValue, evidence: Digest, limits: EnvelopeLimits
    ) throws(SignedItemError) -> UnverifiedSignedItem {
        let attestation = isVerificationOutput ? entry["attestation"] : entry
        guard let bundle = attestation?["bundle"], !bundle.isNull else { throw .noBundle }
        let item = try UnverifiedSignedItem(bundle: bundle, evidence: evidence, limits: limits)
        if let label = entry["predicateType"], !label.isNull {
            guard let stated = label.exact, case .dsse(let envelope) = item.content,
                let statement = try? Statement(payloadType: envelope.payloadType, payload: envelope.payload),
                statement.predicateType == stated
            else { throw .labelMismatch("predicateType") }
        }
        return item
    }
}
