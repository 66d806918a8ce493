import StrictEncoding

/// A request, whole.
struct IncomingRequest: Sendable {
    let method: String
    /// Path and query as sent.
    let target: String
    let headers: [(name: String, value: String)]
    let body: [UInt8]

    /// Up to the query.
    var path: String { String(target.prefix { $0 != "?" }) }

    /// The query's parameters, decoded.
    var query: [String: String] { Form.decode(target.drop { $0 != "?" }.dropFirst()) }

    func header(_ name: String) -> String? {
        headers.first { $0.name.lowercased() == name.lowercased() }?.value
    }
}

/// An answer, and how it is delivered.
struct Reply: Sendable {
    enum Delivery: Sendable {
        case whole
        case reset(after: Int?)
        case truncated(after: Int)
        case drip(bytes: Int, pause: Duration)
        case endless
        case silence
    }

    var status: Int
    var headers: [(name: String, value: String)] = []
    var body: [UInt8] = []
    var delivery = Delivery.whole
    var delay: Duration?
    /// What `Content-Length` says, if not the truth.
    var statedLength: Int?

    init(_ status: Int, type: String? = nil, body: [UInt8] = []) {
        self.status = status
        self.body = body
        if let type { set("Content-Type", type) }
    }

    /// distribution-spec "Error Codes".
    static func error(_ status: Int, _ code: String, _ message: String) -> Reply {
        let tree: JSONTree = ["errors": [["code": .string(code), "message": .string(message)]]]
        return Reply(status, type: "application/json", body: tree.canonicalBytes())
    }

    static func json(_ tree: JSONTree, type: String = "application/json") -> Reply {
        Reply(200, type: type, body: tree.canonicalBytes())
    }

    func header(_ name: String) -> String? {
        headers.first { $0.name.lowercased() == name.lowercased() }?.value
    }

    /// Replaces a header, or with nil removes it.
    mutating func set(_ name: String, _ value: String?) {
        headers.removeAll { $0.name.lowercased() == name.lowercased() }
        if let value { headers.append((name, value)) }
    }
}

/// `application/x-www-form-urlencoded`.
enum Form {
    static func decode(_ text: some StringProtocol) -> [String: String] {
        var fields: [String: String] = [:]
        for pair in text.split(separator: "&") {
            let halves = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let value = unescape(halves.count > 1 ? halves[1] : "")
            let name = unescape(halves[0])
            // `scope` may come more than once.
            fields[name] = fields[name].map { $0 + " " + value } ?? value
        }
        return fields
    }

    private static func unescape(_ text: some StringProtocol) -> String {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "+"): bytes.append(0x20)
            case UInt8(ascii: "%"):
                let digits = String(decoding: rest.prefix(2), as: UTF8.self)
                if let escaped = UInt8(digits, radix: 16) {
                    bytes.append(escaped)
                    rest = rest.dropFirst(2)
                } else {
                    bytes.append(byte)
                }
            default: bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
