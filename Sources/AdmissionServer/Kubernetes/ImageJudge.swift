import Admission
import AdmissionPolicy
import AdmissionService
import Content
import Findings
import Kubernetes
import OCI
import StrictEncoding
import VerdictStorage

/// The service as the webhooks use it.
struct ImageJudge: Sendable {
    /// What a webhook refuses by itself, whatever was decided of images.
    struct Refusal: Sendable {
        let finding: Finding
        let asker: Asker
        let namespace: String?
        /// Where it is about one image.
        var image: String?
        var user: String?
        let isBlocked: Bool
        let isDryRun: Bool
    }

    /// One decision for each question, in their order, before the time is over.
    let decide: @Sendable ([Question], Duration) async -> [ImageDecision]
    /// Whether an object whose images can't be told is kept out of a namespace.
    let blocksUnread: @Sendable (String?) -> Bool
    /// Tells operators.
    let report: @Sendable (Refusal) -> Void

    init(
        decide: @escaping @Sendable ([Question], Duration) async -> [ImageDecision],
        blocksUnread: @escaping @Sendable (String?) -> Bool, report: @escaping @Sendable (Refusal) -> Void
    ) {
        self.decide = decide
        self.blocksUnread = blocksUnread
        self.report = report
    }

    init(_ service: DecisionService) {
        self.init(
            decide: { questions, time in await service.decide(questions, within: time).map { ImageDecision($0) } },
            blocksUnread: { service.material.pipeline.policies.blocksUnread(in: $0) },
            report: { refusal in
                service.report(
                    refusal: refusal.finding, asker: refusal.asker, namespace: refusal.namespace, image: refusal.image,
                    user: refusal.user, isBlocked: refusal.isBlocked, isDryRun: refusal.isDryRun)
            })
    }

    /// One ruling for each image, in the order in which the object first names them.
    func rulings(
        on change: RequestedChange.AddedImages, of review: AdmissionReview, asker: Asker, needsDigest: Bool,
        within time: Duration
    ) async -> [ImageRuling] {
        var order: [ExactString] = []
        var uses: [ExactString: [RunImage]] = [:]
        for image in change.images {
            let text = ExactString(image.text)
            if uses[text, default: []].isEmpty { order.append(text) }
            uses[text, default: []].append(image)
        }
        let questions = order.map { text in
            Question(
                image: text.value, namespace: review.namespace, asker: asker,
                user: WebhookText.user(change, uses[text] ?? [], review), isDryRun: review.isDryRun,
                needsDigest: needsDigest)
        }
        let decisions = await decide(questions, time)
        return order.enumerated().map { position, text in
            ImageRuling(
                image: text.value, uses: uses[text] ?? [],
                // An answer that isn't there admits nothing.
                decision: decisions.count == order.count
                    ? decisions[position]
                    : ImageDecision(
                        verdict: .undecided, isBlocked: true, enforcement: .always,
                        headline: Finding(
                            .pipelineInternal,
                            "expected \(order.count) answers of the service, found \(decisions.count)")))
        }
    }
}

extension ImageDecision {
    init(_ answer: Answer) {
        self.init(
            verdict: answer.record.verdict, isBlocked: answer.isBlocked, enforcement: answer.record.enforcement,
            headline: answer.record.headline, id: answer.id?.description,
            pinned: answer.pinnedReference)
    }
}

extension PolicySet {
    /// Whether an object whose images can't be told is kept out of a namespace.
    ///
    /// No image says which policies would match, so every one that speaks for the namespace counts, whatever its images:
    /// if any is enforced there, or a guardrail denies anything or says who may speak there, or none speaks for it at all,
    /// the object stays out. Where all of them only observe or warn, nothing would have been blocked.
    func blocksUnread(in namespace: String?) -> Bool {
        guard let namespace else { return true }
        let stages = policies.filter { $0.scope.namespaces.contains { $0.matches(namespace) } }
            .map { Enforcement($0.stage, policy: $0.name, namespace: namespace) }
        let covering = guardrails.filter { $0.scope.namespaces.contains { $0.matches(namespace) } }
        let capping = covering.compactMap { guardrail in
            guardrail.stage.map { Enforcement($0, policy: guardrail.name, namespace: namespace) }
        }
        return stages.isEmpty || (stages + capping).contains(where: \.isEnforced)
            || covering.contains { !$0.deny.isEmpty || $0.delegate != nil }
    }
}
