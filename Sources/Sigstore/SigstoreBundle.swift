public import Attestation
public import Content
import PKI
import StrictEncoding
import TransparencyLog

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
        let content = try bundle.exactlyOne(of: ["dsseEnvelope", "messageSignature"])
        self.init(
            form: .bundle,
            content: content.name == "dsseEnvelope"
                ? try SigstoreBundle.envelope(content.value, limits)
                : try SigstoreBundle.message(BundleObject(content.value, place: "messageSignature")),
            material: kind, evidence: evidence, proofs: SigstoreBundle.proofs(material))
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

    /// The most log entries, and the most timestamps: no more than sigstore-go and sigstore-python read. One of each is
    /// what proves something.
    static let mostProofs = 32

    static func requireKnownMediaType(_ value: JSONValue?) throws(SignedItemError) {
        guard let value, let text = value.string else { throw .missing("mediaType") }
        guard mediaTypes.contains(where: { value.isIdentical(to: $0) }) else { throw .unknownMediaType(text) }
    }

    static func envelope(
        _ value: JSONValue, _ limits: EnvelopeLimits
    ) throws(SignedItemError) -> UnverifiedSignedItem.Content {
        let envelope: UnverifiedEnvelope
        do {
            envelope = try UnverifiedEnvelope(value, limits: limits)
        } catch {
            throw .envelope(error)
        }
        // "a client MUST reject an envelope if the number of signatures is not equal to one"
        guard envelope.signatures.count == 1 else { throw .bundleSignatureCount(envelope.signatures.count) }
        return .dsse(envelope)
    }

    /// `MessageSignature`. Its digest is a hint, and may be absent; one that is there has to be a digest.
    static func message(_ message: BundleObject) throws(SignedItemError) -> UnverifiedSignedItem.Content {
        let signature = try message.bytes("signature")
        guard !signature.isEmpty else { throw .missing("signature") }
        var claimed: LoggedHash?
        if let digest = try message.optionalObject("messageDigest") {
            let names: [(String, LoggedHash.Algorithm)] = [
                ("SHA2_256", .sha256), ("SHA2_384", .sha384), ("SHA2_512", .sha512),
            ]
            guard let algorithm = digest["algorithm"],
                let name = names.first(where: { algorithm.isIdentical(to: $0.0) }),
                let hash = LoggedHash(name.1, try digest.bytes("digest"))
            else { throw .malformed("messageDigest") }
            claimed = hash
        }
        return .message(claimed: claimed, signature: signature)
    }

    /// `VerificationMaterial.content`: exactly one of three. Something that stands where a certificate belongs is only
    /// ever read as one, so a raw key in its place is no key (cosign GHSA-fx35-mq7g-6g98).
    static func material(_ material: BundleObject) throws(SignedItemError) -> UnverifiedSignedItem.Material {
        let content = try material.exactlyOne(of: ["publicKey", "x509CertificateChain", "certificate"])
        switch content.name {
        case "publicKey":
            // The message has a hint and nothing else. Whatever else stands here is ignored, above all a key.
            let identifier = try BundleObject(content.value, place: "publicKey")
            guard let hint = identifier["hint"] else { return .publicKeyHint("") }
            guard let text = hint.exact else { throw .malformed("publicKey.hint") }
            return .publicKeyHint(text)
        case "certificate":
            return .certificates([try BundleObject(content.value, place: "certificate").bytes("rawBytes")])
        default:
            let chain = try BundleObject(content.value, place: "x509CertificateChain").elements("certificates")
            var certificates: [[UInt8]] = []
            for element in chain {
                certificates.append(try BundleObject(element, place: "certificates").bytes("rawBytes"))
            }
            guard !certificates.isEmpty else { throw .missing("certificates") }
            return .certificates(certificates)
        }
    }

    static func proofs(_ material: BundleObject) -> Result<UnverifiedSignedItem.Proofs, SignedItemError> {
        var proofs = UnverifiedSignedItem.Proofs()
        do throws(SignedItemError) {
            for entry in try material.elements("tlogEntries", limit: mostProofs) {
                proofs.logEntries.append(try logEntry(BundleObject(entry, place: "tlogEntries")))
            }
            let data = try material.optionalObject("timestampVerificationData")
            for timestamp in try data?.elements("rfc3161Timestamps", limit: mostProofs) ?? [] {
                let signed = try BundleObject(timestamp, place: "rfc3161Timestamps")
                proofs.timestamps.append(try signed.bytes("signedTimestamp"))
            }
            // One proof twice is nobody's honest output, and a way to look like two.
            guard Set(proofs.logEntries).count == proofs.logEntries.count else { throw .repeated("tlogEntries") }
            guard Set(proofs.timestamps).count == proofs.timestamps.count else { throw .repeated("rfc3161Timestamps") }
            return .success(proofs)
        } catch {
            return .failure(error)
        }
    }

    /// `TransparencyLogEntry` (sigstore/protobuf-specs, `sigstore_rekor.proto`). A field that is absent has protobuf's
    /// default; what must be there is for the verifier to say.
    private static func logEntry(_ entry: BundleObject) throws(SignedItemError) -> UnverifiedLogEntry {
        let kind = try entry.optionalObject("kindVersion")
        return UnverifiedLogEntry(
            logIndex: try entry.integer("logIndex"),
            logID: try entry.optionalObject("logId")?.bytes("keyId") ?? [],
            kind: try kind?.text("kind") ?? "", version: try kind?.text("version") ?? "",
            integratedTime: try entry.integer("integratedTime"),
            inclusionPromise: try entry.optionalObject("inclusionPromise")?.bytes("signedEntryTimestamp"),
            inclusionProof: try entry.optionalObject("inclusionProof").map(inclusionProof),
            canonicalizedBody: try entry.bytes("canonicalizedBody"))
    }

    private static func inclusionProof(_ proof: BundleObject) throws(SignedItemError) -> InclusionProof {
        var hashes: [[UInt8]] = []
        for hash in try proof.elements("hashes") { hashes.append(try BundleObject.bytes(hash, "hashes")) }
        return InclusionProof(
            logIndex: try proof.integer("logIndex"), rootHash: try proof.bytes("rootHash"),
            treeSize: try proof.integer("treeSize"), hashes: hashes,
            checkpoint: try proof.optionalObject("checkpoint")?.text("envelope").map { Array($0.utf8) })
    }
}

/// A message of the protobuf JSON form, as bundles and trusted roots are written: `null` is the same as absent, and
/// names with underscores are refused.
struct BundleObject {
    private let object: JSONObject
    let place: String

    /// The names of the bundle format that have more than one word.
    private static let names = [
        "mediaType", "verificationMaterial", "messageSignature", "dsseEnvelope", "publicKey", "x509CertificateChain",
        "tlogEntries", "timestampVerificationData", "rfc3161Timestamps", "signedTimestamp", "messageDigest",
        "rawBytes", "logIndex", "logId", "keyId", "kindVersion", "integratedTime", "inclusionPromise",
        "signedEntryTimestamp", "inclusionProof", "rootHash", "treeSize", "canonicalizedBody", "certificateAuthorities",
        "timestampAuthorities", "baseUrl", "hashAlgorithm", "keyDetails", "validFor", "certChain", "checkpointKeyId",
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

    /// The elements of an array; empty if it is absent.
    ///
    /// - Parameter limit: a hundred is more than any certificate chain has, any proof hashes, and any root authorities.
    func elements(_ name: String, limit: Int = 100) throws(SignedItemError) -> [JSONValue] {
        guard let value = self[name] else { return [] }
        guard let array = value.array else { throw .malformed(name) }
        guard array.count <= limit else { throw .tooManyElements(name, limit: limit, found: array.count) }
        return Array(array)
    }

    /// `bytes`, in base64; empty if absent.
    func bytes(_ name: String) throws(SignedItemError) -> [UInt8] {
        guard let value = self[name] else { return [] }
        return try Self.bytes(value, name)
    }

    static func bytes(_ value: JSONValue, _ name: String) throws(SignedItemError) -> [UInt8] {
        guard value.kind == .string else { throw .malformed(name) }
        do {
            return try value.base64Bytes()
        } catch {
            throw .notBase64(name, error)
        }
    }

    /// Nil if absent.
    func text(_ name: String) throws(SignedItemError) -> ExactString? {
        guard let value = self[name] else { return nil }
        guard let text = value.exact else { throw .malformed(name) }
        return text
    }

    /// `int64`: a string of digits, as it is written, or a number, as it may be read; zero if absent.
    func integer(_ name: String) throws(SignedItemError) -> Int64 {
        guard let value = self[name] else { return 0 }
        guard let text = value.string ?? value.numberLiteral, let integer = Int64(text),
            String(integer).utf8.elementsEqual(text.utf8)
        else { throw .malformed(name) }
        return integer
    }

    /// `mediaType` as protobuf declares it: `media_type`.
    private static func underscored(_ name: String) -> String {
        name.unicodeScalars.reduce(into: "") { text, scalar in
            text += ("A"..."Z").contains(scalar) ? "_" + String(scalar).lowercased() : String(scalar)
        }
    }
}
