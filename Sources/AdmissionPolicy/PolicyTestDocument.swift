import Findings
public import StrictEncoding

/// A test of policies: images, plain files or evidence, and what the policies have to say of them.
public struct PolicyTestDocument: Sendable {
    public let name: String
    /// The files or directories with the policies and exceptions under test. At least one.
    public let policies: [Source]
    /// Those with the guardrails, which no other source may carry.
    public let guardrails: [Source]
    /// At least one, with distinct names.
    public let cases: [Case]
    /// Where the document begins; its file is that of the test.
    public let place: PolicyPlace

    /// A file or directory, and the name of the source that it is loaded as.
    public struct Source: Sendable, Hashable {
        /// Nil for the name that the command gives.
        public let name: String?
        /// As written: relative to the test's file.
        public let path: String
    }

    public struct Case: Sendable {
        public let name: String
        public let subject: Subject
        /// The name under which the image is judged, as written.
        public let reference: String?
        /// Nil for a request without one.
        public let namespace: String?
        /// The decision's instant.
        public let at: Instant
        /// Files or directories with evidence beside the image's own, or about the file, as written. Not with evidence.
        public let evidenceFiles: [String]
        /// Images in which approved bases are found, as written. Only with an image.
        public let bases: [String]
        /// Files whose certificates, logs and timestamps are believed, as written. Only with an image or an artifact.
        public let trustedRoots: [String]
        public let expected: Expectation
        public let place: PolicyPlace
    }

    public enum Subject: Sendable, Hashable {
        /// A transport and its path, relative to the test's file: `oci:images/ledger`.
        case image(String)
        /// A plain file, relative to the test's file, or its digest.
        case artifact(String)
        /// A file with an ``EvidenceDocument`` as JSON, relative to the test's file. The case states the request.
        case evidence(String)
    }

    public struct Expectation: Sendable, Hashable {
        public let verdict: Verdict
        /// Names of reason codes that have to be among the findings. Empty if any will do, and for `admit`.
        public let reasons: [String]
        /// Rules that must not hold: `rule`, `policy#rule` or `source/policy#rule`. Empty if any will do, and for `admit`.
        public let rules: [String]
    }

    /// Reads every document of kind `PolicyTest`; documents of other kinds are passed over.
    ///
    /// - Throws: everything that is wrong.
    public static func load(
        _ files: [PolicyFile], directory: String = ""
    ) throws(PolicyLoadFailure) -> [PolicyTestDocument] {
        let problems = PolicyProblems()
        let reader = DocumentReader(problems: problems)
        let source = PolicySource(name: "tests", directory: directory, files: files) { _ in
            .failure(KeyFileError("tests have no keys"))
        }
        var tests: [PolicyTestDocument] = []
        for file in files {
            let documents = StrictYAML.documents(
                file.bytes, file: source.shown(file.path), limits: StrictYAML.Limits(), problems)
            for document in documents {
                guard let header = DocumentHeader(document, reader), header.kind == .policyTest else { continue }
                if let test = PolicyTestReader(reader: reader).test(header.fields) { tests.append(test) }
            }
        }
        guard problems.errors.isEmpty else { throw PolicyLoadFailure(problems.errors) }
        return tests
    }
}

extension FieldList {
    static let testMetadata = FieldList(name: "`metadata`", required: ["name"], optional: ["owner"])
    static let testSpec = FieldList(name: "`spec`", required: ["policies", "cases"], optional: ["guardrails"])
    static let testSource = FieldList(name: "a source", required: ["source", "path"])
    static let testCase = FieldList(
        name: "a case", required: ["name", "at", "expect"],
        optional: ["as", "namespace", "evidenceFiles", "base", "trustedRoots"],
        exactlyOneOf: ["image", "artifact", "evidence"])
    static let expectation = FieldList(name: "`expect`", required: ["verdict"], optional: ["reasons", "rules"])
}

/// Reads `kind: PolicyTest`.
private struct PolicyTestReader {
    let reader: DocumentReader

    func test(_ fields: DocumentReader.Fields) -> PolicyTestDocument? {
        let metadata = reader.fields(of: fields["metadata"], .testMetadata)
        let name = reader.name(metadata?["name"], "a name")
        guard let spec = reader.fields(of: fields["spec"], .testSpec) else { return nil }
        let before = reader.problems.count
        let policies = sources(spec["policies"], "`policies`")
        let guardrails = sources(spec["guardrails"], "`guardrails`")
        var names: Set<ExactString> = []
        let cases = reader.list(spec["cases"], "`cases`") { node -> PolicyTestDocument.Case? in
            guard let test = testCase(node) else { return nil }
            return reader.isNew(ExactString(test.name), node, &names) ? test : nil
        }
        guard let name, let policies, let cases, reader.problems.count == before else { return nil }
        return PolicyTestDocument(
            name: name, policies: policies, guardrails: guardrails ?? [], cases: cases, place: fields.place)
    }

    /// A path, or `{source: NAME, path: PATH}`.
    private func sources(_ node: PolicyNode?, _ what: String) -> [PolicyTestDocument.Source]? {
        var seen: Set<PolicyTestDocument.Source> = []
        return reader.list(node, what) { item -> PolicyTestDocument.Source? in
            let source: PolicyTestDocument.Source?
            if case .mapping = item.content {
                let fields = reader.fields(of: item, .testSource)
                let name = reader.name(fields?["source"], "a source's name")
                let path = reader.string(fields?["path"], "a path")
                source = name.flatMap { name in path.map { .init(name: name, path: $0) } }
            } else {
                source = reader.string(item, what).map { .init(name: nil, path: $0) }
            }
            guard let source else { return nil }
            return reader.isNew(source, item, &seen) ? source : nil
        }
    }

    private func testCase(_ node: PolicyNode) -> PolicyTestDocument.Case? {
        guard let fields = reader.fields(of: node, .testCase) else { return nil }
        let before = reader.problems.count
        let name = reader.string(fields["name"], "a name")
        let at = reader.instant(fields["at"], "`at`")
        let image = reader.string(fields["image"], "`image`").map(PolicyTestDocument.Subject.image)
        let evidence = reader.string(fields["evidence"], "`evidence`").map(PolicyTestDocument.Subject.evidence)
        let artifact = reader.string(fields["artifact"], "`artifact`").map(PolicyTestDocument.Subject.artifact)
        if let node = fields["base"], fields["image"] == nil {
            reader.problems.add(
                .policyFileNoEffect, node.place, "expected `base` with `image` only, found it without")
        }
        for key in ["evidenceFiles", "trustedRoots"] where fields["image"] == nil && fields["artifact"] == nil {
            guard let node = fields[key] else { continue }
            reader.problems.add(
                .policyFileNoEffect, node.place,
                "expected `\(key)` with `image` or `artifact` only, found it without")
        }
        let reference = reader.string(fields["as"], "`as`")
        let namespace = reader.string(fields["namespace"], "`namespace`")
        let evidenceFiles = reader.strings(fields["evidenceFiles"], "`evidenceFiles`")
        let bases = reader.strings(fields["base"], "`base`")
        let roots = reader.strings(fields["trustedRoots"], "`trustedRoots`")
        let expected = expectation(fields["expect"])
        guard let name, let at, let subject = image ?? artifact ?? evidence, let expected,
            reader.problems.count == before
        else {
            return nil
        }
        return PolicyTestDocument.Case(
            name: name, subject: subject, reference: reference, namespace: namespace, at: at,
            evidenceFiles: evidenceFiles ?? [], bases: bases ?? [], trustedRoots: roots ?? [], expected: expected,
            place: node.place)
    }

    private func expectation(_ node: PolicyNode?) -> PolicyTestDocument.Expectation? {
        guard let fields = reader.fields(of: node, .expectation),
            let verdict = reader.word(fields["verdict"], "a verdict", Verdict.self)
        else { return nil }
        for key in ["reasons", "rules"] where verdict == .admit {
            guard let node = fields[key] else { continue }
            reader.problems.add(
                .policyFileNoEffect, node.place,
                "expected `\(key)` with reject or undecided only, found it with admit")
            return nil
        }
        let reasons = fields["reasons"].map { reader.strings($0, "`reasons`") } ?? []
        let rules = fields["rules"].map { reader.strings($0, "`rules`") } ?? []
        guard let reasons, let rules else { return nil }
        return .init(verdict: verdict, reasons: reasons, rules: rules)
    }
}
