import Content
import OCI
import StrictEncoding

// Whether one rule holds wherever another does. True only where that can be shown; false says nothing.

extension Requirement {
    /// Whether the other requirement holds for every image for which this one holds.
    func implies(_ other: Requirement) -> Bool {
        if target == other.target { return rule.implies(other.rule) }
        // Evidence for the index covers its children, and an image without children fails both.
        if case .signature = rule, target == .image, other.target == .eachPlatform { return rule.implies(other.rule) }
        return false
    }
}

extension Requirement.Rule {
    func implies(_ other: Requirement.Rule) -> Bool {
        if self == other { return true }
        return switch (self, other) {
        case (.signature(let a), .signature(let b)): a.by.implies(b.by)
        case (.provenance(let a), .provenance(let b)): a.implies(b)
        case (.attestation(let a), .attestation(let b)): a.implies(b)
        case (.image(let a), .image(let b)): a.implies(b)
        case (.anyOf(let alternatives), _): alternatives.allSatisfy { $0.implies([other]) }
        case (_, .anyOf(let alternatives)): alternatives.contains { [self].imply($0.rules.map(\.rule)) }
        default: false
        }
    }
}

extension Alternative {
    /// Whether this alternative holds only where the other one does.
    func implies(_ other: Alternative) -> Bool { implies(other.rules.map(\.rule)) }

    fileprivate func implies(_ others: [Requirement.Rule]) -> Bool { rules.map(\.rule).imply(others) }
}

extension [Requirement.Rule] {
    /// Whether all of the others hold where all of these do.
    fileprivate func imply(_ others: [Requirement.Rule]) -> Bool {
        others.allSatisfy { theirs in contains { $0.implies(theirs) } }
    }
}

extension SignerThreshold {
    /// Of those who have signed at the least, as many are among the other's signers as are left when all that are not
    /// are taken away.
    func implies(_ other: SignerThreshold) -> Bool {
        let others = Set(signers).subtracting(other.signers).reduce(into: Set<ExactString>()) {
            $0.formUnion($1.principals)
        }
        return atLeast - others.count >= other.atLeast
    }
}

extension ProvenanceRule {
    fileprivate func implies(_ other: ProvenanceRule) -> Bool {
        // What all statements of some signers meet, at least one of them meets; but not all statements of more signers.
        let isCardinalityImplied =
            other.match == .any || match == other.match && Set(by.signers) == Set(other.by.signers)
        let isAgeImplied = other.newestAge.map { theirs in newestAge.map { $0 <= theirs } ?? false } ?? true
        let isLevelImplied = other.level.map { theirs in level.map { $0 >= theirs } ?? false } ?? true
        return isCardinalityImplied && isAgeImplied && by.implies(other.by)
            && builder.areCovered(by: other.builder) && sourceRepository.areCovered(by: other.sourceRepository)
            && isLevelImplied && sourceRef.areCovered(by: other.sourceRef) && Self.implies(buildType, other.buildType)
            && Self.implies(entryPoint, other.entryPoint)
            && externalParameters.allSatisfy { mine in
                other.externalParameters.contains {
                    $0.name.covers(mine.name) && mine.values.areCovered(by: $0.values)
                }
            }
    }

    private static func implies(_ mine: [Glob]?, _ theirs: [Glob]?) -> Bool {
        guard let theirs else { return true }
        return mine?.areCovered(by: theirs) ?? false
    }
}

extension AttestationRule {
    fileprivate func implies(_ other: AttestationRule) -> Bool {
        let isCardinalityImplied =
            other.match == .any
            // Of fewer types there may be fewer statements, so these have to be the same.
            || match == other.match && Set(by.signers) == Set(other.by.signers) && Set(types) == Set(other.types)
        let isAgeImplied =
            other.newestAge.map { theirs in time == other.time && newestAge.map { $0 <= theirs } ?? false } ?? true
        return isCardinalityImplied && isAgeImplied && by.implies(other.by) && Set(types).isSubset(of: other.types)
            && Set(other.conditions).isSubset(of: conditions)
    }
}

extension ImageConditions {
    func implies(_ other: ImageConditions) -> Bool {
        other.labels.allSatisfy { theirs in
            labels.contains { $0.key.utf8.elementsEqual(theirs.key.utf8) && $0.value.implies(theirs.value) }
        }
            && Self.implies(user, other.user) { $0.implies($1) } && Self.implies(tag, other.tag) { $0.implies($1) }
            && Self.implies(name, other.name) { $0.implies($1) }
            && Self.implies(platforms, other.platforms) { Set($0).isSubset(of: $1) }
    }

    private static func implies<Condition>(
        _ mine: Condition?, _ theirs: Condition?, _ isImplied: (Condition, Condition) -> Bool
    ) -> Bool {
        guard let theirs else { return true }
        return mine.map { isImplied($0, theirs) } ?? false
    }
}

extension UserCondition {
    fileprivate func implies(_ other: UserCondition) -> Bool {
        switch (self, other) {
        case (.text(let mine), .text(let theirs)): mine.implies(theirs)
        default: self == other
        }
    }
}

extension TextCondition {
    fileprivate func implies(_ other: TextCondition) -> Bool {
        switch self {
        case .oneOf(let values): values.allSatisfy { other.holds(for: $0) }
        case .glob(let globs):
            if case .glob(let theirs) = other { globs.areCovered(by: theirs) } else { self == other }
        }
    }
}

extension Denial {
    /// Whether the other one denies every image that this one denies.
    func isCovered(by other: Denial) -> Bool {
        guard target == other.target else { return false }
        return switch (condition, other.condition) {
        case (.image(let mine), .image(let theirs)): mine.implies(theirs) && mine.isUnknownOnly(where: theirs)
        case (.digest(let mine), .digest(let theirs)): Set(mine).isSubset(of: theirs)
        case (.builder(let mine), .builder(let theirs)): mine.implies(theirs)
        case (.key(let mine), .key(let theirs)): Set(mine).isSubset(of: theirs)
        default: condition == other.condition
        }
    }
}

extension ImageConditions {
    /// What can't be judged denies: so whatever can keep these from being judged has to keep the others too.
    fileprivate func isUnknownOnly(where other: ImageConditions) -> Bool {
        (!needsConfiguration || other.needsConfiguration) && (user != .nonRoot || other.user == .nonRoot)
            && (platforms == nil || other.platforms != nil) && (tag == nil || other.tag != nil)
            && (name == nil || other.name != nil || other.tag != nil)
    }
}

extension [Glob] {
    /// Whether whatever one of these matches, one of the others does.
    fileprivate func areCovered(by others: [Glob]) -> Bool {
        // `**` alone also stands for what is not stated, or empty.
        allSatisfy { mine in
            others.contains { $0.covers(mine) && ($0.matchesEverything || !mine.matchesEverything) }
        }
    }
}
