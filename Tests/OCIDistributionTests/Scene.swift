import Content
import Findings
import HTTPTransport
import OCI
import OCIDistribution
import RegistrySimulator
import StrictEncoding

/// A client whose pauses are short and whose dice always fall alike.
struct Client {
    let client: RegistryClient
    let transport: HTTPTransport

    init(
        http: HTTPConfiguration = HTTPConfiguration(), _ alter: (inout RegistryClient.Configuration) -> Void = { _ in }
    ) throws {
        transport = try HTTPTransport(http)
        var configuration = RegistryClient.Configuration(
            now: { Instant(secondsSince1970: 1_790_000_000) }, chance: { 0.5 })
        configuration.retries.firstPause = .milliseconds(10)
        configuration.exchangeTimeout = .seconds(120)
        alter(&configuration)
        client = RegistryClient(configuration, transport: transport)
    }

    func source(_ reference: String, timeout: Duration = .seconds(120)) throws -> RegistrySource {
        RegistrySource(try ImageReference(parsing: reference), client: client, timeout: timeout)
    }
}

let repository = "finance/ledger"

func reference(_ registry: SimulatedRegistry, _ suffix: String = ":v1") -> String {
    registry.host + "/" + repository + suffix
}

/// How an operation fails, as a source says it; nil if it does not fail.
func failure<Value>(of operation: () async throws -> Value) async -> ContentSourceError? {
    do {
        _ = try await operation()
        return nil
    } catch let error as ContentSourceError {
        return error
    } catch let error as RegistryError {
        return error.asSourceError
    } catch {
        return ContentSourceError(
            ReasonCode("test.unexpected", .note, .note, summary: "\(error)", mend: ""), "\(error)")
    }
}

/// The code of ``failure(of:)``.
func code<Value>(of operation: () async throws -> Value) async -> ReasonCode? {
    await failure(of: operation)?.code
}
