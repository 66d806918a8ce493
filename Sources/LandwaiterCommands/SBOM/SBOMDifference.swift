import SBOM
import StrictEncoding

/// What differs between two inventories, by package: a package URL without version, or a name where there is none.
struct SBOMDifference {
    /// One package that is not the same in both. Lists are sorted, without repetition.
    struct Change {
        enum Kind: String, CaseIterable { case added, removed, version, licenses }

        let package: ExactString
        let kind: Kind
        let versionsBefore: [ExactString]
        let versionsAfter: [ExactString]
        let licensesBefore: [ExactString]
        let licensesAfter: [ExactString]
    }

    /// By kind, then by package. A package of which version and licences differ is there twice.
    let changes: [Change]

    init(from old: Inventory, to new: Inventory) {
        let before = Self.packages(old)
        let after = Self.packages(new)
        var byKind: [Change.Kind: [Change]] = [:]
        for package in Set(before.keys).union(after.keys).sorted() {
            let (left, right) = (before[package], after[package])
            func add(_ kind: Change.Kind) {
                byKind[kind, default: []].append(
                    Change(
                        package: package, kind: kind, versionsBefore: (left?.versions ?? []).sorted(),
                        versionsAfter: (right?.versions ?? []).sorted(),
                        licensesBefore: (left?.licenses ?? []).sorted(),
                        licensesAfter: (right?.licenses ?? []).sorted()))
            }
            switch (left, right) {
            case (nil, _): add(.added)
            case (_, nil): add(.removed)
            case (let left?, let right?):
                if left.versions != right.versions { add(.version) }
                if left.licenses != right.licenses { add(.licenses) }
            }
        }
        changes = Change.Kind.allCases.flatMap { byKind[$0] ?? [] }
    }

    func count(_ kind: Change.Kind) -> Int { changes.count { $0.kind == kind } }

    private struct Package {
        var versions: Set<ExactString> = []
        var licenses: Set<ExactString> = []
    }

    private static func packages(_ inventory: Inventory) -> [ExactString: Package] {
        var packages: [ExactString: Package] = [:]
        packages.reserveCapacity(inventory.components.count)
        for component in inventory.components {
            let url = component.packages.first
            let key = url.map { String($0.package) } ?? component.names.last ?? ""
            var package = packages.removeValue(forKey: ExactString(key)) ?? Package()
            if let version = url?.version ?? component.version, !version.utf8.isEmpty {
                package.versions.insert(ExactString(version))
            }
            for license in component.declaredLicenses + component.concludedLicenses {
                // What says nothing is the same as nothing, and words in another order say the same.
                guard !license.text.isEmpty, !license.text.utf8.elementsEqual("NOASSERTION".utf8) else { continue }
                let expression = try? LicenseExpression(license.text)
                package.licenses.insert(ExactString(expression?.normalized.description ?? license.text))
            }
            packages[ExactString(key)] = package
        }
        return packages
    }
}
