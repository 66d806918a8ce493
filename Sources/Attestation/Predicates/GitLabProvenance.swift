import StrictEncoding

/// GitLab: what the runner writes beside a job's artifacts (0.2 and 1), and what GitLab itself writes (1).
///
/// The source is the project and the job's name the entry point. The runner states the commit under `sha256`, whatever
/// hash the repository uses; GitLab itself under `gitCommit`.
extension Provenance {
    mutating func readGitLab(_ parameters: PredicateReader?) throws(ProvenanceError) {
        guard let parameters else { return }
        entryPoint = try parameters.text("entryPoint")
        let project = try parameters.text("source")
        let isRead = try readGitLabProject(project, stated: nil)
        let others = materials.filter { $0.digests["gitCommit"] != nil || $0.digests["sha1"] != nil }
        if isRead, let project, let other = others.first, !others.contains(where: { $0.uri == project }) {
            throw .contradictsItself("source", stated: project, elsewhere: other.uri)
        }
        var flattening = ParameterFlattening()
        try flattening.add(parameters.object, under: "", except: isRead ? ["entryPoint", "source"] : ["entryPoint"])
        externalParameters = flattening.sorted()
    }

    mutating func readGitLab(configSource: PredicateReader?) throws(ProvenanceError) {
        guard let configSource else { return }
        entryPoint = try configSource.text("entryPoint")
        _ = try readGitLabProject(configSource.text("uri"), stated: configSource.digests("digest"))
    }

    /// False if there is no address that can be read in one way only.
    private mutating func readGitLabProject(
        _ project: ExactString?, stated: [ExactString: ExactString]?
    ) throws(ProvenanceError) -> Bool {
        guard let project, SourceLocator.isPlain(Array(project.utf8)[...]) else { return false }
        sourceRepository = project
        sourceCommit = try commit(ofMaterialsAt: [project], stated: stated, namedBy: Self.gitDigests + ["sha256"])
        return true
    }
}
