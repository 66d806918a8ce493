import Content
import Findings
import SBOM
import StrictEncoding

/// What those say of findings whose VEX counts for a rule: nobody else clears anything.
struct VEXClearing {
    private let index: VEXIndex
    private let atLeast: Int
    /// The oldest statement that clears; nil if any does.
    private let oldest: Instant?
    private let names: [ExactString: String]
    private let image: [ExactString]
    /// The documents that count.
    let evidence: [Digest]
    /// Why documents about the subject clear nothing.
    let problems: [Finding]

    init(_ rule: VulnerabilityRule, _ judge: RuleJudge, _ subject: RuleSubject) {
        image = subject.coveredBy.sorted().map { ExactString($0.description) }
        var documents: [(author: ExactString, document: VEXDocument)] = []
        var names: [ExactString: String] = [:]
        var evidence: Set<Digest> = []
        var problems: [Finding] = []
        if let by = rule.vex?.by {
            for attestation in judge.document.attestations.sorted(by: { $0.evidence < $1.evidence })
            where !subject.coveredBy.isDisjoint(with: attestation.subjects) {
                guard let read = attestation.vex else { continue }
                let signers = judge.allowed(by, attestation, subject)
                guard !signers.isEmpty else {
                    problems.append(
                        judge.finding(
                            .vexNoAllowedSigner, "there is a VEX document, but by none of those whose VEX counts",
                            subject, expected: RuleJudge.names(by),
                            found: RuleJudge.listed(RuleJudge.described(attestation.signers)),
                            evidence: attestation.evidence))
                    continue
                }
                switch read {
                case .failure(let unread):
                    problems.append(
                        judge.finding(
                            unread.finding.code, unread.finding.message, subject, evidence: attestation.evidence))
                case .success(var document):
                    // Nobody knows what will be true: a statement of tomorrow would overrule all of today's.
                    let latest = ([judge.document.request.at] + attestation.verifiedTimes).min()
                    document.statements.removeAll { statement in latest.map { statement.timestamp > $0 } ?? false }
                    evidence.insert(attestation.evidence)
                    for signer in signers {
                        names[signer.principal] = min(names[signer.principal] ?? signer.name, signer.name)
                        documents.append((signer.principal, document))
                    }
                }
            }
        }
        index = VEXIndex(documents)
        atLeast = rule.vex?.by.atLeast ?? 1
        oldest = rule.vex?.newestAge.map { judge.document.request.at.adding(seconds: -$0) }
        self.names = names
        self.evidence = evidence.sorted()
        self.problems = problems
    }

    /// Nil unless enough of those who count say lately that it is fixed or does no harm, and none of them, however long
    /// ago, says otherwise.
    func cleared(_ finding: ScanFinding) -> ClearedFinding? {
        clearing(finding, since: oldest)
    }

    /// Which of these are not cleared only because what clears them was said too long ago: one finding for all.
    func tooOld(_ findings: [ScanFinding], _ judge: RuleJudge, _ subject: RuleSubject) -> Finding? {
        guard let oldest else { return nil }
        let stale = findings.filter { cleared($0) == nil }.compactMap { clearing($0, since: nil) }
        guard let first = stale.min(by: { ($0.finding.id, $0.finding.place) < ($1.finding.id, $1.finding.place) })
        else { return nil }
        let more = stale.count > 1 ? " and \(stale.count - 1) more" : ""
        return judge.finding(
            .vexTooOld,
            "VEX would clear \(Finding.quoted(first.finding.id.value, limit: 64))\(first.finding.location)\(more), and was "
                + "said too long ago",
            subject, expected: "since \(oldest)", found: "\(first.statement.timestamp)")
    }

    private func clearing(_ finding: ScanFinding, since oldest: Instant?) -> ClearedFinding? {
        let target = VEXTarget(imageDigests: image, component: finding.package?.url)
        guard let resolution = index.resolve([finding.id] + finding.aliases, in: target), resolution.isCleared else {
            return nil
        }
        let counted = resolution.statements.filter { said in oldest.map { said.statement.timestamp >= $0 } ?? true }
        guard counted.count >= atLeast, let first = counted.first else { return nil }
        return ClearedFinding(
            finding: finding, statement: first.statement,
            authors: counted.map { names[$0.author] ?? $0.author.value })
    }
}

/// A finding that VEX sets aside.
struct ClearedFinding {
    let finding: ScanFinding
    let statement: VEXStatement
    let authors: [String]

    private var text: String {
        let why = statement.justificationLabel ?? statement.impact
        let reason = why.map { Finding.quoted($0.value, limit: 120) } ?? statement.status.rawValue
        let by = RuleJudge.enumerated(authors.map { "`\($0)`" })
        return "\(Finding.quoted(finding.id.value, limit: 64))\(finding.location) (\(reason), by \(by))"
    }

    /// `VEX clears …`; nil where nothing is cleared. Of many the first five.
    static func summary(_ all: [ClearedFinding]) -> String? {
        let texts = Set(all.map { ExactString($0.text) }).sorted().map(\.value)
        guard !texts.isEmpty else { return nil }
        let more = texts.count > 5 ? " and \(texts.count - 5) more" : ""
        return "VEX clears " + texts.prefix(5).joined(separator: ", ") + more
    }
}

extension ScanFinding {
    /// ` in log4j-core 2.14.1`; empty where the report names no package.
    var location: String {
        guard let package else { return "" }
        let version = package.version.map { " " + Finding.escaped(String($0.value.prefix(80))) } ?? ""
        return " in \(Finding.quoted(package.name.value, limit: 120))\(version)"
    }
}
