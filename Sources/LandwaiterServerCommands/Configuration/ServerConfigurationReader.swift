import AdmissionPolicy
import AdmissionServer
import Findings
import LandwaiterCommands
import OCI
import Sigstore

extension ServerConfiguration {
    static let kind = "ServerConfiguration"
    /// As the rest of the house's documents.
    static let apiVersion = "landwaiter.dev/v1"

    /// Reads a document.
    ///
    /// - Parameters:
    ///   - file: as it is to be shown in errors.
    ///   - directory: to which its paths are relative; empty for where the program runs.
    ///   - openToAll: surfaces that need no callers, because the command line says so.
    ///   - checkingCallers: whether the others need some.
    /// - Throws: everything that is wrong with it, in the order of its lines.
    init(
        parsing bytes: [UInt8], file: String, directory: String, openToAll: Set<SurfaceName> = [],
        checkingCallers: Bool = true
    ) throws(PolicyLoadFailure) {
        let documents = try StrictYAML.documents(bytes, file: file)
        let problems = PolicyProblems()
        guard let document = documents.first, documents.count == 1 else {
            let place = documents.dropFirst().first?.place ?? PolicyPlace(file: file, line: 0, column: 0)
            problems.add(
                .policyFileTooMany, place, "expected one document, found \(documents.count)",
                mend: "a server has one document: write the others into files of their own")
            throw PolicyLoadFailure(problems.errors)
        }
        let reader = ServerConfigurationReader(
            reader: DocumentReader(problems: problems), directory: directory, openToAll: openToAll,
            checksCallers: checkingCallers)
        guard let configuration = reader.configuration(document), problems.errors.isEmpty else {
            throw PolicyLoadFailure(problems.errors)
        }
        self = configuration
    }
}

/// From nodes to the configuration. Every function that gives nil has said why.
struct ServerConfigurationReader {
    let reader: DocumentReader
    let directory: String
    let openToAll: Set<SurfaceName>
    let checksCallers: Bool

    var problems: PolicyProblems { reader.problems }
    typealias Fields = DocumentReader.Fields
    typealias Configuration = ServerConfiguration

    func configuration(_ document: PolicyNode) -> Configuration? {
        guard let fields = reader.fields(of: document, ServerGrammar.document), isHeaderGood(fields) else { return nil }
        let metadata = reader.fields(of: fields["metadata"], ServerGrammar.metadata)
        let name = reader.name(metadata?["name"], "a name")
        if let owner = metadata?["owner"] { _ = reader.string(owner, "an owner") }
        guard let spec = reader.fields(of: fields["spec"], ServerGrammar.spec) else { return nil }
        let listeners = distinct(
            reader.list(spec["listeners"], "`listeners`", most: 16) { listener($0) }, spec["listeners"], \.name)
        let tokens = tokens(spec["tokens"])
        let access = access(spec["callers"], tokens: tokens)
        let policies = policies(spec["policies"])
        let trust = trust(spec["trust"])
        let registries = registries(spec["registries"])
        let store = store(spec["store"])
        let spool = spool(spec["spool"])
        let decisions = decisions(spec["decisions"])
        let cache = cache(spec["cache"])
        let kubernetes = kubernetes(spec["kubernetes"])
        let notifications = notifications(spec["notifications"], registries: registries)
        let log = log(spec["log"])
        let runbooks = runbooks(spec["runbooks"])
        let shutdown = shutdown(spec["shutdown"])
        guard let name, let listeners, let policies, let registries, let store, let spool, problems.errors.isEmpty
        else { return nil }
        let configuration = Configuration(
            name: name, listeners: listeners, access: access, policies: policies, trust: trust, registries: registries,
            store: store, spool: spool, decisions: decisions, cache: cache, kubernetes: kubernetes,
            notifications: notifications, log: log, runbooks: runbooks, shutdown: shutdown)
        checkWhole(configuration, spec)
        return problems.errors.isEmpty ? configuration : nil
    }

    private func isHeaderGood(_ fields: Fields) -> Bool {
        let version = reader.string(fields["apiVersion"], "`apiVersion`")
        let kind = reader.string(fields["kind"], "`kind`")
        guard let version, let kind else { return false }
        guard version.utf8.elementsEqual(Configuration.apiVersion.utf8) else {
            problems.add(
                .policyFileVersion, fields["apiVersion"]?.place ?? fields.place,
                "expected `apiVersion: \(Configuration.apiVersion)`, found \(Finding.quoted(version))",
                mend: "write `apiVersion: \(Configuration.apiVersion)`")
            return false
        }
        guard kind.utf8.elementsEqual(Configuration.kind.utf8) else {
            problems.add(
                .policyFileVersion, fields["kind"]?.place ?? fields.place,
                "expected `kind: \(Configuration.kind)`, found \(Finding.quoted(kind))",
                mend: "give the server's own document; policies are named in it")
            return false
        }
        return true
    }

    /// What can only be said of all of it together.
    private func checkWhole(_ configuration: Configuration, _ spec: Fields) {
        let served = Set(configuration.listeners.flatMap(\.surfaces))
        for (listener, place) in zip(configuration.listeners, places(of: spec["listeners"])) {
            check(listener, at: place, configuration)
        }
        for surface in configuration.access.keys.sorted() where !served.contains(surface) {
            problems.add(
                .policyFileNoEffect, spec["callers"]?.place ?? spec.place,
                "expected callers of surfaces that are served, found some of `\(surface.rawValue)`, which no listener has",
                mend: "add `\(surface.rawValue)` to the `surfaces` of a listener, or let nobody ask it")
        }
        if served.contains(.notification) != !configuration.notifications.registries.isEmpty {
            problems.add(
                .policyFileNoEffect, spec["notifications"]?.place ?? spec.place,
                "expected `notifications` and a listener with the surface `notification`, found one without the other",
                mend: "name the registries whose notifications are believed, and where they are listened for")
        }
    }

    private func check(_ listener: ListenerConfiguration, at place: PolicyPlace, _ configuration: Configuration) {
        let asked = listener.surfaces.filter(\.needsCallers).sorted()
        guard case .tcp = listener.address else { return checkCallers(of: asked, listener, at: place, configuration) }
        if let surface = asked.first, listener.tls == nil, !listener.insecurePlaintext {
            problems.add(
                .policyFileMissingField, place,
                "expected `tls` on the listener `\(listener.name)`, which has the surface `\(surface.rawValue)`, found none",
                mend: "give it `tls: {certificate: FILE, key: FILE}`, or ask for `insecurePlaintext: true`")
        }
        checkCallers(of: asked, listener, at: place, configuration)
        let byCertificate = asked.first { surface in
            guard case .callers(let rules)? = configuration.access[surface] else { return false }
            return !rules.certificates.isEmpty
        }
        if let byCertificate, listener.tls?.clients == nil {
            problems.add(
                .policyFileMissingField, place,
                "expected `clients` in the `tls` of the listener `\(listener.name)`, where callers of "
                    + "`\(byCertificate.rawValue)` show certificates, found none",
                mend: "say who issues them: `clients: {authorities: [FILE]}`, or `bundles` for SPIFFE IDs")
        }
    }

    private func checkCallers(
        of surfaces: [SurfaceName], _ listener: ListenerConfiguration, at place: PolicyPlace,
        _ configuration: Configuration
    ) {
        guard checksCallers else { return }
        for surface in surfaces where configuration.access[surface] == nil && surface != .notification {
            problems.add(
                .policyFileMissingField, place,
                "expected callers of the surface `\(surface.rawValue)` of the listener `\(listener.name)`, found none",
                mend: "name them under `callers`, or start with `--insecure-any-caller \(surface.rawValue)`")
        }
    }

    func nodes(of list: PolicyNode?) -> [PolicyNode] {
        guard let list, case .sequence(let nodes) = list.content else { return [] }
        return nodes
    }

    func places(of list: PolicyNode?) -> [PolicyPlace] { nodes(of: list).map(\.place) }
}

// MARK: Values that the policy language has not

extension ServerConfigurationReader {
    /// A path, relative to the document's directory.
    func path(_ node: PolicyNode?, _ what: String) -> String? {
        guard let text = node.flatMap({ reader.string($0, what) }) else { return nil }
        return LocalFile.join(directory, text)
    }

    func paths(_ node: PolicyNode?, _ what: String) -> [String] {
        guard let node else { return [] }
        return reader.strings(node, what)?.map { LocalFile.join(directory, $0) } ?? []
    }

    func host(_ node: PolicyNode?, _ what: String) -> RegistryHost? {
        guard let node = reader.present(node), let text = reader.string(node, what) else { return nil }
        guard let host = RegistryHost(parsing: text) else {
            problems.add(
                .policyFileBadValue, node.place,
                "expected \(what) as a host like `registry.example:5000`, found \(Finding.quoted(text))",
                mend: "write the host alone, with its port if it has one: no scheme and no path")
            return nil
        }
        return host
    }

    /// A whole number and one of `KiB`, `MiB`, `GiB`: `256MiB`.
    func size(_ node: PolicyNode?, _ what: String, in range: ClosedRange<Int>) -> Int? {
        guard let node = reader.present(node), let text = reader.string(node, what) else { return nil }
        let units = [("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30)]
        let unit = units.first { text.hasSuffix($0.0) }
        let digits = text.utf8.dropLast(3)
        guard let unit, (1...6).contains(digits.count), digits.allSatisfy({ (0x30...0x39).contains($0) }),
            let count = Int(String(Substring(digits))), range.contains(count * unit.1)
        else {
            problems.add(
                .policyFileBadValue, node.place,
                "expected \(what) from \(Self.shown(bytes: range.lowerBound)) to \(Self.shown(bytes: range.upperBound)), "
                    + "found \(Finding.quoted(text))",
                mend: "write a whole number and `KiB`, `MiB` or `GiB`, like `256MiB`")
            return nil
        }
        return count * unit.1
    }

    static func shown(bytes: Int) -> String {
        bytes >= 1 << 30 && bytes % (1 << 30) == 0
            ? "\(bytes >> 30)GiB" : bytes >= 1 << 20 ? "\(bytes >> 20)MiB" : "\(bytes >> 10)KiB"
    }

    /// A duration within bounds; the default where it isn't given.
    func seconds(
        _ node: PolicyNode?, _ what: String, default usual: Int64, in range: ClosedRange<Int64>
    ) -> Int64 {
        guard let node = reader.present(node) else { return usual }
        guard let seconds = reader.duration(node, what) else { return usual }
        guard range.contains(seconds) else {
            problems.add(
                .policyFileBadValue, node.place,
                "expected \(what) from \(range.lowerBound)s to \(range.upperBound)s, found \(seconds)s",
                mend: "write it like `\(usual)s`")
            return usual
        }
        return seconds
    }

    func number(_ node: PolicyNode?, _ what: String, default usual: Int, in range: ClosedRange<Int>) -> Int {
        guard let node else { return usual }
        return reader.integer(node, what, in: range) ?? usual
    }

    /// No two items with one name.
    func distinct<Item>(_ items: [Item]?, _ node: PolicyNode?, _ name: (Item) -> String) -> [Item]? {
        guard let items else { return nil }
        var seen: Set<String> = []
        for (item, place) in zip(items, places(of: node)) where !seen.insert(name(item)).inserted {
            problems.add(
                .policyFileTwice, place, "expected distinct names, found \(Finding.quoted(name(item))) again")
        }
        return items
    }
}
