import SBOM
import StrictEncoding
import Testing

/// The rows of the package-url project, all of them through the public interface.
@Suite(.enabled(if: KitSheet.isPresent, KitSheet.absence))
struct PackageURLKitTests {
    /// Where the outcome differs, and why that is right.
    static let divergences: [String: String] = [
        "gem#1": "a key in upper case is read as lower case, as the parsing procedure and the rows of maven and rpm say"
    ]

    @Test func everyRowComesOutAsExpected() throws {
        let rows = KitSheet.rows("purl/CASES.tsv")
        #expect(rows.count == 302)
        for row in rows {
            let problem = Self.problem(row)
            if let reason = Self.divergences[row.id] {
                #expect(problem != nil, "\(row.id) no longer differs: take it off the list (\(reason))")
            } else {
                #expect(problem == nil, "\(row.testDescription): \(problem ?? "")")
            }
        }
        #expect(Set(Self.divergences.keys).isSubset(of: rows.map(\.id)))
    }

    static func problem(_ row: KitSheet.Row) -> String? {
        do throws(PackageURLError) {
            let found =
                switch row.type {
                case "build": try build(row.input)
                default: try PackageURL(row.input.string ?? "")
                }
            guard row.expectsPass else { return "expected a refusal, found \(found)" }
            switch row.type {
            case "parse": return differs(found, row.output)
            default: return found.description == row.output.string ? nil : "found \(found)"
            }
        } catch {
            return row.expectsPass ? error.message : nil
        }
    }

    static func build(_ value: JSONValue) throws(PackageURLError) -> PackageURL {
        let qualifiers = (value["qualifiers"]?.object).map { object in
            object.map { (key: $0.key, value: $0.value.string ?? "") }
        }
        return try PackageURL(
            type: value["type"]?.string ?? "", namespace: value["namespace"]?.string, name: value["name"]?.string ?? "",
            version: value["version"]?.string, qualifiers: qualifiers ?? [], subpath: value["subpath"]?.string)
    }

    static func differs(_ found: PackageURL, _ expected: JSONValue) -> String? {
        let qualifiers: [ExactString: JSONValue] = expected["qualifiers"]?.object?.keyed ?? [:]
        let isSame =
            found.type == expected["type"]?.string && found.namespace == expected["namespace"]?.string
            && found.name == expected["name"]?.string && found.version == expected["version"]?.string
            && found.subpath == expected["subpath"]?.string && found.qualifiers.count == qualifiers.count
            && found.qualifiers.allSatisfy { qualifiers[$0.key]?.exact == $0.value }
        return isSame ? nil : "found \(found)"
    }
}
