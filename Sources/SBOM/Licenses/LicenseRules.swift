import StrictEncoding

/// Which licences a rule means: `MIT`, `GPL-3.0-or-later`, `GPL-*`, `GPL-2.0-only WITH Classpath-exception-2.0`,
/// `LicenseRef-*`.
///
/// An identifier means its version; one that ends in `-or-later` or `+` means its version and all later listed ones. `*`
/// stands for any number of characters. `WITH *` means with any exception or without.
public struct LicensePattern: Sendable, Hashable, CustomStringConvertible {
    /// As written.
    public let description: String
    /// Lower case, the texts between the stars; one if there is no star.
    private let pieces: [String]
    /// The same of the exception; nil if none is named.
    private let exceptionPieces: [String]?
    /// The version that is named, of a licence that has several; nil for others and for patterns with stars.
    private let version: LicenseVersion?
    private let andLater: Bool

    /// - Throws: ``LicenseExpressionError`` for what is neither a licence nor a pattern.
    public init(_ pattern: String) throws(LicenseExpressionError) {
        guard pattern.utf8.count <= 512 else { throw .tooLong(pattern.utf8.count) }
        let words = pattern.split(separator: " ").map(String.init)
        guard words.count == 1 || words.count == 3 && words[1].lowercased() == "with" else {
            throw .identifier(pattern)
        }
        description = pattern
        if words[0].contains("*") {
            pieces = try Self.pieces(words[0])
            version = nil
            andLater = false
        } else {
            // A deprecated identifier that implies an exception is no single licence.
            guard let term = LicenseTerm(simple: words[0]),
                SPDXLicenseList.replacements[term.key]?.contains(" ") != true
            else { throw .identifier(words[0]) }
            pieces = [term.key]
            version = term.version
            andLater = term.permitsLater
        }
        exceptionPieces = words.count == 3 ? try Self.pieces(words[2]) : nil
    }

    private static func pieces(_ text: String) throws(LicenseExpressionError) -> [String] {
        guard !text.isEmpty, text.utf8.count(where: { $0 == UInt8(ascii: "*") }) <= 16,
            text.utf8.allSatisfy({ $0.isASCIIAlphanumeric || "*-.:+".utf8.contains($0) })
        else { throw .identifier(text) }
        return text.lowercased().split(separator: "*", omittingEmptySubsequences: false).map(String.init)
    }

    /// Whether it means a licence, and an exception if it names one, of the SPDX list, or such as `LicenseRef-` that no list
    /// has.
    public var meansAnyListed: Bool {
        let license =
            if pieces.count > 1 {
                SPDXLicenseList.identifiers.contains { Self.matches(pieces, $0.lowercased()) }
                    || Self.references.contains { pieces[0].hasPrefix($0) || $0.hasPrefix(pieces[0]) }
            } else {
                LicenseTerm(simple: description.split(separator: " ").first.map(String.init) ?? "")
                    .map { $0.isListed || $0.isReference } ?? false
            }
        guard let exceptionPieces else { return license }
        return license
            && SPDXLicenseList.exceptionIdentifiers.contains { Self.matches(exceptionPieces, $0.lowercased()) }
    }

    private static let references = ["licenseref-", "documentref-"]

    /// Whether the licence itself is meant, whatever its exception.
    func meansLicense(_ term: LicenseTerm) -> Bool { Self.matches(pieces, term.key) }

    /// Whether one version of a licence that has several is meant.
    func meansVersion(_ version: LicenseVersion, of term: LicenseTerm) -> Bool {
        if let named = self.version {
            return named == version || andLater && named.family == version.family && named < version
        }
        return pieces.count > 1 && version.names.contains { Self.matches(pieces, $0) }
    }

    /// Whether the exception is one that is named; nothing named means none.
    func meansException(_ exception: String?) -> Bool {
        guard let exceptionPieces else { return exception == nil }
        if exceptionPieces.allSatisfy(\.isEmpty) { return true }
        return exception.map { Self.matches(exceptionPieces, $0) } ?? false
    }

    /// Whether an exception is named at all.
    var namesException: Bool { exceptionPieces != nil }

    private static func matches(_ pieces: [String], _ text: String) -> Bool {
        guard pieces.count > 1 else { return pieces.first == text }
        return PackageURLPattern.Component.matches(pieces.map { Array($0.utf8) }, Array(text.utf8)[...])
    }
}

/// Which licences are permitted and which are excluded.
///
/// A licence with "or later" is a choice among its listed versions: it is allowed if one version is allowed that isn't
/// denied, and denied only if every version is. A denial without `WITH` holds with every exception too; a permission
/// without `WITH` holds without exception only. A denial beats every permission.
public struct LicenseRules: Sendable {
    /// Nil permits every listed licence that is not denied; an empty list permits none.
    public let allowed: [LicensePattern]?
    /// What is excluded, whatever is permitted.
    public let denied: [LicensePattern]

    /// Rules of permissions and denials.
    public init(allowed: [LicensePattern]? = nil, denied: [LicensePattern] = []) {
        self.allowed = allowed
        self.denied = denied
    }

    /// What the rules say of an expression: `GPL-3.0-only OR MIT` is allowed where `MIT` is.
    public func judge(_ expression: LicenseExpression) -> LicenseJudgement { expression.judge(judge) }

    /// What the rules say of one licence.
    public func judge(_ term: LicenseTerm) -> LicenseJudgement {
        let choices = term.choices
        guard !choices.isEmpty else {
            return judgement(
                isDenied: denied.contains { deniesException($0, term) && $0.meansLicense(term) },
                isAllowed: allowed?.contains { $0.meansException(term.exceptionKey) && $0.meansLicense(term) }, term)
        }
        return choices.lazy.map { version in
            judgement(
                isDenied: denied.contains { deniesException($0, term) && $0.meansVersion(version, of: term) },
                isAllowed: allowed?.contains {
                    $0.meansException(term.exceptionKey) && $0.meansVersion(version, of: term)
                }, term)
        }.max() ?? .unknown
    }

    private func deniesException(_ pattern: LicensePattern, _ term: LicenseTerm) -> Bool {
        !pattern.namesException || pattern.meansException(term.exceptionKey)
    }

    private func judgement(isDenied: Bool, isAllowed: Bool?, _ term: LicenseTerm) -> LicenseJudgement {
        if isDenied { return .denied }
        // Without a list of permissions, what nobody has listed stays unknown.
        return isAllowed ?? term.isListed ? .allowed : .unknown
    }
}

extension LicenseTerm {
    /// Which version it is of a licence that has listed versions; the version itself need not be listed.
    var version: LicenseVersion? {
        LicenseVersion(key).flatMap { SPDXLicenseList.versions[$0.family] == nil ? nil : $0 }
    }

    /// The versions among which a licensee may choose; empty for a licence without versions.
    var choices: [LicenseVersion] {
        guard let version else { return [] }
        let known = SPDXLicenseList.versions[version.family] ?? []
        return (known.contains(version) ? [] : [version])
            + known.filter { $0 == version || permitsLater && version < $0 }
    }
}

extension LicenseVersion {
    /// What patterns with stars are held against, lower case.
    var names: [String] {
        let base = family + "-" + text
        return [base, base + "-only"]
    }
}
