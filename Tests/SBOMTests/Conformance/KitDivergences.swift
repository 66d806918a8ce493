/// Rows of the kit that are decided otherwise here, and why that is right. A row that agrees after all fails its test.
enum KitDivergences {
    static let cycloneDX: [String: String] = {
        var divergences: [String: String] = [:]
        for version in ["1.1", "1.2", "1.3", "1.4", "1.5"] {
            for syntax in ["json", "xml"] where version != "1.1" || syntax == "xml" {
                divergences["\(version)/invalid-license-id-\(version).\(syntax)"] = unknownLicense
                if version >= "1.3" {
                    divergences["\(version)/invalid-metadata-license-\(version).\(syntax)"] = unknownLicense
                }
            }
        }
        return divergences
    }()

    private static let unknownLicense =
        "the schema enumerates the licence list of its day, which has grown since; an unknown identifier is kept as it is, "
        + "for rules on licences to judge"

    static let spdx: [String: String] = [:]
}
