/// An authority, a server's certificate for loopback, a client's, and one that signs tokens: made anew by `openssl` and
/// valid for two days, since nothing that is committed may hold a key.
package struct TestCertificates: Sendable {
    /// PEM texts.
    package struct Pair: Sendable {
        package let certificate: String
        package let key: String
    }

    /// The authority's certificate, PEM.
    package let authority: String
    package let server: Pair
    package let client: Pair
    /// Self-signed.
    package let tokenSigner: Pair
    /// Holds the same as `ca.pem`, `server.pem`, `server.key`, `client.pem`, `client.key`, `token.pem`.
    package let directory: TemporaryDirectory

    package static func make() async throws -> TestCertificates {
        let directory = try TemporaryDirectory()
        let newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout"]
        func openssl(_ arguments: [String]) async throws {
            try await Tool.succeed("openssl", arguments, in: directory.path)
        }
        for (name, use) in [("ca", "keyCertSign,cRLSign"), ("token", "digitalSignature")] {
            try await openssl(
                ["req", "-x509", "-days", "2", "-subj", "/CN=simulator \(name)", "-out", "\(name).pem"]
                    + ["-addext", "keyUsage=critical,\(use)"] + newKey + ["\(name).key"])
        }
        let names = "subjectAltName=IP:127.0.0.1,IP:::1,DNS:localhost"
        try directory.write("\(names)\nextendedKeyUsage=serverAuth\n", to: "server.ext")
        try directory.write("subjectAltName=DNS:client.example\nextendedKeyUsage=clientAuth\n", to: "client.ext")
        for name in ["server", "client"] {
            try await openssl(
                ["req", "-new", "-subj", "/CN=\(name)", "-out", "\(name).csr"] + newKey + ["\(name).key"])
            try await openssl([
                "x509", "-req", "-in", "\(name).csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days",
                "2", "-extfile", "\(name).ext", "-out", "\(name).pem",
            ])
        }
        func pair(_ name: String) throws -> Pair {
            Pair(certificate: try directory.read("\(name).pem"), key: try directory.read("\(name).key"))
        }
        return TestCertificates(
            authority: try directory.read("ca.pem"), server: try pair("server"), client: try pair("client"),
            tokenSigner: try pair("token"), directory: directory)
    }

    /// For a simulated registry.
    package func tls(wantsClient: Bool = false) -> RegistryFeatures.TLS {
        RegistryFeatures.TLS(
            certificate: server.certificate, key: server.key, clientAuthority: wantsClient ? authority : nil)
    }
}
