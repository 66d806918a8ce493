import SBOM
import StrictEncoding

/// A difference in each form.
struct SBOMDifferenceReport {
    let difference: SBOMDifference
    /// Whether the signatures of both were checked.
    var isVerified = false

    func write(_ output: SBOMOutput, to sink: @escaping ([UInt8]) -> Void) {
        var writer = SBOMWriter(sink)
        switch output {
        case .text: writeText(&writer)
        case .json: writeJSON(&writer)
        case .csv: writeCSV(&writer)
        }
        writer.finish()
    }

    private func writeText(_ writer: inout SBOMWriter) {
        writer.write("\(isVerified ? SBOMOutput.signedDocuments : SBOMOutput.unverifiedDocuments)\n")
        for kind in SBOMDifference.Change.Kind.allCases {
            writer.write("  \(kind.rawValue)  \(difference.count(kind))\n")
        }
        for change in difference.changes {
            writer.write("\n  \(change.kind.rawValue)  ")
            writer.writeLine(change.package.value)
            switch change.kind {
            case .added: Self.writeTexts("  ", change.versionsAfter, &writer)
            case .removed: Self.writeTexts("  ", change.versionsBefore, &writer)
            case .version:
                Self.writeTexts("  ", change.versionsBefore, &writer)
                Self.writeTexts(" -> ", change.versionsAfter, &writer)
            case .licenses:
                Self.writeTexts("  ", change.licensesBefore, &writer)
                Self.writeTexts(" -> ", change.licensesAfter, &writer)
            }
        }
        if !difference.changes.isEmpty { writer.write("\n") }
    }

    private static func writeTexts(_ separator: String, _ texts: [ExactString], _ writer: inout SBOMWriter) {
        writer.write(separator)
        writer.writeLine(texts.isEmpty ? "none" : joined(texts))
    }

    /// As docs/sbom-diff.schema.json has it.
    private func writeJSON(_ writer: inout SBOMWriter) {
        writer.write(#"{"changes":["#)
        for (position, change) in difference.changes.enumerated() {
            if position > 0 { writer.write(",") }
            let tree = JSONTree(members: [
                "kind": .string(change.kind.rawValue), "package": .string(change.package.value),
                "versionsBefore": Self.strings(change.versionsBefore),
                "versionsAfter": Self.strings(change.versionsAfter),
                "licensesBefore": Self.strings(change.licensesBefore),
                "licensesAfter": Self.strings(change.licensesAfter),
            ])
            writer.write(String(decoding: tree.canonicalBytes(), as: UTF8.self))
        }
        var counts: [ExactString: JSONTree] = [:]
        for kind in SBOMDifference.Change.Kind.allCases {
            counts[ExactString(kind.rawValue)] = .integer(Int64(difference.count(kind)))
        }
        let rest: JSONTree = ["schemaVersion": 1, "summary": .object(counts), "verified": .bool(isVerified)]
        writer.write("],")
        writer.write(String(decoding: rest.canonicalBytes().dropFirst(), as: UTF8.self))
        writer.write("\n")
    }

    private func writeCSV(_ writer: inout SBOMWriter) {
        writer.writeRecord([
            "change", "package", "versionsBefore", "versionsAfter", "licensesBefore", "licensesAfter",
        ])
        for change in difference.changes {
            writer.writeRecord([
                change.kind.rawValue, change.package.value, Self.joined(change.versionsBefore),
                Self.joined(change.versionsAfter), Self.joined(change.licensesBefore),
                Self.joined(change.licensesAfter),
            ])
        }
    }

    private static func joined(_ texts: [ExactString]) -> String { texts.map(\.value).joined(separator: ", ") }
    private static func strings(_ texts: [ExactString]) -> JSONTree { JSONTree(strings: texts.map(\.value)) }
}
