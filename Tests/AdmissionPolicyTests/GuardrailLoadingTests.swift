import Content
import Findings
import StrictEncoding
import Testing

@testable import AdmissionPolicy

@Suite struct GuardrailLoadingTests {
    @Test func loadsTheWholeGuardrail() throws {
        let text = guardrailText(
            """
            signers:
              alice: {key: {file: keys/corporate.pub}}
              bob: {key: {file: keys/fourth.pub}}
            enforcement: {stage: enforce}
            require:
              - {id: signed, on: image, signature: {by: {atLeast: 1, of: [alice]}}}
            deny:
              - {id: no-latest, on: image, image: {tag: {in: [latest]}}}
            delegate:
              - {team: payments, namespaces: [finance, "pay-*"], lowestStage: warn}
            exceptions: {from: [exceptions], mayWaive: [{policy: payments/finance, rule: tagged}], longest: 30d, require: [reason]}
            breakGlass: {approvers: {atLeast: 2, of: [alice, bob]}, longest: 4h}
            insecure: {permit: [insecureRegex]}
            withoutPolicy: {stage: warn}
            """, namespaces: "[finance, \"pay-*\"]", images: "[\"registry.example/**\"]")
        let guardrail = try #require(
            try Organisation.load([Organisation.finance()], guardrails: [text]).guardrails.first)
        #expect(guardrail.name == PolicyName(source: "guardrails", name: "organisation"))
        #expect(guardrail.owner == "security")
        #expect(guardrail.scope.namespaces.map(\.description) == ["finance", "pay-*"])
        #expect(guardrail.signers.map(\.name) == ["alice", "bob"])
        #expect(guardrail.stage == .enforce)
        #expect(guardrail.require.map(\.id) == ["signed"])
        #expect(guardrail.deny.map(\.id) == ["no-latest"])
        #expect(guardrail.delegate?.map(\.team) == ["payments"])
        #expect(guardrail.delegate?.first?.lowestStage == .warn)
        #expect(
            guardrail.exceptions
                == ExceptionCap(
                    from: ["exceptions"],
                    mayWaive: [
                        WaivableRule(policy: PolicyName(source: "payments", name: "finance"), rule: "tagged")
                    ], longest: 2_592_000, require: [.reason]))
        #expect(guardrail.breakGlass?.approvers.atLeast == 2)
        #expect(guardrail.breakGlass?.longest == 14_400)
        #expect(guardrail.permittedInsecure == [.insecureRegex])
        #expect(guardrail.withoutPolicy == .warn)
    }

    @Test func loadsTheWholeException() throws {
        let set = try Organisation.load([Organisation.finance()], exceptions: [ExceptionText().text])
        let exception = try #require(set.exceptions.first)
        #expect(exception.name.description == "exceptions/fin-482")
        #expect(exception.owner == "payments-platform")
        #expect(exception.waives.description == "payments/finance#tagged")
        #expect(exception.namespaces == ["finance"])
        #expect(exception.images == [ExceptedImage(name: "registry.example/finance/ledger", digest: .image)])
        #expect(exception.from.description == "2026-11-20T00:00:00Z")
        #expect(exception.expires.description == "2026-12-15T00:00:00Z")
        #expect(exception.duration == 25 * 86400)
        #expect(exception.reason == "base rebuild ships in release 4.2")
        #expect(exception.ticket == "FIN-482")
        var bare = ExceptionText()
        (bare.owner, bare.reason, bare.ticket) = (nil, nil, nil)
        let short = try #require(
            try Organisation.load([Organisation.finance()], exceptions: [bare.text]).exceptions.first)
        #expect(short.owner == nil && short.reason == nil && short.ticket == nil)
    }

    private static func builders(_ more: String = "", name: String = "platform-chains") -> String {
        """
        builders:
          - name: \(name)
            builder: https://ci.example/builder
            signer: {key: {file: keys/pipeline.pub}}
            level: 3
            why: key in the cluster's KMS\(more)
        """
    }

    @Test func rowsOfAGuardrailCountForEveryDocument() throws {
        let rule = """
            - id: built
              on: image
              provenance:
                by: {atLeast: 1, of: [pipeline]}
                match: any
                level: 3
                builder: ["https://ci.example/*"]
                source: {repository: ["https://git.example/finance/*"], ref: [refs/heads/main]}
            """
        let document = try Facts.admitted()
        expectAdmit(
            try Organisation.load([Organisation.finance(rule)], guardrails: [guardrailText(Self.builders())]).decide(
                document))
        let without = try Organisation.load([Organisation.finance(rule)]).decide(document)
        #expect(without.verdict == .reject)
        // Another key's row grants nothing.
        let other = Self.builders().replacing("keys/pipeline.pub", with: "keys/other.pub")
        #expect(
            try Organisation.load([Organisation.finance(rule)], guardrails: [guardrailText(other)]).decide(document)
                .verdict == .reject)
    }

    @Test func rowsOfAllGuardrailsMakeOneTable() {
        func errors(_ specs: String...) -> [ReasonCode] {
            Organisation.errors([
                Organisation.source("payments", [Organisation.finance()]),
                Organisation.source(
                    "guardrails", specs.enumerated().map { guardrailText($1, name: "g\($0)") },
                    mayCarryGuardrails: true),
            ]).map(\.code)
        }
        #expect(errors(Self.builders(), Self.builders(name: "another")) == [])
        #expect(errors(Self.builders(), Self.builders()) == [.policyFileBadValue])
        #expect(errors(Self.builders("\n    raises: [nothing]")) == [.policyFileBadValue])
        #expect(errors(Self.builders().replacing("level: 3", with: "level: 4")) == [.policyFileBadValue])
    }

    // MARK: Sources

    @Test func refusesAGuardrailInATeamsSource() {
        let found = Organisation.errors([
            Organisation.source("payments", [Organisation.finance(), guardrailText("insecure: {permit: none}")])
        ])
        #expect(found.map(\.code) == [.policyFileGuardrailSource])
    }

    @Test func refusesAGuardrailSourceWithoutGuardrail() {
        let found = Organisation.errors([
            Organisation.source("payments", [Organisation.finance()]),
            Organisation.source("guardrails", [ExceptionText().text], mayCarryGuardrails: true),
        ])
        #expect(found.map(\.code) == [.policyFileEmpty])
        #expect(found.first?.message.contains("guardrail") == true)
    }

    @Test func aSourceMayHoldExceptionsOnlyButNotNothing() throws {
        let set = try Organisation.load([Organisation.finance()], exceptions: [ExceptionText().text])
        #expect(set.policies.count == 1 && set.exceptions.count == 1 && set.guardrails.isEmpty)
        let test = """
            apiVersion: landwaiter.dev/v1
            kind: PolicyTest
            metadata: {name: t}
            spec: {policies: [p.yaml], cases: [{name: a, evidence: e.json, at: 2026-11-20T00:00:00Z, expect: {verdict: admit}}]}
            """
        #expect(Organisation.errors([Organisation.source("exceptions", [test])]).map(\.code) == [.policyFileEmpty])
    }

    @Test func aNameStandsForOneDocumentOfASource() {
        var exception = ExceptionText()
        exception.name = "finance"
        let found = Organisation.errors([Organisation.source("payments", [Organisation.finance(), exception.text])])
        #expect(found.map(\.code) == [.policyFileTwice])
        let twice = Organisation.errors([
            Organisation.source("exceptions", [ExceptionText().text, ExceptionText().text])
        ])
        #expect(twice.map(\.code) == [.policyFileTwice])
        // In another source the name is another.
        #expect(
            Organisation.errors([
                Organisation.source("payments", [Organisation.finance()]), Organisation.source("e", [exception.text]),
            ]) == [])
    }

    // MARK: Mistakes

    struct Mistake: Sendable, CustomTestStringConvertible {
        let title: String
        let text: String
        let code: ReasonCode
        var testDescription: String { title }
    }

    static let mistakes: [Mistake] = [
        .init(title: "nothing but a scope", text: guardrailText(""), code: .policyFileMissingField),
        .init(
            title: "stage without requirement",
            text: guardrailText("enforcement: {stage: warn}\ninsecure: {permit: none}"), code: .policyFileNoEffect),
        .init(
            title: "requirement without stage",
            text: guardrailText("require: [{id: i, on: image, image: {tag: {in: [a]}}}]"), code: .policyFileMissingField
        ),
        .init(
            title: "one approver",
            text: guardrailText(Organisation.breakGlass.replacing("atLeast: 2", with: "atLeast: 1")),
            code: .policyFileBadValue),
        .init(
            title: "more approvers than there are",
            text: guardrailText(Organisation.breakGlass.replacing("atLeast: 2", with: "atLeast: 4")),
            code: .policyFileUnreachableThreshold),
        .init(
            title: "one key under two names is one approver",
            text: guardrailText(
                Organisation.breakGlass.replacing("keys/fourth.pub", with: "keys/corporate.pub")
                    .replacing("atLeast: 2", with: "atLeast: 3")), code: .policyFileUnreachableThreshold),
        .init(
            title: "approver who is not defined",
            text: guardrailText(Organisation.breakGlass.replacing("of: [alice", with: "of: [dave")),
            code: .policyFileUnknownSigner),
        .init(
            title: "break-glass without end",
            text: guardrailText(Organisation.breakGlass.replacing(", longest: 4h", with: "")),
            code: .policyFileMissingField),
        .init(
            title: "delegation without stage", text: guardrailText("delegate: [{team: a, namespaces: [b]}]"),
            code: .policyFileMissingField),
        .init(
            title: "delegation to no namespace",
            text: guardrailText("delegate: [{team: a, namespaces: [], lowestStage: warn}]"),
            code: .policyFileEmptyValue),
        .init(
            title: "unknown stage", text: guardrailText("delegate: [{team: a, namespaces: [b], lowestStage: block}]"),
            code: .policyFileBadValue),
        .init(
            title: "exceptions without end",
            text: guardrailText("exceptions: {from: [e], mayWaive: [{policy: a/b, rule: c}]}"),
            code: .policyFileMissingField),
        .init(
            title: "policy without source",
            text: guardrailText("exceptions: {from: [e], mayWaive: [{policy: b, rule: c}], longest: 1d}"),
            code: .policyFileBadValue),
        .init(
            title: "a guardrail's rule as waivable",
            text: guardrailText(
                """
                deny: [{id: c, on: image, image: {tag: {in: [a]}}}]
                exceptions: {from: [e], mayWaive: [{policy: guardrails/organisation, rule: c}], longest: 1d}
                """), code: .policyFileNoEffect),
        .init(
            title: "anything insecure", text: guardrailText("insecure: {permit: all}"), code: .policyFileWrongType),
        .init(title: "unknown insecure", text: guardrailText("insecure: {permit: [x]}"), code: .policyFileBadValue),
        .init(title: "unknown field", text: guardrailText("allow: [a]"), code: .policyFileUnknownField),
        .init(
            title: "exception without namespaces", text: exception { $0.namespaces = "[]" }, code: .policyFileEmptyValue
        ),
        .init(
            title: "exception for patterns", text: exception { $0.namespaces = "[\"fin*\"]" }, code: .policyFileBadValue
        ),
        .init(
            title: "exception for everything", text: exception { $0.namespaces = "[\"**\"]" }, code: .policyFileBadValue
        ),
        .init(
            title: "exception for a tag",
            text: exception { $0.images = "[\"registry.example/a:v1@\(Digest.image)\"]" }, code: .policyFileBadValue),
        .init(
            title: "exception without digest", text: exception { $0.images = "[registry.example/a]" },
            code: .policyFileBadValue),
        .init(
            title: "exception that ends as it begins", text: exception { $0.expires = $0.from },
            code: .policyFileBadValue
        ),
        .init(title: "exception without end", text: exception { $0.expires = "never" }, code: .policyFileBadValue),
        .init(
            title: "exception for a whole team", text: exception { $0.policy = "payments" }, code: .policyFileBadValue),
        .init(title: "exception for any rule", text: exception { $0.rule = "\"*\"" }, code: .policyFileBadValue),
    ]

    private static func exception(_ change: (inout ExceptionText) -> Void) -> String {
        var text = ExceptionText()
        change(&text)
        return text.text
    }

    @Test(arguments: mistakes) func refuses(_ mistake: Mistake) {
        let found = Organisation.errors([
            Organisation.source("payments", [Organisation.finance()]),
            Organisation.source(
                "guardrails", [guardrailText("insecure: {permit: none}", name: "other"), mistake.text],
                mayCarryGuardrails: true),
        ])
        // "Nothing but a scope" has an empty line, and "unknown field" misses all the others: the first error is the one.
        #expect(found.contains { $0.code == mistake.code && $0.file.hasSuffix("f1.yaml") }, "\(found)")
    }

    // MARK: Digest and trust

    @Test func theDigestCountsEveryKind() throws {
        let (policy, exception) = (Organisation.finance(), ExceptionText().text)
        let guardrail = guardrailText("insecure: {permit: none}")
        let set = try Organisation.load([policy], guardrails: [guardrail], exceptions: [exception])
        func entry(_ kind: String, _ name: String, _ source: String, _ text: String) -> String {
            let sha256 = Digest(of: Array(text.utf8)).hex
            return #"{"kind":"\#(kind)","name":"\#(name)","sha256":"\#(sha256)","source":"\#(source)"}"#
        }
        let list = [
            entry("Exception", "fin-482", "exceptions", exception),
            entry("Guardrail", "organisation", "guardrails", guardrail),
            entry("AdmissionPolicy", "finance", "payments", policy),
        ]
        #expect(set.digest == Digest(of: Array("[\(list.joined(separator: ","))]".utf8)))
        let others = [
            try Organisation.load([policy]), try Organisation.load([policy], guardrails: [guardrail]),
            try Organisation.load([policy], exceptions: [exception]),
        ]
        #expect(Set(others.map(\.digest) + [set.digest]).count == 4)
    }

    @Test func theTrustDigestCountsTheSignersOfGuardrails() throws {
        func trust(_ key: String) throws -> Digest {
            try Organisation.load(
                [Organisation.finance()],
                guardrails: [
                    guardrailText("signers: {a: {key: {file: keys/\(key).pub}}}\ninsecure: {permit: none}")
                ]
            ).trustDigest(limits: [:])
        }
        #expect(try trust("corporate") != trust("fourth"))
        // A file is named by the same words whatever key it holds.
        func swapped(_ spec: String, _ key: String) throws -> Digest {
            let texts = [guardrailText(spec)]
            let guardrails = PolicySource(
                name: "guardrails", files: [PolicyFile(path: "g.yaml", bytes: Array(texts[0].utf8))],
                mayCarryGuardrails: true
            ) { _ in .success(Array((Keys.files["keys/\(key).pub"] ?? "").utf8)) }
            return try PolicySet.load([Organisation.source("payments", [Organisation.finance()]), guardrails])
                .trustDigest(limits: [:])
        }
        let denial = "deny: [{id: k, key: {files: [keys/k.pub]}}]"
        #expect(try swapped(denial, "corporate") != swapped(denial, "fourth"))
        #expect(try swapped(Self.builders(), "corporate") != swapped(Self.builders(), "fourth"))
    }
}
