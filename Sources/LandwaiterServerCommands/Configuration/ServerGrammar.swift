import AdmissionPolicy
import AdmissionServer

/// The fields of the server's document, mapping by mapping: what the reader accepts, and what docs/server.md and
/// docs/server-configuration.schema.json are compared with.
enum ServerGrammar {
    static let document = FieldList(name: "the document", required: ["apiVersion", "kind", "metadata", "spec"])
    static let metadata = FieldList(name: "`metadata`", required: ["name"], optional: ["owner"])
    static let spec = FieldList(
        name: "`spec`", required: ["listeners", "policies", "registries", "store", "spool"],
        optional: [
            "callers", "tokens", "trust", "decisions", "cache", "kubernetes", "notifications", "log", "runbooks",
            "shutdown",
        ])

    static let listener = FieldList(
        name: "a listener", required: ["name", "surfaces"], optional: ["tls", "mode", "insecurePlaintext"],
        exactlyOneOf: ["address", "socket"])
    static let tls = FieldList(name: "`tls`", required: ["certificate", "key"], optional: ["clients"])
    static let clients = FieldList(
        name: "`clients`", optional: ["required"], atLeastOneOf: ["authorities", "bundles"])
    static let bundle = FieldList(name: "a bundle", required: ["trustDomain", "file"])

    static let callers = FieldList(name: "`callers`", atLeastOneOf: SurfaceName.allCases.map(\.rawValue))
    static let caller = FieldList(
        name: "a caller", optional: ["subjects"], exactlyOneOf: ["certificate", "token", "secret", "unixUser"])
    static let callerSecret = FieldList(name: "`secret`", required: ["name", "file"], optional: ["header"])
    static let token = FieldList(name: "an issuer", required: ["name", "audience"], exactlyOneOf: ["spiffe", "oidc"])
    static let oidc = FieldList(name: "`oidc`", required: ["issuer", "keys"])

    static let policies = FieldList(
        name: "`policies`", required: ["sources"], optional: ["guardrails", "reloadEvery"])
    static let policySource = FieldList(name: "a source", required: ["name", "path"])

    static let trust = FieldList(name: "`trust`", atLeastOneOf: ["roots", "stores"])
    static let trustRoot = FieldList(name: "a trusted root", optional: ["profile"], exactlyOneOf: ["file", "builtIn"])
    static let trustStore = FieldList(
        name: "a trust store", required: ["directory"], optional: ["target", "profile", "refreshEvery"])

    static let registries = FieldList(
        name: "`registries`", required: ["hosts"],
        optional: ["authorities", "clientCertificate", "realms", "credentials", "contentCache"])
    static let registryHost = FieldList(
        name: "a registry", required: ["host"], optional: ["mirrors", "insecurePlainHTTP"])
    static let clientCertificate = FieldList(name: "`clientCertificate`", required: ["certificate", "key"])
    static let credentials = FieldList(name: "`credentials`", atLeastOneOf: ["shared", "tenants"])
    static let tenant = FieldList(name: "a tenant", required: ["name", "namespaces", "files"])

    static let store = FieldList(name: "`store`", exactlyOneOf: ["sqlite", "postgres"])
    static let postgres = FieldList(name: "`postgres`", exactlyOneOf: ["conninfoFile", "conninfoEnvironment"])
    static let spool = FieldList(name: "`spool`", required: ["directory"], optional: ["mostBytes"])

    static let decisions = FieldList(
        name: "`decisions`", atLeastOneOf: ["deadline", "longest", "concurrent", "queued"])
    static let cache = FieldList(
        name: "`cache`", atLeastOneOf: ["mostBytes", "listFreshFor", "grace", "absentFor"])
    static let kubernetes = FieldList(name: "`kubernetes`", atLeastOneOf: ["pinPods", "pinTemplates", "kinds"])

    static let notifications = FieldList(
        name: "`notifications`", required: ["registries"], optional: ["receivers", "workers", "queued"])
    static let notifying = FieldList(
        name: "a notifying registry", required: ["name", "host", "format", "repositories"],
        optional: ["mapping", "destinations", "judgesUntagged"],
        atLeastOneOf: ["header", "signature", "callers", "insecureAnyone"])
    static let mapping = FieldList(
        name: "`mapping`", required: ["repository"], optional: ["repositoryPrefix", "id"],
        atLeastOneOf: ["tag", "digest", "action", "pushes", "everyEventIsAPush"])
    static let signature = FieldList(
        name: "`signature`", required: ["header", "file"],
        optional: ["prefix", "algorithm", "encoding", "timestampHeader"])
    static let secretHeader = FieldList(name: "`header`", required: ["name", "file"])
    static let destination = FieldList(name: "a destination", required: ["repositories", "namespaces"])
    static let receiver = FieldList(name: "a receiver", required: ["name", "url", "file"], optional: ["images"])

    static let log = FieldList(name: "`log`", atLeastOneOf: ["format", "level"])
    static let shutdown = FieldList(name: "`shutdown`", atLeastOneOf: ["lameDuck", "drain"])

    /// Every mapping and where it stands: `[]` for the items of a list.
    static let all: [(place: String, fields: FieldList)] = [
        ("", document), ("metadata", metadata), ("spec", spec),
        ("spec.listeners[]", listener), ("spec.listeners[].tls", tls), ("spec.listeners[].tls.clients", clients),
        ("spec.listeners[].tls.clients.bundles[]", bundle),
        ("spec.callers", callers), ("spec.callers.*[]", caller), ("spec.callers.*[].secret", callerSecret),
        ("spec.tokens[]", token), ("spec.tokens[].spiffe", bundle), ("spec.tokens[].oidc", oidc),
        ("spec.policies", policies), ("spec.policies.sources[]", policySource),
        ("spec.policies.guardrails[]", policySource),
        ("spec.trust", trust), ("spec.trust.roots[]", trustRoot), ("spec.trust.stores[]", trustStore),
        ("spec.registries", registries), ("spec.registries.hosts[]", registryHost),
        ("spec.registries.clientCertificate", clientCertificate), ("spec.registries.credentials", credentials),
        ("spec.registries.credentials.tenants[]", tenant),
        ("spec.store", store), ("spec.store.postgres", postgres), ("spec.spool", spool),
        ("spec.decisions", decisions), ("spec.cache", cache), ("spec.kubernetes", kubernetes),
        ("spec.notifications", notifications), ("spec.notifications.registries[]", notifying),
        ("spec.notifications.registries[].mapping", mapping),
        ("spec.notifications.registries[].header", secretHeader),
        ("spec.notifications.registries[].signature", signature),
        ("spec.notifications.registries[].destinations[]", destination),
        ("spec.notifications.receivers[]", receiver),
        ("spec.log", log), ("spec.shutdown", shutdown),
    ]
}
