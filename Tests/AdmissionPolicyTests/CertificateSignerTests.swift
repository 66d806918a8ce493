import Content
import Findings
import PKI
import StrictEncoding
import Testing

@testable import AdmissionPolicy

/// Whose certificates count: each kind with what it takes, and every field refused when it differs.
@Suite struct CertificateSignerTests {
    // MARK: GitHub

    /// A field, a value that the workload has, and the claims that say so.
    struct Field: CustomTestStringConvertible {
        let word: String
        let right: String
        let wrong: String
        /// Without these the certificate does not say.
        let claims: [WorkloadClaim]
        var testDescription: String { word }
    }

    static let githubFields = [
        Field(
            word: "repository", right: "example/ledger", wrong: "example/ledger2",
            claims: [.sourceRepositoryURI, .githubWorkflowRepository]),
        Field(word: "repositoryId", right: "\"1001\"", wrong: "\"1002\"", claims: [.sourceRepositoryIdentifier]),
        Field(
            word: "owner", right: "example", wrong: "exampl",
            claims: [.sourceRepositoryOwnerURI, .sourceRepositoryURI, .githubWorkflowRepository]),
        Field(word: "ownerId", right: "\"2002\"", wrong: "\"1001\"", claims: [.sourceRepositoryOwnerIdentifier]),
        Field(
            word: "workflow", right: "example/pipelines/.github/workflows/build.yml",
            wrong: "example/ledger/.github/workflows/release.yml", claims: []),
        Field(word: "workflowRef", right: "\"refs/tags/v*\"", wrong: "refs/heads/main", claims: []),
        Field(
            word: "workflowCommit", right: "\"\(Holders.commit("2"))\"", wrong: "\"\(Holders.commit("1"))\"",
            claims: [.buildSignerDigest]),
        Field(
            word: "callerWorkflow", right: "example/ledger/.github/workflows/release.yml",
            wrong: "example/pipelines/.github/workflows/build.yml", claims: [.buildConfigURI]),
        Field(
            word: "callerWorkflowRef", right: "refs/heads/main", wrong: "\"refs/tags/v*\"", claims: [.buildConfigURI]),
        Field(
            word: "trigger", right: "push", wrong: "pull_request_target",
            claims: [.buildTrigger, .githubWorkflowTrigger]),
        Field(word: "runner", right: "github-hosted", wrong: "self-hosted", claims: [.runnerEnvironment]),
        Field(word: "environment", right: "production", wrong: "staging", claims: [.deploymentEnvironment]),
        Field(
            word: "visibility", right: "private", wrong: "public", claims: [.sourceRepositoryVisibilityAtSigning]),
    ]

    private static func github(_ fields: String) throws -> CertificateScene {
        try CertificateScene("{github: {\(fields)}}")
    }

    /// With a field that holds beside it, so that it is the other one that decides.
    private static func beside(_ field: Field, _ value: String) -> String {
        let other = field.word == "repository" ? "ownerId: \"2002\"" : "repository: example/ledger"
        return "\(other), \(field.word): \(value)"
    }

    @Test(arguments: githubFields) func takesAWorkflowWhoseFieldIsRight(_ field: Field) throws {
        #expect(try Self.github(Self.beside(field, field.right)).accepts(Holders.workload()))
        #expect(try Self.github(Self.beside(field, "[never, \(field.right)]")).accepts(Holders.workload()))
    }

    @Test(arguments: githubFields) func refusesAWorkflowWhoseFieldDiffers(_ field: Field) throws {
        #expect(try !Self.github(Self.beside(field, field.wrong)).accepts(Holders.workload()))
    }

    /// Silence is no answer, not even to a pattern that every text matches.
    @Test(arguments: githubFields.filter { !$0.claims.isEmpty }) func refusesAWorkflowThatDoesNotSay(_ field: Field)
        throws
    {
        let changes = Dictionary(uniqueKeysWithValues: field.claims.map { ($0, ExactString?.none) })
        let empty = Dictionary(uniqueKeysWithValues: field.claims.map { ($0, ExactString?.some("")) })
        let other =
            field.word.hasPrefix("owner") || field.word == "repository"
            ? "callerWorkflowRef: refs/heads/main, repositoryId: \"1001\"" : "repository: example/ledger"
        for value in ["\"**\"", "{insecureRegex: \".*\"}"] {
            let scene = try Self.github(
                field.word == "repositoryId"
                    ? "owner: example, \(field.word): \(value)" : "\(other), \(field.word): \(value)")
            #expect(try scene.accepts(Holders.workload()))
            #expect(try !scene.accepts(Holders.workload(changes)))
            guard field.word != "owner" else { continue }
            #expect(try !scene.accepts(Holders.workload(empty)))
        }
    }

    /// Their meaning is GitHub's under GitHub's issuer only.
    @Test(arguments: [
        "https://token.actions.githubusercontent.com/", "https://token.actions.githubusercontent.com.evil.example",
        "https://token.actions.githubusercontent.com/enterprise", "https://token.actions.githubusercontent",
        "http://token.actions.githubusercontent.com", "Https://token.actions.githubusercontent.com",
        "https://gitlab.com", "https://accounts.google.com",
    ])
    func refusesAnIssuerThatOnlyLooksLikeGitHubs(_ issuer: String) throws {
        let scene = try Self.github("repository: example/ledger")
        #expect(try scene.accepts(Holders.workload()))
        #expect(try !scene.accepts(Holders.workload(issuer: ExactString(issuer))))
    }

    @Test func anEnterprisesIssuerIsItsOwn() throws {
        let scene = try Self.github("repository: example/ledger, enterprise: example-corp")
        let issuer: ExactString = "https://token.actions.githubusercontent.com/example-corp"
        #expect(try scene.accepts(Holders.workload(issuer: issuer)))
        #expect(try !scene.accepts(Holders.workload()))
        #expect(try !scene.accepts(Holders.workload(issuer: ExactString("\(issuer)x"))))
    }

    @Test func aTenantIsAServerOfItsOwn() throws {
        let scene = try Self.github("repository: example/ledger, tenant: octo")
        let workload = Holders.workload(
            [
                .buildSignerURI: nil, .buildConfigURI: nil,
                .sourceRepositoryURI: "https://octo.ghe.com/example/ledger",
            ], uri: "https://octo.ghe.com/example/ledger/.github/workflows/b.yml@refs/heads/main",
            issuer: "https://token.actions.octo.ghe.com")
        #expect(try scene.accepts(workload))
        #expect(try !scene.accepts(Holders.workload(issuer: "https://token.actions.octo.ghe.com")))
        #expect(try !scene.accepts(Holders.workload()))
    }

    /// Certificates from before there were the extensions from .8 on.
    @Test func readsTheDeprecatedExtensionsOfGitHubsOldCertificates() throws {
        let old = Holders.workload(
            Dictionary(
                uniqueKeysWithValues: WorkloadClaim.allCases.filter { !$0.rawValue.hasPrefix("github") }
                    .map { ($0, ExactString?.none) }), uri: Holders.workflow)
        let fields = """
            repository: example/ledger, owner: example, trigger: push, workflowRef: "refs/tags/v*",
                workflow: example/pipelines/.github/workflows/build.yml
            """
        #expect(try Self.github(fields).accepts(old))
        // Which file called it is in none of them.
        #expect(try !Self.github(fields + ", callerWorkflowRef: \"**\"").accepts(old))
        #expect(try !Self.github(fields + ", runner: \"**\"").accepts(old))
    }

    /// Another issuer that writes GitHub's extensions says nothing by them.
    @Test func deprecatedExtensionsMeanNothingUnderOtherIssuers() throws {
        let scene = try CertificateScene("{gitlab: {project: example/bank/ledger}}")
        #expect(try scene.accepts(Holders.pipeline()))
        #expect(
            try !scene.accepts(
                Holders.pipeline([.sourceRepositoryURI: nil, .githubWorkflowRepository: "example/bank/ledger"])))
    }

    static let contradictions: [(WorkloadClaim, ExactString)] = [
        (.githubWorkflowRepository, "example/other"), (.githubWorkflowRef, "refs/heads/dev"),
        (.githubWorkflowSHA, ExactString(Holders.commit("9"))), (.githubWorkflowTrigger, "pull_request"),
        (.sourceRepositoryURI, "https://github.com/example/other"), (.sourceRepositoryRef, "refs/heads/dev"),
        (.sourceRepositoryDigest, ExactString(Holders.commit("9"))), (.buildTrigger, "pull_request"),
    ]

    @Test(arguments: contradictions)
    func aCertificateThatContradictsItselfIsNobodys(_ claim: WorkloadClaim, _ value: ExactString) throws {
        let scene = try Self.github("ownerId: \"2002\"")
        #expect(try scene.accepts(Holders.workload()))
        #expect(try !scene.accepts(Holders.workload([claim: value])))
    }

    @Test func refusesInstructionsThatNameAndExtensionSayOtherwise() throws {
        let scene = try Self.github("repository: example/ledger")
        #expect(
            try !scene.accepts(
                Holders.workload(uri: "https://github.com/example/pipelines/.github/workflows/evil.yml@refs/tags/v2.1"))
        )
        // The same address, with the escapes that URIs have.
        let branch = "https://github.com/example/pipelines/.github/workflows/build.yml@refs/heads/caf"
        let escaped = Holders.workload([.buildSignerURI: ExactString(branch + "é")], uri: branch + "%C3%A9")
        #expect(try scene.accepts(escaped))
        #expect(
            try Self.github("repository: example/ledger, workflowRef: refs/heads/café").accepts(escaped))
        for other in ["%C3%A8", "%C3", "%", "%zz", "e%CC%81"] {
            #expect(
                try !scene.accepts(Holders.workload([.buildSignerURI: ExactString(branch + "é")], uri: branch + other)))
        }
    }

    /// A branch can't be told for a tag by what its name holds, nor a file's name for a ref.
    @Test(arguments: [
        ("build.yml@refs/heads/x@refs/tags/v1", "refs/tags/v1"),
        ("build.yml@refs/heads/refs/tags/v1", "refs/tags/v1"),
        ("build.yml@refs/tags/v1x", "refs/tags/v1"), ("build.yml", "**"), ("build.yml@v1", "**"),
        ("build.yml@\(String(Holders.commit("a").dropLast()))", "**"),
    ])
    func takesInstructionsApartAtTheFirstRef(_ instructions: String, _ ref: String) throws {
        let scene = try Self.github(
            "repository: example/ledger, workflowRef: \"\(ref)\", workflow: \"example/pipelines/.github/workflows/**\"")
        let address = ExactString("https://github.com/example/pipelines/.github/workflows/\(instructions)")
        #expect(try !scene.accepts(Holders.workload([.buildSignerURI: address])))
    }

    @Test func aCallerMayNameACommit() throws {
        let address = ExactString(
            "https://github.com/example/pipelines/.github/workflows/build.yml@\(Holders.commit("a"))")
        let workload = Holders.workload([.buildSignerURI: address])
        let workflow = "repository: example/ledger, workflow: example/pipelines/.github/workflows/build.yml"
        #expect(try Self.github(workflow + ", workflowRef: \(Holders.commit("a"))").accepts(workload))
        #expect(try !Self.github(workflow + ", workflowRef: \"refs/**\"").accepts(workload))
    }

    // MARK: GitLab

    static let gitlabFields = [
        Field(
            word: "project", right: "example/bank/ledger", wrong: "example/bank", claims: [.sourceRepositoryURI]),
        Field(word: "projectId", right: "\"3003\"", wrong: "\"4004\"", claims: [.sourceRepositoryIdentifier]),
        Field(word: "namespace", right: "example/bank", wrong: "example", claims: [.sourceRepositoryOwnerURI]),
        Field(word: "namespaceId", right: "\"4004\"", wrong: "\"3003\"", claims: [.sourceRepositoryOwnerIdentifier]),
        Field(
            word: "config", right: "example/bank/ledger//.gitlab-ci.yml", wrong: "example/bank/ledger//ci.yml",
            claims: []),
        Field(word: "configRef", right: "refs/heads/main", wrong: "\"refs/tags/**\"", claims: []),
        Field(
            word: "configCommit", right: "\"\(Holders.commit("3"))\"", wrong: "\"\(Holders.commit("1"))\"",
            claims: [.buildSignerDigest]),
        Field(word: "trigger", right: "push", wrong: "merge_request_event", claims: [.buildTrigger]),
        Field(word: "runner", right: "gitlab-hosted", wrong: "self-hosted", claims: [.runnerEnvironment]),
        Field(word: "environment", right: "production", wrong: "staging", claims: [.deploymentEnvironment]),
        Field(word: "visibility", right: "internal", wrong: "public", claims: [.sourceRepositoryVisibilityAtSigning]),
    ]

    @Test(arguments: gitlabFields) func comparesEachFieldOfAPipeline(_ field: Field) throws {
        func scene(_ value: String) throws -> CertificateScene {
            let other = field.word == "project" ? "namespaceId: \"4004\"" : "project: example/bank/ledger"
            return try CertificateScene("{gitlab: {\(other), \(field.word): \(value)}}")
        }
        #expect(try scene(field.right).accepts(Holders.pipeline()))
        #expect(try !scene(field.wrong).accepts(Holders.pipeline()))
        guard !field.claims.isEmpty, field.word != "namespace" else { return }
        let silent = Dictionary(uniqueKeysWithValues: field.claims.map { ($0, ExactString?.none) })
        #expect(try !scene("\"**\"").accepts(Holders.pipeline(silent)))
    }

    /// Fulcio writes the projects of every instance as gitlab.com's; the issuer says whose they are.
    @Test func anotherInstanceIsAnotherIssuer() throws {
        let scene = try CertificateScene(
            """
            {gitlab: {server: "https://gitlab.example", project: example/bank/ledger, configRef: refs/heads/main}}
            """)
        let issuer: ExactString = "https://gitlab.example"
        #expect(try scene.accepts(Holders.pipeline(host: "gitlab.example", issuer: issuer)))
        #expect(
            try scene.accepts(
                Holders.pipeline(
                    [.sourceRepositoryURI: "https://gitlab.example/example/bank/ledger"], host: "gitlab.example",
                    issuer: issuer)))
        #expect(try !scene.accepts(Holders.pipeline()))
        #expect(try !scene.accepts(Holders.pipeline(host: "gitlab.example")))
        // Instructions of another instance than the one that vouches.
        #expect(try !scene.accepts(Holders.pipeline(issuer: issuer)))
        #expect(
            try !scene.accepts(
                Holders.pipeline(
                    [.sourceRepositoryURI: "https://evil.example/example/bank/ledger"], host: "gitlab.example",
                    issuer: issuer)))
    }

    // MARK: People and services

    @Test func comparesPeopleByAddressAndIssuer() throws {
        let google = try CertificateScene("{google: {account: alice@example.com}}")
        let email = try CertificateScene(
            "{email: {address: alice@example.com, issuer: \"https://github.com/login/oauth\"}}")
        let alice = Holders.person("alice@example.com")
        let atGitHub = Holders.person("alice@example.com", issuer: "https://github.com/login/oauth")
        #expect(try google.accepts(alice))
        #expect(try !google.accepts(atGitHub))
        #expect(try email.accepts(atGitHub))
        #expect(try !email.accepts(alice))
        for other in ["Alice@example.com", "alice@example.com.evil.example", "malice@example.com", "alice@example.co"] {
            #expect(try !google.accepts(Holders.person(ExactString(other))))
        }
        // The same text under another kind of name.
        #expect(
            try !google.accepts(
                CertificateHolder(
                    authority: .trustedRoot("public-good", issuer: "https://accounts.google.com"),
                    names: [CertificateName(.username, "alice@example.com")])))
        #expect(
            try !google.accepts(
                CertificateHolder(
                    authority: .trustedRoot("public-good", issuer: "https://accounts.google.com"),
                    names: [CertificateName(.uri, "alice@example.com")])))
    }

    @Test func comparesServicesByURIAndIssuer() throws {
        let scene = try CertificateScene(
            """
            {uri: {uri: "https://kubernetes.io/namespaces/ci/serviceaccounts/*", issuer: "https://oidc.example/id/7"}}
            """)
        let account: ExactString = "https://kubernetes.io/namespaces/ci/serviceaccounts/builder"
        #expect(try scene.accepts(Holders.service(account, issuer: "https://oidc.example/id/7")))
        #expect(try !scene.accepts(Holders.service(account, issuer: "https://oidc.example/id/77")))
        #expect(try !scene.accepts(Holders.service(ExactString("\(account)/x"), issuer: "https://oidc.example/id/7")))
        #expect(
            try !scene.accepts(
                Holders.service(
                    "Https://kubernetes.io/namespaces/ci/serviceaccounts/builder", issuer: "https://oidc.example/id/7"))
        )
        #expect(
            try !scene.accepts(
                CertificateHolder(
                    authority: .trustedRoot("public-good", issuer: "https://oidc.example/id/7"),
                    names: [CertificateName(.email, account)])))
    }

    // MARK: Own authorities

    static let spiffe =
        "{spiffe: {id: \"spiffe://example.org/ci/*\", roots: [roots/corporate.pem], validAt: signing}}"
    static let x509 = """
        {x509: {roots: [roots/corporate.pem], usage: code-signing, validAt: now, email: "*@example.com", dns: ci.example}}
        """

    @Test func comparesWorkloadsOfOnesOwnAuthorities() throws {
        let scene = try CertificateScene(Self.spiffe)
        let own = try scene.authorities
        #expect(try scene.accepts(Holders.own(own, CertificateName(.uri, "spiffe://example.org/ci/build"))))
        for other in [
            "spiffe://example.org/ci", "spiffe://example.org/ci/build/x", "spiffe://example.org.evil.example/ci/build",
            "Spiffe://example.org/ci/build", "spiffe://example.com/ci/build",
        ] {
            #expect(try !scene.accepts(Holders.own(own, CertificateName(.uri, ExactString(other)))))
        }
    }

    /// Of several names nobody could say which one signed.
    @Test func refusesAWorkloadOfTwoNames() throws {
        let scene = try CertificateScene(Self.spiffe)
        let (right, other) = (
            CertificateName(.uri, "spiffe://example.org/ci/build"), CertificateName(.uri, "spiffe://example.org/db")
        )
        #expect(try scene.accepts(Holders.own(scene.authorities, right)))
        #expect(try !scene.accepts(Holders.own(scene.authorities, right, other)))
    }

    @Test func everyNameThatIsAskedForHasToBeThere() throws {
        let scene = try CertificateScene(Self.x509)
        let own = try scene.authorities
        let (email, dns) = (CertificateName(.email, "ci@example.com"), CertificateName(.dns, "ci.example"))
        #expect(try scene.accepts(Holders.own(own, email, dns)))
        #expect(try scene.accepts(Holders.own(own, email, dns, CertificateName(.dns, "other.example"))))
        #expect(try !scene.accepts(Holders.own(own, email)))
        #expect(try !scene.accepts(Holders.own(own, dns)))
        #expect(try !scene.accepts(Holders.own(own, email, CertificateName(.dns, "ci.example.evil.example"))))
        #expect(try !scene.accepts(Holders.own(own, email, CertificateName(.uri, "ci.example"))))
    }

    /// The digest names the certificates, what they are for, and when they have to hold: nothing stands for another.
    @Test func otherAuthoritiesOrUsesOrTimesAreOthers() throws {
        let scene = try CertificateScene(Self.x509)
        let names = [CertificateName(.email, "ci@example.com"), CertificateName(.dns, "ci.example")]
        for (from, to) in [
            ("corporate", "other"), ("code-signing", "client-auth"), ("validAt: now", "validAt: signing"),
            ("[roots/corporate.pem]", "[roots/corporate.pem, roots/other.pem]"),
        ] {
            let other = try CertificateScene(Self.x509.replacing(from, with: to)).authorities
            #expect(try !scene.accepts(CertificateHolder(authority: .own(other.digest), names: names)))
        }
        let same = try CertificateScene(Self.x509.replacing("code-signing", with: "1.3.6.1.5.5.7.3.3")).authorities
        #expect(try scene.accepts(CertificateHolder(authority: .own(same.digest), names: names)))
    }

    @Test func whatAnAuthorityOfOnesOwnVouchesForIsNothingUnderATrustedRoot() throws {
        let uri: ExactString = "spiffe://example.org/ci/build"
        let own = try CertificateScene(Self.spiffe)
        let trusted = try CertificateScene(
            "{uri: {uri: \"spiffe://example.org/ci/*\", issuer: \"https://issuer.example\"}}")
        let byOwn = Holders.own(try own.authorities, CertificateName(.uri, uri))
        let byRoot = Holders.service(uri, issuer: "https://issuer.example")
        #expect(try own.accepts(byOwn))
        #expect(try trusted.accepts(byRoot))
        #expect(try !own.accepts(byRoot))
        #expect(try !trusted.accepts(byOwn))
    }

    // MARK: Trusted roots

    @Test func aBoundSignerIsProvenUnderItsRootOnly() throws {
        for signer in [
            "{github: {repository: example/ledger, trustedRoot: github-private}}",
            "{uri: {uri: \"https://github.com/**\", issuer: \"\(Holders.github)\", trustedRoot: github-private}}",
        ] {
            let scene = try CertificateScene(signer)
            #expect(try scene.accepts(Holders.workload(root: "github-private")))
            #expect(try !scene.accepts(Holders.workload()))
            #expect(try !scene.accepts(Holders.workload(root: "github-private2")))
        }
        let unbound = try CertificateScene("{github: {repository: example/ledger}}")
        #expect(try unbound.accepts(Holders.workload(root: "github-private")))
    }

    /// A root vouches for people by the issuers that it knows; each kind of signer takes one issuer's word.
    @Test func aBoundPersonIsProvenUnderItsRootOnly() throws {
        for signer in [
            "{google: {account: alice@example.com, trustedRoot: own}}",
            "{email: {address: alice@example.com, issuer: \"https://accounts.google.com\", trustedRoot: own}}",
        ] {
            #expect(try CertificateScene(signer).accepts(Holders.person("alice@example.com", root: "own")))
            #expect(try !CertificateScene(signer).accepts(Holders.person("alice@example.com")))
        }
    }

    // MARK: Keys

    @Test func keysAndCertificatesAreNotEachOthers() throws {
        let scene = try CertificateScene("{github: {repository: example/ledger}}")
        let byKey = try Facts.admitted { $0.signatures = [try Facts.signature()] }
        #expect(PolicyEvaluator.evaluate([scene.policy], byKey).verdict == .reject)
        #expect(
            PolicyEvaluator.evaluate([try PolicyText().load()], try Facts.signed(by: [Holders.workload()])).verdict
                == .reject)
    }
}
