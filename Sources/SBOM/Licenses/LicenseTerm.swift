/// One licence as an expression names it, with what is added to it: `Apache-2.0 WITH LLVM-exception`, `LicenseRef-own`.
///
/// Identifiers are compared without letter case (SPDX 3.0.1 Annex B), and deprecated ones are read as what replaced
/// them: `GPL-2.0+` is `GPL-2.0-or-later`.
public struct LicenseTerm: Sendable, CustomStringConvertible {
    /// As the SPDX list writes it if it is listed, else as it was written. With `DocumentRef-…:` before it if said.
    public let identifier: String
    /// Whether later versions may be chosen, said by `+`; identifiers that end in `-or-later` say it themselves.
    public let isOrLater: Bool
    /// What stands behind `WITH`: a listed exception, another identifier, or `AdditionRef-…`.
    public let exception: String?
    /// Whether licence and exception are of the SPDX list.
    public let isListed: Bool
    /// Whether the list says not to use the licence or the exception any more, and has nothing in place of it.
    public let isDeprecated: Bool

    /// As an expression writes it.
    public var description: String {
        identifier + (isOrLater ? "+" : "") + (exception.map { " WITH " + $0 } ?? "")
    }

    /// Whether later versions may be chosen, however it was said.
    public var permitsLater: Bool { isOrLater || key.hasSuffix("-or-later") }

    /// Whether it points at a text of the document instead of the list: `LicenseRef-…`.
    public var isReference: Bool { key.hasPrefix("licenseref-") || key.hasPrefix("documentref-") }

    /// What identifiers are compared by.
    var key: String { identifier.lowercased() }
    var exceptionKey: String? { exception?.lowercased() }

    init(identifier: String, isOrLater: Bool, exception: String?, isListed: Bool, isDeprecated: Bool) {
        self.identifier = identifier
        self.isOrLater = isOrLater
        self.exception = exception
        self.isListed = isListed
        self.isDeprecated = isDeprecated
    }

    /// A term of an identifier as written, without exception; nil if it is none.
    init?(simple text: String) {
        var name = text
        var isOrLater = false
        if SPDXLicenseList.license(name) == nil, name.utf8.last == UInt8(ascii: "+") {
            name.removeLast()
            isOrLater = true
        }
        if let reference = Self.reference(name, prefix: "LicenseRef-") {
            // A reference has no versions.
            guard !isOrLater else { return nil }
            self.init(identifier: reference, isOrLater: false, exception: nil, isListed: false, isDeprecated: false)
            return
        }
        let entry = SPDXLicenseList.license(name)
        guard let written = entry?.identifier ?? Self.plain(name) else { return nil }
        let (current, saysLater) = Self.current(written)
        let named = isOrLater ? Self.orLater(current) : nil
        self.init(
            identifier: named ?? current, isOrLater: isOrLater && named == nil || saysLater, exception: nil,
            isListed: entry != nil, isDeprecated: SPDXLicenseList.license(current)?.isDeprecated == true)
    }

    /// The same licence with an exception; nil if that is none.
    func with(exception text: String) -> LicenseTerm? {
        guard exception == nil, let plain = Self.reference(text, prefix: "AdditionRef-") ?? Self.plain(text) else {
            return nil
        }
        let entry = SPDXLicenseList.exception(plain)
        return LicenseTerm(
            identifier: identifier, isOrLater: isOrLater, exception: entry?.identifier ?? plain,
            isListed: isListed && entry != nil, isDeprecated: isDeprecated || entry?.isDeprecated == true)
    }

    /// `GPL-2.0` and `GPL-2.0+` by the names they have since version 3.0 of the list.
    private static func current(_ identifier: String) -> (String, Bool) {
        guard SPDXLicenseList.license(identifier)?.isDeprecated == true else { return (identifier, false) }
        if identifier.utf8.last == UInt8(ascii: "+") {
            let later = String(identifier.dropLast()) + "-or-later"
            return SPDXLicenseList.license(later) == nil ? (String(identifier.dropLast()), true) : (later, false)
        }
        if let only = SPDXLicenseList.license(identifier + "-only") { return (only.identifier, false) }
        let replacement = SPDXLicenseList.replacements[identifier.lowercased()]
        return (replacement.map { $0.contains(" ") ? identifier : $0 } ?? identifier, false)
    }

    /// The listed name of "this version or a later one"; nil if there is none.
    private static func orLater(_ identifier: String) -> String? {
        if identifier.lowercased().hasSuffix("-or-later") { return identifier }
        let base = identifier.lowercased().hasSuffix("-only") ? String(identifier.dropLast(5)) : identifier
        return SPDXLicenseList.license(base + "-or-later")?.identifier
    }

    /// `LicenseRef-x`, `DocumentRef-y:LicenseRef-x`, with the prefixes in their own letter case.
    private static func reference(_ text: String, prefix: String) -> String? {
        var parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        guard let last = parts.popLast(), let reference = Self.prefixed(last, prefix) else { return nil }
        guard let document = parts.popLast() else { return reference }
        guard parts.isEmpty, let document = Self.prefixed(document, "DocumentRef-") else { return nil }
        return document + ":" + reference
    }

    private static func prefixed(_ text: String, _ prefix: String) -> String? {
        guard text.utf8.count > prefix.utf8.count, plain(text) != nil,
            text.lowercased().hasPrefix(prefix.lowercased())
        else { return nil }
        return prefix + text.dropFirst(prefix.count)
    }

    /// An `idstring` of the grammar; those with a word of their own meaning are none.
    private static func plain(_ text: String) -> String? {
        let isPlain = !text.isEmpty && text.utf8.allSatisfy { $0.isASCIIAlphanumeric || "-.".utf8.contains($0) }
        return isPlain && !["and", "or", "with", "none", "noassertion"].contains(text.lowercased()) ? text : nil
    }
}

// Identifiers are ASCII, so that comparing strings is comparing bytes.
extension LicenseTerm: Hashable, Comparable {
    /// Whether the same licence is meant.
    public static func == (left: LicenseTerm, right: LicenseTerm) -> Bool { left.sortKey == right.sortKey }
    /// By identifier, then exception.
    public static func < (left: LicenseTerm, right: LicenseTerm) -> Bool { left.sortKey < right.sortKey }
    /// Feeds what is compared.
    public func hash(into hasher: inout Hasher) { hasher.combine(sortKey) }

    private var sortKey: String { description.lowercased() }
}
