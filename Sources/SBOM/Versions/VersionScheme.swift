/// Whose rules say which of two versions is the newer one: the types of VERS.
public enum VersionScheme: String, Sendable, Hashable, CaseIterable {
    /// Package ecosystems, named as package URLs name them.
    case alpm, apk, cargo, composer, conan, deb, gem, gentoo, golang, maven, npm, nuget, pypi, rpm
    /// Single projects.
    case nginx, openssl
    /// General purpose; `all` and `nothing` have one range each and compare like `lexicographic`.
    case all, datetime, generic, intdot, lexicographic, semver
    /// VERS `none`: a range without versions.
    case nothing = "none"

    /// The scheme of a VERS type, in any letter case; nil if it is not known here.
    public init?(type: String) {
        switch type.lowercased() {
        // What readers of advisories call them.
        case "alpine": self = .apk
        case "ebuild": self = .gentoo
        case "go": self = .golang
        case let type: self.init(rawValue: type)
        }
    }

    /// The scheme in which packages of a package URL's type are versioned; nil if no order is known.
    public init?(packageType: String) {
        switch packageType {
        // Both document Semantic Versioning as their order.
        case "hex", "pub", "swift": self = .semver
        case "hackage": self = .intdot
        case "all", "none", "datetime", "lexicographic", "generic": return nil
        default: self.init(rawValue: packageType)
        }
    }

    var form: any VersionForm.Type {
        switch self {
        case .alpm: ArchVersion.self
        case .apk: AlpineVersion.self
        case .cargo, .golang, .npm, .semver: SemanticVersion.self
        case .composer: ComposerVersion.self
        case .conan: ConanVersion.self
        case .deb: DebianVersion.self
        case .gem: RubyVersion.self
        case .gentoo: GentooVersion.self
        case .maven: MavenVersion.self
        case .nuget: NuGetVersion.self
        case .pypi: PythonVersion.self
        case .rpm: RPMVersion.self
        case .openssl: OpenSSLVersion.self
        case .datetime: DateTimeVersion.self
        case .generic: GenericVersion.self
        case .intdot, .nginx: IntegerDotVersion.self
        case .all, .lexicographic, .nothing: LexicographicVersion.self
        }
    }
}
