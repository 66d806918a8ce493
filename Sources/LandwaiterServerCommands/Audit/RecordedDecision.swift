import Admission
import Findings
import OCI
import StrictEncoding
import VerdictStorage

/// What a record says of a decision: read from its JSON, so that one from years ago and one from now are looked at the
/// same way.
struct RecordedDecision: Sendable, Hashable {
    struct Reason: Sendable, Hashable {
        var code: String
        var message: String
        var rule: String?
        var mend: String?
    }

    struct Evidence: Sendable, Hashable, Comparable {
        var digest: String
        /// What it is, as the record says.
        var kind: String

        static func < (a: Evidence, b: Evidence) -> Bool {
            a.digest.utf8.elementsEqual(b.digest.utf8)
                ? a.kind.utf8.lexicographicallyPrecedes(b.kind.utf8)
                : a.digest.utf8.lexicographicallyPrecedes(b.digest.utf8)
        }
    }

    var verdict: String
    var stage: String
    var isEnforced: Bool
    var at: String
    var engine: String
    var digest: String?
    var reference: String?
    var namespace: String?
    /// Nil for an admit.
    var reason: Reason?
    var policyDigest: String
    var trustDigest: String
    /// That counted, sorted.
    var evidence: [Evidence]
    /// What was waived, by name; sorted.
    var exceptions: [String]
    var insecure: [String]

    var isBlocked: Bool { verdict != "admit" && isEnforced }

    init(_ record: AdmissionRecord) { self.init(record.json) }

    /// Nil for bytes that are no JSON. What a field should hold and doesn't is left empty: a record is shown, not judged.
    init?(parsing bytes: [UInt8]) {
        guard let document = try? JSONDocument(parsing: bytes, limits: JSONLimits(bytes: 64 << 20, depth: 64)),
            let tree = JSONTree(document.root)
        else { return nil }
        self.init(tree)
    }

    init(_ json: JSONTree) {
        verdict = json["verdict"]?.text ?? ""
        stage = json["enforcement"]?["stage"]?.text ?? ""
        isEnforced = json["enforcement"]?["enforced"] == .bool(true)
        at = json["evaluatedAt"]?.text ?? ""
        engine = json["engine"]?["version"]?.text ?? ""
        digest = json["image"]?["digest"]?.text
        reference = json["request"]?["reference"]?["text"]?.text
        namespace = json["request"]?["namespace"]?.text
        if let headline = json["headline"], let code = headline["code"]?.text {
            reason = Reason(
                code: code, message: headline["message"]?.text ?? "", rule: headline["rule"]?.text,
                mend: headline["mend"]?.text)
        }
        policyDigest = json["policyDigest"]?.text ?? ""
        trustDigest = json["trustDigest"]?.text ?? ""
        evidence = Set(
            (json["evidence"]?["verified"]?.items ?? []).compactMap { item in
                item["evidence"]?.text.map { Evidence(digest: $0, kind: item["kind"]?.text ?? "evidence") }
            }
        ).sorted()
        exceptions = Set((json["exceptions"]?.items ?? []).compactMap { $0["name"]?.text }).sorted()
        insecure = (json["insecure"]?.items ?? []).compactMap(\.text)
    }
}

extension JSONTree {
    var text: String? { if case .string(let text) = self { text } else { nil } }
    var items: [JSONTree]? { if case .array(let items) = self { items } else { nil } }
}
