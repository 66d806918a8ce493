import StrictEncoding

extension VEXDocument {
    /// OpenVEX 0.2.0, and 0.0.1, in which products and vulnerabilities are bare texts.
    static func openVEX(_ fields: DocumentFields) throws(VEXError) -> VEXDocument {
        // Without a version the context means 0.0.1.
        let contexts = ["https://openvex.dev/ns", "https://openvex.dev/ns/v0.0.1", "https://openvex.dev/ns/v0.2.0"]
        guard let context = fields.text("@context")?.value,
            contexts.contains(where: { $0.utf8.elementsEqual(context.utf8) })
        else {
            throw .unknownVersion(fields.pointer("@context"))
        }
        var document = VEXDocument(format: .openVEX)
        document.id = try fields.neededText("@id")
        document.author = try fields.neededText("author")
        document.role = fields.text("role")
        document.version = fields.text("version") ?? fields["version"]?.value.numberLiteral.map { ExactString($0) }
        let issued = try fields.time("timestamp")
        let elements = try fields.neededList("statements")
        guard elements.count <= mostStatements else { throw .tooMany(elements.count) }
        for element in elements { document.statements.append(try openVEXStatement(element, issued)) }
        return document
    }

    private static func openVEXStatement(
        _ element: DocumentFields, _ issued: Instant?
    ) throws(VEXError) -> VEXStatement {
        let status = try element.neededText("status")
        guard let status = VEXStatement.Status(rawValue: status.value) else {
            throw .malformed(element.pointer("status"))
        }
        // A statement's own time overrides the document's ("Inheritance Flow").
        guard let timestamp = try element.time("timestamp") ?? issued else { throw .noTime(element.place) }
        let vulnerability = try element.needed("vulnerability")
        let isBare = vulnerability.value.kind == .string
        let name = isBare ? try element.neededText("vulnerability") : try vulnerability.neededText("name")
        var statement = VEXStatement(name, status, at: timestamp, place: element.place)
        statement.aliases = vulnerability.texts("aliases").unique(without: name)
        statement.impact = element.text("impact_statement")
        statement.action = element.text("action_statement")
        if let label = element.text("justification") {
            // "Justifications are fixed labels defined by VEX."
            guard let known = VEXStatement.Justification(rawValue: label.value) else {
                throw .malformed(element.pointer("justification"))
            }
            statement.justification = known
            statement.justificationLabel = label
        }
        guard status != .notAffected || statement.justification != nil || statement.impact != nil else {
            throw .noJustification(element.place)
        }
        // In 0.0.1 the parts stand beside the products and belong to each of them.
        let shared = isBare ? try components(element.listIfAny("subcomponents")) : []
        for product in try element.listIfAny("products") {
            let own = try components(product.listIfAny("subcomponents"))
            statement.products.append(
                VEXProduct(component: try component(product), subcomponents: own.isEmpty ? shared : own))
        }
        return statement
    }

    private static func components(_ elements: [DocumentFields]) throws(VEXError) -> [VEXComponent] {
        var found: [VEXComponent] = []
        for element in elements { found.append(try component(element)) }
        return found
    }

    /// By `@id`, `identifiers` and `hashes`; a bare text is an `@id`. What has no name at all is refused.
    private static func component(_ element: DocumentFields) throws(VEXError) -> VEXComponent {
        var component = VEXComponent()
        if let id = element.value.exact ?? element.text("@id") { component.add(name: id) }
        for key in ["purl", "cpe23", "cpe22"] {
            if let name = element["identifiers"]?.text(key) { component.add(name: name) }
        }
        for (algorithm, prefix) in [("sha-256", "sha256:"), ("sha-384", "sha384:"), ("sha-512", "sha512:")] {
            if let hash = element["hashes"]?.text(algorithm) {
                component.digests.append(ExactString(prefix + hash.value.lowercased()))
            }
        }
        guard component != VEXComponent() else { throw .malformed(element.place) }
        return component
    }
}
