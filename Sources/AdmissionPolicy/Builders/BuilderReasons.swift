public import Findings
import StrictEncoding

/// Why a provenance statement does not reach the level that a rule asks for.
extension ReasonCode {
    public static let levelNoBuilder = ReasonCode(
        "provenance.level-no-builder", .reject, .rule,
        summary: "provenance names no builder, so it has no SLSA Build level",
        mend: "have the builder write its `builder.id`")
    public static let levelNoRow = ReasonCode(
        "provenance.level-no-row", .reject, .rule,
        summary: "nothing is known of the builder, and SLSA takes Build level 1 for it",
        mend: "have a guardrail say what this builder, under this signer, is trusted up to")
    public static let levelSignerDiffers = ReasonCode(
        "provenance.level-signer-differs", .reject, .rule,
        summary: "the signer is none that the builder table knows to sign for the builder, so its level is 1",
        mend:
            "let only the builder itself sign its provenance, or have a guardrail say that this signer is the builder's"
    )
    public static let levelBuildTypeDiffers = ReasonCode(
        "provenance.level-build-type-differs", .reject, .rule,
        summary: "the builder table knows builder and signer, but not for this build type",
        mend: "build in a way that the table knows, or have a guardrail list the build type")
    public static let levelParameterUnlisted = ReasonCode(
        "provenance.level-parameter-unlisted", .reject, .rule,
        summary: "the builder table does not know what an external parameter does, so no level is reached",
        mend: "build without the parameter, or have a guardrail list it for this builder")
    public static let levelNotStated = ReasonCode(
        "provenance.level-not-stated", .reject, .rule,
        summary: "the provenance leaves out what the builder always states at its level",
        mend: "report it to the builder that wrote it")
    public static let levelRunnerDiffers = ReasonCode(
        "provenance.level-runner-differs", .reject, .rule,
        summary: "the build ran on machines that the level does not hold for",
        mend: "build on the platform's own machines")
    public static let levelUnderIndexSignature = ReasonCode(
        "provenance.level-under-index-signature", .reject, .rule,
        summary: "the provenance is unsigned and only held by a signed index: Build level 1 at most",
        mend: "have the builder sign its provenance")
    public static let levelTooLow = ReasonCode(
        "provenance.level-too-low", .reject, .rule,
        summary: "builder and signer together are trusted up to a lower SLSA Build level than the rule asks for",
        mend: "build with a builder of the level that the rule asks for")
}

extension ReasonTable {
    /// Of the builder table.
    public static let builders = ReasonTable(
        "Builders",
        [
            .levelNoBuilder, .levelNoRow, .levelSignerDiffers, .levelBuildTypeDiffers, .levelParameterUnlisted,
            .levelNotStated, .levelRunnerDiffers, .levelUnderIndexSignature, .levelTooLow,
        ])
}

extension BuilderLevel {
    /// The code for a rule that asks for more than this.
    public var code: ReasonCode {
        switch limit {
        case nil: .levelTooLow
        case .noBuilder: .levelNoBuilder
        case .noRow: .levelNoRow
        case .signerDiffers: .levelSignerDiffers
        case .buildTypeDiffers: .levelBuildTypeDiffers
        case .parameterUnlisted: .levelParameterUnlisted
        case .notStated: .levelNotStated
        case .runnerDiffers: .levelRunnerDiffers
        case .underIndexSignature: .levelUnderIndexSignature
        }
    }

    /// The level and what it rests on, in a few words: `1 (no builder row for …)`.
    public var summary: String {
        switch limit {
        case nil: "\(level) (builder row `\(row ?? "none")`)"
        case .noBuilder: "\(level) (no builder is named)"
        case .noRow(let builder): "\(level) (no builder row for \(Finding.quoted(builder.value)))"
        case .signerDiffers(let rows): "\(level) (another signer than in \(Self.listed(rows)))"
        case .buildTypeDiffers(let rows, let found):
            "\(level) (build type \(Finding.quoted(found.value)) is not in \(Self.listed(rows)))"
        case .parameterUnlisted(let row, let name):
            "\(level) (external parameter \(Finding.quoted(name.value)) is not in builder row `\(row)`)"
        case .notStated(let row, let field):
            "\(level) (`\(field.rawValue)`, which builder row `\(row)` demands, is not stated)"
        case .runnerDiffers(let row, let found):
            "\(level) (runner \(Finding.quoted(found.value)) is not that of builder row `\(row)`)"
        case .underIndexSignature: "\(level) (signed with the index only)"
        }
    }

    /// Names of rows, the first few.
    private static func listed(_ rows: [String]) -> String {
        let shown = rows.prefix(3).map { "`\($0)`" }.joined(separator: ", ")
        let rest = rows.count - min(rows.count, 3)
        return "builder row\(rows.count == 1 ? "" : "s") \(shown)" + (rest > 0 ? " and \(rest) more" : "")
    }

    /// Of two limits of one level, the one that is named: what comes nearest to a row.
    var rank: String {
        let nearness =
            switch limit {
            case nil: 0
            case .underIndexSignature: 1
            case .runnerDiffers: 2
            case .notStated: 3
            case .parameterUnlisted: 4
            case .buildTypeDiffers: 5
            case .signerDiffers: 6
            case .noRow: 7
            case .noBuilder: 8
            }
        return "\(nearness) \(row ?? "")"
    }
}
