import Attestation
public import Content
import Findings
import OCI
public import SBOM
public import StrictEncoding

extension StatementKind {
    /// Reports of vulnerability scanners.
    static let scan = StatementKind(
        noun: "a scan", none: .vulnerabilityNoScan, noneOfType: .vulnerabilityNoneOfType,
        noAllowedSigner: .vulnerabilityNoAllowedSigner, tooFewSigners: .vulnerabilityTooFewSigners,
        notExactlyOne: .vulnerabilityNotExactlyOne, tooOld: .vulnerabilityScanTooOld,
        time: ("end of scan", "scanFinishedOn"), includes: { $0.family == .vulnerabilities })
}

/// What a rule on vulnerabilities looks at in a statement.
struct ScanContent: Sendable {
    let report: Result<ScanReport, UnreadContent>
    let predicate: JSONValue?

    init?(_ attestation: AttestationFacts) {
        guard let report = attestation.scan else { return nil }
        self.report = report
        predicate = attestation.predicate
    }

    /// Whether both say the same, byte for byte.
    func isSame(as other: ScanContent) -> Bool { (predicate?.rawBytes ?? []) == (other.predicate?.rawBytes ?? []) }

    var finishedAt: Instant? { (try? report.get())?.finishedAt }
}

typealias ScanCandidate = StatementCandidate<ScanContent>

extension RuleJudge {
    func vulnerabilities(_ rule: VulnerabilityRule, _ subject: RuleSubject) -> Judgement {
        let clearing = VEXClearing(rule, self, subject)
        switch candidates(rule, subject) {
        case .failure(let none): return none.judgement
        case .success(let candidates):
            var judgement = judge(
                candidates, by: rule.by, match: rule.match, .scan, subject, time: \.content.finishedAt,
                check: { check($0, rule, clearing, subject) })
            if judgement.outcome == .holds {
                // What was set aside stands in the verdict, with why.
                let reports = candidates.compactMap { try? $0.content.report.get() }
                let cleared = reports.flatMap { $0.findings.compactMap { clearing.cleared($0) } }
                let text = ClearedFinding.summary(cleared)
                if let text { judgement.summary = [judgement.summary, text].compactMap { $0 }.joined(separator: "; ") }
                if text != nil { judgement.evidence += clearing.evidence }
            } else if judgement.findings.contains(where: { $0.code.name.utf8.starts(with: "vulnerability.".utf8) }) {
                judgement.findings += clearing.problems
                let found = candidates.compactMap { try? $0.content.report.get() }.flatMap(\.findings)
                if let tooOld = clearing.tooOld(found, self, subject) { judgement.findings.append(tooOld) }
            }
            return judgement
        }
    }

    /// The scans of the subject by allowed signers, sorted; at least one, or why there is none. A scan that says it is of
    /// another image is no evidence here, neither for nor against.
    private func candidates(
        _ rule: VulnerabilityRule, _ subject: RuleSubject
    ) -> Result<[ScanCandidate], NoCandidate> {
        var elsewhere: [(evidence: Digest, report: ScanReport)] = []
        let found = candidates(by: rule.by, .scan, subject, isSame: { $0.isSame(as: $1) }) {
            (attestation: AttestationFacts) -> ScanContent? in
            let content = ScanContent(attestation)
            if case .success(let report)? = content?.report, Self.isAnother(report, subject) {
                if !allowed(rule.by, attestation, subject).isEmpty { elsewhere.append((attestation.evidence, report)) }
                return nil
            }
            return content
        }
        guard case .failure = found, let first = elsewhere.min(by: { $0.evidence < $1.evidence }) else { return found }
        return .failure(
            NoCandidate(
                finding: finding(
                    .vulnerabilityScansAnother, "the report says that another image was scanned", subject,
                    expected: Self.listed(subject.coveredBy.map(\.description)), found: Self.target(first.report),
                    evidence: first.evidence)))
    }

    /// A manifest's or index's digest that is stated has to be one of those that cover the subject. A configuration is that of
    /// one platform: a scan of an index looks at one of its children, whichever the scanner's machine would run.
    private static func isAnother(_ report: ScanReport, _ subject: RuleSubject) -> Bool {
        let covering = Set(subject.coveredBy.map { ExactString($0.description) })
        if !report.targetDigests.isEmpty, covering.isDisjoint(with: report.targetDigests) { return true }
        guard let configuration = report.targetConfiguration, !covering.contains(configuration),
            subject.children.count == 1, case .success(let own)? = subject.children.first?.configuration
        else { return false }
        return configuration != ExactString(own.content.digest.description)
    }

    private static func target(_ report: ScanReport) -> String {
        listed((report.targetDigests + [report.targetConfiguration].compactMap { $0 }).map(\.value))
    }

    func check(
        _ candidate: ScanCandidate, _ rule: VulnerabilityRule, _ clearing: VEXClearing, _ subject: RuleSubject
    ) -> CandidateCheck {
        var check = candidate.check
        let report: ScanReport
        switch candidate.content.report {
        case .success(let read): report = read
        case .failure(let unread):
            check.misses.append(
                .init(
                    code: unread.finding.code, what: "the scan", expected: "one that can be read", found: nil,
                    statement: "the scan can't be read: \(unread.finding.message)"))
            return check
        }
        if Self.isAnother(report, subject) {
            check.misses.append(
                .init(
                    code: .vulnerabilityScansAnother, what: "scanned image",
                    expected: Self.listed(subject.coveredBy.map(\.description)), found: Self.target(report)))
        }
        if let scanners = rule.scanners {
            if let name = report.scanner?.name, scanners.contains(where: { $0.matches(name.value) }) {
                check.matched.append("scanner")
            } else {
                check.misses.append(
                    .init(
                        code: .vulnerabilityScannerDiffers, what: "scanner",
                        expected: Self.listed(scanners.map(\.description)),
                        found: report.scanner.map { Finding.quoted($0.name.value) }))
            }
        }
        checkAge(report.finishedAt, newestAge: rule.scannedWithin, candidate, .scan, &check)
        self.check(report.findings.filter { clearing.cleared($0) == nil }, rule, &check)
        return check
    }
}

extension AttestationFacts {
    var family: PredicateFamily? { PredicateType(predicateType)?.family }
}

extension ScanReport {
    /// Reads the predicate of a statement whose type says that it is a scan; nil for any other. A failure is a finding.
    public static func reading(
        predicate: JSONValue?, ofType type: ExactString
    ) -> Result<ScanReport, UnreadContent>? {
        guard PredicateType(type)?.family == .vulnerabilities else { return nil }
        guard let predicate else {
            return .failure(UnreadContent(Finding(.vulnerabilityUnreadable, "expected a scan, found no predicate")))
        }
        do throws(ScanReportError) {
            let report = try ScanReport(predicate)
            // Only the predicates that the type names: a bare document of a scanner does not say that it is a scan's.
            guard report.format == .inTotoPredicate || predicate["scanner"] != nil else { throw .unknownFormat }
            return .success(report)
        } catch {
            return .failure(UnreadContent(Finding(.vulnerabilityUnreadable, error.message)))
        }
    }
}

extension VEXDocument {
    /// Reads the predicate of a statement that is a VEX document; nil for any other, and for an SBOM without assessments.
    public static func reading(
        predicate: JSONValue?, ofType type: ExactString, about subjects: [Digest]
    ) -> Result<VEXDocument, UnreadContent>? {
        guard let predicate else { return nil }
        let format: VEXFormat
        switch PredicateType(type)?.family {
        case .openVEX: format = .openVEX
        case .csaf: format = .csaf
        case .cycloneDX:
            format = .cycloneDX
            let isVEX = predicate["vulnerabilities"]?.array?.contains { $0["analysis"]?["state"] != nil } ?? false
            guard isVEX else { return nil }
        default: return nil
        }
        do throws(VEXError) {
            let document = try VEXDocument(predicate, subjects: subjects.map { ExactString($0.description) })
            // A document is what its type says, or whoever goes by the type would look for it in vain.
            guard document.format == format else { throw .unknownFormat }
            return .success(document)
        } catch {
            return .failure(UnreadContent(Finding(.vexUnreadable, error.message)))
        }
    }
}
