import Content
import Findings
import StrictEncoding

extension FieldList {
    static let builderRow = FieldList(
        name: "a builder row", required: ["name", "builder", "signer", "level", "why"],
        optional: ["buildTypes", "externalParameters", "raises"])
    static let builderSigner = FieldList(name: "`signer`", exactlyOneOf: ["key", "github"])
    static let builderKey = FieldList(name: "`key`", required: ["file"])
    static let builderGitHub = FieldList(
        name: "`github`", required: ["workflow", "workflowRef"], optional: ["delegates", "runner", "enterprise"])
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
        let signing = reader.fields(of: fields["signer"], .builderSigner).flatMap(signing)
        let level = reader.integer(fields["level"], "`level`", in: 1...3).flatMap { BuildLevel(rawValue: $0) }
        let why = reader.string(fields["why"], "`why`")
        let buildTypes = reader.globs(fields["buildTypes"], "`buildTypes`")
        let parameters = reader.strings(fields["externalParameters"], "`externalParameters`")
        let raises = reader.strings(fields["raises"], "`raises`")
        guard let name, let builder, let signing, let level, let why, reader.problems.count == before else {
            return nil
        }
        return BuilderRow(
            name: name, builder: builder, signer: signing.signer, buildTypes: buildTypes.map { .glob($0) },
            level: level,
            // Left out, none is known, and a statement with one does not reach the level.
            parameters: .listed((parameters ?? []).map { ExactString($0) }), required: signing.required,
            runner: signing.runner, correspondences: signing.correspondences, raises: raises ?? [], why: why)
    }

    /// What follows from who signs.
    private struct Signing {
        let signer: BuilderSigner
        var required: Set<ProvenanceField> = []
        var runner: ExactString?
        var correspondences: [CertificateCorrespondence] = []
    }

    private func signing(_ fields: DocumentReader.Fields) -> Signing? {
        if let github = fields["github"] { return self.github(github) }
        return reader.fields(of: fields["key"], .builderKey)?["file"].flatMap { keys.fingerprint(ofFile: $0) }
            .map { Signing(signer: .key($0)) }
    }

    // MARK: A workflow on GitHub

    private enum Runner: String, CaseIterable {
        case gitHub = "github-hosted"
        case own = "self-hosted"
    }

    /// By the same fields as the built-in rows: what the certificate of a workflow states, its statement may not contradict.
    private func github(_ node: PolicyNode) -> Signing? {
        guard let fields = reader.fields(of: node, .builderGitHub) else { return nil }
        let workflows = patterns(fields["workflow"], "`workflow`", isWorkflow)
        let refs = patterns(fields["workflowRef"], "`workflowRef`", isRef)
        var delegates = false
        if let node = fields["delegates"] {
            guard let stated = reader.bool(node, "`delegates`") else { return nil }
            delegates = stated
        }
        var runner = Runner.gitHub
        if let node = fields["runner"] {
            guard let stated = reader.word(node, "`runner`", Runner.self) else { return nil }
            runner = stated
        }
        var issuer = StandardBuilders.gitHubIssuer
        if let node = fields["enterprise"] {
            guard let name = reader.string(node, "`enterprise`"),
                isSound(
                    !name.utf8.contains(UInt8(ascii: "/")), node, "`enterprise` as the enterprise's short name",
                    found: name)
            else { return nil }
            issuer = ExactString(issuer.value + "/" + name)
        }
        guard let workflows, let refs else { return nil }
        let subjects = workflows.flatMap { workflow in refs.map { "https://github.com/\(workflow)@\($0)" } }
        var globs: [Glob] = []
        for subject in subjects {
            do throws(GlobError) { globs.append(try Glob(subject)) } catch {
                reader.problems.add(.policyFileBadValue, fields.place, error.message)
                return nil
            }
        }
        return Signing(
            signer: .certificate(issuer: issuer, subjects: globs, isBuilder: !delegates),
            required: [.invocation, .sourceRepository, .sourceCommit], runner: ExactString(runner.rawValue),
            correspondences: delegates
                ? CertificateCorrespondence.gitHubDelegator : CertificateCorrespondence.gitHubWorkflow)
    }

    /// A pattern or a list of them, each as `isSound` says.
    private func patterns(_ node: PolicyNode?, _ what: String, _ isSound: (Glob, PolicyNode) -> Bool) -> [Glob]? {
        guard let node = reader.present(node) else { return nil }
        guard case .sequence(let items) = node.content else {
            return reader.glob(node, what).flatMap { isSound($0, node) ? [$0] : nil }
        }
        guard let globs = reader.globs(node, what) else { return nil }
        return zip(globs, items).allSatisfy { isSound($0, $1) } ? globs : nil
    }

    /// GitHub runs workflows that lie directly in this directory. So the file's name is one component, and what follows the `@`
    /// behind it is the ref and nothing else. An owner that is a pattern would take strangers for the organisation's builder.
    private func isWorkflow(_ glob: Glob, _ node: PolicyNode) -> Bool {
        let parts = glob.description.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        let wildcards = [UInt8(ascii: "*"), UInt8(ascii: "?")]
        let isFile =
            parts.count == 5 && parts.allSatisfy { !$0.isEmpty && !$0.elementsEqual("**".utf8) }
            && !parts[0].contains(where: wildcards.contains) && parts[2].elementsEqual(".github".utf8)
            && parts[3].elementsEqual("workflows".utf8) && !glob.description.utf8.contains(UInt8(ascii: "@"))
        return isSound(
            isFile, node, "`workflow` as `OWNER/NAME/.github/workflows/FILE` with the owner written out",
            found: glob.description)
    }

    private func isRef(_ glob: Glob, _ node: PolicyNode) -> Bool {
        isSound(
            glob.description.utf8.starts(with: "refs/".utf8), node, "`workflowRef` as a full ref, like `refs/tags/v*`",
            found: glob.description)
    }

    private func isSound(_ isSound: Bool, _ node: PolicyNode, _ expected: String, found: String) -> Bool {
        if !isSound {
            reader.problems.add(
                .policyFileBadValue, node.place, "expected \(expected), found \(Finding.quoted(found))")
        }
        return isSound
    }
}
