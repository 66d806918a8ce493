import AdmissionPolicy
import Content
import Findings
import Kubernetes
import LandwaiterCommands
import OCI

// How it decides, what it tells, and how it ends.
extension ServerConfigurationReader {
    func decisions(_ node: PolicyNode?) -> Configuration.Decisions {
        let fields = node.flatMap { reader.fields(of: $0, ServerGrammar.decisions) }
        return Configuration.Decisions(
            // An API server waits ten seconds where nothing else is said, and thirty at most.
            deadline: seconds(fields?["deadline"], "`deadline`", default: 8, in: 1...29),
            longest: seconds(fields?["longest"], "`longest`", default: 30, in: 1...300),
            concurrent: number(fields?["concurrent"], "`concurrent`", default: 32, in: 1...10_000),
            queued: number(fields?["queued"], "`queued`", default: 256, in: 1...1_000_000))
    }

    func cache(_ node: PolicyNode?) -> Configuration.Cache {
        let fields = node.flatMap { reader.fields(of: $0, ServerGrammar.cache) }
        return Configuration.Cache(
            mostBytes: fields?["mostBytes"].flatMap { size($0, "`mostBytes`", in: 1 << 20...64 << 30) } ?? 256 << 20,
            listFreshFor: seconds(fields?["listFreshFor"], "`listFreshFor`", default: 300, in: 1...86_400),
            grace: seconds(fields?["grace"], "`grace`", default: 3600, in: 1...604_800),
            absentFor: seconds(fields?["absentFor"], "`absentFor`", default: 5, in: 1...3600))
    }

    func kubernetes(_ node: PolicyNode?) -> Configuration.Kubernetes {
        var kubernetes = Configuration.Kubernetes(pinPods: true, pinTemplates: false, kinds: [])
        guard let node, let fields = reader.fields(of: node, ServerGrammar.kubernetes) else { return kubernetes }
        if let pin = fields["pinPods"] { kubernetes.pinPods = reader.bool(pin, "`pinPods`") ?? true }
        if let pin = fields["pinTemplates"] { kubernetes.pinTemplates = reader.bool(pin, "`pinTemplates`") ?? false }
        if kubernetes.pinTemplates, !kubernetes.pinPods {
            problems.add(
                .policyFileNoEffect, fields["pinTemplates"]?.place ?? fields.place,
                "expected `pinTemplates` with `pinPods`, found it without",
                mend: "Pods come of templates: pin both, Pods alone, or neither")
        }
        if let list = fields["kinds"] {
            kubernetes.kinds = reader.strings(list, "`kinds`") ?? []
            for (kind, place) in zip(kubernetes.kinds, places(of: list)) {
                var kinds = WorkloadKinds()
                do throws(WorkloadKindError) { try kinds.add(kind) } catch {
                    problems.add(
                        .policyFileBadValue, place, error.message,
                        mend: "write the kind, `=`, and a pointer to the PodSpec in its objects")
                }
            }
        }
        return kubernetes
    }

    func notifications(_ node: PolicyNode?, registries: Configuration.Registries?) -> Configuration.Notifications {
        var notifications = Configuration.Notifications(registries: [], receivers: [], workers: 2, queued: 10_000)
        guard let node, let fields = reader.fields(of: node, ServerGrammar.notifications) else { return notifications }
        notifications.registries =
            distinct(
                reader.list(fields["registries"], "`registries`", most: 64) { notifying($0, registries) },
                fields["registries"], \.name) ?? []
        if let list = fields["receivers"] {
            notifications.receivers =
                distinct(reader.list(list, "`receivers`", most: 16) { receiver($0) }, list, \.name) ?? []
        }
        notifications.workers = number(fields["workers"], "`workers`", default: 2, in: 1...64)
        notifications.queued = number(fields["queued"], "`queued`", default: 10_000, in: 1...10_000_000)
        return notifications
    }

    private func notifying(
        _ node: PolicyNode, _ registries: Configuration.Registries?
    ) -> Configuration.Notifications.Registry? {
        guard let fields = reader.fields(of: node, ServerGrammar.notifying) else { return nil }
        let name = reader.name(fields["name"], "a name")
        let host = host(fields["host"], "`host`")
        if let host, let registries, !registries.hosts.contains(where: { $0.host == host }) {
            problems.add(
                .policyFileBadValue, fields["host"]?.place ?? fields.place,
                "expected one of the hosts of `registries`, found `\(host)`",
                mend: "add it to `registries.hosts`: what is pushed there is read there")
        }
        let format = reader.word(fields["format"], "`format`", Configuration.Notifications.Registry.Format.self)
        let mapping = fields["mapping"].flatMap { self.mapping($0) }
        if let format, (format == .mapped) != (fields["mapping"] != nil) {
            problems.add(
                .policyFileNoEffect, fields["mapping"]?.place ?? fields.place,
                "expected `mapping` with `format: mapped` and with no other",
                mend: format == .mapped ? "add `mapping`" : "remove `mapping`, or write `format: mapped`")
        }
        let proofs = ["header", "signature", "callers"].filter { fields[$0] != nil }
        let anyone = fields["insecureAnyone"].flatMap { reader.bool($0, "`insecureAnyone`") } ?? false
        if anyone == !proofs.isEmpty {
            problems.add(
                .policyFileExactlyOne, fields["insecureAnyone"]?.place ?? fields.place,
                "expected `header`, `signature` or `callers`, or else `insecureAnyone: true`",
                mend: "say how the registry proves that a notification is its own")
        }
        let repositories = globs(fields["repositories"], "`repositories`")
        let destinations = fields["destinations"].flatMap { list in
            reader.list(list, "`destinations`") { destination($0) }
        }
        guard let name, let host, let format, let repositories else { return nil }
        return Configuration.Notifications.Registry(
            name: name, host: host, format: format, mapping: mapping,
            header: fields["header"].flatMap { secretHeader($0) },
            signature: fields["signature"].flatMap { signature($0) },
            callers: fields["callers"].flatMap { reader.strings($0, "`callers`") } ?? [], insecureAnyone: anyone,
            repositories: repositories, destinations: destinations ?? [],
            judgesUntagged: fields["judgesUntagged"].flatMap { reader.bool($0, "`judgesUntagged`") } ?? false)
    }

    private func mapping(_ node: PolicyNode) -> Configuration.Notifications.Mapping? {
        guard let fields = reader.fields(of: node, ServerGrammar.mapping) else { return nil }
        let place = { (key: String) in fields[key].flatMap { pointer($0, "`\(key)`") } }
        let everything = fields["everyEventIsAPush"].flatMap { reader.bool($0, "`everyEventIsAPush`") } ?? false
        let pushes = fields["pushes"].flatMap { reader.strings($0, "`pushes`") } ?? []
        let hasAction = fields["action"] != nil && fields["pushes"] != nil
        if everything == hasAction || (fields["action"] == nil) != (fields["pushes"] == nil) {
            problems.add(
                .policyFileExactlyOne, fields.place,
                "expected `action` with `pushes`, or else `everyEventIsAPush: true`, in `mapping`",
                mend: "say by what an event is known to be a push")
        }
        if fields["tag"] == nil, fields["digest"] == nil {
            problems.add(
                .policyFileMissingField, fields.place, "expected `tag` or `digest` in `mapping`, found neither",
                mend: "say where the body names what was pushed")
        }
        guard let repository = place("repository") else { return nil }
        return Configuration.Notifications.Mapping(
            repository: repository,
            repositoryPrefix: fields["repositoryPrefix"].flatMap { reader.string($0, "`repositoryPrefix`") } ?? "",
            tag: place("tag"), digest: place("digest"), id: place("id"), action: place("action"), pushes: pushes)
    }

    /// A pointer of RFC 6901, in which `*` stands for every element of a list.
    private func pointer(_ node: PolicyNode?, _ what: String) -> String? {
        guard let node = reader.present(node), let text = reader.string(node, what) else { return nil }
        guard text.hasPrefix("/"), text.utf8.count <= 512 else {
            problems.add(
                .policyFileBadValue, node.place,
                "expected \(what) as a pointer (RFC 6901), found \(Finding.quoted(text))",
                mend: "write it like `/target/repository`, or `/events/*/repository` for every element of a list")
            return nil
        }
        return text
    }

    /// Globs over whole path components.
    private func globs(_ node: PolicyNode?, _ what: String) -> [Glob]? {
        guard let node else { return nil }
        return reader.list(node, what) { item in
            guard let text = reader.string(item, what) else { return nil }
            do throws(GlobError) {
                return try Glob(text)
            } catch {
                problems.add(.policyFileBadValue, item.place, error.message)
                return nil
            }
        }
    }

    private func signature(_ node: PolicyNode) -> Configuration.Notifications.Signature? {
        guard let fields = reader.fields(of: node, ServerGrammar.signature) else { return nil }
        let header = header(fields["header"])
        let file = path(fields["file"], "`file`")
        let algorithm = fields["algorithm"].flatMap {
            reader.word($0, "`algorithm`", Configuration.Notifications.Signature.Algorithm.self)
        }
        let encoding = fields["encoding"].flatMap {
            reader.word($0, "`encoding`", Configuration.Notifications.Signature.Encoding.self)
        }
        guard let header, let file else { return nil }
        return Configuration.Notifications.Signature(
            header: header, prefix: fields["prefix"].flatMap { reader.string($0, "`prefix`") } ?? "",
            algorithm: algorithm ?? .sha256, encoding: encoding ?? .hex,
            timestampHeader: fields["timestampHeader"].flatMap { self.header($0) }, file: file)
    }

    private func secretHeader(_ node: PolicyNode) -> Configuration.Notifications.SecretHeader? {
        guard let fields = reader.fields(of: node, ServerGrammar.secretHeader) else { return nil }
        let name = header(fields["name"])
        let file = path(fields["file"], "`file`")
        guard let name, let file else { return nil }
        return Configuration.Notifications.SecretHeader(name: name, file: file)
    }

    private func destination(_ node: PolicyNode) -> Configuration.Notifications.Destination? {
        guard let fields = reader.fields(of: node, ServerGrammar.destination) else { return nil }
        let repositories = globs(fields["repositories"], "`repositories`")
        let namespaces = reader.list(fields["namespaces"], "`namespaces`", most: 32) { reader.name($0, "a namespace") }
        guard let repositories, let namespaces else { return nil }
        return Configuration.Notifications.Destination(repositories: repositories, namespaces: namespaces)
    }

    private func receiver(_ node: PolicyNode) -> Configuration.Notifications.Receiver? {
        guard let fields = reader.fields(of: node, ServerGrammar.receiver) else { return nil }
        let name = reader.name(fields["name"], "a name")
        let url = url(fields["url"], "`url`")
        let file = path(fields["file"], "`file`")
        let images = fields["images"].map { globs($0, "`images`") } ?? (try? [Glob("**")])
        guard let name, let url, let file, let images else { return nil }
        return Configuration.Notifications.Receiver(name: name, url: url, file: file, images: images)
    }

    /// `https://`, or `http://` to this machine.
    private func url(_ node: PolicyNode?, _ what: String) -> String? {
        guard let node = reader.present(node), let text = reader.string(node, what) else { return nil }
        let isLocal = ["http://127.0.0.1", "http://[::1]", "http://localhost"].contains {
            text == $0 || text.hasPrefix($0 + ":") || text.hasPrefix($0 + "/")
        }
        guard text.hasPrefix("https://") && text.utf8.count > 8 || isLocal else {
            problems.add(
                .policyFileBadValue, node.place,
                "expected \(what) to begin with `https://`, found \(Finding.quoted(text))",
                mend: "plain HTTP is for receivers on this machine alone")
            return nil
        }
        return text
    }

    func log(_ node: PolicyNode?) -> Configuration.Log {
        let fields = node.flatMap { reader.fields(of: $0, ServerGrammar.log) }
        return Configuration.Log(
            format: fields?["format"].flatMap { reader.word($0, "`format`", Configuration.Log.Format.self) }
                ?? .automatic,
            level: fields?["level"].flatMap { reader.word($0, "`level`", Configuration.Log.Level.self) } ?? .info)
    }

    static let usualRunbooks = "docs/reasons.md"

    func runbooks(_ node: PolicyNode?) -> String {
        guard let node else { return Self.usualRunbooks }
        return url(node, "`runbooks`") ?? Self.usualRunbooks
    }

    func shutdown(_ node: PolicyNode?) -> Configuration.Shutdown {
        let fields = node.flatMap { reader.fields(of: $0, ServerGrammar.shutdown) }
        return Configuration.Shutdown(
            lameDuck: seconds(fields?["lameDuck"], "`lameDuck`", default: 5, in: 1...300),
            drain: seconds(fields?["drain"], "`drain`", default: 30, in: 1...600))
    }
}
