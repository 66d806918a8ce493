import AdmissionServer
import PKI
import RegistrySimulator
import Signing
import Simulators
import StrictEncoding

/// An authority that issues for servers and clients, and files as a secret's mount holds them.
struct TestAuthority: Sendable {
    let authority: SimulatedCA

    init(_ name: String = "cluster") throws { authority = try SimulatedCA(name) }

    /// Domain names, an hour before and after now unless altered.
    func issue(
        _ names: [CertificateTemplate.Name], usage: String = ChainProfile.clientAuthentication,
        altering alter: (inout CertificateTemplate) -> Void = { _ in }
    ) throws -> Credentials {
        let key = try PrivateKey.generate(.ecdsaP256)
        var template = CertificateTemplate(
            issuer: authority.intermediate.template.subject, subject: DEREncoding.sequence(), key: key.publicKey)
        template.notBefore = SimulatedCA.now.adding(seconds: -3600)
        template.notAfter = SimulatedCA.now.adding(seconds: 3600)
        template.extensions = [
            .keyUsage([0x80], unused: 7), .extendedKeyUsage([usage]), .basicConstraints(isAuthority: false),
            .subjectKeyIdentifier(of: key.publicKey),
            .authorityKeyIdentifier(of: authority.intermediate.key.publicKey),
            .alternativeNames(names, isCritical: true),
        ]
        alter(&template)
        let issued = try authority.issue(template, key: key)
        return Credentials(
            leaf: issued, chain: [issued.der, authority.intermediate.der],
            pem: issued.pem + authority.intermediate.pem, keyPEM: key.unencryptedPEM)
    }

    func server(altering alter: (inout CertificateTemplate) -> Void = { _ in }) throws -> Credentials {
        try issue(
            [.dns("localhost"), .ipAddress([127, 0, 0, 1])], usage: ChainProfile.serverAuthentication, altering: alter)
    }
}

struct Credentials: Sendable {
    let leaf: IssuedCertificate
    /// Leaf first.
    let chain: [[UInt8]]
    let pem: String
    let keyPEM: String

    /// For a client that shows them.
    var tls: RawClient.TLS { RawClient.TLS(certificates: chain, keyPEM: keyPEM) }
}

extension SimulatedTrustDomain {
    func credentials(_ path: String, altering alter: (inout CertificateTemplate) -> Void = { _ in }) throws
        -> Credentials
    {
        let key = try PrivateKey.generate(.ecdsaP256)
        var template = workload(key: key.publicKey, path: path)
        alter(&template)
        let issued = try authority.issue(template, key: key)
        return Credentials(
            leaf: issued, chain: [issued.der, authority.intermediate.der],
            pem: issued.pem + authority.intermediate.pem, keyPEM: key.unencryptedPEM)
    }
}

extension TemporaryDirectory {
    func write(_ credentials: Credentials, _ name: String = "server") throws {
        try write(credentials.pem, to: name + ".pem")
        try write(credentials.keyPEM, to: name + ".key")
    }
}
