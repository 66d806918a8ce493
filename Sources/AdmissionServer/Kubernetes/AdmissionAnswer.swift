import Admission
import AdmissionPolicy
import Findings
import StrictEncoding

/// What an API server is told (`admission.k8s.io/v1`, `AdmissionReview.response`).
struct AdmissionAnswer: Sendable {
    let uid: String
    var isAllowed = true
    /// Of a denial.
    var status: Status?
    /// JSON Patch (RFC 6902); none where nothing is changed.
    var patch: [JSONTree] = []
    /// For whoever asked the API server.
    var warnings: [String] = []
    /// For the API server's audit log, which puts the webhook's name before each key.
    var annotations: [(key: String, value: String)] = []

    /// `metav1.Status`, as much of it as is used.
    struct Status: Sendable {
        var message: String
        /// 403 for what was judged, 400 for what could not be read.
        var code: Int
        /// Kind, group and name of the object.
        var details: JSONTree
    }

    /// Longest value of an annotation, bytes: audit logs are paid by the line.
    static let longestAnnotation = 1_024

    init(to uid: String) { self.uid = uid }

    /// The answer as a body.
    var body: [UInt8] {
        var response: [ExactString: JSONTree] = ["uid": .string(uid), "allowed": .bool(isAllowed)]
        if let status {
            response["status"] = [
                "status": "Failure", "message": .string(status.message),
                "reason": status.code == 403 ? "Forbidden" : "BadRequest", "code": .integer(Int64(status.code)),
                "details": status.details,
            ]
        }
        if !patch.isEmpty {
            response["patchType"] = "JSONPatch"
            response["patch"] = .string(Base64.encode(JSONTree.array(patch).canonicalBytes()))
        }
        if !warnings.isEmpty { response["warnings"] = JSONTree(strings: warnings) }
        if !annotations.isEmpty {
            response["auditAnnotations"] = .object(
                Dictionary(
                    annotations.map { key, value in
                        (ExactString(key), .string(WebhookText.cut(Finding.escaped(value), to: Self.longestAnnotation)))
                    }, uniquingKeysWith: { first, _ in first }))
        }
        let review: JSONTree = [
            "apiVersion": .string(AdmissionReview.apiVersion), "kind": "AdmissionReview", "response": .object(response),
        ]
        return review.canonicalBytes()
    }
}

extension AdmissionAnswer {
    /// The request brings in no image.
    static func nothing(_ reason: RequestedChange.Reason, to review: AdmissionReview) -> AdmissionAnswer {
        var answer = AdmissionAnswer(to: review.uid)
        answer.annotations = [(key: "not-judged", value: reason.rawValue)]
        return answer
    }

    /// The images of the object can't be told.
    static func unreadable(_ finding: Finding, to review: AdmissionReview, isBlocked: Bool) -> AdmissionAnswer {
        var answer = AdmissionAnswer(to: review.uid)
        answer.annotations = [(key: "reason-codes", value: finding.code.name)]
        guard isBlocked else {
            answer.warnings = [
                WebhookText.cut(
                    "images were not judged: \(finding.code.name): \(Finding.escaped(finding.message))",
                    to: WebhookText.longestWarning)
            ]
            return answer
        }
        answer.isAllowed = false
        answer.status = Status(
            message: WebhookText.denial(finding, review), code: 403,
            details: review.details(causes: [cause(finding, field: nil)]))
        return answer
    }

    /// The request itself is malformed.
    static func refused(_ finding: Finding, uid: String) -> AdmissionAnswer {
        var answer = AdmissionAnswer(to: uid)
        answer.isAllowed = false
        answer.annotations = [(key: "reason-codes", value: finding.code.name)]
        answer.status = Status(
            message: "\(finding.code.name): \(finding.message)", code: 400,
            details: ["causes": .array([cause(finding, field: nil)])])
        return answer
    }

    /// What was decided, for the audit log.
    static func annotations(_ rulings: [ImageRuling]) -> [(key: String, value: String)] {
        let codes = Set(rulings.compactMap { $0.decision.headline?.code.name })
            .sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        let ids = rulings.compactMap(\.decision.id)
        let worst =
            rulings.contains { $0.decision.verdict == .reject }
            ? "reject" : rulings.contains { $0.decision.verdict == .undecided } ? "undecided" : "admit"
        let stated = [
            (key: "verdict", value: worst), (key: "reason-codes", value: codes.joined(separator: ",")),
            (key: "verdict-ids", value: ids.joined(separator: ",")),
        ]
        return stated.filter { !$0.value.isEmpty }
    }

    /// `metav1.StatusCause`.
    static func cause(_ finding: Finding, field: String?) -> JSONTree {
        JSONTree(members: [
            "reason": .string(finding.code.name),
            "message": .string(WebhookText.cut(Finding.escaped(finding.message), to: 512)),
            "field": field.map { .string($0) },
        ])
    }
}

extension AdmissionReview {
    /// `metav1.StatusDetails`.
    func details(causes: [JSONTree]) -> JSONTree {
        JSONTree(members: [
            "name": name.map { .string(WebhookText.cut(Finding.escaped($0), to: 253)) },
            "group": kind.group.isEmpty ? nil : .string(WebhookText.cut(Finding.escaped(kind.group), to: 253)),
            "kind": .string(WebhookText.cut(Finding.escaped(kind.name), to: 63)),
            "causes": causes.isEmpty ? nil : .array(causes),
        ])
    }
}
