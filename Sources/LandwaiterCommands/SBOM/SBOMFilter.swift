import Content
import SBOM

/// Which components a query asks for: those that meet every condition.
struct SBOMFilter {
    var package: PackageURLPattern?
    var versions: VersionRange?
    var name: Glob?
    var license: LicensePattern?
    var supplier: Glob?

    /// What is known of one component.
    enum Answer {
        case found, other
        /// It meets every other condition, and its version has no place in the order of the range's scheme.
        case unordered
    }

    func answer(_ component: Component) -> Answer {
        if let name, !component.names.contains(where: name.matches) { return .other }
        if let supplier, !Self.suppliers(component).contains(where: supplier.matches) { return .other }
        if let license, !Self.mentions(license, component) { return .other }
        guard package != nil || versions != nil else { return .found }
        let packages = component.packages.filter { package?.matches($0) ?? true }
        guard let versions else { return packages.isEmpty ? .other : .found }
        var answer = Answer.other
        for package in packages where VersionScheme(packageType: package.type) == versions.scheme {
            guard let version = Self.version(package, component), let contains = versions.contains(version) else {
                answer = .unordered
                continue
            }
            if contains { return .found }
        }
        return answer
    }

    /// The version of the package URL, or else the component's own.
    private static func version(_ package: PackageURL, _ component: Component) -> Version? {
        if package.version != nil { return Version(of: package) }
        guard let text = component.version, let scheme = VersionScheme(packageType: package.type) else { return nil }
        return try? Version(text, scheme: scheme)
    }

    /// As written, and without the kind that SPDX 2 puts in front.
    private static func suppliers(_ component: Component) -> [String] {
        guard let supplier = component.supplier else { return [] }
        for kind in ["Organization: ", "Person: "] where supplier.utf8.starts(with: kind.utf8) {
            return [supplier, String(decoding: supplier.utf8.dropFirst(kind.utf8.count), as: UTF8.self)]
        }
        return [supplier]
    }

    /// Whether a licence that is declared, concluded or observed is meant, also as one of several. With "or later" a version that
    /// may be chosen is enough, and so is an exception besides what is meant.
    private static func mentions(_ pattern: LicensePattern, _ component: Component) -> Bool {
        let chosen = LicenseRules(allowed: [pattern])
        let excluded = LicenseRules(denied: [pattern])
        let licenses = component.declaredLicenses + component.concludedLicenses + component.observedLicenses
        return licenses.contains { license in
            guard let expression = try? LicenseExpression(license.text) else { return false }
            return expression.terms.contains { chosen.judge($0) == .allowed || excluded.judge($0) == .denied }
        }
    }
}
