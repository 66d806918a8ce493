import Admission
import AdmissionPolicy
import ArgumentParser
import Findings
import Reports
import StrictEncoding

/// `--output FORMAT[=FILE]`: one way of writing the answer, and where to.
struct ReportTarget: ExpressibleByArgument, Equatable {
    enum Format: String, CaseIterable { case text, json, sarif, junit, markdown, github }

    let format: Format
    /// Nil for standard output.
    let file: String?

    init(_ format: Format, file: String? = nil) {
        self.format = format
        self.file = file
    }

    init?(argument: String) {
        let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard let name = parts.first,
            let format = Format.allCases.first(where: { $0.rawValue.utf8.elementsEqual(name.utf8) })
        else { return nil }
        self.format = format
        guard parts.count == 2 else {
            file = nil
            return
        }
        guard !parts[1].isEmpty else { return nil }
        file = parts[1] == "-" ? nil : parts[1]
    }

    static var allValueStrings: [String] { Format.allCases.map(\.rawValue) }
}

/// `--output`, once or more.
struct ReportOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "How the answer is written, and where to; can be given several times. Without FILE, or with `-`, standard output.",
            valueName: "FORMAT[=FILE]"), completion: .list(ReportTarget.allValueStrings))
    var output: [ReportTarget] = []

    /// At least one.
    func targets(explaining: Bool = false) throws(CommandFailure) -> [ReportTarget] {
        let targets = output.isEmpty ? [ReportTarget(.text)] : output
        guard targets.count(where: { $0.file == nil }) <= 1 else {
            throw .usage(
                "expected one report on standard output, found several",
                "write the others to files: `--output FORMAT=FILE`")
        }
        var files: Set<[UInt8]> = []
        for file in targets.compactMap(\.file) where !files.insert(Array(file.utf8)).inserted {
            throw .usage("expected one report for a file, found several for \(Finding.quoted(file))")
        }
        guard !explaining || targets.contains(where: { [.text, .json].contains($0.format) }) else {
            throw .usage("`--explain` shows in text and JSON only", "add `--output text=FILE` or `--output json=FILE`")
        }
        return targets
    }
}

/// Writes every report of a run, then leaves with the status of its verdict.
struct ReportWriter {
    let targets: [ReportTarget]
    private(set) var failures: [CommandFailure] = []

    init(_ targets: [ReportTarget]) { self.targets = targets }

    /// Standard output first: a file that can't be written must not keep the verdict from whoever reads that.
    mutating func write(_ list: DecisionList, explanation: DecisionExplanation? = nil) {
        for target in targets where target.file == nil {
            Terminal.write(Self.bytes(target.format, list, explanation, isStandardOutput: true))
        }
        for target in targets {
            if let file = target.file {
                keep { () throws(CommandFailure) in
                    try LocalFile.replace(
                        file, Self.bytes(target.format, list, explanation, isStandardOutput: false))
                }
            }
            if target.format == .github { writeStepFiles(list) }
        }
    }

    /// Throws the verdict's status. Where it is 0 and a report could not be written, that of bad data.
    func leave(_ list: DecisionList) throws {
        for failure in failures { _ = failure.exit() }
        let verdict = list.enforcedVerdict
        guard verdict == .admit else { throw ExitStatus.of(verdict) }
        guard failures.isEmpty else { throw ExitStatus.badData }
    }

    private mutating func keep(_ body: () throws(CommandFailure) -> Void) {
        do throws(CommandFailure) { try body() } catch { failures.append(error) }
    }

    /// The files that the runner names for a step: its summary, of 1 MiB with what earlier commands wrote, and its
    /// outputs.
    private mutating func writeStepFiles(_ list: DecisionList) {
        let summary = Terminal.environment("GITHUB_STEP_SUMMARY")
        if !summary.isEmpty {
            keep { () throws(CommandFailure) in
                let left = MarkdownReport.longestSummary - LocalFile.size(of: summary)
                try LocalFile.append(summary, Array(MarkdownReport.text(list, limit: left).utf8))
            }
        }
        let outputs = Terminal.environment("GITHUB_OUTPUT")
        if !outputs.isEmpty {
            keep { () throws(CommandFailure) in
                try LocalFile.append(outputs, Array(GitHubReport.outputs(list).utf8))
            }
        }
    }

    private static func bytes(
        _ format: ReportTarget.Format, _ list: DecisionList, _ explanation: DecisionExplanation?, isStandardOutput: Bool
    ) -> [UInt8] {
        switch format {
        case .text:
            let style: TextReport.Style = isStandardOutput && Terminal.isColourful ? .terminal : .plain
            var text =
                list.isBatch
                ? BatchReport.text(list, style: style)
                : list.decisions.map { TextReport.text($0.record, style: style) }.joined()
            if let explanation { text += ExplanationText.text(explanation) }
            // A runner takes commands from any line of a step's output.
            if isStandardOutput, !Terminal.environment("GITHUB_ACTIONS").isEmpty { text = GitHubReport.defused(text) }
            return Array(text.utf8)
        case .json:
            guard !list.isBatch, let record = list.decisions.first?.record else {
                return BatchReport.json(list).canonicalBytes() + [UInt8(ascii: "\n")]
            }
            return (explanation.map { VerifyCommand.json(record, $0).canonicalBytes() } ?? record.canonicalBytes)
                + [UInt8(ascii: "\n")]
        case .sarif: return SARIFReport.json(list).prettyBytes()
        case .junit: return Array(JUnitReport.xml(list).utf8)
        case .markdown: return Array(MarkdownReport.text(list).utf8)
        case .github: return Array(GitHubReport.commands(list).utf8)
        }
    }
}
