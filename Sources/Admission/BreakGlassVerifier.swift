import AdmissionPolicy
public import Attestation
import Content
import Findings
import Sigstore
public import StrictEncoding

/// A break-glass pass as it was received: what it says, and whose signatures it claims to have. Nothing is verified.
public struct UnverifiedBreakGlass: Sendable {
    public let pass: BreakGlassPass
    /// With the signatures that it claims to have, each with a hint at its key.
    public let envelope: UnverifiedEnvelope
    let item: UnverifiedSignedItem

    /// A hint at the key for each signature; nil where the envelope has none.
    public var keyHints: [ExactString?] { envelope.signatures.map(\.keyID) }

    /// Parses a DSSE envelope.
    public init(parsing bytes: [UInt8]) throws(BreakGlassError) {
        let limits = EnvelopeLimits(bytes: BreakGlassLimits.bytes, signatures: BreakGlassLimits.signatures, depth: 16)
        do throws(SignedItemError) {
            item = try UnverifiedSignedItem(envelope: bytes, limits: limits)
        } catch {
            throw .envelope(error.message)
        }
        guard case .dsse(let envelope) = item.content else { throw .envelope("expected an envelope") }
        guard envelope.payloadType == BreakGlassPass.payloadType else { throw .otherPayloadType(envelope.payloadType) }
        pass = try BreakGlassPass(parsing: envelope.payload)
        self.envelope = envelope
    }
}

/// Finds out which approvers signed a break-glass pass. Whether they are enough, and whether the pass is for this
/// request, the guardrails say (``BreakGlassFacts``).
enum BreakGlassVerifier {
    /// - Parameter approvers: the keys that guardrails name. Keys of policies approve nothing.
    /// - Returns: what the signed bytes say and who of the approvers signed these very bytes, at least one; or a note
    ///   that says why the pass has no effect, whatever the guardrails say.
    static func verify(_ bytes: [UInt8], approvers: [KeyNeed]) -> Result<BreakGlassFacts, RefusedBreakGlass> {
        let received = Digest(of: bytes)
        func refused(_ code: ReasonCode, _ message: String) -> Result<BreakGlassFacts, RefusedBreakGlass> {
            .failure(RefusedBreakGlass(finding: Finding(code, message, evidence: received.description)))
        }
        let unverified: UnverifiedBreakGlass
        do throws(BreakGlassError) {
            unverified = try UnverifiedBreakGlass(parsing: bytes)
        } catch {
            return refused(.breakGlassMalformed, error.message)
        }
        let keys = TrustedKeySet(approvers.compactMap { TrustedKey($0.key, schemes: $0.schemes) })
        // Of its own: a pass takes nothing from what the image's evidence may cost.
        var budget = SignatureBudget()
        switch SignatureVerifier.verify(unverified.item, keys: keys, budget: &budget) {
        case .failure(let refusal): return refused(.breakGlassNotApproved, refusal.message)
        case .success(let signature):
            // What is judged is read from the bytes that were verified.
            guard case .dsse(BreakGlassPass.payloadType, let payload) = signature.content,
                let pass = try? BreakGlassPass(parsing: payload)
            else { return refused(.breakGlassMalformed, "the signed bytes are no break-glass pass") }
            return .success(
                BreakGlassFacts(
                    pass: Digest(of: payload), id: pass.id, image: pass.image, namespace: pass.namespace,
                    notBefore: pass.notBefore, expires: pass.expires, reason: pass.reason, ticket: pass.ticket,
                    signers: signature.signers.map { .key($0.fingerprint, scheme: $0.scheme) }))
        }
    }
}

/// A pass that has no effect before any guardrail is asked.
struct RefusedBreakGlass: Error, Sendable {
    let finding: Finding
}
