import Admission
import AdmissionPolicy
import ArgumentParser
import Findings
import OCI
import PKI
import StrictEncoding

struct PolicyInitCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init",
        abstract: "Writes a first policy from what images come with: in stage observe, of verified evidence only.",
        discussion: """
            Verifies signatures and attestations with the given keys, and writes rules that the images fulfil: who signed, \
            which builder built which source. What could not be verified is told in comments, and so are the base images \
            that the builds used. Then judges the images by the result.

            Exits 0 if the policy admits all of the images, 1 if it does not admit one of which nothing was verified, 65 \
            if nothing was verified of any.

            EXAMPLES
              landwaiter policy init oci:image:v1 --as registry.example/finance/ledger:v1.4.0 --key corporate.pub
              landwaiter policy init oci:a:v1 oci:b:v1 --key corporate.pub --key pipeline.pub --namespace finance --output policies/finance
            """)

    @Argument(help: "Images: oci:DIR[:TAG|@DIGEST], oci-archive:FILE[:TAG|@DIGEST], dir:DIR.", completion: .file())
    var image: [String]

    @Option(
        name: .customLong("as"),
        help: ArgumentHelp(
            "The name of each image, in their order; without, the policy is about all.", valueName: "reference"))
    var reference: [String] = []

    @Option(
        help: ArgumentHelp("A public key with which evidence is verified.", valueName: "file"),
        completion: .file(extensions: ["pub", "pem"]))
    var key: [String] = []

    @Option(
        help: ArgumentHelp("Evidence besides what lies with the images.", valueName: "file|dir"), completion: .file())
    var evidence: [String] = []

    @Option(help: ArgumentHelp("The policy's name.", valueName: "name"))
    var name = "observed"

    @Option(help: ArgumentHelp("For which namespaces the policy is to speak; without, for all.", valueName: "name"))
    var namespace: [String] = []

    @Option(help: ArgumentHelp("Write `policy.yaml` and the keys to this directory.", valueName: "dir"))
    var output: String?

    @Option(help: ArgumentHelp("Observe as of this instant (RFC 3339).", valueName: "time"))
    var at: String?

    func run() async throws {
        try await running {
            let observed = try await observe()
            if let output {
                try LocalFile.makeDirectory(LocalFile.join(output, "keys"))
                for file in observed.files {
                    let path = LocalFile.join(output, file.path)
                    try LocalFile.create(path, file.bytes, mode: 0o644)
                    Terminal.write(path + "\n")
                }
            } else {
                Terminal.write(observed.yaml)
                for file in observed.files.dropLast() {
                    Terminal.writeError("key \(file.path) is one of those given; `--output DIR` writes it")
                }
            }
            for subject in observed.refused {
                Terminal.writeError(
                    "\(Finding.quoted(subject)) is not admitted: no key that was given verifies enough of it")
            }
            if !observed.refused.isEmpty { throw ExitStatus.reject }
        }
    }

    /// A policy with its key files, and the images that it does not admit.
    struct Result {
        let yaml: String
        /// The keys that the policy names, then the policy.
        let files: [(path: String, bytes: [UInt8])]
        let refused: [String]
    }

    func observe() async throws -> Result {
        guard reference.isEmpty || reference.count == image.count else {
            throw CommandFailure.usage(
                "expected one `--as` for each of \(image.count) images, or none, found \(reference.count)")
        }
        guard !key.isEmpty else {
            throw CommandFailure.usage(
                "nothing can be verified without a key",
                "give `--key KEY.pub`; `landwaiter inspect` shows who claims to have signed")
        }
        let instant = try Clock.instant(stated: at).0
        let keys = try keys()
        let looking = AdmissionPipeline(policies: try Self.asking(of: keys))
        let requests = try requests(at: instant)
        var images: [Observation.Image] = []
        for (subject, source, request) in requests {
            let inspection = await ImageInspection.inspect(
                source, supplied: request.suppliedEvidence, limits: looking.limits)
            images.append(
                Observation.Image(
                    subject: subject, record: await looking.decide(request), inspection: try? inspection.get()))
        }
        let observation = Observation(
            images,
            signers: Dictionary(
                keys.map { (ExactString($0.key.fingerprint), $0.signer) }, uniquingKeysWith: { first, _ in first }))
        guard let draft = observation.draft(name: name, namespaces: namespace.isEmpty ? ["**"] : namespace) else {
            throw CommandFailure.badData(
                "nothing was verified of which a rule can be made",
                "no key that was given has signed one of the images, or a provenance that names builder, source and ref"
            )
        }
        var files = keys.filter { item in draft.signers.contains { $0.file == item.signer.file } }
            .map { (path: $0.signer.file, bytes: Array($0.key.pem.utf8)) }
        files.append((path: "policy.yaml", bytes: Array(draft.yaml.utf8)))
        let policies = try Self.load(files)
        let judging = AdmissionPipeline(policies: policies)
        var refused: [String] = []
        for (subject, _, request) in requests where await judging.decide(request).verdict != .admit {
            refused.append(subject)
        }
        return Result(yaml: draft.yaml, files: files, refused: refused)
    }

    private typealias NamedKey = (key: PublicKey, signer: DraftSigner)

    /// Each key once, named after its file.
    private func keys() throws(CommandFailure) -> [NamedKey] {
        var names = DraftNames()
        var keys: [NamedKey] = []
        for path in key {
            let key = try KeyFile.publicKey(path)
            guard !keys.contains(where: { $0.key.fingerprint.utf8.elementsEqual(key.fingerprint.utf8) }) else {
                continue
            }
            let file = LocalFile.name(of: path)
            let stem = [".pub", ".pem"].first { file.hasSuffix($0) }.map { String(file.dropLast($0.count)) } ?? file
            let name = names.name(stem, otherwise: "key")
            keys.append((key, DraftSigner(name: name, file: "keys/\(name).pub")))
        }
        return keys
    }

    private func requests(at instant: Instant) throws(CommandFailure) -> [(String, any ContentSource, AdmissionRequest)]
    {
        let supplied = try EvidenceFiles.read(evidence, limit: AdmissionLimits().envelopeBytes)
        var requests: [(String, any ContentSource, AdmissionRequest)] = []
        for (position, location) in image.enumerated() {
            let stated = reference.isEmpty ? nil : try ImageOptions.reference(reference[position])
            let source = try ImageOptions.source(location)
            requests.append(
                (
                    location, source,
                    AdmissionRequest(
                        image: source, statedReference: stated, namespace: namespace.first,
                        at: instant, hypothetical: true, suppliedEvidence: supplied)
                ))
        }
        return requests
    }

    /// A policy that asks for everything that a rule may be made of: what it says of the images is of no account.
    private static func asking(of keys: [NamedKey]) throws(CommandFailure) -> PolicySet {
        var draft = PolicyDraft(name: "asking", owner: "init", stage: "observe", namespaces: ["**"], images: ["**"])
        let names = keys.map(\.signer.name)
        draft.signers = keys.map(\.signer)
        draft.require = [
            DraftRequirement(id: "signatures", .signature(by: names)),
            DraftRequirement(
                id: "attestations",
                .provenance(DraftProvenance(by: names, builder: ["**"], repository: ["**"], ref: ["**"]))),
        ]
        var files = keys.map { (path: $0.signer.file, bytes: Array($0.key.pem.utf8)) }
        files.append((path: "policy.yaml", bytes: Array(draft.yaml.utf8)))
        return try load(files)
    }

    private static func load(_ files: [(path: String, bytes: [UInt8])]) throws(CommandFailure) -> PolicySet {
        let policies = files.filter { $0.path.hasSuffix(".yaml") }.map { PolicyFile(path: $0.path, bytes: $0.bytes) }
        let keys = Dictionary(
            files.map { (ExactString($0.path), $0.bytes) }, uniquingKeysWith: { first, _ in first })
        let source = PolicySource(name: "init", files: policies) { path in
            keys[ExactString(path)].map { .success($0) } ?? .failure(KeyFileError("no such key"))
        }
        do throws(PolicyLoadFailure) {
            return try PolicySet.load([source])
        } catch {
            throw PolicyFiles.failure(error)
        }
    }
}
