import StrictEncoding

extension SBOMSyntax {
    /// How a document is written, by how it begins; nil if like no SBOM.
    ///
    /// What an SBOM says of itself is not looked at yet, but for YAML and tag-value, which have no marks of their own: they
    /// are told by the line that names SPDX's version.
    static func recognise(_ bytes: [UInt8]) -> SBOMSyntax? {
        let utf16: [[UInt8]] = [[0xFE, 0xFF], [0xFF, 0xFE], [0x00, 0x3C], [0x3C, 0x00]]
        if utf16.contains(where: { bytes.starts(with: $0) }) { return .xml }
        var start = bytes[...]
        let isMarked = bytes.starts(with: [0xEF, 0xBB, 0xBF])
        if isMarked { start = start.dropFirst(3) }
        start = start.drop { $0 == 0x20 || (0x09...0x0D).contains($0) }
        switch start.first {
        case UInt8(ascii: "{"), UInt8(ascii: "["): return .json
        case UInt8(ascii: "<"): return .xml
        case nil: return nil
        default: break
        }
        for line in start.split(whereSeparator: { $0 == 0x0A || $0 == 0x0D }) {
            if line.starts(with: "SPDXVersion:".utf8) { return .tagValue }
            let key = line.drop { $0 == UInt8(ascii: "\"") || $0 == UInt8(ascii: "'") || $0 == 0x20 }
            if key.starts(with: "spdxVersion".utf8) { return .yaml }
        }
        return nil
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
