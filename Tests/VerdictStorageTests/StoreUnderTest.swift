import Foundation
import StrictEncoding
import Testing
import VerdictStorage

/// Which store a test of the contract runs against.
enum StoreKind: String, CaseIterable, CustomTestStringConvertible {
    case sqlite = "SQLite"
    case postgreSQL = "PostgreSQL"

    var testDescription: String { rawValue }

    /// Those that this machine has.
    static let here = allCases.filter { $0 == .sqlite || TemporaryPostgreSQL.isInstalled }

    /// Where a store lies, so that several can be opened on it.
    enum Place: Sendable {
        case file(String)
        case database(String)

        /// With the patience of a busy machine.
        func open(_ access: StoreAccess = .readWrite) throws -> any VerdictStore {
            switch self {
            case .file(let path):
                SQLiteVerdictStore(path: path, options: SQLiteOptions(patience: .seconds(600), access: access))
            case .database(let connection):
                try PostgreSQLVerdictStore(
                    connection,
                    options: PostgreSQLOptions(
                        patience: .seconds(600), connectPatience: .seconds(600), access: access))
            }
        }

        /// For `landwaiter-store-worker`.
        var words: [String] {
            switch self {
            case .file(let path): ["sqlite", path]
            case .database(let connection): ["postgresql", connection]
            }
        }
    }

    /// Lends an empty place.
    func withPlace<Result>(_ body: (Place) async throws -> Result) async throws -> Result {
        switch self {
        case .sqlite:
            let directory = try TemporaryDirectory()
            return try await body(.file(directory.path + "/verdicts.sqlite"))
        case .postgreSQL:
            let server = try #require(TemporaryPostgreSQL.shared)
            return try await body(.database(try server.database()))
        }
    }

    /// Lends an empty store, and closes it.
    func withStore<Result>(_ body: (any VerdictStore) async throws -> Result) async throws -> Result {
        try await withPlace { place in
            let store = try place.open()
            do {
                let result = try await body(store)
                await store.close()
                return result
            } catch {
                await store.close()
                throw error
            }
        }
    }
}

/// A directory that is gone with its holder.
final class TemporaryDirectory: Sendable {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.appendingPathComponent("store-" + UUID().uuidString).path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func bytes(_ name: String) -> [UInt8]? { FileManager.default.contents(atPath: path + "/" + name).map { Array($0) } }

    func names() throws -> [String] { try FileManager.default.contentsOfDirectory(atPath: path).sorted() }
}

extension Instant {
    /// Noon of a day in November 2026, and so many seconds.
    static func noon(_ seconds: Int64 = 0) -> Instant { Instant(secondsSince1970: 1_794_916_800 + seconds) }
}

extension StoredVerdict {
    /// A rejected image, each part of which a test may set.
    static func sample(
        _ seconds: Int64 = 0, id: VerdictID? = nil, verdict: String = "reject", image: String? = nil,
        repository: String? = "registry.example/finance/ledger", digest: String? = sampleDigest(1),
        namespace: String? = "finance", headline: String? = "signature.missing", policies: [PolicyLine]? = nil,
        evidence: [StoredEvidence] = [], record: [UInt8] = Array(#"{"verdict":"reject"}"#.utf8)
    ) -> StoredVerdict {
        StoredVerdict(
            id: id ?? .make(at: .noon(seconds)), decidedAt: .noon(seconds), verdict: verdict,
            isBlocked: verdict != "admit", stage: "enforce",
            image: image ?? (repository ?? "nowhere") + (digest.map { "@" + $0 } ?? ":1"), repository: repository,
            digest: digest, namespace: namespace, surface: "kubernetes-validate",
            askedBy: "spiffe://cluster.example/api-server", user: "Deployment finance/ledger, container app",
            headline: verdict == "admit" ? nil : headline, policyDigest: sampleDigest(1001),
            trustDigest: sampleDigest(1002),
            policies: policies ?? [
                PolicyLine(name: "payments/finance", verdict: verdict, stage: "enforce", isEnforced: true)
            ], evidence: evidence, record: record)
    }

    static func sampleDigest(_ number: Int) -> String {
        let hex = String(number, radix: 16)
        return "sha256:" + String(repeating: "0", count: 64 - hex.utf8.count) + hex
    }
}

extension StoredEvidence {
    /// Evidence with its facts in the order in which a store gives them.
    static func sample(_ number: Int, _ facts: [(EvidenceFact.Kind, String)]) -> StoredEvidence {
        StoredEvidence(
            digest: StoredVerdict.sampleDigest(5000 + number), facts: facts.map { EvidenceFact(kind: $0, value: $1) })
    }
}

/// All verdicts, page by page.
func everything(in store: any VerdictStore) async throws -> [StoredVerdict] {
    var all: [StoredVerdict] = []
    var query = VerdictQuery(limit: 1000)
    repeat {
        let page = try await store.verdicts(query)
        all += page.verdicts
        query.after = page.next
    } while query.after != nil
    return all
}
