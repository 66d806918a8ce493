import Content
import Findings
import StrictEncoding

/// Reads the sources one after the other.
struct PolicyLoader {
    let problems = PolicyProblems()
    private(set) var policies: [AdmissionPolicy] = []
    private(set) var guardrails: [Guardrail] = []
    private(set) var exceptions: [PolicyException] = []
    private var sources: Set<ExactString> = []
    private var places: [PolicyName: PolicyPlace] = [:]

    mutating func load(_ source: PolicySource) {
        let whole = PolicyPlace(file: source.directory.isEmpty ? source.name : source.directory, line: 0, column: 0)
        guard DocumentReader.isName(source.name) else {
            problems.add(
                .policyFileBadValue, whole,
                "expected a source's name of 1 to 63 lower-case letters, digits, `-`, `_` and `.`, found "
                    + Finding.quoted(source.name))
            return
        }
        guard sources.insert(ExactString(source.name)).inserted else {
            problems.add(
                .policyFileTwice, whole,
                "expected distinct names of sources, found \(Finding.quoted(source.name)) again")
            return
        }
        let before = (documents: documentCount, guardrails: guardrails.count, errors: problems.count)
        for file in source.files { load(file, of: source) }
        guard problems.count == before.errors else { return }
        if source.mayCarryGuardrails, guardrails.count == before.guardrails {
            problems.add(
                .policyFileEmpty, whole, "expected a guardrail in the source \(Finding.quoted(source.name)), found none"
            )
        } else if documentCount == before.documents {
            problems.add(
                .policyFileEmpty, whole,
                "expected a policy or an exception in the source \(Finding.quoted(source.name)), found none")
        }
    }

    private var documentCount: Int { policies.count + guardrails.count + exceptions.count }

    private mutating func load(_ file: PolicyFile, of source: PolicySource) {
        let documents = StrictYAML.documents(
            file.bytes, file: source.shown(file.path), limits: StrictYAML.Limits(), problems)
        let digest = Digest(of: file.bytes)
        let reader = DocumentReader(problems: problems)
        for document in documents {
            guard let header = DocumentHeader(document, reader) else { continue }
            switch header.kind {
            case .admissionPolicy:
                let policy = AdmissionPolicyReader(source: source, file: file, fileDigest: digest, reader: reader)
                    .policy(header.fields)
                if let policy, isNew(policy.name, policy.place) { policies.append(policy) }
            case .guardrail:
                let guardrail = GuardrailReader(source: source, file: file, fileDigest: digest, reader: reader)
                    .guardrail(header.fields)
                if let guardrail, isNew(guardrail.name, guardrail.place) { guardrails.append(guardrail) }
            case .exception:
                let exception = PolicyExceptionReader(source: source, fileDigest: digest, reader: reader)
                    .exception(header.fields)
                if let exception, isNew(exception.name, exception.place) { exceptions.append(exception) }
            case .policyTest: break
            }
        }
    }

    /// A name stands for one document of a source, of whatever kind: rules and exceptions are told by it.
    private mutating func isNew(_ name: PolicyName, _ place: PolicyPlace) -> Bool {
        guard let first = places[name] else {
            places[name] = place
            return true
        }
        problems.add(
            .policyFileTwice, place,
            "expected distinct names of documents in a source, found `\(name)` again, first at \(first)")
        return false
    }
}

/// The kinds of documents that policy files may hold.
enum DocumentKind: String, CaseIterable {
    case admissionPolicy = "AdmissionPolicy"
    case policyTest = "PolicyTest"
    case guardrail = "Guardrail"
    case exception = "Exception"
}

/// `apiVersion` and `kind`, which say how the rest is to be read.
struct DocumentHeader {
    static let apiVersion = "landwaiter.dev/v1"

    let kind: DocumentKind
    let fields: DocumentReader.Fields

    /// Nil if the document was refused.
    init?(_ document: PolicyNode, _ reader: DocumentReader) {
        guard let fields = reader.fields(of: document, .document) else { return nil }
        let version = reader.string(fields["apiVersion"], "`apiVersion`")
        let kindName = reader.string(fields["kind"], "`kind`")
        guard let version, let kindName else { return nil }
        guard version.utf8.elementsEqual(Self.apiVersion.utf8) else {
            reader.problems.add(
                .policyFileVersion, fields["apiVersion"]?.place ?? fields.place,
                "expected `apiVersion: \(Self.apiVersion)`, found \(Finding.quoted(version))")
            return nil
        }
        let place = fields["kind"]?.place ?? fields.place
        guard let kind = DocumentKind.allCases.first(where: { $0.rawValue.utf8.elementsEqual(kindName.utf8) }) else {
            let kinds = DocumentKind.allCases.map { "`kind: \($0.rawValue)`" }.joined(separator: ", ")
            reader.problems.add(
                .policyFileVersion, place, "expected one of \(kinds), found \(Finding.quoted(kindName))",
                mend: Spelling.closest(to: kindName, among: DocumentKind.allCases.map(\.rawValue))
                    .map { "did you mean `\($0)`?" })
            return nil
        }
        self.kind = kind
        self.fields = fields
    }
}
