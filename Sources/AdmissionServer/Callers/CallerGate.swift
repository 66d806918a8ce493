import Findings
import HTTPTypes
import PKI
import StrictEncoding

/// Decides who may call one surface, from what the connection proved and what the headers hold.
struct CallerGate: Sendable {
    private let surface: SurfaceName
    private let rules: CallerRules
    /// Whether anybody may call; the rules are empty then.
    let isOpen: Bool
    private let workloadTokens: [LoadedWorkloadRule]
    private let issuedTokens: [LoadedIssuerRule]
    private let secrets: [LoadedSecret]

    private struct LoadedWorkloadRule: Sendable {
        let rule: WorkloadTokenRule
        let bundles: WatchedFiles<SPIFFETrustBundles>
    }
    private struct LoadedIssuerRule: Sendable {
        let rule: IssuedTokenRule
        let keys: WatchedFiles<IssuerKeys>
    }
    private struct LoadedSecret: Sendable {
        let rule: SharedSecretRule
        let name: HTTPField.Name
        let value: WatchedFiles<[UInt8]>
    }

    /// - Throws: `ServerConfigurationError` for rules that nobody could satisfy, or a file that can't be used.
    init(_ surface: SurfaceName, _ access: SurfaceAccess, at now: Instant) throws(ServerConfigurationError) {
        self.surface = surface
        switch access {
        case .insecureUnauthenticated:
            rules = CallerRules()
            isOpen = true
        case .callers(let given):
            guard !given.isEmpty else { throw .callersNotNamed(surface) }
            rules = given
            isOpen = false
        }
        workloadTokens = try Self.workloadRules(rules.workloadTokens, of: surface, at: now)
        issuedTokens = try Self.issuerRules(rules.issuedTokens, of: surface, at: now)
        secrets = try Self.secrets(rules.secrets, of: surface, at: now)
    }

    /// The files that are looked at again and again.
    var reloading: [any Reloading] {
        let ofSurface = "of callers of \(surface.rawValue)"
        return workloadTokens.map { Reloader(title: "trust bundle \(ofSurface)", files: $0.bundles) }
            + issuedTokens.map { Reloader(title: "keys of an issuer \(ofSurface)", files: $0.keys) }
            + secrets.map { Reloader(title: "secret `\($0.rule.name)` \(ofSurface)", files: $0.value) }
    }

    /// Who calls, if they may.
    ///
    /// The ways of showing it are tried in turn, and one that counts is enough: a certificate that is not listed does no
    /// harm beside a token that is.
    ///
    /// - Returns: nil where anybody may call and nobody showed anything.
    func caller(
        _ fields: HTTPFields, over connection: PeerConnection, at instant: Instant
    ) throws(CallerRefusal) -> Caller? {
        var refusal = CallerRefusal.nothingShown
        do throws(PeerRefusal) {
            if let peer = try connection.peer(at: instant) {
                // Whoever is let in anyway is named by what they showed.
                if let caller = isOpen ? Self.anyName(of: peer) : listed(peer) { return caller }
                refusal = .notListed(Self.anyName(of: peer)?.identity ?? "a certificate without a name")
            }
        } catch {
            refusal = .certificate(error.message)
        }
        guard !isOpen else { return nil }
        if let user = connection.unixUser {
            if rules.unixUsers.contains(user) { return Caller(.unixUser, identity: "unix:\(user)") }
            refusal = .notListed("unix:\(user)")
        }
        if let caller = secretHolder(fields) { return caller }
        guard !workloadTokens.isEmpty || !issuedTokens.isEmpty else { throw refusal }
        guard let token = try Self.bearerToken(fields) else { throw refusal }
        return try tokenHolder(token, at: instant)
    }

    // MARK: Certificates

    private func listed(_ peer: VerifiedPeer) -> Caller? {
        for rule in rules.certificates {
            switch (rule, peer.names) {
            case (.workload(let rule), .workload(let id)) where rule.holds(for: id):
                return Caller(.certificate, identity: id.description)
            case (.dns(let name), .domains(let names)) where names.contains(name):
                return Caller(.certificate, identity: "dns:\(name)")
            default: continue
            }
        }
        return nil
    }

    private static func anyName(of peer: VerifiedPeer) -> Caller? {
        switch peer.names {
        case .workload(let id): Caller(.certificate, identity: id.description)
        case .domains(let names): names.first.map { Caller(.certificate, identity: "dns:\($0)") }
        }
    }

    // MARK: Secrets

    /// Every secret is compared, so that the time tells nothing about which one was near.
    private func secretHolder(_ fields: HTTPFields) -> Caller? {
        var holder: Caller?
        for secret in secrets {
            let values = fields[values: secret.name]
            guard values.count == 1, let value = values.first else { continue }
            if ConstantTime.areEqual(value.utf8, secret.value.current), holder == nil {
                holder = Caller(.sharedSecret, identity: "secret:\(secret.rule.name)")
            }
        }
        return holder
    }

    // MARK: Tokens

    /// RFC 6750 section 2.1. Two credentials are refused: nobody would know which one was checked.
    private static func bearerToken(_ fields: HTTPFields) throws(CallerRefusal) -> [UInt8]? {
        let values = fields[values: .authorization]
        guard let value = values.first else { return nil }
        guard values.count == 1 else { throw .token("expected one authorization header, found \(values.count)") }
        let parts = value.utf8.split(separator: 0x20, omittingEmptySubsequences: false)
        // RFC 9110 section 11.1: the scheme is compared whatever its case.
        let scheme = parts[0].map { (0x41...0x5a).contains($0) ? $0 | 0x20 : $0 }
        guard parts.count == 2, scheme.elementsEqual("bearer".utf8), !parts[1].isEmpty else {
            throw .token("expected a bearer token, found another scheme or form")
        }
        return Array(parts[1])
    }

    private func tokenHolder(_ token: [UInt8], at instant: Instant) throws(CallerRefusal) -> Caller {
        var refusal = CallerRefusal.token("expected a token of an issuer that is listed, found none")
        for loaded in workloadTokens {
            do throws(JWTSVIDError) {
                let svid = try loaded.bundles.current.verify(
                    token: token, audience: loaded.rule.audience, at: instant, leeway: Self.leeway)
                if loaded.rule.workloads.contains(where: { $0.holds(for: svid.id) }) {
                    return Caller(.token, identity: svid.id.description)
                }
                refusal = .notListed(svid.id.description)
            } catch {
                if !refusal.isNotListed { refusal = .token(error.message) }
            }
        }
        for loaded in issuedTokens {
            do throws(IssuedTokenError) {
                let token = try IssuedToken(token, rule: loaded.rule, keys: loaded.keys.current, at: instant)
                let identity = "token:\(token.subject)@\(loaded.rule.issuer)"
                if loaded.rule.subjects.contains(token.subject) { return Caller(.token, identity: identity) }
                refusal = .notListed(identity)
            } catch {
                if !refusal.isNotListed, error != .otherIssuer { refusal = .token(error.message) }
            }
        }
        throw refusal
    }

    /// Clocks in a cluster differ by seconds.
    private static let leeway = ClockLeeway(seconds: 5) ?? .none

    /// How a caller is told what to show (RFC 6750 section 3): nothing of who may call.
    var challenge: String? { workloadTokens.isEmpty && issuedTokens.isEmpty ? nil : "Bearer" }
}

/// Why a caller was not let in. For logs; the caller is told the status alone.
enum CallerRefusal: Error, Equatable {
    case nothingShown
    /// What it showed does not count any more.
    case certificate(String)
    case token(String)
    /// Who it is was shown, and no rule names it.
    case notListed(String)

    var isNotListed: Bool { if case .notListed = self { true } else { false } }

    var problem: Problem { isNotListed ? .notAllowed : .notKnown }

    var message: String {
        switch self {
        case .nothingShown: "expected a certificate, token or secret that shows who calls, found none that counts"
        case .certificate(let message), .token(let message): message
        case .notListed(let identity): "expected a caller that a rule names, found \(Finding.quoted(identity))"
        }
    }
}

// MARK: Files

private struct Reloader<Value: Sendable>: Reloading {
    let title: String
    let files: WatchedFiles<Value>
    var failure: String? { files.failure }
    func refresh(at now: Instant) -> ReloadOutcome? { files.refresh(at: now) }
}

extension CallerGate {
    private static func workloadRules(
        _ rules: [WorkloadTokenRule], of surface: SurfaceName, at now: Instant
    ) throws(ServerConfigurationError) -> [LoadedWorkloadRule] {
        var loaded: [LoadedWorkloadRule] = []
        for rule in rules {
            guard !rule.audience.utf8.isEmpty else { throw .emptyRule(surface, "an empty audience") }
            guard !rule.workloads.isEmpty else { throw .emptyRule(surface, "tokens of no workload") }
            guard rule.workloads.allSatisfy({ $0.trustDomain == rule.bundle.trustDomain }) else {
                throw .emptyRule(surface, "workloads of another trust domain than the bundle's")
            }
            let bundle = rule.bundle
            let bundles = try loading {
                () throws(WatchedFilesError) in
                try WatchedFiles([bundle.file], at: now) { (files, _) throws(WatchedFilesError) in
                    try SPIFFETrustBundles(inForce: [bundle.read(files[0])])
                }
            }
            loaded.append(LoadedWorkloadRule(rule: rule, bundles: bundles))
        }
        return loaded
    }

    private static func issuerRules(
        _ rules: [IssuedTokenRule], of surface: SurfaceName, at now: Instant
    ) throws(ServerConfigurationError) -> [LoadedIssuerRule] {
        var loaded: [LoadedIssuerRule] = []
        for rule in rules {
            guard !rule.issuer.utf8.isEmpty, !rule.audience.utf8.isEmpty else {
                throw .emptyRule(surface, "an empty issuer or audience")
            }
            guard !rule.subjects.isEmpty else { throw .emptyRule(surface, "tokens of no subject") }
            let name = rule.keysFile
            let keys = try loading { () throws(WatchedFilesError) in
                try WatchedFiles([name], at: now) { (files, _) throws(WatchedFilesError) in
                    try IssuerKeys(jwks: files[0], calledAs: name)
                }
            }
            loaded.append(LoadedIssuerRule(rule: rule, keys: keys))
        }
        return loaded
    }

    private static func secrets(
        _ rules: [SharedSecretRule], of surface: SurfaceName, at now: Instant
    ) throws(ServerConfigurationError) -> [LoadedSecret] {
        var loaded: [LoadedSecret] = []
        for rule in rules {
            guard let name = HTTPField.Name(rule.header) else {
                throw .emptyRule(surface, "a secret in a header that can't be sent")
            }
            let file = rule.file
            let value = try loading { () throws(WatchedFilesError) in
                try WatchedFiles([file], at: now) { (files, _) throws(WatchedFilesError) in
                    try secretValue(files[0], calledAs: file)
                }
            }
            loaded.append(LoadedSecret(rule: rule, name: name, value: value))
        }
        return loaded
    }

    /// Without the line end that editors leave. A short one could be guessed, an empty one is none.
    private static func secretValue(_ bytes: [UInt8], calledAs file: String) throws(WatchedFilesError) -> [UInt8] {
        var value = bytes
        if value.last == 0x0A { value.removeLast() }
        if value.last == 0x0D { value.removeLast() }
        guard value.count >= shortestSecret, value.allSatisfy({ (0x20...0x7e).contains($0) }) else {
            throw WatchedFilesError(
                message:
                    "expected a secret of at least \(shortestSecret) printable characters in `\(file)`, found another")
        }
        return value
    }

    /// 16 characters of base64 are 96 bits.
    private static var shortestSecret: Int { 16 }

    private static func loading<Value>(
        _ load: () throws(WatchedFilesError) -> Value
    ) throws(ServerConfigurationError) -> Value {
        do throws(WatchedFilesError) {
            return try load()
        } catch {
            throw .file(error.message)
        }
    }
}
