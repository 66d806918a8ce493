/// A stable name for one cause, `family.cause`, with what it means and what mends it.
///
/// A code is declared once, as a static constant beside the layer that says it, and listed in that layer's
/// ``ReasonTable``. Two codes are equal when their names are: text may be improved, a name never changes.
public struct ReasonCode: Sendable {
    /// `family.cause`, lower case letters, digits and hyphens.
    public let name: String
    /// What a finding with this code does to the verdict when it decides.
    public let effect: Effect
    /// Which of several findings becomes the headline: the highest rank, then the name.
    public let rank: Rank
    /// One sentence: what is the case.
    public let summary: String
    /// One sentence: what would mend it.
    public let mend: String

    public init(_ name: String, _ effect: Effect, _ rank: Rank, summary: String, mend: String) {
        self.name = name
        self.effect = effect
        self.rank = rank
        self.summary = summary
        self.mend = mend
    }

    /// The part before the dot.
    public var family: String { String(name.prefix { $0 != "." }) }

    /// What a finding does to the verdict.
    public enum Effect: String, Sendable, CaseIterable {
        /// Something is known to be wrong.
        case reject
        /// Something could not be had or judged; every gate treats it as a reject.
        case undecided
        /// Worth saying; decides nothing.
        case note
    }

    /// How much a finding explains, from the least to the most. Integrity outranks everything, because nothing that
    /// was read from contradictory bytes can be believed; an explicit denial outranks what is merely missing.
    public enum Rank: Int, Sendable, Comparable, CaseIterable {
        case note, evidence, rule, denial, scope, limit, unavailable, integrity

        public static func < (a: Rank, b: Rank) -> Bool { a.rawValue < b.rawValue }
    }
}

extension ReasonCode: Hashable, Comparable, CustomStringConvertible {
    public static func == (a: ReasonCode, b: ReasonCode) -> Bool { a.name.utf8.elementsEqual(b.name.utf8) }
    public static func < (a: ReasonCode, b: ReasonCode) -> Bool { a.name.utf8.lexicographicallyPrecedes(b.name.utf8) }
    public func hash(into hasher: inout Hasher) { hasher.combine(name) }
    public var description: String { name }
}

/// The codes that one layer declares. `ReasonCatalogue` in Admission joins them all; a name declared twice fails a test.
public struct ReasonTable: Sendable {
    /// The layer's name as the catalogue's headings show it.
    public let layer: String
    /// In the order in which the documentation lists them.
    public let codes: [ReasonCode]

    public init(_ layer: String, _ codes: [ReasonCode]) {
        self.layer = layer
        self.codes = codes
    }
}
