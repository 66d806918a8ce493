import HTTPTransport
import OCI
import StrictEncoding

@testable import OCIDistribution

/// What comes from registries and their token realms, and the files that hold credentials for them.
enum FuzzedRegistry {
    static func check(_ bytes: [UInt8]) {
        guard let choice = bytes.first else { return }
        let rest = Array(bytes.dropFirst())
        switch choice % 4 {
        case 0: checkFile(rest)
        case 1: checkChallenges(rest)
        case 2: checkRealm(rest)
        default: checkTokenAnswer(rest)
        }
    }

    /// docker's and podman's files: nobody gets what another host's key holds.
    private static func checkFile(_ bytes: [UInt8]) {
        guard let file = try? CredentialFile(name: "config.json", parsing: bytes),
            let root = try? JSONDocument(parsing: bytes).root
        else { return }
        let keys = root["auths"]?.object?.map(\.key) ?? []
        for text in ["registry.example", "docker.io", "quay.io:443"] {
            guard let host = RegistryHost(parsing: text) else { continue }
            _ = file.helper(for: host)
            let found = try? file.credential(registry: host, repository: "finance/ledger")
            guard found != nil else { continue }
            precondition(
                keys.contains { key in
                    var authority = key.utf8[...]
                    for scheme in ["https://", "http://"] where authority.starts(with: scheme.utf8) {
                        authority = authority.dropFirst(scheme.utf8.count)
                    }
                    let stated = String(Substring(authority.prefix { $0 != UInt8(ascii: "/") })).lowercased()
                    return stated == text || (text == "docker.io" && stated == "index.docker.io")
                })
        }
    }

    /// The way from a challenge to the header that is sent: a password goes to the registry and to nobody else.
    private static func checkChallenges(_ bytes: [UInt8]) {
        guard let host = RegistryHost(parsing: "registry.example") else { return }
        let headers = bytes.split(separator: 0x0A, omittingEmptySubsequences: false).map {
            String(decoding: $0, as: UTF8.self)
        }
        let now = Instant(secondsSince1970: 1_700_000_000)
        var machine = RegistryAuthentication(rules: TokenRealmRules(registry: host))
        let credential = RegistryCredential.password(user: Secret("alice"), password: Secret("swordfish"))
        let scope = TokenScope(repository: "finance/ledger", [.pull])
        var (attempt, first) = machine.begin([scope], credential: credential, at: now)
        precondition(first == .send(authorization: nil))
        var step = machine.unauthorised(&attempt, challenges: headers, at: now)
        for _ in 0..<8 {
            guard case .ask(let request) = step else { break }
            precondition(request.url.origin == request.realm.url.origin)
            let isTrusted = request.realm.url.origin.description.utf8.elementsEqual("https://registry.example".utf8)
            precondition(isTrusted || (request.authorization == nil && request.form == nil))
            precondition(request.url.scheme == .https)
            step = machine.answered(&attempt, status: 200, body: Array(#"{"token":"t"}"#.utf8), at: now)
        }
        if case .send(let authorization?) = step {
            precondition(authorization.revealed.utf8.allSatisfy { (0x20...0x7e).contains($0) })
        }
    }

    private static func checkRealm(_ bytes: [UInt8]) {
        let text = String(decoding: bytes, as: UTF8.self)
        if let url = try? WebURL(parsing: text) {
            guard let again = try? WebURL(parsing: url.description) else { preconditionFailure("a URL that is none") }
            precondition(again == url)
        }
        guard let host = RegistryHost(parsing: "registry.example"),
            let realm = try? TokenRealmRules(registry: host).realm(text)
        else { return }
        precondition(realm.url.scheme == .https)
        precondition(realm.standing != .registry || realm.url.host.utf8.elementsEqual("registry.example".utf8))
        precondition(realm.standing == .registry || !realm.mayReceiveCredentials)
    }

    private static func checkTokenAnswer(_ bytes: [UInt8]) {
        let now = Instant(secondsSince1970: 1_700_000_000)
        guard let answer = try? TokenAnswer(parsing: bytes, at: now) else { return }
        precondition(answer.token.isHeaderSafe)
        precondition(answer.expires <= now.adding(seconds: TokenAnswer.longestLifetime))
    }
}
