import StrictEncoding

/// Google Cloud Build: version 1, and version 0.1, which it writes beside it for the same image.
extension Provenance {
    /// The build type `google-worker/v1`: the configuration is read from `buildConfigSource`. What is built is that
    /// repository too, or `sourceToBuild` where the trigger names another. A build without a repository has no source.
    mutating func readCloudBuild(
        _ parameters: PredicateReader?, _ platform: PredicateReader?
    ) throws(ProvenanceError) {
        let configObject = try parameters?.object("buildConfigSource")
        let sourceObject = try parameters?.object("sourceToBuild")
        let config = try configObject.flatMap(cloudBuildPlace)
        let source = try sourceObject.flatMap(cloudBuildPlace)
        if let configObject, let config {
            entryPoint = try configObject.text("path")
            workflow = Workflow(
                repository: config.repository, ref: config.ref, path: entryPoint, commit: config.commit)
        }
        // An address that cannot be read is still another one than the configuration's.
        let isConfigBuilt = try sourceObject?.text("repository") == nil
        if let built = source ?? (isConfigBuilt ? config : nil) {
            sourceRepository = built.repository
            sourceRef = built.ref
            sourceCommit = built.commit
        }
        let known = (config?.uris ?? []) + (source?.uris ?? [])
        if let stated = known.first, !materials.contains(where: { known.contains($0.uri) }),
            let other = materials.first(where: \.isGitCommit)
        {
            throw .contradictsItself("source", stated: stated, elsewhere: other.uri)
        }
        // Of the commit that set off the build. Only where no other is built are they the source's.
        if sourceObject == nil, let substitutions = try platform?.object("systemSubstitutions") {
            try agreeOnSubstitutions(substitutions)
        }

        guard let parameters else { return }
        var flattening = ParameterFlattening()
        if let configObject {
            // Where another repository is built, nothing else says to a rule whose steps did it.
            try flattening.add(
                configObject.object, under: "buildConfigSource",
                except: config == nil ? [] : sourceObject == nil ? ["repository", "ref", "path"] : ["path"])
        }
        if let sourceObject {
            try flattening.add(
                sourceObject.object, under: "sourceToBuild", except: source == nil ? [] : ["repository", "ref"])
        }
        try flattening.add(parameters.object, under: "", except: ["buildConfigSource", "sourceToBuild"])
        externalParameters = flattening.sorted()
    }

    /// Version 0.1. The source is the material that states a commit: builder version 0.2 in the address
    /// (`…/commit/COMMIT`), 0.3 as its digest. A source from a bucket has none, and is no repository.
    ///
    /// The trigger's substitutions name the branch or the tag.
    mutating func readCloudBuild(recipe: PredicateReader) throws(ProvenanceError) {
        var found: (repository: ExactString, commit: ExactString)?
        for material in materials {
            guard let stated = try cloudBuildCommit(of: material) else { continue }
            if let found {
                try Self.agree("source", found.repository, stated.repository)
                try Self.agree("source commit", found.commit, stated.commit)
            }
            found = stated
        }
        guard let found else { return }
        sourceRepository = found.repository
        sourceCommit = found.commit
        if let substitutions = try recipe.object("arguments")?.object("substitutions") {
            if try substitutions.text("COMMIT_SHA") != nil {
                let branch = try substitutions.text("BRANCH_NAME").map { ExactString("refs/heads/\($0)") }
                let tag = try substitutions.text("TAG_NAME").map { ExactString("refs/tags/\($0)") }
                try Self.agree("source ref", branch, tag)
                sourceRef = branch ?? tag
            }
            try agreeOnSubstitutions(substitutions)
        }
        if let entryPoint {
            workflow = Workflow(
                repository: sourceRepository, ref: sourceRef, path: entryPoint, commit: sourceCommit)
        }
    }

    private func agreeOnSubstitutions(_ substitutions: PredicateReader) throws(ProvenanceError) {
        try Self.agree("source commit", sourceCommit, substitutions.text("COMMIT_SHA"))
        try Self.agree("entry point", entryPoint, substitutions.text("TRIGGER_BUILD_CONFIG_PATH"))
        guard let sourceRef else { return }
        for (kind, name) in [("refs/heads/", "BRANCH_NAME"), ("refs/tags/", "TAG_NAME")]
        where sourceRef.utf8.starts(with: kind.utf8) {
            try Self.agree("source ref", sourceRef, substitutions.text(name).map { ExactString(kind + $0.value) })
        }
    }

    private struct CloudBuildPlace {
        let repository: ExactString
        var ref: ExactString?
        var commit: ExactString?
        /// Under which the commit stands among the dependencies. For repositories on GitLab Cloud Build writes a second
        /// `@`.
        let uris: [ExactString]
    }

    /// `repository` and `ref`, where `ref` is a full ref or a commit. Nil if there is no plain address.
    private func cloudBuildPlace(_ object: PredicateReader) throws(ProvenanceError) -> CloudBuildPlace? {
        guard let stated = try object.text("repository") else { return nil }
        let isPrefixed = stated.utf8.starts(with: "git+".utf8)
        let address = isPrefixed ? String(stated.value.dropFirst(4)) : stated.value
        guard SourceLocator.isPlain(Array(address.utf8)[...]) else { return nil }
        let ref = try object.text("ref")
        let uris = ref.map { [ExactString("git+\(address)@\($0)"), ExactString("git+\(address)@@\($0)")] } ?? []
        let resolved = try commit(ofMaterialsAt: uris, stated: nil)
        guard let ref, Self.isCommit(ref) else {
            return CloudBuildPlace(repository: ExactString(address), ref: ref, commit: resolved, uris: uris)
        }
        try Self.agree("source commit", ref, resolved)
        return CloudBuildPlace(repository: ExactString(address), ref: nil, commit: ref, uris: uris)
    }

    private func cloudBuildCommit(
        of material: Material
    ) throws(ProvenanceError) -> (repository: ExactString, commit: ExactString)? {
        let uri =
            material.uri.utf8.starts(with: "git+".utf8) ? String(material.uri.value.dropFirst(4)) : material.uri.value
        guard SourceLocator.isPlain(Array(uri.utf8)[...]) else { return nil }
        if let commit = try commit(ofMaterialsAt: [material.uri], stated: nil) { return (ExactString(uri), commit) }
        let parts = uri.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        guard parts.count > 2, let last = parts.last, parts[parts.count - 2].elementsEqual("commit".utf8) else {
            return nil
        }
        let commit = ExactString(String(Substring(last)))
        guard Self.isCommit(commit) else { return nil }
        return (
            ExactString(String(decoding: uri.utf8.dropLast(last.count + "/commit/".utf8.count), as: UTF8.self)), commit
        )
    }
}
