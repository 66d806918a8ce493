/// One coded statement of why: what was expected, what was found, in which evidence, and what would mend it.
///
/// Everything the product refuses, it refuses with one of these. Equality is over all fields, order is stable, so the
/// same inputs give the same list.
public struct Finding: Sendable, Hashable {
    public var code: ReasonCode
    /// One line, lower case, no full stop; untrusted text in it went through ``quoted(_:limit:)``.
    public var message: String
    public var expected: String?
    public var found: String?
    /// Digest of the evidence that the finding is about, `sha256:…`.
    public var evidence: String?
    /// `source/policy#rule`, when a rule says it.
    public var rule: String?
    /// `os/architecture[/variant]`, when it holds for one platform only.
    public var platform: String?
    /// What would mend this very case; the code's own text when nil.
    public var specificMend: String?

    public init(
        _ code: ReasonCode, _ message: String, expected: String? = nil, found: String? = nil, evidence: String? = nil,
        rule: String? = nil, platform: String? = nil, mend: String? = nil
    ) {
        self.code = code
        self.message = message
        self.expected = expected
        self.found = found
        self.evidence = evidence
        self.rule = rule
        self.platform = platform
        self.specificMend = mend
    }

    /// What would mend it.
    public var mend: String { specificMend ?? code.mend }
}

extension Finding: Comparable {
    /// By rank (highest first), code, rule, platform, evidence, then the texts: a total order over distinct findings.
    public static func < (a: Finding, b: Finding) -> Bool {
        if a.code.rank != b.code.rank { return a.code.rank > b.code.rank }
        return precedes(a.code.name, b.code.name) ?? precedes(a.rule, b.rule) ?? precedes(a.platform, b.platform)
            ?? precedes(a.evidence, b.evidence) ?? precedes(a.message, b.message) ?? precedes(a.expected, b.expected)
            ?? precedes(a.found, b.found) ?? precedes(a.specificMend, b.specificMend) ?? false
    }

    /// Nil where both are the same; none is the same as an empty one.
    private static func precedes(_ a: String?, _ b: String?) -> Bool? {
        let (a, b) = (a ?? "", b ?? "")
        return a.utf8.elementsEqual(b.utf8) ? nil : a.utf8.lexicographicallyPrecedes(b.utf8)
    }
}

extension Finding {
    /// Untrusted text made fit for one line of a report: in backticks, control and format characters escaped as
    /// `\u{…}`, capped at `limit` characters (Unicode scalars) with `…` where it was cut.
    public static func quoted(_ text: String, limit: Int = 200) -> String {
        let capped = text.unicodeScalars.prefix(limit)
        let escaped = escaped(String(capped), also: "`")
        return "`" + escaped + (capped.endIndex == text.unicodeScalars.endIndex ? "`" : "…`")
    }

    /// The same escapes for a text that is a line of its own, whatever its length.
    public static func escaped(_ text: String) -> String { escaped(text, also: nil) }

    private static func escaped(_ text: String, also extra: Unicode.Scalar?) -> String {
        // Nearly all that is said is said in printable ASCII, and nothing of it has to be escaped.
        if text.utf8.allSatisfy({ (0x20..<0x7F).contains($0) && UInt32($0) != extra?.value }) { return text }
        var out = ""
        out.reserveCapacity(text.utf8.count)
        for scalar in text.unicodeScalars {
            if scalar == extra || mustEscape(scalar) {
                out += "\\u{" + String(scalar.value, radix: 16) + "}"
            } else {
                out.unicodeScalars.append(scalar)
            }
        }
        return out
    }

    /// Control characters drive terminals; format characters (bidirectional overrides, zero-width) hide text.
    private static func mustEscape(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.isASCII { return scalar.value < 0x20 || scalar.value == 0x7F }
        return switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned: true
        default: false
        }
    }
}
