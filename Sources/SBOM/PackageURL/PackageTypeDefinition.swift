/// What the registered definition of a type asks for, as far as a text can show it.
///
/// The facts are those of the type definitions at packageurl.org/purl-types, August 2026. An unregistered type has no
/// rules beyond those for all types (ECMA-427 clause 5.7).
struct PackageTypeDefinition: Sendable {
    enum Requirement { case required, optional, prohibited }

    struct Components: OptionSet {
        let rawValue: UInt8
        static let namespace = Components(rawValue: 1)
        static let name = Components(rawValue: 2)
        static let version = Components(rawValue: 4)
        static let subpath = Components(rawValue: 8)
        static let both: Components = [.namespace, .name]
    }

    var namespace = Requirement.optional
    /// Components in which letter case means nothing; the canonical form is lower case.
    var lowercase: Components = []
    var requiredQualifier: String?

    static let registered: [String: PackageTypeDefinition] = [
        "alpm": .init(namespace: .required, lowercase: .both),
        "apk": .init(namespace: .required, lowercase: .both),
        "bazel": .init(namespace: .prohibited),
        "bitbucket": .init(namespace: .required, lowercase: .both),
        "bitnami": .init(namespace: .prohibited, lowercase: .name),
        "brew": .init(lowercase: .both),
        "cargo": .init(namespace: .prohibited),
        "chrome-extension": .init(namespace: .prohibited, lowercase: .name),
        "cocoapods": .init(namespace: .prohibited),
        "composer": .init(namespace: .required, lowercase: .both),
        "conan": .init(),
        "conda": .init(namespace: .prohibited),
        "cpan": .init(),
        "cran": .init(namespace: .prohibited),
        "deb": .init(namespace: .required, lowercase: .both),
        "docker": .init(),
        "gem": .init(namespace: .prohibited),
        "generic": .init(),
        "git": .init(namespace: .required),
        "github": .init(namespace: .required, lowercase: .both),
        // The definition's notes want lower case; its flag says the opposite. Modules that differ in case only don't
        // exist side by side, and a denial must not be escaped by an upper-case letter.
        "golang": .init(namespace: .required, lowercase: .both),
        "hackage": .init(namespace: .prohibited),
        "hex": .init(lowercase: .both),
        "huggingface": .init(namespace: .required, lowercase: .version),
        "julia": .init(namespace: .prohibited, requiredQualifier: "uuid"),
        "luarocks": .init(lowercase: .both),
        "maven": .init(namespace: .required),
        "mlflow": .init(namespace: .prohibited),
        "npm": .init(),
        "nuget": .init(namespace: .prohibited),
        "oci": .init(namespace: .prohibited, lowercase: [.name, .version]),
        "opam": .init(namespace: .prohibited),
        "otp": .init(namespace: .prohibited, lowercase: [.name, .subpath]),
        "pub": .init(namespace: .prohibited, lowercase: .name),
        "pypi": .init(namespace: .prohibited, lowercase: [.name, .version]),
        "qpkg": .init(namespace: .required, lowercase: .namespace),
        "rpm": .init(namespace: .required, lowercase: .namespace),
        "swid": .init(requiredQualifier: "tag_id"),
        "swift": .init(namespace: .required),
        "vcpkg": .init(namespace: .prohibited),
        "vscode-extension": .init(namespace: .required, lowercase: [.namespace, .name, .version]),
        "yocto": .init(lowercase: .namespace),
    ]

    /// Brings parts into the form that their type calls canonical, and says what is not as it asks.
    static func apply(to parts: inout PackageURLParts) -> [PackageURL.Departure] {
        if parts.type == "git" { moveGitPath(&parts) }
        guard let definition = registered[parts.type] else { return [] }
        definition.normalize(&parts)
        return definition.departures(of: parts)
    }

    /// A host is the namespace, and all that follows is the name (type `git`).
    private static func moveGitPath(_ parts: inout PackageURLParts) {
        let path = parts.namespace + PackageURLParts.segments(parts.name)
        parts.name = path.dropFirst(path.count > 1 ? 1 : 0).joined(separator: "/")
        parts.namespace = path.count > 1 ? [path[0]] : []
    }

    private func normalize(_ parts: inout PackageURLParts) {
        parts.namespace = parts.namespace.map { normalize($0, .namespace, type: parts.type) }
        parts.name = normalize(parts.name, .name, type: parts.type)
        if lowercase.contains(.version) { parts.version = parts.version?.lowercased() }
        if lowercase.contains(.subpath) { parts.subpath = parts.subpath.map { $0.lowercased() } }
        // Models of Databricks have no case, those of Azure ML do; the server's name tells them apart.
        if parts.type == "mlflow",
            parts.qualifiers.contains(where: { $0.key == "repository_url" && $0.value.isOfDatabricks })
        {
            parts.name = parts.name.lowercased()
        }
    }

    /// The canonical form of a segment of a namespace or of a name. A pattern's literal text goes the same way.
    static func normalize(_ text: String, _ component: Components, type: String) -> String {
        registered[type]?.normalize(text, component, type: type) ?? text
    }

    /// Types whose rules on names are about more than upper-case letters and underscores.
    static let withOwnForms = ["cpan", "pub"].map { Array($0.utf8) }

    /// Whether underscores of ASCII, and upper-case letters if there are any, stay as they are in namespaces and names of this
    /// type.
    static func keepsUnderscores(ofType type: String, withUpperCase: Bool) -> Bool {
        switch type {
        case "hackage", "pypi": false
        case "mlflow": !withUpperCase
        default: !withUpperCase || registered[type]?.lowercase.isDisjoint(with: .both) ?? true
        }
    }

    private func normalize(_ text: String, _ component: Components, type: String) -> String {
        var text = lowercase.isSuperset(of: component) ? text.lowercased() : text
        switch (type, component) {
        case ("pypi", .name), ("hackage", .name): text = text.mapUnicodeScalars { $0 == "_" ? "-" : $0 }
        case ("pub", .name):
            text = text.mapUnicodeScalars { $0.isASCII && UInt8(ascii: $0).isASCIIAlphanumeric ? $0 : "_" }
        case ("cpan", .namespace): text = text.uppercased()
        default: break
        }
        return text
    }

    private func departures(of parts: PackageURLParts) -> [PackageURL.Departure] {
        let type = parts.type
        var found: [PackageURL.Departure] = []
        switch namespace {
        case .required where parts.namespace.isEmpty: found.append(.namespaceRequired(type: type))
        case .prohibited where !parts.namespace.isEmpty: found.append(.namespaceProhibited(type: type))
        default: break
        }
        if let key = requiredQualifier, !parts.qualifiers.contains(where: { $0.key == key }) {
            found.append(.qualifierRequired(type: type, key: key))
        }
        for (component, isPermitted) in [
            (PackageURL.Component.namespace, Self.permitsNamespace(parts)), (.name, Self.permitsName(parts)),
            (.version, Self.permitsVersion(parts)),
        ] where !isPermitted {
            found.append(.notPermitted(type: type, component: component))
        }
        return found
    }

    private static func permitsNamespace(_ parts: PackageURLParts) -> Bool {
        // The creator's name and registration: two segments at the most.
        parts.type != "swid" || parts.namespace.count <= 2
    }

    private static func permitsName(_ parts: PackageURLParts) -> Bool {
        let name = parts.name
        switch parts.type {
        case "chrome-extension":
            return name.utf8.count == 32 && name.utf8.allSatisfy { $0 >= UInt8(ascii: "a") && $0 <= UInt8(ascii: "p") }
        case "cocoapods":
            return !name.unicodeScalars.contains { $0 == "+" || $0.properties.isWhitespace }
                && name.utf8.first != UInt8(ascii: ".")
        case "cpan":
            // `::` is written in modules; a package is a distribution.
            return !zip(name.utf8, name.utf8.dropFirst()).contains { $0 == 0x3A && $1 == 0x3A }
        default: return true
        }
    }

    private static func permitsVersion(_ parts: PackageURLParts) -> Bool {
        guard parts.type == "chrome-extension", let version = parts.version else { return true }
        let numbers = version.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        return numbers.count <= 4 && numbers.allSatisfy { !$0.isEmpty && $0.allSatisfy(\.isASCIIDigit) }
    }
}

extension String {
    fileprivate func mapUnicodeScalars(_ transform: (Unicode.Scalar) -> Unicode.Scalar) -> String {
        var out = String.UnicodeScalarView()
        for scalar in unicodeScalars { out.append(transform(scalar)) }
        return String(out)
    }

    /// Whether the host of this address is one of Databricks'.
    fileprivate var isOfDatabricks: Bool {
        var rest = Substring(lowercased())
        for scheme in ["https://", "http://"] where rest.hasPrefix(scheme) { rest = rest.dropFirst(scheme.count) }
        let host = rest.prefix { $0 != "/" && $0 != ":" }
        return ["azuredatabricks.net", "databricks.com"].contains { host == $0 || host.hasSuffix("." + $0) }
    }
}
