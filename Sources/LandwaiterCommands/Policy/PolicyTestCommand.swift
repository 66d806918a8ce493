import Admission
import AdmissionPolicy
import ArgumentParser
import Content
import Findings
import OCI
import StrictEncoding

struct PolicyTestCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "test",
        abstract: "Runs the tests of policies: images or evidence, and what the policies have to say of them.",
        discussion: """
            A test is a YAML document of `kind: PolicyTest`; docs/policy.md shows one. Nothing needs a registry. Exits 0 \
            if every case came out as expected, 1 if one did not, 65 if a file is wrong or there is no test.

            EXAMPLES
              landwaiter policy test policies/
              landwaiter policy test policies/finance/tests.yaml
            """)

    @Argument(help: "Files with tests, or directories of them.", completion: .file())
    var paths: [String]

    @OptionGroup var guardrailOptions: GuardrailOptions

    @Flag(name: .shortAndLong, help: "Say only what fails.")
    var quiet = false

    func run() async throws {
        try await running {
            let tests = try PolicyFiles.tests(paths)
            guard tests.contains(where: { !$0.document.cases.isEmpty }) else {
                throw CommandFailure.badData(
                    "there is no test in \(paths.map { Finding.quoted($0) }.joined(separator: ", "))")
            }
            var passed = 0
            var failed = 0
            for test in tests {
                let policies = try PolicyFiles.load(
                    test.document, in: test.directory, guardrails: guardrailOptions.guardrails)
                for item in test.document.cases {
                    let outcome = try await PolicyTestCase(item, in: test.directory, policies).run()
                    if outcome.isEmpty { passed += 1 } else { failed += 1 }
                    if outcome.isEmpty && quiet { continue }
                    Terminal.write(
                        "\(outcome.isEmpty ? "ok  " : "FAIL") \(test.document.name): \(Finding.escaped(item.name))\n")
                    for line in outcome { Terminal.write("       \(line)\n") }
                }
            }
            Terminal.write("\(passed) passed, \(failed) failed\n")
            if failed > 0 { throw ExitStatus.reject }
        }
    }
}

/// One case of a policy test.
private struct PolicyTestCase {
    let item: PolicyTestDocument.Case
    let directory: String
    let policies: PolicySet

    init(_ item: PolicyTestDocument.Case, in directory: String, _ policies: PolicySet) {
        self.item = item
        self.directory = directory
        self.policies = policies
    }

    /// What differs from the expectation; empty if nothing does.
    func run() async throws -> [String] {
        let (verdict, findings) = try await decide()
        var lines: [String] = []
        if verdict != item.expected.verdict {
            lines.append("expected \(item.expected.verdict.rawValue), found \(verdict.rawValue)")
        }
        let codes = Set(findings.map(\.code.name))
        let missing = item.expected.reasons.filter { !codes.contains($0) }
        if !missing.isEmpty { lines.append("expected reason \(missing.joined(separator: ", ")), not found") }
        if !lines.isEmpty {
            lines += findings.map { "found \($0.code)  \(Finding.escaped($0.message))" }
            lines.append("at \(item.place)")
        }
        return lines
    }

    private func decide() async throws -> (Verdict, [Finding]) {
        let reference = try item.reference.map { try ImageOptions.reference($0) }
        switch item.subject {
        case .evidence(let path):
            let file = LocalFile.join(directory, path)
            let bytes = try LocalFile.read(file, limit: AdmissionLimits().envelopeBytes)
            let document: EvidenceDocument
            do {
                document = try EvidenceDocument(
                    parsing: bytes, request: RequestFacts(namespace: item.namespace, reference: reference, at: item.at))
            } catch {
                throw CommandFailure.badData("\(Finding.quoted(file)): \(error.message)")
            }
            let matching = policies.matching(namespace: item.namespace, reference: reference)
            let evaluation = PolicyEvaluator.evaluate(matching, document)
            return (evaluation.verdict, evaluation.findings)
        case .image(let location):
            let request = AdmissionRequest(
                image: try ImageOptions.source(relative(location)), statedReference: reference,
                namespace: item.namespace, at: item.at, hypothetical: true,
                suppliedEvidence: try EvidenceFiles.read(
                    item.evidenceFiles.map { LocalFile.join(directory, $0) }, limit: AdmissionLimits().envelopeBytes),
                baseSources: try item.bases.map { try ImageOptions.source(relative($0)) })
            let record = await AdmissionPipeline(policies: policies).decide(request)
            return (record.verdict, record.findings)
        }
    }

    /// `oci:PATH…` with the path relative to the test's file.
    private func relative(_ location: String) -> String {
        guard let colon = location.utf8.firstIndex(of: UInt8(ascii: ":")) else { return location }
        let path = location[location.utf8.index(after: colon)...]
        return location[...colon] + LocalFile.join(directory, String(path))
    }
}
