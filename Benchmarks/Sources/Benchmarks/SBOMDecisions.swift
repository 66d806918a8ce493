import Landwaiter

/// What an SBOM costs where it decides: an attestation of fifty megabytes verified and judged, and long lists of denied
/// packages against many components.
struct SBOMDecision {
    static let at = "2026-11-20T12:00:00Z"
    static let type = "https://cyclonedx.org/bom"
    static let envelopeType = "application/vnd.in-toto+json"

    let inputs: Inputs
    let source: MemorySource
    let request: AdmissionRequest

    /// An image, and a bundle that attests the SBOM.
    init(_ inputs: Inputs, sbom: [UInt8]) throws {
        self.inputs = inputs
        let configuration = VerifiedContent(
            namedByOwnDigest: ImageConfiguration.configurationBytes(
                platform: Platform(os: "linux", architecture: "amd64"), diffIDs: []))
        let manifest = VerifiedContent(
            namedByOwnDigest: ImageManifest.imageBytes(
                config: Descriptor(of: configuration, mediaType: .ociConfiguration), layers: []))
        let top = Descriptor(of: manifest, mediaType: .ociManifest)
        var source = MemorySource(top: top)
        source.blobs[configuration.digest] = configuration.bytes
        source.blobs[manifest.digest] = manifest.bytes
        let envelope = try DSSESigner.sign(
            payload: Self.statement(of: sbom, about: top.digest), payloadType: Self.envelopeType, keys: [inputs.key])
        let bundle = try SigstoreBundle03.make(
            envelope: envelope, publicKeyHint: SigstoreBundle03.hint(for: inputs.key.publicKey))
        let artifact = EvidenceArtifact.referrer(bundle: bundle, predicateType: Self.type, subject: top)
        for blob in artifact.blobs + [artifact.manifest] { source.blobs[blob.digest] = blob.bytes }
        source.referrers.append(artifact.descriptor)
        self.source = source
        guard let at = Instant(rfc3339: Self.at) else { throw Unusable() }
        request = AdmissionRequest(
            image: source, statedReference: try ImageReference(parsing: "registry.example/team/app:v1"),
            namespace: "team", at: at)
    }

    private struct Unusable: Error {}

    /// The document's bytes as they are, around them the statement.
    static func statement(of sbom: [UInt8], about digest: Digest) -> [UInt8] {
        Array(
            """
            {"_type":"https://in-toto.io/Statement/v1","subject":[{"name":"app","digest":{"sha256":"\(digest.hex)"}}],\
            "predicateType":"\(type)","predicate":
            """.utf8) + sbom + Array("}".utf8)
    }

    /// An SBOM of the team that is about the image, lists something and nothing that is denied.
    func policies(denying list: [String]) throws -> PolicySet {
        let key = Array(inputs.key.publicKey.pem.utf8)
        let denied = Array(list.joined(separator: "\n").utf8)
        return try PolicySet.load([
            PolicySource(
                name: "bench", files: [PolicyFile(path: "team.yaml", bytes: Array(Self.policyFile.utf8))]
            ) { path in
                .success(path == "denied.txt" ? denied : key)
            }
        ])
    }

    static let policyFile = """
        apiVersion: landwaiter.dev/v1
        kind: AdmissionPolicy
        metadata: {name: team, owner: team}
        spec:
          enforcement: {stage: enforce}
          scope: {namespaces: [team], images: ["registry.example/team/**"]}
          signers: {team: {key: {file: key.pub}}}
          require:
            - id: listed
              on: image
              sbom: {by: {atLeast: 1, of: [team]}, match: any, formats: [cyclonedx], components: {atLeast: 100}}
            - id: nothing-denied
              on: image
              components:
                {by: {atLeast: 1, of: [team]}, match: all, denyFile: denied.txt, unidentified: reject}

        """

    /// Packages of which the SBOM has none: of the same type and name with a version that is not there, by another name, and
    /// by patterns.
    static func denied(_ count: Int) -> [String] {
        (0..<count).map { number in
            switch number % 4 {
            case 0: "pkg:npm/package-\(number) vers:npm/>=9.0.0"
            case 1: "pkg:npm/denied-\(number)"
            case 2: "pkg:maven/org.example.group-\(number)/*"
            default: "pkg:golang/example.com/vendor-\(number)/**"
            }
        }
    }
}

extension Benchmarks {
    /// - Parameter program: the installed one, and where to write a layout for it; nil for the rows in process only.
    static func sbomDecisions(_ inputs: Inputs, program: (path: String, directory: String)? = nil) async throws {
        let sbom = Inputs.cycloneDX(50_000_000)
        let decision = try SBOMDecision(inputs, sbom: sbom)
        let policies = try decision.policies(denying: SBOMDecision.denied(1_000))
        let pipeline = AdmissionPipeline(policies: policies)
        let record = await pipeline.decide(decision.request)
        guard record.verdict == .admit else { fatalError("not admitted: \(record.headline?.message ?? "")") }
        forgetPeakMemory()
        let before = peakMemory()
        Measure.keep(await pipeline.decide(decision.request))
        let memory = max(0, peakMemory() - before)
        let time = await microseconds(runs: 5) { Measure.keep(await pipeline.decide(decision.request)) }
        row(
            "decide on a bundle with an SBOM of 50 MB", time,
            "1,000 denied packages, from memory to record, \(memory) MB beside the bundle")
        if let program {
            let layout = try OCILayout.create(at: program.directory + "/large")
            for bytes in decision.source.blobs.values {
                try await layout.put(VerifiedContent(namedByOwnDigest: bytes))
            }
            try await layout.list(decision.source.top, tag: "v1")
            for referrer in decision.source.referrers {
                try await layout.listReferrer(referrer, subject: decision.source.top.digest)
            }
            try write(inputs.key.publicKey.pem, to: program.directory + "/key.pub")
            try write(SBOMDecision.policyFile, to: program.directory + "/large.yaml")
            try write(SBOMDecision.denied(1_000).joined(separator: "\n"), to: program.directory + "/denied.txt")
            let words = [
                program.path, "verify", "oci:\(program.directory)/large:v1", "--policy",
                program.directory + "/large.yaml", "--namespace", "team", "--as", "registry.example/team/app:v1",
                "--at",
                SBOMDecision.at,
            ]
            if let (time, memory, status) = Measure.processApart(words, runs: 5), status == 0 {
                row("cold verify of the same", time, "\(memory / 1_000) MB at most")
            } else {
                print("| cold verify of an SBOM of 50 MB | failed | |")
            }
        }
        try denyLists(inputs)
    }

    /// 10, 1,000 and 10,000 denied packages against 100,000 components.
    private static func denyLists(_ inputs: Inputs) throws {
        let small = try SBOMDecision(inputs, sbom: Array(#"{"bomFormat":"CycloneDX","specVersion":"1.5"}"#.utf8))
        let components = (0..<100_000).map { number in
            #"{"type":"library","name":"package-\#(number)","version":"1.\#(number % 40).2","#
                + #""purl":"pkg:npm/package-\#(number)@1.\#(number % 40).2"}"#
        }
        let bytes = Array(
            #"{"bomFormat":"CycloneDX","specVersion":"1.5","components":[\#(components.joined(separator: ","))]}"#.utf8)
        let statement = try Statement(
            parsing: SBOMDecision.statement(of: bytes, about: small.source.top.digest),
            limits: StatementLimits(json: JSONLimits(bytes: 128 << 20)))
        let evidence = Digest(of: bytes)
        var facts = AttestationFacts(
            evidence: evidence, statement: evidence,
            signers: [.key(ExactString(inputs.key.publicKey.fingerprint), scheme: .ecdsaSHA256)],
            subjects: [small.source.top.digest], predicateType: statement.predicateType,
            predicate: statement.predicate, provenance: nil)
        facts.readInventory()
        let request = small.request
        let child = PlatformFacts(digest: small.source.top.digest, platform: nil, configuration: nil)
        var document = EvidenceDocument(
            request: RequestFacts(namespace: request.namespace, reference: request.statedReference, at: request.at),
            image: ImageFacts(digest: small.source.top.digest, isIndex: false, platforms: [child]))
        document.attestations.append(facts)
        for count in [10, 1_000, 10_000] {
            let policies = try small.policies(denying: SBOMDecision.denied(count))
            let matching = policies.matching(namespace: "team", reference: request.statedReference)
            let evaluation = PolicyEvaluator.evaluate(matching, document)
            guard evaluation.verdict == .admit else {
                fatalError("not admitted: \(evaluation.findings.first?.message ?? "")")
            }
            row(
                "\(count) denied packages against 100,000 components",
                Measure.microseconds(batches: 5) { Measure.keep(PolicyEvaluator.evaluate(matching, document)) })
        }
    }
}
