import SBOM
import Testing

/// CycloneDX's own documents, valid and invalid, as the tests of its schemas have them.
@Suite(.enabled(if: Kit.isPresent, Kit.absence))
struct CycloneDXKitTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let file: String
        let version: String
        let isValid: Bool
        var testDescription: String { file }
    }

    static let rows = Kit.rows("cyclonedx/CASES.tsv").map {
        Row(file: $0[0], version: $0[1], isValid: $0[3] == "valid")
    }

    @Test(arguments: rows)
    func decidesAsTheSchemaDoes(_ row: Row) throws {
        let bytes = try Kit.read("cyclonedx/spec-tests/" + row.file)
        let outcome = Outcome(of: bytes)
        if let reason = KitDivergences.cycloneDX[row.file] {
            #expect(outcome.isRead != row.isValid, "no longer differs: take it off the list (\(reason))")
        } else {
            #expect(outcome.isRead == row.isValid, "\(outcome)")
        }
        if case .read(let inventory) = outcome {
            #expect(inventory.format == .cycloneDX)
            #expect(inventory.specVersion == row.version)
        }
    }

    @Test func readsTheWholeSheet() {
        #expect(Self.rows.count >= 267)
        #expect(Set(KitDivergences.cycloneDX.keys).isSubset(of: Self.rows.map(\.file)))
    }
}

/// Documents that SPDX and makers of its tools published.
@Suite(.enabled(if: Kit.isPresent, Kit.absence))
struct SPDXKitTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let file: String
        let isValid: Bool
        var testDescription: String { file }
    }

    static let rows = Kit.rows("spdx/CASES.tsv").map { Row(file: $0[0], isValid: $0[1].hasPrefix("valid")) }

    @Test(arguments: rows)
    func decidesAsItsPublisherDoes(_ row: Row) throws {
        let outcome = Outcome(of: try Kit.read("spdx/" + row.file))
        if let reason = KitDivergences.spdx[row.file] {
            #expect(outcome.isRead != row.isValid, "no longer differs: take it off the list (\(reason))")
        } else {
            #expect(outcome.isRead == row.isValid, "\(outcome)")
        }
        if case .read(let inventory) = outcome { #expect(inventory.format == .spdx) }
    }

    @Test func readsTheWholeSheet() {
        #expect(Self.rows.count >= 47)
        #expect(Set(KitDivergences.spdx.keys).isSubset(of: Self.rows.map(\.file)))
    }
}

/// What reading a document came to.
enum Outcome: CustomStringConvertible {
    case read(Inventory)
    case refused(SBOMError)

    init(of bytes: [UInt8]) {
        do throws(SBOMError) {
            self = .read(try SBOMDocument.read(bytes).inventory)
        } catch {
            self = .refused(error)
        }
    }

    var isRead: Bool { if case .read = self { true } else { false } }

    var description: String {
        switch self {
        case .read(let inventory): "read: \(inventory.summary)"
        case .refused(let error): error.message
        }
    }
}
