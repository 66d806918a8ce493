public import StrictEncoding

/// What a vulnerability scanner found in an image, in one form for all scanners.
///
/// A report says what its document says: nothing is believed, merged or left out. Whether the signer may speak, whether
/// the target is this image and whether the scan is fresh is for rules to decide. A document that holds no readable
/// result is an error and never a report without findings.
public struct ScanReport: Sendable, Hashable {
    /// Which notation the result itself is in; inside of a predicate, that of the scanner.
    public var format: ScanFormat
    /// Who scanned; nil if the document does not say.
    public var scanner: Scanner?
    /// When the scan was finished, by its own account.
    public var finishedAt: Instant?
    /// When the scanner's data about vulnerabilities were last brought up to date.
    public var databaseUpdatedAt: Instant?
    /// Digests of manifests or indexes that the scanner says it scanned, `sha256:…`, as written.
    public var targetDigests: [ExactString]
    /// Digest of the image's configuration that it says it scanned.
    public var targetConfiguration: ExactString?
    /// In the order of the document.
    public var findings: [ScanFinding]
    /// How many more the scanner found and set aside by rules of its own.
    public var ignored: Int

    /// The program that scanned.
    public struct Scanner: Sendable, Hashable {
        /// As it calls itself; in a predicate of in-toto, the name in its URI.
        public var name: ExactString
        /// As it says itself.
        public var version: ExactString?
        /// What a predicate calls it.
        public var uri: ExactString?

        /// A scanner by name and version.
        public init(name: ExactString, version: ExactString? = nil, uri: ExactString? = nil) {
            self.name = name
            self.version = version
            self.uri = uri
        }
    }

    /// The longest document, in bytes: a report on the largest public images has 20 MB.
    public static let longest = 64 << 20
    /// Most findings of one report; images with ten thousand exist.
    public static let mostFindings = 100_000

    /// Reads a report from a scanner's own document or from the predicate of an attestation.
    ///
    /// - Throws: ``ScanReportError``.
    public init(parsing bytes: [UInt8]) throws(ScanReportError) {
        let document: JSONDocument
        do {
            document = try JSONDocument(parsing: bytes, limits: JSONLimits(bytes: Self.longest))
        } catch { throw .json(error) }
        try self.init(document.root)
    }

    /// Reads a report from a value that was parsed already, such as the predicate of a statement.
    ///
    /// - Throws: ``ScanReportError``.
    public init(_ value: JSONValue) throws(ScanReportError) {
        guard let format = ScanFormat(recognizing: value) else { throw .unknownFormat }
        let fields = DocumentFields(value, place: "")
        switch format {
        case .cosignPredicate, .inTotoPredicate: self = try Self.predicate(fields, format)
        case .trivy: self = try Self.trivy(fields)
        case .grype: self = try Self.grype(fields)
        case .sarif: self = try Self.sarif(fields)
        case .cycloneDX: self = try Self.cycloneDX(fields)
        case .osvScanner: self = try Self.osvScanner(fields)
        }
        guard findings.count <= Self.mostFindings else { throw .tooMany(findings.count) }
    }

    init(format: ScanFormat) {
        self.format = format
        targetDigests = []
        findings = []
        ignored = 0
    }
}

/// One vulnerability of one package.
public struct ScanFinding: Sendable, Hashable {
    /// `CVE-2021-44228`, `GHSA-…`: as the scanner names it.
    public var id: ExactString
    /// Other names of the same vulnerability, without ``id``.
    public var aliases: [ExactString]
    /// Nil if the scanner gives none or a word that is not known; rules have to say what that means.
    public var severity: Severity?
    /// The highest CVSS base score that is given, 0 to 10.
    public var score: Double?
    /// Nil where the format can't say which.
    public var package: Package?
    /// Versions in which it is fixed, as written; empty if there is no fix or none is known.
    public var fixedVersions: [ExactString]
    /// When it was published.
    public var publishedAt: Instant?
    /// When the first of the fixed versions became available.
    public var fixedAt: Instant?
    /// Probability of exploitation within 30 days by FIRST's model, 0 to 1.
    public var exploitProbability: Double?
    /// Whether it stands in CISA's catalogue of known exploited vulnerabilities; nil if the scanner does not say.
    public var isKnownExploited: Bool?
    /// Where the document says it: a JSON pointer (RFC 6901).
    public var place: ExactString

    /// What is vulnerable.
    public struct Package: Sendable, Hashable {
        /// As the scanner names it, or a reference that leads nowhere.
        public var name: ExactString
        /// The version that is installed.
        public var version: ExactString?
        /// Nil if none is given or it can't be read.
        public var url: PackageURL?

        /// A package by its names.
        public init(name: ExactString, version: ExactString? = nil, url: PackageURL? = nil) {
            self.name = name
            self.version = version
            self.url = url
        }
    }

    /// How bad it is, from the least to the worst. What several sources call "moderate" is ``medium``, "important" is
    /// ``high``.
    public enum Severity: Int, Sendable, Hashable, Comparable, CaseIterable {
        /// From "none" to "critical".
        case noImpact, negligible, low, medium, high, critical

        /// The word of a scanner; nil if it is not known.
        public init?(word: String) {
            switch word.lowercased() {
            case "none": self = .noImpact
            case "negligible", "info", "informational", "unimportant": self = .negligible
            case "low", "minor": self = .low
            case "medium", "moderate": self = .medium
            case "high", "important": self = .high
            case "critical": self = .critical
            default: return nil
            }
        }

        /// The qualitative rating of a score (CVSS 3.1 section 5).
        public init?(score: Double) {
            switch score {
            case 0: self = .noImpact
            case 0.1..<4: self = .low
            case 4..<7: self = .medium
            case 7..<9: self = .high
            case 9...10: self = .critical
            default: return nil
            }
        }

        /// Whether it is the milder one.
        public static func < (left: Severity, right: Severity) -> Bool { left.rawValue < right.rawValue }
    }

    init(id: ExactString, place: String) {
        self.id = id
        self.place = ExactString(place)
        aliases = []
        fixedVersions = []
    }
}

/// The notations in which scanners report.
public enum ScanFormat: String, Sendable, Hashable, CaseIterable {
    /// Predicate `https://cosign.sigstore.dev/attestation/vuln/v1`, around a scanner's own document.
    case cosignPredicate = "cosign-vuln"
    /// Predicates `https://in-toto.io/attestation/vulns/v0.1` and `/v0.2`.
    case inTotoPredicate = "in-toto-vulns"
    /// A scanner's own JSON, or SARIF 2.1.0.
    case trivy, grype, sarif
    /// `vulnerabilities` of a CycloneDX document.
    case cycloneDX = "cyclonedx"
    /// The JSON of osv-scanner.
    case osvScanner = "osv-scanner"

    /// What the members of the document's root tell; nil if it is none of these.
    public init?(recognizing root: JSONValue) {
        if let result = root["scanner"]?["result"] {
            self = result.kind == .array ? .inTotoPredicate : .cosignPredicate
        } else if root["bomFormat"]?.isIdentical(to: "CycloneDX") == true {
            self = .cycloneDX
        } else if root["runs"]?.kind == .array, root["version"]?.kind == .string {
            self = .sarif
        } else if root["matches"]?.kind == .array, root["descriptor"]?.kind == .object {
            self = .grype
        } else if root["SchemaVersion"]?.kind == .number, root["ArtifactName"] != nil || root["Results"] != nil {
            self = .trivy
        } else if let results = root["results"]?.array, !results.isEmpty || root["experimental_config"] != nil,
            results.allSatisfy({ $0["packages"]?.kind == .array })
        {
            self = .osvScanner
        } else {
            return nil
        }
    }
}

/// Why a document is no scan report.
public enum ScanReportError: Error, Equatable, Sendable {
    /// It is no JSON, or more than the limit.
    case json(JSONError)
    /// None of the notations that are known.
    case unknownFormat
    /// A member that has to be there; its JSON pointer.
    case missing(String)
    /// A member of another kind than it has to be; its JSON pointer.
    case malformed(String)
    /// A version of a notation that is not known; its JSON pointer.
    case unknownVersion(String)
    /// The scanner says that its run failed.
    case failed
    /// The scanner looked for something other than vulnerabilities of packages.
    case notOfPackages
    /// A predicate holds a predicate.
    case nested
    /// How many findings there are.
    case tooMany(Int)

    /// One line for people; what was found is escaped.
    public var message: String {
        switch self {
        case .json(let error): error.message
        case .unknownFormat: "expected a scan report of a known format, found another document"
        case .missing(let place): "expected \(DocumentFields.quoted(place)) in a scan report, found none"
        case .malformed(let place):
            "expected \(DocumentFields.quoted(place)) as the format wants it, found another value"
        case .unknownVersion(let place): "expected a known version in \(DocumentFields.quoted(place)), found another"
        case .failed: "expected a scan that succeeded, found one that says it failed"
        case .notOfPackages: "expected a scan of packages for vulnerabilities, found one for something else"
        case .nested: "expected a scanner's own report in a predicate, found another predicate"
        case .tooMany(let count): "expected at most \(ScanReport.mostFindings) findings, found \(count)"
        }
    }
}
