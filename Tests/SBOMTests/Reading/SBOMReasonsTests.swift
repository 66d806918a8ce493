import Findings
import SBOM
import StrictEncoding
import Testing

struct SBOMReasonsTests {
    static let errors: [SBOMError] = [
        .unrecognised, .unsupportedFormat("x"), .unsupportedVersion(.spdx, found: "x", at: .line(1)),
        .tooLarge(limit: 1),
        .tooDeep(limit: 1, at: .line(1)), .malformedJSON(.unexpectedEnd), .malformedJSON(.tooLarge(limit: 1)),
        .malformedJSON(.tooDeep(limit: 1, offset: 0)), .malformedXML(.notWellFormed("x"), line: 1),
        .malformedXML(.documentType, line: 1), .malformedXML(.processingInstruction, line: 1),
        .malformedYAML("x", line: 1), .malformedTagValue("x", line: 1), .missing(field: "x", at: .pointer("/a")),
        .wrongKind(expected: "x", at: .pointer("")), .invalidValue(expected: "x", found: "y", at: .line(1)),
        .repeated(field: "x", at: .line(1)), .duplicateIdentifier("x", at: .line(1)),
    ]

    @Test func everyErrorHasACodeOfTheTableAndEveryCodeAnError() {
        let counted = SBOMError.Counted.allCases.map { SBOMError.tooMany($0, limit: 1, at: .line(1)) }
        #expect(Set((Self.errors + counted).map(\.code)) == Set(ReasonTable.sbom.codes))
        #expect(Set(ReasonTable.sbom.codes).count == ReasonTable.sbom.codes.count)
        #expect(ReasonTable.sbom.codes.allSatisfy { $0.family == "sbom" })
    }

    @Test(arguments: errors)
    func everyErrorIsOneLineThatNamesItsPlace(_ error: SBOMError) {
        #expect(!error.message.isEmpty && !error.message.contains("\n") && !error.message.hasSuffix("."))
        if case .missing = error { #expect(error.message.hasSuffix("at /a")) }
        if case .wrongKind = error { #expect(error.message.hasSuffix("at /")) }
        if case .repeated = error { #expect(error.message.hasSuffix("at line 1")) }
    }
}
