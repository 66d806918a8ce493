import Content
import Findings
import StrictEncoding
import Testing

@testable import AdmissionPolicy

/// What policies of other systems are refused for, and that nothing of them becomes a policy of its own accord.
@Suite struct PolicyImportTests {
    private static let key = (Keys.files["keys/corporate.pub"] ?? "").split(separator: "\n").map { "          " + $0 }
        .joined(separator: "\n")

    private func codes(_ text: String, _ format: PolicyImport.Format) -> [String] {
        do throws(PolicyLoadFailure) {
            _ = try PolicyImport.read(Array(text.utf8), file: "p", format: format)
            return []
        } catch {
            return error.errors.map(\.code.name)
        }
    }

    private func policy(
        images: String = "[{glob: \"**\"}]", authorities: String? = nil, more: String = "", name: String = "p",
        version: String = "policy.sigstore.dev/v1beta1"
    ) -> String {
        let key = "\n    - name: a\n      key:\n        data: |\n\(Self.key)\n"
        return """
            apiVersion: \(version)
            kind: ClusterImagePolicy
            metadata: {name: "\(name)", labels: {a: b}}
            spec:
              images: \(images)
              authorities: \(authorities ?? key)
            \(more)
            """
    }

    private func imported(_ text: String) throws -> PolicyImport {
        try PolicyImport.read(Array(text.utf8), file: "p", format: .clusterImagePolicy)
    }

    @Test func unknownFieldsAreErrors() {
        #expect(codes(policy(), .clusterImagePolicy) == [])
        #expect(codes(policy(more: "  insecure: true"), .clusterImagePolicy) == ["policy-file.unknown-field"])
        #expect(codes(policy(images: "[{glob: a, regex: b}]"), .clusterImagePolicy) == ["policy-file.unknown-field"])
        #expect(
            codes("{\"default\":[{\"type\":\"reject\",\"x\":1}]}", .containersPolicy) == ["policy-file.unknown-field"])
        #expect(
            codes("{\"default\":[{\"type\":\"reject\"}],\"x\":{}}", .containersPolicy) == ["policy-file.unknown-field"])
    }

    @Test(arguments: [
        ("{\"default\":[]}", "policy-file.empty-value"),
        ("{}", "policy-file.missing-field"),
        (
            "{\"default\":[{\"type\":\"reject\"}],\"default\":[{\"type\":\"insecureAcceptAnything\"}]}",
            "policy-file.syntax"
        ),
        ("{\"default\":[{\"type\":\"acceptAnything\"}]}", "policy-file.bad-value"),
        ("{\"default\":[{\"type\":\"sigstoreSigned\"}]}", "policy-file.exactly-one"),
        (
            "{\"default\":[{\"type\":\"sigstoreSigned\",\"keyPath\":\"a\",\"keyData\":\"b\"}]}",
            "policy-file.exactly-one"
        ),
        ("{\"default\":[{\"type\":\"sigstoreSigned\",\"keyData\":\"!\"}]}", "policy-file.bad-value"),
        ("{\"default\":[{\"type\":\"sigstoreSigned\",\"keyData\":\"YQ==\"}]}", "key.malformed"),
        (
            "{\"default\":[{\"type\":\"sigstoreSigned\",\"keyPath\":\"a\",\"signedIdentity\":{\"type\":\"matchExact\",\"prefix\":\"b\"}}]}",
            "policy-file.bad-value"
        ),
        (
            "{\"default\":[{\"type\":\"reject\"}],\"transports\":{\"docker\":{\"a*.b\":[{\"type\":\"reject\"}]}}}",
            "policy-file.bad-value"
        ),
        (
            "{\"default\":[{\"type\":\"reject\"}],\"transports\":{\"docker\":{\"*.b/c\":[{\"type\":\"reject\"}]}}}",
            "policy-file.bad-value"
        ),
        (
            "{\"default\":[{\"type\":\"reject\"}],\"transports\":{\"docker\":{\"a//b\":[{\"type\":\"reject\"}]}}}",
            "policy-file.bad-value"
        ),
        ("{\"default\":null}", "policy-file.empty-value"),
    ])
    func refusesAPolicyFileThatIsWrong(_ text: String, _ code: String) {
        #expect(codes(text, .containersPolicy).first == code)
    }

    @Test func refusesAClusterImagePolicyThatIsWrong() {
        func code(_ text: String) -> String? { codes(text, .clusterImagePolicy).first }
        #expect(code(policy(version: "policy.sigstore.dev/v2")) == "policy-file.version")
        #expect(code(policy(images: "[{glob: \"[a-z]\"}]")) == "policy-file.bad-value")
        #expect(
            code(policy(images: "[{glob: \"a/*-b\"}]")) == "policy-file.bad-value", "can't be said, and not left out")
        #expect(code(policy(images: "[]")) == "policy-file.empty-value")
        #expect(code(policy(authorities: "[{name: a}]")) == "policy-file.exactly-one")
        #expect(code(policy(authorities: "[{static: {action: maybe}}]")) == "policy-file.bad-value")
        #expect(code(policy(authorities: "[{static: {action: pass}, ctlog: {url: a}}]")) == "policy-file.no-effect")
        #expect(code(policy(authorities: "[{key: {data: none}}]")) == "policy-file.bad-value")
        #expect(code(policy(authorities: "[{key: {kms: a, data: b}}]")) == "policy-file.exactly-one")
        #expect(code(policy(more: "  mode: observe")) == "policy-file.bad-value")
        #expect(code("&a {kind: *a}") != nil)
        #expect(code("") == "policy-file.empty")
    }

    /// A policy over the authorities, a workload, another kind of document: each is told.
    @Test func tellsWhatIsLeftOut() throws {
        let other = try imported("apiVersion: v1\nkind: ConfigMap\n---\n" + policy())
        #expect(other.remarks.map(\.effect) == [.notSaid])
        #expect(other.documents.count == 1)
        #expect(other.yaml.contains("ConfigMap"))
        let timestamp = try imported(
            policy(more: "").replacing("name: a\n", with: "name: a\n      rfc3161timestamp: {trustRootRef: tsa}\n"))
        #expect(timestamp.remarks.map(\.path) == ["spec.authorities[0].rfc3161timestamp"])
        #expect(timestamp.yaml.contains("no-authority") && timestamp.keyFiles.isEmpty)
        let bundle = try imported(policy().replacing("name: a\n", with: "name: a\n      signatureFormat: bundle\n"))
        #expect(bundle.yaml.contains("no-authority"))
        let hash = try imported(policy().replacing("      key:\n", with: "      key:\n        hashAlgorithm: sha224\n"))
        #expect(hash.remarks.map(\.path) == ["spec.authorities[0].key.hashAlgorithm"])
    }

    /// What stands in the original is text here: in quotes, in comments, in names.
    @Test func nothingOfTheOriginalBecomesYAML() throws {
        let hostile = "x\\\"}\\n---\\nkind: AdmissionPolicy # {"
        let text = policy(
            authorities: "[{name: \"\(hostile)\", static: {action: pass, message: \"\(hostile)\"}}]", name: hostile)
        #expect(codes(text, .clusterImagePolicy).isEmpty == false, "a name has one line")
        let oneLine = hostile.replacing("\\n", with: " ")
        let result = try imported(
            policy(
                authorities: "[{name: \"\(oneLine)\", static: {action: pass, message: \"\(oneLine)\"}}]", name: oneLine)
        )
        #expect(result.documents.count == 1)
        let policies = try Policies.load(result.yaml)
        #expect(policies.policies.count == 1)
        #expect(policies.policies[0].require.map(\.id) == ["insecure-accept-anything"])
        let json = try PolicyImport.read(
            Array(
                """
                {"default":[{"type":"reject"}],"transports":{"docker":{"registry.example/a#'\\"x":[{"type":"insecureAcceptAnything"}]}}}
                """.utf8), file: "p", format: .containersPolicy)
        #expect(try Policies.load(json.yaml).policies.count == 1)
    }

    @Test func quotedTextReadsBackAsItIs() throws {
        for text in ["a\"b", "a\\b", "a: b # c", "* & !", "é\u{301}", "{[,]}", "'", "%", "- x", "@`|>", "a\\nb"] {
            let nodes = try StrictYAML.documents(Array("x: \(YAMLText.quoted(text))\n".utf8), file: "x")
            guard case .mapping(let members) = nodes[0].content, case .scalar(let scalar) = members[0].value.content
            else {
                Issue.record("no scalar")
                return
            }
            #expect(ExactString(scalar.text) == ExactString(text) && scalar.kind == .string)
        }
        for name in ["true", "null", "1", "1.5", "0x1f", "no", "a.b", "2026-01-01", "a-b"] {
            let nodes = try StrictYAML.documents(Array("x: [\(YAMLText.name(name))]\n".utf8), file: "x")
            guard case .mapping(let members) = nodes[0].content, case .sequence(let items) = members[0].value.content,
                case .scalar(let scalar) = items[0].content
            else {
                Issue.record("no scalar")
                return
            }
            #expect(scalar.text == name && scalar.kind == .string)
        }
    }

    @Test func namesAreMadeFitAndDistinct() {
        var names = DraftNames()
        #expect(names.name("Verify Custom_Thing!", otherwise: "x") == "verify-custom-thing")
        #expect(names.name("verify custom thing", otherwise: "x") == "verify-custom-thing-2")
        #expect(names.name("...", otherwise: "x") == "x")
        #expect(names.name("é", otherwise: "x") == "x-2")
        #expect(DocumentReader.isName(names.name(String(repeating: "a.", count: 400), otherwise: "x")))
        #expect(names.name("x-2", otherwise: "y") == "x-2-2")
    }

    @Test func formatsAreToldApart() {
        func format(_ text: String) -> PolicyImport.Format? { PolicyImport.format(of: Array(text.utf8)) }
        #expect(format(policy()) == .clusterImagePolicy)
        #expect(format("{\"kind\": \"ClusterImagePolicy\", \"spec\": {}}") == .clusterImagePolicy)
        #expect(format("{\"default\": []}") == .containersPolicy)
        #expect(format("{\"default\": [], \"kind\": \"x\"}") == nil)
        #expect(format("default: []") == nil)
        #expect(format("") == nil)
    }

    /// A file of a megabyte takes seconds at the most, and comes to an end of its own.
    @Test func boundsWhatAFileCosts() throws {
        let scopes = (0...1000).map { "\"registry.example/\($0)\":[{\"type\":\"reject\"}]" }.joined(separator: ",")
        let preset = "{\"default\":[{\"type\":\"insecureAcceptAnything\"}],\"transports\":{\"docker\":{"
        #expect(codes(preset + scopes + "}}}", .containersPolicy) == ["policy-file.too-many"])
        let documents = Array(repeating: policy(authorities: "[{static: {action: pass}}]"), count: 500)
        #expect(try imported(documents.joined(separator: "\n---\n")).documents.count == 500)
        let authorities = Array(repeating: "{static: {action: pass}}", count: 201).joined(separator: ", ")
        #expect(codes(policy(authorities: "[\(authorities)]"), .clusterImagePolicy) == ["policy-file.too-many"])
        let fields = (0..<300).map { "a\($0): \"x\"" }.joined(separator: "\n")
        #expect(CueEquality(fields) == nil)
    }

    /// A key that two policies name is one file; an image pattern that two say is one.
    @Test func saysNothingTwice() throws {
        let result = try imported(policy(images: "[{glob: \"a.b/c*\"}, {glob: \"a.b/c*\"}]") + "\n---\n" + policy())
        #expect(result.keyFiles.count == 1)
        #expect(result.documents.map(\.name) == ["p", "p-2"])
        let policies = try PolicySet.load([
            PolicySource(name: "s", files: [PolicyFile(path: "p.yaml", bytes: Array(result.yaml.utf8))]) { _ in
                .success(Array((Keys.files["keys/corporate.pub"] ?? "").utf8))
            }
        ])
        #expect(policies.policies[0].scope.images.map(\.description) == ["a.b/c*"])
    }
}
