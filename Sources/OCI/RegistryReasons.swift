public import Findings

/// What stands between us and a registry's content. Nothing is known to be wrong with the image, nothing was verified:
/// every one leaves the decision open. Absence is `image.not-found`; bytes that are not what they are named by are
/// `content.digest-mismatch` and `content.size-mismatch`.
extension ReasonCode {
    public static let registryUnreachable = ReasonCode(
        "registry.unreachable", .undecided, .unavailable,
        summary: "no connection to the registry, or to a host that it leads to, came about or held",
        mend: "check the host's name, the network and the proxy's settings, then try again")
    public static let registryTimedOut = ReasonCode(
        "registry.timed-out", .undecided, .unavailable,
        summary: "the registry did not answer in full within the time that it had",
        mend: "try again, or raise `--registry-timeout`")
    public static let registryUntrusted = ReasonCode(
        "registry.untrusted-connection", .undecided, .unavailable,
        summary: "the registry could not prove by TLS who it is, or did not accept who we are",
        mend: "name the registry's authority with `--registry-ca`, or check the client's certificate")
    public static let registryPlainHTTP = ReasonCode(
        "registry.plain-http", .undecided, .unavailable,
        summary: "plain HTTP to a host that is neither loopback nor allowed",
        mend: "serve the registry by TLS, or allow the host with `--insecure-plain-http HOST`")
    public static let registryRefusedAddress = ReasonCode(
        "registry.refused-address", .undecided, .unavailable,
        summary: "a registry leads to an address that is not the Internet's",
        mend: "allow the host with `--allow-registry-realm HOST` if it is meant to be used")
    public static let registryRefusedRedirect = ReasonCode(
        "registry.refused-redirect", .undecided, .unavailable,
        summary: "a registry redirects in a way that is not followed: from https to http, too often, or to no URL",
        mend: "ask whoever runs the registry; content has to be served by https and within five redirects")
    public static let registryUnauthorised = ReasonCode(
        "registry.unauthorised", .undecided, .unavailable,
        summary: "the registry wants credentials, or better ones",
        mend: "log in with `docker login` or `podman login`, or name the file with `--registry-config`")
    public static let registryRefusedRealm = ReasonCode(
        "registry.refused-realm", .undecided, .unavailable,
        summary: "the registry sends to a token server that must not be asked",
        mend: "allow the token server with `--allow-registry-realm HOST` if it is the registry's")
    public static let registryCredentials = ReasonCode(
        "registry.unreadable-credentials", .undecided, .unavailable,
        summary: "the credentials for the registry can't be read",
        mend: "check the file and the credential helper that it names")
    public static let registryForbidden = ReasonCode(
        "registry.forbidden", .undecided, .unavailable,
        summary: "the registry knows who asks and does not allow it",
        mend: "ask whoever runs the registry for the right to pull, or to push, in this repository")
    public static let registryRateLimited = ReasonCode(
        "registry.rate-limited", .undecided, .unavailable,
        summary: "the registry takes no more requests for now",
        mend: "try again later, log in for a higher limit, or use a mirror or `--cache-dir`")
    public static let registryUnavailable = ReasonCode(
        "registry.unavailable", .undecided, .unavailable,
        summary: "the registry, or a server that it leads to, says that it has failed",
        mend: "try again later, or ask whoever runs the registry")
    public static let registryMalformed = ReasonCode(
        "registry.malformed-answer", .undecided, .unavailable,
        summary: "an answer of the registry is not what distribution-spec says it is",
        mend: "check that the host is a registry and not a portal or proxy in front of it")
    public static let registryTooLarge = ReasonCode(
        "registry.too-large", .undecided, .limit,
        summary: "an answer of the registry is larger than the limit for answers of its kind",
        mend: "remove papers that nobody needs; if the answer is an error page, ask whoever runs the registry")
    public static let registryRefusedWrite = ReasonCode(
        "registry.refused-write", .undecided, .unavailable,
        summary: "the registry did not take what was to be written",
        mend: "check quota, immutability and the right to push of the repository")
    public static let registryWriteConflict = ReasonCode(
        "registry.write-conflict", .undecided, .unavailable,
        summary: "another writer kept replacing the tag that was to be changed",
        mend: "try again when nobody else writes evidence about this image")
}

extension ReasonTable {
    /// Everything that reading from and writing to a registry says besides what every source says.
    public static let registry = ReasonTable(
        "Registries",
        [
            .registryUnreachable, .registryTimedOut, .registryUntrusted, .registryPlainHTTP, .registryRefusedAddress,
            .registryRefusedRedirect, .registryUnauthorised, .registryRefusedRealm, .registryCredentials,
            .registryForbidden, .registryRateLimited, .registryUnavailable, .registryMalformed, .registryTooLarge,
            .registryRefusedWrite, .registryWriteConflict,
        ])
}
