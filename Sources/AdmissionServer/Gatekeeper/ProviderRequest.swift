import Findings
import StrictEncoding

/// What Gatekeeper asks an external data provider (`externaldata.gatekeeper.sh/v1beta1`).
struct ProviderRequest: Sendable {
    /// Distinct, in the order of their first mention.
    let keys: [String]

    static let apiVersion = "externaldata.gatekeeper.sh/v1beta1"
    static let mostBytes = 1 << 20
    /// Images of one object, or of the few that Gatekeeper asks about at once.
    static let mostKeys = 256

    init(parsing body: [UInt8]) throws(ProviderRequestError) {
        let root: JSONValue
        do throws(JSONError) {
            root = try JSONDocument(parsing: body, limits: JSONLimits(bytes: Self.mostBytes, depth: 16)).root
        } catch {
            throw .json(error)
        }
        guard root["apiVersion"]?.isIdentical(to: Self.apiVersion) == true,
            root["kind"]?.isIdentical(to: "ProviderRequest") == true
        else { throw .notARequest }
        guard let keys = root["request"]?["keys"]?.array else { throw .noKeys }
        guard keys.count <= Self.mostKeys else { throw .tooManyKeys(limit: Self.mostKeys) }
        var distinct: [String] = []
        var seen: Set<ExactString> = []
        for key in keys {
            guard let text = key.string else { throw .noKeys }
            if seen.insert(ExactString(text)).inserted { distinct.append(text) }
        }
        self.keys = distinct
    }
}

/// One thing that is asked: `IMAGE`, or `NAMESPACE|IMAGE`.
///
/// Neither a namespace nor a reference may hold the separator, so a key has one reading.
struct ProviderKey: Sendable, Hashable {
    /// Nil for a key that names none: then only policies for every namespace speak for the image, and every guardrail.
    let namespace: String?
    let image: String

    /// Nil for a key of another form: more than one separator, or something before it that is no namespace. What follows
    /// it is judged like any image, and rejected if it is no reference.
    init?(_ key: String) {
        let separator = UInt8(ascii: "|")
        let parts = key.utf8.split(separator: separator, maxSplits: 2, omittingEmptySubsequences: false)
        switch parts.count {
        case 1:
            namespace = nil
            image = key
        case 2:
            let stated = String(Substring(parts[0]))
            guard AdmissionReview.isLabel(stated) else { return nil }
            namespace = stated
            image = String(Substring(parts[1]))
        default: return nil
        }
    }
}

/// Why a body is no request of Gatekeeper's.
enum ProviderRequestError: Error, Equatable, Sendable {
    case json(JSONError)
    /// Another kind or version.
    case notARequest
    /// `request.keys` is no list of texts.
    case noKeys
    case tooManyKeys(limit: Int)

    var message: String {
        switch self {
        case .json(let error): error.message
        case .notARequest: "expected a `ProviderRequest` of `\(ProviderRequest.apiVersion)`, found something else"
        case .noKeys: "expected a list of texts as `request.keys`, found none"
        case .tooManyKeys(let limit): "expected at most \(limit) keys, found more"
        }
    }
}
