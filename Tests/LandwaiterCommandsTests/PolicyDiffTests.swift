import ArgumentParser
import Foundation
import Landwaiter
import Testing

@testable import LandwaiterCommands

/// What a change of policies changes.
@Suite struct PolicyDiffTests {
    private static let at = "2026-11-20T12:00:00Z"

    private func policy(_ place: Place, _ folder: String, key: String, stage: String = "enforce", images: String = "**")
        throws -> String
    {
        _ = try place.write(
            String(contentsOf: Repository.url("testdata/keys/\(key).pub"), encoding: .utf8), to: "\(folder)/key.pub")
        _ = try place.write(
            """
            apiVersion: landwaiter.dev/v1
            kind: AdmissionPolicy
            metadata: {name: signed, owner: tests}
            spec:
              enforcement: {stage: \(stage)}
              scope: {namespaces: ["**"], images: ["\(images)"]}
              signers: {signer: {key: {file: key.pub}}}
              require:
                - {id: signed, on: image, signature: {by: {atLeast: 1, of: [signer]}}}
            """, to: "\(folder)/policy.yaml")
        return place.path(folder)
    }

    private func images(_ place: Place, _ cases: String...) throws -> String {
        let lines = cases.map {
            "oci:\(Repository.path("testdata/signature/\($0)/image")):v1 as=registry.example/apps/\($0.lowercased()):v1 namespace=apps"
        }
        return try place.write(
            "# what runs\n\n" + lines.joined(separator: "\n") + "\n", to: "images.txt")
    }

    private func compare(_ words: String...) async throws -> PolicyDifference {
        try await PolicyDiffCommand.parse(words).compare()
    }

    @Test func namesWhatChangesAndWhy() async throws {
        let place = try Place()
        let old = try policy(place, "old", key: "corporate")
        let new = try policy(place, "new", key: "stranger")
        let list = try images(place, "key-alone", "stranger_fail", "none_fail", "two-of-two")
        let difference = try await compare(
            "payments=\(old)", "payments=\(new)", "--images", list, "--at", Self.at)
        #expect(difference.decided == 4)
        #expect(difference.undecidable.isEmpty)
        #expect(
            difference.changes.map(\.reference?.repository) == [
                "apps/key-alone", "apps/stranger_fail", "apps/two-of-two",
            ])
        let lost = difference.changes[0]
        #expect(lost.old.verdict == .admit && lost.new.verdict == .reject && lost.new.isBlocked)
        #expect(lost.new.reason?.code.name == "signature.none")
        #expect(lost.teams == ["payments"])
        let won = difference.changes[1]
        #expect(won.old.verdict == .reject && won.new.verdict == .admit && won.teams == ["payments"])
        #expect(difference.changes.allSatisfy { $0.namespace == "apps" })

        let text = PolicyDifferenceReport.text(difference)
        #expect(text.hasPrefix("3 of 4 decisions change: 2 newly blocked, 1 no longer blocked\n"))
        #expect(text.contains("\npayments\n") && text.contains("admit -> reject") && text.contains("reject -> admit"))
        #expect(text.contains("because  signature.none") && text.contains("was      signature.none"))
        let markdown = PolicyDifferenceReport.markdown(difference)
        #expect(markdown.contains("#### payments") && markdown.contains("| admit | reject | `signature.none`"))
        #expect(difference.json["decided"] == 4)
    }

    /// docs/policy-diff.schema.json lists each field that is written, and none that never is.
    @Test func theSchemaSaysWhatIsWritten() async throws {
        let place = try Place()
        let old = try policy(place, "old", key: "corporate")
        let new = try policy(place, "new", key: "stranger")
        let list = try images(place, "key-alone", "stranger_fail")
        let more = try place.write(
            String(contentsOfFile: list, encoding: .utf8) + "oci:nowhere:v1 namespace=apps\n", to: "more.txt")
        let difference = try await compare(old, new, "--images", more, "--at", Self.at)
        let text = try #require(EmbeddedSchemas.schema(of: "PolicyDiff")?.text)
        let schema = try #require(JSONTree(JSONDocument(parsing: Array(text.utf8)).root))
        var seen: Set<String> = []
        check(difference.json, schema, in: schema, at: "", &seen)
        var listed: Set<String> = []
        for (name, type) in [("", schema), ("change", nil), ("decision", nil)] {
            guard case .object(let fields)? = (type ?? schema["$defs"]?[name])?["properties"] else { continue }
            listed.formUnion(fields.keys.map(\.value))
        }
        #expect(listed.isSubset(of: seen), "\(listed.subtracting(seen))")
    }

    /// Required fields are there, and no other than those that are listed.
    private func check(
        _ value: JSONTree, _ type: JSONTree, in schema: JSONTree, at place: String, _ seen: inout Set<String>
    ) {
        if case .string(let name)? = type["$ref"], let target = schema["$defs"]?[String(name.dropFirst(8))] {
            return check(value, target, in: schema, at: place, &seen)
        }
        switch value {
        case .array(let items):
            for item in items { check(item, type["items"] ?? .null, in: schema, at: place, &seen) }
        case .object(let members):
            for (key, member) in members {
                guard let field = type["properties"]?[key.value] else {
                    Issue.record("\(place) \(key.value) is not listed")
                    continue
                }
                seen.insert(key.value)
                check(member, field, in: schema, at: place + "/" + key.value, &seen)
            }
            guard case .array(let required)? = type["required"] else { return }
            for case .string(let name) in required { #expect(members[ExactString(name)] != nil, "\(place) \(name)") }
        default:
            if case .array(let values)? = type["enum"] { #expect(values.contains(value), "\(place)") }
        }
    }

    @Test func exitStatusSaysWhetherAnythingChanges() async throws {
        let place = try Place()
        let old = try policy(place, "old", key: "corporate")
        let new = try policy(place, "new", key: "stranger")
        let list = try images(place, "key-alone", "none_fail")
        func status(_ new: String, _ list: String, _ more: String...) async throws -> Int32 {
            try await LandwaiterCommandsTests.status(
                ["policy", "diff", old, new, "--images", list, "--at", Self.at] + more)
        }
        #expect(try await status(old, list) == 0)
        for format in ["text", "markdown", "json"] {
            #expect(try await status(new, list, "--output", format) == 1)
        }
        let missing = try place.write("oci:nowhere:v1\n", to: "missing.txt")
        #expect(try await status(new, missing) == 2, "what is not there is not compared")
        #expect(try await status(new, try place.write("# none\n", to: "none.txt")) == 65)
        for line in ["oci:x as=", "oci:x as=a as=b", "oci:x name=a", "registry.example/x", "oci:x as=UPPER/x:1:2"] {
            #expect(try await status(new, try place.write(line + "\n", to: "wrong.txt")) == 65, "\(line)")
        }
        #expect(try await run("policy", "diff", old, new) == 64)
        #expect(try await run("policy", "diff", old, new, "--records", list) == 64, "no store")
        #expect(try await run("policy", "diff", old, place.path("none"), "--images", list) == 65)
    }

    /// The same verdict, but nobody is blocked by it any more.
    @Test func aStageIsAChange() async throws {
        let place = try Place()
        let old = try policy(place, "old", key: "stranger")
        let new = try policy(place, "new", key: "stranger", stage: "warn")
        let difference = try await compare(
            old, new, "--images", try images(place, "key-alone"), "--at", Self.at)
        #expect(difference.changes.count == 1)
        #expect(PolicyDifferenceReport.text(difference).contains("reject -> reject (warn, not blocked)"))
    }

    @Test func imagesThatNoPolicySpeaksOfAnyMoreAreOfNoTeam() async throws {
        let place = try Place()
        let old = try policy(place, "old", key: "corporate")
        let new = try policy(place, "new", key: "corporate", images: "registry.example/other/**")
        let difference = try await compare(
            old, new, "--images", try images(place, "key-alone"), "--at", Self.at)
        #expect(difference.changes.map(\.teams) == [[]])
        #expect(PolicyDifferenceReport.text(difference).contains("\nno policy\n"))
    }

    /// Policies of other teams stand beside both, and keep what changed from changing.
    @Test func policiesBesideBothCount() async throws {
        let place = try Place()
        let old = try policy(place, "old", key: "corporate")
        let new = try policy(place, "new", key: "stranger")
        let base = try policy(place, "base", key: "pipeline")
        let list = try images(place, "key-alone")
        let difference = try await compare(
            "payments=\(old)", "payments=\(new)", "--policy", "base=\(base)", "--images", list, "--at", Self.at)
        #expect(difference.changes.isEmpty && difference.decided == 1)
    }

    /// The same policies under a new guardrail: its source is the one that objects.
    @Test func guardrailsAreComparedToo() async throws {
        let place = try Place()
        let policies = try policy(place, "policies", key: "corporate")
        let guardrails = try place.write(
            """
            apiVersion: landwaiter.dev/v1
            kind: Guardrail
            metadata: {name: organisation, owner: security}
            spec:
              scope: {namespaces: ["**"], images: ["**"]}
              deny: [{id: no-v1, on: image, image: {tag: {in: [v1]}}}]
            """, to: "guardrails/guardrail.yaml")
        let list = try images(place, "key-alone")
        let changed = try await compare(
            policies, policies, "--new-guardrails", "security=\(guardrails)", "--images", list, "--at", Self.at)
        #expect(changed.changes.map(\.teams) == [["security"]])
        #expect(changed.changes.map(\.new.reason?.code.name) == ["policy.denied"])
        let same = try await compare(policies, policies, "--guardrails", guardrails, "--images", list, "--at", Self.at)
        #expect(same.changes.isEmpty && same.decided == 1)
        let undone = try await compare(
            policies, policies, "--old-guardrails", guardrails, "--images", list, "--at", Self.at)
        #expect(undone.changes.map(\.new.verdict) == [.admit])
        #expect(undone.changes.map(\.teams) == [["guardrails"]])
    }

    private func record(_ item: String, policy: String, more: String...) async throws -> String {
        let record = try await VerifyCommand.decide(
            [
                "oci:" + Repository.path("testdata/signature/\(item)/image") + ":v1", "--policy", policy, "--namespace",
                "apps", "--as", "registry.example/apps/ledger:v1",
            ] + more)
        return String(decoding: record.canonicalBytes, as: UTF8.self)
    }

    @Test func recordsAreDecidedAnewFromStores() async throws {
        let place = try Place()
        let old = try policy(place, "old", key: "corporate")
        let new = try policy(place, "new", key: "stranger")
        let records = try place.write(
            [
                try await record("key-alone", policy: old, more: "--at", "2026-11-20T12:00:00Z"),
                try await record("none_fail", policy: old, more: "--at", "2026-11-21T12:00:00Z"),
            ].joined(separator: "\n") + "\n", to: "records.jsonl")
        let store = "oci:" + Repository.path("testdata/signature/key-alone/image")
        let elsewhere = "oci:" + Repository.path("testdata/bases/debian")
        let difference = try await compare(
            old, new, "--records", records, "--store", elsewhere, "--store", store)
        // Both cases are of one image, so the store of the first has both.
        #expect(difference.decided == 2)
        #expect(difference.changes.map(\.at.description) == ["2026-11-20T12:00:00Z", "2026-11-21T12:00:00Z"])
        #expect(difference.changes[0].reference?.description == "registry.example/apps/ledger:v1")
        #expect(difference.changes[0].namespace == "apps")

        let absent = try await compare(old, new, "--records", records, "--store", elsewhere)
        #expect(absent.decided == 0 && absent.changes.isEmpty)
        #expect(absent.undecidable.map(\.finding.code.name) == ["image.not-found", "image.not-found"])
        #expect(absent.undecidable[0].subject == "registry.example/apps/ledger:v1")
        #expect(PolicyDifferenceReport.text(absent).contains("not compared"))
        #expect(PolicyDifferenceReport.markdown(absent).contains("#### Not compared"))
        #expect(
            try await run("policy", "diff", old, new, "--records", records, "--store", store + ":v1") == 64,
            "a store, not an image")
    }

    @Test func whatIsNoRecordIsRefused() async throws {
        let place = try Place()
        let old = try policy(place, "old", key: "corporate")
        let good = try await record("key-alone", policy: old, more: "--at", Self.at)
        for bad in [
            "{}", "[]", "x", good.replacing("\"schemaVersion\":1", with: "\"schemaVersion\":2"),
            good.replacing("\"evaluatedAt\":\"", with: "\"evaluatedAt\":\"x"),
            good.replacing("registry.example/apps/ledger:v1", with: "REGISTRY/x:1:2"),
            good.replacing("\"namespace\":\"apps\"", with: "\"namespace\":7"),
            good.replacing("\"image\":{\"digest\":\"sha256:", with: "\"image\":{\"digest\":\"sha256:x"),
        ] {
            #expect(bad != good)
            let file = try place.write(good + "\n" + bad + "\n", to: "records.jsonl")
            #expect(
                try await run("policy", "diff", old, old, "--records", file, "--store", "oci:x") == 65,
                "\(bad.prefix(60))")
        }
    }

    /// What an image or its evidence says never becomes Markdown.
    @Test func hostileTextStaysText() async throws {
        let place = try Place()
        let old = try policy(place, "old", key: "corporate")
        let new = try policy(place, "new", key: "stranger")
        let line =
            "oci:\(Repository.path("testdata/signature/key-alone/image")):v1 namespace=<img|src=x>[a](b)*@team*\u{202E}"
        let difference = try await compare(
            old, new, "--images", try place.write(line + "\n", to: "images.txt"), "--at", Self.at)
        let markdown = PolicyDifferenceReport.markdown(difference)
        #expect(markdown.contains("&lt;img\\|src=x&gt;\\[a\\](b)\\*&#64;team\\*\\\\u{202e}"))
        #expect(!PolicyDifferenceReport.text(difference).unicodeScalars.contains("\u{202E}"))
        // Backticks that pair in another way than they seem to.
        for namespace in ["```<img>`a``", "`<img>", "``<img>``", "`a``<img>`"] {
            let line = "oci:\(Repository.path("testdata/signature/key-alone/image")):v1 namespace=\(namespace)"
            let markdown = PolicyDifferenceReport.markdown(
                try await compare(old, new, "--images", try place.write(line + "\n", to: "images.txt"), "--at", Self.at)
            )
            #expect(!markdown.contains("<img>"), "\(namespace)")
        }
        let code = PolicyDifferenceReport.markdown(
            try await compare(
                old, new, "--images",
                try place.write(line.replacing("<img|src=x>", with: "`a*|`") + "\n", to: "images.txt"),
                "--at", Self.at))
        #expect(code.contains("`a*\\|`\\[a"))
    }
}
