import SBOM

/// Feeds libFuzzer's inputs to the readers of SBOMs. The first byte chooses the reader: what makes a document one of its
/// format is put before the rest, so that inputs are read and not only refused. An inventory is asked for all it can tell.
///
/// Run with `SWIFT_BACKTRACE=enable=no`, standard input closed, and a directory of seeds.
@main enum SBOMFuzzer {
    static func main() {
        var count = CommandLine.argc
        var arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = CommandLine.unsafeArgv
        _ = runDriver(&count, &arguments) { data, size in
            SBOMFuzzer.run(UnsafeBufferPointer(start: data, count: size))
            return 0
        }
    }

    private static func run(_ input: UnsafeBufferPointer<UInt8>) {
        guard let choice = input.first else { return }
        let rest = input.dropFirst()
        let prefix = prefixes[Int(choice) % prefixes.count]
        guard let inventory = try? SBOMDocument.read(Array(prefix.utf8) + rest, limits: limits).inventory else {
            return
        }
        _ = (inventory.summary, inventory.creators, inventory.createdPlace, inventory.subject?.place)
        for component in Array(inventory.components) + inventory.described {
            for field in Component.Field.allCases { _ = component.place(of: field) }
            _ = (component.hashes, component.cpes, component.packageURLs, component.parent?.place)
            _ = (component.declaredLicenses, component.concludedLicenses)
        }
        for relationship in inventory.relationships { _ = relationship.place }
    }

    /// The document as it is, then the beginnings of CycloneDX (JSON, XML), SPDX 2 (JSON, tag-value, YAML, XML), SPDX 3 and
    /// Syft's JSON.
    private static let prefixes = [
        "",
        #"{"bomFormat":"CycloneDX","specVersion":"1.6","components":[{"type":"file","name":"a","#,
        #"<bom xmlns="http://cyclonedx.org/schema/bom/1.6"><components><component type="file"><name>a</name>"#,
        "{" + spdx + #","packages":[{"name":"a","SPDXID":"SPDXRef-a","#,
        "SPDXVersion: SPDX-2.3\n",
        "spdxVersion: SPDX-2.3\n",
        "<Document><spdxVersion>SPDX-2.3</spdxVersion>",
        #"{"@context":"https://spdx.org/rdf/3.0.1/spdx-context.jsonld","@graph":[{"#,
        #"{"descriptor":{},"artifacts":[{"name":"a","#,
    ]
    private static let spdx = """
        "spdxVersion":"SPDX-2.3","SPDXID":"SPDXRef-DOCUMENT","dataLicense":"CC0-1.0","name":"a","documentNamespace":"a:b",\
        "creationInfo":{"created":"2026-11-01T10:00:00Z","creators":["Tool: a"]}
        """
    /// Small, so that they are reached.
    private static let limits = SBOMLimits(bytes: 1 << 20, depth: 32, components: 100, relationships: 100, facts: 100)
}

/// libFuzzer's entry, which lives in the sanitizer's run-time library.
@_silgen_name("LLVMFuzzerRunDriver")
private func runDriver(
    _ count: UnsafeMutablePointer<Int32>,
    _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?>,
    _ run: @convention(c) (UnsafePointer<UInt8>?, Int) -> Int32
) -> Int32
