/// Where files with credentials are looked for, from what the user and the environment say.
public struct CredentialFileSearch: Sendable, Hashable {
    /// In the order in which they are asked. The first that knows a credential for a registry decides.
    public let paths: [String]
    /// Whether somebody named the file: then it has to be there, and no other is asked.
    public let isNamed: Bool

    /// - `file`: what `--registry-config` says.
    /// - `environment`: `REGISTRY_AUTH_FILE`, else all of `$XDG_RUNTIME_DIR/containers/auth.json`,
    ///   `$XDG_CONFIG_HOME/containers/auth.json` (`~/.config` where that is unset) and `$DOCKER_CONFIG/config.json`
    ///   (`~/.docker` where that is unset): containers-auth.json(5), with docker's own variable.
    ///
    /// An empty variable counts as unset; a relative path in one of XDG is passed over, as its specification wants.
    public init(file: String?, environment: [String: String]) {
        func value(_ name: String) -> String? { environment[name].flatMap { $0.utf8.isEmpty ? nil : $0 } }
        func absolute(_ name: String) -> String? {
            value(name).flatMap { $0.utf8.first == UInt8(ascii: "/") ? $0 : nil }
        }
        if let named = file ?? value("REGISTRY_AUTH_FILE") {
            paths = [named]
            isNamed = true
            return
        }
        let home = absolute("HOME")
        let candidates = [
            absolute("XDG_RUNTIME_DIR").map { $0 + "/containers/auth.json" },
            (absolute("XDG_CONFIG_HOME") ?? home.map { $0 + "/.config" }).map { $0 + "/containers/auth.json" },
            (value("DOCKER_CONFIG") ?? home.map { $0 + "/.docker" }).map { $0 + "/config.json" },
        ]
        paths = candidates.compactMap { $0 }
        isNamed = false
    }
}
