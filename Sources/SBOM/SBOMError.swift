import Findings
public import StrictEncoding

/// Why a document is no SBOM that can be relied on. Texts of the document are kept as they are; ``message`` escapes them.
public enum SBOMError: Error, Equatable, Sendable {
    /// Nothing in the document says that it is an SBOM of a known format.
    case unrecognised
    /// A known format that is not read, by its name.
    case unsupportedFormat(String)
    /// A version of a known format that is not read.
    case unsupportedVersion(SBOMFormat, found: String, at: DocumentPlace)
    /// More bytes than the limit.
    case tooLarge(limit: Int)
    /// Deeper nested than the limit.
    case tooDeep(limit: Int, at: DocumentPlace)
    /// More components, relationships, facts or services than the limit.
    case tooMany(Counted, limit: Int, at: DocumentPlace)
    /// The text is no acceptable JSON.
    case malformedJSON(JSONError)
    /// The text is no well-formed XML, or uses a part of XML that is refused.
    case malformedXML(XMLFault, line: Int)
    /// The text is no acceptable YAML, for the reason that is told.
    case malformedYAML(String, line: Int)
    /// A line of a tag-value document is not of the form `Tag: value`, or stands where its tag can't.
    case malformedTagValue(String, line: Int)
    /// A field that the specification demands is missing from what stands at the place.
    case missing(field: String, at: DocumentPlace)
    /// The value is of another kind than the specification says.
    case wrongKind(expected: String, at: DocumentPlace)
    /// The value is none of those that the specification permits.
    case invalidValue(expected: String, found: String, at: DocumentPlace)
    /// A field that may be said once is said again.
    case repeated(field: String, at: DocumentPlace)
    /// Two elements have this identifier, so whatever refers to it can mean either.
    case duplicateIdentifier(String, at: DocumentPlace)

    /// What a limit counts.
    public enum Counted: String, Sendable, Hashable, CaseIterable {
        case components, relationships, facts, services
    }

    /// One line for people. Texts from the document are escaped and cut short.
    public var message: String {
        switch self {
        case .unrecognised: "expected an SBOM (SPDX, CycloneDX or Syft), found nothing that says so"
        case .unsupportedFormat(let name): "expected an SBOM in a form that is read, found \(name)"
        case .unsupportedVersion(let format, let found, let place):
            "expected a version of \(format.rawValue) that is read, found \(Finding.quoted(found, limit: 64)) at \(place)"
        case .tooLarge(let limit): "expected at most \(limit) bytes, found more"
        case .tooDeep(let limit, let place): "expected at most \(limit) levels of nesting, found more at \(place)"
        case .tooMany(let counted, let limit, let place):
            "expected at most \(limit) \(counted.rawValue), found one more at \(place)"
        case .malformedJSON(let error): error.message
        case .malformedXML(let fault, let line): "\(fault.message) at line \(line)"
        case .malformedYAML(let problem, let line): "expected YAML, found a fault at line \(line): \(problem)"
        case .malformedTagValue(let problem, let line): "\(problem) at line \(line)"
        case .missing(let field, let place): "expected `\(field)`, found none at \(place)"
        case .wrongKind(let expected, let place): "expected \(expected), found something else at \(place)"
        case .invalidValue(let expected, let found, let place):
            "expected \(expected), found \(Finding.quoted(found, limit: 64)) at \(place)"
        case .repeated(let field, let place):
            "expected \(Finding.quoted(field, limit: 64)) once, found it again at \(place)"
        case .duplicateIdentifier(let identifier, let place):
            "expected distinct identifiers, found \(Finding.quoted(identifier, limit: 64)) again at \(place)"
        }
    }
}

/// What is wrong with an XML document, before anything is read from it.
public enum XMLFault: Equatable, Sendable, Hashable {
    /// It is not well-formed, in expat's words.
    case notWellFormed(String)
    /// It has a document type declaration; entities and external subsets come with those.
    case documentType
    /// It has a processing instruction.
    case processingInstruction

    var message: String {
        switch self {
        case .notWellFormed(let problem): "expected well-formed XML, found a fault (\(problem))"
        case .documentType: "expected XML without a document type declaration, found one"
        case .processingInstruction: "expected XML without processing instructions, found one"
        }
    }
}

extension SBOMError: CustomStringConvertible {
    /// The same as ``message``.
    public var description: String { message }
}
