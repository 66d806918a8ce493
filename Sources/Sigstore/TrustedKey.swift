public import PKI
import StrictEncoding

/// A key that a policy, or a caller, named as one to believe. Never made from anything that came with an image.
public struct TrustedKey: Sendable, Hashable {
    public let key: PublicKey
    /// Under which schemes a signature of this key counts. Never empty, and all fit the key.
    public let schemes: [SignatureScheme]

    /// - Parameter schemes: `SignatureScheme.defaults(for:)` when nil.
    /// - Returns: nil if no scheme fits the key, because such a key could only ever refuse.
    package init?(_ key: PublicKey, schemes: [SignatureScheme]? = nil) {
        let usable = (schemes ?? SignatureScheme.defaults(for: key.kind)).filter { $0.isUsable(with: key.kind) }
        guard !usable.isEmpty else { return nil }
        self.key = key
        self.schemes = usable
    }
}

/// The keys that are tried. May be empty; then nothing verifies.
public struct TrustedKeySet: Sendable {
    /// Distinct, sorted by fingerprint.
    public let keys: [TrustedKey]
    /// Every spelling in which a hint is known to name a key, to the key's position.
    private let positions: [ExactString: Int]

    /// Keys that are given more than once count as one, which may use the schemes of all.
    package init(_ keys: some Sequence<TrustedKey>) {
        var byFingerprint: [ExactString: TrustedKey] = [:]
        for key in keys {
            let name = ExactString(key.key.fingerprint)
            let schemes = byFingerprint[name]?.schemes ?? []
            byFingerprint[name] =
                TrustedKey(key.key, schemes: schemes + key.schemes.filter { !schemes.contains($0) })
        }
        let sorted = byFingerprint.sorted { $0.key < $1.key }
        self.keys = sorted.map(\.value)
        var positions: [ExactString: Int] = [:]
        for (position, entry) in sorted.enumerated() {
            for hint in Self.hints(fingerprint: entry.key.value) { positions[hint] = position }
        }
        self.positions = positions
    }

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
