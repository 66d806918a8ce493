import Content
import Findings
import PKI
import StrictEncoding
import Testing

@testable import AdmissionPolicy

/// Identities of certificates in policies of other systems: the same ones count here, or fewer.
@Suite struct ImportedIdentityTests {
    private static let workflow = "https://github.com/example/ledger/.github/workflows/release.yml@refs/heads/main"

    private func imported(_ keyless: String, more: String = "") throws -> PolicyImport {
        let text = """
            apiVersion: policy.sigstore.dev/v1beta1
            kind: ClusterImagePolicy
            metadata: {name: p}
            spec:
              images: [{glob: "**"}]
              authorities: [{name: ci, keyless: {\(keyless)}\(more)}]
            """
        return try PolicyImport.read(Array(text.utf8), file: "p", format: .clusterImagePolicy)
    }

    private func policy(_ result: PolicyImport) throws -> AdmissionPolicy {
        try #require(try Policies.load(result.yaml).policies.first, "\(result.yaml)")
    }

    private func accepts(_ result: PolicyImport, _ holder: CertificateHolder) throws -> Bool {
        PolicyEvaluator.evaluate([try policy(result)], try Facts.signed(by: [holder])).verdict == .admit
    }

    @Test func aWorkflowIsItsURI() throws {
        let result = try imported(
            "identities: [{issuer: \"\(Holders.github)\", subject: \"\(Self.workflow)\"}]")
        #expect(result.remarks == [])
        #expect(try policy(result).signers.map(\.pattern?.kind) == [.uri])
        #expect(try accepts(result, Holders.service(ExactString(Self.workflow), issuer: Holders.github)))
        #expect(try !accepts(result, Holders.service(ExactString(Self.workflow + "x"), issuer: Holders.github)))
        #expect(try !accepts(result, Holders.service(ExactString(Self.workflow), issuer: "https://gitlab.com")))
    }

    @Test func anyOfSeveralIdentitiesIsEnough() throws {
        let result = try imported(
            """
            identities: [{issuer: "https://accounts.google.com", subject: alice@example.com}, \
            {issuer: "\(Holders.github)", subject: "\(Self.workflow)"}]
            """)
        #expect(try policy(result).signers.map(\.pattern?.kind) == [.email, .uri])
        #expect(try accepts(result, Holders.person("alice@example.com")))
        #expect(try accepts(result, Holders.service(ExactString(Self.workflow), issuer: Holders.github)))
        #expect(try !accepts(result, Holders.person("bob@example.com")))
    }

    /// There it is looked for anywhere in the name; what is written without anchors is narrower here, never wider.
    @Test(arguments: ["https://github\\\\.com/example/.*", "^https://github\\\\.com/example/.*$"])
    func anExpressionAccountsForTheWholeName(_ expression: String) throws {
        let result = try imported("identities: [{issuer: \"\(Holders.github)\", subjectRegExp: \"\(expression)\"}]")
        #expect(result.remarks.map(\.effect) == [.stricter])
        #expect(result.remarks.first?.path == "spec.authorities[0].keyless.identities[0]")
        #expect(try policy(result).insecureUses.count == 1)
        #expect(try accepts(result, Holders.service(ExactString(Self.workflow), issuer: Holders.github)))
        for other in ["https://evil.example/https://github.com/example/x", "https://githubxcom/example/x"] {
            #expect(try !accepts(result, Holders.service(ExactString(other), issuer: Holders.github)))
        }
    }

    @Test(arguments: [
        "^https://token\\\\.actions\\\\.githubusercontent\\\\.com$", "https://token.actions.githubusercontent.com",
    ])
    func anIssuersExpressionIsOneIssuer(_ expression: String) throws {
        let result = try imported("identities: [{issuerRegExp: \"\(expression)\", subject: \"\(Self.workflow)\"}]")
        #expect(result.remarks.map(\.effect) == [.stricter])
        #expect(try accepts(result, Holders.service(ExactString(Self.workflow), issuer: Holders.github)))
        #expect(
            try !accepts(
                result, Holders.service(ExactString(Self.workflow), issuer: ExactString(Holders.github.value + "/corp"))
            ))
    }

    /// None of them becomes anything that admits.
    @Test(arguments: [
        "identities: [{issuerRegExp: \".*\", subject: a@b.example}]",
        "identities: [{issuerRegExp: \"https://(a|b)[.]example\", subject: a@b.example}]",
        "identities: [{issuerRegExp: \"^$\", subject: a@b.example}]",
        "identities: [{subject: a@b.example}]", "identities: [{issuer: \"https://x.example\"}]",
        "identities: [{issuer: \"https://x.example\", subject: alice}]",
        "identities: [{issuer: \"https://x.example\", subject: \"*@example.com\"}]",
        "identities: [{issuer: \"https://x.example\", subject: \"https://x.example/?\"}]",
        "identities: [{issuer: \"https://x.example\", subjectRegExp: \".*\"}]",
        "identities: [{issuer: \"https://x.example\", subjectRegExp: \"(?i)a@b.example\"}]",
        "identities: [{issuer: \"https://*.example\", subject: a@b.example}]",
        "identities: [{issuer: \"HTTPS://x.example\", subject: a@b.example}]", "url: \"https://fulcio.sigstore.dev\"",
    ])
    func whatCannotBeSaidAdmitsNothing(_ keyless: String) throws {
        let result = try imported(keyless)
        #expect(result.remarks.last?.effect == .notSaid)
        #expect(try policy(result).signers == [])
        #expect(try policy(result).require.map(\.id) == ["no-authority"])
    }

    @Test(arguments: [
        "identities: [{issuer: a, issuerRegExp: b, subject: c@d.example}]",
        "identities: [{issuer: a, subject: c@d.example, subjectRegExp: e}]", "identities: [{issuer: a, name: b}]",
        "identities: {issuer: a}", "identities: [], root: x",
    ])
    func refusesWhatIsNoIdentity(_ keyless: String) {
        #expect(throws: PolicyLoadFailure.self) { try imported(keyless) }
    }

    /// Which authority is meant is never forgotten.
    @Test(arguments: [
        ("url: \"https://fulcio.sigstore.dev\"", "public-good", 0),
        ("url: \"https://fulcio.example\"", "own-fulcio", 1),
        ("ca-cert: {data: x}", "own-fulcio", 1), ("trustRootRef: mine", "own-fulcio", 1),
    ])
    func bindsTheSignerToItsAuthority(_ field: String, _ root: String, _ differences: Int) throws {
        let result = try imported(
            "\(field), identities: [{issuer: \"https://accounts.google.com\", subject: alice@example.com}]",
            more: ", ctlog: {url: \"https://rekor.example\"}")
        #expect(result.remarks.count { $0.isDifference } == differences)
        #expect(try accepts(result, Holders.person("alice@example.com", root: ExactString(root))))
        #expect(try !accepts(result, Holders.person("alice@example.com", root: "another")))
    }

    // MARK: policy.json

    private func containers(_ fulcio: String) throws -> PolicyImport {
        let text = """
            {"default": [{"type": "reject"}], "transports": {"docker": {"registry.example/finance": [
              {"type": "sigstoreSigned", "fulcio": \(fulcio), "rekorPublicKeyPath": "/rekor.pub",
               "signedIdentity": {"type": "matchRepository"}}]}}}
            """
        return try PolicyImport.read(Array(text.utf8), file: "p", format: .containersPolicy)
    }

    @Test func fulcioOfPolicyJSONIsAnAddress() throws {
        let result = try containers(
            #"{"caPath": "/f.pem", "oidcIssuer": "https://accounts.google.com", "subjectEmail": "alice@example.com"}"#)
        #expect(result.remarks.map(\.effect) == [.stricter])
        let signer = try #require(try policy(result).signers.first)
        #expect(signer.reference == .repository)
        #expect(
            signer.pattern?.trust == .trustedRoot(named: "own-fulcio", issuer: "https://accounts.google.com"))
        #expect(signer.pattern?.matches(Holders.person("alice@example.com", root: "own-fulcio")) == true)
        #expect(signer.pattern?.matches(Holders.person("alice@example.com")) == false)
    }

    @Test(arguments: [
        #"{"caPath": "/f.pem", "oidcIssuer": "https://a.example", "subjectEmail": "*@example.com"}"#,
        #"{"caPath": "/f.pem", "oidcIssuer": "https://a.example", "subjectEmail": "https://x.example/a"}"#,
        #"{"caData": "eA==", "oidcIssuer": "https://*", "subjectEmail": "a@b.example"}"#,
    ])
    func whatPolicyJSONCannotSayAdmitsNothing(_ fulcio: String) throws {
        let result = try containers(fulcio)
        #expect(result.remarks.map(\.effect) == [.notSaid])
        #expect(try policy(result).signers == [])
    }

    @Test(arguments: [
        #"{"caPath": "/f.pem", "oidcIssuer": "https://a.example"}"#,
        #"{"oidcIssuer": "https://a.example", "subjectEmail": "a@b.example"}"#,
        #"{"caPath": "/f.pem", "caData": "eA==", "oidcIssuer": "https://a.example", "subjectEmail": "a@b.example"}"#,
        #"{"caPath": "/f.pem", "oidcIssuer": "https://a.example", "subjectEmail": "a@b.example", "x": 1}"#,
    ])
    func refusesFulcioOfAnotherForm(_ fulcio: String) {
        #expect(throws: PolicyLoadFailure.self) { try containers(fulcio) }
    }
}
