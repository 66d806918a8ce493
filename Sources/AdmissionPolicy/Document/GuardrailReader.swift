import Content
import Findings
import StrictEncoding

/// Reads `kind: Guardrail`.
struct GuardrailReader {
    let source: PolicySource
    let file: PolicyFile
    let fileDigest: Digest
    let reader: DocumentReader

    private var problems: PolicyProblems { reader.problems }

    /// Nil if anything in the document was refused.
    func guardrail(_ fields: DocumentReader.Fields) -> Guardrail? {
        guard source.mayCarryGuardrails else {
            problems.add(
                .policyFileGuardrailSource, fields.place,
                "expected guardrails only in sources that may carry them, found one in "
                    + Finding.quoted(source.name))
            return nil
        }
        let before = problems.count
        let metadata = reader.fields(of: fields["metadata"], .metadata)
        let name = reader.name(metadata?["name"], "a name")
        let owner = reader.string(metadata?["owner"], "an owner")
        guard let spec = reader.fields(of: fields["spec"], .guardrailSpec) else { return nil }
        let scope = reader.scope(spec["scope"])
        let keys = SignerReader(source: source, file: file, reader: reader)
        let signers = keys.signers(spec["signers"])
        let rules = RequirementReader(
            reader: reader, source: source.name, signers: signers ?? [:], signersWereRead: signers != nil,
            isGuardrail: true, keys: keys, files: keys)
        let require = reader.list(spec["require"], "`require`", most: DocumentReader.mostRules) {
            rules.requirement($0)
        }
        let deny = reader.list(spec["deny"], "`deny`", most: DocumentReader.mostRules) { rules.denial($0) }
        reader.requireDistinctIDs(spec["require"], spec["deny"])
        let guardrail = scope.flatMap { scope in
            name.flatMap { name in
                owner.map { owner in
                    Guardrail(
                        name: PolicyName(source: source.name, name: name), owner: owner, scope: scope,
                        signers: (signers ?? [:]).values.sorted { ExactString($0.name) < ExactString($1.name) },
                        stage: stage(spec), require: require ?? [], deny: deny ?? [],
                        delegate: reader.list(spec["delegate"], "`delegate`") { delegation($0) },
                        exceptions: exceptions(spec["exceptions"]), breakGlass: breakGlass(spec["breakGlass"], rules),
                        permittedInsecure: insecure(spec["insecure"]),
                        withoutPolicy: spec["withoutPolicy"].flatMap { reader.stage($0) },
                        builders: reader.list(spec["builders"], "`builders`", most: BuilderTable.mostAddedRows) {
                            BuilderRowReader(reader: reader, keys: keys).row($0)
                        } ?? [], fileDigest: fileDigest,
                        place: fields.place)
                }
            }
        }
        // What was refused left a problem, so that a field that is nil here was not given.
        return problems.count == before ? guardrail : nil
    }

    /// A stage is of requirements: denials have none.
    private func stage(_ spec: DocumentReader.Fields) -> EnforcementStage? {
        switch (spec["enforcement"], spec["require"]) {
        case (let node?, .some): return reader.stage(node)
        case (let node?, nil):
            problems.add(
                .policyFileNoEffect, node.place,
                "expected `enforcement` with `require` only, found it without: denials are never staged")
        case (nil, let require?):
            problems.add(
                .policyFileMissingField, require.place, "expected the field `enforcement` with `require`, found none",
                mend: "add `enforcement: {stage: enforce}`; it has no default")
        case (nil, nil): break
        }
        return nil
    }

    private func delegation(_ node: PolicyNode) -> Delegation? {
        guard let fields = reader.fields(of: node, .delegation) else { return nil }
        let team = reader.name(fields["team"], "a source's name")
        let namespaces = reader.namespaces(fields["namespaces"])
        let lowest = reader.word(fields["lowestStage"], "a stage", LowestStage.self)
        guard let team, let namespaces, let lowest else { return nil }
        return Delegation(team: team, namespaces: namespaces, lowestStage: lowest, place: node.place)
    }

    private func exceptions(_ node: PolicyNode?) -> ExceptionCap? {
        guard let node, let fields = reader.fields(of: node, .exceptionCap) else { return nil }
        var sources: Set<ExactString> = []
        let from = reader.list(fields["from"], "`from`") { item -> String? in
            guard let name = reader.name(item, "a source's name") else { return nil }
            return reader.isNew(ExactString(name), item, &sources) ? name : nil
        }
        var seen: Set<WaivableRule> = []
        let mayWaive = reader.list(fields["mayWaive"], "`mayWaive`") { item -> WaivableRule? in
            guard let rule = reader.waivable(item) else { return nil }
            return reader.isNew(rule, item, &seen) ? rule : nil
        }
        let longest = reader.duration(fields["longest"], "`longest`")
        let required = reader.words(fields["require"], "`require`", ExceptionCap.RequiredField.self)
        guard let from, let mayWaive, let longest else { return nil }
        return ExceptionCap(from: from, mayWaive: mayWaive, longest: longest, require: Set(required ?? []))
    }

    private func breakGlass(_ node: PolicyNode?, _ rules: RequirementReader) -> BreakGlassCap? {
        guard let node, let fields = reader.fields(of: node, .breakGlassCap) else { return nil }
        let approvers = rules.threshold(fields["approvers"])
        let longest = reader.duration(fields["longest"], "`longest`")
        guard let approvers, let longest else { return nil }
        if let signer = approvers.signers.first(where: { $0.pattern != nil }) {
            problems.add(
                .policyFileBadValue, fields["approvers"]?.place ?? fields.place,
                "expected approvers that sign with keys, found `\(signer.name)`, who signs with certificates",
                mend: "a pass is made when other machines may be down: give its approvers keys")
            return nil
        }
        guard approvers.atLeast >= 2 else {
            problems.add(
                .policyFileBadValue, fields["approvers"]?.place ?? fields.place,
                "expected `atLeast` of 2 or more approvers, found \(approvers.atLeast)",
                mend: "one person alone never breaks the glass: ask for two, with keys of their own")
            return nil
        }
        return BreakGlassCap(approvers: approvers, longest: longest)
    }

    /// `permit: none`, or a list of what is permitted.
    private func insecure(_ node: PolicyNode?) -> Set<InsecureFeature> {
        guard let node, let permit = reader.fields(of: node, .insecureCap)?["permit"] else { return [] }
        if case .scalar(let scalar) = permit.content, scalar.text.utf8.elementsEqual("none".utf8) { return [] }
        return Set(reader.words(permit, "`permit`", InsecureFeature.self) ?? [])
    }
}
