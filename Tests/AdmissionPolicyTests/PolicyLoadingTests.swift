import AdmissionPolicy
import Content
import Findings
import OCI
import PKI
import StrictEncoding
import Testing

@Suite struct PolicyLoadingTests {
    @Test func loadsTheWholeLanguage() throws {
        var text = PolicyText()
        text.stage = "{stage: pilot, percent: 20}"
        text.namespaces = "[finance, \"team-*\"]"
        text.signers = """
                corporate: {key: {file: ./keys/../keys/rsa.pub, schemes: [rsa-pss-sha256]}, reference: exact}
                pipeline: {key: {file: keys/pipeline.pub}, reference: repository}
            """
        text.require = """
            - {id: signed, on: image, signature: {by: {atLeast: 2, of: [corporate, pipeline]}}}
            - id: built
              on: {platform: linux/arm/v7}
              provenance:
                by: {atLeast: 1, of: [pipeline]}
                match: latest
                newestAge: 30d
                builder: ["https://ci.example/*"]
                buildType: ["https://ci.example/type"]
                source: {repository: ["https://git.example/*"], ref: [refs/heads/main]}
                entryPoint: [build.yml]
                externalParameters: [{name: "inputs.*", values: ["**"]}]
            - id: based
              on: each-platform
              baseImage:
                proof: [materials, layers]
                by: {atLeast: 1, of: [pipeline]}
                approved: [{repository: debian, digests: ["\(Digest.debian)"]}]
                buildTools: [{repository: golang, digests: ["\(Digest.golang)"]}]
            - id: described
              on: image
              image:
                labels: {team: {in: [payments]}, "org.example/x": {glob: ["a*", b]}}
                user: {nonRoot: true}
                tag: {glob: ["v*"]}
                name: {in: [registry.example/ledger]}
                platform: {in: [linux/amd64]}
            """
        text.deny = "- {id: no-latest, on: image, image: {tag: {in: [latest]}}}"
        let policy = try text.load()
        #expect(policy.name == PolicyName(source: "payments", name: "finance"))
        #expect(policy.owner == "payments-platform")
        #expect(policy.stage == .pilot(percent: 20))
        #expect(policy.scope.namespaces.map(\.description) == ["finance", "team-*"])
        #expect(policy.signers.map(\.name) == ["corporate", "pipeline"])
        #expect(policy.signers.map(\.reference) == [.exact, .repository])
        #expect(policy.signers.first?.keys.map(\.schemes) == [[.rsaPSSSHA256]])
        #expect(policy.require.map(\.id) == ["signed", "built", "based", "described"])
        #expect(policy.require[1].target == .platform(Platform(os: "linux", architecture: "arm", variant: "v7")))
        guard case .provenance(let provenance) = policy.require[1].rule else { throw Missing() }
        #expect(provenance.newestAge == Int64(2_592_000))
        #expect(provenance.externalParameters.count == 1)
        guard case .baseImage(let base) = policy.require[2].rule else { throw Missing() }
        #expect(base.approved.map(\.image.repository) == ["docker.io/library/debian"])
        #expect(base.buildTools.flatMap(\.digests) == [.golang])
        guard case .image(let conditions) = policy.require[3].rule else { throw Missing() }
        #expect(conditions.labels.map(\.key) == ["org.example/x", "team"])
        #expect(policy.deny.map(\.id) == ["no-latest"])
        #expect(policy.fileDigest == Digest(of: Array(text.text.utf8)))
    }

    /// Each pair is a change of the plain policy and what it has to be refused for, on which line.
    struct Mistake: CustomTestStringConvertible {
        let title: String
        let code: ReasonCode
        let line: Int
        var contains = ""
        let change: @Sendable (inout PolicyText) -> Void
        var testDescription: String { title }
    }

    static let mistakes: [Mistake] = [
        Mistake(title: "no stage", code: .policyFileMissingField, line: 5) { $0.stage = "{percent: 5}" },
        Mistake(title: "unknown stage", code: .policyFileBadValue, line: 5, contains: "`enforce`") {
            $0.stage = "{stage: Enforce}"
        },
        Mistake(title: "pilot without percent", code: .policyFileMissingField, line: 5) { $0.stage = "{stage: pilot}" },
        Mistake(title: "percent without pilot", code: .policyFileNoEffect, line: 5) {
            $0.stage = "{stage: enforce, percent: 5}"
        },
        Mistake(title: "percent 0", code: .policyFileBadValue, line: 5) { $0.stage = "{stage: pilot, percent: 0}" },
        Mistake(title: "percent 101", code: .policyFileBadValue, line: 5) { $0.stage = "{stage: pilot, percent: 101}" },
        Mistake(title: "percent in hexadecimal", code: .policyFileBadValue, line: 5) {
            $0.stage = "{stage: pilot, percent: 0x10}"
        },
        Mistake(title: "percent in octal", code: .policyFileBadValue, line: 5) {
            $0.stage = "{stage: pilot, percent: 010}"
        },
        Mistake(title: "percent as string", code: .policyFileWrongType, line: 5) {
            $0.stage = "{stage: pilot, percent: \"10\"}"
        },
        Mistake(title: "empty namespaces", code: .policyFileEmptyValue, line: 6) { $0.namespaces = "[]" },
        Mistake(title: "empty namespace", code: .policyFileEmptyValue, line: 6) { $0.namespaces = "[\"\"]" },
        Mistake(title: "namespace as scalar", code: .policyFileWrongType, line: 6) { $0.namespaces = "finance" },
        Mistake(title: "namespace with slash", code: .policyFileBadValue, line: 6) { $0.namespaces = "[a/b]" },
        Mistake(title: "namespace as number", code: .policyFileWrongType, line: 6, contains: "quotes") {
            $0.namespaces = "[123]"
        },
        Mistake(title: "namespace as boolean", code: .policyFileWrongType, line: 6, contains: "\"true\"") {
            $0.namespaces = "[true]"
        },
        Mistake(title: "namespace twice", code: .policyFileTwice, line: 6) { $0.namespaces = "[a, a]" },
        Mistake(
            title: "regular expression as image", code: .policyFileBadValue, line: 6, contains: "regular expression"
        ) {
            $0.images = "[\"^registry.example/.*$\"]"
        },
        Mistake(title: "image with tag", code: .policyFileBadValue, line: 6, contains: "cut tag") {
            $0.images = "[\"registry.example/ledger:1.0\"]"
        },
        Mistake(title: "image with digest", code: .policyFileBadValue, line: 6) {
            $0.images = "[\"registry.example/ledger@sha256:*\"]"
        },
        Mistake(title: "unquoted glob", code: .policyFileAnchor, line: 6, contains: "quotes") { $0.images = "[**]" },
        Mistake(title: "bad policy name", code: .policyFileBadValue, line: 3) { $0.name = "Finance/x" },
        Mistake(title: "signer without kind", code: .policyFileExactlyOne, line: 8) {
            $0.signers = "    corporate: {reference: exact}"
        },
        Mistake(title: "signer of two kinds", code: .policyFileExactlyOne, line: 8) {
            $0.signers = "    corporate: {key: {file: keys/corporate.pub}, github: {repository: example/ledger}}"
        },
        Mistake(title: "unknown kind of signer", code: .policyFileUnknownField, line: 8, contains: "`key`") {
            $0.signers = "    corporate: {kee: {file: keys/corporate.pub}}"
        },
        Mistake(title: "absolute key path", code: .policyFileKeyPath, line: 8) {
            $0.signers = "    corporate: {key: {file: /keys/corporate.pub}}"
        },
        Mistake(title: "key path that climbs out", code: .policyFileKeyPath, line: 8) {
            $0.signers = "    corporate: {key: {file: keys/../../keys/corporate.pub}}"
        },
        Mistake(title: "missing key file", code: .policyFileKeyUnreadable, line: 8, contains: "keys/absent.pub") {
            $0.signers = "    corporate: {key: {file: keys/absent.pub}}"
        },
        Mistake(title: "scheme of another kind of key", code: .policyFileBadValue, line: 8, contains: "ecdsa-p256") {
            $0.signers = "    corporate: {key: {file: keys/corporate.pub, schemes: [ed25519]}}"
        },
        Mistake(title: "no schemes", code: .policyFileEmptyValue, line: 8) {
            $0.signers = "    corporate: {key: {file: keys/corporate.pub, schemes: []}}"
        },
        Mistake(title: "unknown reference", code: .policyFileBadValue, line: 8) {
            $0.signers = "    corporate: {key: {file: keys/corporate.pub}, reference: prefix}"
        },
        Mistake(title: "no requirement", code: .policyFileEmptyValue, line: 13) { $0.require = "[]" },
        Mistake(title: "unknown signer", code: .policyFileUnknownSigner, line: 13, contains: "`corporate`") {
            $0.require = "- {id: a, on: image, signature: {by: {atLeast: 1, of: [corporat]}}}"
        },
        Mistake(title: "no signers", code: .policyFileEmptyValue, line: 13) {
            $0.require = "- {id: a, on: image, signature: {by: {atLeast: 1, of: []}}}"
        },
        Mistake(title: "threshold of none", code: .policyFileBadValue, line: 13) {
            $0.require = "- {id: a, on: image, signature: {by: {atLeast: 0, of: [corporate]}}}"
        },
        Mistake(title: "negative threshold", code: .policyFileBadValue, line: 13) {
            $0.require = "- {id: a, on: image, signature: {by: {atLeast: -1, of: [corporate]}}}"
        },
        Mistake(title: "threshold beyond the signers", code: .policyFileUnreachableThreshold, line: 13) {
            $0.require = "- {id: a, on: image, signature: {by: {atLeast: 3, of: [corporate, pipeline]}}}"
        },
        Mistake(title: "threshold beyond the keys", code: .policyFileUnreachableThreshold, line: 13, contains: "1") {
            $0.require = "- {id: a, on: image, signature: {by: {atLeast: 2, of: [corporate, again]}}}"
        },
        Mistake(title: "signer named twice", code: .policyFileTwice, line: 13) {
            $0.require = "- {id: a, on: image, signature: {by: {atLeast: 1, of: [corporate, corporate]}}}"
        },
        Mistake(title: "no kind of rule", code: .policyFileExactlyOne, line: 13) {
            $0.require = "- {id: a, on: image}"
        },
        Mistake(title: "two kinds of rule", code: .policyFileExactlyOne, line: 13) {
            $0.require = """
                - {id: a, on: image, signature: {by: {atLeast: 1, of: [corporate]}}, image: {user: {nonRoot: true}}}
                """
        },
        Mistake(title: "exceptions in a policy", code: .policyFileNotSupportedYet, line: 6) {
            $0.stage = "{stage: enforce}\n  exceptions: {x: y}"
        },
        Mistake(title: "misspelt field", code: .policyFileUnknownField, line: 13, contains: "did you mean `baseImage`?")
        {
            $0.require = "- {id: a, on: image, baseimage: {proof: [layers]}}"
        },
        Mistake(title: "no target", code: .policyFileMissingField, line: 13) {
            $0.require = "- {id: a, signature: {by: {atLeast: 1, of: [corporate]}}}"
        },
        Mistake(title: "unknown target", code: .policyFileBadValue, line: 13, contains: "did you mean `each-platform`?")
        {
            $0.require = "- {id: a, on: each-platfrom, signature: {by: {atLeast: 1, of: [corporate]}}}"
        },
        Mistake(title: "bad platform", code: .policyFileBadValue, line: 13) {
            $0.require = "- {id: a, on: {platform: linux}, signature: {by: {atLeast: 1, of: [corporate]}}}"
        },
        Mistake(title: "id twice", code: .policyFileTwice, line: 14, contains: "line 13") {
            $0.require = PolicyText.signature + "\n" + PolicyText.signature
        },
        Mistake(title: "id of a requirement as that of a denial", code: .policyFileTwice, line: 15) {
            $0.deny = "- {id: signed, on: image, image: {tag: {in: [latest]}}}"
        },
        Mistake(title: "denial by signature", code: .policyFileUnknownField, line: 15) {
            $0.deny = "- {id: d, on: image, image: {tag: {in: [a]}}, signature: {by: {atLeast: 1, of: [corporate]}}}"
        },
        Mistake(title: "no conditions", code: .policyFileEmptyValue, line: 15) {
            $0.deny = "- {id: d, on: image, image: {}}"
        },
        Mistake(title: "in and glob", code: .policyFileExactlyOne, line: 15) {
            $0.deny = "- {id: d, on: image, image: {tag: {in: [a], glob: [b]}}}"
        },
        Mistake(title: "nonRoot: false", code: .policyFileBadValue, line: 15) {
            $0.deny = "- {id: d, on: image, image: {user: {nonRoot: false}}}"
        },
        Mistake(title: "label value as boolean", code: .policyFileWrongType, line: 15) {
            $0.deny = "- {id: d, on: image, image: {labels: {debug: {in: [true]}}}}"
        },
        Mistake(title: "no match", code: .policyFileMissingField, line: 15, contains: "`match`") {
            $0.require = PolicyText.provenance().replacing("match: any, ", with: "")
        },
        Mistake(title: "no builder", code: .policyFileMissingField, line: 15, contains: "`builder`") {
            $0.require = PolicyText.provenance().replacing("builder: [\"https://ci.example/*\"], ", with: "")
        },
        Mistake(title: "no source", code: .policyFileMissingField, line: 15, contains: "`source`") {
            $0.require = """
                - id: built
                  on: image
                  provenance: {by: {atLeast: 1, of: [pipeline]}, match: any, builder: ["**"]}
                """
        },
        Mistake(title: "no ref", code: .policyFileMissingField, line: 15, contains: "`ref`") {
            $0.require = PolicyText.provenance(source: "{repository: [\"**\"]}")
        },
        Mistake(title: "latest without age", code: .policyFileMissingField, line: 15, contains: "`newestAge`") {
            $0.require = PolicyText.provenance(match: "latest")
        },
        Mistake(title: "age without unit", code: .policyFileWrongType, line: 15) {
            $0.require = PolicyText.provenance(match: "latest", more: ", newestAge: 30")
        },
        Mistake(title: "age of nothing", code: .policyFileBadValue, line: 15) {
            $0.require = PolicyText.provenance(match: "latest", more: ", newestAge: 0d")
        },
        Mistake(title: "level 4", code: .policyFileBadValue, line: 15) {
            $0.require = PolicyText.provenance(more: ", level: 4")
        },
        Mistake(title: "level 0", code: .policyFileBadValue, line: 15) {
            $0.require = PolicyText.provenance(more: ", level: 0")
        },
        Mistake(title: "materials without signers", code: .policyFileMissingField, line: 16, contains: "`by`") {
            $0.require = PolicyText.base(proof: "[materials]", by: nil)
        },
        Mistake(title: "signers without materials", code: .policyFileNoEffect, line: 18) {
            $0.require = PolicyText.base(proof: "[layers]")
        },
        Mistake(title: "no proof", code: .policyFileEmptyValue, line: 16) { $0.require = PolicyText.base(proof: "[]") },
        Mistake(title: "unknown proof", code: .policyFileBadValue, line: 16) {
            $0.require = PolicyText.base(proof: "[layer]")
        },
        Mistake(title: "no approved digest", code: .policyFileEmptyValue, line: 17) {
            $0.require = PolicyText.base(proof: "[layers]", by: nil, digests: [])
        },
        Mistake(title: "approved by tag", code: .policyFileBadValue, line: 17, contains: "`digests`") {
            $0.require = PolicyText.base(proof: "[layers]", by: nil)
                .replacing("base/debian", with: "base/debian:12")
        },
        Mistake(title: "digest in capitals", code: .policyFileBadValue, line: 17) {
            $0.require = PolicyText.base(proof: "[layers]", by: nil)
                .replacing(Digest.debian.hex, with: Digest.debian.hex.uppercased())
        },
    ]

    @Test(arguments: mistakes) func refuses(_ mistake: Mistake) {
        var text = PolicyText()
        mistake.change(&text)
        let found = Policies.errors(text.text)
        #expect(found.first?.code == mistake.code, "\(found)")
        #expect(found.first?.line == mistake.line, "\(found)\n\(text.text)")
        let said = found.map { "\($0.message) \($0.mend)" }.joined(separator: "\n")
        #expect(mistake.contains.isEmpty || said.contains(mistake.contains), "\(said)")
        #expect(found.count == 1, "\(found)")
    }

    @Test func refusesOtherVersionsAndKinds() {
        let text = PolicyText().text
        func code(_ from: String, _ to: String) -> [ReasonCode] {
            Policies.errors(text.replacing(from, with: to)).map(\.code)
        }
        #expect(code("landwaiter.dev/v1", "landwaiter.dev/v2") == [.policyFileVersion])
        #expect(code("landwaiter.dev/v1", "Landwaiter.dev/v1") == [.policyFileVersion])
        #expect(code("AdmissionPolicy", "admissionpolicy") == [.policyFileVersion])
        #expect(code("AdmissionPolicy", "ClusterImagePolicy") == [.policyFileVersion])
    }

    @Test func refusesPolicyWithDenialsOnly() {
        var lines = PolicyText(deny: "- {id: d, on: image, image: {tag: {in: [latest]}}}").text
            .split(separator: "\n")
        lines.removeAll { $0.contains("require:") || $0.contains("id: signed") }
        let found = Policies.errors(lines.joined(separator: "\n"))
        #expect(found.map(\.code) == [.policyFileMissingField])
        #expect(found.first?.message.contains("`require`") == true)
    }

    @Test(arguments: ["metadata", "enforcement", "scope", "require", "owner", "namespaces", "images"])
    func refusesMissingField(_ field: String) {
        // Renamed, so that the field is both missing and unknown.
        let text = PolicyText().text.replacing("\(field):", with: "\(field)-x:")
        #expect(
            Set(Policies.errors(text).map(\.code.name)) == ["policy-file.missing-field", "policy-file.unknown-field"])
    }

    @Test func gathersMistakesOfAllFiles() {
        var first = PolicyText()
        first.stage = "{stage: never}"
        first.namespaces = "[]"
        var second = PolicyText()
        second.require = "- {id: a, on: nowhere, image: {}}"
        let source = PolicySource(
            name: "payments",
            directory: "policies",
            files: [
                PolicyFile(path: "b.yaml", bytes: Array(second.text.utf8)),
                PolicyFile(path: "a.yaml", bytes: Array(first.text.utf8)),
            ]
        ) { path in Keys.files[path].map { .success(Array($0.utf8)) } ?? .failure(KeyFileError("absent")) }
        do throws(PolicyLoadFailure) {
            _ = try PolicySet.load([source])
            Issue.record("expected errors")
        } catch {
            #expect(
                error.errors.map { "\($0.file):\($0.line)" } == [
                    "policies/a.yaml:5", "policies/a.yaml:6", "policies/b.yaml:13", "policies/b.yaml:13",
                ])
        }
    }

    @Test func namesKeyProblemsByTheirOwnCodes() {
        let source = PolicySource(
            name: "payments", files: [PolicyFile(path: "p.yaml", bytes: Array(PolicyText().text.utf8))]
        ) { _ in .success(Array("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n".utf8)) }
        do throws(PolicyLoadFailure) {
            _ = try PolicySet.load([source])
            Issue.record("expected errors")
        } catch {
            #expect(Set(error.errors.map(\.code)) == [.keyPrivateGiven])
            #expect(error.errors.first?.line == 8)
        }
    }

    @Test func resolvesKeysFromTheFileWithinTheSource() throws {
        var text = PolicyText()
        text.signers = "    corporate: {key: {file: ../keys/corporate.pub}}"
        let set = try PolicySet.load([Policies.source(text.text, path: "teams/policy.yaml")])
        #expect(set.policies.first?.signers.count == 1)
    }

    @Test func doesNotClimbOutThroughADotInThePathOfTheFile() {
        var text = PolicyText()
        text.signers = "    corporate: {key: {file: ../keys/corporate.pub}}"
        for path in ["./policy.yaml", "policy.yaml", "././policy.yaml", "a/../policy.yaml"] {
            #expect(throws: PolicyLoadFailure.self) {
                try PolicySet.load([Policies.source(text.text, path: path)])
            }
        }
    }

    @Test func refusesTooMany() {
        func codes(_ change: (inout PolicyText) -> Void) -> [ReasonCode] {
            var text = PolicyText()
            change(&text)
            return Policies.errors(text.text).map(\.code)
        }
        func rules(_ count: Int) -> String {
            (0..<count).map { PolicyText.signature.replacing("id: signed", with: "id: r\($0)") }.joined(separator: "\n")
        }
        func denials(_ count: Int) -> String {
            (0..<count).map { "- {id: d\($0), on: image, image: {tag: {in: [a]}}}" }.joined(separator: "\n")
        }
        func names(_ count: Int) -> String { "[\((0..<count).map { "n\($0)" }.joined(separator: ", "))]" }
        func signers(_ count: Int) -> String {
            (["corporate"] + (1..<count).map { "s\($0)" }).map { "    \($0): {key: {file: keys/corporate.pub}}" }
                .joined(separator: "\n")
        }
        #expect(codes { $0.require = rules(200) } == [])
        #expect(codes { $0.require = rules(201) } == [.policyFileTooMany])
        #expect(codes { $0.deny = denials(201) } == [.policyFileTooMany])
        #expect(codes { $0.namespaces = names(1000) } == [])
        #expect(codes { $0.namespaces = names(1001) } == [.policyFileTooMany])
        #expect(codes { $0.images = names(1001) } == [.policyFileTooMany])
        #expect(codes { $0.signers = signers(200) } == [])
        #expect(codes { $0.signers = signers(201) } == [.policyFileTooMany])
    }

    @Test func loadsSeveralDocumentsOfAFile() throws {
        var second = PolicyText()
        second.name = "second"
        let set = try Policies.load(PolicyText().text + "---\n" + second.text)
        #expect(set.policies.map(\.name.description) == ["payments/finance", "payments/second"])
    }

    @Test func refusesOneNameTwiceInASource() {
        let found = Policies.errors(PolicyText().text + "---\n" + PolicyText().text)
        #expect(found.map(\.code) == [.policyFileTwice])
    }

    @Test func tellsTeamsApartBySource() throws {
        let text = PolicyText().text
        let set = try PolicySet.load([Policies.source(text, name: "b"), Policies.source(text, name: "a")])
        #expect(set.policies.map(\.name.description) == ["a/finance", "b/finance"])
        #expect(throws: PolicyLoadFailure.self) {
            try PolicySet.load([Policies.source(text, name: "a"), Policies.source(text, name: "a")])
        }
    }

    @Test(arguments: ["", "a/b", "A", "a b", "-a", "a\nb"]) func refusesSourceName(_ name: String) {
        #expect(throws: PolicyLoadFailure.self) { try PolicySet.load([Policies.source(PolicyText().text, name: name)]) }
    }

    @Test func refusesToLoadNothing() {
        #expect(throws: PolicyLoadFailure.self) { try PolicySet.load([]) }
        let empty = PolicySource(name: "payments", files: []) { _ in .failure(KeyFileError("absent")) }
        #expect(throws: PolicyLoadFailure.self) { try PolicySet.load([empty]) }
        // One team's policies do not make up for another's that are not there.
        #expect(throws: PolicyLoadFailure.self) {
            try PolicySet.load([Policies.source(PolicyText().text, name: "other"), empty])
        }
    }

    @Test func passesOverTests() throws {
        let test = """
            apiVersion: landwaiter.dev/v1
            kind: PolicyTest
            metadata: {name: t}
            spec: {policies: [policy.yaml], cases: [{name: a, evidence: a.json, at: "2026-11-20T00:00:00Z", expect: {verdict: admit}}]}

            """
        #expect(try Policies.load(PolicyText().text + "---\n" + test).policies.count == 1)
        #expect(Policies.errors(test).map(\.code) == [.policyFileEmpty])
    }

    @Test func comparesFieldNamesAsBytes() {
        // U+212A KELVIN SIGN is canonically equivalent to K.
        let text = PolicyText().text.replacing("kind:", with: "\u{212A}ind:")
        #expect(Set(Policies.errors(text).map(\.code)) == [.policyFileMissingField, .policyFileUnknownField])
        let key = "kind: Admission\u{50}olicy"
        #expect(Policies.errors(PolicyText().text.replacing("kind: AdmissionPolicy", with: key)).isEmpty)
    }
}
