import StrictEncoding

/// slsa-github-generator: its generators for anything, Go and container images (0.2), its container-based builder, and
/// the builders that others write and it runs ("bring your own builder").
///
/// All of them run as reusable workflows; `builder.id` names theirs. The workflow that called them is ``workflow``.
extension Provenance {
    /// Generic, Go and container, 0.2: `configSource` is the caller's workflow and the source in one, and the environment
    /// states the same again (PROVENANCE_FORMAT.md). npm writes the same form.
    mutating func readGitHubGenerator(_ environment: GitHubEnvironment) throws(ProvenanceError) {
        try Self.agree("source repository", sourceRepository, environment.repository())
        try Self.agree("source ref", sourceRef, environment.text(.ref))
        try Self.agree("source commit", sourceCommit, environment.text(.commit))
        try agreeOnRun(environment)
        if sourceRepository != nil || entryPoint != nil {
            workflow = Workflow(repository: sourceRepository, ref: sourceRef, path: entryPoint, commit: sourceCommit)
        }
        triggerEvent = try environment.text(.event)
    }

    /// Container-based: `source` is fetched, and the file at `configPath` in it says what runs in the builder image.
    mutating func readGitHubContainerBased(
        _ parameters: PredicateReader?, _ environment: GitHubEnvironment
    ) throws(ProvenanceError) {
        if let source = try parameters?.object("source"), let uri = try source.text("uri"),
            let locator = SourceLocator(spdxDownloadLocation: uri.value)
        {
            let stated = try source.digests("digest")
            try setSource(locator, commit: commit(ofMaterialsAt: [uri], stated: stated))
            // The generator's own binary is listed too, by its SHA-256.
            let other = materials.first { $0.isGitCommit && $0.uri != uri }
            if let other, !materials.contains(where: { $0.isGitCommit && $0.uri == uri }) {
                throw .contradictsItself("source", stated: uri, elsewhere: other.uri)
            }
        }
        entryPoint = try parameters?.text("configPath")
        try readCaller(environment)

        guard let parameters else { return }
        var flattening = ParameterFlattening()
        if let source = try parameters.object("source") {
            try flattening.add(
                source.object, under: "source", except: sourceRepository == nil ? [] : ["uri", "digest"])
        }
        try flattening.add(parameters.object, under: "", except: ["source", "configPath"])
        externalParameters = flattening.sorted()
    }

    /// A builder of one's own, version 1: the source is the only git dependency. It has a commit of its own where the
    /// builder checked out another than the caller's; then it states no ref.
    mutating func readGitHubDelegator(
        _ parameters: PredicateReader?, _ environment: GitHubEnvironment
    ) throws(ProvenanceError) {
        try readOnlyGitSource()
        try readCaller(environment)
        entryPoint = workflow?.path
        externalParameters = try ParameterFlattening.flatten(parameters)
    }

    /// The same in 0.2: `configSource` is the caller's workflow.
    mutating func readGitHubDelegator(
        configSource: PredicateReader?, _ environment: GitHubEnvironment
    ) throws(ProvenanceError) {
        try readOnlyGitSource()
        try readCaller(environment)
        entryPoint = try configSource?.text("entryPoint")
        try Self.agree("workflow path", entryPoint, workflow?.path)
        guard let uri = try configSource?.text("uri"), let locator = SourceLocator(spdxDownloadLocation: uri.value)
        else { return }
        let ref = locator.ref.map { ExactString($0) }
        try Self.agree("workflow repository", ExactString(locator.repository), workflow?.repository)
        try Self.agree("workflow ref", ref, workflow?.ref)
        let commit = try commit(ofMaterialsAt: [], stated: configSource?.digests("digest"))
        try Self.agree("workflow commit", commit, workflow?.commit)
        workflow = Workflow(
            repository: ExactString(locator.repository), ref: ref ?? workflow?.ref, path: entryPoint ?? workflow?.path,
            commit: commit ?? workflow?.commit)
    }

    /// npm names GitHub's runner as the builder, and with it which kind it is: `https://github.com/actions/runner/github-hosted`.
    mutating func readGitHubRunner() throws(ProvenanceError) {
        let runner = Array("https://github.com/actions/runner/".utf8)
        guard builder.utf8.starts(with: runner), builder.utf8.count > runner.count else { return }
        let kind = ExactString(String(decoding: builder.utf8.dropFirst(runner.count), as: UTF8.self))
        try Self.agree("runner", kind, runnerEnvironment)
        runnerEnvironment = kind
    }

    private mutating func readOnlyGitSource() throws(ProvenanceError) {
        let listed = materials.filter { $0.uri.utf8.starts(with: "git+".utf8) }
        guard let first = listed.first else { return }
        if let other = listed.first(where: { $0.uri != first.uri }) {
            throw .contradictsItself("source", stated: first.uri, elsewhere: other.uri)
        }
        guard let locator = SourceLocator(spdxDownloadLocation: first.uri.value) else { return }
        try setSource(locator, commit: commit(ofMaterialsAt: [first.uri], stated: nil))
    }

    mutating func setSource(_ locator: SourceLocator, commit: ExactString?) {
        sourceRepository = ExactString(locator.repository)
        sourceRef = locator.ref.map { ExactString($0) }
        sourceCommit = commit
    }

    /// The caller by GitHub's word. These builders take the caller's repository as the source, and its commit too
    /// unless they state a source without a ref.
    private mutating func readCaller(_ environment: GitHubEnvironment) throws(ProvenanceError) {
        workflow = try environment.workflow()
        triggerEvent = try environment.text(.event)
        try Self.agree("source repository", sourceRepository, environment.repository())
        if let sourceRef {
            try Self.agree("source ref", sourceRef, environment.text(.ref))
            try Self.agree("source commit", sourceCommit, environment.text(.commit))
        }
        try agreeOnRun(environment)
    }

    /// The run is stated as `RUN-ATTEMPT` in 0.2 and as the run's address in 1.
    private func agreeOnRun(_ environment: GitHubEnvironment) throws(ProvenanceError) {
        guard let run = try environment.text(.runID), let attempt = try environment.text(.runAttempt) else { return }
        switch version {
        case .v1:
            guard let repository = try environment.repository() else { return }
            let address = "\(repository)/actions/runs/\(run)/attempts/\(attempt)"
            try Self.agree("run", invocation, ExactString(address))
        case .v0_1, .v0_2: try Self.agree("run", invocation, ExactString("\(run)-\(attempt)"))
        }
    }
}

/// GitHub's default variables as slsa-github-generator copies them.
struct GitHubEnvironment {
    private let reader: PredicateReader?
    private let spelling: Spelling

    enum Spelling { case upperCase, lowerCase }

    /// With their upper-case names. The older builders write them in lower case, and one of them otherwise.
    enum Name: String {
        case ref = "GITHUB_REF"
        case commit = "GITHUB_SHA"
        case event = "GITHUB_EVENT_NAME"
        case runID = "GITHUB_RUN_ID"
        case runAttempt = "GITHUB_RUN_ATTEMPT"
        case repository = "GITHUB_REPOSITORY"
        case workflow = "GITHUB_WORKFLOW_REF"
        case workflowCommit = "GITHUB_WORKFLOW_SHA"
    }

    init(_ reader: PredicateReader?, _ spelling: Spelling) {
        self.reader = reader
        self.spelling = spelling
    }

    func text(_ name: Name) throws(ProvenanceError) -> ExactString? {
        switch (spelling, name) {
        case (.upperCase, _): try reader?.word(name.rawValue)
        case (.lowerCase, .commit): try reader?.word("github_sha1")
        case (.lowerCase, _): try reader?.word(name.rawValue.lowercased())
        }
    }

    /// These builders run on github.com only.
    func repository() throws(ProvenanceError) -> ExactString? {
        guard let name = try text(.repository) else { return nil }
        return try Self.address(name.value, .repository)
    }

    /// `owner/name/path@ref`: the file lies directly in `.github/workflows`, so its name holds no slash and the first
    /// `@refs/` ends the path, whatever the ref holds.
    func workflow() throws(ProvenanceError) -> Provenance.Workflow? {
        guard let stated = try text(.workflow) else { return nil }
        let bytes = Array(stated.utf8)
        let slashes = bytes.indices.filter { bytes[$0] == UInt8(ascii: "/") }
        let signs = bytes.indices.filter { bytes[$0] == UInt8(ascii: "@") }
        let full = signs.first { bytes[($0 + 1)...].starts(with: "refs/".utf8) }
        guard slashes.count > 1, let sign = full ?? (signs.count == 1 ? signs[0] : nil), sign > slashes[1] + 1,
            sign + 1 < bytes.count
        else { throw .malformed(Name.workflow.rawValue, expected: "`owner/name/path@ref`") }
        let repository = try Self.address(String(decoding: bytes[..<slashes[1]], as: UTF8.self), .workflow)
        try Provenance.agree("workflow repository", repository, self.repository())
        return Provenance.Workflow(
            repository: repository, ref: ExactString(String(decoding: bytes[(sign + 1)...], as: UTF8.self)),
            path: ExactString(String(decoding: bytes[(slashes[1] + 1)..<sign], as: UTF8.self)),
            commit: try text(.workflowCommit))
    }

    private static func address(_ name: String, _ place: Name) throws(ProvenanceError) -> ExactString {
        let address = "https://github.com/" + name
        guard SourceLocator.isPlain(Array(address.utf8)[...]) else {
            throw .malformed(place.rawValue, expected: "`owner/name`")
        }
        return ExactString(address)
    }
}

extension Provenance.Material {
    /// A git address with a commit, not with the digest of a file.
    var isGitCommit: Bool {
        uri.utf8.starts(with: "git+".utf8) && Provenance.gitDigests.contains { digests[$0] != nil }
    }
}
