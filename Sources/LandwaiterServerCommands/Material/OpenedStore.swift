import Findings
import LandwaiterCommands
import VerdictStorage

/// The store that a document or a command line names.
enum OpenedStore {
    /// For a command that reads what is there: nothing is made, and a store that isn't there is an error.
    ///
    /// - Returns: with the document where one was named.
    private static func existing(
        _ options: StoreOptions, _ access: StoreAccess
    ) throws(CommandFailure) -> (store: any VerdictStore, configuration: ServerConfiguration?) {
        switch (options.config, options.database) {
        case (nil, nil):
            throw .usage(
                "nothing says where the verdicts are", "give `--config FILE` of the server, or `--database FILE`")
        case (_?, _?): throw .usage("expected `--config` or `--database`, found both")
        case (let path?, nil):
            let configuration = try ServerConfiguration.load(path, checkingCallers: false)
            return (try existing(configuration.store, access), configuration)
        case (nil, let text?): return (try existing(try place(text), access), nil)
        }
    }

    private static func existing(
        _ place: ServerConfiguration.Store, _ access: StoreAccess
    ) throws(CommandFailure) -> any VerdictStore {
        if case .sqlite(let path) = place {
            guard LocalFile.exists(path) else {
                throw .badData(
                    "there is no database \(Finding.quoted(path))",
                    "name the file that `serve` writes, or its document with `--config`")
            }
            guard !LocalFile.isDirectory(path) else {
                throw .badData("expected \(Finding.quoted(path)) to be a database, found a directory")
            }
        }
        return try open(place, access)
    }

    /// Opens nothing yet: the first call does.
    static func open(
        _ place: ServerConfiguration.Store, _ access: StoreAccess = .readWrite
    ) throws(CommandFailure) -> any VerdictStore {
        switch place {
        case .sqlite(let path): return SQLiteVerdictStore(path: path, options: SQLiteOptions(access: access))
        case .postgres(let conninfo): return try postgres(conninfo, access)
        case .postgresFile(let path):
            let text = String(decoding: try LocalFile.read(path, limit: 64 << 10), as: UTF8.self)
            let conninfo = text.split(whereSeparator: \.isNewline).joined(separator: " ")
            guard !conninfo.isEmpty else {
                throw .badData("expected a connection in \(Finding.quoted(path)), found nothing")
            }
            return try postgres(conninfo, access)
        case .postgresEnvironment(let variable):
            let conninfo = Terminal.environment(variable)
            guard !conninfo.isEmpty else {
                throw .badData(
                    "the environment variable \(Finding.quoted(variable)) is not set",
                    "it holds how PostgreSQL is reached, as libpq takes it: `host=… dbname=… user=…`")
            }
            return try postgres(conninfo, access)
        }
    }

    private static func postgres(
        _ conninfo: String, _ access: StoreAccess
    ) throws(CommandFailure) -> any VerdictStore {
        do throws(VerdictStoreError) {
            var options = PostgreSQLOptions(access: access)
            if access == .readOnly { options.patience = patienceOfReaders }
            return try PostgreSQLVerdictStore(conninfo, options: options)
        } catch {
            throw failure(error)
        }
    }

    /// Whoever asks what a component affects among millions of verdicts waits longer than a server may, and can interrupt.
    private static let patienceOfReaders = Duration.seconds(600)

    /// `FILE`, `postgres:CONNINFO` or a URI of PostgreSQL.
    static func place(_ text: String) throws(CommandFailure) -> ServerConfiguration.Store {
        let isURI = text.hasPrefix("postgres://") || text.hasPrefix("postgresql://")
        guard isURI || text.hasPrefix("postgres:") else { return .sqlite(path: text) }
        let conninfo = isURI ? text : String(text.dropFirst("postgres:".count))
        guard !holdsPassword(conninfo, isURI: isURI) else {
            throw .usage(
                "found a password in `--database`, where every process of this machine can read it",
                "put it into the file that PGPASSFILE names, or into PGPASSWORD")
        }
        return .postgres(conninfo: conninfo)
    }

    private static func holdsPassword(_ conninfo: String, isURI: Bool) -> Bool {
        let lower = conninfo.lowercased()
        if lower.contains("password=") || lower.contains("password =") { return true }
        guard isURI, let start = conninfo.firstRange(of: "://")?.upperBound else { return false }
        // user:password@host
        let authority = conninfo[start...].prefix { $0 != "/" && $0 != "?" }
        guard let at = authority.lastIndex(of: "@") else { return false }
        return authority[..<at].contains(":")
    }

    /// What can be mended by waiting is status 69, everything else 65.
    static func failure(_ error: VerdictStoreError) -> CommandFailure {
        CommandFailure(
            status: error.isTransient ? ExitStatus.unavailable : ExitStatus.badData, lines: [error.description])
    }

    /// Runs a command on a store that it can't change, whatever it does, and closes the store whatever comes of it.
    static func reading<Result>(
        _ options: StoreOptions,
        _ body: (any VerdictStore, ServerConfiguration?) async throws -> Result
    ) async throws -> Result {
        try await using(options, .readOnly, body)
    }

    /// The same for a command that may change what is there.
    static func using<Result>(
        _ options: StoreOptions, _ access: StoreAccess,
        _ body: (any VerdictStore, ServerConfiguration?) async throws -> Result
    ) async throws -> Result {
        let (store, configuration) = try existing(options, access)
        do {
            let result = try await body(store, configuration)
            await store.close()
            return result
        } catch let error as VerdictStoreError {
            await store.close()
            throw failure(error)
        } catch {
            await store.close()
            throw error
        }
    }
}
