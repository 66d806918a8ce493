public import Findings
import StrictEncoding

extension ReasonCode {
    public static let sbomUnrecognised = ReasonCode(
        "sbom.unrecognised", .reject, .rule,
        summary: "what was given as an SBOM is none of a known format",
        mend: "give SPDX, CycloneDX or Syft's JSON")
    public static let sbomUnsupportedFormat = ReasonCode(
        "sbom.unsupported-format", .reject, .rule,
        summary: "an SBOM is written in a form that is known but not read, such as SPDX in RDF/XML",
        mend: "convert it to JSON with the tools of its specification, and sign that")
    public static let sbomUnsupportedVersion = ReasonCode(
        "sbom.unsupported-version", .reject, .rule,
        summary: "an SBOM is of a version of its format that is not read",
        mend: "produce SPDX 2.2, 2.3 or 3.0, or CycloneDX 1.0 to 1.7")
    public static let sbomTooLarge = ReasonCode(
        "sbom.too-large", .reject, .limit,
        summary: "an SBOM is longer than the limit",
        mend: "leave out the files of each package, or raise the limit for SBOMs")
    public static let sbomTooDeep = ReasonCode(
        "sbom.too-deep", .reject, .limit,
        summary: "an SBOM is nested deeper than the limit",
        mend: "tell the author of the tool that made it; no tool in use comes near the limit")
    public static let sbomTooManyComponents = ReasonCode(
        "sbom.too-many-components", .reject, .limit,
        summary: "an SBOM lists more components than the limit",
        mend: "check what it was made of; raise the limit for components if it is right")
    public static let sbomTooManyRelationships = ReasonCode(
        "sbom.too-many-relationships", .reject, .limit,
        summary: "an SBOM lists more relationships than the limit",
        mend: "leave out the files of each package, or raise the limit for relationships")
    public static let sbomTooManyFacts = ReasonCode(
        "sbom.too-many-facts", .reject, .limit,
        summary: "an SBOM states more hashes, licences and identifiers than the limit",
        mend: "check what it was made of; raise the limit for facts if it is right")
    public static let sbomTooManyServices = ReasonCode(
        "sbom.too-many-services", .reject, .limit,
        summary: "an SBOM lists more services than the limit",
        mend: "check what it was made of; raise the limit for services if it is right")
    public static let sbomMalformed = ReasonCode(
        "sbom.malformed", .reject, .rule,
        summary: "an SBOM is no well-formed text of its syntax, or one that two readers could read in two ways",
        mend: "produce it anew; the place of the fault is told, and duplicate names are a fault")
    public static let sbomForbiddenXML = ReasonCode(
        "sbom.forbidden-xml", .reject, .rule,
        summary: "an SBOM in XML has a document type declaration or a processing instruction",
        mend: "produce it without; entities and what lies outside of the document are never read")
    public static let sbomInvalid = ReasonCode(
        "sbom.invalid", .reject, .rule,
        summary: "an SBOM lacks a field that its specification demands, or has a value there that it does not permit",
        mend: "produce it with a newer version of its tool, or tell the author of the tool")
    public static let sbomDuplicateIdentifier = ReasonCode(
        "sbom.duplicate-identifier", .reject, .rule,
        summary: "two elements of an SBOM have one identifier, so what refers to it is ambiguous",
        mend: "tell the author of the tool that made it")
}

/// The codes that reading SBOMs can give.
extension ReasonTable {
    public static let sbom = ReasonTable(
        "SBOMs",
        [
            .sbomUnrecognised, .sbomUnsupportedFormat, .sbomUnsupportedVersion, .sbomTooLarge, .sbomTooDeep,
            .sbomTooManyComponents, .sbomTooManyRelationships, .sbomTooManyFacts, .sbomTooManyServices,
            .sbomMalformed,
            .sbomForbiddenXML, .sbomInvalid, .sbomDuplicateIdentifier,
        ])
}

extension SBOMError {
    /// The stable name of the cause.
    public var code: ReasonCode {
        switch self {
        case .unrecognised: .sbomUnrecognised
        case .unsupportedFormat: .sbomUnsupportedFormat
        case .unsupportedVersion: .sbomUnsupportedVersion
        case .tooLarge, .malformedJSON(.tooLarge): .sbomTooLarge
        case .tooDeep, .malformedJSON(.tooDeep): .sbomTooDeep
        case .tooMany(.components, _, _): .sbomTooManyComponents
        case .tooMany(.relationships, _, _): .sbomTooManyRelationships
        case .tooMany(.facts, _, _): .sbomTooManyFacts
        case .tooMany(.services, _, _): .sbomTooManyServices
        case .malformedXML(.documentType, _), .malformedXML(.processingInstruction, _): .sbomForbiddenXML
        case .malformedJSON, .malformedXML, .malformedYAML, .malformedTagValue: .sbomMalformed
        case .missing, .wrongKind, .invalidValue, .repeated: .sbomInvalid
        case .duplicateIdentifier: .sbomDuplicateIdentifier
        }
    }
}
