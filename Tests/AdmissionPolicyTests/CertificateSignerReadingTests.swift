import Content
import Findings
import PKI
import StrictEncoding
import Testing

@testable import AdmissionPolicy

/// Signers by certificates as they are written, and what becomes of them besides judging: needs, digests, JSON.
@Suite struct CertificateSignerReadingTests {
    struct Mistake: CustomTestStringConvertible {
        let signer: String
        let code: ReasonCode
        var says = ""
        /// The JSON Schema can't tell.
        var isBeyondSchema = false
        var testDescription: String { signer }

        init(_ signer: String, _ code: ReasonCode, _ says: String = "", isBeyondSchema: Bool = false) {
            self.signer = signer
            self.code = code
            self.says = says
            self.isBeyondSchema = isBeyondSchema
        }
    }

    static let mistakes = [
        Mistake("{github: {workflowRef: refs/heads/main}}", .policyFileMissingField, "`repository`"),
        Mistake("{github: {}}", .policyFileEmptyValue, isBeyondSchema: true),
        Mistake("{github: example/ledger}", .policyFileWrongType),
        Mistake("{github: {repository: []}}", .policyFileEmptyValue, isBeyondSchema: true),
        Mistake("{github: {repository: \"\"}}", .policyFileEmptyValue, isBeyondSchema: true),
        Mistake("{github: {repository: [a/b, a/b]}}", .policyFileTwice),
        Mistake("{github: {repositoryId: 1001}}", .policyFileWrongType, "quotes"),
        Mistake("{github: {repo: example/ledger}}", .policyFileUnknownField, "`repository`"),
        Mistake(
            "{github: {repository: \"https://github.com/example/ledger\"}}", .policyFileBadValue, "`example/ledger`"),
        Mistake(
            "{github: {owner: example, workflow: \"https://github.com/example/x/.github/workflows/b.yml\"}}",
            .policyFileBadValue, "without the server"),
        Mistake("{github: {repository: \"example/(a|b)\"}}", .policyFileBadValue, "regular expression"),
        Mistake("{github: {repository: {regex: a}}}", .policyFileUnknownField, "`insecureRegex`"),
        Mistake("{github: {repository: {insecureRegex: \"^a$\"}}}", .policyFileBadValue, isBeyondSchema: true),
        Mistake("{github: {repository: {insecureRegex: [a]}}}", .policyFileWrongType),
        Mistake("{github: {owner: example, enterprise: a/b}}", .policyFileBadValue, "short name"),
        Mistake("{github: {owner: example, enterprise: \"*\"}}", .policyFileBadValue),
        Mistake("{github: {owner: example, tenant: evil.example/x}}", .policyFileBadValue, "ghe.com"),
        Mistake("{github: {owner: example, tenant: a.b}}", .policyFileBadValue),
        Mistake("{github: {owner: example, tenant: a, enterprise: b}}", .policyFileExactlyOne, "found both"),
        Mistake("{github: {owner: example, trustedRoot: [a]}}", .policyFileWrongType),
        Mistake("{github: {owner: example, issuer: \"https://x.example\"}}", .policyFileUnknownField),
        Mistake("{github: {owner: example}, reference: prefix}", .policyFileBadValue),
        Mistake("{gitlab: {configRef: refs/heads/main}}", .policyFileMissingField, "`project`"),
        Mistake("{gitlab: {repository: a/b}}", .policyFileUnknownField, "`project`"),
        Mistake("{gitlab: {project: a/b, server: gitlab.example}}", .policyFileBadValue, "https://gitlab.example"),
        Mistake("{gitlab: {project: a/b, server: \"https://GitLab.example\"}}", .policyFileBadValue, "lower case"),
        Mistake("{gitlab: {project: a/b, server: \"https://gitlab.example/\"}}", .policyFileBadValue),
        Mistake("{gitlab: {project: a/b, server: \"https://*.example\"}}", .policyFileBadValue),
        Mistake("{gitlab: {project: a/b, server: \"https://a@b.example\"}}", .policyFileBadValue),
        Mistake("{gitlab: {project: a/b, server: \"Https://gitlab.example\"}}", .policyFileBadValue),
        Mistake("{google: {}}", .policyFileEmptyValue, isBeyondSchema: true),
        Mistake("{google: {trustedRoot: own}}", .policyFileMissingField, "`account`"),
        Mistake("{email: {address: a@b.example}}", .policyFileMissingField, "`issuer`"),
        Mistake("{email: {issuer: \"https://x.example\"}}", .policyFileMissingField, "`address`"),
        Mistake(
            "{email: {address: a@b.example, issuer: \"https://*.example\"}}", .policyFileBadValue, "without patterns"),
        Mistake("{email: {address: a@b.example, issuer: \"Https://x.example\"}}", .policyFileBadValue, "byte for byte"),
        Mistake("{email: {address: a@b.example, issuer: {insecureRegex: x}}}", .policyFileWrongType),
        Mistake("{uri: {uri: \"https://x.example/y\"}}", .policyFileMissingField, "`issuer`"),
        Mistake("{uri: {uri: \"https://x.example/y\", issuer: \"HTTP://x.example\"}}", .policyFileBadValue),
        Mistake("{spiffe: {id: \"spiffe://example.org/ci\", validAt: now}}", .policyFileExactlyOne, "`trustBundles`"),
        Mistake(
            "{spiffe: {id: \"spiffe://example.org/ci\", roots: [roots/corporate.pem]}}", .policyFileMissingField,
            "`validAt`"),
        Mistake(
            "{spiffe: {id: \"https://example.org/ci\", roots: [roots/corporate.pem], validAt: now}}",
            .policyFileBadValue, "spiffe://example.org"),
        Mistake(
            "{spiffe: {id: \"spiffe://*.example/ci\", roots: [roots/corporate.pem], validAt: now}}",
            .policyFileBadValue, "trust domain"),
        Mistake(
            "{spiffe: {id: \"spiffe://**\", roots: [roots/corporate.pem], validAt: now}}", .policyFileBadValue,
            "trust domain"),
        Mistake(
            "{spiffe: {id: \"spiffe:///ci\", roots: [roots/corporate.pem], validAt: now}}", .policyFileBadValue),
        Mistake(
            "{x509: {roots: [roots/corporate.pem], usage: code-signing, validAt: now}}", .policyFileMissingField,
            "`dns`"),
        Mistake(
            "{x509: {roots: [roots/corporate.pem], validAt: now, dns: a.example}}", .policyFileMissingField, "`usage`"),
        Mistake(
            "{x509: {roots: [roots/corporate.pem], usage: signing, validAt: now, dns: a.example}}",
            .policyFileBadValue, "`code-signing`"),
        Mistake(
            "{x509: {roots: [roots/corporate.pem], usage: \"1.3.06\", validAt: now, dns: a.example}}",
            .policyFileBadValue),
        Mistake(
            "{x509: {roots: [roots/corporate.pem], usage: \"1..3\", validAt: now, dns: a.example}}", .policyFileBadValue
        ),
        Mistake(
            "{x509: {roots: [roots/corporate.pem], usage: code-signing, validAt: later, dns: a.example}}",
            .policyFileBadValue, "`signing`"),
        Mistake(
            "{x509: {roots: [], usage: code-signing, validAt: now, dns: a.example}}", .policyFileEmptyValue,
            isBeyondSchema: true),
        Mistake(
            "{x509: {roots: roots/corporate.pem, usage: code-signing, validAt: now, dns: a.example}}",
            .policyFileWrongType, "[item]"),
        Mistake(
            "{x509: {roots: [roots/corporate.pem, roots/corporate.pem], usage: code-signing, validAt: now, dns: a.b}}",
            .policyFileTwice),
        Mistake(
            "{x509: {roots: [/roots/corporate.pem], usage: code-signing, validAt: now, dns: a.example}}",
            .policyFileKeyPath, isBeyondSchema: true),
        Mistake(
            "{x509: {roots: [../roots/corporate.pem], usage: code-signing, validAt: now, dns: a.example}}",
            .policyFileKeyPath, isBeyondSchema: true),
        Mistake(
            "{x509: {roots: [roots/absent.pem], usage: code-signing, validAt: now, dns: a.example}}",
            .policyFileKeyUnreadable, "roots/absent.pem", isBeyondSchema: true),
        Mistake(
            "{x509: {roots: [keys/corporate.pub], usage: code-signing, validAt: now, dns: a.example}}",
            .certificateMalformed, "keys/corporate.pub", isBeyondSchema: true),
        Mistake(
            "{x509: {roots: [roots/leaf.pem], usage: code-signing, validAt: now, dns: a.example}}",
            .policyFileBadValue, "may not issue", isBeyondSchema: true),
    ]

    static func policy(_ signer: String) -> String {
        var text = PolicyText()
        text.signers = "    corporate: \(signer)"
        return text.text
    }

    @Test(arguments: mistakes) func refuses(_ mistake: Mistake) {
        let found = Policies.errors(Self.policy(mistake.signer))
        // A field that is misspelt is missing, too.
        let codes = found.map(\.code).filter {
            mistake.code != .policyFileUnknownField || $0 != .policyFileMissingField
        }
        #expect(codes == [mistake.code], "\(found)")
        #expect(found.first?.line == 8, "\(found)")
        let said = found.map { "\($0.message) \($0.mend)" }.joined(separator: "\n")
        #expect(mistake.says.isEmpty || said.contains(mistake.says), "\(said)")
    }

    /// All of them at once.
    @Test func tellsEveryMistakeOfASigner() {
        let found = Policies.errors(
            Self.policy("{github: {repository: \"https://github.com/a/b\", workflowRef: \"^x\", runner: [a, a]}}"))
        #expect(found.map(\.code) == [.policyFileBadValue, .policyFileBadValue, .policyFileTwice])
    }

    @Test func readsEachKind() throws {
        func pattern(_ signer: String) throws -> CertificatePattern { try CertificateScene(signer).pattern }
        let github = try pattern(
            "{github: {repository: [a/b, \"c/*\"], workflowRef: {insecureRegex: \"refs/tags/v[0-9]+\"}, trustedRoot: own}}"
        )
        #expect(github.kind == .github)
        #expect(
            github.trust
                == .trustedRoot(named: "own", issuer: "https://token.actions.githubusercontent.com"))
        #expect(github.forge == Forge(.github, server: "https://github.com"))
        #expect(github.conditions.map(\.field) == [.repository, .workflowRef])
        #expect(
            github.conditions.map(\.text) == [
                .glob([try Glob("a/b"), try Glob("c/*")]), .insecureRegex(try BoundedRegex("refs/tags/v[0-9]+")),
            ])
        #expect(
            try pattern("{gitlab: {namespace: a}}").trust == .trustedRoot(named: nil, issuer: "https://gitlab.com"))
        #expect(
            try pattern("{google: {account: a@b.example}}").trust
                == .trustedRoot(named: nil, issuer: "https://accounts.google.com"))
        let x509 = try pattern(
            "{x509: {roots: [roots/other.pem, roots/corporate.pem], usage: client-auth, validAt: signing, uri: \"a:b\"}}"
        )
        guard case .own(let authorities) = x509.trust else { throw Missing() }
        #expect(authorities.certificates.count == 2)
        #expect(authorities.usage == .extendedKeyUsage("1.3.6.1.5.5.7.3.2"))
        #expect(authorities.time == .timestamped)
        let spiffe = try CertificateScene(CertificateSignerTests.spiffe)
        #expect(try spiffe.authorities.usage == .spiffe)
        // In whatever order they are named.
        #expect(
            try CertificateScene(
                "{x509: {roots: [roots/corporate.pem, roots/other.pem], usage: client-auth, validAt: signing, uri: \"a:b\"}}"
            ).pattern == x509)
    }

    @Test func approversOfBreakGlassSignWithKeys() {
        let guardrail = guardrailText(
            """
            signers:
              alice: {key: {file: keys/corporate.pub}}
              bob: {google: {account: bob@example.com}}
            breakGlass: {approvers: {atLeast: 2, of: [alice, bob]}, longest: 4h}
            """)
        let found = Organisation.errors([Organisation.source("guardrails", [guardrail], mayCarryGuardrails: true)])
        #expect(found.map(\.code) == [.policyFileBadValue])
        #expect(found.first?.message.contains("found `bob`, who signs with certificates") == true)
        #expect(found.first?.mend.contains("give its approvers keys") == true)
    }

    // MARK: Needs

    @Test func everyKindOfRuleNeedsTheCertificatesOfItsSigners() throws {
        let certificates = "ci: {github: {repository: example/ledger}}\n    unused: {google: {account: a@b.example}}"
        let wanted = try CertificateScene("{github: {repository: example/ledger}}").pattern
        let by = "{atLeast: 1, of: [ci]}"
        let signature = "{id: s, signature: {by: \(by)}}"
        let attestation = "attestation: {by: \(by), type: [\"https://x.example/t\"], match: any}"
        for require in [
            "- {id: s, on: image, signature: {by: \(by)}}", PolicyText.provenance(by: by),
            "- {id: a, on: image, \(attestation)}", PolicyText.base(proof: "[materials]", by: by),
            "- {id: o, on: image, anyOf: [\(signature), {id: t, \(attestation)}]}",
        ] {
            var text = PolicyText()
            text.signers = "    " + certificates
            text.require = require
            #expect(PolicyNeeds([try text.load()]).certificates == [wanted], "\(require)")
        }
    }

    /// Whoever any document defines may say who built it.
    @Test func aDeniedBuilderNeedsEverybodysCertificates() throws {
        var text = PolicyText()
        text.signers = """
                ci: {github: {repository: example/ledger}}
                other: {google: {account: a@b.example}}
            """
        text.require = "- {id: u, on: image, image: {user: {nonRoot: true}}}"
        #expect(PolicyNeeds([try text.load()]).certificates.isEmpty)
        text.deny = "- {id: d, builder: {in: [\"https://ci.example/builder\"]}}"
        #expect(PolicyNeeds([try text.load()]).certificates.count == 2)
    }

    // MARK: Digests

    private func trust(_ signer: String, _ change: @Sendable @escaping (String) -> String = { $0 }) throws -> Digest {
        let source = PolicySource(
            name: "payments", files: [PolicyFile(path: "p.yaml", bytes: Array(Self.policy(signer).utf8))]
        ) { path in
            (Roots.files[change(path)] ?? Roots.lists[change(path)]).map { .success(Array($0.utf8)) }
                ?? .failure(KeyFileError("absent"))
        }
        return try PolicySet.load([source]).trustDigest(limits: [:])
    }

    @Test func theTrustDigestChangesWithAFileOfRoots() throws {
        for signer in [CertificateSignerTests.spiffe, CertificateSignerTests.x509] {
            let digest = try trust(signer)
            #expect(try trust(signer) == digest)
            #expect(try trust(signer) { _ in "roots/other.pem" } != digest)
        }
        // Of a guardrail, and of those whom it denies.
        func guardrail(_ file: String) throws -> Digest {
            let text = guardrailText(
                """
                signers:
                  bad: {x509: {roots: [roots/corporate.pem], usage: code-signing, validAt: now, dns: ci.example}}
                deny: [{id: d, signer: {of: [bad]}}]
                """)
            let source = PolicySource(
                name: "guardrails", files: [PolicyFile(path: "g.yaml", bytes: Array(text.utf8))],
                mayCarryGuardrails: true
            ) { _ in .success(Array((Roots.files[file] ?? "").utf8)) }
            return try PolicySet.load([source]).trustDigest(limits: [:])
        }
        #expect(try guardrail("roots/corporate.pem") != guardrail("roots/other.pem"))
    }

    @Test func theTrustDigestStaysWhereNoAuthoritiesAreNamed() throws {
        #expect(
            try trust("{github: {repository: a/b}}") == trust("{google: {account: a@b.example}}"))
    }

    // MARK: JSON

    @Test func readsTheHoldersThatItWrites() throws {
        let own = try CertificateScene(CertificateSignerTests.spiffe).authorities
        let document = try Facts.signed(by: [
            Holders.workload(), Holders.pipeline(), Holders.person("alice@example.com"),
            CertificateHolder(
                authority: .trustedRoot("own", issuer: "https://x.example"),
                names: [CertificateName(.username, "alice!x.example")]),
            Holders.own(own, CertificateName(.uri, "spiffe://example.org/ci/x")),
            Holders.own(own, CertificateName(.dns, "a.example"), CertificateName(.email, "a@b.example")),
        ])
        let bytes = document.json.canonicalBytes()
        let read = try EvidenceDocument(parsing: bytes)
        #expect(read.signatures.map(\.signers) == document.signatures.map(\.signers))
        #expect(read.json.canonicalBytes() == bytes)
    }

    @Test(arguments: [
        #"{"names":[{"uri":"a:b"}]}"#, #"{"names":[{"uri":"a:b"}],"root":"r"}"#,
        #"{"names":[{"uri":"a:b"}],"issuer":"i"}"#, #"{"names":[],"root":"r","issuer":"i"}"#,
        #"{"names":[{"uri":"a:b"},{"uri":"c:d"}],"root":"r","issuer":"i"}"#,
        #"{"names":[{"uri":"a:b","email":"c"}],"root":"r","issuer":"i"}"#, #"{"names":[{}],"root":"r","issuer":"i"}"#,
        #"{"names":[{"ip":"1"}],"root":"r","issuer":"i"}"#, #"{"names":[{"uri":""}],"root":"r","issuer":"i"}"#,
        #"{"names":[{"uri":"a:b"}],"root":"","issuer":"i"}"#, #"{"names":[{"uri":"a:b"}],"root":"r","issuer":""}"#,
        #"{"names":[{"uri":"a:b"}],"root":"r","issuer":"i","claims":{"x":"y"}}"#,
        #"{"names":[{"uri":"a:b"}],"root":"r","issuer":"i","claims":{"buildTrigger":1}}"#,
        #"{"names":[{"uri":"a:b"}],"authorities":"x"}"#,
        #"{"names":[{"uri":"a:b"}],"authorities":"DIGEST","root":"r"}"#,
        #"{"names":[{"uri":"a:b"}],"authorities":"DIGEST","issuer":"i"}"#,
        #"{"names":[{"uri":"a:b"}],"authorities":"DIGEST","claims":{"buildTrigger":"push"}}"#,
        #"{"names":[{"uri":"a:b"}],"root":"r","issuer":"i","more":1}"#,
    ])
    func refusesHoldersThatNoCertificateHas(_ holder: String) throws {
        let text = String(
            decoding: try Facts.signed(by: [Holders.person("a@b.example")]).json.canonicalBytes(), as: UTF8.self)
        let start = try #require(text.firstRange(of: "{\"certificate\":"))
        let end = try #require(text[start.upperBound...].firstRange(of: "}],\"subjects\""))
        let changed =
            text[..<start.upperBound] + holder.replacing("DIGEST", with: Digest.image.description)
            + text[end.lowerBound...]
        #expect(throws: EvidenceDocumentError.self) { try EvidenceDocument(parsing: Array(String(changed).utf8)) }
    }

    @Test func aSignerIsAKeyOrACertificate() throws {
        let text = String(
            decoding: try Facts.signed(by: [Holders.person("a@b.example")]).json.canonicalBytes(), as: UTF8.self)
        for more in ["\"key\":\"\(Digest.image)\",", "\"scheme\":\"ed25519\","] {
            let changed = text.replacing("{\"certificate\":", with: "{\(more)\"certificate\":")
            #expect(throws: EvidenceDocumentError.self) { try EvidenceDocument(parsing: Array(changed.utf8)) }
        }
        let empty = text.replacing("\"claims\":{}", with: "")
        #expect(empty == text)
    }
}
