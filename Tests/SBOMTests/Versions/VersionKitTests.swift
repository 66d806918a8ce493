import SBOM
import StrictEncoding
import Testing

/// The rows of the VERS project, all of them through the public interface.
@Suite(.enabled(if: KitSheet.isPresent, KitSheet.absence))
struct VersionKitTests {
    private static let maven = "Maven's own ComparableVersion says that `2-1` is newer: `.a` counts as `-a`"
    private static let joined = "clause 5.4: each version once, bounds in turn; overlapping alternatives are joined"

    private static let partial =
        "node-semver documents a partial version as an x-range: `2.1` is every 2.1.x, `<=1.0` takes in all of 1.0.x"

    /// Where the outcome differs, and why that is right.
    static let divergences: [String: String] = [
        "maven_version_cmp#170": maven, "maven_version_cmp#171": maven, "maven_version_cmp#471": maven,
        "nginx_range_from_native#3": joined, "npm_range_from_native#174": joined, "npm_range_from_native#187": joined,
        "npm_range_from_native#54": partial, "npm_range_from_native#482": partial, "npm_range_from_native#484": partial,
    ]

    @Test func everyRowComesOutAsExpected() throws {
        let rows = KitSheet.rows("vers/CASES.tsv")
        #expect(rows.count == 1352)
        var differing = 0
        for row in rows {
            let problem = Self.problem(row)
            if let reason = Self.divergences[row.id] {
                differing += 1
                #expect(problem != nil, "\(row.id) no longer differs: take it off the list (\(reason))")
            } else {
                #expect(problem == nil, "\(row.testDescription): \(problem ?? "")")
            }
        }
        #expect(differing == Self.divergences.count, "a divergence that is no row")
    }

    static func problem(_ row: KitSheet.Row) -> String? {
        do {
            switch row.type {
            case "comparison", "equality": return try compares(row)
            case "from_native":
                let scheme = VersionScheme(type: row.input["scheme"]?.string ?? "")
                let found = try VersionRange(
                    native: row.input["native_range"]?.string ?? "", scheme: scheme ?? .nothing)
                return found.description == row.output.string ? nil : "found \(found)"
            case "containment":
                let range = try VersionRange(row.input["vers"]?.string ?? "", form: .sorted)
                let version = try Version(row.input["version"]?.string ?? "", scheme: range.scheme)
                return range.contains(version) == row.output.bool ? nil : "found the opposite"
            case "validate":
                let found = try VersionRange(row.input.string ?? "", form: .sorted)
                return found.description == row.output.string ? nil : "found \(found)"
            default:
                let found = try VersionRange(row.input.string ?? "")
                guard row.expectsPass else { return "expected a refusal" }
                let pairs = found.constraints.map { [$0.comparator.rawValue, $0.version.description] }
                let expected = row.output["version_constraints"]?.array?.map { $0.array?.map { $0.string ?? "" } ?? [] }
                return pairs == expected && found.scheme.rawValue == row.output["scheme"]?.string
                    ? nil : "found \(found)"
            }
        } catch {
            return row.expectsPass ? "\(error)" : nil
        }
    }

    private static func compares(_ row: KitSheet.Row) throws -> String? {
        let scheme = try #require(VersionScheme(type: row.input["input_scheme"]?.string ?? ""))
        let versions = try row.input["versions"]?.array?.map { try Version($0.string ?? "", scheme: scheme) } ?? []
        guard row.type == "comparison" else {
            let isEqual = versions.count == 2 && versions[0].order(against: versions[1]) == .equal
            return isEqual == row.output.bool ? nil : "found the opposite"
        }
        // Some rows expect the text that the scheme calls canonical, so versions are compared, not texts.
        let expected = try row.output.array?.map { try Version($0.string ?? "", scheme: scheme) } ?? []
        let found = versions.sorted { $0.order(against: $1) == .less }
        let isSame =
            found.count == expected.count
            && zip(found, expected).allSatisfy { $0.order(against: $1) == .equal }
            && zip(expected, expected.dropFirst()).allSatisfy { $0.order(against: $1) != .greater }
        return isSame ? nil : "found \(found)"
    }
}
