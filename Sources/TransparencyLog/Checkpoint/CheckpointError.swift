import Findings

/// Why bytes are no checkpoint, or not one that a trusted log signed.
public enum CheckpointError: Error, Equatable, Sendable {
    case tooLarge(limit: Int)
    case tooManySignatures(limit: Int)
    /// No UTF-8, or a control character other than a line feed.
    case notText
    /// No blank line between a text and its signatures.
    case noBlankLine
    case noSignatures
    /// Lines count from one, beginning with the first signature.
    case malformedSignatureLine(Int)
    /// Fewer than three lines, or an empty one.
    case malformedLines
    case malformedTreeSize(String)
    case malformedRootHash
    /// No line names the key of the log.
    case notSignedByLog
    /// A line names the key of the log, and is not its signature.
    case invalidLogSignature
    /// A line names the key of a trusted witness, and is not its cosignature.
    case invalidCosignature(witness: String)
    case tooFewWitnesses(expected: Int, found: Int)

    /// One line, lower case.
    public var message: String {
        switch self {
        case .tooLarge(let limit): "expected a checkpoint of at most \(limit) bytes, found more"
        case .tooManySignatures(let limit): "expected at most \(limit) signatures on a checkpoint, found more"
        case .notText: "expected a checkpoint as UTF-8 without control characters, found other bytes"
        case .noBlankLine: "expected a blank line between text and signatures of a checkpoint, found none"
        case .noSignatures: "expected a checkpoint with a signature, found none"
        case .malformedSignatureLine(let line):
            "expected signature line \(line) of a checkpoint as dash, key name and base64, found something else"
        case .malformedLines: "expected origin, tree size and root hash as lines of a checkpoint, found other lines"
        case .malformedTreeSize(let text): "expected a decimal tree size, found \(Finding.quoted(text, limit: 40))"
        case .malformedRootHash: "expected a root hash of 32 bytes in base64, found something else"
        case .notSignedByLog:
            "expected a checkpoint signed by the log of the entry, found signatures of other keys only"
        case .invalidLogSignature: "expected the log's signature over the checkpoint, found one that is not valid"
        case .invalidCosignature(let witness):
            "expected a cosignature by witness \(Finding.quoted(witness, limit: 100)), found one that is not valid"
        case .tooFewWitnesses(let expected, let found):
            "expected cosignatures by at least \(expected) trusted \(expected == 1 ? "witness" : "witnesses"), "
                + "found \(found)"
        }
    }
}
