import StrictEncoding

/// Something that the software calls and that runs elsewhere: an API, a database, a queue. CycloneDX lists such services
/// beside the components; no other format that is read does.
///
/// A view, cheap to copy, that keeps the document's text alive.
public struct Service: Sendable {
    let storage: InventoryStorage
    let index: Int

    private var record: ServiceRecord { storage.services[index] }

    /// The name by which relationships refer to it: `bom-ref`.
    public var identifier: String? { storage.string(record.identifier) }

    /// Never absent; may be empty.
    public var name: String { storage.string(record.name) ?? "" }

    /// What belongs to the name, such as a domain.
    public var group: String? { storage.string(record.group) }

    public var version: String? { storage.string(record.version) }

    /// The name of who provides it.
    public var provider: String? { storage.string(record.provider) }

    /// Where it is reached, as written: URIs or parts of such.
    public var endpoints: [StatedText] {
        facts(of: .endpoint).map {
            StatedText(text: storage.string($0.value) ?? "", place: place(of: $0))
        }
    }

    /// Whether it asks who calls; nil if that is not said.
    public var isAuthenticated: Bool? { record.isAuthenticated }

    /// The licences that are declared of it, and those that say nothing else.
    public var declaredLicenses: [ComponentLicense] { licenses(.declared) }

    /// The licences that the document's author concluded.
    public var concludedLicenses: [ComponentLicense] { licenses(.concluded) }

    /// The service that the document nests it in.
    public var parent: Service? {
        record.parent == ComponentRecord.noParent
            ? nil : Service(storage: storage, index: Int(record.parent))
    }

    /// Where in the document it stands.
    public var place: DocumentPlace { storage.place(at: Int(record.offset), pointer: pointer) }

    private var pointer: String {
        var pointer = ""
        var service = self
        // Parents come before their children, so this ends; nesting is limited like all nesting.
        while true {
            pointer = "/services/\(service.record.ordinal)" + pointer
            guard let parent = service.parent else { return pointer }
            service = parent
        }
    }

    private func licenses(_ family: FactKind.Family) -> [ComponentLicense] {
        facts(of: family).map {
            ComponentLicense(
                form: $0.kind.licenseForm, text: storage.string($0.value) ?? "", place: place(of: $0))
        }
    }

    private func facts(of family: FactKind.Family) -> [FactRecord] {
        let end =
            index + 1 < storage.services.count
            ? Int(storage.services[index + 1].firstFact) : storage.serviceFacts.count
        let first = Int(record.firstFact)
        guard first < end else { return [] }
        return storage.serviceFacts[first..<end].filter { $0.kind.family == family }
    }

    private func place(of fact: FactRecord) -> DocumentPlace {
        storage.place(at: fact.value.start, pointer: pointer + fact.kind.pointer(fact.ordinal))
    }
}
