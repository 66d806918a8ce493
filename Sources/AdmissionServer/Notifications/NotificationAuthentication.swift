import Crypto
public import StrictEncoding

/// A secret that is shared with a sender, or with the receiver of what we send. Read at each use, so that a file that was
/// replaced counts from the next request on.
///
/// While one is being replaced there are two: each is accepted, the first is used to sign.
public struct SharedSecret: Sendable {
    private let read: @Sendable () -> [[UInt8]]

    /// Fewest bytes of a secret: 128 bits, what RFC 4868 section 2.1.2 and common sense ask of a key that is guessed
    /// offline. A shorter one counts as none.
    public static let fewestBytes = 16

    public init(_ values: [[UInt8]]) { read = { values } }

    /// - Parameter read: the values that hold now; called at each use, so it must not block.
    public init(reading read: @escaping @Sendable () -> [[UInt8]]) { self.read = read }

    /// Those that are long enough to count. Where there is none nothing is accepted.
    var values: [[UInt8]] { read().filter { $0.count >= Self.fewestBytes } }
}

/// How a registry proves that a body is its own. Several may be asked for; then each must hold.
public enum NotificationAuthentication: Sendable {
    /// A header with a fixed value, which is all that Distribution and Harbor can send. Over TLS only, or whoever
    /// listens has it.
    case header(name: String, value: SharedSecret)
    /// A keyed hash of the body.
    case signature(NotificationSignature)
    /// A client certificate or a token, already verified by the server, of one of these identities.
    case caller([ExactString])
    /// Anyone. Has to be asked for, and is said at the start and by readiness.
    case insecureAnyone
}

/// Why a body is not taken for the registry's own. The caller learns none of it: each is the same 401.
public enum NotificationAuthenticationError: Error, Equatable, Sendable {
    case missingHeader
    case wrongHeader
    case missingSignature
    case malformedSignature
    case wrongSignature
    case missingTimestamp
    case malformedTimestamp
    /// Seconds between the time stated and now; positive for one in the past.
    case untimely(Int64)
    case missingCaller
    case otherCaller
    /// No secret is configured that is long enough.
    case noSecret
}

extension NotificationAuthentication {
    /// - Throws: `NotificationAuthenticationError` unless the sender proved itself in this way.
    func check(
        headers: [String: String], body: [UInt8], caller: ExactString?, at now: Instant
    ) throws(NotificationAuthenticationError) {
        switch self {
        case .header(let name, let secret):
            guard let found = headers[name.lowercased()] else { throw .missingHeader }
            let values = secret.values
            guard !values.isEmpty else { throw .noSecret }
            // Every value is compared, so that the time taken does not say which one was near.
            let isRight = values.map { ConstantTime.areEqual(found.utf8, $0) }.contains(true)
            guard isRight else { throw .wrongHeader }
        case .signature(let signature):
            try signature.check(headers: headers, body: body, at: now)
        case .caller(let allowed):
            guard let caller else { throw .missingCaller }
            guard allowed.contains(caller) else { throw .otherCaller }
        case .insecureAnyone: break
        }
    }
}

/// A hash-based message authentication code (RFC 2104) over the body as it was received, in a header.
///
/// With a timestamp the code is over `TIMESTAMP`, a separator, and the body, and counts only near that time. Without one
/// a body that was seen can be sent again for ever; what it can do then is to have an image judged once more.
public struct NotificationSignature: Sendable {
    public enum Algorithm: String, Sendable, Hashable, CaseIterable { case sha256, sha384, sha512 }
    public enum Encoding: String, Sendable, Hashable, CaseIterable { case hex, base64 }

    /// A time in decimal seconds since 1970 that the code covers.
    public struct Timestamp: Sendable, Hashable {
        /// Name of the header it stands in.
        public var header: String
        /// Most seconds between it and now, in either direction.
        public var tolerance: Int64
        /// Between it and the body in what is hashed.
        public var separator: String

        public init(header: String, tolerance: Int64 = 300, separator: String = ".") {
            self.header = header
            self.tolerance = tolerance
            self.separator = separator
        }
    }

    public var header: String
    /// Before the code, as `sha256=`; required where not empty.
    public var prefix: String
    public var algorithm: Algorithm
    public var encoding: Encoding
    public var timestamp: Timestamp?
    public var secret: SharedSecret

    public init(
        header: String, prefix: String = "", algorithm: Algorithm = .sha256, encoding: Encoding = .hex,
        timestamp: Timestamp? = nil, secret: SharedSecret
    ) {
        self.header = header
        self.prefix = prefix
        self.algorithm = algorithm
        self.encoding = encoding
        self.timestamp = timestamp
        self.secret = secret
    }

    /// - Throws: `NotificationAuthenticationError` unless the code is right, and timely where it has a time.
    func check(headers: [String: String], body: [UInt8], at now: Instant) throws(NotificationAuthenticationError) {
        guard let found = headers[header.lowercased()] else { throw .missingSignature }
        guard let code = decoded(found) else { throw .malformedSignature }
        var covered: [UInt8] = []
        var stated: Int64?
        if let timestamp {
            guard let text = headers[timestamp.header.lowercased()] else { throw .missingTimestamp }
            // Only one way to write a number: what is hashed is the text, what is compared with the clock its value.
            guard text.utf8.count <= 12, !text.utf8.isEmpty, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
                let seconds = Int64(text)
            else { throw .malformedTimestamp }
            stated = seconds
            covered = Array(text.utf8) + Array(timestamp.separator.utf8)
        }
        let keys = secret.values
        guard !keys.isEmpty else { throw .noSecret }
        // Every key is tried, so that the time taken does not say which one was near.
        var isRight = false
        for key in keys where Self.isCode(code, of: covered, body, by: key, algorithm) { isRight = true }
        guard isRight else { throw .wrongSignature }
        if let timestamp, let stated {
            let age = now.secondsSince1970 - stated
            guard age.magnitude <= UInt64(max(0, timestamp.tolerance)) else { throw .untimely(age) }
        }
    }

    private func decoded(_ text: String) -> [UInt8]? {
        guard text.utf8.count <= 1024, text.utf8.starts(with: prefix.utf8) else { return nil }
        let rest = String(Substring(text.utf8.dropFirst(prefix.utf8.count)))
        let code: [UInt8]?
        switch encoding {
        case .hex: code = try? Hex.decodeAnyCase(rest)
        case .base64: code = try? Base64.decode(rest)
        }
        return code
    }

    /// In time that depends on the lengths alone (swift-crypto's comparison).
    private static func isCode(
        _ code: [UInt8], of before: [UInt8], _ body: [UInt8], by key: [UInt8], _ algorithm: Algorithm
    ) -> Bool {
        let key = SymmetricKey(data: key)
        func isCode<Hash: HashFunction>(_: Hash.Type) -> Bool {
            // Of the full length: a code that was cut is a weaker one, down to a byte that is guessed.
            guard code.count == Hash.Digest.byteCount else { return false }
            var hash = HMAC<Hash>(key: key)
            hash.update(data: before)
            hash.update(data: body)
            return hash.finalize() == code
        }
        return switch algorithm {
        case .sha256: isCode(SHA256.self)
        case .sha384: isCode(SHA384.self)
        case .sha512: isCode(SHA512.self)
        }
    }
}
