public import StrictEncoding

/// A DSSE envelope (DSSE v1.0.2, "Standard JSON envelope") of which nothing is known yet but its form: anyone may have
/// written it.
///
/// After parsing, the payload has been decoded exactly once. The bytes in ``payload`` are those that a verifier hashes
/// and those that a reader parses, so the two can never look at different things.
public struct UnverifiedEnvelope: Sendable, Hashable {
    /// What the payload claims to be, compared as bytes. Signed, see ``PreAuthenticationEncoding``.
    public let payloadType: ExactString
    /// The signed bytes (`SERIALIZED_BODY`).
    public let payload: [UInt8]
    /// At least one, in the order of the envelope.
    public let signatures: [Signature]

    /// One claim that the payload was signed.
    public struct Signature: Sendable, Hashable {
        /// An unsigned hint at the key (`keyid`). It may put one key before another when they are tried; it decides
        /// nothing.
        public let keyID: ExactString?
        /// The signature's bytes; their form depends on the key.
        public let bytes: [UInt8]
    }

    /// Parses a JSON document that is an envelope.
    ///
    /// Members that DSSE does not define are ignored, as it demands of consumers.
    ///
    /// - Throws: `EnvelopeError`: the family `dsse`, or a limit.
    public init(parsing bytes: [UInt8], limits: EnvelopeLimits = .standard) throws(EnvelopeError) {
        let document: JSONDocument
        do {
            document = try JSONDocument(
                parsing: bytes, limits: JSONLimits(bytes: limits.bytes, depth: limits.depth))
        } catch {
            throw .json(error)
        }
        try self.init(document.root, limits: limits)
    }

    /// Reads an envelope that is part of a larger document, such as a Sigstore bundle.
    ///
    /// - Throws: `EnvelopeError`, as ``init(parsing:limits:)``.
    public init(_ value: JSONValue, limits: EnvelopeLimits = .standard) throws(EnvelopeError) {
        guard let object = value.object else { throw .notAnObject }
        guard let type = object["payloadType"] else { throw .missing("payloadType") }
        guard let payloadType = type.exact else { throw .notAString("payloadType") }
        guard let encodedPayload = object["payload"] else { throw .missing("payload") }
        guard let listed = object["signatures"] else { throw .missing("signatures") }
        guard let entries = listed.array else { throw .signaturesNotAnArray }
        // Counted before anything is decoded: a refused envelope costs no more than reading it.
        guard entries.count <= limits.signatures else {
            throw .tooManySignatures(limit: limits.signatures, found: entries.count)
        }
        guard !entries.isEmpty else { throw .noSignatures }

        var signatures: [Signature] = []
        signatures.reserveCapacity(entries.count)
        for entry in entries {
            try signatures.append(Signature(entry, position: signatures.count))
        }
        do {
            payload = try encodedPayload.base64Bytes(alphabet: .standardOrURLSafe)
        } catch {
            throw .payloadNotBase64(error)
        }
        self.payloadType = payloadType
        self.signatures = signatures
    }
}

extension UnverifiedEnvelope.Signature {
    fileprivate init(_ value: JSONValue, position: Int) throws(EnvelopeError) {
        guard let object = value.object else { throw .signatureNotAnObject(position: position) }
        guard let encoded = object["sig"] else { throw .signatureMissing(position: position) }
        do {
            bytes = try encoded.base64Bytes(alphabet: .standardOrURLSafe)
        } catch {
            throw .signatureNotBase64(position: position, error)
        }
        // "An unset field MUST be treated the same as set-but-empty", and the JSON of protobuf writes unset as null.
        guard let hint = object["keyid"], !hint.isNull else {
            keyID = nil
            return
        }
        guard let text = hint.exact else { throw .notAString("keyid") }
        keyID = text.utf8.isEmpty ? nil : text
    }
}

/// What an envelope may cost before it is refused.
public struct EnvelopeLimits: Sendable, Hashable {
    /// The longest envelope, in bytes.
    public var bytes: Int
    /// The most signatures in one envelope.
    public var signatures: Int
    /// How deep its JSON may be nested.
    public var depth: Int

    /// 128 MiB: an SBOM of 50,000 components is 52 MB of JSON, a third more in base64. 1,000 signatures: far more than
    /// any signing ceremony has signers (cosign GHSA-95pr and -88jx were endless ones). 128 levels: documents in practice
    /// need 20.
    public static let standard = EnvelopeLimits()

    /// Limits of one's own.
    public init(bytes: Int = 128 << 20, signatures: Int = 1_000, depth: Int = 128) {
        self.bytes = bytes
        self.signatures = signatures
        self.depth = depth
    }
}

/// Why bytes are no acceptable DSSE envelope.
public enum EnvelopeError: Error, Equatable, Sendable {
    case json(JSONError)
    case notAnObject
    case missing(String)
    case notAString(String)
    case signaturesNotAnArray
    /// The list is there and empty: nobody signed.
    case noSignatures
    case tooManySignatures(limit: Int, found: Int)
    case payloadNotBase64(Base64Error)
    /// Positions count from zero.
    case signatureNotAnObject(position: Int)
    case signatureMissing(position: Int)
    case signatureNotBase64(position: Int, Base64Error)

    /// One line, lower case.
    public var message: String {
        switch self {
        case .json(let error): "envelope: \(error.message)"
        case .notAnObject: "expected an envelope as a JSON object, found another value"
        case .missing(let member): "expected an envelope with member `\(member)`, found none"
        case .notAString(let member): "expected a string as `\(member)` of an envelope, found another value"
        case .signaturesNotAnArray: "expected an array as `signatures` of an envelope, found another value"
        case .noSignatures: "expected at least one signature in the envelope, found none"
        case .tooManySignatures(let limit, let found):
            "expected at most \(limit) signatures in one envelope, found \(found)"
        case .payloadNotBase64(let error): "payload of the envelope: \(error.message)"
        case .signatureNotAnObject(let position):
            "expected an object as signature \(position) of the envelope, found another value"
        case .signatureMissing(let position):
            "expected signature \(position) of the envelope to have a `sig`, found none"
        case .signatureNotBase64(let position, let error): "signature \(position) of the envelope: \(error.message)"
        }
    }
}
