public import Attestation
public import Content
import StrictEncoding

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
            form: form, content: content, material: CosignAnnotation.material(annotations), evidence: evidence,
            logEntries: CosignAnnotation.bytes(annotations[CosignAnnotation.logEntry]),
            timestamps: CosignAnnotation.bytes(annotations[CosignAnnotation.timestamp]))
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

    /// Their presence alone says that a certificate's key signed; what they hold is not looked at.
    static func material(_ annotations: [String: String]) -> UnverifiedSignedItem.Material {
        annotations[certificate] != nil || annotations[chain] != nil ? .certificate : .none
    }

    static func bytes(_ annotation: String?) -> [[UInt8]] { annotation.map { [Array($0.utf8)] } ?? [] }
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
