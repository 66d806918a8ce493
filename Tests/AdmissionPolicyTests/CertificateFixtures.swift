import AdmissionPolicy
import Content
import PKI
import StrictEncoding
import Testing

// Certificates of organisations' own authorities, and holders of certificates that the suites vary in one field.

enum Roots {
    /// Self-signed; valid 2025 to 2036 but for the two that say otherwise. `leaf` may not issue.
    static let files: [String: String] = [
        "roots/corporate.pem": pem(
            "MIIBWDCB/6ADAgECAgEBMAoGCCqGSM49BAMCMBQxEjAQBgNVBAMMCWNvcnBvcmF0",
            "ZTAeFw0yNTAxMDEwMDAwMDBaFw0zNjAxMDEwMDAwMDBaMBQxEjAQBgNVBAMMCWNv",
            "cnBvcmF0ZTBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABMEoSLSoI5VkVvDrWoGm",
            "WQBugo6BdqOFCKD53KNvVqd5/13k/shOh1toxxgoblRP+kp01s9FJ/Jlpajftw4Y",
            "fFWjQjBAMA8GA1UdEwEB/wQFMAMBAf8wDgYDVR0PAQH/BAQDAgIEMB0GA1UdDgQW",
            "BBQThO2LVYGHS5GlWA6g3Jtk4eucSTAKBggqhkjOPQQDAgNIADBFAiEAgTD4bgIl",
            "ufCz06ej2cm3FiOgL22HtkOYj2WpmfyjawICIAdswoZJZGTVjxSZjjnC++dZYO8d",
            "uUPTSVWRRlMWlSBC"),
        "roots/ended.pem": pem(
            "MIIBUDCB96ADAgECAgEBMAoGCCqGSM49BAMCMBAxDjAMBgNVBAMMBWVuZGVkMB4X",
            "DTI1MDEwMTAwMDAwMFoXDTI2MTEwMTAwMDAwMFowEDEOMAwGA1UEAwwFZW5kZWQw",
            "WTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAAQ3EiCVkrQ2h1/7WqWuJ4GsafgE1Fx6",
            "xCE+GvpXXf7IuRJ57QxO9TEpj+5rLg+Rtutj36X3veURP+XLEKOJqepHo0IwQDAP",
            "BgNVHRMBAf8EBTADAQH/MA4GA1UdDwEB/wQEAwICBDAdBgNVHQ4EFgQUI6Y0fraz",
            "hwM0CsAmjeUVMDT94FQwCgYIKoZIzj0EAwIDSAAwRQIhAKcRC3OoQQhhh0CQqRZN",
            "612QzRHtItV9Xv4DEiQjoz6NAiAv43IpWBkYWzVsViGKkQRMY76xgaN9Fa16obcW",
            "4MJKvw=="),
        "roots/ending.pem": pem(
            "MIIBUzCB+aADAgECAgEBMAoGCCqGSM49BAMCMBExDzANBgNVBAMMBmVuZGluZzAe",
            "Fw0yNTAxMDEwMDAwMDBaFw0yNjEyMTAwMDAwMDBaMBExDzANBgNVBAMMBmVuZGlu",
            "ZzBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABLm1Om9z3+9C4n+yycl3Ub3vl3zG",
            "ozLLS9lReEJvsNPsJBqnMLNyP0OW6YdHv+h7CWSLEGBehYHZ164fEUcGc22jQjBA",
            "MA8GA1UdEwEB/wQFMAMBAf8wDgYDVR0PAQH/BAQDAgIEMB0GA1UdDgQWBBQf8U+6",
            "WUlKIGB+9Sn1nL8QnctXXDAKBggqhkjOPQQDAgNJADBGAiEAzSIxvC+lmq/FnPK2",
            "iyVQBLC7Ycffllvya/rosbplQfYCIQCy3zlhN5YU+x1uQCiTlAf6I1v7jBJsBfTL",
            "jAIZdrQ6oA=="),
        "roots/leaf.pem": pem(
            "MIIBTDCB8qADAgECAgEBMAoGCCqGSM49BAMCMA8xDTALBgNVBAMMBGxlYWYwHhcN",
            "MjUwMTAxMDAwMDAwWhcNMzYwMTAxMDAwMDAwWjAPMQ0wCwYDVQQDDARsZWFmMFkw",
            "EwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEX24ReTzW1NXuDxWUhk8EnIY76gkTcGRG",
            "73AXkNMkkfJa3cvyjD/RvOLj1ExXo6FWsezz1ehfcOp+MdoXVc7dFqM/MD0wDAYD",
            "VR0TAQH/BAIwADAOBgNVHQ8BAf8EBAMCAgQwHQYDVR0OBBYEFH1762kOwvvlDXKc",
            "vyCPMEryjJ3hMAoGCCqGSM49BAMCA0kAMEYCIQD1wTBrThyiMM/BLe9RnR2djXF+",
            "NlrEAr4r4IjKHTyd/gIhAOI/BVuHV3/RjtTEaJ9f9D3utsYW2Hm6lJc5QLGIZ5pL"),
        "roots/other.pem": pem(
            "MIIBUTCB96ADAgECAgEBMAoGCCqGSM49BAMCMBAxDjAMBgNVBAMMBW90aGVyMB4X",
            "DTI1MDEwMTAwMDAwMFoXDTM2MDEwMTAwMDAwMFowEDEOMAwGA1UEAwwFb3RoZXIw",
            "WTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAAQtJz+5j2b52ICckAsGAtpzn8YYQSpI",
            "sr8de/6I2wrDDskkdK+Fe7NZq6x9L40XhI0ORAah9G9ocerCE3BQCfbso0IwQDAP",
            "BgNVHRMBAf8EBTADAQH/MA4GA1UdDwEB/wQEAwICBDAdBgNVHQ4EFgQUe77gMmLg",
            "NXeosPaH/ajYf/i5gB8wCgYIKoZIzj0EAwIDSQAwRgIhAIDP+cB728pXCRdbVA9/",
            "EkpTF9WRikK0ky0/gyzR2tJNAiEA26B5D+GEPur3Mxtfc1Cmwz0/4Y/nK6oUmnUU",
            "fhnVc6o="),
    ]

    /// Trust bundles, and a revocation list of somebody called corporate, of 2026 to 2036 and without entries.
    static let lists: [String: String] = [
        "bundles/corporate.pem": files["roots/corporate.pem"] ?? "",
        "bundles/other.pem": files["roots/other.pem"] ?? "",
        "bundles/leaf.pem": files["roots/leaf.pem"] ?? "", "bundles/first.json": #"{"keys": [], "spiffe_sequence": 1}"#,
        "bundles/second.json": #"{"keys": [], "spiffe_sequence": 2}"#,
        "lists/corporate.crl": pem(
            "MIHLMHQCAQEwCgYIKoZIzj0EAwIwFDESMBAGA1UEAwwJY29ycG9yYXRlFw0yNjAx",
            "MDEwMDAwMDBaFw0zNjEyMzEwMDAwMDBaoC8wLTAfBgNVHSMEGDAWgBSpyEE3A2yW",
            "yZQcz3+nEnpC1LNf0DAKBgNVHRQEAwIBATAKBggqhkjOPQQDAgNHADBEAiB1pqrV",
            "vYyWouPXxNPr90ZAQWCE6mUq53HRkZAPYlBRPgIgMogaG5buI5E4/5UF0p/VpVIe",
            "NRtJhieMrZ1XcyKNyeY=",
            label: "X509 CRL"),
    ]

    private static func pem(_ lines: String..., label: String = "CERTIFICATE") -> String {
        (["-----BEGIN \(label)-----"] + lines + ["-----END \(label)-----", ""]).joined(separator: "\n")
    }
}

enum Holders {
    static let github: ExactString = "https://token.actions.githubusercontent.com"
    static let gitlab: ExactString = "https://gitlab.com"

    /// Of example/ledger's run on the main branch, which calls a workflow of example/pipelines.
    static let workflow = "https://github.com/example/pipelines/.github/workflows/build.yml@refs/tags/v2.1"
    static let claims: [WorkloadClaim: ExactString] = [
        .githubWorkflowTrigger: "push", .githubWorkflowSHA: ExactString(commit("1")),
        .githubWorkflowName: "Release", .githubWorkflowRepository: "example/ledger",
        .githubWorkflowRef: "refs/heads/main", .buildSignerURI: ExactString(workflow),
        .buildSignerDigest: ExactString(commit("2")), .runnerEnvironment: "github-hosted",
        .sourceRepositoryURI: "https://github.com/example/ledger",
        .sourceRepositoryDigest: ExactString(commit("1")), .sourceRepositoryRef: "refs/heads/main",
        .sourceRepositoryIdentifier: "1001", .sourceRepositoryOwnerURI: "https://github.com/example",
        .sourceRepositoryOwnerIdentifier: "2002",
        .buildConfigURI: "https://github.com/example/ledger/.github/workflows/release.yml@refs/heads/main",
        .buildConfigDigest: ExactString(commit("1")), .buildTrigger: "push",
        .runInvocationURI: "https://github.com/example/ledger/actions/runs/7/attempts/1",
        .sourceRepositoryVisibilityAtSigning: "private", .deploymentEnvironment: "production",
        .tokenSubject: "repo:example/ledger:environment:production",
    ]

    /// - Parameter changes: nil takes a claim away. Where the instructions that signed are changed, so is the name.
    static func workload(
        _ changes: [WorkloadClaim: ExactString?] = [:], uri: String? = nil, issuer: ExactString = github,
        root: ExactString = "public-good"
    ) -> CertificateHolder {
        var claims = Self.claims
        for (claim, value) in changes { claims[claim] = value }
        let name = uri.map { ExactString($0) } ?? claims[.buildSignerURI] ?? ExactString(workflow)
        return CertificateHolder(
            authority: .trustedRoot(root, issuer: issuer), names: [CertificateName(.uri, name)], claims: claims)
    }

    /// As Fulcio writes GitLab's: the instructions once as the name, twice as extensions.
    static func pipeline(
        _ changes: [WorkloadClaim: ExactString?] = [:], host: String = "gitlab.com", issuer: ExactString = gitlab
    ) -> CertificateHolder {
        let config = ExactString("https://\(host)/example/bank/ledger//.gitlab-ci.yml@refs/heads/main")
        var claims: [WorkloadClaim: ExactString] = [
            .buildSignerURI: config, .buildSignerDigest: ExactString(commit("3")), .buildConfigURI: config,
            .buildConfigDigest: ExactString(commit("3")), .runnerEnvironment: "gitlab-hosted",
            .sourceRepositoryURI: "https://gitlab.com/example/bank/ledger",
            .sourceRepositoryDigest: ExactString(commit("3")), .sourceRepositoryRef: "refs/heads/main",
            .sourceRepositoryIdentifier: "3003", .sourceRepositoryOwnerURI: "https://gitlab.com/example/bank",
            .sourceRepositoryOwnerIdentifier: "4004", .buildTrigger: "push",
            .runInvocationURI: "https://gitlab.com/example/bank/ledger/-/jobs/9",
            .sourceRepositoryVisibilityAtSigning: "internal", .deploymentEnvironment: "production",
        ]
        for (claim, value) in changes { claims[claim] = value }
        let name = claims[.buildSignerURI] ?? config
        return CertificateHolder(
            authority: .trustedRoot("public-good", issuer: issuer), names: [CertificateName(.uri, name)],
            claims: claims)
    }

    static func person(
        _ address: ExactString, issuer: ExactString = "https://accounts.google.com", root: ExactString = "public-good"
    ) -> CertificateHolder {
        CertificateHolder(authority: .trustedRoot(root, issuer: issuer), names: [CertificateName(.email, address)])
    }

    static func service(_ uri: ExactString, issuer: ExactString) -> CertificateHolder {
        CertificateHolder(
            authority: .trustedRoot("public-good", issuer: issuer), names: [CertificateName(.uri, uri)])
    }

    static func own(_ authorities: OwnAuthorities, _ names: CertificateName...) -> CertificateHolder {
        CertificateHolder(authority: .own(authorities.digest), names: names)
    }

    static func commit(_ digit: String) -> String { String(repeating: digit, count: 40) }
}

/// A policy whose only signer is `ci`, and who signed.
struct CertificateScene {
    let policy: AdmissionPolicy

    init(_ signer: String) throws {
        var text = PolicyText()
        text.signers = "    ci: \(signer)"
        text.require = "- {id: signed, on: image, signature: {by: {atLeast: 1, of: [ci]}}}"
        policy = try text.load()
    }

    var pattern: CertificatePattern {
        get throws { try #require(policy.signers.first?.pattern) }
    }

    var authorities: OwnAuthorities {
        get throws {
            guard case .own(let authorities) = try pattern.trust else { throw Missing() }
            return authorities
        }
    }

    func judge(_ holders: CertificateHolder...) throws -> PolicyEvaluation {
        PolicyEvaluator.evaluate([policy], try Facts.signed(by: holders))
    }

    func accepts(_ holder: CertificateHolder) throws -> Bool { try judge(holder).verdict == .admit }
}

extension Facts {
    /// The admitted image with a signature by each of them, and nothing else.
    static func signed(by holders: [CertificateHolder]) throws -> EvidenceDocument {
        try admitted { document in
            document.signatures = holders.enumerated().map { position, holder in
                SignatureFacts(
                    evidence: .named("signature \(position)"), signers: [.certificate(holder)], subjects: [.image],
                    dockerReference: nil)
            }
            document.attestations = []
        }
    }
}
