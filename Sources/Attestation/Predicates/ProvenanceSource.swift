import StrictEncoding

/// Where a build took its source from, as each kind of build type states it.
extension Provenance {
    /// The GitHub Actions workflow build type, version 1: `workflow` is the top-level workflow that ran, and its
    /// repository and ref are the source.
    ///
    /// The resolved commit stands among the dependencies under exactly `git+REPOSITORY@REF` ("Resolved dependencies" of
    /// the definition). They are unordered, so it is searched for; if git dependencies are listed but none is the
    /// workflow's, the two speak of different sources.
    ///
    /// The event and the kind of runner are the platform's (`internalParameters.github`).
    mutating func readGitHubWorkflow(
        _ parameters: PredicateReader?, _ platform: PredicateReader?
    ) throws(ProvenanceError) {
        let place = "buildDefinition.externalParameters.workflow"
        guard let parameters, let definition = try parameters.object("workflow") else {
            throw .malformed(place, expected: "an object")
        }
        guard let repository = try definition.text("repository"), let ref = try definition.text("ref"),
            let path = try definition.text("path")
        else { throw .malformed(place, expected: "a `repository`, a `ref` and a `path`") }
        guard SourceLocator.isPlain(Array(repository.utf8)[...]) else {
            throw .malformed(definition.place("repository"), expected: "a plain address")
        }
        sourceRepository = repository
        sourceRef = ref
        entryPoint = path

        let uri = ExactString("git+" + repository.value + "@" + ref.value)
        sourceCommit = try commit(ofMaterialsAt: [uri], stated: nil)
        if !materials.contains(where: { $0.uri == uri }),
            let other = materials.first(where: { $0.uri.utf8.starts(with: "git+".utf8) })
        {
            throw .contradictsItself("source", stated: uri, elsewhere: other.uri)
        }

        workflow = Workflow(repository: repository, ref: ref, path: path, commit: sourceCommit)
        let context = try platform?.object("github")
        triggerEvent = try context?.text("event_name")
        runnerEnvironment = try context?.text("runner_environment")

        var flattening = ParameterFlattening()
        try flattening.add(definition.object, under: "workflow", except: ["repository", "ref", "path"])
        try flattening.add(parameters.object, under: "", except: ["workflow"])
        externalParameters = flattening.sorted()
    }

    /// BuildKit, either version: `configSource` is the remote context, checked by BuildKit. A build from a local
    /// directory has none.
    ///
    /// The `vcs` metadata is *not* read as a source: BuildKit's definition calls it a hint of the client that it does
    /// not verify.
    mutating func readBuildKit(
        configSource: PredicateReader?, entryPoint entryPointName: String, parameters: PredicateReader?,
        requestName: String
    ) throws(ProvenanceError) {
        var flattening = ParameterFlattening()
        if let configSource {
            entryPoint = try configSource.text(entryPointName)
            if let uri = try configSource.text("uri") {
                try readBuildKitContext(uri, digests: configSource.digests("digest"), &flattening)
            }
            try flattening.add(
                configSource.object, under: "configSource", except: ["uri", "digest", ExactString(entryPointName)])
        }
        // One name for what 0.2 calls `parameters` and 1 calls `request`; BuildKit converts one into the other.
        if let request = try parameters?.object(requestName) {
            try flattening.add(request.object, under: "request", except: [])
        }
        if let parameters, requestName == "request" {
            try flattening.add(parameters.object, under: "", except: ["configSource", "request"])
        }
        externalParameters = flattening.sorted()
    }

    /// A context is the source only if its commit is stated too. BuildKit states the commit of a repository that it
    /// fetched; of a context that it did not fetch, because a frontend ignored it, it repeats what the client said
    /// (`RequestProvenance` in its `solver/llbsolver/provenance`). A `sha256` is not taken for a commit: for an address
    /// that was fetched as a plain file, BuildKit states that file's.
    ///
    /// Where repository and ref do not say all that the address says, the whole of it stays an external parameter
    /// (`configSource.uri`), so that a rule about parameters sees it: for a directory of the repository, and for all
    /// that is no source.
    private mutating func readBuildKitContext(
        _ uri: ExactString, digests: [ExactString: ExactString], _ flattening: inout ParameterFlattening
    ) throws(ProvenanceError) {
        guard let locator = SourceLocator(buildKitContext: uri.value),
            let commit = try commit(
                ofMaterialsAt: [uri, ExactString(locator.withoutSubdirectory)], stated: digests)
        else {
            try flattening.add(uri.value, name: "configSource.uri")
            return
        }
        sourceRepository = ExactString(locator.repository)
        sourceRef = locator.ref.map { ExactString($0) }
        sourceCommit = commit
        if let directory = locator.subdirectory {
            try flattening.add(uri.value, name: "configSource.uri")
            // BuildKit looks for the build file inside of the context.
            entryPoint = entryPoint.map { ExactString(directory + "/" + $0.value) }
        }
    }

    /// Any build type of 0.2: the version itself defines `configSource` as the source of the build's configuration. An
    /// address that cannot be taken apart in one way states no source.
    mutating func readConfigSource(_ configSource: PredicateReader?) throws(ProvenanceError) {
        guard let configSource else { return }
        entryPoint = try configSource.text("entryPoint")
        let digests = try configSource.digests("digest")
        guard let uri = try configSource.text("uri") else { return }
        if let locator = SourceLocator(spdxDownloadLocation: uri.value) {
            sourceRepository = ExactString(locator.repository)
            sourceRef = locator.ref.map { ExactString($0) }
        } else if !uri.utf8.starts(with: "git+".utf8), SourceLocator.isPlain(Array(uri.utf8)[...]) {
            sourceRepository = uri
        } else {
            return
        }
        sourceCommit = try commit(ofMaterialsAt: [uri], stated: digests)
    }

    /// How a commit's digest is named: in-toto's "DigestSet", and what was written before `gitCommit` was defined.
    static let gitDigests: [ExactString] = ["gitCommit", "sha1"]

    /// The one commit that `stated` and every material of these URIs state; nil if none does.
    func commit(
        ofMaterialsAt uris: [ExactString], stated: [ExactString: ExactString]?,
        namedBy names: [ExactString] = gitDigests
    ) throws(ProvenanceError) -> ExactString? {
        var found: ExactString?
        let sets = (stated.map { [$0] } ?? []) + materials.lazy.filter { uris.contains($0.uri) }.map(\.digests)
        for set in sets {
            for algorithm in names {
                guard let commit = set[algorithm] else { continue }
                guard Self.isCommit(commit) else {
                    throw .malformed("source commit", expected: "40 or 64 lower-case hexadecimal digits")
                }
                if let found, found != commit {
                    throw .contradictsItself("source commit", stated: found, elsewhere: commit)
                }
                found = commit
            }
        }
        return found
    }

    static func isCommit(_ text: ExactString) -> Bool {
        [40, 64].contains(text.utf8.count)
            && text.utf8.allSatisfy {
                (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
                    || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains($0)
            }
    }

    /// One fact that is stated in two places: the same bytes in both, or stated in one of them only.
    static func agree(
        _ what: String, _ stated: ExactString?, _ elsewhere: ExactString?
    ) throws(ProvenanceError) {
        guard let stated, let elsewhere, stated != elsewhere else { return }
        throw .contradictsItself(what, stated: stated, elsewhere: elsewhere)
    }
}
