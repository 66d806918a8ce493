public import Attestation
public import Content
import StrictEncoding

/// A file that someone calls evidence: what form it has, and the signed items in it.
public struct EvidenceFile: Sendable {
    /// What the bytes turned out to be; the file's name is not asked.
    public enum Form: String, Sendable, CaseIterable {
        case bundle, envelope
        /// JSON lines (`.jsonl`), each of them one of the other forms in JSON.
        case lines
        /// Bundles as npm's registry, GitHub's API or `gh attestation verify --format json` list them.
        case attestationList = "attestation-list"
        /// `gcloud artifacts docker images describe --show-provenance --format json`.
        case cloudBuild = "cloud-build"
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
        /// Digest of the item's bytes: of its part of the file, of its line, or of the whole file.
        public let evidence: Digest
        /// Counted from one; nil for a file that is not read by lines.
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
        guard let shape = EvidenceShape(document.root) else { return EvidenceFile(form: .unrelated, items: []) }
        guard let items = shape.items(document.root, line: nil, limits, most: limits.lines, whole: bytes) else {
            return tooMany(shape.form, bytes, limits)
        }
        return EvidenceFile(form: shape.form, items: items)
    }
}

/// What a file of evidence may cost before it is refused.
public struct EvidenceFileLimits: Sendable, Hashable {
    /// For each item, so for each line.
    public var envelope: EnvelopeLimits
    /// The most items: lines that are not blank, and entries of lists.
    public var lines: Int

    /// 10,000: GitHub gives at most 1,000 attestations for one artifact.
    public static let standard = EvidenceFileLimits()

    /// Limits of one's own.
    public init(envelope: EnvelopeLimits = .standard, lines: Int = 10_000) {
        self.envelope = envelope
        self.lines = lines
    }

    var json: JSONLimits { JSONLimits(bytes: envelope.bytes, depth: envelope.depth) }
}

extension EvidenceFile {
    private static func signatureFile(_ bytes: [UInt8], _ limits: EvidenceFileLimits) -> EvidenceShape.Item {
        do {
            return .success(try UnverifiedSignedItem(signatureFile: bytes, limits: limits.envelope))
        } catch {
            return .failure(RefusedItem(error: error, evidence: Digest(of: bytes), line: nil))
        }
    }

    private static func lines(of bytes: [UInt8], _ limits: EvidenceFileLimits) -> EvidenceFile {
        var items: [EvidenceShape.Item] = []
        var number = 0
        var rest = bytes[...]
        // One line at a time: a file of line feeds is a list of as many lines, and would be as many slices.
        while !rest.isEmpty {
            let line = rest.prefix { $0 != UInt8(ascii: "\n") }
            rest = rest.dropFirst(line.count + 1)
            number += 1
            guard line.contains(where: { ![0x20, 0x09, 0x0D].contains($0) }) else { continue }
            let most = limits.lines - items.count
            guard most > 0, let found = Self.items(ofLine: Array(line), number: number, limits, most: most) else {
                return tooMany(.lines, bytes, limits)
            }
            if items.isEmpty, case .failure(let refused)? = found.first, !refused.error.isMeantAsEvidence {
                return EvidenceFile(form: .unrelated, items: [])
            }
            items += found
        }
        return EvidenceFile(form: items.isEmpty ? .unrelated : .lines, items: items)
    }

    private static func items(
        ofLine line: [UInt8], number: Int, _ limits: EvidenceFileLimits, most: Int
    ) -> [EvidenceShape.Item]? {
        let error: SignedItemError
        do {
            let document = try JSONDocument(parsing: line, limits: limits.json)
            if let shape = EvidenceShape(document.root) {
                return shape.items(document.root, line: number, limits, most: most, whole: line)
            }
            error = .notEvidence
        } catch let json {
            error = .json(json)
        }
        return [.failure(RefusedItem(error: error, evidence: Digest(of: line), line: number))]
    }

    /// More items than the limit: none of them is looked at.
    private static func tooMany(_ form: Form, _ bytes: [UInt8], _ limits: EvidenceFileLimits) -> EvidenceFile {
        let error = SignedItemError.tooManyLines(limit: limits.lines)
        return EvidenceFile(
            form: form, items: [.failure(RefusedItem(error: error, evidence: Digest(of: bytes), line: nil))])
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
