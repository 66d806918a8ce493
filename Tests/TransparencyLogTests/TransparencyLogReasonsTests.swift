import Findings
import StrictEncoding
import Testing
import TransparencyLog

struct TransparencyLogReasonsTests {
    @Test
    func declaresEveryCodeOnce() {
        let names = ReasonTable.transparencyLog.codes.map(\.name)
        #expect(Set(names).count == names.count)
        #expect(names.allSatisfy { $0.hasPrefix("log.") || $0.hasPrefix("checkpoint.") || $0.hasPrefix("limit.") })
    }

    /// Every error has a code of the table and one line of text.
    @Test
    func saysEveryErrorInOneLine() {
        let declared = Set(ReasonTable.transparencyLog.codes)
        var said: [(ReasonCode, String)] = []
        let bodies: [LogEntryBodyError] = [
            .json(.unexpectedEnd), .json(.tooLarge(limit: 1)), .malformed("spec"),
            .unsupportedKind(kind: "\u{1B}[2J", version: "0.0.2"), .otherKind(kind: "dsse", version: "0.0.1"),
            .tooManySignatures(limit: 100), .kindOfOtherContent(.dsse001), .otherHashAlgorithm(.sha384), .otherContent,
            .otherSignature, .otherKey,
        ]
        let checkpoints: [CheckpointError] = [
            .tooLarge(limit: 1), .tooManySignatures(limit: 1), .notText, .noBlankLine, .noSignatures,
            .malformedSignatureLine(1), .malformedLines, .malformedTreeSize("\n"), .malformedRootHash, .notSignedByLog,
            .invalidLogSignature, .invalidCosignature(witness: "\u{202E}"), .tooFewWitnesses(expected: 1, found: 0),
        ]
        let merkle: [MerkleError] = [
            .indexOutsideTree(index: 1, size: 1), .wrongProofLength(expected: 1, found: 0), .wrongHashLength,
            .rootMismatch, .emptyTree, .shrinkingTree(older: 2, newer: 1),
        ]
        let entries: [LogEntryError] =
            [
                .unknownLog, .noPromise, .promiseOfRekor2, .invalidPromise, .malformedIntegratedTime(-1),
                .keyNotValid(at: .earliest), .noInclusionProof, .noCheckpoint, .tooManyProofHashes(limit: 64),
                .negativeNumber, .noVerifiedTime, .otherTree,
            ] + bodies.map { .body($0) } + checkpoints.map { .checkpoint($0) } + merkle.map { .inclusion($0) }
        said += entries.map { ($0.code, $0.message) }
        let logs: [TrustedLogError] = [
            .unsupportedHashAlgorithm("x"), .noValidityStart, .endsBeforeStart, .noUsableScheme,
            .malformedLogID(byteCount: 1),
        ]
        said += logs.map { ($0.code, $0.message) }
        for (code, message) in said {
            #expect(declared.contains(code))
            #expect(message.contains("expected") && !message.hasSuffix("."))
            #expect(!message.unicodeScalars.contains { $0.value < 0x20 || $0 == "\u{202E}" }, "\(message)")
        }
        #expect(Set(said.map(\.0)) == declared)
    }
}
