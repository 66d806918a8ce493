import NIOCore
import NIOSSL
import PKI
import StrictEncoding

/// The certificate and key that a listener shows, as the TLS context that new connections are made with.
///
/// A connection keeps the context that it began with, so a rotation drops none. What replaces it has to be usable now: a
/// new certificate that expired, is not valid yet, or does not go with its key keeps the old one in use.
struct ServerCertificate: Reloading {
    let title: String
    let listener: String
    private let files: WatchedFiles<Loaded>

    struct Loaded: Sendable {
        let context: NIOSSLContext
        /// When the leaf is valid, both ends included.
        let validity: ClosedRange<Instant>
    }

    /// - Throws: `WatchedFilesError` if there is no usable pair to begin with.
    init(_ tls: ListenerTLS, listener: String, at now: Instant) throws(WatchedFilesError) {
        title = "certificate of listener \(listener)"
        self.listener = listener
        let verification: CertificateVerification =
            switch tls.clients?.areRequired {
            case nil: .none
            case false?: .optionalVerification
            case true?: .noHostnameVerification
            }
        files = try WatchedFiles([tls.certificateFile, tls.keyFile], at: now) {
            (files, now) throws(WatchedFilesError) in
            try Self.load(
                certificates: files[0], key: files[1], verification: verification, calledAs: tls.certificateFile,
                keyCalledAs: tls.keyFile, at: now)
        }
    }

    /// What a new connection begins with.
    var context: NIOSSLContext { files.current.context }
    var validity: ClosedRange<Instant> { files.current.validity }
    var failure: String? { files.failure }

    func refresh(at now: Instant) -> ReloadOutcome? { files.refresh(at: now) }

    private static func load(
        certificates pem: [UInt8], key keyPEM: [UInt8], verification: CertificateVerification, calledAs name: String,
        keyCalledAs keyName: String, at now: Instant
    ) throws(WatchedFilesError) -> Loaded {
        let chain: [Certificate]
        do throws(CertificateError) {
            chain = try Certificate.all(pem: pem)
        } catch {
            throw WatchedFilesError(message: "in `\(name)`: \(error.message)")
        }
        guard let leaf = chain.first else {
            throw WatchedFilesError(message: "expected a certificate in `\(name)`, found none")
        }
        guard leaf.validity.contains(now) else {
            let validity = "\(leaf.validity.lowerBound) to \(leaf.validity.upperBound)"
            throw WatchedFilesError(
                message: "expected a certificate in `\(name)` that is valid at \(now), found one from \(validity)")
        }
        do {
            let sources = try chain.map {
                NIOSSLCertificateSource.certificate(try NIOSSLCertificate(bytes: $0.der, format: .der))
            }
            let key = try NIOSSLPrivateKey(bytes: keyPEM, format: .pem)
            var configuration = TLSConfiguration.makeServerConfiguration(
                certificateChain: sources, privateKey: .privateKey(key))
            configuration.minimumTLSVersion = .tlsv12
            configuration.cipherSuiteValues = cipherSuites
            configuration.certificateVerification = verification
            // Who vouches for clients is asked of PKI, at each handshake; the system's authorities vouch for none.
            configuration.trustRoots = .certificates([])
            configuration.applicationProtocols = ["http/1.1"]
            // For a farewell. So long the library keeps what it had for a connection, some 70 KB, also one that is gone.
            configuration.shutdownTimeout = .seconds(1)
            // Refuses a key that is not the certificate's.
            return Loaded(context: try NIOSSLContext(configuration: configuration), validity: leaf.validity)
        } catch {
            throw WatchedFilesError(
                message:
                    "expected a certificate in `\(name)` and its key in `\(keyName)`, found what does not go together"
            )
        }
    }

    /// For TLS 1.2: forward secrecy and authenticated encryption only (RFC 9325 section 4.2). TLS 1.3 has no others.
    private static let cipherSuites: [NIOTLSCipher] = [
        .TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, .TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
        .TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, .TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
        .TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384, .TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
    ]
}
