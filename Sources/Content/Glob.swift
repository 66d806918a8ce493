import Findings

/// A pattern over a whole, structured text: an image name, a repository URI, a Git ref, a namespace.
///
/// Pattern and text are cut into components at every `/`, and the pattern has to account for all of the text:
/// - `*` stands for any number of characters of one component, also none; but a component that is nothing except `*`
///   wants at least one character. It never crosses a `/`.
/// - `?` stands for exactly one Unicode scalar of a component.
/// - `**` as a whole component stands for any number of components, also none: `a/**` matches `a`, `a/b`, `a/b/c`.
/// - Everything else stands for itself, compared by Unicode scalars, never by canonical equivalence or case. Two
///   slashes in a row enclose an empty component, as in `https://`.
///
/// The empty text matches nothing, not even `**`. There are no character classes, alternatives or escapes: a pattern
/// that holds such syntax is refused, because whoever wrote it expects something else than it would do.
///
/// Matching takes at most (length of pattern) x (length of text) steps, whatever the input.
public struct Glob: Sendable, Hashable, CustomStringConvertible {
    /// The pattern as written.
    public let description: String
    let components: [Component]
    /// Without wildcards: matches exactly the text it is written as.
    public let isLiteral: Bool
    /// `**` and nothing else: every text that is not empty.
    public let matchesEverything: Bool

    /// Longest pattern, bytes: four times the longest image name.
    public static let longestPattern = 1024
    /// Most `*` and `?` in one pattern, `**` counted as two; the ones that people write have under ten.
    public static let mostWildcards = 64

    /// - Throws: `GlobError` for syntax that globs don't have, and for patterns beyond the limits.
    public init(_ pattern: String) throws(GlobError) {
        guard !pattern.isEmpty else { throw .empty }
        guard pattern.utf8.count <= Self.longestPattern else { throw .tooLong(pattern.utf8.count) }
        var wildcards = 0
        for scalar in pattern.unicodeScalars {
            switch scalar {
            case "[", "]", "{", "}", "\\": throw .unsupportedSyntax(scalar)
            case "^", "$", "(", ")", "|": throw .regularExpression(scalar)
            case "*", "?": wildcards += 1
            case _ where scalar.properties.generalCategory == .control: throw .unsupportedSyntax(scalar)
            default: break
            }
        }
        guard wildcards <= Self.mostWildcards else { throw .tooManyWildcards(wildcards) }
        description = pattern
        var components: [Component] = []
        for part in Self.split(pattern) {
            if part == ["*", "*"] {
                components.append(.anyComponents)
            } else {
                guard !zip(part, part.dropFirst()).contains(where: { $0 == "*" && $1 == "*" }) else {
                    throw .partialDoubleStar
                }
                components.append(.one(part))
            }
        }
        self.components = components
        isLiteral = wildcards == 0
        matchesEverything = components == [.anyComponents]
    }

    /// Whether the pattern accounts for the whole text.
    public func matches(_ text: String) -> Bool {
        guard !text.isEmpty else { return false }
        // Most patterns that people write are one or the other.
        if matchesEverything { return true }
        if isLiteral { return text.utf8.elementsEqual(description.utf8) }
        let scalars = Array(text.unicodeScalars)
        let found = scalars.split(separator: "/", omittingEmptySubsequences: false)
        return Self.matches(
            patternCount: components.count, textCount: found.count, isStar: { components[$0].isStar },
            isMatch: {
                guard case .one(let component) = components[$0] else { return false }
                return Self.matches(component, found[$1])
            })
    }

    // Written out because the compiler's own would compare the pattern by canonical equivalence.
    public static func == (a: Glob, b: Glob) -> Bool { a.components == b.components }
    public func hash(into hasher: inout Hasher) { hasher.combine(components) }
}

/// Why a pattern is not a glob.
public enum GlobError: Error, Equatable, Sendable {
    /// The pattern has no characters.
    case empty
    /// Length in bytes.
    case tooLong(Int)
    /// How many there are.
    case tooManyWildcards(Int)
    /// `**` beside other characters in one component, or three stars.
    case partialDoubleStar
    /// A class, an alternative, an escape or a control character: the first of them.
    case unsupportedSyntax(Unicode.Scalar)
    /// A character that only regular expressions use: the first of them.
    case regularExpression(Unicode.Scalar)

    /// One line for people; what was found is escaped.
    public var message: String {
        switch self {
        case .empty: "expected a pattern, found nothing; `**` matches everything"
        case .tooLong(let count): "expected a pattern of at most \(Glob.longestPattern) bytes, found \(count)"
        case .tooManyWildcards(let count): "expected at most \(Glob.mostWildcards) wildcards, found \(count)"
        case .partialDoubleStar:
            "expected `**` to be a whole component between slashes; use `*` within a component"
        case .unsupportedSyntax(let scalar):
            "expected a glob of `*`, `**`, `?` and plain text, found \(Finding.quoted(String(scalar)))"
        case .regularExpression(let scalar):
            "expected a glob, found \(Finding.quoted(String(scalar))): this looks like a regular expression; "
                + "a glob always covers the whole text"
        }
    }
}

extension Glob {
    enum Component: Sendable, Hashable {
        case anyComponents
        case one([Unicode.Scalar])

        var isStar: Bool { if case .anyComponents = self { true } else { false } }
    }

    private static func split(_ text: String) -> [[Unicode.Scalar]] {
        text.unicodeScalars.split(separator: "/", omittingEmptySubsequences: false).map(Array.init)
    }

    private static func matches(_ component: [Unicode.Scalar], _ found: ArraySlice<Unicode.Scalar>) -> Bool {
        // `*` alone has to stand for something: an empty component is matched by an empty one and by `**` only.
        guard !found.isEmpty || component.isEmpty else { return false }
        return matches(
            patternCount: component.count, textCount: found.count, isStar: { component[$0] == "*" },
            isMatch: { component[$0] == "?" || component[$0] == found[found.startIndex + $1] })
    }

    /// Matches a sequence against a pattern in which stars stand for any number of elements.
    ///
    /// Only the last star is ever tried again: whatever an earlier one could give up, the last one can take. So no
    /// pair of pattern and text element is compared twice, and the work is at most their product.
    private static func matches(
        patternCount: Int, textCount: Int, isStar: (Int) -> Bool, isMatch: (Int, Int) -> Bool
    ) -> Bool {
        var p = 0
        var t = 0
        var retry: (p: Int, t: Int)?
        while t < textCount {
            if p < patternCount, isStar(p) {
                p += 1
                retry = (p, t)
            } else if p < patternCount, isMatch(p, t) {
                p += 1
                t += 1
            } else if let last = retry {
                // The star takes one element more.
                p = last.p
                t = last.t + 1
                retry = (p, t)
            } else {
                return false
            }
        }
        return (p..<patternCount).allSatisfy(isStar)
    }
}
