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
        var found: [FormatName: JSONPosition] = [:]
        var members = tape.members(root)
        while let (name, value) = members.next(tape) {
            if let name = FormatName.all.find(name, in: tape) { found[name] = value }
        }
        if let context = found[.context], !isSPDX(context, tape) { found[.context] = nil }
        let formats = [found[.bomFormat], found[.spdxVersion], found[.context], found[.artifacts]].compactMap { $0 }
        // Whoever reads it as the one format and whoever reads it as the other would see two documents.
        if formats.count > 1, let second = formats.dropFirst().first {
            throw ReadFault(.invalidValue(expected: "the names of one format only"), second)
        }
        if let bomFormat = found[.bomFormat] {
            guard FormatName.bomFormats.find(try tape.requireText(bomFormat), in: tape) != nil else {
                throw ReadFault(.invalidValue(expected: "`CycloneDX`"), bomFormat)
            }
            let versions = syntax == .xml ? CycloneDXNames.xmlVersions : CycloneDXNames.jsonVersions
            return try CycloneDXReader.read(root, tape, versions: versions, limits: limits)
        }
        if found[.spdxVersion] != nil { return try SPDX2Reader.read(root, tape, limits: limits) }
        if let context = found[.context] {
            return try SPDX3Reader.read(root, context: context, graph: found[.graph], tape, limits: limits)
        }
        if let artifacts = found[.artifacts], found[.artifactRelationships] != nil || found[.descriptor] != nil {
            return try SyftReader.read(root, artifacts: artifacts, tape, limits: limits)
        }
        return nil
    }
}

extension Inventory {
    /// Other formats than SPDX 3 are JSON-LD too.
    private static func isSPDX(_ context: JSONPosition, _ tape: borrowing JSONTape) -> Bool {
        var contexts = tape.elements(context)
        let text = tape.text(contexts.next(tape) ?? context)
        let namespace: StaticString = "https://spdx.org/rdf/"
        return tape.withBytes(of: text) { bytes in
            guard bytes.count > namespace.utf8CodeUnitCount else { return false }
            return namespace.withUTF8Buffer { namespace in namespace.indices.allSatisfy { bytes[$0] == namespace[$0] } }
        }
    }
}

/// The names by which a format is told.
private enum FormatName {
    case bomFormat, spdxVersion, context, graph, artifacts, artifactRelationships, descriptor

    static let all = FieldTable<FormatName>([
        "bomFormat": .bomFormat, "spdxVersion": .spdxVersion, "@context": .context, "@graph": .graph,
        "artifacts": .artifacts, "artifactRelationships": .artifactRelationships, "descriptor": .descriptor,
    ])
    static let bomFormats = FieldTable<Void>(["CycloneDX": ()])
}
