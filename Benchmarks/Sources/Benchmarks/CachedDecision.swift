import Landwaiter

/// What a gate asks for one container of a Pod: an image by digest with three attestations, each signed by a key that the
/// policy names.
extension Benchmarks {
    static func cachedDecisions(_ inputs: Inputs) async throws {
        let (source, policies) = try pod(inputs)
        let pipeline = AdmissionPipeline(policies: policies)
        var request = AdmissionRequest(
            image: source,
            statedReference: try ImageReference(parsing: "registry.example/team/app@\(source.top.digest)"),
            namespace: "team", at: Instant(secondsSince1970: 1_793_500_000))
        request.cacheScope = ""
        let cache = EvidenceCache()
        let cold = await pipeline.decide(request, cache: cache)
        let warm = await pipeline.decide(request, cache: cache)
        guard cold.verdict == .admit, cold.verified.count == 3, warm.canonicalBytes == cold.canonicalBytes,
            cache.statistics.hits == 1
        else { fatalError("not admitted, or not from the cache: \(cold.headline?.message ?? "")") }
        row(
            "three attestations: decide", await microseconds { Measure.keep(await pipeline.decide(request)) },
            "three envelopes, 3 KB in all")
        row(
            "three attestations: decide, cold cache",
            await microseconds {
                cache.removeAll()
                Measure.keep(await pipeline.decide(request, cache: cache))
            })
        row(
            "three attestations: decide, cached",
            await microseconds { Measure.keep(await pipeline.decide(request, cache: cache)) })
        row(
            "its record as JSON", Measure.microseconds { Measure.keep(warm.canonicalBytes) },
            "\(warm.canonicalBytes.count) bytes")
        var unasked = request
        unasked.namespace = "elsewhere"
        row(
            "no policy: decide without reading",
            Measure.microseconds { Measure.keep(pipeline.decideWithoutReading(unasked)) })
    }

    /// Named by digest, as a registry's source is; provenance, test results and a scan's statement lie with it.
    private static func pod(_ inputs: Inputs) throws -> (source: NamedSource, policies: PolicySet) {
        var source = try image(inputs)
        source.referrers = []
        let tests = "https://in-toto.io/attestation/test-result/v0.1"
        for statement in [
            inputs.statement(1_000, about: source.top.digest),
            StatementMaking.statement(
                subjectName: nil, digest: source.top.digest, predicateType: tests, predicate: ["result": "PASSED"]),
            StatementMaking.statement(
                subjectName: nil, digest: source.top.digest, predicateType: "https://example.com/review/v1",
                predicate: ["approved": true]),
        ] {
            let envelope = try DSSESigner.sign(
                payload: statement, payloadType: "application/vnd.in-toto+json", keys: [inputs.key])
            let bundle = try SigstoreBundle03.make(
                envelope: envelope, publicKeyHint: SigstoreBundle03.hint(for: inputs.key.publicKey))
            let artifact = EvidenceArtifact.referrer(bundle: bundle, predicateType: "x", subject: source.top)
            for blob in artifact.blobs + [artifact.manifest] { source.blobs[blob.digest] = blob.bytes }
            source.referrers.append(artifact.descriptor)
        }
        let policy = """
            apiVersion: landwaiter.dev/v1
            kind: AdmissionPolicy
            metadata: {name: team, owner: team}
            spec:
              enforcement: {stage: enforce}
              scope: {namespaces: [team], images: ["registry.example/team/**"]}
              signers: {team: {key: {file: key.pub}}}
              require:
                - id: built
                  on: each-platform
                  provenance:
                    by: {atLeast: 1, of: [team]}
                    match: any
                    builder: ["https://ci.example/builders/*"]
                    source: {repository: ["https://git.example/team/*"], ref: ["refs/heads/main"]}
                - id: tested
                  on: image
                  attestation:
                    by: {atLeast: 1, of: [team]}
                    type: ["\(tests)"]
                    match: any
                    where: [{field: result, equals: PASSED}]
                - id: reviewed
                  on: image
                  attestation:
                    {by: {atLeast: 1, of: [team]}, type: ["https://example.com/review/v1"], match: any}

            """
        let key = Array(inputs.key.publicKey.pem.utf8)
        let files = [PolicyFile(path: "team.yaml", bytes: Array(policy.utf8))]
        return (
            NamedSource(base: source),
            try PolicySet.load([PolicySource(name: "bench", files: files) { _ in .success(key) }])
        )
    }
}

/// The same image by its digest, which nobody need be asked for.
private struct NamedSource: ContentSource {
    let base: MemorySource

    var top: Descriptor { base.top }
    var transport: String { base.transport }
    var namedDigest: Digest? { base.top.digest }

    func resolve(limits: ContentLimits) async throws(ContentSourceError) -> ResolvedContent {
        let found = try await base.resolve(limits: limits)
        return ResolvedContent(descriptor: found.descriptor, content: found.content, tag: nil)
    }

    func fetch(_ descriptor: Descriptor, limit: Int) async throws(ContentSourceError) -> VerifiedContent {
        try await base.fetch(descriptor, limit: limit)
    }

    func manifest(_ digest: Digest, limits: ContentLimits) async throws(ContentSourceError) -> VerifiedContent {
        try await base.manifest(digest, limits: limits)
    }

    func papers(of digest: Digest, limits: ContentLimits) async throws(ContentSourceError) -> Papers {
        try await base.papers(of: digest, limits: limits)
    }

    func looseSignatures(limits: ContentLimits) async throws(ContentSourceError) -> [LooseSignature] { [] }

    func blob(_ descriptor: Descriptor) -> BlobStream { base.blob(descriptor) }
}
