import SBOM
import Testing

/// Small documents that say one thing each.
enum Documents {
    static func cycloneDX(_ members: String) -> String {
        #"{"bomFormat":"CycloneDX","specVersion":"1.6",\#(members)}"#
    }

    static func cycloneDX(component members: String) -> String {
        cycloneDX(#""components":[{"type":"library","name":"a",\#(members)}]"#)
    }

    static func xml(_ content: String, version: String = "1.6", attributes: String = "") -> String {
        #"<bom xmlns="http://cyclonedx.org/schema/bom/\#(version)"\#(attributes)>\#(content)</bom>"#
    }

    static let spdxHeader = """
        "spdxVersion":"SPDX-2.3","SPDXID":"SPDXRef-DOCUMENT","dataLicense":"CC0-1.0","name":"app",\
        "documentNamespace":"https://registry.example/spdx/app-1",\
        "creationInfo":{"created":"2026-11-01T10:00:00Z","creators":["Tool: maker-1.2"]}
        """

    static func spdx(_ members: String) -> String { "{" + spdxHeader + "," + members + "}" }

    static func spdx(package members: String) -> String {
        spdx(#""packages":[{"name":"a","SPDXID":"SPDXRef-a",\#(members)}]"#)
    }

    static func spdx3(_ elements: String) -> String {
        #"{"@context":"https://spdx.org/rdf/3.0.1/spdx-context.jsonld","@graph":[\#(elements)]}"#
    }
}

/// Reads a document that has to be read.
func inventory(_ text: String) throws -> Inventory { try SBOMDocument.read(Array(text.utf8)).inventory }

/// Why a document that has to be refused is.
func refusal(_ text: String, limits: SBOMLimits = .standard) -> SBOMError? { refusal(Array(text.utf8), limits: limits) }

func refusal(_ bytes: [UInt8], limits: SBOMLimits = .standard) -> SBOMError? {
    do throws(SBOMError) {
        _ = try SBOMDocument.read(bytes, limits: limits)
        return nil
    } catch {
        return error
    }
}
