import Content
import Findings
import OCI
import StrictEncoding

/// Reads `kind: AdmissionPolicy`.
struct AdmissionPolicyReader {
    let source: PolicySource
    let file: PolicyFile
    let fileDigest: Digest
    let reader: DocumentReader

    /// Nil if anything in the document was refused.
    func policy(_ fields: DocumentReader.Fields) -> AdmissionPolicy? {
        let metadata = reader.fields(of: fields["metadata"], .metadata)
        let name = reader.name(metadata?["name"], "a name")
        let owner = reader.string(metadata?["owner"], "an owner")
        guard let spec = reader.fields(of: fields["spec"], .spec) else { return nil }
        let stage = reader.stage(spec["enforcement"])
        let scope = reader.scope(spec["scope"])
        let files = SignerReader(source: source, file: file, reader: reader)
        let signers = files.signers(spec["signers"])
        let rules = RequirementReader(
            reader: reader, source: source.name, signers: signers ?? [:], signersWereRead: signers != nil,
            files: files)
        let require = reader.list(spec["require"], "`require`", most: DocumentReader.mostRules) {
            rules.requirement($0)
        }
        let deny =
            spec["deny"] == nil
            ? [] : reader.list(spec["deny"], "`deny`", most: DocumentReader.mostRules) { rules.denial($0) }
        reader.requireDistinctIDs(spec["require"], spec["deny"])
        guard let name, let owner, let stage, let scope, let signers, let require, let deny, !require.isEmpty else {
            return nil
        }
        return AdmissionPolicy(
            name: PolicyName(source: source.name, name: name), owner: owner, stage: stage, scope: scope,
            signers: signers.values.sorted { ExactString($0.name) < ExactString($1.name) }, require: require,
            deny: deny, fileDigest: fileDigest, place: fields.place, stagePlace: spec["enforcement"]?.place,
            scopePlace: spec["scope"]?.place)
    }
}
