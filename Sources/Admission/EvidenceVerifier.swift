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

    /// The digests of this image that it speaks of.
    var subjects: [Digest] {
        switch statement {
        case .signature(let facts): facts.subjects
        case .attestation(let facts): facts.subjects
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
    let subject: ResolvedSubject
    let keys: TrustedKeySet
    /// They date what keys signed, and prove for whom certificates were issued.
    let roots: [SigstoreTrustedRoot]
    let holders: NamedHolders
    let limits: AdmissionLimits
    /// Whether a matching policy asks what SBOMs say: reading one of fifty megabytes takes longer than its signature.
    var readsInventories = false
    /// The same for scans and VEX.
    var readsScans = false

    /// Verifies every item. Order does not matter: the result is the same however a store lists them.
    func verify(_ collected: CollectedEvidence, budget: inout SignatureBudget) -> VerificationResult {
        var result = VerificationResult()
        var payloads = SignedPayloads()
        let artifacts = subject.signedArtifacts
        var almost: [(item: CollectedItem, signed: UnverifiedSignedItem, why: Finding)] = []
        // A stable order, so that a budget strikes at the same item whatever order a store lists them in.
        for item in collected.items.sorted(by: { $0.precedes($1) }) {
            guard case .signed(let signed) = item.form else { continue }
            if case .certificates(let certificates) = signed.material, !roots.isEmpty || !holders.authorities.isEmpty {
                switch holders.claim(of: certificates) {
                case .named: break
                case .almost(let why):
                    almost.append((item, signed, why))
                    continue
                case .stranger(let why):
                    result.refuse(item, why)
                    continue
                }
            }
            verify(item, signed, artifacts, &payloads, &result, &budget)
            // Counted once it is known to be about this image: what its signers say of others is anybody's to attach.
            guard payloads.count <= limits.evidenceItems else {
                result.findings.append(tooManyItems)
                return result
            }
        }
        let counted = payloads.count
        explain(almost, artifacts, &payloads, &result)
        result.verified = payloads.all.flatMap { payload in
            payload.statements.map { VerifiedEvidence(origin: payload.item.origin, statement: $0) }
        }
        countUnsignedStatements(
            collected, payloads, &result, mostVerified: limits.evidenceItems + payloads.count - counted)
        return result
    }

    private func verify(
        _ item: CollectedItem, _ signed: UnverifiedSignedItem, _ artifacts: [SignedArtifact],
        _ payloads: inout SignedPayloads, _ result: inout VerificationResult, _ budget: inout SignatureBudget
    ) {
        let verified = SignatureVerifier.verify(
            signed, keys: keys, roots: roots, authorities: holders.authorities, artifacts: artifacts, budget: &budget)
        switch verified {
        case .failure(let refusal):
            let finding = subject.finding(refusal, keys: keys)
            if finding.code.effect == .undecided { result.findings.append(finding) }
            result.refuse(item, finding)
        case .success(let signature):
            // A policy's signer may be bound to one root, under which this was not proven.
            let signers = holders.signers(of: signature)
            guard !signers.isEmpty else { return result.refuse(item, holders.nobody) }
            guard !payloads.add(signers, to: signature.content, length: signature.payload.count) else { return }
            do {
                payloads.add(signers, of: item, signature, as: try bind(signature, of: item))
            } catch {
                result.refuse(item, error.finding)
            }
        }
    }

    /// Verifies a few of those whose certificates miss a signer by one thing, so that rules can say by which. They don't
    /// count, and what they cost is their own.
    private func explain(
        _ almost: [(item: CollectedItem, signed: UnverifiedSignedItem, why: Finding)], _ artifacts: [SignedArtifact],
        _ payloads: inout SignedPayloads, _ result: inout VerificationResult
    ) {
        for (position, candidate) in almost.enumerated() {
            guard position < NamedHolders.mostExplained else {
                result.refuse(candidate.item, candidate.why)
                continue
            }
            var own = SignatureBudget(limit: limits.signatureOperations)
            var outcome = VerificationResult()
            verify(candidate.item, candidate.signed, artifacts, &payloads, &outcome, &own)
            if outcome.findings.isEmpty {
                result.refused += outcome.refused
            } else {
                result.refuse(candidate.item, candidate.why)
            }
        }
    }

    private var tooManyItems: Finding {
        Finding(
            .limitEvidenceItems, "allowed signers made more than \(limits.evidenceItems) items",
            expected: "at most \(limits.evidenceItems)")
    }

    // MARK: What the signed payload speaks of

    /// What a verified payload says, once it is known to be about this image.
    fileprivate struct Binding {
        /// Nil where it is only about ``holders``.
        var statement: VerifiedEvidence.Statement?
        /// The attestation manifests in the index that it signs.
        var holders: [Digest] = []
    }

    /// Binds a verified payload to the image, by the digest that the payload itself names.
    private func bind(_ signature: VerifiedSignature, of item: CollectedItem) throws(Unbound) -> Binding {
        switch signature.content {
        case .simpleSigning(let bytes):
            let signed: SimpleSigningPayload
            do {
                signed = try SimpleSigningPayload(
                    parsing: bytes,
                    limits: JSONLimits(bytes: SimpleSigningPayload.limits.bytes, depth: limits.jsonDepth))
            } catch {
                throw Unbound(Finding(error.code, error.message))
            }
            return try bound(
                item, subjects: subject.subjects(named: signed.manifestDigest),
                holders: subject.holdersOfStatements { $0 == signed.manifestDigest },
                named: signed.manifestDigest.description, as: signed.dockerReference.value)
        case .artifact(let digest):
            return try bound(
                item, subjects: subject.subjects(named: digest), holders: subject.holdersOfStatements { $0 == digest },
                named: digest.description)
        case .dsse(let payloadType, let bytes):
            guard payloadType == Statement.payloadType else {
                throw Unbound(
                    Finding(
                        .dsseUnsupportedPayloadType, "the signed payload is no in-toto statement",
                        expected: Finding.quoted(Statement.payloadType.value), found: Finding.quoted(payloadType.value))
                )
            }
            let statement = try self.statement(bytes)
            let subjects = subject.subjects(of: statement)
            if PredicateType(statement.predicateType)?.family == .cosignSignature {
                return try bound(
                    item, subjects: subjects, holders: subject.holdersOfStatements(where: statement.names),
                    named: statement.namedDigests)
            }
            guard !subjects.isEmpty else { throw mismatch(found: statement.namedDigests) }
            return Binding(
                statement: .attestation(
                    try facts(of: statement, evidence: item.evidence, signers: [], subjects: subjects)))
        }
    }

    /// A signature of the image, of attestation manifests in its index, or of both. Who signed, and when, is added once
    /// all wrappings are known.
    private func bound(
        _ item: CollectedItem, subjects: [Digest], holders: [Digest], named: @autoclosure () -> String,
        as name: String? = nil
    ) throws(Unbound) -> Binding {
        guard !subjects.isEmpty || !holders.isEmpty else { throw mismatch(found: named()) }
        var binding = Binding(holders: holders)
        if !subjects.isEmpty {
            binding.statement = .signature(
                SignatureFacts(evidence: item.evidence, signers: [], subjects: subjects, dockerReference: name))
        }
        return binding
    }

    private func statement(_ bytes: [UInt8]) throws(Unbound) -> Statement {
        do {
            return try Statement(
                parsing: bytes,
                limits: StatementLimits(json: JSONLimits(bytes: limits.envelopeBytes, depth: limits.jsonDepth)))
        } catch {
            throw Unbound(Finding(error.code, error.message))
        }
    }

    private func facts(
        of statement: Statement, evidence: Digest, copyOf first: Digest? = nil, signers: [SignerIdentity],
        subjects: [Digest], underIndexSignature: Bool = false
    ) throws(Unbound) -> AttestationFacts {
        var provenance: Provenance?
        if PredicateType(statement.predicateType)?.family == .slsaProvenance {
            do {
                provenance = try Provenance(statement: statement)
            } catch {
                throw Unbound(Finding(error.code, error.message))
            }
        }
        // Signed copies of one statement were brought together before, so the first copy's digest names the statement.
        var facts = AttestationFacts(
            evidence: evidence, statement: first ?? evidence, signers: signers, subjects: subjects,
            predicateType: statement.predicateType, predicate: statement.predicate, provenance: provenance,
            underIndexSignature: underIndexSignature)
        if readsInventories { facts.readInventory() }
        if readsScans { facts.readScans() }
        return facts
    }

    private func mismatch(found: String) -> Unbound {
        Unbound(subject.mismatch(found: found))
    }

    private struct Unbound: Error {
        let finding: Finding
        init(_ finding: Finding) { self.finding = finding }
    }

    // MARK: BuildKit statements

    /// Unsigned statements count as said by the signers of the index that holds them, or of the attestation manifest in it
    /// that does, once that signature is verified.
    private func countUnsignedStatements(
        _ collected: CollectedEvidence, _ payloads: SignedPayloads, _ result: inout VerificationResult,
        mostVerified: Int
    ) {
        var indexSigners = SignerTimes()
        for item in result.verified {
            guard case .signature(let facts) = item.statement, facts.subjects.contains(subject.digest) else { continue }
            for signer in facts.signers { indexSigners.add(signer, facts.verifiedTimes) }
        }
        for item in collected.items.sorted(by: { $0.precedes($1) }) {
            guard case .unsignedStatement(let bytes, let about, let holder) = item.form else { continue }
            var signers = indexSigners
            signers.add(payloads.signers(ofHolder: holder))
            guard !signers.isEmpty else {
                result.refuse(
                    item,
                    Finding(
                        .evidenceIndexUnsigned,
                        "nobody who counts signed the index, or its attestation manifest, that holds the statement"))
                continue
            }
            do throws(Unbound) {
                let statement = try self.statement(bytes)
                guard statement.names(about) else {
                    throw Unbound(
                        Finding(
                            .evidenceSubjectMismatch, "the statement names another image than the index says",
                            expected: about.description, found: statement.namedDigests))
                }
                let first = payloads.first(ofStatement: bytes)?.item.evidence
                for (signers, times) in signers.groups {
                    var facts = try self.facts(
                        of: statement, evidence: item.evidence, copyOf: first, signers: signers, subjects: [about],
                        underIndexSignature: true)
                    facts.verifiedTimes = times
                    guard result.verified.count < mostVerified else {
                        result.findings.append(tooManyItems)
                        return
                    }
                    result.verified.append(VerifiedEvidence(origin: item.origin, statement: .attestation(facts)))
                }
            } catch {
                result.refuse(item, error.finding)
            }
        }
    }
}

/// Payloads about this image that allowed signers signed, each once.
///
/// A signed payload may lie with the image in many wrappings, and anybody can make more of them from one: they are one
/// piece of evidence, signed by all whose signatures any of them holds.
private struct SignedPayloads {
    struct Payload {
        let item: CollectedItem
        let content: VerifiedSignature.Content
        fileprivate let binding: EvidenceVerifier.Binding
        fileprivate var signers = SignerTimes()

        /// One for each set of times: what proves when one signer signed says nothing of another, who may have added a
        /// signature to the same payload long after.
        var statements: [VerifiedEvidence.Statement] {
            guard let statement = binding.statement else { return [] }
            return signers.groups.map { statement.signed(by: $0.signers, at: $0.times) }
        }
    }
    private(set) var all: [Payload] = []
    /// By length: payloads are compared as bytes, which is quicker than hashing them, and few have one length.
    private var positions: [Int: [Int]] = [:]

    var count: Int { all.count }

    /// Adds the signers to the payload if it is there already; false if it is not.
    mutating func add(_ signers: [DatedSigner], to content: VerifiedSignature.Content, length: Int) -> Bool {
        guard let position = position(of: content, length: length) else { return false }
        all[position].add(signers)
        return true
    }

    mutating func add(
        _ signers: [DatedSigner], of item: CollectedItem, _ signature: VerifiedSignature,
        as binding: EvidenceVerifier.Binding
    ) {
        positions[signature.payload.count, default: []].append(all.count)
        var payload = Payload(item: item, content: signature.content, binding: binding)
        payload.add(signers)
        all.append(payload)
    }

    /// Who signed this attestation manifest.
    func signers(ofHolder digest: Digest) -> SignerTimes {
        var signers = SignerTimes()
        for payload in all where payload.binding.holders.contains(digest) { signers.add(payload.signers) }
        return signers
    }

    /// The signed payload that is this very statement.
    func first(ofStatement bytes: [UInt8]) -> Payload? {
        position(of: .dsse(payloadType: Statement.payloadType, payload: bytes), length: bytes.count).map { all[$0] }
    }

    private func position(of content: VerifiedSignature.Content, length: Int) -> Int? {
        positions[length]?.first { all[$0].content == content }
    }
}

extension SignedPayloads.Payload {
    fileprivate mutating func add(_ new: [DatedSigner]) {
        for signer in new { signers.add(signer.identity, signer.times) }
    }
}

/// Who signed a payload, and when that is proven to have been: for each signer the earliest proof of all wrappings.
///
/// Anybody can stamp an old signature anew, or leave its stamps away: neither takes back what an earlier stamp proves.
private struct SignerTimes {
    private var times: [SignerIdentity: [Instant]] = [:]

    var isEmpty: Bool { times.isEmpty }

    /// - Parameter new: sorted; empty where nothing proves a time.
    mutating func add(_ signer: SignerIdentity, _ new: [Instant]) {
        guard let old = times[signer], !old.isEmpty else {
            times[signer] = new
            return
        }
        if !new.isEmpty, new.reversed().lexicographicallyPrecedes(old.reversed()) { times[signer] = new }
    }

    mutating func add(_ others: SignerTimes) {
        for (signer, times) in others.times { add(signer, times) }
    }

    /// Signers with the same times, sorted.
    var groups: [(signers: [SignerIdentity], times: [Instant])] {
        Dictionary(grouping: times.keys) { times[$0] ?? [] }
            .sorted { $0.key.lexicographicallyPrecedes($1.key) }.map { ($0.value.sorted(), $0.key) }
    }
}

extension VerifiedEvidence.Statement {
    fileprivate func signed(by signers: [SignerIdentity], at times: [Instant]) -> Self {
        switch self {
        case .signature(var facts):
            facts.signers = signers
            facts.verifiedTimes = times
            return .signature(facts)
        case .attestation(var facts):
            facts.signers = signers
            facts.verifiedTimes = times
            return .attestation(facts)
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

extension Statement {
    /// What the subjects name, for a person: the first few.
    var namedDigests: String {
        let all = subjects.flatMap { subject in
            subject.digests.map { $0.key.value + ":" + $0.value.value }
        }.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        return all.prefix(3).map { Finding.quoted($0) }.joined(separator: ", ")
            + (all.count > 3 ? " and \(all.count - 3) more" : "")
    }
}

extension CollectedItem {
    /// By the digest of the bytes, how they were found, and what is not in the bytes: a layer of cosign's has its
    /// signature beside it.
    fileprivate func precedes(_ other: CollectedItem) -> Bool {
        if evidence != other.evidence { return evidence < other.evidence }
        if origin != other.origin { return origin.rawValue.utf8.lexicographicallyPrecedes(other.origin.rawValue.utf8) }
        return besideBytes.lexicographicallyPrecedes(other.besideBytes)
    }

    private var besideBytes: [UInt8] {
        switch form {
        case .unsignedStatement(_, let about, let holder): return Array("\(about) \(holder)".utf8)
        case .signed(let signed):
            var bytes: [UInt8] = [0]
            if case .certificates(let certificates) = signed.material { bytes = [1] + certificates.joined() }
            if case .simpleSigning(_, let signature) = signed.content { bytes += signature }
            return bytes
        }
    }
}
