/// `1.2.3a_rc1~hash-r2`, compared as apk-package(5) and `apk version` of apk-tools 3 do.
struct AlpineVersion: VersionForm {
    /// What may follow what: a digit only a digit or what comes after it, and so on. When two versions agree as far as
    /// one of them goes, the kind of the next token decides, the lower one being the newer.
    private enum Kind: Int {
        case initialDigits, digits, letter, suffix, suffixNumber, hash, revision, end
    }

    private struct Token {
        var kind: Kind
        var text: [UInt8]
        var suffix = 0
    }

    private let tokens: [Token]

    /// The suffixes from the oldest to the newest; those at negative places come before a release.
    private static let suffixes: [(name: String, rank: Int)] = [
        ("alpha", -4), ("beta", -3), ("pre", -2), ("rc", -1), ("cvs", 1), ("svn", 2), ("git", 3), ("hg", 4), ("p", 5),
    ]

    init?(_ text: [UInt8]) {
        var rest = text[...]
        let first = rest.take(while: \.isASCIIDigit)
        guard !first.isEmpty else { return nil }
        var tokens = [Token(kind: .initialDigits, text: Array(first))]
        while rest.take(".") {
            let digits = rest.take(while: \.isASCIIDigit)
            guard !digits.isEmpty else { return nil }
            tokens.append(Token(kind: .digits, text: Array(digits)))
        }
        if let letter = rest.first, letter >= UInt8(ascii: "a"), letter <= UInt8(ascii: "z") {
            tokens.append(Token(kind: .letter, text: [letter]))
            rest.removeFirst()
        }
        while rest.take("_") {
            let name = rest.take(while: \.isASCIILetter)
            guard let suffix = Self.suffixes.first(where: { name.elementsEqual($0.name.utf8) }) else { return nil }
            tokens.append(Token(kind: .suffix, text: [], suffix: suffix.rank))
            let number = rest.take(while: \.isASCIIDigit)
            if !number.isEmpty { tokens.append(Token(kind: .suffixNumber, text: Array(number))) }
        }
        if rest.take("~") {
            let hash = rest.take { $0.isASCIIDigit || (0x61...0x66).contains($0) }
            guard !hash.isEmpty else { return nil }
            tokens.append(Token(kind: .hash, text: Array(hash)))
        }
        if rest.take(word: "-r") {
            let number = rest.take(while: \.isASCIIDigit)
            guard !number.isEmpty else { return nil }
            tokens.append(Token(kind: .revision, text: Array(number)))
        }
        guard rest.isEmpty else { return nil }
        tokens.append(Token(kind: .end, text: []))
        self.tokens = tokens
    }

    static func order(_ left: AlpineVersion, _ right: AlpineVersion) -> VersionOrder {
        for (one, other) in zip(left.tokens, right.tokens) {
            guard one.kind == other.kind else {
                // `1.0_rc1` < `1.0` < `1.0_p1`: only a suffix can make the longer version the older one.
                if one.kind == .suffix, one.suffix < 0 { return .less }
                if other.kind == .suffix, other.suffix < 0 { return .greater }
                return VersionOrder.of(one.kind.rawValue, other.kind.rawValue).reversed
            }
            let order = order(one, other)
            if order != .equal { return order }
        }
        return .equal
    }

    private static func order(_ one: Token, _ other: Token) -> VersionOrder {
        let zero = UInt8(ascii: "0")
        switch one.kind {
        case .suffix: return .of(one.suffix, other.suffix)
        // A leading zero makes a fraction of it: `1.05` < `1.1`.
        case .digits where one.text.first == zero || other.text.first == zero: return .ofBytes(one.text, other.text)
        case .initialDigits, .digits, .suffixNumber, .revision:
            return .of(DecimalNumber(one.text), DecimalNumber(other.text))
        case .letter, .hash, .end: return .ofBytes(one.text, other.text)
        }
    }
}
