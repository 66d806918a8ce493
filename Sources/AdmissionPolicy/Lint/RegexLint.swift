import Content
import Findings
import StrictEncoding

/// Regular expressions that say less, or more, than whoever wrote them thinks.
enum RegexLint {
    static func findings(_ document: LintDocument) -> [LintFinding] {
        document.rules.flatMap { rule in
            (rule["attestation"]?["where"]?.items ?? []).flatMap { condition -> [LintFinding] in
                guard let node = condition["insecureRegex"], let text = node.text else { return [] }
                return findings(text, node.place)
            }
        }
    }

    static func findings(_ text: String, _ place: PolicyPlace) -> [LintFinding] {
        let tokens = Token.read(text)
        if let glob = globSyntax(tokens) {
            return [
                LintFinding(
                    .lintRegexGlobSyntax, place,
                    "\(Finding.quoted(text)) is a regular expression, in which \(glob)")
            ]
        }
        if let other = simpler(tokens) {
            return [
                LintFinding(
                    .lintRegexUnneeded, place, "\(Finding.quoted(text)) needs no regular expression",
                    mend: "write \(other)")
            ]
        }
        guard tokens.indices.contains(where: { tokens[$0] == .anything && !tokens.isRepeated($0) }) else { return [] }
        return [
            LintFinding(
                .lintRegexUnescapedDot, place, "in \(Finding.quoted(text)) an unescaped dot stands for any character")
        ]
    }

    /// What the glob's stars mean here: a repetition of what comes before, or nothing that could be repeated.
    private static func globSyntax(_ tokens: [Token]) -> String? {
        for (position, token) in tokens.enumerated() where token == .star {
            guard position > 0 else { return "a star at the beginning repeats nothing" }
            switch tokens[position - 1] {
            case .star: return "two stars don't stand for components"
            case .literal("/", escaped: false): return "`/*` repeats the slash"
            case .literal(let scalar, escaped: false)
            where position == tokens.count - 1 || tokens[position + 1] == .literal("/", escaped: false):
                return "`\(scalar)*` repeats the letter"
            default: continue
            }
        }
        return nil
    }

    /// The literal or glob that says the same; nil if none does.
    private static func simpler(_ tokens: [Token]) -> String? {
        var text = ""
        var hasWildcard = false
        var position = 0
        while position < tokens.count {
            switch tokens[position] {
            case .literal(let scalar, _):
                guard !["*", "?"].contains(scalar) else { return nil }
                text.unicodeScalars.append(scalar)
                position += 1
            case .notSlash where position + 1 < tokens.count && tokens[position + 1] == .star:
                // Beside a slash, a star of a glob wants a character.
                guard !text.isEmpty, text.utf8.last != UInt8(ascii: "/") else { return nil }
                text += "*"
                hasWildcard = true
                position += 2
            case .notSlash where position + 1 < tokens.count && tokens[position + 1] == .plus:
                let before = text.utf8.last.map { $0 == UInt8(ascii: "/") } ?? true
                let after = position + 2 == tokens.count || tokens[position + 2] == .literal("/", escaped: false)
                guard before, after else { return nil }
                text += "*"
                hasWildcard = true
                position += 2
            default: return nil
            }
        }
        guard (try? Glob(text)) != nil || !hasWildcard else { return nil }
        return hasWildcard ? "`glob: [\(Finding.quoted(text).dropFirst().dropLast())]`" : "`equals: \(text)`"
    }

    /// What an expression is made of, as far as the checks ask.
    enum Token: Equatable {
        case literal(Unicode.Scalar, escaped: Bool)
        /// An unescaped dot.
        case anything
        /// `[^/]`
        case notSlash
        case star, plus
        /// `?` and `{m,n}`
        case otherRepetition
        /// Anything else: groups, other classes, alternatives.
        case other

        static func read(_ text: String) -> [Token] {
            let scalars = Array(text.unicodeScalars)
            var tokens: [Token] = []
            var position = 0
            while position < scalars.count {
                let scalar = scalars[position]
                position += 1
                switch scalar {
                case "\\" where position < scalars.count:
                    let next = scalars[position]
                    let isClass = next.isASCII && next.properties.isAlphabetic
                    tokens.append(isClass ? .other : .literal(next, escaped: true))
                    position += 1
                case "[":
                    let start = position
                    if position < scalars.count, scalars[position] == "^" { position += 1 }
                    // A bracket that comes first is one of the class.
                    if position < scalars.count, scalars[position] == "]" { position += 1 }
                    while position < scalars.count, scalars[position] != "]" {
                        position += scalars[position] == "\\" ? 2 : 1
                    }
                    let inner = scalars[start..<min(position, scalars.count)]
                    tokens.append(inner.elementsEqual(["^", "/"]) ? .notSlash : .other)
                    position += 1
                case "{":
                    while position < scalars.count, scalars[position] != "}" { position += 1 }
                    tokens.append(.otherRepetition)
                    position += 1
                case ".": tokens.append(.anything)
                case "*": tokens.append(.star)
                case "+": tokens.append(.plus)
                case "?": tokens.append(.otherRepetition)
                case "(", ")", "|", "^", "$", "\\": tokens.append(.other)
                default: tokens.append(.literal(scalar, escaped: false))
                }
            }
            return tokens
        }
    }
}

extension [RegexLint.Token] {
    /// Whether the token is followed by a repetition, so that it is meant to stand for any characters.
    fileprivate func isRepeated(_ position: Int) -> Bool {
        guard position + 1 < count else { return false }
        return [.star, .plus, .otherRepetition].contains(self[position + 1])
    }
}
