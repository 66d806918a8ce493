import Content
public import Findings
public import StrictEncoding

/// Warns about policies that load and probably don't do what their author meant (docs/policy.md, "Lint").
///
/// Nothing here changes a decision. A warning is given only where it can be shown: a pattern that matches nothing at all,
/// a rule that another one implies; what merely looks unusual is left alone.
public enum PolicyLint {
    /// All warnings, sorted by file, line and column.
    ///
    /// - Parameters:
    ///   - sources: what `policies` was loaded from.
    ///   - tested: paths of files and directories that tests load.
    ///   - instant: the day by which ends of keys and exceptions are judged.
    public static func findings(
        _ sources: [PolicySource], _ policies: PolicySet, tested: [String], at instant: Instant
    ) -> [LintFinding] {
        let documents = sources.flatMap(LintDocument.read)
        let findings =
            documents.flatMap { document in
                PatternLint.findings(document) + SignerLint.findings(document, at: instant)
                    + RegexLint.findings(document)
            } + RuleLint.findings(policies, documents) + TestLint.findings(documents, tested: tested)
            + SignerLint.denied(policies, documents)
            + CertificateSignerLint.findings(policies, documents, at: instant)
            + ExceptionLint.findings(documents, at: instant)
        return Set(findings).sorted()
    }
}

/// One warning: where, what, and what would mend it.
public struct LintFinding: Sendable, Hashable, Comparable {
    public let code: ReasonCode
    public let place: PolicyPlace
    /// One line, lower case, no full stop.
    public let message: String
    public let mend: String

    init(_ code: ReasonCode, _ place: PolicyPlace, _ message: String, mend: String? = nil) {
        self.code = code
        self.place = place
        self.message = message
        self.mend = mend ?? code.mend
    }

    public static func < (a: LintFinding, b: LintFinding) -> Bool {
        if a.place != b.place { return a.place < b.place }
        if a.code != b.code { return a.code < b.code }
        return a.message.utf8.lexicographicallyPrecedes(b.message.utf8)
    }
}

extension LintFinding {
    /// The JSON form of all warnings; its schema is docs/policy-check.schema.json.
    public static func json(_ findings: [LintFinding], _ policies: PolicySet) -> JSONTree {
        [
            "schemaVersion": 1,
            "warnings": .array(
                findings.map { finding in
                    [
                        "code": .string(finding.code.name), "file": .string(finding.place.file),
                        "line": .integer(Int64(finding.place.line)), "column": .integer(Int64(finding.place.column)),
                        "message": .string(finding.message), "mend": .string(finding.mend),
                    ]
                }),
            "policies": JSONTree(strings: policies.policies.map(\.name.description)),
            "guardrails": JSONTree(strings: policies.guardrails.map(\.name.description)),
            "exceptions": JSONTree(strings: policies.exceptions.map(\.name.description)),
            "policyDigest": .string(policies.digest.description),
        ]
    }
}

/// A document as it is written, for what its values no longer show: where each stands.
struct LintDocument {
    let source: String
    let kind: Kind
    let name: String
    let root: PolicyNode

    enum Kind: String {
        case policy = "AdmissionPolicy"
        case guardrail = "Guardrail"
        case exception = "Exception"
    }

    var spec: PolicyNode? { root["spec"] }

    static func read(_ source: PolicySource) -> [LintDocument] {
        source.files.flatMap { file in
            StrictYAML.documents(
                file.bytes, file: source.shown(file.path), limits: StrictYAML.Limits(), PolicyProblems()
            ).compactMap { root in
                guard let kind = root["kind"]?.text.flatMap(Kind.init), let name = root["metadata"]?["name"]?.text
                else { return nil }
                return LintDocument(source: source.name, kind: kind, name: name, root: root)
            }
        }
    }

    /// The rules as they are written: requirements, their alternatives and what those hold, and denials.
    var rules: [PolicyNode] {
        (spec?["require"]?.items ?? []).flatMap(Self.withAlternatives) + (spec?["deny"]?.items ?? [])
    }

    private static func withAlternatives(_ rule: PolicyNode) -> [PolicyNode] {
        let inner = (rule["anyOf"]?.items ?? []) + (rule["allOf"]?.items ?? [])
        return [rule] + inner.flatMap(withAlternatives)
    }
}

extension PolicyNode {
    /// `name: value` of a mapping, in the order of the file; empty for anything else.
    var members: [Member] {
        if case .mapping(let members) = content { members } else { [] }
    }
}

/// Documents that no test loads.
enum TestLint {
    static func findings(_ documents: [LintDocument], tested: [String]) -> [LintFinding] {
        let tested = tested.map(PathText.normalised)
        return documents.compactMap { document in
            guard document.kind != .exception, !isTested(document.root.place.file, tested) else { return nil }
            return LintFinding(
                .lintNoTest, document.root.place, "no test loads the \(document.kind.noun) `\(document.name)`")
        }
    }

    private static func isTested(_ file: String, _ tested: [String]) -> Bool {
        let file = PathText.normalised(file)
        return tested.contains { path in
            path.utf8.elementsEqual(file.utf8) || path == "." && !file.utf8.starts(with: "/".utf8)
                || file.utf8.starts(with: (path + "/").utf8)
        }
    }
}

extension LintDocument.Kind {
    fileprivate var noun: String {
        switch self {
        case .policy: "policy"
        case .guardrail: "guardrail"
        case .exception: "exception"
        }
    }
}
