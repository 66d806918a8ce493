import Content
import Findings
import StrictEncoding
import Testing

@testable import AdmissionPolicy

/// What `policy check` warns about, and what it leaves alone (docs/policy.md, "Lint").
@Suite struct LintTests {
    private static let now = "2026-11-20T09:00:00Z"

    /// A policy that nothing is to be said of: its signers are used and a test loads it.
    private static func policy(_ change: (inout PolicyText) -> Void = { _ in }) -> PolicyText {
        var text = PolicyText()
        text.signers = "    corporate: {key: {file: keys/corporate.pub}}"
        change(&text)
        return text
    }

    private static func findings(_ change: (inout PolicyText) -> Void) throws -> [LintFinding] {
        try findings(policy(change).text)
    }

    private static func findings(_ text: String, tested: [String] = ["policy.yaml"]) throws -> [LintFinding] {
        let source = Policies.source(text)
        return PolicyLint.findings(
            [source], try PolicySet.load([source]), tested: tested, at: try #require(Instant(rfc3339: now)))
    }

    /// Codes, each with what stands at its place.
    private static func hits(_ change: (inout PolicyText) -> Void) throws -> [String] {
        let text = policy(change)
        let lines = text.text.split(separator: "\n", omittingEmptySubsequences: false)
        return try findings(text.text).map { finding in
            let line = lines[finding.place.line - 1].unicodeScalars.dropFirst(finding.place.column - 1)
            let word = String(String.UnicodeScalarView(line)).prefix { !",]}: ".contains($0) || $0 == ":" }
            return "\(finding.code) \(word)"
        }
    }

    @Test func nothingIsSaidOfAGoodPolicy() throws {
        #expect(try Self.findings { _ in } == [])
    }

    // MARK: Patterns that match nothing

    struct Pattern: Sendable, CustomTestStringConvertible {
        let field: String
        let text: String
        let code: String?
        var mend: String?
        var testDescription: String { "\(field): \(text)" }
    }

    static let patterns: [Pattern] = [
        // Namespaces
        Pattern(field: "namespace", text: "Finance", code: "lint.never-matches", mend: "write `finance`"),
        Pattern(field: "namespace", text: "team_*", code: "lint.never-matches"),
        Pattern(field: "namespace", text: "-finance", code: "lint.never-matches"),
        Pattern(field: "namespace", text: "finance-", code: "lint.never-matches"),
        Pattern(field: "namespace", text: String(repeating: "a", count: 64), code: "lint.never-matches"),
        Pattern(field: "namespace", text: String(repeating: "a", count: 63), code: nil),
        Pattern(field: "namespace", text: "team-*", code: nil),
        Pattern(field: "namespace", text: "*-prod", code: nil),
        Pattern(field: "namespace", text: "**", code: nil),
        // Names of images
        Pattern(
            field: "image", text: "registry.example/Finance/*", code: "lint.never-matches",
            mend: "write `registry.example/finance/*`"),
        Pattern(
            field: "image", text: "debian", code: "lint.never-matches",
            mend: "write `docker.io/library/debian` or `**/debian`"),
        Pattern(field: "image", text: "finance/ledger", code: "lint.never-matches"),
        Pattern(field: "image", text: "registry.example", code: "lint.never-matches"),
        Pattern(
            field: "image", text: "docker.io/debian", code: "lint.never-matches",
            mend: "write `docker.io/library/debian`"),
        Pattern(field: "image", text: "docker.io/*", code: "lint.never-matches"),
        Pattern(field: "image", text: "index.docker.io/library/debian", code: "lint.never-matches"),
        Pattern(
            field: "image", text: "registry.example/" + String(repeating: "a", count: 239), code: "lint.never-matches"),
        Pattern(field: "image", text: "registry.example/" + String(repeating: "a", count: 238), code: nil),
        Pattern(field: "image", text: "docker.io/library/debian", code: nil),
        Pattern(field: "image", text: "docker.io/**", code: nil),
        Pattern(field: "image", text: "localhost/app", code: nil),
        Pattern(field: "image", text: "registry:5000/app", code: nil),
        Pattern(field: "image", text: "**/ledger", code: nil),
        Pattern(field: "image", text: "*/finance/ledger", code: nil),
        Pattern(field: "name", text: "Registry.example/a", code: "lint.never-matches"),
        Pattern(field: "name", text: "registry.example/a", code: nil),
        // Tags
        Pattern(field: "tag", text: "release/*", code: "lint.never-matches"),
        Pattern(field: "tag", text: "-v*", code: "lint.never-matches"),
        Pattern(field: "tag", text: String(repeating: "a", count: 129), code: "lint.never-matches"),
        Pattern(field: "tag", text: String(repeating: "a", count: 128), code: nil),
        Pattern(field: "tag", text: "v*", code: nil),
        Pattern(field: "tag", text: "**", code: nil),
        // Sources
        Pattern(
            field: "repository", text: "github.com/example/*", code: "lint.never-matches",
            mend: "write `https://github.com/example/*`"),
        Pattern(
            field: "repository", text: "git+https://github.com/example/*", code: "lint.never-matches",
            mend: "write `https://github.com/example/*`"),
        Pattern(field: "repository", text: "https://github.com/example", code: "lint.never-matches"),
        Pattern(field: "repository", text: "https://github.com/*", code: "lint.never-matches"),
        Pattern(field: "repository", text: "https://github.com/a/b@refs/heads/main", code: "lint.never-matches"),
        Pattern(field: "repository", text: "https://github.com/example/*", code: nil),
        Pattern(field: "repository", text: "https://github.com/**", code: nil),
        Pattern(field: "repository", text: "https://git.example/finance/**", code: nil),
        Pattern(field: "repository", text: "ssh://git@git.example/a", code: nil),
        Pattern(field: "repository", text: "git@git.example:a/b", code: nil),
        Pattern(field: "repository", text: "**", code: nil),
        Pattern(
            field: "ref", text: "main", code: "lint.ref-not-full",
            mend: "write `refs/heads/main` for a branch, `refs/tags/main` for a tag"),
        Pattern(field: "ref", text: "heads/main", code: "lint.ref-not-full"),
        Pattern(field: "ref", text: "v*", code: "lint.ref-not-full"),
        Pattern(field: "ref", text: "refs/heads/main", code: nil),
        Pattern(field: "ref", text: "refs/tags/v*", code: nil),
        Pattern(field: "ref", text: "**", code: nil),
        Pattern(field: "ref", text: "*/heads/main", code: nil),
        // Builders
        Pattern(field: "builder", text: "github.com/example/*", code: "lint.never-matches"),
        Pattern(
            field: "builder", text: "https://github.com/a/b/.github/workflows/c.yml", code: "lint.never-matches",
            mend: "write `https://github.com/a/b/.github/workflows/c.yml@refs/tags/v*`"),
        Pattern(
            field: "builder", text: "https://github.com/a/b/.github/workflows/c.yml@v1", code: "lint.never-matches",
            mend: "write `@refs/tags/v1` or `@refs/heads/v1`"),
        Pattern(
            field: "builder", text: "https://github.com/a/b/.github/workflows/c.yml@*",
            code: "lint.star-stops-at-slash"),
        Pattern(field: "builder", text: "https://github.com/a/b/.github/workflows/c.yml@refs/tags/v*", code: nil),
        Pattern(field: "builder", text: "https://github.com/a/b/.github/workflows/*@refs/heads/main", code: nil),
        Pattern(field: "builder", text: "https://github.com/a/b/.github/workflows/*", code: nil),
        Pattern(
            field: "builder",
            text: "https://github.com/a/b/.github/workflows/c.yml@9a1efed3fa8b23d949531b80fbc013ace249ff76", code: nil),
        Pattern(field: "builder", text: "https://github.com/actions/runner/github-hosted", code: nil),
        Pattern(field: "builder", text: "urn:builder", code: nil),
        Pattern(field: "buildType", text: "workflow/v1", code: "lint.never-matches"),
        Pattern(field: "buildType", text: "https://slsa.example/workflow/v1", code: nil),
        // Platforms
        Pattern(field: "on", text: "linux/x86_64", code: "lint.never-matches", mend: "write `linux/amd64`"),
        Pattern(field: "on", text: "linux/aarch64", code: "lint.never-matches", mend: "write `linux/arm64`"),
        Pattern(field: "on", text: "linux/amd64", code: nil),
        Pattern(field: "platform", text: "linux/x86_64", code: "lint.never-matches"),
        Pattern(field: "platform", text: "linux/arm/v7", code: nil),
    ]

    @Test(arguments: patterns) func sayWhatNeverMatches(_ pattern: Pattern) throws {
        func provenance(
            builder: String = "https://ci.example/*", repository: String = "https://github.com/example/*",
            ref: String = "refs/heads/main", more: String = ""
        ) -> String {
            """
            - id: built
              on: image
              provenance:
                by: {atLeast: 1, of: [corporate]}
                match: any
                builder: ["\(builder)"]
                source: {repository: ["\(repository)"], ref: ["\(ref)"]}\(more)
            """
        }
        let findings = try Self.findings { policy in
            let text = pattern.text
            switch pattern.field {
            case "namespace": policy.namespaces = "[\"\(text)\"]"
            case "image": policy.images = "[\"\(text)\"]"
            case "name": policy.deny = "- {id: no, on: image, image: {name: {glob: [\"\(text)\"]}}}"
            case "tag": policy.deny = "- {id: no, on: image, image: {tag: {glob: [\"\(text)\"]}}}"
            case "platform": policy.deny = "- {id: no, on: image, image: {platform: {in: [\"\(text)\"]}}}"
            case "on":
                policy.require =
                    "- {id: signed, on: {platform: \(text)}, signature: {by: {atLeast: 1, of: [corporate]}}}"
            case "repository": policy.require = provenance(repository: text)
            case "ref": policy.require = provenance(ref: text)
            case "builder": policy.require = provenance(builder: text)
            default: policy.require = provenance(more: "\n    buildType: [\"\(text)\"]")
            }
        }
        #expect(findings.map(\.code.name) == (pattern.code.map { [$0] } ?? []))
        if let mend = pattern.mend { #expect(findings.first?.mend == mend) }
    }

    /// What builds elsewhere may state a ref as it likes.
    @Test func shortRefsAreLeftAloneOutsideOfGitHub() throws {
        let findings = try Self.findings {
            $0.require = PolicyText.provenance(
                by: "{atLeast: 1, of: [corporate]}",
                source: "{repository: [\"https://github.com/a/b\", \"https://git.example/c\"], ref: [main]}")
        }
        #expect(findings == [])
    }

    @Test func namesTheFileLineAndColumn() throws {
        let finding = try #require(try Self.findings { $0.namespaces = "[finance, \"Bad\"]" }.first)
        #expect(finding.place == PolicyPlace(file: "policy.yaml", line: 6, column: 33))
        #expect(
            finding.message
                == "`Bad` never matches: a namespace has lower-case letters, digits and `-` only (RFC 1123)")
    }

    @Test func saysWhereALiteralHoldsAWildcard() throws {
        #expect(
            try Self.hits { $0.deny = "- {id: no, on: image, image: {tag: {in: [v1, \"v*\"]}}}" } == [
                "lint.wildcard-in-literal \"v*\""
            ])
        #expect(
            try Self.hits { $0.deny = "- {id: no, on: image, image: {labels: {a: {in: [\"1?\"]}}}}" } == [
                "lint.wildcard-in-literal \"1?\""
            ])
        #expect(try Self.hits { $0.deny = "- {id: no, on: image, image: {tag: {in: [v1]}}}" } == [])
    }

    @Test func looksIntoRulesOnWhatIsInside() throws {
        let lists = #"deny: [{name: "log4j*"}, {name: log4j-core}, {name: "log*", versions: "vers:npm/<1.0.0"}]"#
        #expect(
            try Self.hits { $0.require = PolicyText.components(lists, by: "{atLeast: 1, of: [corporate]}") }
                .filter { $0.hasPrefix("lint.pattern") } == ["lint.pattern-subsumed log4j-core"])
        #expect(
            try Self.hits {
                $0.require = PolicyText.vulnerabilities("deny: [\"CVE-2021-*\"]", by: "{atLeast: 1, of: [corporate]}")
            }.filter { $0.hasPrefix("lint.wild") } == ["lint.wildcard-in-literal \"CVE-2021-*\""])
    }

    // MARK: Packages and licences

    private static func component(_ lists: String) throws -> [String] {
        try hits { $0.require = PolicyText.components(lists, by: "{atLeast: 1, of: [corporate]}") }
    }

    @Test(arguments: [
        ("pkg:maven/log4j-core", "write the namespace, or `pkg:maven/**/log4j-core` for any"),
        ("pkg:deb/openssl*", "write the namespace, or `pkg:deb/**/openssl*` for any"),
        ("pkg:pypi/acme/requests", "write `pkg:pypi/requests`"), ("pkg:gem/a/b/c", "write `pkg:gem/c`"),
        ("pkg:pip/requests", "write `pkg:pypi/requests`"), ("pkg:Go/example.com/x", "write `pkg:golang/example.com/x`"),
    ])
    func saysWhichPackagesHaveAnotherForm(package: String, mend: String) throws {
        for lists in [
            "deny: [{package: \"\(package)\"}], unidentified: reject", "require: [{package: \"\(package)\"}]",
        ] {
            let found = try Self.findings {
                $0.require = PolicyText.components(lists, by: "{atLeast: 1, of: [corporate]}")
            }
            #expect(found.map(\.code) == [.lintPackageForm])
            #expect(found.first?.mend == mend)
        }
        let excepted = try Self.findings {
            $0.require = PolicyText.licenses(
                "deny: [MIT], exceptions: [{package: \"\(package)\", licenses: [MIT]}]", by: "corporate")
        }
        #expect(excepted.map(\.code) == [.lintPackageForm])
    }

    @Test(arguments: [
        "pkg:maven/**", "pkg:maven/**/log4j-core", "pkg:maven/org.apache.*/x", "pkg:*/log4j-core", "pkg:npm/left-pad",
        "pkg:npm/@angular/core", "pkg:pypi/requests", "pkg:pypi/**", "pkg:pypi/requests/**", "pkg:golang/stdlib",
        "pkg:vendor/anything", "pkg:deb/debian/openssl", "pkg:deb/*/openssl",
    ])
    func leavesPackagesOfTheRightFormAlone(package: String) throws {
        #expect(try Self.component("deny: [{package: \"\(package)\"}], unidentified: reject") == [])
    }

    @Test func saysWhichPackageAnotherOneMeans() throws {
        #expect(
            try Self.component(
                "deny: [{package: \"pkg:npm/left-pad\"}, {package: \"pkg:npm/left-*\"}], unidentified: reject")
                == ["lint.pattern-subsumed \"pkg:npm/left-pad\""])
        // One of some versions is narrower.
        #expect(
            try Self.component(
                """
                deny: [{package: "pkg:npm/left-pad"}, {package: "pkg:npm/left-*", versions: "vers:npm/<2.0.0"}], \
                unidentified: reject
                """) == [])
    }

    @Test func saysWhichFormatsCannotSayTheGenerationContext() throws {
        let formats = ", formats: [spdx-2.2, spdx-2.3, syft, spdx, spdx-3.0, cyclonedx]"
        func findings(_ fields: String) throws -> [LintFinding] {
            try Self.findings {
                $0.require = PolicyText.sbom(by: "{atLeast: 1, of: [corporate]}", more: fields + formats)
            }
        }
        for fields in [", generationContext: [build]", ", minimumElements: {profile: cisa, coverage: 90%}"] {
            let found = try findings(fields)
            #expect(found.map(\.code) == [.lintNeverMatches, .lintNeverMatches, .lintNeverMatches])
            #expect(found.first?.message.hasPrefix("`spdx-2.2` has no field") == true)
        }
        #expect(try findings(", minimumElements: {profile: ntia, coverage: 90%}") == [])
    }

    @Test(
        arguments: [
            ("GPLv3", nil), ("AGPL-3.0-onyl", "did you mean `AGPL-3.0-only`?"),
            ("Apache-2.O", "did you mean `Apache-2.0`?"),
            ("AGPLv*", nil), ("GPL-2.0-only WITH Classpath", nil),
        ] as [(String, String?)])
    func saysWhichLicencesAreNotListed(license: String, mend: String?) throws {
        for lists in ["deny: [\"\(license)\"]", "allow: [\"\(license)\"]"] {
            let found = try Self.findings { $0.require = PolicyText.licenses(lists, by: "corporate") }
            #expect(found.map(\.code) == [.lintUnknownLicense])
            if let mend { #expect(found.first?.mend == mend) }
        }
    }

    @Test(arguments: [
        "MIT", "mit", "GPL-*", "*", "GPL-3.0-or-later", "GPL-2.0+", "GPL-2.0", "LicenseRef-Example", "LicenseRef-*",
        "Lic*", "GPL-2.0-only WITH Classpath-exception-2.0", "GPL-2.0-only WITH *",
    ])
    func leavesListedLicencesAlone(license: String) throws {
        #expect(
            try Self.findings { $0.require = PolicyText.licenses("deny: [\"\(license)\"]", by: "corporate") } == [])
    }

    // MARK: What another one says already

    @Test func saysWhichPatternAnotherSubsumes() throws {
        #expect(
            try Self.hits { $0.namespaces = "[finance, \"fin*\", payroll]" } == ["lint.pattern-subsumed finance"])
        #expect(try Self.hits { $0.namespaces = "[\"**\", finance]" } == ["lint.pattern-subsumed finance"])
        #expect(
            try Self.hits { $0.images = "[\"registry.example/a/**\", \"registry.example/a/*\"]" } == [
                "lint.pattern-subsumed \"registry.example/a/*\""
            ])
        #expect(
            try Self.hits { $0.images = "[\"**\", \"**/**\"]" } == ["lint.pattern-subsumed \"**/**\""],
            "of two that match the same, the first is kept")
        #expect(try Self.hits { $0.namespaces = "[finance, \"fin-*\", payroll]" } == [])
        #expect(
            try Self.hits { $0.images = "[\"registry.example/a/*\", \"registry.example/a/b/*\"]" } == [])
    }

    private static func signature(_ id: String, on: String = "image", _ atLeast: Int = 1, _ of: String...) -> String {
        "- {id: \(id), on: \(on), signature: {by: {atLeast: \(atLeast), of: [\(of.joined(separator: ", "))]}}}"
    }

    private static func two(_ rules: String..., deny: String? = nil) throws -> [String] {
        try hits {
            $0.signers += "\n    second: {key: {file: keys/fourth.pub}}"
            $0.require =
                rules.joined(separator: "\n")
                + "\n- {id: used, on: {platform: linux/s390x}, signature: {by: {atLeast: 2, of: [corporate, second]}}}"
            $0.deny = deny
        }
    }

    @Test func saysWhichRuleIsThereTwice() throws {
        #expect(
            try Self.two(Self.signature("a", 1, "corporate"), Self.signature("b", 1, "corporate")) == [
                "lint.rule-twice {id:"
            ])
        #expect(
            try Self.two(
                Self.signature("a", 1, "second"),
                deny: """
                    - {id: no, on: image, image: {tag: {in: [latest]}}}
                    - {id: never, on: image, image: {tag: {in: [latest]}}}
                    """) == ["lint.rule-twice {id:"])
        #expect(try Self.two(Self.signature("a", 1, "corporate"), Self.signature("b", 1, "second")) == [])
    }

    @Test func saysWhichSignatureAnotherImplies() throws {
        let implied = ["lint.rule-implied {id:"]
        #expect(
            try Self.two(Self.signature("a", 1, "corporate", "second"), Self.signature("b", 1, "second")) == implied,
            "one of fewer")
        #expect(
            try Self.two(
                Self.signature("a", 2, "corporate", "second"), Self.signature("b", 1, "second", "corporate"))
                == implied,
            "more of them")
        #expect(
            try Self.two(
                Self.signature("a", 1, "second"), Self.signature("b", on: "each-platform", 1, "second")) == implied,
            "the index covers its children")
        let reverse = try Self.findings {
            $0.require =
                Self.signature("a", on: "each-platform", 1, "corporate") + "\n" + Self.signature("b", 1, "corporate")
        }
        #expect(reverse.map(\.message) == ["`a` holds wherever `b` holds"], "never the reverse")
        #expect(
            try Self.two(
                Self.signature("a", 1, "second"),
                "- {id: b, on: {platform: linux/amd64}, signature: {by: {atLeast: 1, of: [second]}}}") == [],
            "the platform has to be there")
    }

    private static func provenance(
        _ id: String, match: String = "any", builder: String = "https://ci.example/*", ref: String = "refs/heads/*",
        by: String = "{atLeast: 1, of: [corporate]}", more: String = ""
    ) -> String {
        """
        - id: \(id)
          on: image
          provenance:
            by: \(by)
            match: \(match)
            builder: ["\(builder)"]
            source: {repository: ["https://git.example/**"], ref: ["\(ref)"]}\(more)
        """
    }

    @Test func saysWhichProvenanceAnotherImplies() throws {
        let implied = ["lint.rule-implied id:"]
        let wide = Self.provenance("wide")
        #expect(try Self.two(wide, Self.provenance("a", ref: "refs/heads/main")) == implied, "fewer refs")
        #expect(try Self.two(wide, Self.provenance("a", builder: "https://ci.example/a")) == implied, "fewer builders")
        #expect(try Self.two(wide, Self.provenance("a", match: "all")) == implied, "all is one")
        #expect(try Self.two(wide, Self.provenance("a", more: "\n    newestAge: 7d")) == implied, "and young")
        #expect(try Self.two(wide, Self.provenance("a", more: "\n    entryPoint: [a]")) == implied, "and from there")
        #expect(
            try Self.two(
                wide, Self.provenance("a", more: "\n    externalParameters: [{name: a, values: [b]}]")) == implied,
            "none may occur is narrower than some may")
        #expect(try Self.two(wide, Self.provenance("a", ref: "refs/tags/*")) == [])
        #expect(
            try Self.two(
                Self.provenance("a", more: "\n    newestAge: 7d\n    entryPoint: [a]"),
                Self.provenance("b", more: "\n    newestAge: 8d\n    buildType: [\"a:b\"]")) == [])
        #expect(
            try Self.two(
                Self.provenance("a", match: "all"),
                Self.provenance("b", match: "all", ref: "refs/**", by: "{atLeast: 1, of: [corporate, second]}")) == [],
            "all statements of more signers are more statements")
    }

    @Test func saysWhichConditionsOthersImply() throws {
        func image(_ id: String, _ conditions: String) -> String { "- {id: \(id), on: image, image: \(conditions)}" }
        let implied = ["lint.rule-implied {id:"]
        let wide = image("wide", "{labels: {a: {in: [x, y]}}}")
        #expect(try Self.two(wide, image("a", "{labels: {a: {in: [x]}}}")) == implied)
        #expect(try Self.two(wide, image("a", "{labels: {a: {in: [x]}, b: {in: [z]}}}")) == implied)
        #expect(try Self.two(image("g", "{user: {glob: [\"1*\"]}}"), image("a", "{user: {in: [\"10\"]}}")) == implied)
        #expect(
            try Self.two(
                image("p", "{platform: {in: [linux/amd64, linux/arm64]}}"),
                image("a", "{platform: {in: [linux/arm64]}}"))
                == implied)
        #expect(try Self.two(wide, image("a", "{labels: {a: {in: [x, z]}}}")) == [])
        #expect(try Self.two(wide, image("a", "{labels: {b: {in: [x]}}}")) == [])
        #expect(try Self.two(image("n", "{user: {nonRoot: true}}"), image("a", "{user: {in: [\"10\"]}}")) == [])
    }

    /// A denial that can't be judged denies, so one that asks about more denies more.
    @Test func saysWhichDenialAnotherCovers() throws {
        func denials(_ a: String, _ b: String) -> String {
            "- {id: a, on: image, image: \(a)}\n- {id: b, on: image, image: \(b)}"
        }
        let rule = Self.signature("s", 1, "second")
        #expect(
            try Self.two(rule, deny: denials("{tag: {glob: [\"l*\"]}}", "{tag: {in: [latest]}}")) == [
                "lint.rule-implied {id:"
            ])
        #expect(
            try Self.two(rule, deny: denials("{tag: {in: [latest]}}", "{tag: {in: [latest]}, labels: {a: {in: [x]}}}"))
                == [])
        #expect(try Self.two(rule, deny: denials("{tag: {in: [latest]}}", "{tag: {in: [edge]}}")) == [])
    }

    @Test func saysWhichAttestationAnotherImplies() throws {
        func attestation(_ id: String, _ more: String = "", type: String = "a:b", match: String = "any") -> String {
            "- {id: \(id), on: image, attestation: {by: {atLeast: 1, of: [corporate]}, type: [\(type)], match: \(match)\(more)}}"
        }
        let implied = ["lint.rule-implied {id:"]
        let wide = attestation("wide", type: "\"a:b\", \"c:d\"")
        #expect(try Self.two(wide, attestation("a", type: "\"a:b\"")) == implied)
        #expect(try Self.two(wide, attestation("a", ", where: [{field: x, equals: y}]", type: "\"a:b\"")) == implied)
        #expect(try Self.two(wide, attestation("a", type: "\"a:b\"", match: "all")) == implied)
        #expect(
            try Self.two(
                attestation("b", type: "\"a:b\", \"c:d\"", match: "all"),
                attestation("a", type: "\"a:b\"", match: "all"))
                == [], "all of two types are more statements")
        #expect(
            try Self.two(
                attestation("b", ", where: [{field: x, equals: z}]", type: "\"a:b\""),
                attestation("a", ", where: [{field: x, equals: y}]", type: "\"a:b\"")) == [])
        #expect(
            try Self.two(
                attestation("b", ", time: t, newestAge: 7d", type: "\"a:b\""),
                attestation("a", ", time: u, newestAge: 1d", type: "\"a:b\"")) == [], "of another time")
    }

    private static func anyOf(_ alternatives: String...) -> String {
        "- id: either\n  on: image\n  anyOf:\n" + alternatives.map { "    - " + $0 }.joined(separator: "\n")
    }

    @Test func saysWhichAlternativeAnotherSubsumes() throws {
        let one = "{id: one, signature: {by: {atLeast: 1, of: [corporate]}}}"
        let two = "{id: two, signature: {by: {atLeast: 2, of: [corporate, second]}}}"
        let other = "{id: other, signature: {by: {atLeast: 1, of: [second]}}}"
        let labelled =
            "{id: both, allOf: [{id: s, signature: {by: {atLeast: 1, of: [corporate]}}}, {id: l, image: {labels: {a: {in: [b]}}}}]}"
        let image = "{id: labelled, image: {labels: {a: {in: [b, c]}}}}"
        #expect(try Self.two(Self.anyOf(one, labelled)) == ["lint.alternative-subsumed {id:"])
        #expect(try Self.two(Self.anyOf(labelled, image)) == ["lint.alternative-subsumed {id:"])
        #expect(try Self.two(Self.anyOf(one, other)) == [])
        #expect(try Self.two(Self.anyOf(two, one)) == ["lint.alternative-subsumed {id:"], "both are one of them")
        let three = "{id: three, signature: {by: {atLeast: 1, of: [corporate, second]}}}"
        #expect(try Self.two(Self.anyOf(three, labelled)) == ["lint.alternative-subsumed {id:"])
        #expect(try Self.two(Self.anyOf(image, three)) == [], "one of two need not be the one")
    }

    @Test func saysWhichAlternativesAreAlwaysMet() throws {
        let one = "{id: one, signature: {by: {atLeast: 1, of: [corporate]}}}"
        let image = "{id: labelled, image: {labels: {a: {in: [b, c]}}}}"
        #expect(
            try Self.two(Self.signature("a", 1, "corporate"), Self.anyOf(one, image)) == ["lint.rule-implied id:"])
        #expect(try Self.two(Self.signature("a", 1, "second"), Self.anyOf(one, image)) == [])
    }

    // MARK: Signers

    @Test func saysWhichSignerIsUnused() throws {
        #expect(
            try Self.hits { $0.signers += "\n    spare: {key: {file: keys/fourth.pub}}" } == [
                "lint.unused-signer spare:"
            ])
    }

    /// The warnings on the policy `payments/finance` under one guardrail.
    private static func guarded(_ spec: String) throws -> [LintFinding] {
        let sources = [
            Organisation.source("payments", [policy().text]),
            Organisation.source("guardrails", [guardrailText(spec)], mayCarryGuardrails: true),
        ]
        return PolicyLint.findings(
            sources, try PolicySet.load(sources), tested: ["."], at: try #require(Instant(rfc3339: now)))
    }

    @Test func saysWhichKeyAGuardrailDenies() throws {
        let findings = try Self.guarded("deny: [{id: stolen, key: {files: [keys/corporate.pub]}}]")
        #expect(findings.map(\.code) == [.lintKeyDenied])
        #expect(findings.first?.place == PolicyPlace(file: "f0.yaml", line: 8, column: 5))
        #expect(
            findings.first?.message.hasPrefix("guardrail `guardrails/organisation` denies the key `sha256:") == true)
        #expect(
            try Self.guarded(
                "signers: {left: {key: {file: keys/corporate.pub}}}\ndeny: [{id: left, signer: {of: [left]}}]"
            ).map(\.code) == [.lintKeyDenied], "a denied signer's own entry is what it is denied by")
        #expect(try Self.guarded("deny: [{id: stolen, key: {files: [keys/other.pub]}}]") == [])
    }

    // MARK: Signers by certificates

    struct Wide: Sendable, CustomTestStringConvertible {
        let signer: String
        /// What the warning stands at; nil: there is none.
        var at: String?
        var testDescription: String { signer }
    }

    static let wide = [
        Wide(signer: "github: {repository: example/ledger}"), Wide(signer: "github: {repository: \"example/*\"}"),
        Wide(signer: "github: {repository: \"*/*\"}", at: "\"*/*\""),
        Wide(signer: "github: {repository: [example/ledger, \"**\"]}", at: "[example/ledger"),
        Wide(signer: "github: {owner: \"*\", repositoryId: \"1\"}", at: "\"*\""),
        Wide(signer: "github: {owner: example}", at: "corporate:"),
        Wide(signer: "github: {ownerId: \"7\", runner: github-hosted}", at: "corporate:"),
        Wide(signer: "github: {owner: example, workflow: a/b/c.yml}", at: "a/b/c.yml"),
        Wide(signer: "github: {owner: example, workflow: a/b/c.yml, workflowRef: refs/heads/main}"),
        Wide(signer: "github: {owner: example, workflow: a/b/c.yml, workflowCommit: abc}"),
        Wide(signer: "gitlab: {namespace: example}", at: "corporate:"),
        Wide(signer: "gitlab: {project: a/b, config: a/b//.gitlab-ci.yml}", at: "a/b//.gitlab-ci.yml"),
        Wide(signer: "google: {account: \"*@example.com\"}"), Wide(signer: "google: {account: \"**\"}", at: "\"**\""),
        Wide(signer: "google: {account: \"*@gmail.com\"}", at: "\"*@gmail.com\""),
        Wide(signer: "google: {account: \"ci-*@gmail.com\"}"),
        Wide(signer: "email: {address: \"*\", issuer: \"https://x.example\"}", at: "\"*\""),
        Wide(signer: "uri: {uri: \"**\", issuer: \"https://x.example\"}", at: "\"**\""),
        Wide(
            signer: "uri: {uri: \"https://ci.example*/**\", issuer: \"https://x.example\"}",
            at: "\"https://ci.example*/**\""),
        Wide(signer: "uri: {uri: \"https://*/x\", issuer: \"https://x.example\"}", at: "\"https://*/x\""),
        Wide(signer: "uri: {uri: \"https://*.example/**\", issuer: \"https://x.example\"}"),
        Wide(signer: "uri: {uri: \"https://ci.example/**\", issuer: \"https://x.example\"}"),
    ]

    @Test(arguments: wide) func saysWhichSignerIsNearlyEverybody(_ wide: Wide) throws {
        let hits = try Self.hits { $0.signers = "    corporate: {\(wide.signer)}" }
        #expect(hits == (wide.at.map { ["lint.signer-wide \($0)"] } ?? []))
    }

    @Test func saysWhenAuthoritiesEnd() throws {
        func codes(_ roots: String) throws -> [ReasonCode] {
            try Self.findings {
                $0.signers =
                    "    corporate: {spiffe: {id: \"spiffe://example.org/ci\", roots: [\(roots)], validAt: now}}"
            }.map(\.code)
        }
        #expect(try codes("roots/corporate.pem") == [])
        #expect(try codes("roots/ending.pem") == [.lintRootsEnding])
        #expect(try codes("roots/ended.pem") == [.lintRootsEnded])
        #expect(try codes("roots/ended.pem, roots/ending.pem") == [.lintRootsEnding])
        #expect(try codes("roots/ended.pem, roots/ending.pem, roots/other.pem") == [])
    }

    @Test func saysWhichSignerAGuardrailDenies() throws {
        func codes(_ signer: String, denied: String) throws -> [ReasonCode] {
            let sources = [
                Organisation.source(
                    "payments", [Self.policy { $0.signers = "    corporate: {\(signer)}" }.text]),
                Organisation.source(
                    "guardrails",
                    [guardrailText("signers: {bad: {\(denied)}}\ndeny: [{id: bad-one, signer: {of: [bad]}}]")],
                    mayCarryGuardrails: true),
            ]
            return PolicyLint.findings(
                sources, try PolicySet.load(sources), tested: ["."], at: try #require(Instant(rfc3339: Self.now))
            ).map(\.code)
        }
        let ledger = "github: {repository: example/ledger}"
        #expect(try codes(ledger, denied: ledger) == [.lintSignerDenied])
        #expect(try codes(ledger, denied: "github: {repository: \"example/*\"}") == [.lintSignerDenied])
        #expect(
            try codes("github: {repository: example/ledger, runner: self-hosted}", denied: ledger)
                == [.lintSignerDenied])
        #expect(
            try codes(ledger, denied: "github: {repository: example/ledger, runner: self-hosted}") == [])
        #expect(try codes(ledger, denied: "github: {repository: example/other}") == [])
        #expect(try codes(ledger, denied: "github: {repository: example/ledger, enterprise: corp}") == [])
        #expect(try codes(ledger, denied: "github: {repository: example/ledger, trustedRoot: own}") == [])
        #expect(try codes(ledger, denied: "gitlab: {project: example/ledger}") == [])
        func own(_ root: String) -> String {
            "x509: {roots: [roots/\(root).pem], usage: code-signing, dns: a.example, validAt: now}"
        }
        #expect(try codes(own("other"), denied: own("other")) == [.lintSignerDenied])
        #expect(try codes(own("other"), denied: own("corporate")) == [])
    }

    @Test func guardrailsAreLookedAtToo() throws {
        let deny = """
            deny:
              - {id: a, on: image, image: {tag: {in: [latest]}}}
              - {id: b, on: image, image: {tag: {glob: ["release/*"]}}}
              - {id: c, on: image, image: {tag: {in: [latest]}}}
            delegate: [{team: payments, namespaces: ["**", Finance], lowestStage: warn}]
            """
        #expect(
            try Self.guarded(deny).map(\.code) == [
                .lintNeverMatches, .lintRuleTwice, .lintNeverMatches, .lintPatternSubsumed,
            ])
    }

    // MARK: Tests

    @Test func saysWhichPolicyHasNoTest() throws {
        let text = Self.policy().text
        #expect(try Self.findings(text, tested: []).map(\.code) == [.lintNoTest])
        #expect(try Self.findings(text, tested: ["other.yaml", "policy.yam"]).map(\.code) == [.lintNoTest])
        #expect(try Self.findings(text, tested: ["./x/../policy.yaml"]) == [])
        #expect(try Self.findings(text, tested: ["."]) == [])
    }

    // MARK: Documents that the reader takes elsewhere

    /// The warnings on a text as it is written, whatever loading says of it.
    private static func raw(_ text: String, at instant: String = now) throws -> [LintFinding] {
        let source = Policies.source(text)
        let good = Policies.source(policy().text)
        return PolicyLint.findings(
            [source], try PolicySet.load([good]), tested: ["."], at: try #require(Instant(rfc3339: instant)))
    }

    private static func keyed(_ key: String) -> String {
        """
        apiVersion: landwaiter.dev/v1
        kind: AdmissionPolicy
        metadata: {name: p, owner: o}
        spec:
          signers:
            a: {key: \(key)}
          require: [{id: s, on: image, signature: {by: {atLeast: 1, of: [a]}}}]

        """
    }

    @Test func saysWhichKeyEnds() throws {
        let cases: [(key: String, code: String?)] = [
            ("{file: a.pub, validUntil: \"2026-12-01T00:00:00Z\"}", "lint.key-ending"),
            ("{file: a.pub, validUntil: \"2026-12-20T09:00:00Z\"}", nil),
            ("{file: a.pub, validUntil: \"2026-12-20T08:59:59Z\"}", "lint.key-ending"),
            ("{file: a.pub, validUntil: \"2026-11-20T08:59:59Z\"}", "lint.key-ended"),
            ("{file: a.pub, validUntil: \"2026-11-20T09:00:00Z\"}", "lint.key-ending"),
            ("{file: a.pub, compromisedAt: \"2026-11-01T00:00:00Z\"}", "lint.key-compromised"),
            ("{file: a.pub, compromisedAt: \"2026-11-20T09:00:01Z\"}", nil),
            ("{file: a.pub}", nil),
            // A successor that is good beyond the horizon takes over.
            ("{rotation: [{file: a.pub, validUntil: \"2026-12-01T00:00:00Z\"}, {file: b.pub}]}", nil),
            ("{rotation: [{file: a.pub, validUntil: \"2025-12-01T00:00:00Z\"}, {file: b.pub}]}", nil),
            (
                "{rotation: [{file: a.pub, validUntil: \"2027-12-01T00:00:00Z\"}, {file: b.pub, compromisedAt: \"2026-01-01T00:00:00Z\"}]}",
                "lint.key-compromised"
            ),
            (
                "{rotation: [{file: a.pub, validUntil: \"2026-12-01T00:00:00Z\"}, {file: b.pub, validFrom: \"2027-01-01T00:00:00Z\"}]}",
                "lint.key-ending"
            ),
        ]
        for (key, code) in cases {
            #expect(try Self.raw(Self.keyed(key)).map(\.code.name) == (code.map { [$0] } ?? []), "\(key)")
        }
        let ending = try Self.raw(Self.keyed("{file: a.pub, validUntil: \"2026-12-01T09:00:00Z\"}"))
        #expect(ending.first?.message == "key `a.pub` is valid until 2026-12-01T09:00:00Z, for 11 more days")
        #expect(ending.first?.place == PolicyPlace(file: "policy.yaml", line: 6, column: 40))
    }

    private static func exception(
        _ name: String, namespaces: String = "[finance]", rule: String = "based",
        from: String = "2026-11-01T00:00:00Z", expires: String = "2027-01-01T00:00:00Z"
    ) -> String {
        """
        apiVersion: landwaiter.dev/v1
        kind: Exception
        metadata: {name: \(name), owner: o}
        spec:
          waives: {policy: payments/finance, rule: \(rule)}
          scope: {namespaces: \(namespaces), images: ["registry.example/a@sha256:00"]}
          from: "\(from)"
          expires: "\(expires)"
          reason: r

        """
    }

    @Test func saysWhichExceptionEnds() throws {
        let cases: [(String, String?)] = [
            ("2026-11-20T09:00:00Z", "lint.exception-ended"), ("2026-11-20T09:00:01Z", "lint.exception-ending"),
            ("2026-12-04T09:00:00Z", "lint.exception-ending"), ("2026-12-04T09:00:01Z", nil),
        ]
        for (expires, code) in cases {
            #expect(
                try Self.raw(Self.exception("a", expires: expires)).map(\.code.name) == (code.map { [$0] } ?? []),
                "\(expires)")
        }
    }

    @Test func saysWhichExceptionAnotherSubsumes() throws {
        let wide = Self.exception("wide", namespaces: "[finance, payroll]")
        let subsumed: [LintFinding] = try Self.raw(wide + "---\n" + Self.exception("a"))
        #expect(subsumed.map(\.message) == ["the exception `wide` waives all that `a` waives"])
        #expect(
            try Self.raw(Self.exception("a") + "---\n" + Self.exception("b")).map(\.code) == [.lintExceptionSubsumed])
        #expect(try Self.raw(wide + "---\n" + Self.exception("a", rule: "signed")) == [])
        #expect(try Self.raw(wide + "---\n" + Self.exception("a", expires: "2027-01-01T00:00:01Z")) == [])
        #expect(try Self.raw(wide + "---\n" + Self.exception("a", from: "2026-10-31T00:00:00Z")) == [])
        #expect(try Self.raw(wide + "---\n" + Self.exception("a", namespaces: "[other]")) == [])
    }

    // MARK: Regular expressions

    @Test(arguments: [
        ("1\\.[0-9]+", nil), ("v.*", nil), ("(a|b).+", nil), ("[.]x+", nil), ("a{2}b", nil),
        ("https://[a-z]+\\.example", nil),
        ("github.com/[a-z]+", "lint.regex-unescaped-dot"), ("v1.[0-9]", "lint.regex-unescaped-dot"),
        ("refs/tags/**", "lint.regex-glob-syntax"), ("*.example", "lint.regex-glob-syntax"),
        ("refs/heads/*", "lint.regex-glob-syntax"), ("refs/tags/v*", "lint.regex-glob-syntax"),
        ("v*/[a-z]+", "lint.regex-glob-syntax"), ("(ab*)c", nil),
        ("release", "lint.regex-unneeded"), ("v1\\.2", "lint.regex-unneeded"),
        ("refs/tags/v[^/]*", "lint.regex-unneeded"), ("refs/[^/]+/main", "lint.regex-unneeded"),
        ("refs/tags/[^/]*", nil), ("[^/]*", nil), ("a[^/]+", nil), ("\\d+", nil),
    ])
    func saysWhatIsWrongWithARegex(_ regex: String, _ code: String?) {
        let place = PolicyPlace(file: "p", line: 1, column: 1)
        #expect(RegexLint.findings(regex, place).map(\.code.name) == (code.map { [$0] } ?? []))
    }

    @Test func regexesAreFoundInAlternatives() throws {
        let text = """
            apiVersion: landwaiter.dev/v1
            kind: AdmissionPolicy
            metadata: {name: p, owner: o}
            spec:
              require:
                - id: either
                  on: image
                  anyOf:
                    - id: a
                      allOf:
                        - {id: b, attestation: {type: ["test/result"], where: [{field: v, insecureRegex: "release"}]}}

            """
        #expect(try Self.raw(text).map(\.code) == [.lintNeverMatches, .lintRegexUnneeded])
    }

    // MARK: All of them

    @Test func warningsAreSorted() throws {
        let findings = try Self.findings {
            $0.namespaces = "[\"Bad\", \"Worse\"]"
            $0.signers += "\n    spare: {key: {file: keys/fourth.pub}}"
            $0.deny = "- {id: no, on: image, image: {tag: {in: [\"v*\"]}}}"
        }
        #expect(
            findings.map(\.code) == [
                .lintNeverMatches, .lintNeverMatches, .lintUnusedSigner, .lintWildcardInLiteral,
            ])
        #expect(findings == findings.sorted())
        #expect(findings.allSatisfy { $0.place.line > 0 && $0.place.column > 0 && !$0.mend.isEmpty })
    }

    @Test func theJSONFormIsValidByItsSchema() throws {
        let schema = try DocumentationTests.schema("policy-check.schema.json")
        let text = Self.policy { $0.namespaces = "[\"Bad\"]" }.text
        let findings = try Self.findings(text)
        #expect(findings.count == 1)
        #expect(try schema.problems(LintFinding.json(findings, try Policies.load(text))) == [])
    }
}
