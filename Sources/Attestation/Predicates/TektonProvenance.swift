import StrictEncoding

/// Tekton Chains: formatter `slsa/v1` (0.2) and `slsa/v2alpha2` to `slsa/v2alpha4` (1).
///
/// The pipeline or task is one thing, its input another. `buildConfigSource` and `configSource` say where the definition
/// of the pipeline came from: that is ``workflow``, and stays an external parameter too, because whoever can choose the
/// pipeline chooses what is done to the source. The source is what the pipeline's own tasks reported as their input
/// ("type hinting"), and is stated if they reported exactly one git commit. Chains writes such addresses with an ending
/// `.git` of its own; it is cut off.
extension Provenance {
    /// docs/predicate/slsa/v2.md: dependencies say by their name what they are.
    mutating func readTekton(
        _ definition: PredicateReader, _ parameters: PredicateReader?
    ) throws(ProvenanceError) {
        let dependencies = try definition.objects("resolvedDependencies", limit: Self.maximumMaterials)
        let config = try parameters?.object("buildConfigSource")
        if let config {
            try readTektonDefinition(config, dependencies)
        }
        var inputs: [Material] = []
        for dependency in dependencies where try dependency.text("name") == "inputs/result" {
            try inputs.append(Material(uri: dependency.text("uri") ?? "", digests: dependency.digests("digest")))
        }
        try readTektonInput(inputs)

        guard let parameters else { return }
        var flattening = ParameterFlattening()
        if let run = try parameters.object("runSpec") {
            try flattening.add(run.object, under: "runSpec", except: ["params"])
            if let values = run["params"] { try flattening.add(namedValues: values, name: "runSpec.params") }
        }
        try flattening.add(parameters.object, under: "", except: ["runSpec"])
        externalParameters = flattening.sorted()
    }

    /// `ref` is the digest of what was fetched, and a dependency named `pipeline` or `task` states it again.
    private mutating func readTektonDefinition(
        _ config: PredicateReader, _ dependencies: [PredicateReader]
    ) throws(ProvenanceError) {
        let (uri, digest) = (try config.text("repository"), try config.text("ref"))
        for dependency in dependencies {
            guard let name = try dependency.text("name"), name == "pipeline" || name == "task" else { continue }
            try Self.agree("pipeline definition", uri, dependency.text("uri"))
            let stated = try dependency.digests("digest").map { ExactString("\($0.key):\($0.value)") }.sorted()
            if let digest, let other = stated.first, !stated.contains(digest) {
                throw .contradictsItself("pipeline definition", stated: digest, elsewhere: other)
            }
        }
        entryPoint = try config.text("path")
        guard let uri, let repository = Self.tektonRepository(uri) else { return }
        var commit: ExactString?
        if let digest, digest.utf8.starts(with: "sha1:".utf8) {
            commit = ExactString(String(digest.value.dropFirst("sha1:".count)))
        }
        guard commit.map(Self.isCommit) ?? true else {
            throw .malformed(config.place("ref"), expected: "the digest of a commit")
        }
        workflow = Workflow(repository: repository, path: entryPoint, commit: commit)
    }

    /// Version 0.2: materials have no names. Of those with a commit, all that a definition was fetched from are left out.
    mutating func readTekton(
        configSource: PredicateReader?, buildConfig: PredicateReader?, parameters: PredicateReader?
    ) throws(ProvenanceError) {
        var definitions: Set<ExactString> = []
        if let configSource {
            entryPoint = try configSource.text("entryPoint")
            let stated = try configSource.digests("digest")
            if let uri = try configSource.text("uri") {
                definitions.insert(uri)
                let commit = try commit(ofMaterialsAt: [uri], stated: stated)
                if let repository = Self.tektonRepository(uri) {
                    workflow = Workflow(repository: repository, path: entryPoint, commit: commit)
                }
            }
        }
        for task in try buildConfig?.objects("tasks", limit: Self.maximumMaterials) ?? [] {
            if let uri = try task.object("invocation")?.object("configSource")?.text("uri") { definitions.insert(uri) }
        }
        try readTektonInput(materials.filter { !definitions.contains($0.uri) })

        // The parameters' names are free, and so could be that of a definition; version 1 keeps them apart likewise.
        var flattening = ParameterFlattening()
        if let configSource { try flattening.add(configSource.object, under: "configSource", except: []) }
        if let parameters { try flattening.add(parameters.object, under: "parameters", except: []) }
        externalParameters = flattening.sorted()
    }

    private mutating func readTektonInput(_ inputs: [Material]) throws(ProvenanceError) {
        let commits = inputs.filter { input in Self.gitDigests.contains { input.digests[$0] != nil } }
        let uris = Set(commits.map(\.uri))
        guard uris.count == 1, let uri = uris.first, let repository = Self.tektonRepository(uri) else { return }
        sourceRepository = repository
        sourceRef = SourceLocator(spdxDownloadLocation: uri.value)?.ref.map { ExactString($0) }
        sourceCommit = try commit(ofMaterialsAt: [uri], stated: nil)
    }

    private static func tektonRepository(_ uri: ExactString) -> ExactString? {
        let address: String
        if let locator = SourceLocator(spdxDownloadLocation: uri.value) {
            address = locator.repository
        } else if uri.utf8.starts(with: "https://".utf8), SourceLocator.isPlain(Array(uri.utf8)[...]) {
            address = uri.value
        } else {
            return nil
        }
        let name = address.utf8.dropLast(4)
        guard address.utf8.suffix(4).elementsEqual(".git".utf8), name.last != UInt8(ascii: "/") else {
            return ExactString(address)
        }
        return ExactString(String(decoding: name, as: UTF8.self))
    }
}
