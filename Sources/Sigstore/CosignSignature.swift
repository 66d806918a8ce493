public import Attestation
public import Content
import StrictEncoding
import TransparencyLog

/// The forms that came before bundles: layers of cosign's `.sig` and `.att` images, and containers/image's files.
extension UnverifiedSignedItem {
    /// Reads one layer of an image that cosign stores signatures or attestations in (cosign specs/SIGNATURE_SPEC.md).
    ///
    /// - Parameters:
    ///   - payload: the layer's bytes.
    ///   - mediaType: the layer's type, of its descriptor.
    ///   - annotations: of its descriptor. They are not signed and not part of the layer.
    ///   - evidence: the digest under which reports name it, usually that of the image that holds the layer.
    /// - Throws: `SignedItemError.noSignature` for a layer that nobody signed.
    public init(
        cosignLayer payload: [UInt8], mediaType: MediaType, annotations: [String: String], evidence: Digest,
        limits: EnvelopeLimits = .standard
    ) throws(SignedItemError) {
        try self.init(
            form: .cosignLayer, payload: payload, mediaType: mediaType, annotations: annotations, evidence: evidence,
            limits: limits)
    }

    /// Reads a signature file of a `dir:` image or a lookaside store (containers/image `internal/signature`): a NUL, the
    /// name of the form, a line feed, the content. What begins otherwise is OpenPGP or nothing known.
    ///
    /// A file is at most ``longestSignatureFile`` whatever the limits allow an envelope.
    ///
    /// - Throws: `SignedItemError.openPGP` for OpenPGP simple signing, which is recognised and not verified.
    public init(signatureFile bytes: [UInt8], limits: EnvelopeLimits = .standard) throws(SignedItemError) {
        var limits = limits
        limits.bytes = min(limits.bytes, Self.longestSignatureFile)
        guard bytes.count <= limits.bytes else { throw .signatureFileJSON(.tooLarge(limit: limits.bytes)) }
        guard let chunk = try SignatureFile.sigstoreJSON(in: bytes) else { throw .openPGP }
        let document: JSONDocument
        do {
            document = try JSONDocument(
                parsing: Array(chunk), limits: JSONLimits(bytes: limits.bytes, depth: limits.depth))
        } catch {
            throw .signatureFileJSON(error)
        }
        guard let mediaType = document.root["mimeType"]?.string else { throw .malformedSignatureFile("mimeType") }
        guard let encoded = document.root["payload"] else { throw .malformedSignatureFile("payload") }
        let payload: [UInt8]
        do {
            payload = try encoded.base64Bytes()
        } catch {
            throw .notBase64("payload", error)
        }
        var annotations: [String: String] = [:]
        if let stated = document.root["annotations"], !stated.isNull {
            guard let members = stated.object else { throw .malformedSignatureFile("annotations") }
            for (name, value) in members {
                guard let text = value.string else { throw .malformedSignatureFile("annotations") }
                annotations[name] = text
            }
        }
        try self.init(
            form: .signatureFile, payload: payload, mediaType: MediaType(mediaType), annotations: annotations,
            evidence: Digest(of: bytes), limits: limits)
    }

    /// 4 MiB, as containers/image has it for a signature's body.
    public static let longestSignatureFile = 4 << 20

    private init(
        form: Form, payload: [UInt8], mediaType: MediaType, annotations: [String: String], evidence: Digest,
        limits: EnvelopeLimits
    ) throws(SignedItemError) {
        let content: Content
        switch mediaType {
        case SimpleSigningPayload.mediaType:
            guard let encoded = annotations[CosignAnnotation.signature], !encoded.isEmpty else { throw .noSignature }
            guard payload.count <= limits.bytes else { throw .json(.tooLarge(limit: limits.bytes)) }
            do {
                content = .simpleSigning(payload: payload, signature: try Base64.decode(encoded))
            } catch {
                throw .notBase64(CosignAnnotation.signature, error)
            }
        case Self.envelopeMediaType:
            // An attestation carries its signatures in the envelope; cosign leaves the annotation empty.
            do {
                content = .dsse(try UnverifiedEnvelope(parsing: payload, limits: limits))
            } catch {
                throw .envelope(error)
            }
        default:
            throw .unsupportedLayer(mediaType)
        }
        self.init(
            form: form, content: content, material: try CosignAnnotation.material(annotations), evidence: evidence,
            proofs: CosignAnnotation.proofs(annotations),
            received: mediaType == Self.envelopeMediaType ? payload : nil)
    }

    /// The media type of a layer that holds a DSSE envelope.
    public static let envelopeMediaType: MediaType = "application/vnd.dsse.envelope.v1+json"
}

/// The annotations that cosign puts on a layer's descriptor (cosign `pkg/oci/static`).
enum CosignAnnotation {
    static let signature = "dev.cosignproject.cosign/signature"
    static let certificate = "dev.sigstore.cosign/certificate"
    static let chain = "dev.sigstore.cosign/chain"
    static let logEntry = "dev.sigstore.cosign/bundle"
    static let timestamp = "dev.sigstore.cosign/rfc3161timestamp"

    /// The signer's certificate, then its chain; none for what a key signed.
    ///
    /// What stands there is read as certificates and as nothing else (cosign GHSA-fx35-mq7g-6g98). A chain without a
    /// certificate is nobody's.
    static func material(
        _ annotations: [String: String]
    ) throws(SignedItemError) -> UnverifiedSignedItem.Material {
        guard annotations[certificate] != nil || annotations[chain] != nil else { return .none }
        guard let leaf = try CosignPEM.certificates(annotations[certificate], certificate).first else {
            throw .missing(certificate)
        }
        return .certificates([leaf] + (try CosignPEM.certificates(annotations[chain], chain)))
    }

    static func proofs(_ annotations: [String: String]) -> Result<UnverifiedSignedItem.Proofs, SignedItemError> {
        do throws(SignedItemError) {
            var proofs = UnverifiedSignedItem.Proofs()
            if let text = annotations[logEntry] {
                proofs.logEntries = [try CosignLogEntry.entry(json(text).root)]
            }
            if let text = annotations[timestamp] {
                let stamp = try BundleObject(json(text).root, place: timestamp)
                proofs.timestamps = [try stamp.bytes("SignedRFC3161Timestamp")]
            }
            return .success(proofs)
        } catch {
            return .failure(error)
        }
    }

    private static func json(_ text: String) throws(SignedItemError) -> JSONDocument {
        do {
            return try JSONDocument(parsing: Array(text.utf8), limits: JSONLimits(bytes: 1 << 20, depth: 16))
        } catch {
            throw .json(error)
        }
    }
}

/// Certificates as cosign writes them.
enum CosignPEM {
    /// As many as a bundle may hold.
    static let mostBlocks = 100

    /// In DER, in the order of the text; empty if there is none.
    static func certificates(_ text: String?, _ place: String) throws(SignedItemError) -> [[UInt8]] {
        guard let text else { return [] }
        return try certificates(in: blocks(Array(text.utf8), place), place)
    }

    /// - Throws: `SignedItemError` unless all of them are labelled as certificates, and there is one.
    static func certificates(in blocks: [PEMBlock], _ place: String) throws(SignedItemError) -> [[UInt8]] {
        guard !blocks.isEmpty, blocks.allSatisfy({ $0.label.utf8.elementsEqual("CERTIFICATE".utf8) }) else {
            throw .malformed(place)
        }
        return blocks.map(\.bytes)
    }

    static func blocks(_ text: [UInt8], _ place: String) throws(SignedItemError) -> [PEMBlock] {
        do {
            return try PEMBlock.parseAll(text, limit: mostBlocks)
        } catch .tooManyBlocks(let limit) {
            throw .tooManyElements(place, limit: limit, found: limit + 1)
        } catch {
            throw .malformed(place)
        }
    }
}

/// Rekor's answer to an upload, as cosign keeps it (cosign `pkg/cosign/bundle`, `RekorBundle`): the log's promise. There
/// is no inclusion proof in it.
enum CosignLogEntry {
    static func entry(_ value: JSONValue) throws(SignedItemError) -> UnverifiedLogEntry {
        let bundle = try BundleObject(value, place: "RekorBundle")
        let payload = try bundle.object("Payload")
        let body = try payload.bytes("body")
        let logID: [UInt8]
        do {
            logID = try Hex.decode(payload.text("logID")?.value ?? "")
        } catch {
            throw .malformed("logID")
        }
        // The kind stands in the body only; it is read from there again when the body is compared.
        let kind: JSONValue
        do {
            kind = try JSONDocument(parsing: body, limits: JSONLimits(bytes: 16 << 20, depth: 32)).root
        } catch {
            throw .malformed("body")
        }
        return UnverifiedLogEntry(
            logIndex: try payload.integer("logIndex"), logID: logID, kind: kind["kind"]?.exact ?? "",
            version: kind["apiVersion"]?.exact ?? "", integratedTime: try payload.integer("integratedTime"),
            inclusionPromise: try bundle.bytes("SignedEntryTimestamp"), inclusionProof: nil, canonicalizedBody: body)
    }
}

/// How containers/image tells its signature files apart.
enum SignatureFile {
    /// The content of a file of the form `sigstore-json`; nil if the file is OpenPGP.
    static func sigstoreJSON(in bytes: [UInt8]) throws(SignedItemError) -> ArraySlice<UInt8>? {
        guard let first = bytes.first else { throw .unknownSignatureFile }
        guard first == 0 else {
            guard isOpenPGP(bytes, first: first) else { throw .unknownSignatureFile }
            return nil
        }
        guard let end = bytes.firstIndex(of: UInt8(ascii: "\n")) else { throw .unknownSignatureFile }
        let name = bytes[1..<end]
        if name.elementsEqual("sigstore-json".utf8) { return bytes[(end + 1)...] }
        if name.elementsEqual("simple-signing".utf8) { return nil }
        throw .unknownSignatureFile
    }

    /// Armour, or a packet that an OpenPGP message begins with (RFC 9580 sections 4.2 and 5): signature (2), one-pass
    /// signature (4), compressed data (8), literal data (11) or a marker (10), in the new or the legacy format.
    private static func isOpenPGP(_ bytes: [UInt8], first: UInt8) -> Bool {
        if bytes.starts(with: "-----BEGIN PGP ".utf8) { return true }
        guard first & 0x80 != 0 else { return false }
        let tag = first & 0x40 != 0 ? first & 0x3F : first >> 2 & 0x0F
        return [2, 4, 8, 10, 11].contains(tag)
    }
}
