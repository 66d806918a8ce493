import Content
import Findings

extension RequirementReader {
    func provenance(_ node: PolicyNode) -> ProvenanceRule? {
        guard let fields = reader.fields(of: node, .provenanceRule) else { return nil }
        let by = threshold(fields["by"])
        let match = reader.word(fields["match"], "`match`", Cardinality.self)
        let source = reader.fields(of: fields["source"], .source)
        let repository = reader.globs(source?["repository"], "`repository`")
        let ref = reader.globs(source?["ref"], "`ref`")
        let builder = reader.globs(fields["builder"], "`builder`")
        let newestAge = optional(fields["newestAge"]) { reader.duration($0, "`newestAge`") }
        let buildType = optional(fields["buildType"]) { reader.globs($0, "`buildType`") }
        let entryPoint = optional(fields["entryPoint"]) { reader.globs($0, "`entryPoint`") }
        let parameters = optional(fields["externalParameters"]) { node in
            reader.list(node, "`externalParameters`") { externalParameter($0) }
        }
        let level = optional(fields["level"]) {
            reader.integer($0, "`level`", in: 1...3).flatMap { BuildLevel(rawValue: $0) }
        }
        if match == .latest, fields["newestAge"] == nil {
            problems.add(
                .policyFileMissingField, fields.place,
                "expected the field `newestAge` with `match: latest`, found none",
                mend: "add `newestAge`: whoever withholds newer statements would otherwise choose which is the latest")
            return nil
        }
        guard let by, let match, let repository, let ref, let builder, let newestAge, let buildType, let entryPoint,
            let parameters, let level
        else { return nil }
        return ProvenanceRule(
            by: by, match: match, newestAge: newestAge.value, builder: builder, buildType: buildType.value,
            sourceRepository: repository, sourceRef: ref, entryPoint: entryPoint.value,
            externalParameters: parameters.value ?? [], level: level.value)
    }

    private func externalParameter(_ node: PolicyNode) -> ExternalParameterRule? {
        guard let fields = reader.fields(of: node, .externalParameter) else { return nil }
        let name = reader.glob(fields["name"], "`name`")
        let values = reader.globs(fields["values"], "`values`")
        guard let name, let values else { return nil }
        return ExternalParameterRule(name: name, values: values)
    }
}
