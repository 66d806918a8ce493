import Findings
import Glibc
import HTTPTransport
import StrictEncoding
import TUF
import TUFClient

/// Updates of stores over the network.
enum TrustNetwork {
    /// One update from where the store says that its repository is, with the proxies that the environment names
    /// (`HTTPS_PROXY`, `NO_PROXY` and so on).
    ///
    /// - Throws: where nobody said where the repository is, or the environment names no usable proxy.
    static func refresh(
        _ store: TrustStore, called directory: String, targets: [TargetPath], at instant: Instant
    ) async throws(CommandFailure) -> RefreshOutcome {
        let address: RepositoryAddress
        do throws(TrustUpdateError) {
            address = try store.address()
        } catch {
            if case .noAddress = error {
                throw .usage(
                    "\(Finding.quoted(directory)): \(error.message)",
                    "say where it is with `landwaiter trust init --url URL`, or give `landwaiter trust update --from PATH`"
                )
            }
            throw CommandFailure(error, directory)
        }
        let transport = try transport()
        let source = HTTPSource(address, over: transport)
        let outcome = await TrustUpdater(store: store, source: source).refresh(targets: targets, at: instant)
        await transport.shutdown()
        return outcome
    }

    private static func transport() throws(CommandFailure) -> HTTPTransport {
        var configuration = HTTPConfiguration()
        do throws(ProxyError) {
            configuration.proxies = try ProxySettings(environment: environment())
        } catch {
            throw .usage(error.message)
        }
        do throws(HTTPConfigurationError) {
            return try HTTPTransport(configuration)
        } catch {
            throw .usage(error.message)
        }
    }

    /// The variables of proxies alone.
    private static func environment() -> [String: String] {
        var found: [String: String] = [:]
        for name in ["HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY"] {
            for spelling in [name, name.lowercased()] {
                guard let value = getenv(spelling) else { continue }
                found[spelling] = String(cString: value)
            }
        }
        return found
    }
}
