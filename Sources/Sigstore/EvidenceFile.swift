public import Attestation
public import Content
import StrictEncoding

/// A file that someone calls evidence: what form it has, and the signed items in it.
public struct EvidenceFile: Sendable {
    /// What the bytes turned out to be; the file's name is not asked.
    public enum Form: String, Sendable, CaseIterable {
        case bundle, envelope
        /// JSON lines (`.jsonl`), each a bundle or an envelope.
        case lines
        case signatureFile = "signature-file"
        /// None of these.
        case unrelated
    }

    public let form: Form
    /// In the order of the file; empty for an unrelated one.
    public let items: [Result<UnverifiedSignedItem, RefusedItem>]

    /// One item that could not be read. It does not keep the others from being read.
    public struct RefusedItem: Error, Equatable, Sendable {
        public let error: SignedItemError
        /// Digest of the item's bytes: of its line, or of the whole file.
        public let evidence: Digest
        /// Counted from one; nil for a file that is one item.
        public let line: Int?
    }

    /// Reads a file.
    ///
    /// A file that holds more than one JSON value is read line by line. It counts as lines of evidence if the first of
    /// them is evidence; a later line that is none is refused.
    public static func sniff(_ bytes: [UInt8], limits: EvidenceFileLimits = .standard) -> EvidenceFile {
        if bytes.first == 0 || bytes.starts(with: "-----BEGIN PGP ".utf8) {
            return EvidenceFile(form: .signatureFile, items: [signatureFile(bytes, limits)])
        }
        let document: JSONDocument
        do {
            document = try JSONDocument(parsing: bytes, limits: limits.json)
        } catch .trailingBytes, .tooLarge {
            return lines(of: bytes, limits)
        } catch {
            return EvidenceFile(form: .unrelated, items: [])
        }
        guard let shape = Shape(document.root) else { return EvidenceFile(form: .unrelated, items: []) }
        return EvidenceFile(
            form: shape == .envelope ? .envelope : .bundle,
            items: [shape.item(document.root, Digest(of: bytes), line: nil, limits)])
    }
}

/// What a file of evidence may cost before it is refused.
public struct EvidenceFileLimits: Sendable, Hashable {
    /// For each item, so for each line.
    public var envelope: EnvelopeLimits
    /// The most lines that are not blank.
    public var lines: Int

    /// 10,000 lines: GitHub gives at most 1,000 attestations for one artifact.
    public static let standard = EvidenceFileLimits()

    /// Limits of one's own.
    public init(envelope: EnvelopeLimits = .standard, lines: Int = 10_000) {
        self.envelope = envelope
        self.lines = lines
    }

    var json: JSONLimits { JSONLimits(bytes: envelope.bytes, depth: envelope.depth) }
}

extension EvidenceFile {
    private typealias Item = Result<UnverifiedSignedItem, RefusedItem>

    /// Which of the two a JSON value is meant to be. A value that means to be a bundle and is a bad one is refused
    /// evidence, not an unrelated file.
    private enum Shape {
        case bundle, cosignBundle, envelope

        init?(_ value: JSONValue) {
            guard let object = value.object else { return nil }
            let mediaType = object["mediaType"]?.string ?? ""
            if mediaType.utf8.starts(with: SigstoreBundle.mediaTypePrefix.utf8)
                || object["dsseEnvelope"] != nil || object["verificationMaterial"] != nil
            {
                self = .bundle
            } else if CosignBundle.isOne(object) {
                self = .cosignBundle
            } else if object["payloadType"] != nil, object["payload"] != nil {
                self = .envelope
            } else {
                return nil
            }
        }

        func item(_ value: JSONValue, _ evidence: Digest, line: Int?, _ limits: EvidenceFileLimits) -> Item {
            do {
                switch self {
                case .bundle:
                    return .success(
                        try UnverifiedSignedItem(bundle: value, evidence: evidence, limits: limits.envelope))
                case .cosignBundle:
                    return .success(
                        try UnverifiedSignedItem(cosignBundle: value, evidence: evidence, limits: limits.envelope))
                case .envelope:
                    return .success(
                        try UnverifiedSignedItem(envelope: value, evidence: evidence, limits: limits.envelope))
                }
            } catch {
                return .failure(RefusedItem(error: error, evidence: evidence, line: line))
            }
        }
    }

    private static func signatureFile(_ bytes: [UInt8], _ limits: EvidenceFileLimits) -> Item {
        do {
            return .success(try UnverifiedSignedItem(signatureFile: bytes, limits: limits.envelope))
        } catch {
            return .failure(RefusedItem(error: error, evidence: Digest(of: bytes), line: nil))
        }
    }

    private static func lines(of bytes: [UInt8], _ limits: EvidenceFileLimits) -> EvidenceFile {
        var items: [Item] = []
        var number = 0
        var rest = bytes[...]
        // One line at a time: a file of line feeds is a list of as many lines, and would be as many slices.
        while !rest.isEmpty {
            let line = rest.prefix { $0 != UInt8(ascii: "\n") }
            rest = rest.dropFirst(line.count + 1)
            number += 1
            guard line.contains(where: { ![0x20, 0x09, 0x0D].contains($0) }) else { continue }
            guard items.count < limits.lines else {
                let error = SignedItemError.tooManyLines(limit: limits.lines)
                return EvidenceFile(
                    form: .lines,
                    items: [.failure(RefusedItem(error: error, evidence: Digest(of: bytes), line: nil))])
            }
            let item = item(ofLine: Array(line), number: number, limits)
            if items.isEmpty, case .failure(let refused) = item, !refused.error.isMeantAsEvidence {
                return EvidenceFile(form: .unrelated, items: [])
            }
            items.append(item)
        }
        return EvidenceFile(form: items.isEmpty ? .unrelated : .lines, items: items)
    }

    private static func item(ofLine line: [UInt8], number: Int, _ limits: EvidenceFileLimits) -> Item {
        let evidence = Digest(of: line)
        do {
            let document = try JSONDocument(parsing: line, limits: limits.json)
            guard let shape = Shape(document.root) else {
                return .failure(RefusedItem(error: .notEvidence, evidence: evidence, line: number))
            }
            return shape.item(document.root, evidence, line: number, limits)
        } catch {
            return .failure(RefusedItem(error: .json(error), evidence: evidence, line: number))
        }
    }
}

extension SignedItemError {
    /// Whether the bytes at least looked like evidence, or were too large to tell.
    fileprivate var isMeantAsEvidence: Bool {
        switch self {
        case .notEvidence: false
        case .json(.tooLarge): true
        case .json: false
        default: true
        }
    }
}
