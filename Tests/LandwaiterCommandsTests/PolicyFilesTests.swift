import AdmissionPolicy
import Testing

@testable import LandwaiterCommands

/// Which files of a directory are policies.
@Suite struct PolicyFilesTests {
    private static func guardrail(_ name: String) -> String {
        """
        apiVersion: landwaiter.dev/v1
        kind: Guardrail
        metadata: {name: \(name), owner: security}
        spec:
          scope: {namespaces: ["**"], images: ["**"]}
          insecure: {permit: none}

        """
    }

    @Test func noGuardrailIsPassedOverForTheSpellingOfItsEnding() throws {
        let place = try Place()
        let endings = ["yaml", "yml", "YAML", "Yml"]
        for (position, ending) in endings.enumerated() {
            _ = try place.write(Self.guardrail("g\(position)"), to: "guardrails/g\(position).\(ending)")
        }
        _ = try place.write(Self.guardrail("note"), to: "guardrails/note.yaml.txt")
        let policies = try PolicyFiles.load(
            [Repository.path("policies/finance/policy.yaml")], guardrails: [place.path("guardrails")])
        #expect(policies.guardrails.map(\.name.name) == ["g0", "g1", "g2", "g3"])
    }
}
