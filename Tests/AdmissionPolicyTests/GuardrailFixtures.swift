import AdmissionPolicy
import Content
import OCI
import StrictEncoding
import Testing

/// A guardrail of which tests give the parts that they are about.
func guardrailText(
    _ spec: String, name: String = "organisation", namespaces: String = "[\"**\"]", images: String = "[\"**\"]"
) -> String {
    let spec = spec.split(separator: "\n", omittingEmptySubsequences: false).map { "  " + $0 }.joined(separator: "\n")
    return """
        apiVersion: landwaiter.dev/v1
        kind: Guardrail
        metadata: {name: \(name), owner: security}
        spec:
          scope: {namespaces: \(namespaces), images: \(images)}
        \(spec)

        """
}

/// An exception for the requirement `tagged` of the policy `payments/finance`, for the image of ``Facts/admitted()``.
struct ExceptionText {
    var name = "fin-482"
    var owner: String? = "payments-platform"
    var policy = "payments/finance"
    var rule = "tagged"
    var namespaces = "[finance]"
    var images = "[\"registry.example/finance/ledger@\(Digest.image)\"]"
    var from = "2026-11-20T00:00:00Z"
    var expires = "2026-12-15T00:00:00Z"
    var reason: String? = "base rebuild ships in release 4.2"
    var ticket: String? = "FIN-482"

    var text: String {
        """
        apiVersion: landwaiter.dev/v1
        kind: Exception
        metadata: {name: \(name)\(owner.map { ", owner: \($0)" } ?? "")}
        spec:
          waives: {policy: \(policy), rule: \(rule)}
          scope: {namespaces: \(namespaces), images: \(images)}
          from: \(from)
          expires: \(expires)
        \(reason.map { "  reason: \($0)\n" } ?? "")\(ticket.map { "  ticket: \($0)\n" } ?? "")
        """
    }
}

enum Organisation {
    /// Exceptions from `exceptions` for the requirement `tagged` of finance.
    static let exceptions = """
        exceptions:
          from: [exceptions]
          mayWaive: [{policy: payments/finance, rule: tagged}]
          longest: 30d
          require: [owner, reason, ticket]
        """
    /// A requirement that does not hold for ``Facts/admitted()``.
    static let tagged = "- {id: tagged, on: image, image: {tag: {in: [other]}}}"
    static let signers = """
        signers:
          alice: {key: {file: keys/corporate.pub}}
          bob: {key: {file: keys/fourth.pub}}
          carol: {key: {file: keys/other.pub}}
        """
    static let breakGlass = signers + "\nbreakGlass: {approvers: {atLeast: 2, of: [alice, bob, carol]}, longest: 4h}"

    /// Of the team `payments`.
    static func finance(
        _ require: String = PolicyText.signature, namespaces: String = "[finance]", stage: String = "{stage: enforce}",
        deny: String? = nil
    ) -> String {
        var text = PolicyText()
        text.require = require
        text.namespaces = namespaces
        text.stage = stage
        text.deny = deny
        return text.text
    }

    static func source(_ name: String, _ texts: [String], mayCarryGuardrails: Bool = false) -> PolicySource {
        PolicySource(
            name: name, files: texts.enumerated().map { PolicyFile(path: "f\($0).yaml", bytes: Array($1.utf8)) },
            mayCarryGuardrails: mayCarryGuardrails
        ) { path in
            (Keys.files[path] ?? Roots.files[path] ?? Roots.lists[path]).map { .success(Array($0.utf8)) }
                ?? .failure(KeyFileError("no such file"))
        }
    }

    /// - Parameter guardrails: specifications, each of a guardrail of its own.
    static func load(
        _ policies: [String], guardrails: [String] = [], exceptions: [String] = [],
        exceptionSource: String = "exceptions"
    ) throws -> PolicySet {
        var sources = [source("payments", policies)]
        if !guardrails.isEmpty { sources.append(source("guardrails", guardrails, mayCarryGuardrails: true)) }
        if !exceptions.isEmpty { sources.append(source(exceptionSource, exceptions)) }
        return try PolicySet.load(sources)
    }

    static func errors(_ sources: [PolicySource]) -> [PolicyError] {
        do throws(PolicyLoadFailure) {
            _ = try PolicySet.load(sources)
            return []
        } catch {
            return error.errors
        }
    }
}

extension PolicySet {
    func decide(_ document: EvidenceDocument) -> PolicyEvaluation {
        PolicyEvaluator.evaluate(
            matching(namespace: document.request.namespace, reference: document.request.reference), document)
    }
}
