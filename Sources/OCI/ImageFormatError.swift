public import Content
public import Findings
public import StrictEncoding

/// How a document of an image is not what image-spec says it is, or says two things at once.
public enum ImageFormatError: Error, Equatable, Sendable {
    /// Which of the image's documents is at fault.
    public enum Document: String, Sendable, CaseIterable {
        /// A manifest or an index.
        case manifest
        /// An image configuration.
        case configuration
        /// The file `oci-layout`.
        case layout
    }

    /// Not JSON, or JSON with two readings (duplicate names), or beyond its limits.
    case json(Document, JSONError)
    /// The value at `place` (`layers[0].size`; empty for the whole document) is not what belongs there.
    case malformed(Document, place: String, expected: String, found: String)
    /// A digest at `place` that is none, or of an algorithm that cannot be computed here.
    case digest(Document, place: String, DigestError)
    /// A descriptor's `data` is not the content that its digest and size name.
    case embeddedData(place: String, problem: String)
    /// Members of more than one type of document in one document.
    case twoTypes(members: [String])
    /// The document states another type than whoever names it.
    case typesDisagree(named: MediaType, stated: MediaType)
    /// The document is of this type but holds the members of another.
    case contentDisagrees(MediaType)
    /// Neither a manifest nor an index.
    case unknownMediaType(MediaType)
    /// Docker's first schema.
    case schema1
    /// `oci-layout` names this version.
    case layoutVersion(String)
    /// The manifest and its configuration count different layers.
    case layerCount(manifest: Int, configuration: Int)
}

extension ImageFormatError {
    /// One line for people.
    public var message: String {
        switch self {
        case .json(let document, let error): "\(document.noun): \(error.message)"
        case .malformed(let document, let place, let expected, let found):
            "\(document.noun)\(Self.at(place)): expected \(expected), found \(found)"
        case .digest(let document, let place, let error): "\(document.noun)\(Self.at(place)): \(error.message)"
        case .embeddedData(let place, let problem): "manifest\(Self.at(place)): \(problem)"
        case .twoTypes(let members):
            "expected the members of one type of document, found " + members.map { "`\($0)`" }.joined(separator: ", ")
        case .typesDisagree(let named, let stated):
            "expected media type \(Finding.quoted(named.description)), by which the document is named, "
                + "found \(Finding.quoted(stated.description)) stated inside it"
        case .contentDisagrees(let type):
            "expected the members of media type \(Finding.quoted(type.description)), found those of another"
        case .unknownMediaType(let type):
            "expected an image manifest or index, found media type \(Finding.quoted(type.description))"
        case .schema1: "expected a manifest of OCI or of Docker schema 2, found Docker schema 1"
        case .layoutVersion(let version): "expected image layout version `1.0.0`, found \(Finding.quoted(version))"
        case .layerCount(let manifest, let configuration):
            "expected as many diff IDs as the manifest has layers, \(manifest), found \(configuration)"
        }
    }

    /// What to say of it in a finding.
    public var code: ReasonCode {
        switch self {
        case .json(_, .tooDeep): .limitJSONDepth
        case .json(.manifest, .tooLarge): .limitManifestBytes
        case .json(.configuration, .tooLarge): .limitConfigurationBytes
        case .json(let document, _), .malformed(let document, _, _, _): document.code
        case .digest(_, _, let error): error.code
        case .embeddedData: .imageEmbeddedDataMismatch
        case .twoTypes: .imageTwoTypes
        case .typesDisagree, .contentDisagrees: .imageMediaTypeMismatch
        case .unknownMediaType: .imageUnknownMediaType
        case .schema1: .imageSchema1
        case .layoutVersion: .imageUnsupportedLayout
        case .layerCount: .imageConfigurationMismatch
        }
    }

    private static func at(_ place: String) -> String { place.isEmpty ? "" : " at `\(place)`" }
}

extension ImageReferenceError {
    /// What to say of it in a finding. A digest has codes of its own.
    public var code: ReasonCode {
        switch self {
        case .digest(let error): error.code
        default: .imageMalformedReference
        }
    }
}

extension ImageFormatError.Document {
    fileprivate var noun: String {
        switch self {
        case .manifest: "manifest"
        case .configuration: "image configuration"
        case .layout: "`oci-layout`"
        }
    }

    fileprivate var code: ReasonCode {
        switch self {
        case .manifest: .imageMalformedManifest
        case .configuration: .imageMalformedConfiguration
        case .layout: .imageMalformedLayout
        }
    }
}
