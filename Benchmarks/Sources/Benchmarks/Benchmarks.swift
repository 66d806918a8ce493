import Glibc
import Landwaiter

/// Prints one table. Arguments: the installed program, and a directory to write a layout to; or `large`, for the rows on
/// large decisions alone, `bundles`, for those on bundles, `cached`, for cached decisions, or `sboms`, for those on SBOMs,
/// which the program and a directory may follow. `process`, a number and a command line measure that program alone.
@main
struct Benchmarks {
    static func main() async throws {
        let arguments = CommandLine.arguments
        if arguments.count > 3, arguments[1] == "process", let runs = Int(arguments[2]) {
            guard let found = Measure.process(Array(arguments[3...]), runs: runs) else { return }
            return print(found.microseconds, found.memory, found.status)
        }
        let inputs = try Inputs()
        print("| what | CPU time | |\n|---|---|---|")
        if arguments.dropFirst().elementsEqual(["large"]) { return try await largeDecisions(inputs) }
        if arguments.dropFirst().elementsEqual(["bundles"]) { return try bundles() }
        if arguments.dropFirst().elementsEqual(["cached"]) { return try await cachedDecisions(inputs) }
        if arguments.dropFirst().first == "sboms" {
            try sboms()
            let program = arguments.count == 4 ? (arguments[2], arguments[3]) : nil
            return try await sbomDecisions(inputs, program: program)
        }
        try dsse(inputs)
        try bundles()
        json()
        try sboms()
        try await decisions(inputs)
        try await cachedDecisions(inputs)
        try await largeDecisions(inputs)
        try await sbomDecisions(inputs, program: arguments.count == 3 ? (arguments[1], arguments[2]) : nil)
        if arguments.count == 3 {
            try await cold(inputs, program: arguments[1], directory: arguments[2])
            try coldBundles(program: arguments[1], directory: arguments[2])
        }
    }

    static func row(_ name: String, _ microseconds: Double, _ note: String = "") {
        let value = microseconds >= 10_000 ? "\(rounded(microseconds / 1_000)) ms" : "\(rounded(microseconds)) us"
        print("| \(name) | \(value) | \(note) |")
    }

    static func rounded(_ value: Double) -> String {
        let tenths = (value * 10).rounded() / 10
        return value >= 100 ? String(Int(value.rounded())) : String(tenths)
    }

    // MARK: Rows

    static func dsse(_ inputs: Inputs) throws {
        for (name, size) in [("2 KB", 2_000), ("50 KB", 50_000)] {
            let statement = inputs.statement(size)
            let envelope = try inputs.envelope(statement)
            let key = inputs.key.publicKey
            let parsed = try UnverifiedEnvelope(parsing: envelope)
            let header = PreAuthenticationEncoding.header(
                payloadType: parsed.payloadType, payloadByteCount: parsed.payload.count)
            let signature = parsed.signatures[0].bytes
            guard verify(envelope, key, inputs.image),
                !verify(envelope, try PrivateKey.generate(.ecdsaP256).publicKey, inputs.image)
            else { fatalError("the benchmark does not verify what it measures") }
            row(
                "P-256 alone, over \(name)",
                Measure.microseconds {
                    let message = SignedMessage(parts: [header[...], parsed.payload[...]])
                    Measure.keep(key.isValid(signature, over: message, scheme: .ecdsaSHA256))
                })
            row(
                "DSSE \(name)", Measure.microseconds { Measure.keep(verify(envelope, key, inputs.image)) },
                "\(envelope.count) bytes")
        }
    }

    static func verify(_ envelope: [UInt8], _ key: PublicKey, _ image: Digest) -> Bool {
        guard let parsed = try? UnverifiedEnvelope(parsing: envelope) else { return false }
        let header = PreAuthenticationEncoding.header(
            payloadType: parsed.payloadType, payloadByteCount: parsed.payload.count)
        let message = SignedMessage(parts: [header[...], parsed.payload[...]])
        guard key.isValid(parsed.signatures[0].bytes, over: message, scheme: .ecdsaSHA256),
            let statement = try? Statement(parsing: parsed.payload)
        else { return false }
        return statement.names(image)
    }

    static func json() {
        let document = Inputs.cycloneDX(50_000_000)
        var components = 0
        let time = Measure.microseconds(batches: 5) {
            let parsed = try? JSONDocument(parsing: document)
            components = parsed?.root["components"]?.array?.count ?? 0
        }
        row("strict JSON 50 MB", time, "\(Int(Double(document.count) / time)) MB/s, \(components) components")
    }

    static func decisions(_ inputs: Inputs) async throws {
        let source = try image(inputs)
        for count in [1, 100, 10_000] {
            let policies = try inputs.policies(count)
            let namespace = "team-\(count / 2)"
            let name = try ImageReference(parsing: "registry.example/\(namespace)/app:v1")
            let request = AdmissionRequest(
                image: source, statedReference: name, namespace: namespace, at: Instant(secondsSince1970: 1_793_500_000)
            )
            let pipeline = AdmissionPipeline(policies: policies)
            let record = await pipeline.decide(request)
            guard record.verdict == .admit else {
                fatalError("not admitted: \(record.headline?.message ?? "")")
            }
            let document = EvidenceDocument(
                request: RequestFacts(namespace: namespace, reference: name, at: request.at),
                image: ImageFacts(
                    digest: source.top.digest, isIndex: false,
                    platforms: [PlatformFacts(digest: source.top.digest, platform: nil, configuration: nil)]))
            row(
                "policies \(count): find and evaluate",
                Measure.microseconds {
                    let matching = policies.matching(namespace: namespace, reference: name)
                    Measure.keep(PolicyEvaluator.evaluate(matching, document))
                })
            let time = await microseconds { Measure.keep(await pipeline.decide(request)) }
            row("decide, \(count) policies", time, "two envelopes, 2 KB in all")
        }
    }

    /// Like `Measure.microseconds`, for what is async and never suspends here.
    static func microseconds(runs: Int = 500, _ work: () async -> Void) async -> Double {
        var best = Double.infinity
        for _ in 0..<5 {
            let start = clock()
            for _ in 0..<runs { await work() }
            best = min(best, Double(clock() - start) / Double(CLOCKS_PER_SEC) * 1e6 / Double(runs))
        }
        return best
    }

    /// A signed image with provenance, in memory.
    static func image(_ inputs: Inputs) throws -> MemorySource {
        let config = VerifiedContent(
            namedByOwnDigest: ImageConfiguration.configurationBytes(
                platform: Platform(os: "linux", architecture: "amd64"), diffIDs: []))
        let manifest = VerifiedContent(
            namedByOwnDigest: ImageManifest.imageBytes(
                config: Descriptor(of: config, mediaType: .ociConfiguration), layers: []))
        let top = Descriptor(of: manifest, mediaType: .ociManifest)
        var source = MemorySource(top: top)
        source.blobs[config.digest] = config.bytes
        source.blobs[manifest.digest] = manifest.bytes
        let provenance = inputs.statement(1_000, about: top.digest)
        for statement in [
            StatementMaking.statement(
                subjectName: nil, digest: top.digest, predicateType: StatementMaking.imageSignatureType, predicate: nil),
            provenance,
        ] {
            let envelope = try DSSESigner.sign(
                payload: statement, payloadType: "application/vnd.in-toto+json", keys: [inputs.key])
            let bundle = try SigstoreBundle03.make(
                envelope: envelope, publicKeyHint: SigstoreBundle03.hint(for: inputs.key.publicKey))
            let artifact = EvidenceArtifact.referrer(bundle: bundle, predicateType: "x", subject: top)
            for blob in artifact.blobs + [artifact.manifest] { source.blobs[blob.digest] = blob.bytes }
            source.referrers.append(artifact.descriptor)
        }
        return source
    }

    static func cold(_ inputs: Inputs, program: String, directory: String) async throws {
        let source = try image(inputs)
        let layout = try OCILayout.create(at: directory + "/layout")
        for bytes in source.blobs.values { try await layout.put(VerifiedContent(namedByOwnDigest: bytes)) }
        try await layout.list(source.top, tag: "v1")
        for referrer in source.referrers { try await layout.listReferrer(referrer, subject: source.top.digest) }
        let key = directory + "/key.pub"
        try write(inputs.key.publicKey.pem, to: key)
        let verify = [program, "verify", "oci:\(directory)/layout:v1", "--key", key, "--at", "2026-11-20T12:00:00Z"]
        for (name, words, expected) in [
            ("cold --version", [program, "--version"], Int32(0)), ("cold verify", verify, 0),
        ] {
            guard let (time, _, status) = Measure.process(words), status == expected else {
                print("| \(name) | failed | |")
                continue
            }
            row(name, time)
        }
    }

    static func write(_ text: String, to path: String) throws {
        guard let file = fopen(path, "w") else { return }
        fputs(text, file)
        fclose(file)
    }
}
