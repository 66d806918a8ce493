import AdmissionPolicy
import AdmissionServer
import LandwaiterCommands
import Testing

@testable import LandwaiterServerCommands

@Suite struct ServerConfigurationTests {
    static func read(
        _ text: String, directory: String = "", openToAll: Set<SurfaceName> = []
    ) throws(PolicyLoadFailure) -> ServerConfiguration {
        try ServerConfiguration(
            parsing: Array(text.utf8), file: "server.yaml", directory: directory, openToAll: openToAll)
    }

    static func errors(_ text: String, openToAll: Set<SurfaceName> = []) -> [PolicyError] {
        do throws(PolicyLoadFailure) {
            _ = try read(text, openToAll: openToAll)
            return []
        } catch {
            return error.errors
        }
    }

    @Test func smallestDocumentHasDefaults() throws {
        let configuration = try Self.read(Documents.small)
        #expect(configuration.name == "test")
        #expect(configuration.decisions == .init(deadline: 8, longest: 30, concurrent: 32, queued: 256))
        #expect(configuration.cache == .init(mostBytes: 256 << 20, listFreshFor: 300, grace: 3600, absentFor: 5))
        #expect(configuration.spool == .init(directory: "spool", mostBytes: 256 << 20))
        #expect(configuration.kubernetes == .init(pinPods: true, pinTemplates: false, kinds: []))
        #expect(configuration.shutdown == .init(lameDuck: 5, drain: 30))
        #expect(configuration.log == .init(format: .automatic, level: .info))
        #expect(configuration.policies.reloadEvery == 10)
        #expect(configuration.access.isEmpty && configuration.trust.roots.isEmpty)
    }

    @Test func everyFieldIsRead() throws {
        let configuration = try Self.read(Documents.full, directory: "/etc/landwaiter")
        #expect(configuration.listeners.map(\.name) == ["cluster", "node", "health"])
        #expect(
            configuration.listeners.map(\.address) == [
                .tcp(host: "::", port: 8443), .unix(path: "/etc/landwaiter/run/containerd.sock", mode: .ownerAndGroup),
                .tcp(host: "0.0.0.0", port: 8080),
            ])
        #expect(configuration.listeners[0].tls?.keyFile == "/etc/landwaiter/tls/tls.key")
        #expect(configuration.listeners[0].tls?.clients?.areRequired == true)
        guard case .callers(let rules)? = configuration.access[.api] else {
            Issue.record("no callers")
            return
        }
        #expect(rules.issuedTokens.count == 1 && rules.workloadTokens.count == 1)
        #expect(rules.secrets == [SharedSecretRule(name: "dashboard", file: "/etc/landwaiter/secrets/dashboard")])
        #expect(configuration.policies.sources == [.init(name: "payments", path: "/etc/landwaiter/policies/payments")])
        #expect(configuration.policies.guardrails.map(\.name) == ["organisation"])
        #expect(configuration.policies.reloadEvery == 20)
        #expect(configuration.trust.roots.map(\.file) == [nil, "/etc/landwaiter/trust/private.json"])
        #expect(configuration.trust.stores.first?.refreshEvery == 21_600)
        #expect(configuration.registries.hosts.map(\.insecurePlainHTTP) == [false, true])
        #expect(configuration.registries.tenants.first?.namespaces == ["finance", "ledger"])
        #expect(configuration.store == .postgresFile(path: "/etc/landwaiter/secrets/conninfo"))
        #expect(configuration.spool.mostBytes == 1 << 30)
        #expect(configuration.decisions == .init(deadline: 9, longest: 20, concurrent: 16, queued: 64))
        #expect(configuration.cache == .init(mostBytes: 64 << 20, listFreshFor: 60, grace: 1800, absentFor: 2))
        #expect(configuration.kubernetes.kinds == ["Rollout=/spec/template/spec"])
        #expect(configuration.notifications.registries.map(\.format) == [.harbor, .mapped])
        #expect(configuration.notifications.registries.map(\.judgesUntagged) == [true, false])
        #expect(configuration.notifications.receivers.map(\.url) == ["https://chat.example/hook"])
        #expect(configuration.runbooks == "https://runbooks.example/landwaiter")
        #expect(configuration.shutdown == .init(lameDuck: 3, drain: 20))
    }

    @Test func pathsAreRelativeToTheDocument() throws {
        let configuration = try Self.read(Documents.small, directory: "deploy")
        #expect(configuration.store == .sqlite(path: "deploy/verdicts.db"))
        #expect(configuration.policies.sources.first?.path == "deploy/policies")
        let absolute = Documents.small.replacing("verdicts.db", with: "/var/lib/landwaiter/verdicts.db")
        #expect(try Self.read(absolute, directory: "deploy").store == .sqlite(path: "/var/lib/landwaiter/verdicts.db"))
    }

    @Test func callersMayBeLeftOutWhereTheCommandLineSaysSo() throws {
        let open = Documents.small.replacing(
            "surfaces: [health, metrics]", with: "surfaces: [api], insecurePlaintext: true")
        #expect(
            Self.errors(open).map(\.message) == [
                "expected callers of the surface `api` of the listener `health`, found none"
            ])
        let configuration = try Self.read(open, openToAll: [.api])
        #expect(configuration.access == [.api: .insecureUnauthenticated])
    }

    /// What is wrong, made from a good document by one replacement, and what is said of it.
    struct Mistake: Sendable, CustomTestStringConvertible {
        let from: String
        let to: String
        let message: String
        var mend: String?

        var testDescription: String { message }
    }

    static let mistakes: [Mistake] = [
        Mistake(
            from: "apiVersion: landwaiter.dev/v1", to: "apiVersion: landwaiter.dev/v2",
            message: "expected `apiVersion: landwaiter.dev/v1`, found `landwaiter.dev/v2`"),
        Mistake(
            from: "kind: ServerConfiguration", to: "kind: AdmissionPolicy",
            message: "expected `kind: ServerConfiguration`, found `AdmissionPolicy`"),
        Mistake(
            from: "  spool: {directory: spool", to: "  spol: {directory: spool",
            message:
                "expected one of `listeners`, `policies`, `registries`, `store`, `spool`, `callers`, `tokens`, `trust`, "
                + "`decisions`, `cache`, `kubernetes`, `notifications`, `log`, `runbooks`, `shutdown` in `spec`, found `spol`",
            mend: "did you mean `spool`?"),
        Mistake(
            from: "  log: {format: json, level: notice}", to: "  log: {format: json}\n  log: {level: notice}",
            message: "expected distinct keys, found `log` again"),
        Mistake(
            from: "realms: [auth.example]", to: "realms: []", message: "expected at least one item, found an empty list"
        ),
        Mistake(
            from: "  runbooks: https://runbooks.example/landwaiter", to: "  runbooks: \"\"",
            message: "expected a value, found nothing"),
        Mistake(
            from: "address: \"[::]:8443\"", to: "address: \"8443\"",
            message: "expected `address` as a host and a port, found `8443`"),
        Mistake(
            from: "address: 0.0.0.0:8080", to: "address: 0.0.0.0:0",
            message: "expected `address` as a host and a port, found `0.0.0.0:0`"),
        Mistake(
            from: "name: node", to: "name: cluster", message: "expected distinct names, found `cluster` again"),
        Mistake(
            from: "mode: \"0660\"", to: "mode: \"0666\"",
            message: "expected `mode` to be \"0600\" or \"0660\", found `0666`"),
        Mistake(
            from: "      address: 0.0.0.0:8080", to: "      address: 0.0.0.0:8080\n      mode: \"0600\"",
            message: "expected `mode` with `socket` only, found it with `address`"),
        Mistake(
            from: "      mode: \"0660\"", to: "      insecurePlaintext: true",
            message: "expected `insecurePlaintext` with `address` only, found it with `socket`"),
        Mistake(
            from: "      address: \"[::]:8443\"", to: "      address: \"[::]:8443\"\n      insecurePlaintext: true",
            message: "expected `tls` or `insecurePlaintext`, found both"),
        Mistake(
            from: "socket: run/containerd.sock", to: "socket: \(String(repeating: "d", count: 108))",
            message: "expected a path of at most 107 bytes for a socket, found 108"),
        Mistake(
            from: "surfaces: [health, metrics]", to: "surfaces: [health, metrics, containerd]",
            message: "expected the surface `containerd` on a socket, found it on an address"),
        Mistake(
            from: "surfaces: [health, metrics]", to: "surfaces: [health, metric]",
            message:
                "expected a surface to be one of `kubernetes-validate`, `kubernetes-mutate`, `gatekeeper`, `containerd`, "
                + "`notification`, `api`, `health`, `metrics`, found `metric`",
            mend: "did you mean `metrics`?"),
        Mistake(
            from: "surfaces: [health, metrics]", to: "surfaces: [health, api]",
            message: "expected `tls` on the listener `health`, which has the surface `api`, found none"),
        Mistake(
            from: "    gatekeeper: [{certificate: \"spiffe://cluster.example/ns/gatekeeper-system/**\"}]\n", to: "",
            message: "expected callers of the surface `gatekeeper` of the listener `cluster`, found none",
            mend: "name them under `callers`, or start with `--insecure-any-caller gatekeeper`"),
        Mistake(
            from: "        clients:\n          authorities: [tls/clients.crt]\n          bundles: "
                + "[{trustDomain: cluster.example, file: tls/bundle.json}]\n          required: true\n", to: "",
            message:
                "expected `clients` in the `tls` of the listener `cluster`, where callers of `gatekeeper` show "
                + "certificates, found none"),
        Mistake(
            from: "      surfaces: [health, metrics]", to: "      surfaces: [health]",
            message: ""),
        Mistake(
            from: "kubernetes-mutate, gatekeeper, notification", to: "kubernetes-mutate, notification",
            message:
                "expected callers of surfaces that are served, found some of `gatekeeper`, which no listener has"),
        Mistake(
            from: "gatekeeper, notification, api]", to: "gatekeeper, api]",
            message:
                "expected `notifications` and a listener with the surface `notification`, found one without the other"),
        Mistake(
            from: "{certificate: \"spiffe://cluster.example/ns/gatekeeper-system/**\"}",
            to: "{certificate: \"spiffe://cluster.example\"}",
            message: "expected a SPIFFE ID or `dns:` and a name, found `spiffe://cluster.example`"),
        Mistake(
            from: "{certificate: \"spiffe://cluster.example/ns/gatekeeper-system/**\"}",
            to: "{certificate: \"dns:*.cluster.example\"}",
            message: "expected a SPIFFE ID or `dns:` and a name, found `dns:*.cluster.example`"),
        Mistake(
            from: "{unixUser: 1000}", to: "{unixUser: no-such-user}",
            message: "expected `unixUser` to be a user of this machine, found `no-such-user`"),
        Mistake(
            from: "{unixUser: 1000}", to: "{unixUser: 4294967295}",
            message: "expected `unixUser` to be a user of this machine, found `4294967295`"),
        Mistake(
            from: "{unixUser: 1000}", to: "{unixUser: true}",
            message: "expected `unixUser` as a name or a number, found something else"),
        Mistake(
            from: "{unixUser: 1000}", to: "{unixUser: 1000, subjects: [alice]}",
            message: "expected `subjects` with `token` only, found it without"),
        Mistake(
            from: "{token: people, subjects: [alice]}", to: "{token: people}",
            message: "expected `subjects` with `token`, found none"),
        Mistake(
            from: "{token: people, subjects: [alice]}", to: "{token: peeple, subjects: [alice]}",
            message: "expected the name of one of `tokens`, found `peeple`"),
        Mistake(
            from: "{token: people, subjects: [alice]}", to: "{token: people, secret: {name: a, file: b}}",
            message:
                "expected exactly one of `certificate`, `token`, `secret`, `unixUser` in a caller, found `token` and "
                + "`secret`"),
        Mistake(
            from: "name: dashboard, file", to: "name: dashboard, header: \"x y\", file",
            message: "expected the name of a header, found `x y`"),
        Mistake(
            from: "spiffe: {trustDomain: cluster.example", to: "spiffe: {trustDomain: \"spiffe://cluster.example/x\"",
            message: "expected the name of a trust domain, found `spiffe://cluster.example/x`"),
        Mistake(
            from: "reloadEvery: 20s", to: "reloadEvery: 2d",
            message: "expected `reloadEvery` from 1s to 86400s, found 172800s"),
        Mistake(
            from: "reloadEvery: 20s", to: "reloadEvery: 20",
            message: "expected `reloadEvery` as a string, found an integer: `20`"),
        Mistake(
            from: "{builtIn: public-good}", to: "{builtIn: private-good}",
            message: "expected `builtIn: public-good`, found `private-good`"),
        Mistake(
            from: "profile: github-private", to: "profile: \"logs:0,timestamps:0\"",
            message: "expected `profile` to be one of a trusted root, found `logs:0,timestamps:0`"),
        Mistake(
            from: "host: registry.example, mirrors", to: "host: \"https://registry.example\", mirrors",
            message: "expected `host` as a host like `registry.example:5000`, found `https://registry.example`"),
        Mistake(
            from: "mirrors: [mirror.example/hub]", to: "mirrors: [\"https://mirror.example\"]",
            message: "expected a mirror like `registry.example=mirror.example/prefix`, found"),
        Mistake(
            from: "host: registry.example, mirrors: [mirror.example/hub]", to: "host: \"registry.example:5000\"",
            message: "expected distinct names, found `registry.example:5000` again"),
        Mistake(
            from: "tenants: [{name: finance, namespaces: [finance, ledger], files: [secrets/finance.json]}]",
            to: "tenants: [{name: a, namespaces: [finance], files: [x]}, {name: b, namespaces: [finance], files: [y]}]",
            message: "expected each namespace with one tenant, found `finance` with two"),
        Mistake(
            from: "{postgres: {conninfoFile: secrets/conninfo}}", to: "{postgres: {conninfo: \"password=secret\"}}",
            message: "expected one of `conninfoFile`, `conninfoEnvironment` in `postgres`, found `conninfo`"),
        Mistake(
            from: "conninfoFile: secrets/conninfo", to: "conninfoEnvironment: \"host=db password=secret\"",
            message: "expected the name of an environment variable, found something else"),
        Mistake(
            from: "{postgres: {conninfoFile: secrets/conninfo}}", to: "{sqlite: a, postgres: {conninfoFile: b}}",
            message: "expected exactly one of `sqlite`, `postgres` in `store`, found `sqlite` and `postgres`"),
        Mistake(
            from: "mostBytes: 1GiB", to: "mostBytes: 1GB",
            message: "expected `mostBytes` from 1MiB to 64GiB, found `1GB`"),
        Mistake(
            from: "mostBytes: 64MiB", to: "mostBytes: 999999GiB",
            message: "expected `mostBytes` from 1MiB to 64GiB, found `999999GiB`"),
        Mistake(
            from: "pinPods: true, pinTemplates: false", to: "pinPods: false, pinTemplates: true",
            message: "expected `pinTemplates` with `pinPods`, found it without"),
        Mistake(
            from: "deadline: 9s", to: "deadline: 30s", message: "expected `deadline` from 1s to 29s, found 30s"),
        Mistake(
            from: "concurrent: 16", to: "concurrent: 0", message: "expected `concurrent` from 1 to 10000, found `0`"),
        Mistake(
            from: "Rollout=/spec/template/spec", to: "Rollout",
            message:
                "expected a kind and where its PodSpec or image lies, like `Rollout=/spec/template/spec`, found `Rollout`"
        ),
        Mistake(
            from: "        host: registry.example\n", to: "        host: elsewhere.example\n",
            message: "expected one of the hosts of `registries`, found `elsewhere.example`"),
        Mistake(
            from: "format: mapped", to: "format: distribution",
            message: "expected `mapping` with `format: mapped` and with no other"),
        Mistake(
            from: "format: harbor", to: "format: quay",
            message: "expected `format` to be one of `distribution`, `harbor`, `mapped`, found `quay`"),
        Mistake(
            from: "header: {name: authorization, file: secrets/harbor}", to: "insecureAnyone: false",
            message: "expected `header`, `signature` or `callers`, or else `insecureAnyone: true`"),
        Mistake(
            from: "header: {name: authorization, file: secrets/harbor}",
            to: "header: {name: authorization, file: secrets/harbor}\n        insecureAnyone: true",
            message: "expected `header`, `signature` or `callers`, or else `insecureAnyone: true`"),
        Mistake(
            from: "repository: /target/repository", to: "repository: target.repository",
            message: "expected `repository` as a pointer (RFC 6901), found `target.repository`"),
        Mistake(
            from: ", tag: /target/tag", to: "", message: "expected `tag` or `digest` in `mapping`, found neither"),
        Mistake(
            from: ", pushes: [push]", to: "",
            message: "expected `action` with `pushes`, or else `everyEventIsAPush: true`, in `mapping`"),
        Mistake(
            from: "repositories: [\"finance/**\"]", to: "repositories: [\"fin[ance\"]", message: "expected"),
        Mistake(
            from: "url: \"https://chat.example/hook\"", to: "url: \"http://chat.example/hook\"",
            message: "expected `url` to begin with `https://`, found `http://chat.example/hook`"),
        Mistake(
            from: "https://runbooks.example/landwaiter", to: "ftp://runbooks.example",
            message: "expected `runbooks` to begin with `https://`, found `ftp://runbooks.example`"),
        Mistake(
            from: "level: notice", to: "level: loud",
            message: "expected `level` to be one of `debug`, `info`, `notice`, `warning`, `error`, found `loud`"),
        Mistake(
            from: "lameDuck: 3s", to: "lameDuck: 301s", message: "expected `lameDuck` from 1s to 300s, found 301s"),
    ]

    @Test(arguments: mistakes)
    func saysWhatIsWrongAndWhatMendsIt(_ mistake: Mistake) throws {
        #expect(Documents.full.contains(mistake.from), "the replacement does nothing")
        let errors = Self.errors(Documents.full.replacing(mistake.from, with: mistake.to))
        guard !mistake.message.isEmpty else {
            #expect(errors.isEmpty)
            return
        }
        let error = try #require(errors.first { $0.message.hasPrefix(mistake.message) }, "\(errors)")
        #expect(error.line > 0 && error.file == "server.yaml")
        #expect(!error.mend.isEmpty)
        if let mend = mistake.mend { #expect(error.mend == mend) }
    }

    @Test func everyRequiredFieldIsMissed() {
        for line in ["listeners:", "policies:", "registries:", "store:", "spool:"] {
            let name = String(line.dropLast())
            let text = Documents.small.replacing("  \(line)", with: "  x-\(line)")
            #expect(Self.errors(text).contains { $0.message == "expected the field `\(name)` in `spec`, found none" })
        }
    }

    @Test func usersHaveNamesOrNumbers() throws {
        for (text, number) in [("root", 0), ("0", 0), ("\"1000\"", 1000)] as [(String, UInt32)] {
            let configuration = try Self.read(Documents.full.replacing("unixUser: 1000", with: "unixUser: \(text)"))
            #expect(configuration.access[.containerd] == .callers(CallerRules(unixUsers: [number])))
        }
    }

    /// What stands beside the manifests is read by the same reader.
    @Test(arguments: ["deploy/systemd/server.yaml", "deploy/kubernetes/config/server.yaml"])
    func documentsOfDeployAreGood(_ path: String) throws {
        _ = try ServerConfiguration.load(Repository.path(path))
    }

    @Test func twoDocumentsAreRefused() {
        let errors = Self.errors(Documents.small + "---\n" + Documents.small)
        #expect(errors.map(\.message) == ["expected one document, found 2"])
    }

    @Test func secretsAreNamedNeverHeld() throws {
        let mistake = Documents.full.replacing(
            "conninfoFile: secrets/conninfo", with: "conninfoEnvironment: \"host=db password=hunter2\"")
        let failure = #expect(throws: PolicyLoadFailure.self) { try Self.read(mistake) }
        let lines = try ServerConfiguration.failure(#require(failure)).lines.joined()
        #expect(!lines.contains("hunter2"))
    }

    @Test func failureNamesTheServersPage() throws {
        let failure = #expect(throws: PolicyLoadFailure.self) {
            try Self.read(Documents.small.replacing("sqlite: verdicts.db", with: "sqlite: [a]"))
        }
        let lines = try ServerConfiguration.failure(#require(failure)).lines
        #expect(lines.first == "1 problem in the server's configuration")
        #expect(lines.dropFirst().first == "server.yaml:11:19: expected `sqlite` as a string, found a list")
        #expect(lines.last?.contains("docs/server.md") == true)
        #expect(!lines.joined().contains("docs/policy.md"))
    }

    @Test func unknownSurfaceIsWrongUsage() throws {
        let place = try Place()
        let path = try place.write(Documents.small, to: "server.yaml")
        for name in ["nothing", "health"] {
            let failure = #expect(throws: CommandFailure.self) {
                try ServerConfiguration.load(path, openToAll: [name])
            }
            #expect(failure?.status == ExitStatus.usage)
        }
    }
}
