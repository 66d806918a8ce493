import Findings
import StrictEncoding

extension FieldList {
    static let builderRow = FieldList(
        name: "a builder row", required: ["name", "builder", "signer", "level", "why"],
        optional: ["buildTypes", "externalParameters", "raises"])
    static let builderSigner = FieldList(name: "`signer`", exactlyOneOf: ["key"])
    static let builderKey = FieldList(name: "`key`", required: ["file"])
}

/// Reads `builders` of a guardrail: rows that its owner adds to the builder table (docs/slsa.md).
struct BuilderRowReader {
    let reader: DocumentReader
    let keys: SignerReader

    func row(_ node: PolicyNode) -> BuilderRow? {
        let before = reader.problems.count
        guard let fields = reader.fields(of: node, .builderRow) else { return nil }
        let name = reader.name(fields["name"], "a name")
        let builder = reader.glob(fields["builder"], "`builder`")
        let signer = reader.fields(of: fields["signer"], .builderSigner)
        let key = reader.fields(of: signer?["key"], .builderKey)?["file"].flatMap { keys.fingerprint(ofFile: $0) }
        let level = reader.integer(fields["level"], "`level`", in: 1...3).flatMap { BuildLevel(rawValue: $0) }
        let why = reader.string(fields["why"], "`why`")
        let buildTypes = reader.globs(fields["buildTypes"], "`buildTypes`")
        let parameters = reader.strings(fields["externalParameters"], "`externalParameters`")
        let raises = reader.strings(fields["raises"], "`raises`")
        guard let name, let builder, let key, let level, let why, reader.problems.count == before else { return nil }
        return BuilderRow(
            name: name, builder: builder, signer: .key(key), buildTypes: buildTypes.map { .glob($0) }, level: level,
            // Left out, none is known, and a statement with one does not reach the level.
            parameters: .listed((parameters ?? []).map { ExactString($0) }), raises: raises ?? [], why: why)
    }
}
