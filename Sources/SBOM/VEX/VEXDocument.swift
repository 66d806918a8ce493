import Findings
public import StrictEncoding

/// What an author says of vulnerabilities in products: a VEX document of OpenVEX, CycloneDX or CSAF, in one form.
///
/// Nothing here is believed: the author is who the document says, and rules go by who signed it. ``VEXIndex`` finds
/// what holds for a finding.
public struct VEXDocument: Sendable, Hashable {
    /// The notation it is written in.
    public var format: VEXFormat
    /// What the document calls itself.
    public var id: ExactString?
    /// Whom it names as its author; no proof of it.
    public var author: ExactString?
    /// What the author is to the product, by the author's own word.
    public var role: ExactString?
    /// The document's own version, as written.
    public var version: ExactString?
    /// In the order of the document.
    public var statements: [VEXStatement]

    /// The longest document, in bytes; the longest of public ones have 20 MB.
    public static let longest = 64 << 20
    /// Most statements of one document.
    public static let mostStatements = 100_000

    /// Reads a document.
    ///
    /// - Parameter subjects: digests of what the document is about as a whole, by the attestation around it:
    ///   `sha256:…`. A statement that names no product speaks of these.
    /// - Throws: ``VEXError``.
    public init(parsing bytes: [UInt8], subjects: [ExactString] = []) throws(VEXError) {
        let document: JSONDocument
        do {
            document = try JSONDocument(parsing: bytes, limits: JSONLimits(bytes: Self.longest))
        } catch { throw .json(error) }
        try self.init(document.root, subjects: subjects)
    }

    /// Reads a document from a value that was parsed already, such as the predicate of a statement.
    ///
    /// - Throws: ``VEXError``.
    public init(_ value: JSONValue, subjects: [ExactString] = []) throws(VEXError) {
        let fields = DocumentFields(value, place: "")
        switch VEXFormat(recognizing: value) {
        case .openVEX: self = try Self.openVEX(fields)
        case .cycloneDX: self = try Self.cycloneDX(fields)
        case .csaf: self = try Self.csaf(fields)
        case nil: throw .unknownFormat
        }
        guard !statements.isEmpty else { throw .noStatements }
        let subject = VEXComponent(digests: subjects)
        // One value for all statements, so that many subjects are not held many times.
        var whole: (stated: VEXComponent, known: VEXComponent)?
        for index in statements.indices {
            let statement = statements[index]
            if statement.products.isEmpty {
                guard !subjects.isEmpty else { throw .noProduct(statement.place.value) }
                statements[index].products = [VEXProduct(component: subject)]
            }
            for product in statement.products.indices where statement.products[product].isWhole {
                if whole?.stated != statement.products[product].component {
                    var known = statement.products[product].component
                    known.digests += subjects
                    whole = (statement.products[product].component, known)
                }
                guard let known = whole?.known, known.isIdentified else { throw .noProduct(statement.place.value) }
                statements[index].products[product].component = known
            }
        }
    }

    init(format: VEXFormat) {
        self.format = format
        statements = []
    }
}

/// The notations of VEX.
public enum VEXFormat: String, Sendable, Hashable, CaseIterable {
    /// OpenVEX 0.0.1 and 0.2.0.
    case openVEX = "openvex"
    /// `analysis` in a CycloneDX document.
    case cycloneDX = "cyclonedx"
    /// CSAF 2.0 and 2.1, profile VEX.
    case csaf

    /// What the members of the document's root tell; nil if it is none of these.
    public init?(recognizing root: JSONValue) {
        if root["bomFormat"]?.isIdentical(to: "CycloneDX") == true {
            self = .cycloneDX
        } else if root["document"]?["csaf_version"] != nil {
            self = .csaf
        } else if root["@context"]?.string?.hasPrefix("https://openvex.dev/ns") == true {
            self = .openVEX
        } else {
            return nil
        }
    }
}

/// One statement: a status of one vulnerability in some products at a time.
public struct VEXStatement: Sendable, Hashable {
    /// The main name of the vulnerability.
    public var vulnerability: ExactString
    /// Its other names, without the main one.
    public var aliases: [ExactString]
    /// Never empty.
    public var products: [VEXProduct]
    /// What is said.
    public var status: Status
    /// Why a product is not affected, if a label says it that has a counterpart in OpenVEX.
    public var justification: Justification?
    /// The label as written, whether or not it has a counterpart.
    public var justificationLabel: ExactString?
    /// Why a product is not affected, in words.
    public var impact: ExactString?
    /// What to do about it, in words.
    public var action: ExactString?
    /// When this was known to be true.
    public var timestamp: Instant
    /// Where the document says it: a JSON pointer (RFC 6901).
    public var place: ExactString

    /// The status labels of VEX (OpenVEX specification, "Status Labels").
    public enum Status: String, Sendable, Hashable, CaseIterable {
        /// Nothing has to be done about it.
        case notAffected = "not_affected"
        /// Something should be done about it.
        case affected
        /// These versions have a fix.
        case fixed
        /// Nobody knows yet.
        case underInvestigation = "under_investigation"

        /// Whether a finding need not trouble anyone, if the author is right.
        public var clears: Bool { self == .notAffected || self == .fixed }
    }

    /// The justifications of VEX (OpenVEX specification, "Status Justifications").
    public enum Justification: String, Sendable, Hashable, CaseIterable {
        /// The component is not in the product.
        case componentNotPresent = "component_not_present"
        /// The component is, its vulnerable code is not.
        case vulnerableCodeNotPresent = "vulnerable_code_not_present"
        /// The code is there and never runs.
        case vulnerableCodeNotInExecutePath = "vulnerable_code_not_in_execute_path"
        /// The code runs and no attacker can steer it.
        case vulnerableCodeCannotBeControlledByAdversary = "vulnerable_code_cannot_be_controlled_by_adversary"
        /// The product keeps it from being exploited.
        case inlineMitigationsAlreadyExist = "inline_mitigations_already_exist"
    }

    init(_ vulnerability: ExactString, _ status: Status, at timestamp: Instant, place: String) {
        self.vulnerability = vulnerability
        self.status = status
        self.timestamp = timestamp
        self.place = ExactString(place)
        aliases = []
        products = []
    }
}

/// What a statement is about, and which of its parts.
public struct VEXProduct: Sendable, Hashable {
    /// The product itself.
    public var component: VEXComponent
    /// Parts of the product that the statement is about; empty for all of it.
    public var subcomponents: [VEXComponent]
    /// Stands for what the document as a whole is about, so that the subjects around the document are its digests too.
    var isWhole: Bool

    init(component: VEXComponent, subcomponents: [VEXComponent] = [], isWhole: Bool = false) {
        self.component = component
        self.subcomponents = subcomponents
        self.isWhole = isWhole
    }
}

/// A piece of software by all the names that a document gives it.
public struct VEXComponent: Sendable, Hashable {
    /// Its package URLs; those that can't be read are among ``otherNames``.
    public var urls: [PackageURL]
    /// `sha256:…`
    public var digests: [ExactString]
    /// Names that are neither, such as IRIs and product identifiers: for people only, nothing is matched by them.
    public var otherNames: [ExactString]

    /// A piece of software by these names.
    public init(urls: [PackageURL] = [], digests: [ExactString] = [], otherNames: [ExactString] = []) {
        self.urls = urls
        self.digests = digests
        self.otherNames = otherNames
    }

    /// Whether anything can be matched by its names.
    var isIdentified: Bool { !urls.isEmpty || !digests.isEmpty }

    /// Takes in a name of whatever kind.
    mutating func add(name: ExactString) {
        if name.value.hasPrefix("pkg:"), let url = try? PackageURL(name.value, typeDefinition: .recorded) {
            if !urls.contains(url) { urls.append(url) }
        } else if let digest = name.digestOfReference {
            digests.append(digest)
        } else {
            otherNames.append(name)
        }
    }
}

/// Why a document is no VEX.
public enum VEXError: Error, Equatable, Sendable {
    /// It is no JSON, or more than the limit.
    case json(JSONError)
    /// None of the notations that are known.
    case unknownFormat
    /// A version or a profile of a notation that is not known; its JSON pointer.
    case unknownVersion(String)
    /// A member that has to be there; its JSON pointer.
    case missing(String)
    /// A member of another kind or with another value than it may have; its JSON pointer.
    case malformed(String)
    /// There is no statement in it.
    case noStatements
    /// A statement without a product, and nothing around the document names one; its JSON pointer.
    case noProduct(String)
    /// A statement without a time; its JSON pointer.
    case noTime(String)
    /// "Not affected" without a reason; its JSON pointer.
    case noJustification(String)
    /// How many statements there are.
    case tooMany(Int)

    /// One line for people; what was found is escaped.
    public var message: String {
        switch self {
        case .json(let error): error.message
        case .unknownFormat: "expected a VEX document of a known format, found another document"
        case .unknownVersion(let place): "expected a known version in \(DocumentFields.quoted(place)), found another"
        case .missing(let place): "expected \(DocumentFields.quoted(place)) in a VEX document, found none"
        case .malformed(let place):
            "expected \(DocumentFields.quoted(place)) as the format wants it, found another value"
        case .noStatements: "expected statements in a VEX document, found none"
        case .noProduct(let place): "expected \(DocumentFields.quoted(place)) to name a product, found none"
        case .noTime(let place): "expected a time for \(DocumentFields.quoted(place)), found none"
        case .noJustification(let place):
            "expected a justification or an impact statement in \(DocumentFields.quoted(place)), found none"
        case .tooMany(let count): "expected at most \(VEXDocument.mostStatements) statements, found \(count)"
        }
    }
}

// What VEX documents must have.
extension DocumentFields {
    func needed(_ key: String) throws(VEXError) -> DocumentFields {
        guard let found = self[key] else { throw .missing(pointer(key)) }
        return found
    }

    func neededText(_ key: String) throws(VEXError) -> ExactString {
        guard let text = try needed(key).value.exact, !text.utf8.isEmpty else { throw .malformed(pointer(key)) }
        return text
    }

    func neededList(_ key: String) throws(VEXError) -> [DocumentFields] {
        let found = try needed(key)
        guard found.value.kind == .array else { throw .malformed(found.place) }
        return found.elements
    }

    /// A list that may be absent, but is nothing else.
    func listIfAny(_ key: String) throws(VEXError) -> [DocumentFields] {
        guard let found = self[key] else { return [] }
        guard found.value.kind == .array else { throw .malformed(found.place) }
        return found.elements
    }

    /// A time that may be absent; one that can't be read is an error, because later statements win.
    func time(_ key: String) throws(VEXError) -> Instant? {
        guard let found = self[key] else { return nil }
        guard let instant = found.value.string.flatMap({ Instant(rfc3339: $0) }) else { throw .malformed(found.place) }
        return instant
    }
}
