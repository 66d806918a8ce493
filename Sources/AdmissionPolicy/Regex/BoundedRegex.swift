import StrictEncoding

/// A regular expression over a whole text, in a subset that is matched in linear time.
///
/// Literals, `.` (any one Unicode scalar), classes (`[a-z]`, `[^…]`), `\d \w \s` and their opposites (of ASCII), groups,
/// `|`, and `* + ? {m} {m,} {m,n}`. No anchors, because an expression always accounts for the whole text; no
/// backreferences, look-around, lazy or possessive quantifiers, flags, or Unicode properties. What is not in the subset
/// is refused rather than read as something else.
///
/// Every alternative is followed at once (Thompson 1968), so matching takes at most (instructions) × (scalars) steps,
/// whatever the text: at most ``mostInstructions`` × ``longestText``.
public struct BoundedRegex: Sendable, Hashable, CustomStringConvertible {
    /// As it was written.
    public let description: String
    private let program: [Instruction]

    /// Longest expression, bytes.
    public static let longestPattern = 512
    /// Most steps that an expression is made of once its repetitions are written out.
    public static let mostInstructions = 2_000
    /// Longest text that can match, bytes: twice what browsers take as a URI.
    public static let longestText = 4_096
    /// Deepest nesting of groups.
    public static let deepest = 16
    /// Largest number in `{m,n}`.
    public static let mostRepetitions = 500

    enum Instruction: Sendable {
        case scalar(ScalarSet)
        /// Goes on at both.
        case split(Int, Int)
        case jump(Int)
        case match
    }

    public init(_ pattern: String) throws(RegexError) {
        guard !pattern.isEmpty else { throw .empty }
        guard pattern.utf8.count <= Self.longestPattern else { throw .tooLong(pattern.utf8.count) }
        var parser = RegexParser(pattern)
        var compiler = RegexCompiler()
        try compiler.emit(parser.whole())
        program = compiler.program + [.match]
        description = pattern
    }

    /// Whether the expression accounts for the whole text. No text beyond the limit matches.
    public func matches(_ text: String) -> Bool {
        guard text.utf8.count <= Self.longestText else { return false }
        var threads = Threads(count: program.count)
        follow(0, &threads)
        for scalar in text.unicodeScalars {
            var next = Threads(count: program.count)
            for place in threads.places {
                if case .scalar(let set) = program[place], set.contains(scalar) { follow(place + 1, &next) }
            }
            guard !next.places.isEmpty else { return false }
            threads = next
        }
        return threads.places.contains { if case .match = program[$0] { true } else { false } }
    }

    /// The places in the program that matching has come to, each once.
    private struct Threads {
        private(set) var places: [Int] = []
        private var isThere: [Bool]

        init(count: Int) { isThere = Array(repeating: false, count: count) }

        mutating func insert(_ place: Int) -> Bool {
            guard !isThere[place] else { return false }
            isThere[place] = true
            places.append(place)
            return true
        }
    }

    /// Adds a place and all that are reached from it without reading a scalar.
    private func follow(_ place: Int, _ threads: inout Threads) {
        var pending = [place]
        while let place = pending.popLast() {
            guard threads.insert(place) else { continue }
            switch program[place] {
            case .split(let a, let b): pending += [b, a]
            case .jump(let target): pending.append(target)
            case .scalar, .match: break
            }
        }
    }

    // The program follows from the expression; the compiler's own `==` would compare by canonical equivalence.
    public static func == (a: BoundedRegex, b: BoundedRegex) -> Bool {
        a.description.utf8.elementsEqual(b.description.utf8)
    }
    public func hash(into hasher: inout Hasher) { hasher.combine(ExactString(description)) }
}

/// Unicode scalars, by ranges.
struct ScalarSet: Sendable, Hashable {
    var ranges: [ClosedRange<UInt32>]
    var isNegated = false

    func contains(_ scalar: Unicode.Scalar) -> Bool {
        ranges.contains { $0.contains(scalar.value) } != isNegated
    }

    static let any = ScalarSet(ranges: [], isNegated: true)
    static let digits: [ClosedRange<UInt32>] = [0x30...0x39]
    static let word: [ClosedRange<UInt32>] = [0x30...0x39, 0x41...0x5A, 0x5F...0x5F, 0x61...0x7A]
    static let space: [ClosedRange<UInt32>] = [0x09...0x0D, 0x20...0x20]

    static func one(_ scalar: Unicode.Scalar) -> ScalarSet { ScalarSet(ranges: [scalar.value...scalar.value]) }
}

/// Why a text is no regular expression of the subset.
public enum RegexError: Error, Equatable, Sendable {
    case empty
    /// Length in bytes.
    case tooLong(Int)
    /// Written out, the repetitions are too many.
    case tooLarge
    /// Groups are nested too deep.
    case tooDeep
    /// A group or class that does not end.
    case unclosed(Unicode.Scalar)
    /// A character where it means nothing, or something that the subset lacks.
    case unexpected(Unicode.Scalar)
    /// An escape, a group or a repetition that the subset lacks, as written.
    case unsupported(String)
    /// `^` or `$`.
    case anchor(Unicode.Scalar)
    /// A range in a class whose end comes before its beginning.
    case backwardRange

    /// One line for people.
    public var message: String {
        switch self {
        case .empty: "expected a regular expression, found nothing"
        case .tooLong(let count):
            "expected a regular expression of at most \(BoundedRegex.longestPattern) bytes, found \(count)"
        case .tooLarge:
            "expected a regular expression of at most \(BoundedRegex.mostInstructions) steps, found more; "
                + "repetitions count as often as they repeat"
        case .tooDeep: "expected groups nested at most \(BoundedRegex.deepest) deep, found more"
        case .unclosed(let scalar): "expected an end to \(scalar.shown) in the regular expression, found none"
        case .unexpected(let scalar):
            "expected a regular expression, found \(scalar.shown) where it means nothing; to match it write a backslash before it"
        case .unsupported(let text):
            "expected syntax of the subset that docs/policy.md lists, found \(text)"
        case .anchor(let scalar):
            "expected a regular expression without \(scalar.shown), which does nothing here: an expression always covers the whole value"
        case .backwardRange: "expected the ends of a range in order, found them reversed"
        }
    }
}
