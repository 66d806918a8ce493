import Findings
public import StrictEncoding

/// A test of policies: images or evidence, and what the policies have to say of them.
public struct PolicyTestDocument: Sendable {
    public let name: String
    /// The policy files or directories under test, as written: relative to the test's file. At least one.
    public let policies: [String]
    /// At least one, with distinct names.
    public let cases: [Case]
    /// Where the document begins; its file is that of the test.
    public let place: PolicyPlace

    public struct Case: Sendable {
        public let name: String
        public let subject: Subject
        /// The name under which the image is judged, as written.
        public let reference: String?
        /// Nil for a request without one.
        public let namespace: String?
        /// The decision's instant.
        public let at: Instant
        /// Files or directories with evidence beside the image's own, as written. Only with an image.
        public let evidenceFiles: [String]
        /// Images in which approved bases are found, as written. Only with an image.
        public let bases: [String]
        public let expected: Expectation
        public let place: PolicyPlace
    }

    public enum Subject: Sendable, Hashable {
        /// A transport and its path, relative to the test's file: `oci:images/ledger`.
        case image(String)
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
    static let testSpec = FieldList(name: "`spec`", required: ["policies", "cases"])
    static let testCase = FieldList(
        name: "a case", required: ["name", "at", "expect"], optional: ["as", "namespace", "evidenceFiles", "base"],
        exactlyOneOf: ["image", "evidence"])
    static let expectation = FieldList(name: "`expect`", required: ["verdict"], optional: ["reasons", "rules"])
}

/// Reads `kind: PolicyTest`.
private struct PolicyTestReader {
    let reader: DocumentReader

    func test(_ fields: DocumentReader.Fields) -> PolicyTestDocument? {
        let metadata = reader.fields(of: fields["metadata"], .testMetadata)
        let name = reader.name(metadata?["name"], "a name")
        guard let spec = reader.fields(of: fields["spec"], .testSpec) else { return nil }
        let policies = reader.strings(spec["policies"], "`policies`")
        var names: Set<ExactString> = []
        let cases = reader.list(spec["cases"], "`cases`") { node -> PolicyTestDocument.Case? in
            guard let test = testCase(node) else { return nil }
            return reader.isNew(ExactString(test.name), node, &names) ? test : nil
        }
        guard let name, let policies, let cases else { return nil }
        return PolicyTestDocument(name: name, policies: policies, cases: cases, place: fields.place)
    }

    private func testCase(_ node: PolicyNode) -> PolicyTestDocument.Case? {
        guard let fields = reader.fields(of: node, .testCase) else { return nil }
        let before = reader.problems.count
        let name = reader.string(fields["name"], "a name")
        let at = instant(fields["at"])
        let image = reader.string(fields["image"], "`image`").map(PolicyTestDocument.Subject.image)
        let evidence = reader.string(fields["evidence"], "`evidence`").map(PolicyTestDocument.Subject.evidence)
        for key in ["evidenceFiles", "base"] where fields["image"] == nil {
            guard let node = fields[key] else { continue }
            reader.problems.add(
                .policyFileNoEffect, node.place, "expected `\(key)` with `image` only, found it without")
        }
        let reference = reader.string(fields["as"], "`as`")
        let namespace = reader.string(fields["namespace"], "`namespace`")
        let evidenceFiles = reader.strings(fields["evidenceFiles"], "`evidenceFiles`")
        let bases = reader.strings(fields["base"], "`base`")
        let expected = expectation(fields["expect"])
        guard let name, let at, let subject = image ?? evidence, let expected, reader.problems.count == before else {
            return nil
        }
        return PolicyTestDocument.Case(
            name: name, subject: subject, reference: reference, namespace: namespace, at: at,
            evidenceFiles: evidenceFiles ?? [], bases: bases ?? [], expected: expected, place: node.place)
    }

    private func instant(_ node: PolicyNode?) -> Instant? {
        guard let node = reader.present(node), let text = reader.string(node, "`at`") else { return nil }
        guard let instant = Instant(rfc3339: text) else {
            reader.problems.add(
                .policyFileBadValue, node.place,
                "expected a time of RFC 3339 like `2026-11-20T09:00:00Z`, found \(Finding.quoted(text))")
            return nil
        }
        return instant
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
