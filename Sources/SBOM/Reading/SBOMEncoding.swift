import StrictEncoding

/// How a document is written, by its first bytes; what it says is found by its names.
enum SBOMEncoding {
    case json

    static func recognise(_ bytes: [UInt8]) -> SBOMEncoding? {
        bytes.isEmpty ? nil : .json
    }
}

extension Inventory {
    /// The reader for the object at `root`, chosen by the names that only its format has; nil if it has none of them.
    static func builder(
        _ root: JSONPosition, _ tape: borrowing JSONTape, _ syntax: SBOMSyntax, _ limits: SBOMLimits
    ) throws(ReadFault) -> InventoryBuilder? {
        var members = tape.members(root)
        while let (name, value) = members.next(tape) {
            switch FormatNames.names.find(name, in: tape) {
            case .bomFormat:
                guard FormatNames.bomFormats.find(try tape.requireText(value), in: tape) != nil else {
                    throw ReadFault(.invalidValue(expected: "`CycloneDX`"), value)
                }
                let versions = syntax == .xml ? CycloneDXNames.xmlVersions : CycloneDXNames.jsonVersions
                return try CycloneDXReader.read(root, tape, versions: versions, limits: limits)
            case nil: break
            }
        }
        return nil
    }
}

private enum FormatNames {
    enum Name { case bomFormat }

    static let names = FieldTable<Name>(["bomFormat": .bomFormat])
    static let bomFormats = FieldTable<Void>(["CycloneDX": ()])
}
