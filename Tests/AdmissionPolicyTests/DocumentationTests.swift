import Findings
import SBOM
import StrictEncoding
import Testing

@testable import AdmissionPolicy

#if canImport(Glibc)
    import Glibc
#endif

/// docs/policy.md and the schemas say what the reader does.
@Suite struct DocumentationTests {
    private static func file(_ path: String) throws -> String {
        var root = #filePath.split(separator: "/", omittingEmptySubsequences: false)
        root.removeLast(3)
        return String(decoding: try bytes(root.joined(separator: "/") + "/docs/" + path), as: UTF8.self)
    }

    private static func bytes(_ path: String) throws -> [UInt8] {
        guard let file = fopen(path, "rb") else { throw Missing() }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = fread(&buffer, 1, buffer.count, file)
            guard count > 0 else { return bytes }
            bytes += buffer[..<count]
        }
    }

    static func schema(_ name: String) throws -> JSONSchema {
        let document = try JSONDocument(parsing: Array(try file(name).utf8))
        return JSONSchema(root: try #require(JSONTree(document.root)))
    }

    /// The examples of a page whose fence says that they are of this kind.
    private static func examples(_ kind: String) throws -> [String] {
        var examples: [String] = []
        var current: [Substring]?
        for line in try file("policy.md").split(separator: "\n", omittingEmptySubsequences: false) {
            if line.hasPrefix("```") {
                if let lines = current { examples.append(lines.joined(separator: "\n") + "\n") }
                current = current == nil && line == "```\(kind)" ? [] : nil
            } else {
                current?.append(line)
            }
        }
        return examples
    }

    private static func load(_ text: String) throws {
        let source = PolicySource(
            name: "docs", files: [PolicyFile(path: "p.yaml", bytes: Array(text.utf8))],
            keyDirectory: { $0 == "keys/developers" ? .success(["one.pub"]) : .failure(KeyFileError("no directory")) }
        ) { path in
            let names = [
                "keys/release.pub": "rsa", "keys/corporate.pub": "corporate", "keys/2025.pub": "other",
                "keys/2024.pub": "fourth",
            ]
            let beside = [
                "bundles/2026-10.json": "bundles/first.json", "bundles/current.json": "bundles/second.json",
                "lists/example.org.crl": "lists/corporate.crl",
            ]
            if let file = beside[path].flatMap({ Roots.lists[$0] }) { return .success(Array(file.utf8)) }
            if path.hasPrefix("roots/") { return .success(Array((Roots.files["roots/corporate.pem"] ?? "").utf8)) }
            let name = "keys/\(names[path] ?? "pipeline").pub"
            return .success(Array((Keys.files[name] ?? "").utf8))
        }
        _ = try PolicySet.load([source])
    }

    /// A fragment of a policy made whole.
    private static func policy(signers: String? = nil, requirement: String? = nil, denial: String? = nil) -> String {
        func item(_ text: String, _ indentation: String) -> String {
            text.split(separator: "\n").enumerated().map { indentation + ($0 == 0 ? "- " : "  ") + $1 }
                .joined(separator: "\n")
        }
        var policy = PolicyText()
        policy.signers =
            signers.map { $0.split(separator: "\n").map { "    " + $0 }.joined(separator: "\n") }
                ?? """
                    corporate: {key: {file: keys/corporate.pub}}
                    release: {key: {file: keys/release.pub}}
                    pipeline: {key: {file: keys/pipeline.pub}}
                """
        if let signers, !signers.contains("corporate:") {
            policy.signers += "\n    corporate: {key: {file: keys/corporate.pub}}"
        }
        if let requirement { policy.require = item(requirement, "") }
        if let denial { policy.deny = item(denial, "") }
        return policy.text
    }

    private static func policies() throws -> [String] {
        try examples("yaml policy") + examples("yaml requirement").map { policy(requirement: $0) }
            + examples("yaml denial").map { policy(denial: $0) } + examples("yaml signers").map { policy(signers: $0) }
    }

    /// A document as JSON, as an editor that knows the schema sees it.
    private static func json(_ text: String) throws -> [JSONTree] {
        func tree(_ node: PolicyNode) -> JSONTree {
            switch node.content {
            case .mapping(let members):
                .object(Dictionary(uniqueKeysWithValues: members.map { (ExactString($0.key), tree($0.value)) }))
            case .sequence(let items): .array(items.map(tree))
            case .scalar(let scalar):
                switch scalar.kind {
                case .bool: .bool(scalar.text == "true")
                case .integer: Int64(scalar.text).map(JSONTree.integer) ?? .string(scalar.text)
                case .float: JSONNumber(literal: scalar.text).map(JSONTree.number) ?? .string(scalar.text)
                default: .string(scalar.text)
                }
            case .refused: .null
            }
        }
        return try StrictYAML.documents(Array(text.utf8), file: "p.yaml").map(tree)
    }

    @Test func everyPolicyExampleLoads() throws {
        let policies = try Self.policies()
        #expect(policies.count == 21)
        for text in policies {
            #expect(throws: Never.self, "\(text)") { try Self.load(text) }
        }
    }

    @Test func everyGuardrailAndExceptionExampleLoads() throws {
        let guardrails = try Self.examples("yaml guardrail")
        let exceptions = try Self.examples("yaml exception")
        #expect(guardrails.count == 1)
        #expect(exceptions.count == 1)
        let keys = ["keys/alice.pub": "keys/corporate.pub", "keys/bob.pub": "keys/fourth.pub"]
        func source(_ name: String, _ texts: [String], _ mayCarryGuardrails: Bool) -> PolicySource {
            PolicySource(
                name: name,
                files: texts.enumerated().map { PolicyFile(path: "\($0).yaml", bytes: Array($1.utf8)) },
                mayCarryGuardrails: mayCarryGuardrails
            ) { .success(Array((Keys.files[keys[$0] ?? "keys/other.pub"] ?? "").utf8)) }
        }
        let set = try PolicySet.load([
            source("guardrails", guardrails, true), source("exceptions", exceptions, false),
        ])
        #expect(set.guardrails.count == 1)
        #expect(set.exceptions.count == 1)
        let schema = try Self.schema("policy.schema.json")
        for text in guardrails + exceptions {
            for document in try Self.json(text) { #expect(try schema.problems(document) == [], "\(text)") }
        }
    }

    /// Fields of one kind of document are not those of another.
    @Test func theSchemaTellsKindsApart() throws {
        let schema = try Self.schema("policy.schema.json")
        for text in try Self.examples("yaml guardrail") + Self.examples("yaml exception") {
            for kind in ["Guardrail", "Exception"] {
                let other = text.replacing("kind: \(kind)", with: "kind: AdmissionPolicy")
                guard other != text else { continue }
                for document in try Self.json(other) { #expect(try !schema.problems(document).isEmpty) }
            }
        }
    }

    @Test(arguments: GuardrailLoadingTests.mistakes)
    func schemaRefusesMistakesInGuardrailsAndExceptions(_ mistake: GuardrailLoadingTests.Mistake) throws {
        let beyond: Set<String> = [
            "one approver", "more approvers than there are", "one key under two names is one approver",
            "approver who is not defined", "delegation to no namespace", "a guardrail's rule as waivable",
            "exception without namespaces", "exception for a tag", "exception that ends as it begins",
        ]
        guard !beyond.contains(mistake.title) else { return }
        let schema = try Self.schema("policy.schema.json")
        for document in try Self.json(mistake.text) { #expect(try !schema.problems(document).isEmpty) }
    }

    @Test func everyTestExampleLoads() throws {
        let tests = try Self.examples("yaml test")
        #expect(tests.count == 1)
        for text in tests {
            let loaded = try PolicyTestDocument.load([PolicyFile(path: "t.yaml", bytes: Array(text.utf8))])
            #expect(loaded.count == 1)
        }
    }

    @Test func everyEvidenceExampleIsRead() throws {
        let documents = try Self.examples("json evidence")
        #expect(documents.count == 1)
        let request = RequestFacts(namespace: nil, reference: nil, at: .earliest)
        for text in documents {
            let document = try EvidenceDocument(parsing: Array(text.utf8), request: request)
            #expect(document.signatures.count == 1)
        }
    }

    /// No fence of another kind, so that no example goes untested.
    @Test func everyExampleSaysWhatItIs() throws {
        let kinds = [
            "yaml guardrail", "yaml exception", "json break-glass", "yaml policy", "yaml signers", "yaml requirement",
            "yaml denial", "yaml test", "json evidence",
        ]
        let fences = try Self.file("policy.md").split(separator: "\n").filter { $0.hasPrefix("```") && $0 != "```" }
        #expect(fences.allSatisfy { kinds.contains(String($0.dropFirst(3))) })
    }

    @Test func examplesAreValidByTheSchemas() throws {
        let schema = try Self.schema("policy.schema.json")
        for text in try Self.policies() + [PolicyText().text] {
            for document in try Self.json(text) { #expect(try schema.problems(document) == [], "\(text)") }
        }
        let testSchema = try Self.schema("policy-test.schema.json")
        for text in try Self.examples("yaml test") {
            for document in try Self.json(text) { #expect(try testSchema.problems(document) == []) }
        }
        let evidenceSchema = try Self.schema("evidence-document.schema.json")
        for text in try Self.examples("json evidence") {
            let tree = try #require(JSONTree(try JSONDocument(parsing: Array(text.utf8)).root))
            #expect(try evidenceSchema.problems(tree) == [])
        }
        #expect(try evidenceSchema.problems(try Facts.admitted().json) == [])
    }

    /// What the schema can say, it says: only references between parts, files and numbers of keys are beyond it.
    @Test(arguments: PolicyLoadingTests.mistakes) func schemaRefuses(_ mistake: PolicyLoadingTests.Mistake) throws {
        let beyond: Set<String> = [
            "policy-file.unknown-signer", "policy-file.unreachable-threshold", "policy-file.key-path",
            "policy-file.key-unreadable", "policy-file.empty-value", "policy-file.anchor",
        ]
        let alsoBeyond: Set<String> = [
            "id twice", "id of a requirement as that of a denial", "scheme of another kind of key",
            "namespace with slash", "approved by tag", "percent in octal",
        ]
        guard !beyond.contains(mistake.code.name), !alsoBeyond.contains(mistake.title) else { return }
        var text = PolicyText()
        mistake.change(&text)
        let document = try #require(try Self.json(text.text).first)
        #expect(try !Self.schema("policy.schema.json").problems(document).isEmpty)
    }

    @Test(
        arguments: (CertificateSignerReadingTests.mistakes + TrustBundleReadingTests.mistakes).filter {
            !$0.isBeyondSchema
        })
    func schemaRefusesSigner(_ mistake: CertificateSignerReadingTests.Mistake) throws {
        let document = try #require(try Self.json(CertificateSignerReadingTests.policy(mistake.signer)).first)
        #expect(try !Self.schema("policy.schema.json").problems(document).isEmpty)
    }

    @Test func schemasTakeCertificates() throws {
        let schema = try Self.schema("evidence-document.schema.json")
        let own = try CertificateScene(CertificateSignerTests.spiffe).authorities
        let holders = [
            Holders.workload(), Holders.pipeline(), Holders.person("a@b.example"),
            Holders.own(own, CertificateName(.uri, "spiffe://example.org/ci/x"), CertificateName(.dns, "a.example")),
        ]
        #expect(try schema.problems(try Facts.signed(by: holders).json) == [])
        let twoNames = CertificateHolder(
            authority: .trustedRoot("own", issuer: "https://x.example"),
            names: [CertificateName(.uri, "a:b"), CertificateName(.uri, "c:d")])
        #expect(try !schema.problems(try Facts.signed(by: [twoNames]).json).isEmpty)
    }

    /// What the JSON Schema can't tell from what is right: spellings of one number, and times that no calendar has.
    private static let beyondSchema = [
        "{field: x, in: [1, 1.0]}", "{field: x, equals: 0x10}", "{field: x, equals: 010}", "{field: x, atLeast: +1}",
        "{field: x, exists: True}", "{field: x, equals: TRUE}", "{field: x, insecureRegex: \"^a\"}",
        "{field: \"\", equals: 1}", "{field: x, in: []}",
    ]

    @Test(arguments: AttestationRuleTests.mistakes.map(\.0).filter { !beyondSchema.contains($0) })
    func schemaRefusesCondition(_ condition: String) throws {
        var text = PolicyText()
        text.require = PolicyText.attestation(condition)
        let document = try #require(try Self.json(text.text).first)
        #expect(try !Self.schema("policy.schema.json").problems(document).isEmpty)
    }

    @Test(arguments: AttestationRuleTests.ruleMistakes.map(\.0) + AlternativesTests.mistakes.map(\.0))
    func schemaRefusesRule(_ rule: String) throws {
        // References between parts, numbers of keys and wildcards are beyond it.
        guard !["atLeast: 2", "nobody", "x.*", "[]"].contains(where: { rule.contains($0) }) else { return }
        guard !rule.contains("id: signed, signature: {by: {atLeast: 1, of: [corporate]}}}\n    - {id: signed") else {
            return
        }
        guard !rule.contains("{id: signed, image") else { return }
        var text = PolicyText()
        text.require = rule
        let document = try #require(try Self.json(text.text).first)
        #expect(try !Self.schema("policy.schema.json").problems(document).isEmpty, "\(rule)")
    }

    @Test(
        arguments: (SBOMRuleTests.mistakes + ComponentRuleTests.mistakes + LicenseRuleTests.mistakes
            + VulnerabilityRuleTests.mistakes).map(\.0))
    func schemaRefusesRuleOnSBOMs(_ rule: String) throws {
        // What packages are, and whether a list holds any, is beyond it.
        // So are patterns that say the same with other remarks, and what is no value in YAML already.
        guard
            ![
                "unidentified", "pkg:", "denyFile", "reason: b", "[]", "supplier: a, v", "MIT OR", ": 00}", "1.5}",
                "atLeast: 2",
            ].contains(where: {
                rule.contains($0)
            })
        else {
            return
        }
        var text = PolicyText()
        text.require = rule
        let document = try #require(try Self.json(text.text).first)
        #expect(try !Self.schema("policy.schema.json").problems(document).isEmpty, "\(rule)")
    }

    @Test func schemasTakePredicatesAndTimes() throws {
        var document = try Facts.admitted()
        document.attestations.append(try Facts.attested(#"{"x": [1.5]}"#, times: ["2026-11-19T09:00:00Z"]))
        document.signatures[0].verifiedTimes = [try Facts.instant("2026-11-19T09:00:00Z")]
        #expect(try Self.schema("evidence-document.schema.json").problems(document.json) == [])
        let read = try EvidenceDocument(parsing: document.json.prettyBytes())
        #expect(read.attestations[1].predicate?["x"]?.array?.first?.numberLiteral == "1.5")
        #expect(read.attestations[1].verifiedTimes == document.attestations[1].verifiedTimes)
        #expect(read.signatures[0].verifiedTimes == document.signatures[0].verifiedTimes)
    }

    @Test func schemaHasTheFieldsOfTheReader() throws {
        let policy = try Self.schema("policy.schema.json").root
        let test = try Self.schema("policy-test.schema.json").root
        let lists: [(JSONTree?, FieldList)] = [
            (policy, .document), (test, .document),
            (policy["$defs"]?["metadata"], .metadata), (policy["$defs"]?["spec"], .spec),
            (policy["$defs"]?["enforcement"], .enforcement), (policy["$defs"]?["scope"], .scope),
            (policy["$defs"]?["signer"], .signer), (policy["$defs"]?["keySigner"], .keySigner),
            (policy["$defs"]?["rotatedKey"], .rotatedKey),
            (policy["$defs"]?["githubSigner"], .githubSigner), (policy["$defs"]?["gitlabSigner"], .gitlabSigner),
            (policy["$defs"]?["googleSigner"], .googleSigner), (policy["$defs"]?["emailSigner"], .emailSigner),
            (policy["$defs"]?["uriSigner"], .uriSigner), (policy["$defs"]?["spiffeSigner"], .spiffeSigner),
            (policy["$defs"]?["x509Signer"], .x509Signer), (policy["$defs"]?["trustBundle"], .trustBundle),
            (policy["$defs"]?["regexPattern"], .regexPattern),
            (policy["$defs"]?["requirement"], .requirement), (policy["$defs"]?["denial"], .denial),
            (policy["$defs"]?["alternative"], .alternative),
            (policy["$defs"]?["alternativePart"], .alternativePart),
            (policy["$defs"]?["attestationRule"], .attestationRule),
            (policy["$defs"]?["fieldCondition"], .fieldCondition),
            (policy["$defs"]?["sbomRule"], .sbomRule), (policy["$defs"]?["componentCount"], .componentCount),
            (policy["$defs"]?["minimumElements"], .minimumElements),
            (policy["$defs"]?["componentRule"], .componentRule),
            (policy["$defs"]?["componentPattern"], .componentPattern),
            (policy["$defs"]?["licenseRule"], .licenseRule),
            (policy["$defs"]?["licenseException"], .licenseException),
            (policy["$defs"]?["vulnerabilityRule"], .vulnerabilityRule),
            (policy["$defs"]?["severityLimits"], .severityLimits), (policy["$defs"]?["fixAvailable"], .fixAvailable),
            (policy["$defs"]?["exploitProbability"], .exploitProbability),
            (policy["$defs"]?["vexAuthors"], .vexAuthors),
            (policy["$defs"]?["digestDenial"], .digestDenial),
            (policy["$defs"]?["platformTarget"], .platformTarget), (policy["$defs"]?["threshold"], .threshold),
            (policy["$defs"]?["signatureRule"], .signatureRule),
            (policy["$defs"]?["provenanceRule"], .provenanceRule), (policy["$defs"]?["source"], .source),
            (policy["$defs"]?["externalParameter"], .externalParameter),
            (policy["$defs"]?["baseImageRule"], .baseImageRule),
            (policy["$defs"]?["approvedBase"], .approvedBase), (policy["$defs"]?["buildTool"], .buildTool),
            (policy["$defs"]?["chain"], .chain), (policy["$defs"]?["imageRule"], .imageRule),
            (policy["$defs"]?["textCondition"], .textCondition),
            (policy["$defs"]?["userCondition"], .userCondition),
            (policy["$defs"]?["platformCondition"], .platformCondition),
            (policy["$defs"]?["guardrailSpec"], .guardrailSpec), (policy["$defs"]?["builderRow"], .builderRow),
            (policy["$defs"]?["builderSigner"], .builderSigner), (policy["$defs"]?["builderKey"], .builderKey),
            (policy["$defs"]?["builderGitHub"], .builderGitHub),
            (policy["$defs"]?["guardrailDenial"], .guardrailDenial),
            (policy["$defs"]?["signerDenial"], .signerDenial), (policy["$defs"]?["keyDenial"], .keyDenial),
            (policy["$defs"]?["delegation"], .delegation),
            (policy["$defs"]?["exceptionCap"], .exceptionCap), (policy["$defs"]?["waivable"], .waivable),
            (policy["$defs"]?["breakGlassCap"], .breakGlassCap), (policy["$defs"]?["insecureCap"], .insecureCap),
            (policy["$defs"]?["exceptionMetadata"], .exceptionMetadata),
            (policy["$defs"]?["exceptionSpec"], .exceptionSpec), (policy["$defs"]?["exceptionScope"], .scope),
            (test["$defs"]?["testSource"], .testSource),
            (test["$defs"]?["testMetadata"], .testMetadata), (test["$defs"]?["testSpec"], .testSpec),
            (test["$defs"]?["testCase"], .testCase), (test["$defs"]?["expectation"], .expectation),
        ]
        var objects = 0
        for case .object(let definitions)? in [policy["$defs"], test["$defs"]] {
            objects += definitions.values.count { $0["additionalProperties"] == false }
        }
        #expect(lists.count == objects + 2, "every object of the schemas is compared")
        for (schema, list) in lists {
            #expect(schema?["additionalProperties"] == false, "\(list.name)")
            #expect(Set(Self.keys(schema?["properties"])) == Set(list.all), "\(list.name)")
            #expect(Set(Self.texts(schema?["required"])) == Set(list.required), "\(list.name)")
            #expect(Self.alternatives(schema?["oneOf"]) == Set(list.exactlyOneOf), "\(list.name)")
            #expect(Self.alternatives(schema?["anyOf"]) == Set(list.atLeastOneOf), "\(list.name)")
        }
    }

    /// The page speaks of every field, and only of codes that there are.
    @Test func thePageSpeaksOfEveryField() throws {
        let page = try Self.file("policy.md")
        let lists: [FieldList] = [
            .metadata, .spec, .enforcement, .scope, .signer, .keySigner, .requirement, .denial, .digestDenial,
            .threshold, .githubSigner, .gitlabSigner, .googleSigner, .emailSigner, .uriSigner, .spiffeSigner,
            .x509Signer, .regexPattern,
            .alternative, .attestationRule, .fieldCondition, .provenanceRule, .source, .externalParameter,
            .sbomRule, .minimumElements, .componentRule, .componentPattern, .licenseRule, .licenseException,
            .vulnerabilityRule, .severityLimits, .fixAvailable, .exploitProbability, .vexAuthors,
            .baseImageRule, .approvedBase, .buildTool, .chain, .imageRule, .textCondition,
            .userCondition, .guardrailSpec, .delegation, .exceptionCap, .breakGlassCap, .insecureCap, .waivable,
            .exceptionSpec, .testSource, .testSpec, .testCase, .expectation,
        ]
        for field in Set(lists.flatMap(\.all)) { #expect(page.contains(field), "\(field)") }
        let codes = Set(Self.codes.map(\.name))
        let families = Set(codes.map { $0.prefix { $0 != "." } })
        for part in page.split(separator: "`") {
            let pieces = part.split(separator: ".", omittingEmptySubsequences: false)
            guard pieces.count == 2, families.contains(pieces[0]), pieces[1].contains("-"), !part.contains(" ") else {
                continue
            }
            #expect(codes.contains(String(part)), "\(part)")
        }
    }

    private static let codes =
        ReasonTable.policies.codes + ReasonTable.policyFiles.codes + ReasonTable.builders.codes
        + ReasonTable.waivers.codes + ReasonTable.policyLint.codes + ReasonTable.sbomRules.codes
        + ReasonTable.sbom.codes + ReasonTable.vulnerabilities.codes

    @Test func everyCodeIsWellFormedAndListedOnce() {
        let codes = Self.codes
        #expect(Set(codes.map(\.name)).count == codes.count)
        for code in codes {
            #expect(code.name.split(separator: ".").count == 2)
            #expect(code.name.utf8.allSatisfy { (0x61...0x7A).contains($0) || $0 == 0x2D || $0 == 0x2E })
            for text in [code.summary, code.mend] {
                #expect(text.first?.isUppercase == false || text.hasPrefix("SLSA"), "\(text)")
                #expect(!text.hasSuffix("."), "\(text)")
            }
        }
    }

    private static func keys(_ tree: JSONTree?) -> [String] {
        if case .object(let members)? = tree { members.keys.map(\.value) } else { [] }
    }

    private static func texts(_ tree: JSONTree?) -> [String] {
        guard case .array(let items)? = tree else { return [] }
        return items.compactMap { if case .string(let text) = $0 { text } else { nil } }
    }

    private static func alternatives(_ tree: JSONTree?) -> Set<String> {
        guard case .array(let items)? = tree else { return [] }
        return Set(items.flatMap { texts($0["required"]) })
    }
}
