public import Content
import Findings
public import OCI
import StrictEncoding

/// All policies of all sources, checked and ready to decide.
public struct PolicySet: Sendable {
    /// Sorted by name. Never empty.
    public let policies: [AdmissionPolicy]
    /// Names what was loaded: SHA-256 over every document's kind, name, source and file digest. Computed once: a decision
    /// costs nothing for policies that do not match it.
    public let digest: Digest
    private let index: ScopeIndex

    /// Reads every document of every source.
    ///
    /// Nothing is loaded if anything is wrong: a set that lacks a policy whose file was refused would admit what that
    /// policy rejects. Documents of kind `PolicyTest` are passed over.
    ///
    /// - Throws: everything that is wrong, not only the first thing.
    public static func load(_ sources: [PolicySource]) throws(PolicyLoadFailure) -> PolicySet {
        var loader = PolicyLoader()
        for source in sources { loader.load(source) }
        BaseImageChain.check(loader.policies, loader.problems)
        if sources.isEmpty {
            loader.problems.add(
                .policyFileEmpty, PolicyPlace(file: "", line: 0, column: 0), "expected a policy source, found none")
        }
        guard loader.problems.errors.isEmpty else { throw PolicyLoadFailure(loader.problems.errors) }
        return PolicySet(loader.policies)
    }

    private init(_ policies: [AdmissionPolicy]) {
        self.policies = policies.sorted { $0.name < $1.name }
        digest = Self.digest(of: self.policies)
        index = ScopeIndex(self.policies)
    }

    /// The policies that speak about a request, sorted by name. Those that don't cost nothing: the namespace and the
    /// leading components of the image's name find the candidates.
    ///
    /// Without a namespace only policies whose namespaces hold `**` match, without a reference only those whose images
    /// do.
    public func matching(namespace: String?, reference: ImageReference?) -> [AdmissionPolicy] {
        index.candidates(namespace: namespace, reference: reference).map { policies[$0] }
            .filter { $0.scope.matches(namespace: namespace, reference: reference) }
    }
}

/// Reads the sources one after the other.
private struct PolicyLoader {
    let problems = PolicyProblems()
    var policies: [AdmissionPolicy] = []
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
        let before = (policies: policies.count, errors: problems.count)
        for file in source.files { load(file, of: source) }
        if policies.count == before.policies, problems.count == before.errors {
            problems.add(
                .policyFileEmpty, whole, "expected a policy in the source \(Finding.quoted(source.name)), found none")
        }
    }

    private mutating func load(_ file: PolicyFile, of source: PolicySource) {
        let documents = StrictYAML.documents(
            file.bytes, file: source.shown(file.path), limits: StrictYAML.Limits(), problems)
        let digest = Digest(of: file.bytes)
        let reader = DocumentReader(problems: problems)
        for document in documents {
            guard let header = DocumentHeader(document, reader), header.kind == .admissionPolicy,
                let policy = AdmissionPolicyReader(source: source, file: file, fileDigest: digest, reader: reader)
                    .policy(header.fields)
            else { continue }
            if let first = places[policy.name] {
                problems.add(
                    .policyFileTwice, policy.place,
                    "expected distinct names of policies in a source, found `\(policy.name)` again, first at \(first)")
            } else {
                places[policy.name] = policy.place
                policies.append(policy)
            }
        }
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
            reader.problems.add(
                .policyFileVersion, place, "expected `kind: AdmissionPolicy`, found \(Finding.quoted(kindName))",
                mend: Spelling.closest(to: kindName, among: DocumentKind.allCases.map(\.rawValue))
                    .map { "did you mean `\($0)`?" })
            return nil
        }
        guard kind == .admissionPolicy || kind == .policyTest else {
            reader.problems.add(
                .policyFileNotSupportedYet, place, "found `kind: \(kind.rawValue)`, which is not there yet")
            return nil
        }
        self.kind = kind
        self.fields = fields
    }
}

/// Finds candidates by namespace and by the leading components of the image's name.
///
/// A policy is entered under each pair of a literal namespace (or "any", for patterns) and the components of an image
/// pattern that come before its first wildcard. A request looks up its namespace and "any", each with every leading
/// part of its name: as many look-ups as the name has components, however many policies there are.
private struct ScopeIndex: Sendable {
    private struct Key: Hashable, Sendable {
        let namespace: ExactString?
        let prefix: ExactString
    }
    private var entries: [Key: [Int]] = [:]

    /// Of one policy. One with a thousand namespaces times a thousand images is looked at for every request instead.
    private static let mostEntries = 4096

    init(_ policies: [AdmissionPolicy]) {
        for (position, policy) in policies.enumerated() {
            let namespaces = Set(policy.scope.namespaces.map { $0.isLiteral ? ExactString($0.description) : nil })
            let prefixes = Set(policy.scope.images.map(Self.prefix))
            guard namespaces.count * prefixes.count <= Self.mostEntries else {
                entries[Key(namespace: nil, prefix: ""), default: []].append(position)
                continue
            }
            for namespace in namespaces {
                for prefix in prefixes {
                    entries[Key(namespace: namespace, prefix: prefix), default: []].append(position)
                }
            }
        }
    }

    /// Positions in the list of policies, ascending and distinct.
    func candidates(namespace: String?, reference: ImageReference?) -> [Int] {
        var found: Set<Int> = []
        for namespace in Set([nil, namespace.map { ExactString($0) }]) {
            for prefix in Self.prefixes(of: reference?.name) {
                found.formUnion(entries[Key(namespace: namespace, prefix: prefix)] ?? [])
            }
        }
        return found.sorted()
    }

    /// The components of a pattern before the first that holds a wildcard.
    private static func prefix(_ glob: Glob) -> ExactString {
        let components = glob.description.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        let literal = components.prefix {
            !$0.contains(UInt8(ascii: "*")) && !$0.contains(UInt8(ascii: "?"))
        }
        return ExactString(literal.map { String(Substring($0)) }.joined(separator: "/"))
    }

    /// The empty one, the first component, the first two, … all.
    private static func prefixes(of name: String?) -> [ExactString] {
        var prefixes: [ExactString] = [""]
        guard let name else { return prefixes }
        var end = name.utf8.startIndex
        while let slash = name.utf8[end...].firstIndex(of: UInt8(ascii: "/")) {
            prefixes.append(ExactString(String(name[..<slash])))
            end = name.utf8.index(after: slash)
        }
        prefixes.append(ExactString(name))
        return prefixes
    }
}
