import StrictEncoding

extension VEXDocument {
    /// `vulnerabilities[].analysis` of CycloneDX 1.4 and later. What the document describes is the product, what a
    /// vulnerability affects is its part.
    static func cycloneDX(_ fields: DocumentFields) throws(VEXError) -> VEXDocument {
        let components = CycloneDXComponents(fields)
        let metadata = fields["metadata"]
        var document = VEXDocument(format: .cycloneDX)
        document.id = fields.text("serialNumber")
        document.version = fields["version"]?.value.numberLiteral.map { ExactString($0) }
        let authors = [metadata?.list("authors").first, metadata?["manufacturer"], metadata?["supplier"]]
        document.author = authors.compactMap { $0?.text("name") }.first
        let subject = VEXComponent(components.subject)
        let subjectReference = metadata?["component"]?.text("bom-ref")
        let issued = try metadata?.time("timestamp")
        for element in try fields.neededList("vulnerabilities") {
            guard let analysis = element["analysis"], analysis["state"] != nil else { continue }
            let name = try element.neededText("id")
            let state = try analysis.neededText("state")
            guard let status = statuses[state.value] else { throw .malformed(analysis.pointer("state")) }
            let times = [
                try analysis.time("lastUpdated"), try analysis.time("firstIssued"), try element.time("updated"), issued,
            ]
            guard let timestamp = times.compactMap(\.self).first else { throw .noTime(element.place) }
            var statement = VEXStatement(name, status, at: timestamp, place: element.place)
            statement.aliases = element.list("references").compactMap { $0.text("id") }.unique(without: name)
            statement.impact = analysis.text("detail")
            statement.action = element.text("recommendation")
            statement.justificationLabel = analysis.text("justification")
            if let label = statement.justificationLabel {
                guard let known = justifications[label.value] else {
                    throw .malformed(analysis.pointer("justification"))
                }
                statement.justification = known
            }
            // A false positive is its own reason.
            if state == "false_positive" { statement.justificationLabel = statement.justificationLabel ?? state }
            guard status != .notAffected || statement.justificationLabel != nil || statement.impact != nil else {
                throw .noJustification(element.place)
            }
            var parts: [VEXComponent] = []
            var isWhole = false
            for affects in try element.listIfAny("affects") {
                let reference = try affects.neededText("ref")
                if reference == subjectReference {
                    isWhole = true
                } else {
                    let found = components[reference]
                    parts.append(found.map { VEXComponent($0) } ?? VEXComponent(otherNames: [reference]))
                }
            }
            guard isWhole || !parts.isEmpty else { throw .missing(element.pointer("affects")) }
            statement.products = [
                VEXProduct(component: subject, subcomponents: isWhole ? [] : parts, isWhole: true)
            ]
            document.statements.append(statement)
            guard document.statements.count <= mostStatements else { throw .tooMany(document.statements.count) }
        }
        return document
    }

    private static let statuses: [String: VEXStatement.Status] = [
        "resolved": .fixed, "resolved_with_pedigree": .fixed, "exploitable": .affected,
        "in_triage": .underInvestigation,
        "false_positive": .notAffected, "not_affected": .notAffected,
    ]

    /// The impact analysis justifications of CycloneDX, and the nearest label of OpenVEX.
    private static let justifications: [String: VEXStatement.Justification] = [
        "code_not_present": .vulnerableCodeNotPresent, "code_not_reachable": .vulnerableCodeNotInExecutePath,
        "requires_configuration": .vulnerableCodeCannotBeControlledByAdversary,
        "requires_dependency": .vulnerableCodeCannotBeControlledByAdversary,
        "requires_environment": .vulnerableCodeCannotBeControlledByAdversary,
        "protected_by_compiler": .inlineMitigationsAlreadyExist, "protected_at_runtime": .inlineMitigationsAlreadyExist,
        "protected_at_perimeter": .inlineMitigationsAlreadyExist,
        "protected_by_mitigating_control": .inlineMitigationsAlreadyExist,
    ]
}

extension VEXComponent {
    fileprivate init(_ component: CycloneDXComponents.Component?) {
        self.init(digests: component?.digests ?? [])
        if let url = component?.url { add(name: url) }
        if let name = component?.name { otherNames.append(name) }
    }
}
