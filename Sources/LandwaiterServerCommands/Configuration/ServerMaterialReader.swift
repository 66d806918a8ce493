import AdmissionPolicy
import AdmissionServer
import Findings
import Kubernetes
import LandwaiterCommands
import OCI
import OCIDistribution
import Sigstore

// By what is decided, from where it is read, and where it is kept.
extension ServerConfigurationReader {
    func policies(_ node: PolicyNode?) -> Configuration.Policies? {
        guard let fields = reader.fields(of: node, ServerGrammar.policies) else { return nil }
        let sources = distinct(
            reader.list(fields["sources"], "`sources`") { source($0) }, fields["sources"], \.name)
        let guardrails = fields["guardrails"].map { node in
            distinct(reader.list(node, "`guardrails`") { source($0) }, node, \.name)
        }
        let every = seconds(fields["reloadEvery"], "`reloadEvery`", default: 10, in: 1...86_400)
        guard let sources else { return nil }
        if case .some(.none) = guardrails { return nil }
        return Configuration.Policies(sources: sources, guardrails: (guardrails ?? []) ?? [], reloadEvery: every)
    }

    private func source(_ node: PolicyNode) -> Configuration.Policies.Source? {
        guard let fields = reader.fields(of: node, ServerGrammar.policySource) else { return nil }
        let name = reader.name(fields["name"], "a source's name")
        let path = path(fields["path"], "`path`")
        guard let name, let path else { return nil }
        return Configuration.Policies.Source(name: name, path: path)
    }

    func trust(_ node: PolicyNode?) -> Configuration.Trust {
        var trust = Configuration.Trust(roots: [], stores: [])
        guard let node, let fields = reader.fields(of: node, ServerGrammar.trust) else { return trust }
        if let roots = fields["roots"] { trust.roots = reader.list(roots, "`roots`", most: 64) { trustRoot($0) } ?? [] }
        if let stores = fields["stores"] {
            trust.stores = reader.list(stores, "`stores`", most: 64) { trustStore($0) } ?? []
        }
        return trust
    }

    private func trustRoot(_ node: PolicyNode) -> Configuration.Trust.Root? {
        guard let fields = reader.fields(of: node, ServerGrammar.trustRoot) else { return nil }
        guard let requirement = profile(fields["profile"]) else { return nil }
        if let file = fields["file"] {
            return path(file, "`file`").map { Configuration.Trust.Root(file: $0, requirement: requirement) }
        }
        guard let node = fields["builtIn"], let name = reader.string(node, "`builtIn`") else { return nil }
        guard name == "public-good" else {
            problems.add(
                .policyFileBadValue, node.place, "expected `builtIn: public-good`, found \(Finding.quoted(name))",
                mend: "the Sigstore instance that this program knows is `public-good`; name others by `file`")
            return nil
        }
        return Configuration.Trust.Root(file: nil, requirement: requirement)
    }

    private func trustStore(_ node: PolicyNode) -> Configuration.Trust.Store? {
        guard let fields = reader.fields(of: node, ServerGrammar.trustStore) else { return nil }
        let directory = path(fields["directory"], "`directory`")
        let target = fields["target"].flatMap { reader.string($0, "`target`") }
        let requirement = profile(fields["profile"])
        let every = fields["refreshEvery"].map {
            seconds($0, "`refreshEvery`", default: 21_600, in: 60...604_800)
        }
        guard let directory, let requirement else { return nil }
        return Configuration.Trust.Store(
            directory: directory, target: target, requirement: requirement, refreshEvery: every)
    }

    private func profile(_ node: PolicyNode?) -> ProofRequirement? {
        guard let node else { return .publicGood }
        guard let text = reader.string(node, "`profile`") else { return nil }
        guard let requirement = ProofRequirement(profile: text) else {
            problems.add(
                .policyFileBadValue, node.place,
                "expected `profile` to be one of a trusted root, found \(Finding.quoted(text))",
                mend: "write public-good, github-private or \"logs:N,scts:N,timestamps:N\"")
            return nil
        }
        return requirement
    }

    func registries(_ node: PolicyNode?) -> Configuration.Registries? {
        guard let fields = reader.fields(of: node, ServerGrammar.registries) else { return nil }
        let hosts = distinct(
            reader.list(fields["hosts"], "`hosts`") { registryHost($0) }, fields["hosts"], \.host.description)
        let authorities = paths(fields["authorities"], "`authorities`")
        var client: Configuration.Registries.ClientCertificate?
        if let node = fields["clientCertificate"],
            let pair = reader.fields(of: node, ServerGrammar.clientCertificate),
            let certificate = path(pair["certificate"], "`certificate`"), let key = path(pair["key"], "`key`")
        {
            client = Configuration.Registries.ClientCertificate(certificate: certificate, key: key)
        }
        let realms = fields["realms"].flatMap { reader.list($0, "`realms`") { host($0, "a realm") } }
        let contentCache = fields["contentCache"].flatMap { path($0, "`contentCache`") }
        var shared: [String] = []
        var tenants: [Configuration.Registries.Tenant] = []
        if let node = fields["credentials"], let credentials = reader.fields(of: node, ServerGrammar.credentials) {
            shared = paths(credentials["shared"], "`shared`")
            if let list = credentials["tenants"] {
                tenants = distinct(reader.list(list, "`tenants`") { tenant($0) }, list, \.name) ?? []
                checkNamespaces(of: tenants, list)
            }
        }
        guard let hosts else { return nil }
        return Configuration.Registries(
            hosts: hosts, authorities: authorities, clientCertificate: client, realms: realms ?? [],
            sharedCredentials: shared, tenants: tenants, contentCache: contentCache)
    }

    /// A namespace has the credentials of one tenant.
    private func checkNamespaces(of tenants: [Configuration.Registries.Tenant], _ list: PolicyNode) {
        var seen: Set<String> = []
        for (tenant, place) in zip(tenants, places(of: list)) {
            for namespace in tenant.namespaces where !seen.insert(namespace).inserted {
                problems.add(
                    .policyFileTwice, place,
                    "expected each namespace with one tenant, found \(Finding.quoted(namespace)) with two")
            }
        }
    }

    private func tenant(_ node: PolicyNode) -> Configuration.Registries.Tenant? {
        guard let fields = reader.fields(of: node, ServerGrammar.tenant) else { return nil }
        let name = reader.name(fields["name"], "a name")
        let namespaces = reader.list(fields["namespaces"], "`namespaces`") { reader.name($0, "a namespace") }
        let files = paths(fields["files"], "`files`")
        guard let name, let namespaces else { return nil }
        return Configuration.Registries.Tenant(name: name, namespaces: namespaces, files: files)
    }

    private func registryHost(_ node: PolicyNode) -> Configuration.Registries.Host? {
        guard let fields = reader.fields(of: node, ServerGrammar.registryHost) else { return nil }
        let host = host(fields["host"], "`host`")
        let mirrors = fields["mirrors"].map { reader.strings($0, "`mirrors`") ?? [] } ?? []
        let plain = fields["insecurePlainHTTP"].map { reader.bool($0, "`insecurePlainHTTP`") ?? false } ?? false
        guard let host else { return nil }
        for mirror in mirrors {
            var rules = MirrorRules()
            do throws(MirrorRuleError) { try rules.add("\(host)=\(mirror)") } catch {
                problems.add(
                    .policyFileBadValue, fields["mirrors"]?.place ?? fields.place, error.message,
                    mend: "write a mirror as a host and a path, like `mirror.example/hub`")
                return nil
            }
        }
        return Configuration.Registries.Host(host: host, mirrors: mirrors, insecurePlainHTTP: plain)
    }

    func store(_ node: PolicyNode?) -> Configuration.Store? {
        guard let fields = reader.fields(of: node, ServerGrammar.store) else { return nil }
        if let sqlite = fields["sqlite"] { return path(sqlite, "`sqlite`").map { .sqlite(path: $0) } }
        guard let postgres = reader.fields(of: fields["postgres"], ServerGrammar.postgres) else { return nil }
        if let file = postgres["conninfoFile"] { return path(file, "`conninfoFile`").map { .postgresFile(path: $0) } }
        guard let node = postgres["conninfoEnvironment"], let name = reader.string(node, "`conninfoEnvironment`") else {
            return nil
        }
        let isName = name.utf8.allSatisfy { (0x41...0x5A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x5F }
        guard isName else {
            problems.add(
                .policyFileBadValue, node.place,
                "expected the name of an environment variable, found something else",
                mend: "the connection's own words don't belong into this file: name a variable that holds them")
            return nil
        }
        return .postgresEnvironment(variable: name)
    }

    func spool(_ node: PolicyNode?) -> Configuration.Spool? {
        guard let fields = reader.fields(of: node, ServerGrammar.spool) else { return nil }
        let most = fields["mostBytes"].map { size($0, "`mostBytes`", in: 1 << 20...64 << 30) } ?? 256 << 20
        guard let directory = path(fields["directory"], "`directory`"), let most else { return nil }
        return Configuration.Spool(directory: directory, mostBytes: most)
    }
}
