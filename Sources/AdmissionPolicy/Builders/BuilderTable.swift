import Attestation
import StrictEncoding

/// Which builder, under whose signature, reaches which SLSA Build level.
///
/// `BuilderTable.standard` is what this program knows by itself; a guardrail may add rows. docs/slsa.md is the reference.
public struct BuilderTable: Sendable {
    /// In the order in which the documentation lists them.
    public let builtIn: [BuilderRow]
    /// Those of guardrails.
    public let added: [BuilderRow]

    public var rows: [BuilderRow] { builtIn + added }

    /// The built-in rows, and no others.
    public static let standard = BuilderTable(builtIn: StandardBuilders.rows, added: [])
    /// No row at all: no statement of anyone is above level 1.
    static let empty = BuilderTable(builtIn: [], added: [])

    private init(builtIn: [BuilderRow], added: [BuilderRow]) {
        self.builtIn = builtIn
        self.added = added
    }

    /// The table with rows of an organisation's own.
    ///
    /// Where several rows hold for one statement, one about a certain signer goes before one about any key, and of those
    /// that are left the lowest level counts. So an added row
    /// - lowers what a built-in row grants to the same signer and builder, simply by being there;
    /// - never raises it unless it says so: `raises` has to name the built-in row;
    /// - never raises what another added row grants, so that of two guardrails the stricter one holds;
    /// - may give a certain key more than the rows about any key do, because what they know nothing of, it knows.
    ///
    /// - Throws: `BuilderTableError`. No row is added then.
    public func adding(_ more: [BuilderRow]) throws(BuilderTableError) -> BuilderTable {
        guard !more.isEmpty else { return self }
        let all = added + more
        guard all.count <= Self.mostAddedRows else { throw .tooManyRows(limit: Self.mostAddedRows) }
        var names = Set(rows.map { ExactString($0.name) })
        let raisable = Set(builtIn.map { ExactString($0.name) })
        for row in more {
            guard names.insert(ExactString(row.name)).inserted else { throw .nameTwice(row.name) }
            if row.signer == .anyKey, row.level > .one { throw .anyKeyAboveLevelOne(row.name) }
            if case .certificate(_, let subjects, _) = row.signer, subjects.isEmpty { throw .noSubject(row.name) }
            if let unknown = row.raises.first(where: { !raisable.contains(ExactString($0)) }) {
                throw .raisesUnknown(row.name, unknown)
            }
        }
        return BuilderTable(builtIn: builtIn, added: all)
    }

    /// As many as a policy may have signers.
    public static let mostAddedRows = 200
}

/// Why rows cannot be added to a table.
public enum BuilderTableError: Error, Equatable, Sendable {
    case nameTwice(String)
    /// Whoever holds any key that some policy lists would be believed to be a hardened build platform.
    case anyKeyAboveLevelOne(String)
    /// A certificate of nobody: the row would never hold.
    case noSubject(String)
    /// The row, and the name that no built-in row has.
    case raisesUnknown(String, String)
    case tooManyRows(limit: Int)

    /// One line, lower case. The names come from a policy file, whose reader has checked them.
    public var message: String {
        switch self {
        case .nameTwice(let name): "expected one builder row `\(name)`, found two"
        case .anyKeyAboveLevelOne(let name):
            "expected a builder row for any key to grant level 1 at most, found more in `\(name)`"
        case .noSubject(let name): "expected a subject of the certificate in builder row `\(name)`, found none"
        case .raisesUnknown(let name, let raised):
            "expected builder row `\(name)` to raise a built-in row, found `\(raised)`"
        case .tooManyRows(let limit): "expected at most \(limit) builder rows, found more"
        }
    }
}
