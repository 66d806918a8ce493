import Foundation
import Landwaiter
import Testing

@testable import LandwaiterCommands

/// Every directory of testdata/ that holds an `expect.json`: verdict, headline and refused evidence compared, so that no
/// case fails, or passes, for another reason than its own.
@Suite struct TestdataTests {
    @Test(arguments: TestdataCase.all)
    func comesOutAsExpected(_ item: TestdataCase) async throws {
        let record = try await item.decide()
        #expect(record.verdict.rawValue == item.expected.verdict)
        #expect(record.headline?.code.name == item.expected.reason)
        let notes = record.findings.filter { $0.code.effect == .note }
        #expect(Set(notes.map(\.code.name)).sorted() == (item.expected.notes ?? []).sorted())
        #expect(Set(record.refused.map(\.finding.code.name)).sorted() == (item.expected.refused ?? []).sorted())
        // The same question gives the same bytes.
        let again = try await item.decide()
        #expect(record.canonicalBytes == again.canonicalBytes)
    }

    @Test func everyFamilyIsThere() {
        let families = Set(TestdataCase.all.map(\.family))
        #expect(
            families == [
                "any-of", "artifact", "attestation", "base-image", "break-glass", "build-level", "denial", "evidence",
                "exception", "finance", "guardrail", "image", "keyless", "limits", "pipeline-key", "platform",
                "provenance", "release", "sbom", "scan", "signature", "signer", "statement",
            ])
        #expect(TestdataCase.all.count >= 300)
    }
}

/// A directory of testdata/.
struct TestdataCase: Sendable, CustomTestStringConvertible {
    struct Expected: Decodable, Sendable {
        var image: String?
        var artifact: String?
        var policy: String?
        var key: String?
        var namespace: String?
        var `as`: String?
        var at: String
        var evidence: [String]?
        var base: [String]?
        var limits: [String: Int]?
        var verdict: String
        var reason: String?
        var refused: [String]?
        var policies: [String]?
        var guardrails: [String]?
        var trustedRoots: [String]?
        var breakGlass: String?
        var notes: [String]?
    }
    let family: String
    let directory: URL
    let expected: Expected

    var testDescription: String { family + "/" + directory.lastPathComponent }

    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("../../testdata").standardizedFileURL

    static let all: [TestdataCase] = {
        let manager = FileManager.default
        let families = (try? manager.contentsOfDirectory(atPath: root.path).sorted()) ?? []
        return families.flatMap { family -> [TestdataCase] in
            let place = root.appendingPathComponent(family)
            let names = (try? manager.contentsOfDirectory(atPath: place.path).sorted()) ?? []
            return names.compactMap { name in
                let directory = place.appendingPathComponent(name)
                guard let data = try? Data(contentsOf: directory.appendingPathComponent("expect.json")) else {
                    return nil
                }
                do {
                    return TestdataCase(
                        family: family, directory: directory,
                        expected: try JSONDecoder().decode(Expected.self, from: data))
                } catch {
                    Issue.record("\(family)/\(name)/expect.json: \(error)")
                    return nil
                }
            }
        }
    }()

    /// What the command line would do with the case's arguments.
    func decide() async throws -> AdmissionRecord {
        func located(_ text: String) -> String {
            let parts = text.split(separator: ":", maxSplits: 1).map(String.init)
            return parts[0] + ":" + directory.appendingPathComponent(parts[1]).path
        }
        func shared(_ path: String) -> String { Self.root.appendingPathComponent(path).standardizedFileURL.path }
        var arguments = ["--at", expected.at]
        if let image = expected.image { arguments.append(located(image)) }
        if let policy = expected.policy { arguments += ["--policy", shared(policy)] }
        func own(_ path: String) -> String { directory.appendingPathComponent(path).standardizedFileURL.path }
        if let artifact = expected.artifact {
            let isDigest = ["sha256:", "sha384:", "sha512:"].contains(where: artifact.hasPrefix)
            arguments += ["--artifact", isDigest ? artifact : own(artifact)]
        }
        for policy in expected.policies ?? [] {
            let parts = policy.split(separator: "=", maxSplits: 1).map(String.init)
            arguments += ["--policy", parts[0] + "=" + own(parts[1])]
        }
        for guardrail in expected.guardrails ?? [] { arguments += ["--guardrails", own(guardrail)] }
        for root in expected.trustedRoots ?? [] { arguments += ["--trusted-root", own(root)] }
        if let pass = expected.breakGlass { arguments += ["--break-glass", own(pass)] }
        if let key = expected.key { arguments += ["--key", shared(key)] }
        if let namespace = expected.namespace { arguments += ["--namespace", namespace] }
        if let reference = expected.as { arguments += ["--as", reference] }
        for path in expected.evidence ?? [] {
            arguments += ["--evidence", directory.appendingPathComponent(path).path]
        }
        for base in expected.base ?? [] { arguments += ["--base", located(base)] }
        for (name, number) in expected.limits ?? [:] { arguments += ["--limit", "\(name)=\(number)"] }
        return try await VerifyCommand.decide(arguments)
    }
}
