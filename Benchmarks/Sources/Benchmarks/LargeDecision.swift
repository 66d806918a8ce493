import Landwaiter

/// A policy that asks for much, of an image about which much is attested: ten rules, an SBOM of five hundred components of
/// which each is looked up in a list of two hundred entries; alone, and among ten thousand policies for a thousand
/// namespaces.
struct LargeDecision {
    static let components = 500
    static let entries = 200
    private static let at = "2026-11-20T12:00:00Z"
    private static let sbomType = "https://cyclonedx.org/bom"
    private static let testType = "https://in-toto.io/attestation/test-result/v0.1"
    private static let scanType = "https://in-toto.io/attestation/vulns/v0.1"

    let image: MemorySource
    let request: AdmissionRequest
    /// What verification leaves of the evidence.
    let document: EvidenceDocument
    private let inputs: Inputs

    init(_ inputs: Inputs) throws {
        self.inputs = inputs
        let configuration = VerifiedContent(
            namedByOwnDigest: ImageConfiguration.configurationBytes(
                platform: Platform(os: "linux", architecture: "amd64"), user: "10001",
                labels: ["org.opencontainers.image.vendor": "Example"], diffIDs: []))
        let manifest = VerifiedContent(
            namedByOwnDigest: ImageManifest.imageBytes(
                config: Descriptor(of: configuration, mediaType: .ociConfiguration), layers: []))
        let top = Descriptor(of: manifest, mediaType: .ociManifest)
        var source = MemorySource(top: top)
        source.blobs[configuration.digest] = configuration.bytes
        source.blobs[manifest.digest] = manifest.bytes

        guard let at = Instant(rfc3339: Self.at) else { throw Unusable() }
        let name = try ImageReference(parsing: "registry.example/team-500/app-0/server:v1")
        let child = PlatformFacts(
            digest: top.digest, platform: Platform(os: "linux", architecture: "amd64"),
            configuration: .success(try ImageConfiguration(parsing: configuration)))
        var document = EvidenceDocument(
            request: RequestFacts(namespace: "team-500", reference: name, at: at),
            image: ImageFacts(digest: top.digest, isIndex: false, platforms: [child]))
        let signers: [SignerIdentity] = [
            .key(ExactString(inputs.key.publicKey.fingerprint), scheme: .ecdsaSHA256)
        ]
        for bytes in Self.statements(inputs, about: top.digest) {
            let envelope = try DSSESigner.sign(
                payload: bytes, payloadType: "application/vnd.in-toto+json", keys: [inputs.key])
            let bundle = try SigstoreBundle03.make(
                envelope: envelope, publicKeyHint: SigstoreBundle03.hint(for: inputs.key.publicKey))
            let artifact = EvidenceArtifact.referrer(bundle: bundle, predicateType: "x", subject: top)
            for blob in artifact.blobs + [artifact.manifest] { source.blobs[blob.digest] = blob.bytes }
            source.referrers.append(artifact.descriptor)
            let statement = try Statement(parsing: bytes)
            let evidence = Digest(of: bundle)
            if statement.predicateType == ExactString(StatementMaking.imageSignatureType) {
                document.signatures.append(
                    SignatureFacts(evidence: evidence, signers: signers, subjects: [top.digest], dockerReference: nil))
            } else {
                document.attestations.append(
                    AttestationFacts(
                        evidence: evidence, statement: evidence, signers: signers, subjects: [top.digest],
                        predicateType: statement.predicateType, predicate: statement.predicate,
                        provenance: try? Provenance(statement: statement)))
            }
        }
        self.document = document
        image = source
        request = AdmissionRequest(image: source, statedReference: name, namespace: "team-500", at: at)
    }

    private struct Unusable: Error {}

    // MARK: Evidence

    private static func supplier(_ number: Int) -> String { "supplier-\(number) of example libraries" }

    private static func statements(_ inputs: Inputs, about digest: Digest) -> [[UInt8]] {
        func statement(_ type: String, _ predicate: JSONTree) -> [UInt8] {
            let tree: JSONTree = [
                "_type": "https://in-toto.io/Statement/v1",
                "subject": [["name": "app", "digest": ["sha256": .string(digest.hex)]]],
                "predicateType": .string(type), "predicate": predicate,
            ]
            return tree.canonicalBytes()
        }
        let parts = (0..<components).map { number -> JSONTree in
            [
                "type": "library", "name": .string("package-\(number)"), "version": .string("1.\(number % 40).2"),
                "purl": .string("pkg:deb/debian/package-\(number)@1.\(number % 40).2?arch=amd64"),
                "supplier": ["name": .string(supplier(number % entries))],
                "licenses": [["license": ["id": "Apache-2.0"]]],
                "hashes": [["alg": "SHA-256", "content": .string(Digest(of: Array("\(number)".utf8)).hex)]],
            ]
        }
        return [
            StatementMaking.statement(
                subjectName: nil, digest: digest, predicateType: StatementMaking.imageSignatureType, predicate: nil),
            inputs.statement(1_000, about: digest, base: base(0)),
            statement(
                sbomType,
                ["bomFormat": "CycloneDX", "specVersion": "1.5", "version": 1, "components": .array(parts)]),
            statement(testType, ["result": "PASSED", "passedTests": ["unit", "integration"], "failedTests": []]),
            statement(
                scanType,
                [
                    "scanner": ["result": [], "version": "1.4.0"], "summary": ["critical": 0, "high": 0],
                    "metadata": ["scanFinishedOn": "2026-11-20T06:00:00Z"],
                ]),
        ]
    }

    private static func base(_ number: Int) -> Digest { Digest(of: Array("base \(number)".utf8)) }

    // MARK: Policies

    /// This many, ten for each namespace, of which one matches.
    func policies(_ count: Int) throws -> PolicySet {
        let key = Array(inputs.key.publicKey.pem.utf8)
        let files = (0..<count).map { number in
            // One alone is the one that matches.
            let place = count == 1 ? 5_000 : number
            return PolicyFile(
                path: "\(number).yaml", bytes: Array(policy(team: place / 10, app: place % 10).utf8))
        }
        return try PolicySet.load([PolicySource(name: "bench", files: files) { _ in .success(key) }])
    }

    private func policy(team: Int, app: Int) -> String {
        // The list is long in the policy that matches only: to read two million entries is not what is measured.
        let isMatching = team == 500 && app == 0
        let suppliers = (0..<(isMatching ? Self.entries : 2)).map { "\"\(Self.supplier($0))\"" }.joined(separator: ", ")
        let bases = (0..<(isMatching ? 20 : 1)).map { "\"\(Self.base($0))\"" }.joined(separator: ", ")
        return """
            apiVersion: landwaiter.dev/v1
            kind: AdmissionPolicy
            metadata: {name: team-\(team)-app-\(app), owner: team-\(team)}
            spec:
              enforcement: {stage: enforce}
              scope: {namespaces: [team-\(team)], images: ["registry.example/team-\(team)/app-\(app)/**"]}
              signers: {team: {key: {file: key.pub}}}
              require:
                - {id: signed, on: image, signature: {by: {atLeast: 1, of: [team]}}}
                - id: built
                  on: each-platform
                  provenance:
                    by: {atLeast: 1, of: [team]}
                    match: any
                    builder: ["https://ci.example/builders/*"]
                    source: {repository: ["https://git.example/team/*"], ref: ["refs/heads/main"]}
                - id: approved-base
                  on: each-platform
                  baseImage:
                    by: {atLeast: 1, of: [team]}
                    proof: [materials]
                    newestAllowedAge: 90d
                    approved:
                      - {repository: registry.example/base/debian, digests: [\(bases)], listed: 2026-11-01T00:00:00Z}
                - id: known-suppliers
                  on: image
                  attestation:
                    by: {atLeast: 1, of: [team]}
                    type: ["\(Self.sbomType)"]
                    match: any
                    where: [{field: "components.*.supplier.name", in: [\(suppliers)]}]
                - id: sbom-format
                  on: image
                  attestation:
                    by: {atLeast: 1, of: [team]}
                    type: ["\(Self.sbomType)"]
                    match: exactly-one
                    where: [{field: specVersion, in: ["1.4", "1.5", "1.6"]}]
                - id: tested
                  on: image
                  attestation:
                    by: {atLeast: 1, of: [team]}
                    type: ["\(Self.testType)"]
                    match: all
                    where: [{field: result, equals: PASSED}]
                - id: scanned
                  on: image
                  attestation:
                    by: {atLeast: 1, of: [team]}
                    type: ["\(Self.scanType)"]
                    match: latest
                    time: metadata.scanFinishedOn
                    newestAge: 7d
                    where: [{field: summary.critical, atMost: 0}, {field: summary.high, atMost: 3}]
                - {id: unprivileged, on: each-platform, image: {user: {nonRoot: true}}}
                - id: vendor
                  on: each-platform
                  image: {labels: {org.opencontainers.image.vendor: {in: [Example]}}}
              deny:
                - {id: no-latest, on: image, image: {tag: {in: [latest]}}}

            """
    }
}

extension Benchmarks {
    static func largeDecisions(_ inputs: Inputs) async throws {
        let large = try LargeDecision(inputs)
        let request = large.request
        for count in [1, 10_000] {
            let policies = try large.policies(count)
            let pipeline = AdmissionPipeline(policies: policies)
            let record = await pipeline.decide(request)
            guard record.verdict == .admit, record.policies.flatMap(\.rules).count == 10 else {
                fatalError("not admitted: \(record.headline?.message ?? "")")
            }
            func evaluate() -> PolicyEvaluation {
                let matching = policies.matching(namespace: request.namespace, reference: request.statedReference)
                return PolicyEvaluator.evaluate(matching, large.document)
            }
            guard evaluate().verdict == .admit else { fatalError("the evidence at hand is not that of the image") }
            let name = count == 1 ? "1 policy" : "10,000 policies, 1,000 namespaces"
            row(
                "large: find and evaluate, \(name)", Measure.microseconds { Measure.keep(evaluate()) },
                "10 rules, \(LargeDecision.components) components, \(LargeDecision.entries) list entries")
            row(
                "large: decide, \(name)", await microseconds { Measure.keep(await pipeline.decide(request)) },
                "five envelopes verified and parsed besides")
        }
    }
}
