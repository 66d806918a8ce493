import StrictEncoding

extension VEXDocument {
    /// CSAF 2.0 and 2.1, profile 5 "VEX" (section 4.5).
    static func csaf(_ fields: DocumentFields) throws(VEXError) -> VEXDocument {
        let head = try fields.needed("document")
        let version = try head.neededText("csaf_version")
        guard ["2.0", "2.1"].contains(version) else { throw .unknownVersion(head.pointer("csaf_version")) }
        guard try head.neededText("category") == "csaf_vex" else { throw .unknownVersion(head.pointer("category")) }
        let tracking = try head.needed("tracking")
        // A draft is not published yet (section 3.2.1.12.8).
        guard tracking.text("status") != "draft" else { throw .malformed(tracking.pointer("status")) }
        guard let released = try tracking.time("current_release_date") else {
            throw .noTime(tracking.pointer("current_release_date"))
        }
        let publisher = try head.needed("publisher")
        var document = VEXDocument(format: .csaf)
        document.id = tracking.text("id")
        document.version = tracking.text("version")
        document.author = publisher.text("namespace") ?? publisher.text("name")
        document.role = publisher.text("category")
        let products = CSAFProducts(fields["product_tree"])
        for vulnerability in try fields.neededList("vulnerabilities") {
            try document.append(vulnerability, products, released)
        }
        return document
    }

    private static let statuses: [(key: String, status: VEXStatement.Status)] = [
        ("fixed", .fixed), ("first_fixed", .fixed), ("known_affected", .affected), ("first_affected", .affected),
        ("last_affected", .affected), ("known_not_affected", .notAffected),
        ("under_investigation", .underInvestigation),
    ]

    /// A statement for each product, because justifications go by product.
    private mutating func append(
        _ vulnerability: DocumentFields, _ products: CSAFProducts, _ released: Instant
    ) throws(VEXError) {
        let ids = vulnerability.list("ids").compactMap { $0.text("text") }
        guard let name = vulnerability.text("cve") ?? ids.first else { throw .missing(vulnerability.pointer("cve")) }
        let flags = products.texts(vulnerability.list("flags"), "label")
        let impacts = products.texts(
            vulnerability.list("threats").filter { $0.text("category") == "impact" }, "details")
        let actions = products.texts(vulnerability.list("remediations"), "details")
        let status = try vulnerability.needed("product_status")
        for (key, meaning) in Self.statuses {
            for element in try status.listIfAny(key) {
                guard let id = element.value.exact else { throw .malformed(element.place) }
                guard let product = products[id] else { throw .noProduct(element.place) }
                var statement = VEXStatement(name, meaning, at: released, place: element.place)
                statement.aliases = ids.unique(without: name)
                statement.products = [product]
                statement.justificationLabel = products.text(flags, of: id)
                if let label = statement.justificationLabel {
                    guard let known = VEXStatement.Justification(rawValue: label.value) else {
                        throw .malformed(vulnerability.pointer("flags"))
                    }
                    statement.justification = known
                }
                statement.impact = products.text(impacts, of: id)
                statement.action = products.text(actions, of: id)
                guard meaning != .notAffected || statement.justification != nil || statement.impact != nil else {
                    throw .noJustification(element.place)
                }
                statements.append(statement)
                guard statements.count <= Self.mostStatements else { throw .tooMany(statements.count) }
            }
        }
    }
}

/// The product tree (section 3.2.2): products by their identifiers.
private struct CSAFProducts {
    private var components: [ExactString: VEXComponent] = [:]
    /// What is a part of what (`default_component_of`, `installed_on` and the like).
    private var relationships: [ExactString: (part: ExactString, whole: ExactString)] = [:]
    /// In which groups a product is.
    private var groups: [ExactString: [ExactString]] = [:]
    /// A product in more groups is not found by those behind; public documents have one or two.
    private static let mostGroups = 64

    init(_ tree: DocumentFields?) {
        guard let tree else { return }
        for name in tree.list("full_product_names") { add(name) }
        addBranches(tree)
        for relationship in tree.list("relationships") {
            guard let name = relationship["full_product_name"], let id = name.text("product_id"),
                let part = relationship.text("product_reference"),
                let whole = relationship.text("relates_to_product_reference")
            else { continue }
            add(name)
            relationships[id] = (part, whole)
        }
        for group in tree.list("product_groups") {
            guard let id = group.text("group_id") else { continue }
            for product in group.texts("product_ids") where groups[product]?.count ?? 0 < Self.mostGroups {
                groups[product, default: []].append(id)
            }
        }
    }

    /// Nesting is as deep as the JSON reader permits, and no deeper.
    private mutating func addBranches(_ fields: DocumentFields) {
        for branch in fields.list("branches") {
            if let product = branch["product"] { add(product) }
            addBranches(branch)
        }
    }

    private mutating func add(_ name: DocumentFields) {
        guard let id = name.text("product_id") else { return }
        var component = VEXComponent(otherNames: [name.text("name") ?? id])
        if let helper = name["product_identification_helper"] {
            for url in [helper.text("purl")].compactMap(\.self) + helper.texts("purls") { component.add(name: url) }
            for hash in helper.list("hashes").flatMap({ $0.list("file_hashes") }) {
                guard let value = hash.text("value"), let algorithm = hash.text("algorithm"),
                    ["sha256", "sha384", "sha512"].contains(algorithm)
                else { continue }
                component.digests.append(ExactString(algorithm.value + ":" + value.value.lowercased()))
            }
        }
        components[id] = component
    }

    /// A product by its identifier. A part of a whole is the whole with one subcomponent.
    subscript(_ id: ExactString) -> VEXProduct? {
        guard let component = components[id] else { return nil }
        guard let (part, whole) = relationships[id] else { return VEXProduct(component: component) }
        guard let outer = components[whole], let inner = components[part] else { return nil }
        // What is said of the combination as such is a name of the part in it.
        var named = inner
        named.urls += component.urls
        named.digests += component.digests
        if outer.isIdentified { return VEXProduct(component: outer, subcomponents: [named]) }
        // The whole is a platform that has a CPE only. Then the part speaks for itself, but not without a version: what
        // holds for all versions on one platform need not hold on another.
        named.urls.removeAll { $0.version == nil }
        return VEXProduct(component: named)
    }

    /// The texts among elements that name products and groups, to be asked product by product.
    func texts(_ elements: [DocumentFields], _ key: String) -> Texts {
        var found = Texts()
        for element in elements {
            guard let text = element.text(key) else { continue }
            let products = element.texts("product_ids")
            let groups = element.texts("group_ids")
            for id in products where found.byProduct[id] == nil { found.byProduct[id] = text }
            for id in groups where found.byGroup[id] == nil { found.byGroup[id] = text }
            // A threat or a remediation that names nobody concerns all products (section 3.2.3.14).
            if products.isEmpty, groups.isEmpty, key == "details" { found.ofAll = found.ofAll ?? text }
        }
        return found
    }

    /// The text that holds for a product.
    func text(_ texts: Texts, of id: ExactString) -> ExactString? {
        texts.byProduct[id] ?? groups[id]?.lazy.compactMap { texts.byGroup[$0] }.first ?? texts.ofAll
    }

    struct Texts {
        var byProduct: [ExactString: ExactString] = [:]
        var byGroup: [ExactString: ExactString] = [:]
        var ofAll: ExactString?
    }
}
