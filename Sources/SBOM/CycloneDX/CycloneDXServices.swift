import StrictEncoding

// What the software calls, apart from what it is made of.

extension CycloneDXReader {
    mutating func services(
        _ list: JSONPosition, in parent: Int32, _ tape: borrowing JSONTape
    ) throws(ReadFault) {
        var elements = try tape.requireArray(list)
        var ordinal: UInt32 = 0
        while let element = elements.next(tape) {
            try service(element, ordinal, parent, tape)
            ordinal &+= 1
        }
    }

    /// Appends a service with its facts, then those inside of it.
    private mutating func service(
        _ service: JSONPosition, _ ordinal: UInt32, _ parent: Int32, _ tape: borrowing JSONTape
    ) throws(ReadFault) {
        try tape.requireObject(service)
        var record = ServiceRecord()
        record.offset = UInt32(truncatingIfNeeded: tape.offset(service))
        record.ordinal = ordinal
        record.parent = parent
        var (endpoints, licenses, nested): (JSONPosition?, JSONPosition?, JSONPosition?)
        var members = tape.members(service)
        while let (name, value) = members.next(tape) {
            switch names.service.find(name, in: tape) {
            case .bomRef: record.identifier = try tape.requireContent(value)
            case .provider: record.provider = try organization(value, tape)
            case .group: record.group = try tape.requireText(value)
            case .name: record.name = try tape.requireText(value)
            case .version: record.version = try tape.requireText(value)
            case .authenticated:
                guard let isAuthenticated = tape.bool(value) else {
                    throw ReadFault(.wrongKind(expected: "a boolean"), value)
                }
                record.isAuthenticated = isAuthenticated
            case .endpoints: endpoints = value
            case .licenses: licenses = value
            case .services: nested = value
            case nil: break
            }
        }
        guard record.name.isPresent else { throw ReadFault(.missing(field: "name"), service) }
        let index = inventory.services.count
        try inventory.append(record, service)
        let owner = UInt32(truncatingIfNeeded: index)
        if let endpoints { try self.endpoints(endpoints, of: owner, tape) }
        if let licenses { try self.licenses(licenses, of: owner, as: .ofService, tape) }
        if let nested { try services(nested, in: Int32(truncatingIfNeeded: index), tape) }
    }

    private mutating func endpoints(
        _ list: JSONPosition, of service: UInt32, _ tape: borrowing JSONTape
    ) throws(ReadFault) {
        var elements = try tape.requireArray(list)
        var ordinal: UInt32 = 0
        while let element = elements.next(tape) {
            let fact = FactRecord(
                kind: .cycloneDXEndpoint, component: service, ordinal: ordinal,
                value: try tape.requireText(element))
            try inventory.append(ofService: fact, element)
            ordinal &+= 1
        }
    }
}
