import Admission
import AdmissionPolicy
import AdmissionService
import Content
import Findings
import OCI
import StrictEncoding
import VerdictStorage

// What is told: a verdict that turned, never one that stayed. `undecided` turns nothing: something could not be had, and
// the question is asked again.
extension NotificationWorker {
    /// What each receiver that wants to hear of this image is to be told of a verdict; nothing where it is what the last
    /// one was, or a first admit.
    func changes(
        by answer: Answer, to image: String, _ decide: DecideJob, user: String
    ) async throws(VerdictStoreError) -> [TellJob] {
        let record = answer.record
        guard record.verdict != .undecided, let digest = record.imageDigest, let reference = record.request.reference
        else { return [] }
        let receivers = configuration.receivers.filter { receiver in
            receiver.images.contains { $0.matches(reference.name) }
        }
        guard !receivers.isEmpty else { return [] }

        let previous = try await lastVerdict(before: answer, on: digest, reference, decide, user: user)
        switch (previous?.verdict, record.verdict) {
        case (nil, .admit), ("admit", .admit), ("reject", .reject): return []
        default: break
        }
        let id = Self.eventID(
            of: record.verdict, previous: previous, digest: digest, reference: reference, namespace: decide.namespace)
        let body = Self.body(
            id: id, answer: answer, previous: previous, decide: decide, image: image, reference: reference,
            digest: digest)
        return receivers.map { TellJob(receiver: $0.name, id: id, body: body.canonicalBytes()) }
    }

    /// The last verdict that was an admit or a reject, on the same image under the same tag for the same namespace.
    ///
    /// An earlier attempt at the same job, whose worker died, may have recorded what this one decided: that is passed
    /// over, because nobody knows whether it was told. The name of the event decides whether it is.
    private func lastVerdict(
        before answer: Answer, on digest: Digest, _ reference: ImageReference, _ decide: DecideJob, user: String
    ) async throws(VerdictStoreError) -> StoredVerdict? {
        var query = VerdictQuery(
            digest: digest.description, repository: reference.name, namespace: decide.namespace,
            surface: Asker.Surface.notification.rawValue, limit: 200, isSummary: true)
        for _ in 0..<Self.mostPages {
            let page = try await store.verdicts(query)
            for verdict in page.verdicts {
                guard verdict.id != answer.id, verdict.verdict == "admit" || verdict.verdict == "reject",
                    verdict.namespace.map({ ExactString($0) }) == decide.namespace.map({ ExactString($0) }),
                    let asked = try? ImageReference(parsing: verdict.image), asked.tag == reference.tag
                else { continue }
                let isOwn = verdict.user.map { $0.utf8.elementsEqual(user.utf8) } ?? false
                if isOwn, verdict.verdict == answer.record.verdict.rawValue { continue }
                return verdict
            }
            guard let next = page.next else { return nil }
            query.after = next
        }
        return nil
    }

    private static let mostPages = 5

    /// The same for the same change, whoever makes it and however often.
    private static func eventID(
        of verdict: Verdict, previous: StoredVerdict?, digest: Digest, reference: ImageReference, namespace: String?
    ) -> String {
        let parts: JSONTree = [
            "verdict": .string(verdict.rawValue), "previous": .string(previous?.id.description ?? ""),
            "digest": .string(digest.description), "image": .string(reference.name),
            "tag": .string(reference.tag ?? ""),
            "namespace": .string(namespace ?? ""),
        ]
        return "lw_" + Digest(of: parts.canonicalBytes()).hex.prefix(32)
    }

    /// Most findings in a body; the record has all.
    private static let mostFindings = 16

    /// Type, timestamp and data, as Standard Webhooks lays a body out. Nothing in it is a secret: verdicts, names and
    /// digests, and the words of findings, in which what strangers wrote is quoted.
    private static func body(
        id: String, answer: Answer, previous: StoredVerdict?, decide: DecideJob, image: String,
        reference: ImageReference, digest: Digest
    ) -> JSONTree {
        let record = answer.record
        func json(_ finding: Finding) -> JSONTree {
            JSONTree(members: [
                "code": .string(finding.code.name), "effect": .string(finding.code.effect.rawValue),
                "message": .string(finding.message), "mend": .string(finding.mend),
                "rule": finding.rule.map(JSONTree.string), "platform": finding.platform.map(JSONTree.string),
            ])
        }
        let before: JSONTree? = previous.map { previous in
            [
                "verdict": .string(previous.verdict), "verdictID": .string(previous.id.description),
                "decidedAt": .string(previous.decidedAt.description),
            ]
        }
        let policies: [JSONTree] = (record.policies + record.guardrails).map { result in
            ["policy": .string(result.policy.description), "verdict": .string(result.verdict.rawValue)]
        }
        return [
            "schemaVersion": 1,
            "type": .string(record.verdict == .reject ? "landwaiter.image.rejected" : "landwaiter.image.admitted"),
            "timestamp": .string(record.request.at.description),
            "data": JSONTree(members: [
                "id": .string(id),
                "registry": .string(decide.registry),
                "image": .string(image),
                "repository": .string(reference.name),
                "tag": reference.tag.map(JSONTree.string),
                "digest": .string(digest.description),
                "namespace": decide.namespace.map(JSONTree.string),
                "cause": .string(decide.cause.rawValue),
                "verdict": .string(record.verdict.rawValue),
                "isBlocked": .bool(answer.isBlocked),
                "verdictID": answer.id.map { .string($0.description) },
                "previous": before,
                "headline": record.headline.map(json),
                "findings": .array(
                    record.findings.filter { $0.code.effect != .note }.prefix(mostFindings).map(json)),
                "policies": .array(policies),
                "policyDigest": .string(record.policyDigest.description),
                "trustDigest": .string(record.trustDigest.description),
            ]),
        ]
    }
}
