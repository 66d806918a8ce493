/// Reads licence expressions by recursive descent: OR binds least, then AND, then WITH.
struct LicenseParser {
    private enum Token: Equatable {
        case opening, closing, and, or, with
        case word(String)
    }

    private var tokens: ArraySlice<Token>
    private var depth = 0

    init(_ text: String) throws(LicenseExpressionError) {
        guard text.utf8.count <= LicenseExpression.longest else { throw .tooLong(text.utf8.count) }
        var found: [Token] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.first {
            switch byte {
            case 0x20, 0x09, 0x0A, 0x0D: rest.removeFirst()
            case UInt8(ascii: "("):
                found.append(.opening)
                rest.removeFirst()
            case UInt8(ascii: ")"):
                found.append(.closing)
                rest.removeFirst()
            default:
                let word = String(
                    decoding: rest.take { !" \t\n\r()".utf8.contains($0) }, as: UTF8.self)
                switch word.lowercased() {
                case "and": found.append(.and)
                case "or": found.append(.or)
                case "with": found.append(.with)
                default: found.append(.word(word))
                }
            }
        }
        tokens = found[...]
    }

    /// The whole text.
    mutating func expression() throws(LicenseExpressionError) -> LicenseExpression.Node {
        if tokens.count == 1, case .word(let word)? = tokens.first {
            switch word.lowercased() {
            case "none": return .noLicense
            case "noassertion": return .noAssertion
            default: break
            }
        }
        let found = try alternatives()
        switch tokens.first {
        case nil: return found
        case .closing: throw .parenthesis
        case .word(let word): throw .unexpected(word)
        case .opening: throw .unexpected("(")
        case .with: throw .exceptionOfCompound
        case .and, .or: throw .missingLicense
        }
    }

    private mutating func alternatives() throws(LicenseExpressionError) -> LicenseExpression.Node {
        var parts = [try conjunction()]
        while take(.or) { parts.append(try conjunction()) }
        return parts.count == 1 ? parts[0] : .or(parts)
    }

    private mutating func conjunction() throws(LicenseExpressionError) -> LicenseExpression.Node {
        var parts = [try term()]
        while take(.and) { parts.append(try term()) }
        return parts.count == 1 ? parts[0] : .and(parts)
    }

    private mutating func term() throws(LicenseExpressionError) -> LicenseExpression.Node {
        if take(.opening) {
            depth += 1
            guard depth <= LicenseExpression.deepest else { throw .tooDeep }
            let inner = try alternatives()
            guard take(.closing) else {
                if case .word(let word)? = tokens.first { throw .unexpected(word) }
                throw .parenthesis
            }
            depth -= 1
            return inner
        }
        guard case .word(let word)? = tokens.first else { throw .missingLicense }
        tokens.removeFirst()
        let isWhole = ["none", "noassertion"].contains(word.lowercased())
        guard !isWhole else { throw .partOfExpression(word) }
        guard let simple = LicenseTerm(simple: word) else { throw .identifier(word) }
        let term = Self.replaced(simple)
        guard take(.with) else { return .license(term) }
        guard case .word(let name)? = tokens.first else { throw .missingLicense }
        tokens.removeFirst()
        guard let whole = term.with(exception: name) else { throw .identifier(name) }
        return .license(whole)
    }

    /// A deprecated identifier that stands for a licence and an exception.
    private static func replaced(_ term: LicenseTerm) -> LicenseTerm {
        let words = SPDXLicenseList.replacements[term.key]?.split(separator: " ") ?? []
        guard words.count == 3, let license = LicenseTerm(simple: String(words[0])) else { return term }
        return license.with(exception: String(words[2])) ?? term
    }

    private mutating func take(_ token: Token) -> Bool {
        guard tokens.first == token else { return false }
        tokens.removeFirst()
        return true
    }
}
