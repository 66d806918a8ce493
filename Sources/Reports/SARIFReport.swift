import Admission
import AdmissionPolicy
import Content
import Findings
import OCI
public import StrictEncoding

/// SARIF 2.1.0 (OASIS "Static Analysis Results Interchange Format"), as GitHub's code scanning and other viewers of
/// findings read it: one run, a result for each finding, a rule for each reason code that was said.
///
/// Levels: `error` where the gate stops the image, `warning` where a policy's stage lets it pass, `note` for what decides
/// nothing and for what was waived. Admitted images have no result of their own; `runs[0].properties` lists every image
/// with its verdict and digest.
public enum SARIFReport {
    /// Most results of a run that code scanning takes (GitHub, "SARIF support for code scanning", "Limits"); what is cut
    /// is the least severe.
    public static let mostResults = 25_000
    /// Most mentions of one image that stand as its locations; code scanning reads ten.
    static let mostLocations = 10

    /// The log.
    public static func json(_ list: DecisionList, mostResults: Int = mostResults) -> JSONTree {
        let said = SaidFinding.all(list)
        let kept = cut(said, to: mostResults)
        let codes = Set(kept.map(\.finding.code)).sorted()
        let places = Dictionary(codes.enumerated().map { ($1, $0) }) { first, _ in first }
        var occurrences: [String: Int] = [:]
        let results = kept.map { item in
            let identity = item.identity
            occurrences[identity, default: 0] += 1
            return result(item, rule: places[item.finding.code] ?? 0, occurrence: occurrences[identity] ?? 1)
        }
        return [
            "$schema":
                "https://raw.githubusercontent.com/oasis-tcs/sarif-spec/main/sarif-2.1/schema/sarif-schema-2.1.0.json",
            "version": "2.1.0",
            "runs": [
                [
                    "tool": [
                        "driver": [
                            "name": "landwaiter",
                            "informationUri": "https://landwaiter.dev/",
                            "semanticVersion": .string(AdmissionRecord.engineVersion),
                            "rules": .array(codes.map(rule)),
                        ]
                    ],
                    "columnKind": "unicodeCodePoints",
                    "invocations": [invocation(list, cut: said.count - kept.count)],
                    "results": .array(results),
                    "properties": [
                        "verdict": .string(list.verdict.rawValue),
                        "decisions": .array(list.decisions.map(decision)),
                    ],
                ]
            ],
        ]
    }

    // MARK: The parts of a run

    private static func rule(_ code: ReasonCode) -> JSONTree {
        [
            "id": .string(code.name),
            "name": .string(pascalCase(code.name)),
            "shortDescription": ["text": .string(message(code.summary))],
            "fullDescription": ["text": .string(message(code.summary + "; to mend it: " + code.mend))],
            "help": [
                "text": .string(message("What mends it: " + code.mend)),
                "markdown": .string("What mends it: " + MarkdownText.prose(code.mend)),
            ],
            "helpUri": .string("https://landwaiter.dev/docs/reasons.md#" + code.name),
            "defaultConfiguration": ["level": code.effect == .note ? "note" : "error"],
            "properties": [
                "effect": .string(code.effect.rawValue),
                "tags": ["security", "supply-chain", .string(code.family)],
                // Without one, viewers take a finding for a matter of style.
                "security-severity": .string(severity(code)),
            ],
        ]
    }

    private static func result(_ item: SaidFinding, rule: Int, occurrence: Int) -> JSONTree {
        let finding = item.finding
        let fingerprint = Digest(of: Array("\(item.identity)\n\(occurrence)".utf8)).hex
        return JSONTree(members: [
            "ruleId": .string(finding.code.name),
            "ruleIndex": .integer(Int64(rule)),
            "level": .string(item.level),
            "message": ["text": .string(message(item.text))],
            "locations": .array(item.locations),
            "partialFingerprints": [
                "landwaiter/v1": .string(fingerprint),
                // The one by which code scanning knows a finding again.
                "primaryLocationLineHash": .string(fingerprint.prefix(16) + ":\(occurrence)"),
            ],
            "suppressions": item.waiver.map { why in
                [["kind": "external", "status": "accepted", "justification": .string(why)]]
            },
            "properties": JSONTree(members: [
                "image": .string(item.decision.name),
                "digest": item.decision.digest.map(JSONTree.string),
                "verdict": .string(item.decision.record.verdict.rawValue),
                "namespace": item.decision.record.request.namespace.map(JSONTree.string),
                "rule": finding.rule.map(JSONTree.string),
                "platform": finding.platform.map(JSONTree.string),
                "evidence": finding.evidence.map(JSONTree.string),
                "expected": finding.expected.map(JSONTree.string),
                "found": finding.found.map(JSONTree.string),
                "mend": .string(finding.mend),
                "headline": .bool(finding == item.decision.record.headline),
            ]),
        ])
    }

    private static func invocation(_ list: DecisionList, cut: Int) -> JSONTree {
        var notes = list.notes.map(message)
        if cut > 0 {
            notes.append("\(cut) further results were left out: viewers take at most so many; the JSON report has all")
        }
        return [
            // The program did its work, whatever the verdict.
            "executionSuccessful": true,
            "toolExecutionNotifications": .array(
                notes.map { ["level": "warning", "message": ["text": .string($0)]] }),
        ]
    }

    private static func decision(_ decision: DecisionList.Decision) -> JSONTree {
        JSONTree(members: [
            "image": .string(decision.name),
            "digest": decision.digest.map(JSONTree.string),
            "namespace": decision.record.request.namespace.map(JSONTree.string),
            "verdict": .string(decision.record.verdict.rawValue),
            "stage": .string(decision.record.enforcement.stage.name),
            "hypothetical": .bool(decision.record.request.hypothetical),
            "policyDigest": .string(decision.record.policyDigest.description),
            "insecure": JSONTree(strings: decision.record.insecure),
        ])
    }

    /// The first of each level, the most severe level first; the order of what is kept stays.
    private static func cut(_ said: [SaidFinding], to most: Int) -> [SaidFinding] {
        guard said.count > most else { return said }
        var left = most
        var kept: Set<Int> = []
        for level in ["error", "warning", "note"] {
            for (position, item) in said.enumerated() where item.level == level && left > 0 {
                kept.insert(position)
                left -= 1
            }
        }
        return said.enumerated().filter { kept.contains($0.offset) }.map(\.element)
    }

    // MARK: Texts

    /// A plain text message: braces begin placeholders (section 3.11.5) and `[text](destination)` is a link (3.11.6),
    /// unless they are escaped.
    static func message(_ text: String) -> String {
        var out = ""
        let escaped = Finding.escaped(text)
        let mayLink = Array(escaped.utf8).containsLink
        for scalar in escaped.unicodeScalars {
            switch scalar {
            case "{", "}": out += "\(scalar)\(scalar)"
            case "[", "]": out += (mayLink ? "\\" : "") + String(scalar)
            default: out.unicodeScalars.append(scalar)
            }
        }
        return out
    }

    /// `signature.no-key-matches` as `SignatureNoKeyMatches`.
    private static func pascalCase(_ name: String) -> String {
        name.split { !$0.isLetter && !$0.isNumber }.map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined()
    }

    /// As code scanning sorts findings: contradictions are critical, what is missing or unknown is high.
    private static func severity(_ code: ReasonCode) -> String {
        guard code.effect != .note else { return "1.0" }
        return [.integrity, .denial].contains(code.rank) ? "9.0" : "7.0"
    }
}

/// A finding of one image, with what a viewer needs to show it.
private struct SaidFinding {
    let decision: DecisionList.Decision
    let finding: Finding
    let level: String
    /// Why it counts for nothing, if it was waived.
    let waiver: String?

    static func all(_ list: DecisionList) -> [SaidFinding] {
        list.decisions.flatMap { decision in
            let record = decision.record
            let deciding = record.enforcement.isEnforced ? "error" : "warning"
            let said = record.findings.map { finding in
                SaidFinding(
                    decision: decision, finding: finding,
                    level: finding.code.effect == .note ? "note" : deciding, waiver: nil)
            }
            let waived = (record.guardrails + record.policies).flatMap(\.rules).filter { $0.outcome == .waived }
            return said
                + waived.flatMap { rule in
                    rule.findings.map { finding in
                        SaidFinding(
                            decision: decision, finding: finding, level: "note",
                            waiver: "waived by \(rule.waivedBy?.text ?? "an exception")")
                    }
                }
        }
    }

    var text: String {
        "\(decision.name): \(finding.message)" + (finding.platform.map { " (\($0))" } ?? "")
            + (finding.rule.map { "; rule \($0)" } ?? "") + "; to mend it: " + finding.mend
    }

    /// What stays the same when the image is built anew: neither digest nor tag, nor what was found in it.
    var identity: String {
        let request = decision.record.request
        let parts = [
            request.reference?.name ?? decision.image, request.namespace ?? "", finding.code.name, finding.rule ?? "",
            finding.platform ?? "",
        ]
        // Lengths keep the parts apart, whatever they hold.
        return parts.map { "\($0.utf8.count):\($0)" }.joined(separator: "\n")
    }

    /// The lines that name the image. Of an image that no file names, viewers that know only files get its repository
    /// as one; the logical location is its name in full.
    var locations: [JSONTree] {
        let logical: JSONTree = [
            ["fullyQualifiedName": .string(decision.name), "kind": "resource"]
        ]
        let mentions = decision.mentions.filter { $0.file != nil }.prefix(SARIFReport.mostLocations)
        guard !mentions.isEmpty else {
            let path = decision.record.request.reference?.repository ?? decision.image
            return [location(path, line: 1, logical)]
        }
        return mentions.map { location($0.file ?? "", line: $0.line ?? 1, logical) }
    }

    private func location(_ path: String, line: Int, _ logical: JSONTree) -> JSONTree {
        [
            "physicalLocation": [
                "artifactLocation": ["uri": .string(Self.uri(path))],
                "region": ["startLine": .integer(Int64(line))],
            ],
            "logicalLocations": logical,
        ]
    }

    /// RFC 3986: a path as a reference, relative as it was given. What isn't unreserved is percent-encoded, a colon too,
    /// since the part before it would be a scheme.
    private static func uri(_ path: String) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var out: [UInt8] = path.utf8.first == UInt8(ascii: "/") ? Array("file://".utf8) : []
        for byte in path.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"), UInt8(ascii: "/"):
                out.append(byte)
            default: out += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: out, as: UTF8.self)
    }
}

extension [UInt8] {
    /// Whether `](` stands in the text.
    fileprivate var containsLink: Bool {
        zip(self, dropFirst()).contains { $0 == UInt8(ascii: "]") && $1 == UInt8(ascii: "(") }
    }
}
