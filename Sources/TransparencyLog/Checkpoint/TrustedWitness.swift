import Findings
public import PKI
public import StrictEncoding

/// A key that is believed to cosign only trees that are consistent with all it saw before (C2SP tlog-cosignature).
/// Never made from anything that came with an image.
public struct TrustedWitness: Sendable, Hashable {
    /// The name in its signature lines.
    public let name: ExactString
    /// Ed25519.
    public let publicKey: PublicKey
    /// What its signature lines begin with.
    public let keyID: NoteKeyID

    /// - Returns: nil for another key than Ed25519, the only one that `cosignature/v1` knows.
    package init?(name: ExactString, publicKey: PublicKey) {
        guard publicKey.kind == .ed25519, !name.utf8.isEmpty else { return nil }
        self.name = name
        self.publicKey = publicKey
        keyID = .ofWitness(named: name, publicKey)
    }

    /// The time that a `timestamped_signature` states, if this key made it over the text of a checkpoint.
    func time(ofCosignature bytes: [UInt8], over text: [UInt8]) -> Instant? {
        guard bytes.count == 8 + 64 else { return nil }
        let seconds = bytes.prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        // "It MUST NOT exceed 2^63 - 1"; and an instant has to be able to say it.
        guard let number = Int64(exactly: seconds) else { return nil }
        let time = Instant(secondsSince1970: number)
        guard time.secondsSince1970 == number else { return nil }
        let header = Array("cosignature/v1\ntime \(number)\n".utf8)
        let message = SignedMessage(parts: [header[...], text[...]])
        return publicKey.isValid(Array(bytes.dropFirst(8)), over: message, scheme: .ed25519) ? time : nil
    }
}

/// How many of which witnesses have to have cosigned a checkpoint.
public struct WitnessRequirement: Sendable, Hashable {
    /// Whose cosignatures are looked for.
    public let witnesses: [TrustedWitness]
    /// The least number of distinct ones.
    public let atLeast: Int

    /// No witness is asked for, as Sigstore's public roots have it.
    public static let none = WitnessRequirement(witnesses: [], atLeast: 0)

    private init(witnesses: [TrustedWitness], atLeast: Int) {
        self.witnesses = witnesses
        self.atLeast = atLeast
    }

    /// - Returns: nil if it asks for none, or for more distinct keys than are given: the one proves nothing, the other
    ///   can never hold.
    package init?(atLeast: Int, of witnesses: [TrustedWitness]) {
        guard atLeast > 0, atLeast <= Set(witnesses.map(\.publicKey)).count else { return nil }
        self.init(witnesses: witnesses, atLeast: atLeast)
    }
}
