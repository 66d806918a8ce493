public import StrictEncoding

/// Whom a fact of evidence concerns: what `audit impact` asks.
public enum ImpactQuery: Sendable, Hashable {
    /// Evidence of this signer counted.
    case signer(String)
    /// Evidence signed with this key counted.
    case key(String)
    /// Provenance of this builder counted.
    case builder(String)
    /// An SBOM that counted lists this component.
    case component(ComponentQuery)
    /// The image or a piece of evidence that counted has this digest.
    case digest(String)
}

/// Which components of SBOMs are meant.
public enum ComponentQuery: Sendable, Hashable {
    /// This package URL. Without qualifiers and subpath it means every one that has the same type, namespace, name and
    /// version, whatever its qualifiers; with them, exactly this one.
    case packageURL(String)
    /// Every version: a package URL without a version.
    case anyVersion(String)
    /// Every component of this name, in any ecosystem, of any version or of one.
    case named(String, version: String?)

    /// What somebody typed: `pkg:maven/org.example/ledger@1.2`, `pkg:maven/org.example/ledger`, `ledger@1.2`, `ledger`.
    public init(_ text: String) {
        let parts = ComponentParts(text)
        if text.utf8.starts(with: "pkg:".utf8) {
            self = parts.version == nil ? .anyVersion(text) : .packageURL(text)
        } else {
            self = .named(parts.name, version: parts.version)
        }
    }
}

/// An image that some fact concerns, with what was decided on it.
public struct AffectedImage: Sendable, Hashable {
    /// The digest that was judged; nil if none was reached.
    public var digest: String?
    /// The repository of the image.
    public var repository: String?
    /// The image as it was last asked for.
    public var image: String
    /// Where it was to run, at most 100 of them; sorted.
    public var namespaces: [String]
    /// How many verdicts rest on the fact.
    public var verdicts: Int
    /// The first of them.
    public var firstDecidedAt: Instant
    /// The last of them.
    public var lastDecidedAt: Instant
    /// The ID of the last one.
    public var lastID: VerdictID
    /// What the last one was: `admit`, `reject` or `undecided`.
    public var lastVerdict: String
    /// What the gate did about the last one.
    public var lastIsBlocked: Bool
    /// The facts that matched, at most 100 of them: which versions of a component; sorted. Empty for a digest.
    public var matches: [String]

    /// An image of its parts.
    public init(
        digest: String?, repository: String?, image: String, namespaces: [String], verdicts: Int,
        firstDecidedAt: Instant, lastDecidedAt: Instant, lastID: VerdictID, lastVerdict: String, lastIsBlocked: Bool,
        matches: [String]
    ) {
        self.digest = digest
        self.repository = repository
        self.image = image
        self.namespaces = namespaces
        self.verdicts = verdicts
        self.firstDecidedAt = firstDecidedAt
        self.lastDecidedAt = lastDecidedAt
        self.lastID = lastID
        self.lastVerdict = lastVerdict
        self.lastIsBlocked = lastIsBlocked
        self.matches = matches
    }
}
