public import PKI
public import StrictEncoding

/// The keys with which npm's registry signs, from its key document: `registry.npmjs.org/keys.json` in Sigstore's TUF
/// repository. The document itself is not signed; who hands it in vouches for it.
public struct RegistryKeys: Sendable {
    /// In the order of the document. One key stands there once for each use.
    public let keys: [RegistryKey]
    /// What the document lists and this program can't use, as if it were not there.
    public let unusable: [SigstoreTrustedRoot.Unusable]

    /// Reads the document. Members that it does not define are ignored; an element that can't be used (an unknown
    /// algorithm, a validity without a start) is left out and listed in ``unusable``.
    ///
    /// - Throws: `SignedItemError`: for what is no such document, and for one that is longer than
    ///   ``longestFile`` or lists more than 100 keys.
    public init(parsing bytes: [UInt8]) throws(SignedItemError) {
        let document: JSONDocument
        do {
            document = try JSONDocument(parsing: bytes, limits: JSONLimits(bytes: Self.longestFile, depth: 16))
        } catch {
            throw .json(error)
        }
        let root = try BundleObject(document.root, place: "registry keys")
        guard root["keys"] != nil else { throw .missing("keys") }
        var keys: [RegistryKey] = []
        var unusable: [SigstoreTrustedRoot.Unusable] = []
        for (position, value) in try root.elements("keys").enumerated() {
            let place = "keys[\(position)]"
            let element = try BundleObject(value, place: place)
            guard let usage = try element.text("keyUsage") else { throw .missing("keyUsage") }
            let keyID = try element.text("keyId") ?? ""
            do throws(TrustedRootParts.Unusable) {
                let read = try TrustedRootParts.publicKey(element)
                guard let key = TrustedKey(read.key, schemes: read.schemes) else {
                    throw TrustedRootParts.Unusable(reason: "expected a key that signs, found none that can")
                }
                keys.append(RegistryKey(key: key, usage: usage, keyID: keyID, validFor: read.validFor))
            } catch {
                unusable.append(.init(place: place, reason: error.reason))
            }
        }
        (self.keys, self.unusable) = (keys, unusable)
    }

    /// 1 MiB, hundreds of times a real one.
    public static let longestFile = 1 << 20

    /// The keys of one use. Those of another never count: what signs packages says nothing of attestations.
    public func keys(for usage: ExactString) -> [RegistryKey] { keys.filter { $0.usage == usage } }
}

/// A key of a registry, for one use.
public struct RegistryKey: Sendable, Hashable {
    public let key: TrustedKey
    public let usage: ExactString
    /// What signatures state as their hint at the key, with npm its fingerprint as OpenSSH has it. It decides nothing.
    public let keyID: ExactString
    /// Both ends included. A signature counts only if its verified time lies within.
    public let validFor: ValidityPeriod

    /// `npm:attestations`: publish attestations.
    public static let attestations: ExactString = "npm:attestations"
    /// `npm:signatures`: over the name, version and hash of a package, outside of any attestation.
    public static let signatures: ExactString = "npm:signatures"
}
