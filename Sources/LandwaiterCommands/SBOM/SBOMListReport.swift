import Admission
import AdmissionPolicy
import Content
import Findings
import SBOM
import StrictEncoding

/// The SBOMs of an image, in each form.
struct SBOMListReport {
    let attached: AttachedSBOMs
    /// Those of them that are meant.
    let sboms: [AttachedSBOM]

    func write(_ output: SBOMOutput, to sink: @escaping ([UInt8]) -> Void) {
        var writer = SBOMWriter(sink)
        switch output {
        case .text: writeText(&writer)
        case .json:
            writer.write(String(decoding: json.canonicalBytes(), as: UTF8.self))
            writer.write("\n")
        case .csv: writeCSV(&writer)
        }
        writer.finish()
    }

    /// One line for each, without reading the document.
    var lines: [String] {
        sboms.map { sbom in
            let covered = attached.platforms(coveredBy: sbom)
            let words = [
                sbom.evidence.description, sbom.predicateType?.value ?? "document", sbom.origin.rawValue,
                covered.isEmpty ? "the image" : covered.joined(separator: ", "), sbom.standing,
            ]
            return Finding.escaped(words.joined(separator: "  "))
        }
    }

    private func writeText(_ writer: inout SBOMWriter) {
        writer.write("\(attached.digest)")
        if let tag = attached.tag {
            writer.write(" ")
            writer.writeLine(tag)
        }
        writer.write("\n")
        if sboms.isEmpty { writer.write("  no SBOM\n") }
        for (sbom, line) in zip(sboms, lines) {
            writer.write("\n  ")
            writer.write(line)
            writer.write("\n    ")
            switch sbom.inventory() {
            case .success(let inventory):
                let summary = inventory.summary
                writer.writeLine("\(summary.format.rawValue) \(summary.specVersion), \(summary.components) components")
                if let created = inventory.createdText {
                    writer.write(", made ")
                    writer.writeLine(created)
                }
            case .failure(let unread): writer.writeLine("\(unread.finding.message)  [\(unread.finding.code)]")
            }
            writer.write("\n")
        }
        for refused in attached.refused {
            writer.write("\n  not read: ")
            writer.writeLine("\(refused.finding.message)  [\(refused.finding.code)]")
            if let evidence = refused.evidence { writer.write("  \(evidence)") }
        }
        for finding in attached.findings {
            writer.write("\n  not all could be listed: ")
            writer.writeLine("\(finding.message)  [\(finding.code)]")
        }
        if !attached.refused.isEmpty || !attached.findings.isEmpty { writer.write("\n") }
    }

    /// As docs/sbom-list.schema.json has it.
    var json: JSONTree {
        JSONTree(members: [
            "schemaVersion": 1,
            "image": .string(attached.digest.description),
            "tag": attached.tag.map(JSONTree.string),
            "sboms": .array(
                sboms.map { sbom in
                    var members = sbom.members(attached.platforms(coveredBy: sbom))
                    switch sbom.inventory() {
                    case .success(let inventory):
                        members["summary"] = inventory.summary.json
                        members["created"] = inventory.createdText.map(JSONTree.string)
                    case .failure(let unread): members["unread"] = unread.finding.asRefusal
                    }
                    return .object(members)
                }),
            "refused": .array(
                attached.refused.map { refused in
                    guard case .object(var members) = refused.finding.asRefusal else { return [:] }
                    members["evidence"] = refused.evidence.map { .string($0.description) }
                    members["origin"] = .string(refused.origin.rawValue)
                    return .object(members)
                }),
            "findings": .array(attached.findings.map(\.asRefusal)),
        ])
    }

    private func writeCSV(_ writer: inout SBOMWriter) {
        writer.writeRecord([
            "evidence", "origin", "predicateType", "platforms", "subjects", "verified", "signers", "format",
            "specVersion", "components", "created",
        ])
        for sbom in sboms {
            let inventory = try? sbom.inventory().get()
            writer.writeRecord([
                sbom.evidence.description, sbom.origin.rawValue, sbom.predicateType?.value ?? "",
                attached.platforms(coveredBy: sbom).joined(separator: " "),
                sbom.subjects.map(\.description).joined(separator: " "), sbom.signers.isEmpty ? "false" : "true",
                (sbom.signers.isEmpty ? sbom.claimedSigners : sbom.signers.map(\.summary)).joined(separator: ", "),
                inventory?.format.rawValue ?? "", inventory?.specVersion ?? "",
                inventory.map { String($0.summary.components) } ?? "", inventory?.createdText ?? "",
            ])
        }
    }
}

extension AttachedSBOM {
    /// What is known of who wrote it.
    fileprivate var standing: String {
        guard signers.isEmpty else { return "signed by " + signers.map(\.summary).joined(separator: ", ") }
        switch form {
        case .document, .statement: return "not signed"
        case .signed:
            let claims = claimedSigners.isEmpty ? "" : ": " + claimedSigners.joined(separator: ", ")
            return "signature not checked" + claims
        }
    }

    /// What both reports tell of it.
    fileprivate func members(_ platforms: [String]) -> [ExactString: JSONTree] {
        var members: [ExactString: JSONTree] = [
            "evidence": .string(evidence.description), "origin": .string(origin.rawValue),
            "subjects": JSONTree(strings: subjects.map(\.description)), "platforms": JSONTree(strings: platforms),
            "claimedSigners": JSONTree(strings: claimedSigners), "signers": JSONTree(strings: signers.map(\.summary)),
            "verified": .bool(!signers.isEmpty),
        ]
        if let predicateType { members["predicateType"] = .string(predicateType.value) }
        return members
    }
}

extension SBOMFile.Attachment {
    /// `attachment` of docs/sbom-show.schema.json.
    var json: JSONTree {
        var members = sbom.members(platforms)
        members["image"] = .string(image.description)
        if let tag { members["tag"] = .string(tag) }
        return .object(members)
    }

    /// For the head of the text.
    var lines: [(name: String, text: String)] {
        [
            ("image", image.description + (tag.map { " " + $0 } ?? "")),
            ("covers", platforms.isEmpty ? "the image" : platforms.joined(separator: ", ")),
            ("evidence", "\(sbom.evidence), \(sbom.origin.rawValue)"),
            ("signature", sbom.standing),
        ]
    }
}

extension InventorySummary {
    /// `summary` of docs/sbom-show.schema.json.
    var json: JSONTree {
        [
            "format": .string(format.rawValue), "specVersion": .string(specVersion),
            "components": .integer(Int64(components)), "relationships": .integer(Int64(relationships)),
            "packageURLs": .integer(Int64(packageURLs)),
        ]
    }
}

extension Finding {
    fileprivate var asRefusal: JSONTree { ["code": .string(code.name), "message": .string(message)] }
}
