public import Attestation
public import Content
import Findings
public import StrictEncoding

/// Why bytes are no signed item that can be verified.
public enum SignedItemError: Error, Equatable, Sendable {
    case json(JSONError)
    case envelope(EnvelopeError)
    /// A member that has to be there is not.
    case missing(String)
    /// What stands at this place is of another kind.
    case malformed(String)
    /// Of the JSON in a signature file.
    case signatureFileJSON(JSONError)
    /// What stands at this place of a signature file is not there or of another kind.
    case malformedSignatureFile(String)
    case notBase64(String, Base64Error)
    /// A member is spelled with underscores; the argument is the spelling that is read.
    case underscoredName(String)
    case notExactlyOne(of: [String], found: [String])
    case unknownMediaType(String)
    case bundleSignatureCount(Int)
    case tooManyElements(String, limit: Int, found: Int)
    /// The same log entry, or the same timestamp, twice.
    case repeated(String)
    case noSignature
    case unsupportedLayer(MediaType)
    case openPGP
    case unknownSignatureFile
    /// Neither a bundle nor an envelope.
    case notEvidence
    /// A list of attestations is empty, or an entry has no bundle.
    case noBundle
    /// What a document says of an attestation in it, at this place and outside of any signature, is not what the
    /// attestation says.
    case labelMismatch(String)
    case tooManyLines(limit: Int)

    /// One line, lower case.
    public var message: String {
        switch self {
        case .json(let error): "evidence: \(error.message)"
        case .envelope(let error): error.message
        case .missing(let name): "expected `\(name)`, found none"
        case .malformed(let place): "expected \(place) of the form that its format defines, found another"
        case .signatureFileJSON(let error): "signature file: \(error.message)"
        case .malformedSignatureFile(let place):
            "expected `\(place)` of a signature file, found none of the right kind"
        case .notBase64(let place, let error): "\(place): \(error.message)"
        case .underscoredName(let name): "expected `\(name)`, found the same name with underscores"
        case .notExactlyOne(let names, let found):
            "expected exactly one of \(Self.list(names)), found \(found.isEmpty ? "none" : Self.list(found))"
        case .unknownMediaType(let type):
            "expected a Sigstore bundle of version 0.1, 0.2 or 0.3, found media type \(Finding.quoted(type))"
        case .bundleSignatureCount(let found): "expected one signature in a bundle, found \(found)"
        case .tooManyElements(let name, let limit, let found):
            "expected at most \(limit) elements in `\(name)`, found \(found)"
        case .repeated(let name): "expected distinct elements in `\(name)`, found one twice"
        case .noSignature: "expected a signature on the layer, found none"
        case .unsupportedLayer(let type):
            "expected a layer with a signature or an envelope, found media type \(Finding.quoted(type.description))"
        case .openPGP: "expected a signature in the `sigstore-json` form, found OpenPGP"
        case .unknownSignatureFile: "expected a signature file in the `sigstore-json` form, found something else"
        case .notEvidence: "expected a Sigstore bundle or a DSSE envelope, found something else"
        case .noBundle: "expected attestations with their bundles, found one without or none"
        case .labelMismatch(let place): "expected `\(place)` as the attestation beside it says, found otherwise"
        case .tooManyLines(let limit): "expected at most \(limit) lines or entries of evidence, found more"
        }
    }

    private static func list(_ names: [String]) -> String { names.map { "`\($0)`" }.joined(separator: ", ") }
}
