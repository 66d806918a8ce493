import Admission
import AdmissionPolicy
import AdmissionService
import Content
import Findings
import Kubernetes
import OCI
import StrictEncoding
import Synchronization
import Testing

@testable import AdmissionServer

/// AdmissionReviews as an API server writes them, made after the types of `admission.k8s.io/v1`.
struct ReviewFixture: Sendable {
    var kind = "Pod"
    var operation = "CREATE"
    var subresource = ""
    var namespace: String? = "finance"
    var object: JSONTree?
    var oldObject: JSONTree?
    var isDryRun = false
    /// Changes the finished request, for what no API server would send.
    var edit: @Sendable (inout [ExactString: JSONTree]) -> Void = { _ in }

    static let uid = "705ab4f5-6393-11e8-b7cc-42010a800002"

    var request: [ExactString: JSONTree] {
        let (group, version, resource) = Self.names[kind] ?? ("example.dev", "v1", kind.lowercased() + "s")
        let gvk: JSONTree = ["group": .string(group), "version": .string(version), "kind": .string(kind)]
        let gvr: JSONTree = ["group": .string(group), "version": .string(version), "resource": .string(resource)]
        var request: [ExactString: JSONTree] = [
            "uid": .string(Self.uid), "kind": gvk, "requestKind": gvk, "resource": gvr, "requestResource": gvr,
            "name": "ledger", "operation": .string(operation), "dryRun": .bool(isDryRun),
            "userInfo": [
                "username": "system:serviceaccount:ci:deployer", "uid": "1",
                "groups": ["system:serviceaccounts", "system:authenticated"], "extra": ["some-key": ["one", "two"]],
            ],
            "options": ["apiVersion": "meta.k8s.io/v1", "kind": "CreateOptions", "fieldManager": "kubectl"],
            "object": object ?? .null, "oldObject": oldObject ?? .null,
        ]
        if let namespace { request["namespace"] = .string(namespace) }
        if !subresource.isEmpty {
            request["subResource"] = .string(subresource)
            request["requestSubResource"] = .string(subresource)
        }
        edit(&request)
        return request
    }

    var body: [UInt8] {
        let review: JSONTree = [
            "apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "request": .object(request),
        ]
        return review.canonicalBytes()
    }

    /// Group, version and resource of the API's own kinds.
    static let names: [String: (String, String, String)] = [
        "Pod": ("", "v1", "pods"), "PodTemplate": ("", "v1", "podtemplates"),
        "ReplicationController": ("", "v1", "replicationcontrollers"), "ConfigMap": ("", "v1", "configmaps"),
        "Binding": ("", "v1", "bindings"), "Scale": ("autoscaling", "v1", "deployments"),
        "Deployment": ("apps", "v1", "deployments"), "ReplicaSet": ("apps", "v1", "replicasets"),
        "StatefulSet": ("apps", "v1", "statefulsets"), "DaemonSet": ("apps", "v1", "daemonsets"),
        "Job": ("batch", "v1", "jobs"), "CronJob": ("batch", "v1", "cronjobs"),
    ]
    static let workloads = [
        "Pod", "PodTemplate", "ReplicationController", "ReplicaSet", "Deployment", "StatefulSet", "DaemonSet", "Job",
        "CronJob",
    ]

    /// An object of a kind around the `spec` of a pod.
    static func object(
        _ kind: String, _ pod: JSONTree, metadata: [ExactString: JSONTree] = [:], beside: [ExactString: JSONTree] = [:]
    ) -> JSONTree {
        let (group, version, _) = names[kind] ?? ("example.dev", "v1", "")
        var stated: [ExactString: JSONTree] = ["name": "ledger", "namespace": "finance"]
        stated.merge(metadata) { _, new in new }
        var object: [ExactString: JSONTree] = [
            "apiVersion": .string(group.isEmpty ? version : "\(group)/\(version)"), "kind": .string(kind),
            "metadata": .object(stated),
        ]
        func with(_ others: [ExactString: JSONTree], _ member: ExactString, _ value: JSONTree) -> JSONTree {
            .object(others.merging([member: value]) { _, new in new })
        }
        switch kind {
        case "Pod": object["spec"] = pod
        case "PodTemplate": object["template"] = ["metadata": ["labels": ["app": "ledger"]], "spec": pod]
        case "CronJob":
            object["spec"] = with(
                beside, "jobTemplate", ["spec": ["template": ["metadata": ["labels": [:]], "spec": pod]]])
        default: object["spec"] = with(beside, "template", ["metadata": ["labels": ["app": "ledger"]], "spec": pod])
        }
        return .object(object)
    }

    /// One container for each image, and whatever else is given.
    static func pod(
        _ images: String..., initImages: [String] = [], ephemeral: [String] = [], volumes: [String] = []
    ) -> JSONTree {
        func containers(_ images: [String], _ prefix: String) -> JSONTree {
            .array(
                images.enumerated().map { number, image in
                    [
                        "name": .string("\(prefix)\(number)"), "image": .string(image), "imagePullPolicy": "Always",
                        "resources": ["limits": ["memory": "64Mi"]],
                    ]
                })
        }
        var pod: [ExactString: JSONTree] = [
            "containers": containers(images, "app"), "restartPolicy": "Always", "serviceAccountName": "default",
        ]
        if !initImages.isEmpty { pod["initContainers"] = containers(initImages, "init") }
        if !ephemeral.isEmpty { pod["ephemeralContainers"] = containers(ephemeral, "debug") }
        if !volumes.isEmpty {
            pod["volumes"] = .array(
                [["name": "data", "emptyDir": [:]]]
                    + volumes.enumerated().map { number, image in
                        [
                            "name": .string("volume\(number)"),
                            "image": ["reference": .string(image), "pullPolicy": "IfNotPresent"],
                        ]
                    })
        }
        return .object(pod)
    }
}

/// Decisions by image, and a note of what was asked.
final class StatedDecisions: Sendable {
    private let decisions: [ExactString: ImageDecision]
    private let blocksUnread: Bool
    private let questions = Mutex<[Question]>([])
    private let reported = Mutex<[ImageJudge.Refusal]>([])

    init(_ decisions: [ExactString: ImageDecision] = [:], blocksUnread: Bool = true) {
        self.decisions = decisions
        self.blocksUnread = blocksUnread
    }

    var asked: [Question] { questions.withLock { $0 } }
    /// What operators were told of, beside the decisions.
    var refusals: [ImageJudge.Refusal] { reported.withLock { $0 } }
    var images: [String] { asked.map(\.image) }

    var judge: ImageJudge {
        ImageJudge(
            decide: { [self] questions, _ in
                self.questions.withLock { $0 += questions }
                return questions.map { decisions[ExactString($0.image)] ?? .admitted($0.image) }
            }, blocksUnread: { [blocksUnread] _ in blocksUnread },
            report: { [self] refusal in reported.withLock { $0.append(refusal) } })
    }

    func validate(_ fixture: ReviewFixture, pinning: Pinning = .off, kinds: WorkloadKinds = WorkloadKinds())
        async throws
        -> GivenAnswer
    {
        let surface = KubernetesValidation(
            judge: judge, configuration: KubernetesConfiguration(kinds: kinds, pinning: pinning))
        return try await GivenAnswer(surface.answer(.to("/v1/kubernetes/validate", fixture.body)))
    }

    func mutate(_ fixture: ReviewFixture, pinning: Pinning = .pods, kinds: WorkloadKinds = WorkloadKinds()) async throws
        -> GivenAnswer
    {
        let surface = KubernetesMutation(
            judge: judge, configuration: KubernetesConfiguration(kinds: kinds, pinning: pinning))
        return try await GivenAnswer(surface.answer(.to("/v1/kubernetes/mutate", fixture.body)))
    }
}

extension SurfaceRequest {
    static func to(_ path: String, _ body: [UInt8]) throws -> SurfaceRequest {
        SurfaceRequest(
            path: path, body: body, receivedAt: try #require(Instant(rfc3339: "2026-11-20T12:00:00Z")),
            timeout: .seconds(5))
    }
}

extension ImageDecision {
    static func digest(_ image: String) -> String { Digest(of: Array("image \(image)".utf8)).description }

    static let warned = Enforcement(.warn, policy: PolicyName(source: "team", name: "finance"), namespace: "finance")
    static let observed = Enforcement(
        .observe, policy: PolicyName(source: "team", name: "finance"), namespace: "finance")

    /// Read and admitted; the digest hangs on the name.
    static func admitted(_ image: String, _ enforcement: Enforcement = .always, isRead: Bool = true) -> ImageDecision {
        let reference = try? ImageReference(parsing: image)
        let pinned = reference.flatMap { reference in
            reference.digest == nil ? try? ImageReference(parsing: "\(reference)@\(digest(image))") : reference
        }
        return ImageDecision(
            verdict: .admit, isBlocked: false, enforcement: enforcement, id: "01jd", pinned: isRead ? pinned : nil)
    }

    static func rejected(_ enforcement: Enforcement = .always, _ finding: Finding? = nil) -> ImageDecision {
        ImageDecision(
            verdict: .reject, isBlocked: enforcement.isEnforced, enforcement: enforcement,
            headline: finding
                ?? Finding(
                    .policyDeniedSigner, "one of two signers is missing", expected: "`corporate`", found: "`nobody`",
                    rule: "team/finance#corporate-signature", mend: "sign the image with the corporate key"),
            id: "01je")
    }
}

/// An answer, read back.
struct GivenAnswer {
    let status: Int
    let root: JSONTree

    init(_ response: SurfaceResponse) throws {
        status = response.status
        root = try #require(JSONTree(JSONDocument(parsing: response.body).root))
    }

    var response: JSONTree? { root["response"] }
    var isAllowed: Bool? { if case .bool(let allowed)? = response?["allowed"] { allowed } else { nil } }
    var code: JSONTree? { response?["status"]?["code"] }
    var message: String { text(response?["status"]?["message"]) }
    var warnings: [String] { list(response?["warnings"]).map { text($0) } }
    var causes: [JSONTree] { list(response?["status"]?["details"]?["causes"]) }
    func annotation(_ key: String) -> String? { response?["auditAnnotations"]?[key].map { text($0) } }

    /// The patch, decoded.
    var patch: [JSONTree] {
        get throws {
            guard let encoded = response?["patch"] else {
                #expect(response?["patchType"] == nil)
                return []
            }
            #expect(response?["patchType"] == "JSONPatch")
            let document = try JSONDocument(parsing: Base64.decode(text(encoded)))
            return list(JSONTree(document.root))
        }
    }

    func text(_ value: JSONTree?) -> String { if case .string(let text)? = value { text } else { "" } }
    func list(_ value: JSONTree?) -> [JSONTree] { if case .array(let list)? = value { list } else { [] } }
}
