public import Attestation
public import Content
import StrictEncoding

extension UnverifiedSignedItem {
    /// Parses a Sigstore bundle of version 0.1, 0.2 or 0.3 (sigstore/protobuf-specs, `sigstore_bundle.proto`).
    ///
    /// Members are read in lowerCamelCase, which is what every writer writes. The JSON of protobuf lets readers accept
    /// the names with underscores too; a bundle that uses one of those is refused, so that no reader sees an envelope
    /// that another does not. Members that the format does not define are ignored.
    ///
    /// What holds afterwards: exactly one envelope with exactly one signature, and exactly one kind of verification
    /// material. Whether DSSE's `keyid` equals the bundle's hint is not checked, although the format asks for it: both
    /// are hints that decide nothing, and sigstore-go, which makes cosign's bundles, writes only one of them.
    ///
    /// - Parameter evidence: the digest of `bytes` if the caller has it; computed otherwise.
    /// - Throws: `SignedItemError`, also for a bundle that is well formed but holds no envelope.
    public init(
        bundle bytes: [UInt8], evidence: Digest? = nil, limits: EnvelopeLimits = .standard
    ) throws(SignedItemError) {
        let document: JSONDocument
        do {
            document = try JSONDocument(
                parsing: bytes, limits: JSONLimits(bytes: limits.bytes, depth: limits.depth))
        } catch {
            throw .json(error)
        }
        try self.init(bundle: document.root, evidence: evidence ?? Digest(of: bytes), limits: limits)
    }

    init(bundle value: JSONValue, evidence: Digest, limits: EnvelopeLimits) throws(SignedItemError) {
        let bundle = try BundleObject(value, place: "bundle")
        try SigstoreBundle.requireKnownMediaType(bundle["mediaType"])
        let material = try bundle.object("verificationMaterial")
        let kind = try SigstoreBundle.material(material)
        let entries = try material.rawElements("tlogEntries")
        let timestamps = try material.optionalObject("timestampVerificationData")?.rawElements("rfc3161Timestamps")

        let content = try bundle.exactlyOne(of: ["dsseEnvelope", "messageSignature"])
        guard content.name == "dsseEnvelope" else { throw .messageSignature }
        let envelope: UnverifiedEnvelope
        do {
            envelope = try UnverifiedEnvelope(content.value, limits: limits)
        } catch {
            throw .envelope(error)
        }
        // "a client MUST reject an envelope if the number of signatures is not equal to one"
        guard envelope.signatures.count == 1 else { throw .bundleSignatureCount(envelope.signatures.count) }
        self.init(
            form: .bundle, content: .dsse(envelope), material: kind, evidence: evidence, logEntries: entries,
            timestamps: timestamps ?? [])
    }
}

/// The rules of the bundle format.
enum SigstoreBundle {
    /// Every media type that a bundle of a supported version may state, in full.
    static let mediaTypes: [String] = [
        "application/vnd.dev.sigstore.bundle.v0.3+json",
        "application/vnd.dev.sigstore.bundle+json;version=0.3",
        "application/vnd.dev.sigstore.bundle+json;version=0.2",
        "application/vnd.dev.sigstore.bundle+json;version=0.1",
    ]

    /// What the media type of a bundle of any version begins with.
    static let mediaTypePrefix = "application/vnd.dev.sigstore.bundle"

    /// A bundle has a handful of each; a hundred log entries are no proof of more than one.
    static let maximumElements = 100

    static func requireKnownMediaType(_ value: JSONValue?) throws(SignedItemError) {
        guard let value, let text = value.string else { throw .missing("mediaType") }
        guard mediaTypes.contains(where: { value.isIdentical(to: $0) }) else { throw .unknownMediaType(text) }
    }

    /// `VerificationMaterial.content`: exactly one of three. What a certificate member holds is not looked at, so a raw
    /// key in its place is no key (cosign GHSA-fx35-mq7g-6g98).
    static func material(_ material: BundleObject) throws(SignedItemError) -> UnverifiedSignedItem.Material {
        let content = try material.exactlyOne(of: ["publicKey", "x509CertificateChain", "certificate"])
        guard content.name == "publicKey" else { return .certificate }
        // The message has a hint and nothing else. Whatever else stands here is ignored, above all a key.
        let identifier = try BundleObject(content.value, place: "publicKey")
        guard let hint = identifier["hint"] else { return .publicKeyHint("") }
        guard let text = hint.exact else { throw .malformed("publicKey.hint") }
        return .publicKeyHint(text)
    }
}

/// An object of a bundle: `null` is the same as absent, and names with underscores are refused.
struct BundleObject {
    private let object: JSONObject
    private let place: String

    /// The names of the bundle format that have more than one word.
    private static let names = [
        "mediaType", "verificationMaterial", "messageSignature", "dsseEnvelope", "publicKey", "x509CertificateChain",
        "tlogEntries", "timestampVerificationData", "rfc3161Timestamps",
    ]

    init(_ value: JSONValue, place: String) throws(SignedItemError) {
        guard let object = value.object else { throw .malformed(place) }
        self.object = object
        self.place = place
        for (name, _) in object where name.utf8.contains(UInt8(ascii: "_")) {
            if let known = Self.names.first(where: { Self.underscored($0).utf8.elementsEqual(name.utf8) }) {
                throw .underscoredName(known)
            }
        }
    }

    subscript(_ name: String) -> JSONValue? { object[name].flatMap { $0.isNull ? nil : $0 } }

    func object(_ name: String) throws(SignedItemError) -> BundleObject {
        guard let found = try optionalObject(name) else { throw .missing(name) }
        return found
    }

    func optionalObject(_ name: String) throws(SignedItemError) -> BundleObject? {
        guard let value = self[name] else { return nil }
        return try BundleObject(value, place: name)
    }

    /// The one of these members that is set.
    func exactlyOne(of names: [String]) throws(SignedItemError) -> (name: String, value: JSONValue) {
        let set = names.compactMap { name in self[name].map { (name: name, value: $0) } }
        guard let only = set.first, set.count == 1 else {
            throw .notExactlyOne(of: names, found: set.map(\.name))
        }
        return only
    }

    /// The elements of an array, as received; empty if it is absent.
    func rawElements(_ name: String) throws(SignedItemError) -> [[UInt8]] {
        guard let value = self[name] else { return [] }
        guard let array = value.array else { throw .malformed(name) }
        guard array.count <= SigstoreBundle.maximumElements else {
            throw .tooManyElements(name, limit: SigstoreBundle.maximumElements, found: array.count)
        }
        return array.map { Array($0.rawBytes) }
    }

    /// `mediaType` as protobuf declares it: `media_type`.
    private static func underscored(_ name: String) -> String {
        name.unicodeScalars.reduce(into: "") { text, scalar in
            text += ("A"..."Z").contains(scalar) ? "_" + String(scalar).lowercased() : String(scalar)
        }
    }
}
