public import Findings

/// One thing wrong with a policy file: where, what was expected and found, and what would mend it.
///
/// A file with any error is refused as a whole; as many errors are gathered as can be told apart.
public struct PolicyError: Error, Sendable, Hashable, Comparable {
    public var code: ReasonCode
    /// Line 0 for an error about the file as a whole.
    public var place: PolicyPlace
    /// One line, lower case, no full stop.
    public var message: String
    /// What would mend this very case; the code's own text when nil.
    public var specificMend: String?

    public init(_ code: ReasonCode, _ place: PolicyPlace, _ message: String, mend: String? = nil) {
        self.code = code
        self.place = place
        self.message = message
        self.specificMend = mend
    }

    public var file: String { place.file }
    public var line: Int { place.line }
    public var column: Int { place.column }
    /// What would mend it.
    public var mend: String { specificMend ?? code.mend }

    public static func < (a: PolicyError, b: PolicyError) -> Bool {
        if a.place != b.place { return a.place < b.place }
        if a.code != b.code { return a.code < b.code }
        return a.message.utf8.lexicographicallyPrecedes(b.message.utf8)
    }
}

extension PolicyError: CustomStringConvertible {
    /// `file:line:column: message (code)`
    public var description: String {
        let at = place.line == 0 ? place.file : place.description
        return "\(at): \(message) (\(code))"
    }
}

/// Everything that is wrong with what was to be loaded; never empty.
public struct PolicyLoadFailure: Error, Sendable, Hashable {
    /// In the order of files, lines and columns.
    public let errors: [PolicyError]

    package init(_ errors: [PolicyError]) { self.errors = errors.sorted() }
}

/// Gathers errors while a document is read, so that its author sees all of them at once.
package final class PolicyProblems {
    package private(set) var errors: [PolicyError] = []
    /// How many there were, the ones that were not kept included.
    package private(set) var count = 0

    /// A file of a megabyte can hold half a million mistakes; nobody reads more than these.
    static let most = 100

    package init() {}

    package func add(_ code: ReasonCode, _ place: PolicyPlace, _ message: String, mend: String? = nil) {
        count += 1
        guard errors.count < Self.most else { return }
        errors.append(PolicyError(code, place, message, mend: mend))
    }
}
