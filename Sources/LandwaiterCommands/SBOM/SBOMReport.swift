import Findings
import SBOM
import StrictEncoding

/// An inventory, or the part of it that a query found, in each form.
struct SBOMReport {
    let file: SBOMFile
    /// Nil for all components; else positions among them.
    var found: [Int]?
    /// Components of which a query could not tell, see ``SBOMFilter/Answer/unordered``.
    var unordered = 0

    private var inventory: Inventory { file.inventory }

    func write(_ output: SBOMOutput, to sink: @escaping ([UInt8]) -> Void) {
        var writer = SBOMWriter(sink)
        switch output {
        case .text: writeText(&writer)
        case .json: writeJSON(&writer)
        case .csv: writeCSV(&writer)
        }
        writer.finish()
    }

    private func forEachComponent(_ body: (Component) -> Void) {
        let components = inventory.components
        if let found {
            for position in found { body(components[position]) }
        } else {
            for component in components { body(component) }
        }
    }

    /// What a query asks for are components.
    private var services: [Service] { found == nil ? inventory.services : [] }

    // MARK: Text

    /// One line for each component: name and version, package URLs, licences, supplier, place.
    private func writeText(_ writer: inout SBOMWriter) {
        let summary = inventory.summary
        writer.writeLine("\(summary.format.rawValue) \(summary.specVersion), \(inventory.syntax.rawValue)")
        writer.write("\n  \(SBOMOutput.standing(file))\n\n")
        if let attachment = file.attachment {
            for (name, text) in attachment.lines {
                writer.write("  \(name)\(String(repeating: " ", count: max(1, 15 - name.utf8.count)))")
                writer.writeLine(text)
                writer.write("\n")
            }
        }
        if let subject = inventory.subject {
            writer.write("  describes      ")
            writer.writeLine("\(subject.name) \(subject.version ?? "")")
            writer.write("\n")
        }
        if let created = inventory.createdText {
            writer.write("  created        ")
            writer.writeLine(created)
            writer.write("\n")
        }
        let contexts = inventory.generationContexts
        if !contexts.isEmpty {
            writer.write("  data from      ")
            writer.writeLine(contexts.map(Self.words).joined(separator: ", "))
            writer.write("\n")
        }
        writer.write(
            """
              components     \(summary.components)
              relationships  \(summary.relationships)
              package URLs   \(summary.packageURLs)

            """)
        if !services.isEmpty { writer.write("  services       \(services.count)\n") }
        if let found { writer.write("  found          \(found.count)\n") }
        if unordered > 0 {
            writer.write("  unordered      \(unordered) (versions that can't be compared with the range)\n")
        }
        writer.write("\n")
        forEachComponent { component in
            writer.write("  ")
            writer.writeLine(component.names.last ?? "")
            writer.write(" ")
            writer.writeLine(component.version ?? "-")
            for url in component.packageURLs {
                writer.write("  ")
                writer.writeLine(url.text)
            }
            let licenses = Self.licenses(component.declaredLicenses + component.concludedLicenses)
            if !licenses.isEmpty {
                writer.write("  ")
                writer.writeLine(licenses.joined(separator: ", "))
            }
            let observed = Self.licenses(component.observedLicenses)
            if !observed.isEmpty {
                writer.write("  seen: ")
                writer.writeLine(observed.joined(separator: ", "))
            }
            if let supplier = component.supplier {
                writer.write("  by ")
                writer.writeLine(supplier)
            }
            writer.write("  at ")
            writer.writeLine(component.place.description)
            writer.write("\n")
        }
        guard !services.isEmpty else { return }
        writer.write("\nServices, which run elsewhere:\n")
        for service in services { Self.writeText(service, &writer) }
    }

    private static func writeText(_ service: Service, _ writer: inout SBOMWriter) {
        writer.write("  ")
        writer.writeLine(service.group.map { "\($0)/\(service.name)" } ?? service.name)
        writer.write(" ")
        writer.writeLine(service.version ?? "-")
        for endpoint in service.endpoints {
            writer.write("  ")
            writer.writeLine(endpoint.text)
        }
        if let isAuthenticated = service.isAuthenticated {
            writer.write(isAuthenticated ? "  authenticated" : "  not authenticated")
        }
        let licenses = licenses(service.declaredLicenses + service.concludedLicenses)
        if !licenses.isEmpty {
            writer.write("  ")
            writer.writeLine(licenses.joined(separator: ", "))
        }
        if let provider = service.provider {
            writer.write("  by ")
            writer.writeLine(provider)
        }
        writer.write("  at ")
        writer.writeLine(service.place.description)
        writer.write("\n")
    }

    /// `build`, `post-build (analyzed)`, or the document's own name in quotes.
    private static func words(_ context: GenerationContext) -> String {
        guard let phase = context.phase?.rawValue else { return Finding.quoted(context.text) }
        return phase.utf8.elementsEqual(context.text.utf8) ? phase : "\(phase) (\(context.text))"
    }

    // MARK: JSON

    /// As docs/sbom-show.schema.json has it, canonical as all that the program writes.
    private func writeJSON(_ writer: inout SBOMWriter) {
        writer.write("{")
        if let attachment = file.attachment {
            writer.write(#""attachment":"#)
            writer.write(String(decoding: attachment.json.canonicalBytes(), as: UTF8.self))
            writer.write(",")
        }
        writer.write(#""components":["#)
        var isFirst = true
        forEachComponent { component in
            writer.write(isFirst ? "{" : ",{")
            isFirst = false
            Self.writeList("concludedLicenses", Self.licenses(component.concludedLicenses), &writer)
            writer.write(",")
            Self.writeList("declaredLicenses", Self.licenses(component.declaredLicenses), &writer)
            Self.writeMember("group", component.group, &writer)
            Self.writeMember("name", component.name, &writer)
            let observed = Self.licenses(component.observedLicenses)
            if !observed.isEmpty {
                writer.write(",")
                Self.writeList("observedLicenses", observed, &writer)
            }
            writer.write(",")
            Self.writeList("packageURLs", component.packageURLs.map(\.text), &writer)
            Self.writeMember("place", component.place.description, &writer)
            Self.writeMember("supplier", component.supplier, &writer)
            Self.writeMember("version", component.version, &writer)
            writer.write("}")
        }
        writer.write("],")
        Self.writeMembers(
            [
                "created": inventory.createdText.map(JSONTree.string),
                "describes": .array(
                    inventory.described.map { component in
                        JSONTree(members: [
                            "name": .string(component.name), "version": component.version.map(JSONTree.string),
                            "packageURLs": JSONTree(strings: component.packageURLs.map(\.text)),
                        ])
                    }),
                "form": .string(file.form.rawValue),
                "found": found.map { .integer(Int64($0.count)) },
                "generationContext": .array(
                    inventory.generationContexts.map { context in
                        JSONTree(members: [
                            "phase": context.phase.map { .string($0.rawValue) }, "text": .string(context.text),
                            "place": .string(context.place.description),
                        ])
                    }),
                "identifier": inventory.identifier.map(JSONTree.string),
                "name": inventory.name.map(JSONTree.string),
                "schemaVersion": 1,
            ], &writer)
        if found == nil { writeServices(&writer) }
        writer.write(",")
        Self.writeMembers(
            [
                "summary": inventory.summary.json,
                "syntax": .string(inventory.syntax.rawValue),
                "unordered": found == nil ? nil : .integer(Int64(unordered)),
                "verified": .bool(file.isVerified),
            ], &writer)
        writer.write("}\n")
    }

    private func writeServices(_ writer: inout SBOMWriter) {
        writer.write(#","services":["#)
        for (position, service) in services.enumerated() {
            writer.write(position == 0 ? "{" : ",{")
            if let isAuthenticated = service.isAuthenticated { writer.write("\"authenticated\":\(isAuthenticated),") }
            Self.writeList("concludedLicenses", Self.licenses(service.concludedLicenses), &writer)
            writer.write(",")
            Self.writeList("declaredLicenses", Self.licenses(service.declaredLicenses), &writer)
            writer.write(",")
            Self.writeList("endpoints", service.endpoints.map(\.text), &writer)
            Self.writeMember("group", service.group, &writer)
            Self.writeMember("name", service.name, &writer)
            Self.writeMember("place", service.place.description, &writer)
            Self.writeMember("provider", service.provider, &writer)
            Self.writeMember("version", service.version, &writer)
            writer.write("}")
        }
        writer.write("]")
    }

    /// Members of an object that is open, without its braces.
    private static func writeMembers(_ members: KeyValuePairs<ExactString, JSONTree?>, _ writer: inout SBOMWriter) {
        let object = JSONTree(members: members).canonicalBytes()
        writer.write(String(decoding: object.dropFirst().dropLast(), as: UTF8.self))
    }

    private static func writeList(_ name: String, _ texts: [String], _ writer: inout SBOMWriter) {
        writer.write("\"\(name)\":[")
        for (position, text) in texts.enumerated() {
            if position > 0 { writer.write(",") }
            writer.writeJSON(text)
        }
        writer.write("]")
    }

    private static func writeMember(_ name: String, _ text: String?, _ writer: inout SBOMWriter) {
        guard let text else { return }
        writer.write(",\"\(name)\":")
        writer.writeJSON(text)
    }

    // MARK: CSV

    private func writeCSV(_ writer: inout SBOMWriter) {
        writer.writeRecord([
            "name", "group", "version", "packageURLs", "supplier", "declaredLicenses", "concludedLicenses", "place",
            "observedLicenses", "kind", "endpoints", "authenticated",
        ])
        forEachComponent { component in
            writer.writeRecord([
                component.name, component.group ?? "", component.version ?? "",
                component.packageURLs.map(\.text).joined(separator: " "), component.supplier ?? "",
                Self.licenses(component.declaredLicenses).joined(separator: ", "),
                Self.licenses(component.concludedLicenses).joined(separator: ", "), component.place.description,
                Self.licenses(component.observedLicenses).joined(separator: ", "), "component", "", "",
            ])
        }
        for service in services {
            writer.writeRecord([
                service.name, service.group ?? "", service.version ?? "", "", service.provider ?? "",
                Self.licenses(service.declaredLicenses).joined(separator: ", "),
                Self.licenses(service.concludedLicenses).joined(separator: ", "), service.place.description, "",
                "service", service.endpoints.map(\.text).joined(separator: " "),
                service.isAuthenticated.map(String.init) ?? "",
            ])
        }
    }

    /// In the order of the document, none twice.
    private static func licenses(_ stated: [ComponentLicense]) -> [String] {
        guard stated.count > 1 else { return stated.map(\.text) }
        var seen: Set<ExactString> = []
        return stated.map(\.text).filter { seen.insert(ExactString($0)).inserted }
    }
}
