import OCI
import StrictEncoding

/// docker's `config.json` or podman's `auth.json`: what it says of registries. Everything else in it is passed over,
/// nothing in it is changed.
///
/// - A key without a scheme is a host, or a host and the beginning of a repository (`quay.io/team`, podman's form). It
///   speaks of the repositories whose components begin with its own; the longest one counts.
/// - A key with a scheme is docker's form of old and speaks of the host alone, whatever path follows.
/// - `index.docker.io`, as docker writes it, is `docker.io`; a key in docker's form of old counts only where there is
///   none in the other.
struct CredentialFile: Sendable {
    /// As messages call it.
    let name: String
    private let entries: [Entry]
    /// The helper for one registry, by host.
    private let helpers: [RegistryHost: String]
    /// The helper for all others.
    let store: String?
    /// Whether a password or token stands in it.
    let holdsSecrets: Bool

    private struct Entry: Sendable {
        let key: String
        let host: RegistryHost
        let path: [ExactString]
        let isOfOld: Bool
        let value: JSONValue
    }

    /// Bytes; docker's own with dozens of registries have a few KiB.
    static let longest = 1 << 20
    /// docker keeps settings of its plugins there too.
    static let deepest = 32

    init(name: String, parsing bytes: [UInt8]) throws(CredentialError) {
        self.name = name
        let root: JSONValue
        do throws(JSONError) {
            root = try JSONDocument(parsing: bytes, limits: JSONLimits(bytes: Self.longest, depth: Self.deepest)).root
        } catch {
            throw .json(file: name, error)
        }
        guard root.object != nil else { throw .wrongType(file: name, member: "") }
        func object(_ member: String) throws(CredentialError) -> JSONObject? {
            guard let value = root[member], !value.isNull else { return nil }
            guard let object = value.object else { throw .wrongType(file: name, member: member) }
            return object
        }
        var entries: [Entry] = []
        var holdsSecrets = false
        if let auths = try object("auths") {
            for (key, value) in auths {
                guard let members = value.object else { throw .wrongType(file: name, member: "auths") }
                if !members.isEmpty { holdsSecrets = true }
                // Other programs keep other things there; what is no host can't be asked for.
                guard let (host, path, isOfOld) = Self.split(key) else { continue }
                entries.append(Entry(key: key, host: host, path: path, isOfOld: isOfOld, value: value))
            }
        }
        var helpers: [RegistryHost: String] = [:]
        if let named = try object("credHelpers") {
            for (key, value) in named {
                guard let helper = value.string else { throw .wrongType(file: name, member: "credHelpers") }
                guard let (host, _, isOfOld) = Self.split(key) else { continue }
                if isOfOld, helpers[host] != nil { continue }
                helpers[host] = helper
            }
        }
        if let value = root["credsStore"], !value.isNull {
            guard let text = value.string else { throw .wrongType(file: name, member: "credsStore") }
            store = text.utf8.isEmpty ? nil : text
        } else {
            store = nil
        }
        self.entries = entries
        self.helpers = helpers
        self.holdsSecrets = holdsSecrets
    }

    /// The helper that is named for this very registry. An empty name means none, as docker has it.
    func helper(for registry: RegistryHost) -> String? {
        helpers[registry].flatMap { $0.utf8.isEmpty ? nil : $0 }
    }

    /// The credential of the most specific key. Nil if there is no key, or one that says nothing, as docker leaves it
    /// where a helper holds the credential.
    func credential(registry: RegistryHost, repository: String) throws(CredentialError) -> RegistryCredential? {
        let components = Self.components(repository.utf8[...])
        let matching = entries.filter { $0.host == registry && components.starts(with: $0.path) }
        let best = matching.max { left, right in
            left.path.count != right.path.count ? left.path.count < right.path.count : left.isOfOld && !right.isOfOld
        }
        guard let best else { return nil }
        return try credential(of: best)
    }

    private func credential(of entry: Entry) throws(CredentialError) -> RegistryCredential? {
        func text(_ member: String) throws(CredentialError) -> String? {
            guard let value = entry.value[member], !value.isNull else { return nil }
            guard let text = value.string else { throw .malformedEntry(file: name, key: entry.key) }
            return text.utf8.isEmpty ? nil : text
        }
        if let token = try text("registrytoken") { return .registryToken(Secret(token)) }
        if let token = try text("identitytoken") { return .identityToken(Secret(token)) }
        if let auth = try text("auth") {
            guard let pair = Self.pair(auth) else { throw .malformedEntry(file: name, key: entry.key) }
            return pair
        }
        guard let user = try text("username"), let password = try text("password") else { return nil }
        return .password(user: Secret(user), password: Secret(password))
    }

    /// base64 of `user:password`; the password may hold colons.
    private static func pair(_ auth: String) -> RegistryCredential? {
        guard let bytes = try? Base64.decode(auth), let colon = bytes.firstIndex(of: UInt8(ascii: ":")),
            colon > bytes.startIndex, let user = String(validating: bytes[..<colon], as: UTF8.self),
            // Old versions of docker padded it with zeros.
            let password = String(validating: bytes[(colon + 1)...].trimmingZeros, as: UTF8.self)
        else { return nil }
        return .password(user: Secret(user), password: Secret(password))
    }

    private static func split(_ key: String) -> (host: RegistryHost, path: [ExactString], isOfOld: Bool)? {
        var rest = key.utf8[...]
        let scheme = ["https://", "http://"].first { rest.starts(with: $0.utf8) }
        if let scheme { rest = rest.dropFirst(scheme.utf8.count) }
        let authority = rest.prefix { $0 != UInt8(ascii: "/") }
        guard let host = RegistryHost(parsing: String(Substring(authority))) else { return nil }
        let path = scheme == nil ? components(rest.dropFirst(authority.count)) : []
        let isIndex = host.description.utf8.elementsEqual("index.docker.io".utf8)
        return (isIndex ? RegistryHost(parsing: "docker.io") ?? host : host, path, scheme != nil || isIndex)
    }

    private static func components(_ path: Substring.UTF8View) -> [ExactString] {
        path.split(separator: UInt8(ascii: "/")).map { ExactString(String(Substring($0))) }
    }
}

extension ArraySlice<UInt8> {
    fileprivate var trimmingZeros: ArraySlice<UInt8> {
        var rest = self
        while rest.last == 0 { rest.removeLast() }
        return rest
    }
}
