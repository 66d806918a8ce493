public import AdmissionPolicy
import Attestation
public import Content
import Findings
import OCI
import Sigstore
import StrictEncoding

/// A verified signature bound to content about this image: the only evidence that a rule ever sees.
///
/// Made only by ``EvidenceVerifier``, never decoded: that it exists means that a trusted key made the signature over
/// the payload as received, and that the payload names a digest of the resolved image.
public struct VerifiedEvidence: Sendable {
    public enum Statement: Sendable {
        case signature(SignatureFacts)
        case attestation(AttestationFacts)
    }
    public let origin: CollectedItem.Origin
    public let statement: Statement

    public var evidence: Digest {
        switch statement {
        case .signature(let facts): facts.evidence
        case .attestation(let facts): facts.evidence
        }
    }

    fileprivate init(origin: CollectedItem.Origin, statement: Statement) {
        self.origin = origin
        self.statement = statement
    }
}

/// What verification leaves: evidence that counts, evidence that does not and why, and what stops the decision.
struct VerificationResult: Sendable {
    var verified: [VerifiedEvidence] = []
    var refused: [RefusedEvidence] = []
    var findings: [Finding] = []
}

/// Turns collected evidence into verified evidence (docs/verification.md, steps 5 to 9). No IO, no clock.
struct EvidenceVerifier {
    let image: ResolvedImage
    let keys: TrustedKeySet
    let limits: AdmissionLimits

    /// Verifies every item. Order does not matter: the result is sorted by evidence digest.
    func verify(_ collected: CollectedEvidence) -> VerificationResult {
        var result = VerificationResult()
        var budget = SignatureBudget(operations: limits.signatureOperations)
        var counted: Set<Digest> = []
        // A stable order, so that a budget strikes at the same item whatever order a store lists them in.
        for item in collected.items.sorted(by: { $0.sortKey < $1.sortKey }) {
            guard case .signed(let signed) = item.form, counted.insert(item.evidence).inserted else { continue }
            switch SignatureVerifier.verify(signed, keys: keys, budget: &budget) {
            case .failure(let refusal):
                if refusal.finding.code.effect == .undecided { result.findings.append(refusal.finding) }
                result.refuse(item, refusal.finding)
            case .success(let signature):
                do {
                    result.verified.append(
                        VerifiedEvidence(origin: item.origin, statement: try bind(signature, of: item)))
                } catch {
                    result.refuse(item, error.finding)
                }
            }
            guard result.verified.count <= limits.evidenceItems else {
                result.findings.append(
                    Finding(
                        .limitEvidenceItems, "allowed signers made more than \(limits.evidenceItems) items",
                        expected: "at most \(limits.evidenceItems)"))
                return result
            }
        }
        countStatementsUnderIndexSignature(collected, &result)
        return result
    }

    // MARK: What the signed payload speaks of

    /// Binds a verified payload to the image, by the digest that the payload itself names.
    private func bind(
        _ signature: VerifiedSignature, of item: CollectedItem
    ) throws(Unbound) -> VerifiedEvidence.Statement {
        switch signature.payload {
        case .simpleSigning(let payload):
            let subjects = image.digests.filter { $0 == payload.manifestDigest }
            guard !subjects.isEmpty else { throw mismatch(found: payload.manifestDigest.description) }
            return .signature(
                SignatureFacts(
                    evidence: item.evidence, signers: signature.signers.map { .key($0) }, subjects: subjects,
                    dockerReference: payload.dockerReference))
        case .statement(let statement):
            let subjects = image.digests.filter { statement.names($0) }
            guard !subjects.isEmpty else { throw mismatch(found: statement.subjectSummary) }
            let signers = signature.signers.map { SignerIdentity.key($0) }
            if PredicateFamily(statement.predicateType) == .cosignSignature {
                return .signature(
                    SignatureFacts(
                        evidence: item.evidence, signers: signers, subjects: subjects, dockerReference: nil))
            }
            return .attestation(
                try facts(of: statement, evidence: item.evidence, signers: signers, subjects: subjects))
        }
    }

    private func facts(
        of statement: Statement, evidence: Digest, signers: [SignerIdentity], subjects: [Digest],
        underIndexSignature: Bool = false
    ) throws(Unbound) -> AttestationFacts {
        var provenance: Provenance?
        if PredicateFamily(statement.predicateType)?.isProvenance == true {
            do {
                provenance = try Provenance(statement: statement)
            } catch {
                throw Unbound(Finding(error.code, error.message))
            }
        }
        return AttestationFacts(
            evidence: evidence, signers: signers, subjects: subjects, predicateType: statement.predicateType,
            provenance: provenance, underIndexSignature: underIndexSignature)
    }

    private func mismatch(found: String) -> Unbound {
        Unbound(
            Finding(
                .evidenceSubjectMismatch, "the signed payload names another image",
                expected: image.digests.map(\.description).joined(separator: " or "), found: found))
    }

    private struct Unbound: Error {
        let finding: Finding
        init(_ finding: Finding) { self.finding = finding }
    }

    // MARK: BuildKit statements

    /// Unsigned statements count as said by the signers of the index that holds them, once that signature is verified.
    private func countStatementsUnderIndexSignature(_ collected: CollectedEvidence, _ result: inout VerificationResult) {
        let indexSigners = Set(
            result.verified.flatMap { item -> [SignerIdentity] in
                guard case .signature(let facts) = item.statement, facts.subjects.contains(image.digest) else { return [] }
                return facts.signers
            }
        ).sorted()
        for item in collected.items.sorted(by: { $0.sortKey < $1.sortKey }) {
            guard case .unsignedStatement(let bytes, let about) = item.form else { continue }
            guard !indexSigners.isEmpty else {
                result.refuse(
                    item, Finding(.evidenceIndexUnsigned, "no trusted key signed the index that holds the statement"))
                continue
            }
            do {
                let statement = try Statement(parsing: bytes, depth: limits.jsonDepth)
                guard statement.names(about) else {
                    result.refuse(
                        item,
                        Finding(
                            .evidenceSubjectMismatch, "the statement names another image than the index says",
                            expected: about.description, found: statement.subjectSummary))
                    continue
                }
                let facts = try self.facts(
                    of: statement, evidence: item.evidence, signers: indexSigners, subjects: [about],
                    underIndexSignature: true)
                result.verified.append(VerifiedEvidence(origin: item.origin, statement: .attestation(facts)))
            } catch let error as StatementError {
                result.refuse(item, Finding(error.code, error.message))
            } catch let error as Unbound {
                result.refuse(item, error.finding)
            } catch {
                result.refuse(item, Finding(.pipelineInternal, "a statement failed in an unknown way"))
            }
        }
    }
}

extension VerificationResult {
    fileprivate mutating func refuse(_ item: CollectedItem, _ finding: Finding) {
        var finding = finding
        if finding.evidence == nil { finding.evidence = item.evidence.description }
        refused.append(RefusedEvidence(evidence: item.evidence, origin: item.origin, finding: finding))
    }
}

extension CollectedItem {
    fileprivate var sortKey: String { evidence.hex + origin.rawValue }
}
