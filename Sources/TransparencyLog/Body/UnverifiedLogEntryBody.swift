import StrictEncoding

/// What a log entry says: which signature of which key over what. Parsed from `canonicalizedBody`, never believed: it is
/// compared with the evidence by ``matches(_:)``, and no fact is ever taken from it.
public struct UnverifiedLogEntryBody: Sendable, Hashable {
    /// The kind that the body states and the entry agrees with.
    public let kind: LogEntryKind
    let subject: Subject
    /// At least one.
    let claims: [Claim]

    /// What the signatures are over, by its hash.
    enum Subject: Sendable, Hashable {
        /// `hashedrekord`.
        case signedBytes(LoggedHash)
        /// `dsse`, `intoto` 0.0.2.
        case payload(LoggedHash, payloadType: ExactString?)
        /// `intoto` 0.0.1: the envelope as uploaded, and its payload, which old entries lack.
        case envelope(LoggedHash, payload: LoggedHash?)
    }

    /// One signature and what verifies it.
    struct Claim: Sendable, Hashable {
        /// Nil where a kind of entry has none.
        let signature: [UInt8]?
        let material: LoggedItem.Material
    }

    /// Parses the body of an entry.
    ///
    /// - Throws: `LogEntryBodyError`: a limit, JSON that is not strict, a kind that is not understood or not the one that
    ///   the entry states, or a member that is missing or malformed. Members that no kind defines are ignored.
    public init(of entry: UnverifiedLogEntry) throws(LogEntryBodyError) {
        let kind = try LogEntryKind(kind: entry.kind, version: entry.version)
        let document: JSONDocument
        do {
            document = try JSONDocument(
                parsing: entry.canonicalizedBody, limits: JSONLimits(bytes: Self.maximumByteCount, depth: 32))
        } catch {
            throw .json(error)
        }
        let root = document.root
        guard let statedKind = root["kind"]?.exact, let statedVersion = root["apiVersion"]?.exact else {
            throw .malformed("kind")
        }
        guard statedKind == entry.kind, statedVersion == entry.version else {
            throw .otherKind(kind: statedKind.value, version: statedVersion.value)
        }
        guard let spec = root["spec"], spec.object != nil else { throw .malformed("spec") }
        let reader = LogEntryBodyReader(spec: spec)
        self.kind = kind
        (subject, claims) =
            switch kind {
            case .hashedrekord001: try reader.hashedrekord001()
            case .hashedrekord002: try reader.hashedrekord002()
            case .dsse001: try reader.dsse001()
            case .intoto001: try reader.intoto001()
            case .intoto002: try reader.intoto002()
            }
    }

    /// Rekor takes no entry beyond 32 MiB, and leaves payloads out of most bodies.
    static let maximumByteCount = 32 << 20
    /// The most signatures of an entry, and the most PEM blocks of one verifier.
    static let maximumClaims = 100
}

extension UnverifiedLogEntryBody {
    /// Checks that the entry is about this item: the same content by its hash, the same signature, and the same
    /// certificate or key, all compared as bytes (cosign CVE-2022-36056, CVE-2024-51746, CVE-2026-22703).
    ///
    /// Signature and key have to stand together in the entry; what other signatures an envelope had does not matter.
    ///
    /// - Throws: `LogEntryBodyError`: what differs first.
    public func matches(_ item: LoggedItem) throws(LogEntryBodyError) {
        try matchContent(item.content)
        let signed = claims.filter { $0.signature == nil || $0.signature == item.signature }
        guard !signed.isEmpty else { throw .otherSignature }
        guard signed.contains(where: { $0.material == item.material }) else { throw .otherKey }
    }

    private func matchContent(_ content: LoggedItem.Content) throws(LogEntryBodyError) {
        switch (content, subject) {
        case (.message(let message), .signedBytes(let logged)):
            guard LoggedHash(of: message, using: logged.algorithm) == logged else { throw .otherContent }
        case (.hashedMessage(let hashes), .signedBytes(let logged)):
            let known = hashes.filter { $0.algorithm == logged.algorithm }
            guard !known.isEmpty else { throw .otherHashAlgorithm(logged.algorithm) }
            guard known.allSatisfy({ $0 == logged }) else { throw .otherContent }
        case (.envelope(let envelope), .signedBytes(let logged)):
            // Rekor 1 logs envelopes as `dsse` and `intoto` only.
            guard kind == .hashedrekord002 else { throw .kindOfOtherContent(kind) }
            guard LoggedHash(of: envelope.preAuthenticationEncoding, using: logged.algorithm) == logged else {
                throw .otherContent
            }
        case (.envelope(let envelope), .payload(let logged, let payloadType)):
            guard LoggedHash(of: envelope.payload, using: logged.algorithm) == logged else { throw .otherContent }
            if let payloadType, payloadType != envelope.payloadType { throw .otherContent }
        case (.envelope(let envelope), .envelope(let logged, let payload)):
            // Where the envelope is known as it was uploaded, its hash covers the signature too. Elsewhere the entry
            // shows that its key signed this payload, if by another signature.
            if let received = envelope.received {
                guard LoggedHash(of: received, using: logged.algorithm) == logged else { throw .otherContent }
            }
            if let payload {
                guard LoggedHash(of: envelope.payload, using: payload.algorithm) == payload else {
                    throw .otherContent
                }
            }
            guard envelope.received != nil || payload != nil else { throw .otherContent }
        case (.message, .payload), (.message, .envelope), (.hashedMessage, .payload), (.hashedMessage, .envelope):
            throw .kindOfOtherContent(kind)
        }
    }
}
