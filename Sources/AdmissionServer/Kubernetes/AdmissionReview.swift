import Findings
import StrictEncoding

/// What an API server asks (`admission.k8s.io/v1`, `AdmissionReview.request`), read once from the bytes received.
///
/// Whatever is known here was checked for its type; unknown fields are passed over. What the fields say of one another,
/// and the objects themselves, are for ``RequestedChange`` to judge.
struct AdmissionReview: Sendable {
    enum Operation: String, Sendable, CaseIterable {
        case create = "CREATE"
        case update = "UPDATE"
        case delete = "DELETE"
        case connect = "CONNECT"
    }

    /// Of the request; the answer repeats it.
    let uid: String
    /// Of ``object``: group, version and kind.
    let kind: APIName
    /// What the request is made of: group, version and the resource's name, `pods`.
    let resource: APIName
    /// `ephemeralcontainers`, `scale`; empty for the resource itself.
    let subresource: String
    let operation: Operation
    /// Nil for what isn't in a namespace. Only this one counts: an object may state any.
    let namespace: String?
    /// Of the object; nil where the API server is going to generate it.
    let name: String?
    /// Who asks the API server, as that knows them; any text.
    let username: String?
    let isDryRun: Bool
    /// Nil where there is none, or `null`.
    let object: JSONValue?
    /// As it was before; nil where there is none, or `null`.
    let oldObject: JSONValue?

    /// Two objects of the API's largest request (3 MiB each) and what stands around them.
    static let mostBytes = 8 << 20

    /// Deeper than any schema of the API.
    private static let limits = JSONLimits(bytes: mostBytes, depth: 128)

    /// `""`, `v1`, `Pod`; or a resource instead of the kind.
    struct APIName: Sendable, Hashable {
        let group: String
        let version: String
        let name: String

        /// As an object states it: `apps/v1`, and `v1` for the group without a name.
        var apiVersion: String { group.isEmpty ? version : group + "/" + version }

        /// Members that may be left out are empty, as in the API's own types.
        fileprivate init(_ fields: Fields, named name: String, required: String) throws(AdmissionReviewError) {
            group = try fields.text("group", of: required) ?? ""
            version = try fields.text("version", of: required) ?? ""
            guard let text = try fields.text(name, of: required), !version.isEmpty else {
                throw .field(required)
            }
            self.name = text
        }
    }

    /// - Throws: what keeps the request from being judged. ``uid(in:)`` says whether it can be answered at all.
    init(parsing document: JSONDocument) throws(AdmissionReviewError) {
        let request = try Self.request(in: document)
        uid = try Self.uid(of: request)
        kind = try APIName(request.object("kind"), named: "kind", required: "request.kind")
        resource = try APIName(request.object("resource"), named: "resource", required: "request.resource")
        subresource = try request.text("subResource") ?? ""
        guard let stated = try request.text("operation"),
            let operation = Operation.allCases.first(where: { $0.rawValue.utf8.elementsEqual(stated.utf8) })
        else { throw .field("request.operation") }
        self.operation = operation
        namespace = try request.text("namespace")
        if let namespace, !Self.isLabel(namespace) { throw .field("request.namespace") }
        name = try request.text("name")
        username =
            try request["userInfo"].map { value throws(AdmissionReviewError) in
                try Fields(value, "request.userInfo").text("username", of: "request.userInfo")
            } ?? nil
        if let dryRun = request["dryRun"] {
            // Whoever says something else means something by it; guessing would have effects, or none.
            guard let flag = dryRun.bool else { throw .field("request.dryRun") }
            isDryRun = flag
        } else {
            isDryRun = false
        }
        object = request["object"]
        oldObject = request["oldObject"]
    }

    /// The body as a JSON document.
    static func document(_ body: [UInt8]) throws(AdmissionReviewError) -> JSONDocument {
        do throws(JSONError) { return try JSONDocument(parsing: body, limits: limits) } catch { throw .json(error) }
    }

    /// The `uid` of the request, so that one that can't be judged is denied rather than left without an answer.
    static func uid(in document: JSONDocument) throws(AdmissionReviewError) -> String {
        try uid(of: request(in: document))
    }

    private static func uid(of request: Fields) throws(AdmissionReviewError) -> String {
        guard let uid = try request.text("uid"), uid.utf8.count <= 128 else { throw .field("request.uid") }
        return uid
    }

    private static func request(in document: JSONDocument) throws(AdmissionReviewError) -> Fields {
        let root = document.root
        guard root["kind"]?.isIdentical(to: "AdmissionReview") == true else { throw .notAReview }
        guard root["apiVersion"]?.isIdentical(to: apiVersion) == true else {
            throw .version(root["apiVersion"]?.string ?? "")
        }
        guard let request = root["request"] else { throw .field("request") }
        return try Fields(request, "request")
    }

    static let apiVersion = "admission.k8s.io/v1"

    /// RFC 1123, as namespaces are named: at most 63 lower-case letters, digits and `-`.
    static func isLabel(_ text: String) -> Bool {
        let isEdge = { (byte: UInt8) in
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
                || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
        }
        guard (1...63).contains(text.utf8.count), let first = text.utf8.first, let last = text.utf8.last else {
            return false
        }
        return isEdge(first) && isEdge(last) && text.utf8.allSatisfy { isEdge($0) || $0 == UInt8(ascii: "-") }
    }

    /// The members of an object; `null` is the same as nothing, as Go's decoder has it.
    fileprivate struct Fields {
        private let members: JSONObject

        init(_ value: JSONValue, _ name: String) throws(AdmissionReviewError) {
            guard let members = value.object else { throw .field(name) }
            self.members = members
        }

        subscript(_ name: String) -> JSONValue? {
            guard let value = members[name], !value.isNull else { return nil }
            return value
        }

        /// Nil for what is missing or empty.
        func text(_ name: String, of parent: String = "request") throws(AdmissionReviewError) -> String? {
            guard let value = self[name] else { return nil }
            guard let text = value.string else { throw .field(parent + "." + name) }
            return text.isEmpty ? nil : text
        }

        func object(_ name: String) throws(AdmissionReviewError) -> Fields {
            guard let value = self[name] else { throw .field("request." + name) }
            return try Fields(value, "request." + name)
        }
    }
}

/// Why a body is no request that can be judged.
enum AdmissionReviewError: Error, Equatable, Sendable {
    case json(JSONError)
    /// Another kind of object.
    case notAReview
    /// Another version of the API, `admission.k8s.io/v1beta1` for one: it was removed with Kubernetes 1.22, and an answer
    /// in `v1` would not be understood.
    case version(String)
    /// Missing, or not what it has to be.
    case field(String)

    var message: String {
        switch self {
        case .json(let error): error.message
        case .notAReview: "expected an object of kind `AdmissionReview`, found another"
        case .version(let found):
            "expected `apiVersion` `\(AdmissionReview.apiVersion)`, found \(Finding.quoted(found, limit: 64))"
        case .field(let name): "expected a good `\(name)` in the AdmissionReview, found none"
        }
    }
}
