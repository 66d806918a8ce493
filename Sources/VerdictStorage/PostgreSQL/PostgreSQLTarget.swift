import CPostgreSQL
import Glibc

/// Where to connect to and how: what was given, and defaults of ours for what was given neither there nor in the
/// environment.
struct PostgreSQLTarget: Sendable {
    /// Names and values for `PQconnectdbParams`; the text that was given comes last and wins.
    let parameters: [(name: String, value: String)]
    let options: PostgreSQLOptions

    init(_ text: String, _ options: PostgreSQLOptions) throws(VerdictStoreError) {
        self.options = options
        // libpq's own message may repeat part of a password.
        guard !text.utf8.contains(0), Self.isConnectionString(text) else {
            throw .refused(
                "the connection string can't be read; write `host=… dbname=…` or `postgresql://…`, as libpq has it")
        }
        var defaults: [(name: String, value: String, variable: String?)] = [
            // At least 2, says libpq.
            ("connect_timeout", String(max(Int(options.connectPatience / .seconds(1)), 2)), "PGCONNECT_TIMEOUT"),
            // A peer that is gone without a word is given up after as long as a statement may take, however patient a reader is.
            ("tcp_user_timeout", String(Self.milliseconds(min(options.patience, .seconds(30)))), nil),
            ("keepalives_idle", "30", nil), ("keepalives_interval", "10", nil), ("keepalives_count", "3", nil),
            ("fallback_application_name", "landwaiter", nil),
        ]
        if options.access == .readWrite {
            // Never a replica that only reads, where several hosts are named.
            defaults.append(("target_session_attrs", "read-write", "PGTARGETSESSIONATTRS"))
        }
        var parameters = defaults.filter { $0.variable.map { getenv($0) == nil } ?? true }.map { ($0.name, $0.value) }
        if !text.isEmpty { parameters.append(("dbname", text)) }
        // Over what was given: without UTF-8 names would come back as others.
        parameters.append(("client_encoding", "UTF8"))
        self.parameters = parameters
    }

    static func milliseconds(_ duration: Duration) -> Int { Int(duration / .milliseconds(1)) }

    private static func isConnectionString(_ text: String) -> Bool {
        if text.isEmpty { return true }
        var message: UnsafeMutablePointer<CChar>?
        guard let options = PQconninfoParse(text, &message) else {
            PQfreemem(message)
            return false
        }
        PQconninfoFree(options)
        return true
    }
}
