import Findings

/// Which versions of a package are meant, in the notation of VERS: `vers:npm/>=1.0.0|<1.4.6|2.0.0`.
///
/// Constraints are sorted by version and no version occurs twice. ``contains(_:)`` answers by the containment procedure
/// of the VERS specification.
public struct VersionRange: Sendable, CustomStringConvertible {
    /// Whose order of versions applies.
    public let scheme: VersionScheme
    /// Sorted by version; empty means every version, written `*`.
    public let constraints: [Constraint]
    /// Those that bound an interval, without redundant ones: below and above take turns.
    private let bounds: [Constraint]

    /// One version and how it bounds the range.
    public struct Constraint: Sendable {
        /// How the version bounds the range.
        public let comparator: Comparator
        /// The bound.
        public let version: Version

        /// A bound of a range.
        public init(_ comparator: Comparator, _ version: Version) {
            self.comparator = comparator
            self.version = version
        }
    }

    /// How a version bounds a range (clause 5.3.3.1), as written in VERS.
    public enum Comparator: String, Sendable, Hashable {
        /// This version.
        case equal = ""
        /// Not this version.
        case notEqual = "!="
        /// Older ones.
        case less = "<"
        /// This one and older ones.
        case lessOrEqual = "<="
        /// Newer ones.
        case greater = ">"
        /// This one and newer ones.
        case greaterOrEqual = ">="

        var isUpper: Bool { self == .less || self == .lessOrEqual }
        var isLower: Bool { self == .greater || self == .greaterOrEqual }
    }

    /// What a range that is not in canonical form is taken for.
    public enum FormUse: Sendable, Hashable {
        /// It is refused: clause 5.4 calls it invalid.
        case enforced
        /// It is sorted, and redundant bounds count as the parsing procedure's simplification says.
        case sorted
    }

    /// The longest text, in bytes: a list of ten thousand versions.
    public static let longest = 131_072

    /// Reads a VERS (clauses 5.1 to 5.4).
    ///
    /// - Throws: ``VersionRangeError``, the first thing wrong. A type that is not known here is refused, because its
    ///   versions can't be ordered.
    public init(_ text: String, form: FormUse = .enforced) throws(VersionRangeError) {
        guard text.utf8.count <= Self.longest else { throw .tooLong(text.utf8.count) }
        var rest = Array(text.utf8)[...]
        guard rest.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else { throw .character }
        guard rest.take(word: "vers:"), text.utf8.starts(with: "vers:".utf8) else { throw .scheme }
        let typeName = rest.take { $0 != UInt8(ascii: "/") }
        let type = String(decoding: typeName, as: UTF8.self)
        guard rest.take("/"), let scheme = VersionScheme(type: type), form == .sorted || type == scheme.rawValue else {
            throw .type(type)
        }
        if rest.elementsEqual([UInt8(ascii: "*")]) {
            try self.init(scheme: scheme, [], form)
            return
        }
        guard scheme != .all, scheme != .nothing else { throw .onlyAsterisk }
        var constraints: [Constraint] = []
        for part in rest.parts("|") { constraints.append(try Constraint(part, scheme, form)) }
        try self.init(scheme: scheme, constraints, form)
    }

    /// A range of constraints in any order. None at all means every version.
    ///
    /// - Throws: `VersionRangeError.duplicate` for a version that is there twice, `.mixed` for one of another scheme,
    ///   and `.order` and `.sequence` if the form is enforced.
    public init(
        scheme: VersionScheme, _ constraints: [Constraint], _ form: FormUse = .sorted
    ) throws(VersionRangeError) {
        for constraint in constraints where constraint.version.scheme != scheme { throw .mixed }
        let sorted = constraints.sorted { $0.version.order(against: $1.version) == .less }
        for (one, next) in zip(sorted, sorted.dropFirst()) where one.version.order(against: next.version) == .equal {
            throw .duplicate(next.version.description)
        }
        self.scheme = scheme
        self.constraints = sorted
        bounds = Self.simplified(sorted)
        guard form == .enforced else { return }
        for (one, next) in zip(constraints, constraints.dropFirst())
        where one.version.order(against: next.version) != .less {
            throw .order(next.version.description)
        }
        try validateSequence()
    }

    /// The canonical form.
    public var description: String {
        "vers:" + scheme.rawValue + "/"
            + (constraints.isEmpty ? "*" : constraints.map(\.description).joined(separator: "|"))
    }

    /// Whether the version is one of those meant; nil if it is of another scheme, because then there is no answer.
    public func contains(_ version: Version) -> Bool? {
        guard version.scheme == scheme else { return nil }
        if constraints.isEmpty { return scheme != .nothing }
        // The first constraint whose version is not older, by halving: lists of versions can be long.
        let place = constraints.firstIndex(in: 0..<constraints.count) {
            $0.version.order(against: version) != .less
        }
        if place < constraints.count, constraints[place].version.order(against: version) == .equal {
            switch constraints[place].comparator {
            case .equal, .lessOrEqual, .greaterOrEqual: return true
            case .notEqual: return false
            case .less, .greater: break
            }
        }
        // Only exclusions: everything else is meant.
        if bounds.isEmpty { return constraints.allSatisfy { $0.comparator == .notEqual } }
        let next = bounds.firstIndex(in: 0..<bounds.count) { $0.version.order(against: version) != .less }
        if next < bounds.count, bounds[next].version.order(against: version) == .equal {
            // An open bound excludes its own version.
            return bounds[next].comparator == .lessOrEqual || bounds[next].comparator == .greaterOrEqual
        }
        return next < bounds.count ? bounds[next].comparator.isUpper : bounds[next - 1].comparator.isLower
    }
}

extension VersionRange.Constraint: CustomStringConvertible {
    /// As VERS writes it.
    public var description: String {
        comparator.rawValue + VersionRange.encode(version.description)
    }

    fileprivate init(
        _ text: ArraySlice<UInt8>, _ scheme: VersionScheme, _ form: VersionRange.FormUse
    ) throws(VersionRangeError) {
        var rest = text
        let comparators: [VersionRange.Comparator] = [.greaterOrEqual, .lessOrEqual, .notEqual, .less, .greater]
        let comparator = comparators.first { rest.take(word: $0.rawValue) } ?? .equal
        guard rest.first != UInt8(ascii: "="), !rest.isEmpty else {
            throw .constraint(String(decoding: text, as: UTF8.self))
        }
        guard !rest.contains(where: { "<>!*|=".utf8.contains($0) }), let bytes = PercentEncoding.decode(rest),
            !bytes.contains(where: { $0 < 0x20 || $0 == 0x7F }), let decoded = String(validating: bytes, as: UTF8.self),
            form == .sorted || VersionRange.encode(decoded).utf8.elementsEqual(rest)
        else { throw .encoding(String(decoding: rest, as: UTF8.self)) }
        do {
            self.init(comparator, try Version(decoded, scheme: scheme))
        } catch { throw .version(error) }
    }
}

extension VersionRange {
    /// Clause 5.3.3.2: comparators, separators, the space and what is no printable ASCII are encoded, and no others.
    fileprivate static func encode(_ version: String) -> String {
        var out: [UInt8] = []
        for byte in version.utf8 {
            if byte <= 0x20 || byte >= 0x7F || "><=!*|%".utf8.contains(byte) {
                out += Array("%".utf8) + (byte < 0x10 ? Array("0".utf8) : [])
                out += Array(String(byte, radix: 16, uppercase: true).utf8)
            } else {
                out.append(byte)
            }
        }
        return String(decoding: out, as: UTF8.self)
    }

    /// Clause 5.4, on what is sorted and free of duplicates.
    private func validateSequence() throws(VersionRangeError) {
        let counted = constraints.filter { $0.comparator != .notEqual }
        for (one, next) in zip(counted, counted.dropFirst())
        where one.comparator == .equal && next.comparator.isUpper {
            throw .sequence(next.description)
        }
        let ranges = counted.filter { $0.comparator != .equal }
        for (one, next) in zip(ranges, ranges.dropFirst()) where one.comparator.isUpper == next.comparator.isUpper {
            throw .sequence(next.description)
        }
    }

    /// The bounds that count: of lower bounds in a row the first, of upper bounds in a row the last.
    private static func simplified(_ sorted: [Constraint]) -> [Constraint] {
        var kept: [Constraint] = []
        for constraint in sorted where constraint.comparator.isLower || constraint.comparator.isUpper {
            guard let last = kept.last, last.comparator.isUpper == constraint.comparator.isUpper else {
                kept.append(constraint)
                continue
            }
            if constraint.comparator.isUpper { kept[kept.count - 1] = constraint }
        }
        return kept
    }
}

extension Array {
    /// The first index of a sorted array from which the predicate holds; the count if it never does.
    fileprivate func firstIndex(in range: Range<Int>, where predicate: (Element) -> Bool) -> Int {
        var low = range.lowerBound
        var high = range.upperBound
        while low < high {
            let middle = low + (high - low) / 2
            if predicate(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}

/// Why a text is no range of versions.
public enum VersionRangeError: Error, Equatable, Sendable {
    /// Length in bytes.
    case tooLong(Int)
    /// Does not begin with `vers:`.
    case scheme
    /// A type that VERS or this program does not know.
    case type(String)
    /// Whitespace, a control character, or one outside ASCII.
    case character
    /// A constraint without a version, with a bare `=`, or nothing between two `|`.
    case constraint(String)
    /// A version that is not encoded as VERS wants it.
    case encoding(String)
    /// What a constraint names is no version.
    case version(VersionError)
    /// A version of another scheme.
    case mixed
    /// A version that is there twice.
    case duplicate(String)
    /// A version that comes before the one before it.
    case order(String)
    /// A constraint that can't follow the one before it.
    case sequence(String)
    /// The type has one range only, `*`.
    case onlyAsterisk
    /// A range in the notation of an ecosystem that is none.
    case native(String)
    /// No version could be in it.
    case empty

    /// One line for people; what was found is escaped.
    public var message: String {
        switch self {
        case .tooLong(let count): "expected a version range of at most \(VersionRange.longest) bytes, found \(count)"
        case .scheme: "expected a version range to begin with `vers:`"
        case .type(let type): "expected a known type of versions in lower case, found \(Finding.quoted(type))"
        case .character: "expected printable ASCII without spaces in a version range, found something else"
        case .constraint(let text): "expected a comparator and a version, found \(Finding.quoted(text))"
        case .encoding(let text): "expected a version in the percent-encoding of VERS, found \(Finding.quoted(text))"
        case .version(let error): error.message
        case .mixed: "expected versions of one scheme, found another"
        case .duplicate(let version): "expected each version once, found \(Finding.quoted(version)) twice"
        case .order(let version): "expected versions in ascending order, found \(Finding.quoted(version)) too late"
        case .sequence(let text): "expected lower and upper bounds in turn, found \(Finding.quoted(text))"
        case .onlyAsterisk: "expected `*`, the only range of this type, found something else"
        case .native(let text): "expected a version range of this ecosystem, found \(Finding.quoted(text))"
        case .empty: "expected a range that some version can be in, found a contradiction"
        }
    }
}
