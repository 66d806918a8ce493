public import Content
import Findings
public import OCI
public import StrictEncoding

/// A registry that may tell of pushes: where its images are, how its bodies are read, and how it proves that they are its
/// own. Its name is the last component of the path that it posts to.
public struct NotificationRegistry: Sendable {
    /// As in `/v1/notifications/NAME`.
    public let name: String
    /// Where every image that it tells of is read from, whatever a body says.
    public let host: RegistryHost
    public let format: NotificationFormat
    /// Each must hold.
    public let authentication: [NotificationAuthentication]
    /// Which repositories it may speak of, as globs over the path below the host.
    public let repositories: [Glob]
    /// Where its images are bound for.
    public let destinations: [NotificationDestination]
    /// Whether images that are pushed without a tag are judged. Not where nobody says so: most of them are the platforms
    /// of an index that is pushed after them, whose evidence lies with the index, so that each would be a reject.
    public let judgesUntagged: Bool

    /// Longest name, and the characters it may have: it stands in paths, metrics and records.
    public static let longestName = 64
    /// Most namespaces of one repository: each is a decision.
    public static let mostNamespaces = 32

    /// - Throws: `NotificationConfigurationError`.
    public init(
        name: String, host: RegistryHost, format: NotificationFormat, authentication: [NotificationAuthentication],
        repositories: [Glob], destinations: [NotificationDestination] = [], judgesUntagged: Bool = false
    ) throws(NotificationConfigurationError) {
        guard Self.isName(name) else { throw .name(name) }
        // docker.io has a second name; a reference made with that one would name a host that is not configured.
        guard let probe = try? ImageReference(parsing: host.description + "/a/a"),
            probe.registry.utf8.elementsEqual(host.description.utf8)
        else { throw .host(host) }
        guard !authentication.isEmpty else { throw .noAuthentication(name) }
        for way in authentication {
            if case .caller(let allowed) = way, allowed.isEmpty { throw .noAuthentication(name) }
            if case .insecureAnyone = way, authentication.count > 1 { throw .contradictoryAuthentication(name) }
        }
        guard !repositories.isEmpty else { throw .noRepositories(name) }
        self.name = name
        self.host = host
        self.format = format
        self.authentication = authentication
        self.repositories = repositories
        self.destinations = destinations
        self.judgesUntagged = judgesUntagged
    }

    /// What is pushed, with every part of the grammar that its place demands, at the configured host.
    ///
    /// - Throws: `RefusedEvent`, or `IgnoredEvent` as the other case of the error, where the entry is none of these.
    func checked(_ push: UnverifiedPush) throws(UncheckedEvent) -> RegistryEvent {
        let named = host.description + "/" + push.repository.value
        // A `:` or `@` in the repository would be read as the start of a tag or a digest, a name of docker.io without a
        // slash as one of `library/`: whatever comes back otherwise than it went in is refused.
        guard let reference = try? ImageReference(parsing: named), reference.tag == nil, reference.digest == nil,
            reference.registry.utf8.elementsEqual(host.description.utf8),
            reference.repository.utf8.elementsEqual(push.repository.utf8)
        else { throw .refused(.repository) }
        guard repositories.contains(where: { $0.matches(reference.repository) }) else {
            throw .refused(.foreignRepository)
        }
        var tag: String?
        if let stated = push.tag {
            guard let tagged = try? ImageReference(parsing: named + ":" + stated.value), tagged.digest == nil,
                let read = tagged.tag, read.utf8.elementsEqual(stated.utf8)
            else { throw .refused(.tag) }
            tag = read
        }
        var digest: Digest?
        if let stated = push.digest {
            guard let read = try? Digest(stated.value) else { throw .refused(.digest) }
            digest = read
        }
        guard tag != nil || digest != nil else { throw .ignored(.namesNothing) }
        return RegistryEvent(repository: reference.repository, tag: tag, digest: digest, id: push.id)
    }

    /// Where images of this repository are bound for; none where nobody said so.
    func namespaces(of repository: String) -> [String] {
        var found: [ExactString] = []
        for destination in destinations where destination.repositories.contains(where: { $0.matches(repository) }) {
            for namespace in destination.namespaces.map({ ExactString($0) }) where !found.contains(namespace) {
                found.append(namespace)
            }
        }
        return found.prefix(Self.mostNamespaces).map(\.value)
    }

    /// Whether anyone may speak for it, because somebody asked for that.
    var isInsecure: Bool {
        authentication.contains { if case .insecureAnyone = $0 { true } else { false } }
    }

    /// Who asks, as records have it.
    var identity: String { isInsecure ? Caller.unauthenticatedIdentity : "notifications/" + name }

    /// The namespaces to ask for: nil, which means that none is known, where the configuration names none.
    func questionNamespaces(of repository: String) -> [String?] {
        let namespaces = namespaces(of: repository)
        return namespaces.isEmpty ? [nil] : namespaces
    }

    static func isName(_ text: String) -> Bool {
        let bytes = text.utf8
        guard let first = bytes.first, first != UInt8(ascii: "-"), bytes.count <= longestName else { return false }
        return bytes.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x7a).contains($0) || $0 == UInt8(ascii: "-") }
    }
}

/// Namespaces that images of some repositories are bound for. A policy of a namespace is asked only where the namespace is
/// known.
public struct NotificationDestination: Sendable, Hashable {
    /// Globs over the path below the host.
    public let repositories: [Glob]
    public let namespaces: [String]

    /// - Throws: `NotificationConfigurationError` where either is empty, a namespace is no DNS label (Kubernetes' rule,
    ///   RFC 1123), or there are too many.
    public init(repositories: [Glob], namespaces: [String]) throws(NotificationConfigurationError) {
        guard !repositories.isEmpty, !namespaces.isEmpty else { throw .emptyDestination }
        guard namespaces.count <= NotificationRegistry.mostNamespaces else {
            throw .tooManyNamespaces(namespaces.count)
        }
        for namespace in namespaces {
            let bytes = namespace.utf8
            func isLetter(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) || (0x61...0x7a).contains(byte) }
            guard let first = bytes.first, let last = bytes.last, bytes.count <= 63, isLetter(first), isLetter(last),
                bytes.allSatisfy({ isLetter($0) || $0 == UInt8(ascii: "-") })
            else { throw .namespace(namespace) }
        }
        self.repositories = repositories
        self.namespaces = namespaces
    }
}

/// A push at the host of a configured registry, each part checked. What it says is still only a claim.
public struct RegistryEvent: Sendable, Hashable {
    public let repository: String
    public let tag: String?
    /// What the sender says the content is. Never what is decided on: it is read again.
    public let digest: Digest?
    public let id: ExactString?

    init(repository: String, tag: String?, digest: Digest?, id: ExactString?) {
        self.repository = repository
        self.tag = tag
        self.digest = digest
        self.id = id
    }

    /// The image that this push brings evidence for, where its tag says so: the list of referrers (distribution-spec
    /// "Referrers Tag Schema") and cosign's `.sig`, `.att` and `.sbom`.
    ///
    /// Of SHA-512 the list's tag holds only half; such a list names nobody and is left to the manifests it lists, which
    /// are pushed as well.
    var subject: Subject? {
        guard let tag else { return nil }
        var rest = tag.utf8[...]
        guard let dash = rest.firstIndex(of: UInt8(ascii: "-")) else { return nil }
        let algorithm = String(Substring(rest[..<dash]))
        rest = rest[rest.index(after: dash)...]
        var isList = true
        if let dot = rest.firstIndex(of: UInt8(ascii: ".")) {
            let suffix = String(Substring(rest[rest.index(after: dot)...]))
            guard ["sig", "att", "sbom"].contains(where: { $0.utf8.elementsEqual(suffix.utf8) }) else { return nil }
            rest = rest[..<dot]
            isList = false
        }
        let hex = String(Substring(rest))
        if let digest = try? Digest(algorithm: algorithm, hex: hex) {
            guard isList ? digest.referrersTag.utf8.elementsEqual(tag.utf8) : true else { return nil }
            return .image(digest)
        }
        let isCutList =
            isList && algorithm.utf8.elementsEqual("sha512".utf8) && hex.utf8.count == 64
            && (try? Digest(algorithm: "sha256", hex: hex)) != nil
        return isCutList ? .unknown : nil
    }

    enum Subject: Hashable {
        case image(Digest)
        /// A list of referrers whose tag does not name its subject in full.
        case unknown
    }
}

/// Why an entry led to no event.
enum UncheckedEvent: Error, Equatable {
    case refused(RefusedEvent)
    case ignored(IgnoredEvent)
}

/// Why notifications can't be received as configured.
public enum NotificationConfigurationError: Error, Equatable, Sendable {
    case name(String)
    /// Two registries of one name.
    case duplicateName(String)
    /// A second name of docker.io.
    case host(RegistryHost)
    /// No way to tell the registry from anyone else. `insecureAnyone` has to be asked for.
    case noAuthentication(String)
    /// `insecureAnyone` beside something that must hold.
    case contradictoryAuthentication(String)
    case noRepositories(String)
    case emptyDestination
    case namespace(String)
    case tooManyNamespaces(Int)
    /// A bound that is not positive, or a lease shorter than the work it covers.
    case bound(String)

    /// One line for people, with what would mend it.
    public var message: String {
        switch self {
        case .name(let text):
            "expected a name of 1 to \(NotificationRegistry.longestName) lower-case letters, digits and `-`, "
                + "found \(Finding.quoted(text))"
        case .duplicateName(let name): "expected one registry of each name, found two named \(Finding.quoted(name))"
        case .host(let host):
            "expected the registry's own name, found \(Finding.quoted(host.description)), which is read as docker.io"
        case .noAuthentication(let name):
            "expected a header, a signature or callers that prove notifications of \(Finding.quoted(name)), found none"
        case .contradictoryAuthentication(let name):
            "expected either proofs or insecureAnyone for notifications of \(Finding.quoted(name)), found both"
        case .noRepositories(let name):
            "expected globs of the repositories that \(Finding.quoted(name)) may speak of, found none"
        case .emptyDestination: "expected repositories and the namespaces they are bound for, found an empty list"
        case .namespace(let text): "expected a namespace like `finance`, found \(Finding.quoted(text))"
        case .tooManyNamespaces(let count):
            "expected at most \(NotificationRegistry.mostNamespaces) namespaces for a repository, found \(count)"
        case .bound(let text): text
        }
    }
}
