public import PKI
public import StrictEncoding

/// A key that a policy, or a caller, named as one to believe. Never made from anything that came with an image.
public struct TrustedKey: Sendable, Hashable {
    public let key: PublicKey
    /// Under which schemes a signature of this key counts. Never empty, and all fit the key.
    public let schemes: [SignatureScheme]
    /// The key IDs under which alone it is tried; under any if nil. That narrows and proves nothing, since a key ID is not
    /// signed (DSSE "Protocol").
    public let keyIDs: Set<ExactString>?
    /// Whether a signature over the payload alone counts as well, without its type (``CloudBuildKey``). Such a signature
    /// could have been made for another purpose, over bytes that only look like a statement.
    public let insecureSignsPayloadAlone: Bool

    /// - Parameter schemes: `SignatureScheme.defaults(for:)` when nil.
    /// - Returns: nil if no scheme fits the key, because such a key could only ever refuse.
    package init?(
        _ key: PublicKey, schemes: [SignatureScheme]? = nil, keyIDs: Set<ExactString>? = nil,
        insecureSignsPayloadAlone: Bool = false
    ) {
        let usable = (schemes ?? SignatureScheme.defaults(for: key.kind)).filter { $0.isUsable(with: key.kind) }
        guard !usable.isEmpty else { return nil }
        self.key = key
        self.schemes = usable
        self.keyIDs = keyIDs
        self.insecureSignsPayloadAlone = insecureSignsPayloadAlone
    }
}

/// The keys that are tried. May be empty; then nothing verifies.
public struct TrustedKeySet: Sendable {
    /// Sorted by fingerprint, and distinct but for keys that are trusted in two ways.
    public let keys: [TrustedKey]
    /// Every spelling in which a hint is known to name a key, to the key's position.
    private let positions: [ExactString: Int]

    /// A key that is given more than once, under the same key IDs and framing, counts as one, which may use the schemes of
    /// all.
    package init(_ keys: some Sequence<TrustedKey>) {
        var distinct: [Way: TrustedKey] = [:]
        for key in keys {
            let way = Way(key)
            let schemes = distinct[way]?.schemes ?? []
            distinct[way] = TrustedKey(
                key.key, schemes: schemes + key.schemes.filter { !schemes.contains($0) }, keyIDs: key.keyIDs,
                insecureSignsPayloadAlone: key.insecureSignsPayloadAlone)
        }
        let sorted = distinct.sorted { $0.key < $1.key }
        self.keys = sorted.map(\.value)
        var positions: [ExactString: Int] = [:]
        for (position, entry) in sorted.enumerated() {
            for hint in Self.hints(fingerprint: entry.key.fingerprint.value) { positions[hint] = position }
            for hint in entry.value.keyIDs ?? [] { positions[hint] = position }
        }
        self.positions = positions
    }

    /// A key and how it is trusted.
    private struct Way: Hashable, Comparable {
        let fingerprint: ExactString
        let keyIDs: [ExactString]?
        let payloadAlone: Bool

        init(_ key: TrustedKey) {
            fingerprint = ExactString(key.key.fingerprint)
            keyIDs = key.keyIDs?.sorted()
            payloadAlone = key.insecureSignsPayloadAlone
        }

        static func < (a: Way, b: Way) -> Bool {
            if a.fingerprint != b.fingerprint { return a.fingerprint < b.fingerprint }
            if a.payloadAlone != b.payloadAlone { return b.payloadAlone }
            return (a.keyIDs ?? []).lexicographicallyPrecedes(b.keyIDs ?? [])
        }
    }

    /// Nobody's: for verifying what certificates' keys signed.
    public static let none = TrustedKeySet([])

    public var isEmpty: Bool { keys.isEmpty }

    func key(named fingerprint: ExactString) -> PublicKey? {
        keys.first { ExactString($0.key.fingerprint) == fingerprint }?.key
    }

    /// Where the key lies that a hint names; nil if the hint says nothing known here.
    func position(ofHint hint: ExactString?) -> Int? { hint.flatMap { positions[$0] } }

    /// The hash of the key's `SubjectPublicKeyInfo`: in hexadecimal with and without its algorithm, and in base64 as
    /// cosign 3 writes it.
    private static func hints(fingerprint: String) -> [ExactString] {
        let hex = String(fingerprint.drop { $0 != ":" }.dropFirst())
        let base64 = (try? Hex.decode(hex)).map { ExactString(Base64.encode($0)) }
        return [ExactString(fingerprint), ExactString(hex)] + (base64.map { [$0] } ?? [])
    }
}
