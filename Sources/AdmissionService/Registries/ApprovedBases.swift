import Admission
import AdmissionPolicy
import Content
import OCI
import Synchronization

/// The base images that policies approve, each in the repository that the policy names for it: a rule that wants the
/// layers of a base has to be told where the base is, and the policy says so.
///
/// Serves one decision. Nothing is asked before a rule wants a base, and of each digest only the repositories that a
/// policy names with it, as far as their registries are configured.
final class ApprovedBases: ContentSource {
    private let repositories: [Digest: [String]]
    private let open: @Sendable (_ repository: String, Digest) throws(ContentSourceError) -> any ContentSource
    private struct Opened {
        var sources: [String: any ContentSource] = [:]
        /// In the order in which they gave something: what a base's manifest lists lies where the manifest does.
        var serving: [String] = []
    }
    private let opened = Mutex(Opened())

    /// Nil where no policy approves a base.
    init?(
        _ approved: ApprovedRepositories,
        open: @escaping @Sendable (_ repository: String, Digest) throws(ContentSourceError) -> any ContentSource
    ) {
        guard !approved.byDigest.isEmpty else { return nil }
        repositories = approved.byDigest
        self.open = open
    }

    var transport: String { "docker" }

    /// Of all that might be asked: a record states it before anything is read.
    var insecurities: [String] {
        var lines: Set<String> = []
        for (digest, names) in repositories {
            for name in names { lines.formUnion((try? source(name, digest))?.insecurities ?? []) }
        }
        return lines.sorted()
    }

    func resolve(limits: ContentLimits) async throws(ContentSourceError) -> ResolvedContent {
        throw ContentSourceError(.imageNotFound, "base images are asked for by digest")
    }

    func manifest(_ digest: Digest, limits: ContentLimits) async throws(ContentSourceError) -> VerifiedContent {
        try await first(of: repositories[digest] ?? serving, digest) { (source) throws(ContentSourceError) in
            try await source.manifest(digest, limits: limits)
        }
    }

    func fetch(_ descriptor: Descriptor, limit: Int) async throws(ContentSourceError) -> VerifiedContent {
        try await first(of: serving, descriptor.digest) { (source) throws(ContentSourceError) in
            try await source.fetch(descriptor, limit: limit)
        }
    }

    func papers(of digest: Digest, limits: ContentLimits) async throws(ContentSourceError) -> Papers {
        try await first(of: repositories[digest] ?? serving, digest) { (source) throws(ContentSourceError) in
            try await source.papers(of: digest, limits: limits)
        }
    }

    func looseSignatures(limits: ContentLimits) async throws(ContentSourceError) -> [LooseSignature] { [] }

    private var serving: [String] { opened.withLock { $0.serving } }

    private func source(_ name: String, _ digest: Digest) throws(ContentSourceError) -> any ContentSource {
        if let known = opened.withLock({ $0.sources[name] }) { return known }
        let source = try open(name, digest)
        return opened.withLock { opened in
            let source = opened.sources[name] ?? source
            opened.sources[name] = source
            return source
        }
    }

    private func first<Value>(
        of names: [String], _ digest: Digest,
        _ read: (any ContentSource) async throws(ContentSourceError) -> Value
    ) async throws(ContentSourceError) -> Value {
        var failure = ContentSourceError(.imageNotFound, "no policy says where the base image \(digest) is")
        for name in names {
            do throws(ContentSourceError) {
                let value = try await read(try source(name, digest))
                opened.withLock { if !$0.serving.contains(name) { $0.serving.append(name) } }
                return value
            } catch {
                // That one place does not have it says nothing while another could not be asked.
                if failure.code == .imageNotFound { failure = error }
            }
        }
        throw failure
    }
}

/// Which repositories the policies of one edition name for which base; computed when the edition is loaded.
struct ApprovedRepositories: Sendable {
    let byDigest: [Digest: [String]]

    init(_ policies: PolicySet) {
        let all = MatchingPolicies(policies: policies.policies, guardrails: policies.guardrails)
        byDigest = Dictionary(grouping: PolicyNeeds(all).bases, by: \.digest).mapValues { $0.map(\.repository) }
    }
}
