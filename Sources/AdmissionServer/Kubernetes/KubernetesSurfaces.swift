import Admission
import AdmissionPolicy
public import AdmissionService
import Findings
public import Kubernetes
import StrictEncoding

/// How the Kubernetes webhooks read and change objects.
public struct KubernetesConfiguration: Sendable {
    /// Kinds that run pods, the cluster's own among them.
    public var kinds: WorkloadKinds
    public var pinning: Pinning

    public init(kinds: WorkloadKinds = WorkloadKinds(), pinning: Pinning = .pods) {
        self.kinds = kinds
        self.pinning = pinning
    }
}

/// `POST /v1/kubernetes/validate`: judges every image that a request adds, and denies the request where a policy that is
/// enforced says so (ValidatingWebhookConfiguration, `admission.k8s.io/v1`).
public struct KubernetesValidation: Surface {
    private let webhook: Webhook

    public init(service: DecisionService, configuration: KubernetesConfiguration) {
        self.init(judge: ImageJudge(service), configuration: configuration)
    }

    init(judge: ImageJudge, configuration: KubernetesConfiguration) {
        webhook = Webhook(
            judge: judge, configuration: configuration, asker: .kubernetesValidate,
            needsDigests: { configuration.pinning.covers($0) })
    }

    public var name: SurfaceName { .kubernetesValidate }
    public var routes: [SurfaceRoute] {
        [SurfaceRoute("POST", "/v1/kubernetes/validate", bodyByteLimit: AdmissionReview.mostBytes)]
    }

    public func answer(_ request: SurfaceRequest) async -> SurfaceResponse {
        await webhook.answer(request) { change, rulings, review, asker in
            var rulings = rulings
            if webhook.needsDigests(change) {
                for position in rulings.indices { holdToDigest(&rulings[position], change, review, asker) }
            }
            return validated(change, rulings, review)
        }
    }

    /// Objects to a name without a digest, as far as the policies that the image was read for are enforced.
    private func holdToDigest(
        _ ruling: inout ImageRuling, _ change: RequestedChange.AddedImages, _ review: AdmissionReview, _ asker: Asker
    ) {
        guard let finding = ruling.unpinned else { return }
        ruling.decision.headline = finding
        ruling.decision.isBlocked = ruling.decision.enforcement.isEnforced
        webhook.judge.report(
            ImageJudge.Refusal(
                finding: finding, asker: asker, namespace: review.namespace, image: ruling.image,
                user: WebhookText.user(change, ruling.uses, review), isBlocked: ruling.decision.isBlocked,
                isDryRun: review.isDryRun))
    }

    private func validated(
        _ change: RequestedChange.AddedImages, _ rulings: [ImageRuling], _ review: AdmissionReview
    ) -> AdmissionAnswer {
        var answer = AdmissionAnswer(to: review.uid)
        answer.annotations = AdmissionAnswer.annotations(rulings)
        answer.warnings = WebhookText.warnings(rulings.filter(\.isWarnedAbout), change.object)
        let blocked = rulings.filter(\.decision.isBlocked)
        guard !blocked.isEmpty else { return answer }
        answer.isAllowed = false
        let causes = blocked.flatMap { ruling in
            ruling.uses.compactMap { use in
                ruling.decision.headline.map { AdmissionAnswer.cause($0, field: WebhookText.field(use.pointer)) }
            }
        }
        answer.status = AdmissionAnswer.Status(
            message: WebhookText.denial(blocked, of: rulings.count, change.object, namespace: review.namespace),
            code: 403, details: review.details(causes: Array(causes.prefix(WebhookText.mostCauses))))
        return answer
    }
}

/// `POST /v1/kubernetes/mutate`: pins the images that a request adds to the digests that were verified
/// (MutatingWebhookConfiguration, `admission.k8s.io/v1`). It denies nothing that it could read: that is for
/// ``KubernetesValidation``, which sees the object as every other webhook left it.
public struct KubernetesMutation: Surface {
    private let webhook: Webhook

    public init(service: DecisionService, configuration: KubernetesConfiguration) {
        self.init(judge: ImageJudge(service), configuration: configuration)
    }

    init(judge: ImageJudge, configuration: KubernetesConfiguration) {
        webhook = Webhook(
            judge: judge, configuration: configuration, asker: .kubernetesMutate,
            // Without anything to pin nothing is judged, and nobody waits.
            isAsked: { configuration.pinning.covers($0) })
    }

    public var name: SurfaceName { .kubernetesMutate }
    public var routes: [SurfaceRoute] {
        [SurfaceRoute("POST", "/v1/kubernetes/mutate", bodyByteLimit: AdmissionReview.mostBytes)]
    }

    public func answer(_ request: SurfaceRequest) async -> SurfaceResponse {
        await webhook.answer(request) { change, rulings, review, _ in
            var answer = AdmissionAnswer(to: review.uid)
            answer.annotations = AdmissionAnswer.annotations(rulings)
            answer.patch = PinPatch.operations(change, rulings, by: webhook.configuration.pinning)
            return answer
        }
    }
}

/// What both webhooks have in common: from the body to the images that have to be judged, and their decisions.
private struct Webhook: Sendable {
    let judge: ImageJudge
    let configuration: KubernetesConfiguration
    let asker: Asker.Surface
    /// Whether what a request adds concerns this webhook.
    var isAsked: @Sendable (RequestedChange.AddedImages) -> Bool = { _ in true }
    /// Whether a name without a digest has no place in what a request adds.
    var needsDigests: @Sendable (RequestedChange.AddedImages) -> Bool = { _ in false }

    func answer(
        _ request: SurfaceRequest,
        judged: (RequestedChange.AddedImages, [ImageRuling], AdmissionReview, Asker) -> AdmissionAnswer
    ) async -> SurfaceResponse {
        let asker = Asker(surface: asker, identity: request.askedBy)
        let document: JSONDocument
        let uid: String
        do throws(AdmissionReviewError) {
            document = try AdmissionReview.document(request.body)
            uid = try AdmissionReview.uid(in: document)
        } catch {
            // An answer without the request's uid would not be understood; the API server takes this for a failed call,
            // and does what its `failurePolicy` says.
            return Problem.malformedBody.because(error.message).response()
        }
        let review: AdmissionReview
        do throws(AdmissionReviewError) { review = try AdmissionReview(parsing: document) } catch {
            let finding = Finding(.serviceMalformedRequest, error.message)
            // Nothing of it can be relied upon, a dry run as little as a namespace.
            judge.report(
                ImageJudge.Refusal(finding: finding, asker: asker, namespace: nil, isBlocked: true, isDryRun: false))
            return SurfaceResponse(body: AdmissionAnswer.refused(finding, uid: uid).body)
        }
        let answer: AdmissionAnswer
        switch RequestedChange(review, kinds: configuration.kinds) {
        case .nothing(let reason): answer = .nothing(reason, to: review)
        case .unreadable(let finding):
            let isBlocked = judge.blocksUnread(review.namespace)
            judge.report(
                ImageJudge.Refusal(
                    finding: finding, asker: asker, namespace: review.namespace, user: WebhookText.user(review),
                    isBlocked: isBlocked, isDryRun: review.isDryRun))
            answer = .unreadable(finding, to: review, isBlocked: isBlocked)
        case .images(let change):
            guard isAsked(change) else {
                answer = .nothing(.notPinned, to: review)
                break
            }
            let rulings = await judge.rulings(
                on: change, of: review, asker: asker, needsDigest: needsDigests(change), within: request.timeout)
            answer = judged(change, rulings, review, asker)
        }
        return SurfaceResponse(body: answer.body)
    }
}

extension ImageRuling {
    /// A policy objects that is not enforced here, and wants people to be told.
    fileprivate var isWarnedAbout: Bool {
        guard !decision.isBlocked, decision.headline != nil else { return false }
        switch decision.enforcement.stage {
        case .warn, .pilot: return true
        case .observe: return false
        case .enforce: return true
        }
    }
}
