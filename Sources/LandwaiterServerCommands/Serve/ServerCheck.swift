import Admission
import AdmissionPolicy
import AdmissionServer
import AdmissionService
import Content
import Findings
import HTTPTransport
import LandwaiterCommands
import StrictEncoding
import VerdictStorage

/// `serve --check`: reads and reaches what `serve` would, listens on nothing and changes nothing. Everything that is wrong is
/// found at once.
struct ServerCheck {
    let configuration: ServerConfiguration

    init(_ configuration: ServerConfiguration) { self.configuration = configuration }

    struct Report {
        /// What would be served.
        var text = ""
        /// Lines; what mends one is indented below it.
        var problems: [String] = []
    }

    func report() async -> Report {
        var report = Report()
        report.text = "configuration \(configuration.name)\n"
        for listener in configuration.listeners { report.text += Self.text(listener, configuration.access) }
        let material = MaterialSource(configuration)
        do throws(CommandFailure) {
            let loaded = try await material.load(at: Clock.now)
            report.text += Self.line("material", loaded.summary)
            report.text += Self.line("policy", loaded.pipeline.policies.digest.description)
            report.text += Self.line("trust", loaded.pipeline.trustDigest.description)
            for part in loaded.trust { report.text += Self.line("trust", "\(part.name) holds until \(part.expires)") }
        } catch {
            report.problems += error.lines.enumerated().map { $0.offset == 0 ? $0.element : "  " + $0.element }
        }
        for registry in configuration.registries.hosts {
            let mirrors = registry.mirrors.isEmpty ? "" : ", asked after " + registry.mirrors.joined(separator: ", ")
            report.text += Self.line(
                "registry", "\(registry.host)\(mirrors)\(registry.insecurePlainHTTP ? ", insecure: plain HTTP" : "")")
        }
        for tenant in configuration.registries.tenants {
            report.text += Self.line("tenant", "\(tenant.name) for \(tenant.namespaces.joined(separator: ", "))")
        }
        do throws(CommandFailure) {
            let registries = try ServerRegistries(configuration)
            await registries.transport.shutdown()
        } catch {
            report.problems += error.lines
        }
        checkFiles(&report)
        do throws(CommandFailure) {
            _ = try NotificationConfiguration(configuration)
        } catch {
            report.problems += error.lines
        }
        await checkStore(&report)
        checkListening(&report)
        return report
    }

    /// That what is named can be read; what is in certificates and keys is for the server to say.
    private func checkFiles(_ report: inout Report) {
        var files = configuration.registries.sharedCredentials + configuration.registries.tenants.flatMap(\.files)
        for tls in configuration.listeners.compactMap(\.tls) {
            files += [tls.certificateFile, tls.keyFile] + (tls.clients?.files ?? [])
            files += tls.clients?.bundles.map(\.file) ?? []
        }
        for file in files {
            do throws(CommandFailure) {
                _ = try LocalFile.read(file, limit: 1 << 20)
            } catch {
                report.problems += error.lines
            }
        }
    }

    private func checkStore(_ report: inout Report) async {
        report.text += Self.line("store", Self.text(configuration.store))
        report.text += Self.line(
            "spool",
            "\(Finding.escaped(configuration.spool.directory)), at most "
                + ServerConfigurationReader.shown(bytes: configuration.spool.mostBytes))
        do throws(CommandFailure) {
            if case .sqlite(let path) = configuration.store, try Self.isMade(atStart: path) {
                report.text += Self.line("", "it is made when the server starts")
                return
            }
            let store = try OpenedStore.open(configuration.store, .readOnly)
            do throws(VerdictStoreError) {
                _ = try await store.queueDepth(at: Clock.now)
            } catch .olderSchema(let found, let expected) {
                // A start brings it up to date; to look at a configuration must not.
                report.text += Self.line(
                    "", "its schema, \(found ?? "none"), becomes \(expected) when the server starts")
            } catch {
                report.problems.append(error.description)
            }
            await store.close()
        } catch {
            report.problems += error.lines
        }
    }

    /// Whether there is no file yet, and one can be made.
    private static func isMade(atStart path: String) throws(CommandFailure) -> Bool {
        let isThere = LocalFile.exists(path)
        let place = isThere ? path : LocalFile.directory(of: path)
        guard !isThere || !LocalFile.isDirectory(path) else {
            throw .badData("expected \(Finding.quoted(path)) to be a database, found a directory")
        }
        guard LocalFile.isWritable(place.isEmpty ? "." : place) else {
            throw .badData(
                "cannot write to \(Finding.quoted(place)), where the verdicts are to be kept",
                "give it to the user that `serve` runs as")
        }
        return !isThere
    }

    /// Certificates, keys, authorities, bundles and secrets are read by the server when it is made.
    private func checkListening(_ report: inout Report) {
        do throws(ServerConfigurationError) {
            _ = try AdmissionServer(
                configuration: Server.listening(configuration), surfaces: ServerSurfaces.placeholders(configuration),
                readiness: { Readiness([]) }, metrics: ServiceMetrics(), version: AdmissionRecord.engineVersion,
                notices: { _ in }, now: { Clock.now })
        } catch {
            report.problems.append(error.message)
        }
    }

    private static func text(_ listener: ListenerConfiguration, _ access: [SurfaceName: SurfaceAccess]) -> String {
        let place =
            switch listener.address {
            case .tcp(let host, let port): "\(host):\(port)" + (listener.tls == nil ? ", plain HTTP" : ", TLS")
            case .unix(let path, let mode): "\(Finding.escaped(path)), mode 0\(String(mode.rawValue, radix: 8))"
            }
        var out = line("listener", "\(listener.name) on \(place)")
        for surface in listener.surfaces.sorted() {
            let callers =
                switch access[surface] {
                case .insecureUnauthenticated?: "insecure: anybody"
                case .callers(let rules)?: AuditText.counted(rules.count, "rule") + " about callers"
                case nil: surface.needsCallers ? "the sender proves itself" : "anybody"
                }
            out += line("", "\(surface.rawValue): \(callers)")
        }
        return out
    }

    private static func text(_ store: ServerConfiguration.Store) -> String {
        switch store {
        case .sqlite(let path): "SQLite, \(Finding.escaped(path))"
        case .postgresFile(let path): "PostgreSQL, by \(Finding.escaped(path))"
        case .postgresEnvironment(let variable): "PostgreSQL, by the variable \(variable)"
        case .postgres: "PostgreSQL"
        }
    }

    private static func line(_ name: String, _ text: String) -> String {
        "  " + name + String(repeating: " ", count: max(1, 10 - name.utf8.count)) + text + "\n"
    }
}

extension CallerRules {
    /// How many there are.
    fileprivate var count: Int {
        certificates.count + workloadTokens.count + issuedTokens.count + secrets.count + unixUsers.count
    }
}
