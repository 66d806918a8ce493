import AdmissionServer
import AdmissionService
import HTTPTransport
import LandwaiterCommands
import PKI
import StrictEncoding
import Synchronization

/// The authorities that vouch for registries, and the certificate that is shown to them: from files that are read again
/// when they change, all of them together.
///
/// What replaces them has to be usable: while certificate and key do not belong together, or a new certificate is not
/// valid now, those before it are used on.
final class RegistryCertificates: Reloading {
    let title = "certificates for registries"
    private let files: WatchedFiles<HTTPConfiguration>
    private let events: (any EventSink)?
    private let transport = Mutex<HTTPTransport?>(nil)

    /// Nil where no file is named.
    ///
    /// - Throws: status 65 for what can't be used now. A certificate that has ended is left to the registries to refuse:
    ///   a server that starts does more without it than one that does not.
    init?(_ registries: ServerConfiguration.Registries, events: (any EventSink)?) throws(CommandFailure) {
        let client = registries.clientCertificate
        let paths = registries.authorities + (client.map { [$0.certificate, $0.key] } ?? [])
        guard !paths.isEmpty else { return nil }
        self.events = events
        let isFirst = Mutex(true)
        do throws(WatchedFilesError) {
            files = try WatchedFiles(paths, at: Clock.now) { (files, now) throws(WatchedFilesError) in
                var http = HTTPConfiguration()
                http.extraAuthorities = Array(files.prefix(registries.authorities.count))
                if let client, files.count == registries.authorities.count + 2 {
                    let (chain, key) = (files[files.count - 2], files[files.count - 1])
                    http.clientCertificate = HTTPConfiguration.ClientCertificate(chain: chain, key: key)
                    if !isFirst.withLock({ $0 }) {
                        try Self.checkValidity(chain, calledAs: client.certificate, at: now)
                    }
                }
                do throws(HTTPConfigurationError) {
                    _ = try HTTPTransport(http)
                } catch {
                    throw WatchedFilesError(message: Self.message(error, registries))
                }
                isFirst.withLock { $0 = false }
                return http
            }
        } catch {
            throw .badData(error.message)
        }
    }

    /// From now on, and whenever the files change.
    func apply(to transport: HTTPTransport) {
        self.transport.withLock { $0 = transport }
        // It was made of the same bytes when they were read.
        try? transport.replaceCertificates(by: files.current)
    }

    var failure: String? { files.failure }

    func refresh(at now: Instant) -> ReloadOutcome? {
        let outcome = files.refresh(at: now)
        switch outcome {
        case .reloaded:
            if let transport = transport.withLock({ $0 }) { apply(to: transport) }
            events?.emit(ServiceEvent(.certificatesReplaced, at: now, subject: "", members: []))
        case .kept(let why):
            events?.emit(ServiceEvent(.certificatesBroken, at: now, subject: "", members: [("message", why)]))
        case nil: break
        }
        return outcome
    }

    private static func checkValidity(
        _ pem: [UInt8], calledAs name: String, at now: Instant
    ) throws(WatchedFilesError) {
        let chain: [Certificate]
        do throws(CertificateError) {
            chain = try Certificate.all(pem: pem)
        } catch {
            throw WatchedFilesError(message: "in `\(name)`: \(error.message)")
        }
        guard let leaf = chain.first, leaf.validity.contains(now) else {
            let found = chain.first.map { "one from \($0.validity.lowerBound) to \($0.validity.upperBound)" }
            throw WatchedFilesError(
                message: "expected a certificate in `\(name)` that is valid at \(now), found \(found ?? "none")")
        }
    }

    /// With the name of the file.
    private static func message(
        _ error: HTTPConfigurationError, _ registries: ServerConfiguration.Registries
    ) -> String {
        let name: String? =
            switch error {
            case .authority(let position):
                registries.authorities.indices.contains(position) ? registries.authorities[position] : nil
            case .clientCertificate, .clientPair: registries.clientCertificate?.certificate
            case .clientKey: registries.clientCertificate?.key
            }
        return (name.map { "in `\($0)`: " } ?? "") + error.message
    }
}
