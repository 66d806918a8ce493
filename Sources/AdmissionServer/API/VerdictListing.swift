import StrictEncoding
import VerdictStorage

/// The parameters of a list of verdicts.
struct VerdictListing {
    let query: VerdictQuery

    /// All of them, besides `limit` and `after`.
    static let filters: Set<String> = [
        "digest", "image", "repository", "namespace", "policy", "verdict", "reason", "surface", "since", "until",
    ]

    /// - Parameter filters: those that the route knows. What it does not know is an error: a filter that is misspelt and
    ///   passed over would show everything.
    init(_ request: SurfaceRequest, filters: Set<String>) throws(Problem) {
        var query = VerdictQuery(limit: Self.usualCount, isSummary: true)
        for (name, value) in request.query {
            guard filters.contains(name) || name == "limit" || name == "after" else { throw .unknownParameter }
            guard !value.isEmpty, value.utf8.count <= Self.longestValue else {
                throw .malformedParameter.because("expected a value for `\(name)`, found none or a longer one")
            }
            switch name {
            case "digest": query.digest = value
            case "image": query.image = value
            case "repository": query.repository = value
            case "namespace": query.namespace = value
            case "policy": query.policy = value
            case "verdict":
                guard ["admit", "reject", "undecided"].contains(ExactString(value)) else {
                    throw .malformedParameter.because(
                        "expected admit, reject or undecided for `verdict`, found another")
                }
                query.verdict = value
            case "reason": query.headline = value
            case "surface": query.surface = value
            case "since": query.since = try Self.instant(value, name)
            case "until": query.until = try Self.instant(value, name)
            case "limit":
                guard let limit = Int(value), (1...Self.mostCount).contains(limit), String(limit) == value else {
                    throw .malformedParameter.because(
                        "expected 1 to \(Self.mostCount) for `limit`, found another value")
                }
                query.limit = limit
            default:
                guard let cursor = VerdictCursor(value) else {
                    throw .malformedParameter.because(
                        "expected what `next` of a page said for `after`, found another text")
                }
                query.after = cursor
            }
        }
        self.query = query
    }

    private static func instant(_ text: String, _ name: String) throws(Problem) -> Instant {
        guard let instant = Instant(rfc3339: text) else {
            throw .malformedParameter.because("expected a time of RFC 3339 for `\(name)`, found another text")
        }
        return instant
    }

    private static let usualCount = 100
    private static let mostCount = 1_000
    /// References and names in policies are shorter.
    private static let longestValue = 1 << 10
}

extension StoredVerdict {
    /// A line of a list.
    var summaryJSON: JSONTree { .object(summary) }

    /// The verdict with its record and what it rests on.
    var fullJSON: JSONTree {
        var members = summary
        members["policies"] = .array(
            policies.map {
                [
                    "name": .string($0.name), "verdict": .string($0.verdict), "stage": .string($0.stage),
                    "isEnforced": .bool($0.isEnforced),
                ]
            })
        members["evidence"] = .array(
            evidence.map { evidence in
                [
                    "digest": .string(evidence.digest),
                    "facts": .array(
                        evidence.facts.map { ["kind": .string($0.kind.rawValue), "value": .string($0.value)] }),
                ]
            })
        // Written by us; one that can't be read any more is left out and not guessed at.
        if let document = try? JSONDocument(parsing: record) { members["record"] = JSONTree(document.root) }
        return .object(members)
    }

    private var summary: [ExactString: JSONTree] {
        let optional: [(ExactString, String?)] = [
            ("repository", repository), ("digest", digest), ("namespace", namespace), ("askedBy", askedBy),
            ("user", user), ("reason", headline),
        ]
        var members: [ExactString: JSONTree] = [
            "id": .string(id.description), "decidedAt": .string(decidedAt.description), "verdict": .string(verdict),
            "isBlocked": .bool(isBlocked), "stage": .string(stage), "image": .string(image),
            "surface": .string(surface), "policyDigest": .string(policyDigest), "trustDigest": .string(trustDigest),
        ]
        for (name, value) in optional {
            if let value { members[name] = .string(value) }
        }
        return members
    }
}
