import Attestation
import Content
import Findings
public import SBOM
public import StrictEncoding

extension StatementKind {
    /// SBOMs, whatever a rule asks of them.
    static let sbom = StatementKind(
        noun: "an SBOM", none: .sbomNone, noneOfType: .sbomNoneOfType, noAllowedSigner: .sbomNoAllowedSigner,
        tooFewSigners: .sbomTooFewSigners, notExactlyOne: .sbomNotExactlyOne, tooOld: .sbomTooOld,
        time: ("time of making", "created"), includes: \.isSBOM)
}

/// What a rule on SBOMs looks at in a statement.
struct SBOMContent: Sendable {
    let inventory: Result<Inventory, UnreadContent>
    let predicate: JSONValue?

    init?(_ attestation: AttestationFacts) {
        guard let inventory = attestation.inventory else { return nil }
        self.inventory = inventory
        predicate = attestation.predicate
    }

    /// Whether both say the same, byte for byte.
    func isSame(as other: SBOMContent) -> Bool { (predicate?.rawBytes ?? []) == (other.predicate?.rawBytes ?? []) }

    var created: Instant? { (try? inventory.get())?.created }
}

typealias SBOMCandidate = StatementCandidate<SBOMContent>

/// One of the rules on what SBOMs say.
struct InventoryRule {
    let selection: SBOMSelection
    /// Compares an inventory with what the rule asks.
    let check: (Inventory, inout CandidateCheck) -> Void
}

extension RuleJudge {
    func inventoryRule(_ rule: SBOMRule) -> InventoryRule {
        InventoryRule(selection: rule.selection) { self.check($0, rule, &$1) }
    }

    func inventoryRule(_ rule: ComponentRule) -> InventoryRule {
        InventoryRule(selection: rule.selection) { self.check($0, rule, &$1) }
    }

    func inventoryRule(_ rule: LicenseRule) -> InventoryRule {
        InventoryRule(selection: rule.selection) { self.check($0, rule, &$1) }
    }

    func judge(_ rule: InventoryRule, _ subject: RuleSubject) -> Judgement {
        switch candidates(rule.selection, subject) {
        case .failure(let none): none.judgement
        case .success(let candidates):
            judge(
                candidates, by: rule.selection.by, match: rule.selection.match, .sbom, subject,
                time: \.content.created, check: { check($0, rule, subject) })
        }
    }

    /// The SBOMs of the subject by allowed signers, sorted; at least one, or why there is none. An SBOM that says it
    /// describes another image is no evidence here, neither for nor against.
    private func candidates(
        _ selection: SBOMSelection, _ subject: RuleSubject
    ) -> Result<[SBOMCandidate], NoCandidate> {
        var elsewhere: [(evidence: Digest, stated: [Digest])] = []
        let found = candidates(by: selection.by, .sbom, subject, isSame: { $0.isSame(as: $1) }) {
            (attestation: AttestationFacts) -> SBOMContent? in
            let content = SBOMContent(attestation)
            if case .success(let inventory)? = content?.inventory {
                let stated = StatedSubject(inventory)
                guard !stated.isAnother(than: subject.coveredBy) else {
                    if !allowed(selection.by, attestation, subject).isEmpty {
                        elsewhere.append((attestation.evidence, stated.digests))
                    }
                    return nil
                }
            }
            return content
        }
        guard case .failure = found, let first = elsewhere.min(by: { $0.evidence < $1.evidence }) else { return found }
        return .failure(
            NoCandidate(
                finding: finding(
                    .sbomDescribesAnother, "the SBOM says that it describes another image", subject,
                    expected: Self.listed(subject.coveredBy.map(\.description)),
                    found: Self.listed(first.stated.map(\.description)), evidence: first.evidence)))
    }

    func check(_ candidate: SBOMCandidate, _ rule: InventoryRule, _ subject: RuleSubject) -> CandidateCheck {
        var check = candidate.check
        let inventory: Inventory
        switch candidate.content.inventory {
        case .success(let read): inventory = read
        case .failure(let unread):
            check.misses.append(
                .init(
                    code: unread.finding.code, what: "the SBOM", expected: "one that can be read", found: nil,
                    statement: "the SBOM can't be read: \(unread.finding.message)"))
            return check
        }
        checkSubject(inventory, rule.selection, subject, &check)
        if let formats = rule.selection.formats {
            let found = "\(inventory.format.rawValue) \(inventory.specVersion)"
            if formats.contains(where: { $0.includes(inventory) }) {
                check.matched.append("format")
            } else {
                check.misses.append(
                    .init(
                        code: .sbomFormatDiffers, what: "format", expected: Self.listed(formats.map(\.description)),
                        found: Finding.quoted(found)))
            }
        }
        checkAge(inventory.created, newestAge: rule.selection.newestAge, candidate, .sbom, &check)
        rule.check(inventory, &check)
        return check
    }

    private func checkSubject(
        _ inventory: Inventory, _ selection: SBOMSelection, _ subject: RuleSubject, _ check: inout CandidateCheck
    ) {
        let stated = StatedSubject(inventory)
        let expected = Self.listed(subject.coveredBy.map(\.description))
        if stated.isAnother(than: subject.coveredBy) {
            check.misses.append(
                .init(
                    code: .sbomDescribesAnother, what: "described image", expected: expected,
                    found: Self.listed(stated.digests.map(\.description))))
        } else if !stated.digests.isEmpty {
            check.matched.append("described image")
        } else if selection.describesImage {
            check.misses.append(
                .init(code: .sbomSubjectNotStated, what: "described image", expected: expected, found: nil))
        }
    }
}

/// The digests of what an SBOM says it describes.
///
/// The package URL and the version are the image's name, so each digest in them has to be one of the image. Hashes of the
/// described component may also be of an archive or a configuration; they count where no name says anything, and then one
/// of them has to be the image's.
struct StatedSubject {
    private var named: [Digest] = []
    private var hashes: [Digest] = []

    init(_ inventory: Inventory) {
        for component in inventory.described {
            if let version = component.version, let digest = try? Digest(version) { named.append(digest) }
            for text in component.packageURLTexts {
                guard let package = try? PackageURL(text, typeDefinition: .recorded) else { continue }
                if let version = package.version, let digest = try? Digest(version) { named.append(digest) }
                for qualifier in package.qualifiers where qualifier.key == "digest" {
                    if let digest = try? Digest(qualifier.value.value) { named.append(digest) }
                }
            }
            for hash in component.hashes where hash.algorithm.isCollisionResistant {
                if let digest = try? Digest("\(hash.algorithm.name):\(hash.hex)") { hashes.append(digest) }
            }
        }
    }

    /// Those that count, sorted and distinct; empty if the SBOM states none.
    var digests: [Digest] { Set(named.isEmpty ? hashes : named).sorted() }

    func isAnother(than image: Set<Digest>) -> Bool {
        named.isEmpty ? !hashes.isEmpty && image.isDisjoint(with: hashes) : !image.isSuperset(of: named)
    }
}

extension AttestationFacts {
    /// Whether its type says that it is an SBOM.
    public var isSBOM: Bool { Inventory.format(ofPredicate: predicateType) != nil }
}

extension Inventory {
    /// Reads the predicate of a statement whose type says that it is an SBOM; nil for any other.
    ///
    /// A failure is a finding with the code and the place of what is wrong; also where the predicate is an SBOM of another
    /// format than its type says.
    public static func reading(
        predicate: JSONValue?, ofType type: ExactString
    ) -> Result<Inventory, UnreadContent>? {
        guard let format = format(ofPredicate: type) else { return nil }
        guard let predicate else {
            return .failure(UnreadContent(Finding(.sbomUnrecognised, "expected an SBOM as predicate, found none")))
        }
        do throws(SBOMError) {
            let inventory = try Inventory(predicate)
            guard inventory.format == format else {
                return .failure(
                    UnreadContent(
                        Finding(
                            .sbomOfAnotherFormat,
                            "expected \(format.rawValue), as the predicate's type says, found \(inventory.format.rawValue)"
                        )
                    ))
            }
            return .success(inventory)
        } catch {
            return .failure(UnreadContent(Finding(error.code, error.message)))
        }
    }

    fileprivate static func format(ofPredicate type: ExactString) -> SBOMFormat? {
        switch PredicateType(type)?.family {
        case .spdx: .spdx
        case .cycloneDX: .cycloneDX
        case .syft: .syft
        default: nil
        }
    }
}
