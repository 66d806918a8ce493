import AdmissionServer
import Content
import OCI
import OCIDistribution
import Sigstore
import StrictEncoding

/// `kind: ServerConfiguration`: everything that `landwaiter serve` serves, and from what (docs/server.md).
///
/// Values as they were written, with the defaults filled in and every path made one from where the program runs. No file
/// that it names is read here.
struct ServerConfiguration: Sendable {
    var name: String
    var listeners: [ListenerConfiguration]
    /// Who may ask, by surface.
    var access: [SurfaceName: SurfaceAccess]
    var policies: Policies
    var trust: Trust
    var registries: Registries
    var store: Store
    var spool: Spool
    var decisions: Decisions
    var cache: Cache
    var kubernetes: Kubernetes
    var notifications: Notifications
    var log: Log
    /// Before the reason code in an event: where the reader finds what to do.
    var runbooks: String
    var shutdown: Shutdown

    struct Policies: Sendable, Hashable {
        struct Source: Sendable, Hashable {
            var name: String
            var path: String
        }

        var sources: [Source]
        var guardrails: [Source]
        /// Seconds between two looks at whether anything that is loaded has changed.
        var reloadEvery: Int64
    }

    struct Trust: Sendable, Hashable {
        struct Root: Sendable, Hashable {
            /// Nil for the one that is built in.
            var file: String?
            var requirement: ProofRequirement
        }

        struct Store: Sendable, Hashable {
            var directory: String
            var target: String?
            var requirement: ProofRequirement
            /// Seconds between two updates over the network; nil: somebody else updates it.
            var refreshEvery: Int64?
        }

        var roots: [Root]
        var stores: [Store]
    }

    struct Registries: Sendable, Hashable {
        struct Host: Sendable, Hashable {
            var host: RegistryHost
            var mirrors: [String]
            var insecurePlainHTTP: Bool
        }

        struct Tenant: Sendable, Hashable {
            var name: String
            var namespaces: [String]
            var files: [String]
        }

        struct ClientCertificate: Sendable, Hashable {
            var certificate: String
            var key: String
        }

        var hosts: [Host]
        var authorities: [String]
        var clientCertificate: ClientCertificate?
        /// Hosts that registries may lead to.
        var realms: [RegistryHost]
        /// For namespaces that no tenant has.
        var sharedCredentials: [String]
        var tenants: [Tenant]
        /// A directory for what was read, by digest; nil keeps nothing on disk.
        var contentCache: String?
    }

    enum Store: Sendable, Hashable {
        case sqlite(path: String)
        case postgresFile(path: String)
        case postgresEnvironment(variable: String)
        /// From a command line, without secrets.
        case postgres(conninfo: String)
    }

    struct Spool: Sendable, Hashable {
        var directory: String
        var mostBytes: Int
    }

    struct Decisions: Sendable, Hashable {
        /// Seconds that are taken for what a caller waits that states nothing.
        var deadline: Int64
        /// Seconds that a decision may take for which nobody waits any more.
        var longest: Int64
        /// Decisions under way at once, and those that wait for their turn.
        var concurrent: Int
        var queued: Int
    }

    struct Cache: Sendable, Hashable {
        var mostBytes: Int
        /// Seconds for which a list of evidence is as good as a new one.
        var listFreshFor: Int64
        /// Seconds for which it is used besides while the registry can't be asked.
        var grace: Int64
        /// Seconds for which "not there" and "cannot be had" are remembered.
        var absentFor: Int64
    }

    struct Kubernetes: Sendable, Hashable {
        var pinPods: Bool
        var pinTemplates: Bool
        /// `KIND=/pointer/to/podSpec`
        var kinds: [String]
    }

    struct Notifications: Sendable, Hashable {
        struct Registry: Sendable, Hashable {
            enum Format: String, CaseIterable, Sendable { case distribution, harbor, mapped }

            var name: String
            var host: RegistryHost
            var format: Format
            var mapping: Mapping?
            var header: SecretHeader?
            var signature: Signature?
            /// Identities that the server has verified.
            var callers: [String]
            var insecureAnyone: Bool
            var repositories: [Glob]
            var destinations: [Destination]
            /// Whether what is pushed without a tag is judged.
            var judgesUntagged: Bool
        }

        /// Where a body of another format says what was pushed.
        struct Mapping: Sendable, Hashable {
            var repository: String
            var repositoryPrefix: String
            var tag: String?
            var digest: String?
            var id: String?
            var action: String?
            var pushes: [String]
        }

        struct Signature: Sendable, Hashable {
            enum Algorithm: String, CaseIterable, Sendable { case sha256, sha384, sha512 }
            enum Encoding: String, CaseIterable, Sendable { case hex, base64 }

            var header: String
            var prefix: String
            var algorithm: Algorithm
            var encoding: Encoding
            var timestampHeader: String?
            var file: String
        }

        struct SecretHeader: Sendable, Hashable {
            var name: String
            var file: String
        }

        struct Destination: Sendable, Hashable {
            var repositories: [Glob]
            var namespaces: [String]
        }

        struct Receiver: Sendable, Hashable {
            var name: String
            var url: String
            var file: String
            /// Globs over `registry/repository`.
            var images: [Glob]
        }

        var registries: [Registry]
        var receivers: [Receiver]
        var workers: Int
        var queued: Int
    }

    struct Log: Sendable, Hashable {
        enum Format: String, CaseIterable, Sendable { case json, text, automatic }
        enum Level: String, CaseIterable, Sendable { case debug, info, notice, warning, error }

        var format: Format
        var level: Level
    }

    struct Shutdown: Sendable, Hashable {
        /// Seconds in which it still answers and says that it is not ready, so that load balancers turn away.
        var lameDuck: Int64
        /// Seconds for what is under way after that.
        var drain: Int64
    }
}
