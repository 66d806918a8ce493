import Findings

/// An SPDX licence expression (SPDX 2.3 Annex D, 3.0.1 Annex B): `GPL-3.0-only OR MIT`.
///
/// Operators and identifiers are read in any letter case. What isn't of the SPDX list is read too and is not
/// ``LicenseTerm/isListed``, because lists grow. Work is in proportion to the length of the text, also for
/// ``judge(_:)``: nothing is multiplied out.
public struct LicenseExpression: Sendable, Hashable, CustomStringConvertible {
    /// The expression as a tree.
    public let root: Node

    /// A part of an expression.
    public indirect enum Node: Sendable, Hashable {
        /// `NONE`, which can only be the whole: there is no licence.
        case noLicense
        /// `NOASSERTION`, which can only be the whole: nobody says.
        case noAssertion
        /// One licence, with what is added to it.
        case license(LicenseTerm)
        /// All of them hold. At least two.
        case and([Node])
        /// Any may be chosen. At least two.
        case or([Node])
    }

    /// The longest text, in bytes: distribution packages list hundreds of licences.
    public static let longest = 65_536
    /// How deep parentheses may be nested.
    public static let deepest = 64

    /// Reads an expression.
    ///
    /// - Throws: ``LicenseExpressionError``, the first thing wrong.
    public init(_ text: String) throws(LicenseExpressionError) {
        var parser = try LicenseParser(text)
        root = try parser.expression()
    }

    init(root: Node) { self.root = root }

    /// With as few parentheses as the precedence of the operators permits.
    public var description: String { root.description }

    /// The same choice in the one form that equal expressions share: nesting without meaning is flattened, repeated
    /// parts are dropped, parts are sorted.
    public var normalized: LicenseExpression { LicenseExpression(root: root.normalized) }

    /// All licences that are named, in the order of the text.
    public var terms: [LicenseTerm] {
        switch root {
        case .noLicense, .noAssertion: []
        default: root.terms
        }
    }

    /// What a judgement of single licences means for the whole: of alternatives the best counts, of what holds
    /// together the worst. `NONE` and `NOASSERTION` are unknown.
    public func judge(_ judgement: (LicenseTerm) -> LicenseJudgement) -> LicenseJudgement { root.judge(judgement) }
}

/// What a rule says of a licence, from the worst to the best.
public enum LicenseJudgement: Int, Sendable, Hashable, Comparable {
    /// It is excluded.
    case denied
    /// No rule speaks of it.
    case unknown
    /// It is permitted.
    case allowed

    /// Whether it is the worse one.
    public static func < (left: LicenseJudgement, right: LicenseJudgement) -> Bool { left.rawValue < right.rawValue }
}

extension LicenseExpression.Node {
    fileprivate func judge(_ judgement: (LicenseTerm) -> LicenseJudgement) -> LicenseJudgement {
        switch self {
        case .noLicense, .noAssertion: .unknown
        case .license(let term): judgement(term)
        case .and(let parts): parts.map { $0.judge(judgement) }.min() ?? .unknown
        case .or(let parts): parts.map { $0.judge(judgement) }.max() ?? .unknown
        }
    }

    fileprivate var description: String {
        switch self {
        case .noLicense: "NONE"
        case .noAssertion: "NOASSERTION"
        case .license(let term): term.description
        case .and(let parts): parts.map { $0.part(ofAnd: true) }.joined(separator: " AND ")
        case .or(let parts): parts.map { $0.part(ofAnd: false) }.joined(separator: " OR ")
        }
    }

    /// In parentheses where it would be read as something else without, also where that would mean the same: what is
    /// written is read as it was.
    private func part(ofAnd isAnd: Bool) -> String {
        switch self {
        case .or: "(" + description + ")"
        case .and: isAnd ? "(" + description + ")" : description
        case .license, .noLicense, .noAssertion: description
        }
    }

    fileprivate var terms: [LicenseTerm] {
        switch self {
        case .noLicense, .noAssertion: []
        case .license(let term): [term]
        case .and(let parts), .or(let parts): parts.flatMap(\.terms)
        }
    }

    fileprivate var normalized: Self {
        switch self {
        case .noLicense, .noAssertion, .license: self
        case .and(let parts): Self.joined(parts.map(\.normalized), isAnd: true)
        case .or(let parts): Self.joined(parts.map(\.normalized), isAnd: false)
        }
    }

    private static func joined(_ parts: [Self], isAnd: Bool) -> Self {
        let flat = parts.flatMap { part -> [Self] in
            switch part {
            case .and(let inner) where isAnd: inner
            case .or(let inner) where !isAnd: inner
            default: [part]
            }
        }
        // Sorted by what they are compared by, so that letter case of references changes nothing.
        let sorted = flat.map { (key: $0.description.lowercased(), node: $0) }.sorted { $0.key < $1.key }
        var kept: [(key: String, node: Self)] = []
        for part in sorted where part.key != kept.last?.key { kept.append(part) }
        if kept.count == 1 { return kept[0].node }
        return isAnd ? .and(kept.map(\.node)) : .or(kept.map(\.node))
    }
}

/// Why a text is no licence expression.
public enum LicenseExpressionError: Error, Equatable, Sendable {
    /// Length in bytes.
    case tooLong(Int)
    /// Parentheses are nested too deep.
    case tooDeep
    /// There is nothing, or nothing where a licence has to be.
    case missingLicense
    /// What stands where an operator or the end has to be.
    case unexpected(String)
    /// No identifier, reference or exception.
    case identifier(String)
    /// `WITH` behind something other than one licence.
    case exceptionOfCompound
    /// A parenthesis that is not closed, or closed without being opened.
    case parenthesis
    /// `NONE` or `NOASSERTION` as a part.
    case partOfExpression(String)

    /// One line for people; what was found is escaped.
    public var message: String {
        switch self {
        case .tooLong(let count):
            "expected a licence expression of at most \(LicenseExpression.longest) bytes, found \(count)"
        case .tooDeep: "expected at most \(LicenseExpression.deepest) levels of parentheses, found more"
        case .missingLicense: "expected a licence, found none"
        case .unexpected(let text): "expected `AND`, `OR` or the end, found \(Finding.quoted(text))"
        case .identifier(let text): "expected a licence identifier, found \(Finding.quoted(text))"
        case .exceptionOfCompound: "expected `WITH` behind one licence, found it behind parentheses"
        case .parenthesis: "expected each parenthesis to have its counterpart"
        case .partOfExpression(let text): "expected \(Finding.quoted(text)) alone, found it as a part"
        }
    }
}
