/// One request. Durations and limits are whole: redirects, which are not followed, and repetitions are not in them.
public struct HTTPRequest: Sendable {
    /// The methods that the program uses.
    public enum Method: String, Sendable, CaseIterable {
        case get = "GET"
        case head = "HEAD"
        case post = "POST"
        case put = "PUT"
        case patch = "PATCH"
        case delete = "DELETE"
    }

    public var method: Method
    public var url: WebURL
    public var fields: HTTPFields
    public var body: [UInt8]
    /// Most bytes of the body of a success (2xx).
    public var limit: Int
    /// For everything, from looking up the name to the last byte.
    public var deadline: Duration
    /// Which addresses the host may have.
    public var addresses: AddressPolicy
    /// Whether the host may learn who asks: without, ``HTTPConfiguration/clientCertificate`` is not shown to it.
    public var showsClientCertificate = false
    /// The path of a Unix socket that is connected to in place of the URL's host, which then only stands in the request;
    /// no name is looked up, no proxy asked, and the URL's scheme has to be `http`.
    public var socket: String?

    /// - Parameter addresses: ``AddressPolicy/any`` is for hosts that the user named; a host that another server names
    ///   gets ``AddressPolicy/global`` or what the user allowed.
    public init(
        _ method: Method, _ url: WebURL, fields: HTTPFields = HTTPFields(), body: [UInt8] = [], limit: Int,
        deadline: Duration, addresses: AddressPolicy
    ) {
        self.method = method
        self.url = url
        self.fields = fields
        self.body = body
        self.limit = limit
        self.deadline = deadline
        self.addresses = addresses
    }
}

/// One answer.
public struct HTTPResponse: Sendable, Hashable {
    /// 200 to 599: interim answers are passed over.
    public var status: Int
    public var fields: HTTPFields
    /// As it was sent: no compression is undone.
    public var body: [UInt8]

    public init(status: Int, fields: HTTPFields = HTTPFields(), body: [UInt8] = []) {
        self.status = status
        self.fields = fields
        self.body = body
    }

    /// What the head states; nil where it states nothing or no number.
    public var contentLength: Int? { fields["content-length"].flatMap { Int($0) } }
}

/// Names and values in their order. Names are found whatever their case (RFC 9110 section 5.1), compared as ASCII.
public struct HTTPFields: Sendable, Hashable, Sequence, ExpressibleByDictionaryLiteral {
    /// One line.
    public struct Field: Sendable, Hashable {
        public let name: String
        public let value: String
    }
    private var fields: [Field] = []

    public init() {}

    public init(dictionaryLiteral elements: (String, String)...) {
        for (name, value) in elements { add(name, value) }
    }

    /// The first value of this name.
    public subscript(_ name: String) -> String? { fields.first { $0.name.isSameASCII(as: name) }?.value }

    /// Every value of this name, in order.
    public func all(_ name: String) -> [String] { fields.filter { $0.name.isSameASCII(as: name) }.map(\.value) }

    public mutating func add(_ name: String, _ value: String) { fields.append(Field(name: name, value: value)) }

    public mutating func remove(_ name: String) { fields.removeAll { $0.name.isSameASCII(as: name) } }

    public func makeIterator() -> [Field].Iterator { fields.makeIterator() }
}

extension String {
    /// Equal but for the case of ASCII letters.
    func isSameASCII(as other: String) -> Bool {
        utf8.count == other.utf8.count && zip(utf8, other.utf8).allSatisfy { $0.asciiLowercased == $1.asciiLowercased }
    }
}

extension UInt8 {
    var asciiLowercased: UInt8 { (0x41...0x5a).contains(self) ? self | 0x20 : self }
    var isASCIIDigit: Bool { (0x30...0x39).contains(self) }
    var isASCIIAlphanumeric: Bool { isASCIIDigit || (0x61...0x7a).contains(asciiLowercased) }
    var isASCIIHexDigit: Bool { isASCIIDigit || (0x61...0x66).contains(asciiLowercased) }
}
