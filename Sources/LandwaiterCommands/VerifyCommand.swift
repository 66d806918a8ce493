import Admission
import AdmissionPolicy
import ArgumentParser
package import Content
import Findings
import ImageStore
package import OCI
import OCIDistribution
import Reports
import StrictEncoding

struct VerifyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Judges an image, or a plain file, by policies: admit, reject, or undecided.",
        discussion: """
            IMAGE is REGISTRY/REPOSITORY[:TAG][@DIGEST] (`docker://` may stand before it), or on disk oci:DIR[:TAG|@DIGEST], \
            oci-archive:FILE[:TAG|@DIGEST] or dir:DIR, as skopeo writes them. A network is used for the former only. The exit \
            status follows the verdict whatever the policy's stage: 0 admit, 1 reject, 2 undecided; with \
            `--honour-stage` a verdict that the stage does not enforce exits 0.

            `--artifact FILE` judges a plain file (a release binary, a package) by what was signed about it: the evidence \
            given with `--evidence`, or else FILE.sigstore.json, FILE.sigstore, FILE.intoto.jsonl and FILE.bundle beside \
            it. Of a file that is given by its digest alone nothing else is known.

            `--images` and `--kubernetes` judge many images; the exit status is that of the worst: reject, then undecided. \
            `--output` writes text, JSON, SARIF, JUnit, Markdown, or what GitHub Actions reads (annotations, the step's \
            summary and outputs). A report that can't be written makes an exit status of 0 one of 65.

            EXAMPLES
              landwaiter verify oci:image:v1 --policy policies/finance --namespace finance --as registry.example/finance/ledger:v1
              landwaiter verify registry.example/finance/ledger:v1 --policy policies/finance --namespace finance
              landwaiter verify oci-archive:image.tar --key corporate.pub --explain
              landwaiter verify oci:image:v1 --policy payments=policies/payments --namespace finance --output json
              landwaiter verify --artifact ledger.tar.gz --evidence ledger.sigstore.json --policy policies/releases
              landwaiter verify --artifact ledger.tar.gz --key corporate.pub
              landwaiter verify --images images.txt --policy policies --output text --output sarif=landwaiter.sarif
              landwaiter verify --kubernetes deploy.yaml --store oci:images --policy policies --output github
            """)

    @OptionGroup var subject: SubjectOptions
    @OptionGroup var decision: DecisionOptions
    @OptionGroup(title: "Registry Options") var registry: RegistryOptions

    @OptionGroup var batch: BatchOptions
    @OptionGroup var report: ReportOptions

    @Flag(help: "Show every rule against every piece of evidence: which conditions each met, and which it missed.")
    var explain = false

    @Flag(help: "Exit 0 where the policy's stage (observe, warn, pilot) does not enforce the verdict.")
    var honourStage = false

    enum OutputFormat: String, CaseIterable, ExpressibleByArgument { case text, json }

    func run() async throws {
        try await running(reaching: registry) {
            var writer = ReportWriter(try report.targets(explaining: explain))
            if let list = try await decideBatch() {
                for note in list.notes { Terminal.writeError("landwaiter: warning: \(note)") }
                writer.write(list)
                return try writer.leave(list)
            }
            let (pipeline, request) = try await decision.prepared(for: subject)
            let record: AdmissionRecord
            var explanation: DecisionExplanation?
            if explain {
                (record, explanation) = await pipeline.explain(request)
            } else {
                record = await pipeline.decide(request)
            }
            let list = DecisionList(
                record, image: subject.image ?? subject.artifact ?? "", honoursStage: honourStage)
            writer.write(list, explanation: explanation)
            for file in request.suppliedEvidence where record.isUnrelated(file) {
                let what = record.artifact == nil ? "image" : "file"
                Terminal.writeError(
                    "landwaiter: warning: \(Finding.quoted(file.name)) is no evidence about this \(what)")
            }
            if record.artifact != nil, request.suppliedEvidence.isEmpty {
                Terminal.writeError(
                    "landwaiter: warning: no evidence was given with `--evidence`, and none lies beside the file")
            }
            try writer.leave(list)
        }
    }
}

extension VerifyCommand {
    /// The record as it is alone, and the explanation beside it (docs/explained-decision.schema.json).
    static func json(_ record: AdmissionRecord, _ explanation: DecisionExplanation) -> JSONTree {
        ["record": record.json, "explanation": explanation.json]
    }

    /// The record that a command line in words leads to.
    static func decide(_ arguments: [String]) async throws -> AdmissionRecord {
        let command = try parse(arguments)
        return try await RegistryAccess.$current.withValue(try command.registry.access()) {
            let (pipeline, request) = try await command.decision.prepared(for: command.subject)
            return await pipeline.decide(request)
        }
    }

    /// The same with its explanation.
    static func explain(
        _ arguments: [String]
    ) async throws -> (record: AdmissionRecord, explanation: DecisionExplanation) {
        let command = try parse(arguments)
        let (pipeline, request) = try await command.decision.prepared(for: command.subject)
        return await pipeline.explain(request)
    }
}

/// Which image, and under which name.
package struct ImageOptions: ParsableArguments {
    @Argument(
        help:
            "The image: REGISTRY/REPOSITORY[:TAG][@DIGEST], oci:DIR[:TAG|@DIGEST], oci-archive:FILE[:TAG|@DIGEST], dir:DIR.",
        completion: .file())
    var image: String

    @Option(
        name: .customLong("as"),
        help: ArgumentHelp(
            "The name and tag under which an image on disk is judged, like registry.example/finance/ledger:v1.",
            valueName: "reference"))
    var reference: String?

    package init() {}

    func source() throws(CommandFailure) -> any ContentSource { try Self.source(image) }

    func statedReference() throws(CommandFailure) -> ImageReference? {
        try Self.name(stated: reference, location: image)
    }

    /// An image on disk, or in a registry if the command reaches any.
    package static func source(_ text: String) throws(CommandFailure) -> any ContentSource {
        do {
            return try ImageLocation.parse(text).source()
        } catch {
            if case .registry(let name) = error, let registries = RegistryAccess.current {
                return try registries.source(try Self.reference(name))
            }
            throw .usage("\(Finding.quoted(text)): \(error.message)")
        }
    }

    /// The name of an image in a registry, which is where it is; nil for an image on disk.
    static func ownName(_ text: String) -> ImageReference? {
        do throws(ImageLocationError) {
            _ = try ImageLocation.parse(text)
            return nil
        } catch {
            guard case .registry(let name) = error else { return nil }
            return try? ImageReference(parsing: name)
        }
    }

    /// The name under which an image is judged: of one in a registry its own, of one on disk what is stated.
    static func name(stated: String?, location: String?) throws(CommandFailure) -> ImageReference? {
        let own = location.flatMap(ownName)
        guard let stated else { return own }
        guard own == nil else {
            throw .usage("an image in a registry has its own name", "leave `--as` out, or name an image on disk")
        }
        return try reference(stated)
    }

    /// A store, and the image of this digest in it.
    package static func source(_ store: String, digest: Digest) throws(CommandFailure) -> any ContentSource {
        do throws(ImageLocationError) {
            switch try ImageLocation.parse(store) {
            case .layout(let path, .only): return ImageLocation.layout(path: path, selection: .digest(digest)).source()
            case .archive(let path, .only):
                return ImageLocation.archive(path: path, selection: .digest(digest)).source()
            default: break
            }
        } catch {
            throw .usage("\(Finding.quoted(store)): \(error.message)")
        }
        throw .usage("expected a store like `oci:DIR` or `oci-archive:FILE`, found \(Finding.quoted(store))")
    }

    /// `TRANSPORT:PATH…` with the path relative to a directory; anything else as it is.
    package static func location(_ text: String, relativeTo directory: String) -> String {
        guard let colon = text.utf8.firstIndex(of: UInt8(ascii: ":")), isOnDisk(text) else { return text }
        let path = text[text.utf8.index(after: colon)...]
        return text[...colon] + LocalFile.join(directory, String(path))
    }

    private static func isOnDisk(_ location: String) -> Bool {
        ["oci:", "oci-archive:", "dir:", "docker-archive:"].contains { location.utf8.starts(with: $0.utf8) }
    }

    static func reference(_ text: String) throws(CommandFailure) -> ImageReference {
        do {
            return try ImageReference(parsing: text)
        } catch {
            throw .usage("\(Finding.quoted(text)): \(error.message)")
        }
    }
}

/// By which policies, where, and when.
struct DecisionOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "A policy file or a directory of them; SOURCE= names the team it comes from.",
            valueName: "[SOURCE=]PATH"),
        completion: .file())
    var policy: [String] = []

    @OptionGroup var guardrails: GuardrailOptions

    @Option(
        help: ArgumentHelp(
            "Without a policy: a public key that must have signed the image. Any one of several suffices.",
            valueName: "file"),
        completion: .file(extensions: ["pub", "pem"]))
    var key: [String] = []

    @OptionGroup var trustedRoots: TrustedRootOptions
    @OptionGroup var trustStores: TrustStoreOptions

    @Option(help: ArgumentHelp("The namespace in which the image is to run.", valueName: "name"))
    var namespace: String?

    @Option(
        help: ArgumentHelp(
            "Evidence besides what lies with the image, or about the file: a bundle or DSSE envelope (.json, .jsonl), or a directory.",
            valueName: "file|dir"), completion: .file())
    var evidence: [String] = []

    @Option(
        help: ArgumentHelp(
            "Where approved base images are read from, besides the image's own store.", valueName: "image"),
        completion: .file())
    var base: [String] = []

    @Option(
        help: ArgumentHelp(
            "A break-glass pass: waives rules of policies, if the guardrails' approvers signed it for this image.",
            valueName: "file"), completion: .file(extensions: ["json"]))
    var breakGlass: String?

    @Option(
        help: ArgumentHelp(
            "Judge as of this instant (RFC 3339); the record is then marked hypothetical.", valueName: "time"))
    var at: String?

    @Option(
        help: ArgumentHelp(
            "Change a limit, like envelope-bytes=1000000; an unknown name lists them all.", valueName: "NAME=NUMBER"))
    var limit: [String] = []

    /// What decides, and what about.
    func prepared(for subject: SubjectOptions) async throws(CommandFailure) -> (AdmissionPipeline, AdmissionRequest) {
        let policies = try policies()
        let named = try subject.named()
        var paths = evidence
        if case .artifact(_, let beside) = named {
            guard base.isEmpty else {
                throw .usage("a plain file has no base image", "leave `--base` out, or name an image")
            }
            if paths.isEmpty { paths = beside }
        }
        let context = try context(evidence: paths)
        let reference = try subject.statedReference()
        let request: AdmissionRequest
        switch named {
        case .image(let source):
            request = try context.request(image: source, statedReference: reference, namespace: namespace)
        case .artifact(let artifact, _):
            request = AdmissionRequest(
                artifact: artifact, statedReference: reference, namespace: namespace, at: context.instant,
                hypothetical: context.isHypothetical, suppliedEvidence: context.supplied,
                breakGlass: context.breakGlass)
        }
        return (try await pipeline(policies, at: context), request)
    }

    /// What decides about the images of a run, and what these have in common.
    func prepared() async throws(CommandFailure) -> (AdmissionPipeline, RequestContext) {
        let policies = try policies()
        let context = try context(evidence: evidence)
        return (try await pipeline(policies, at: context), context)
    }

    private func pipeline(
        _ policies: PolicySet, at context: RequestContext
    ) async throws(CommandFailure) -> AdmissionPipeline {
        let stored = try await trustStores.roots(at: context.instant, hypothetical: context.isHypothetical)
        return AdmissionPipeline(
            policies: policies, limits: try limits(),
            trustedRoots: try trustedRoots.roots(for: policies, besides: stored.roots), trustNotes: stored.notes)
    }

    private func policies() throws(CommandFailure) -> PolicySet {
        guard guardrails.guardrails.isEmpty || !policy.isEmpty else {
            throw .usage("`--guardrails` bounds policies, and there is none", "give `--policy PATH` besides")
        }
        switch (policy.isEmpty, key.isEmpty) {
        case (true, true):
            throw .usage(
                "nothing says what the image or file must fulfil",
                "give `--policy PATH`, or `--key KEY.pub` to check its signature alone")
        case (false, false): throw .usage("`--key` is for use without a policy; name the key as a signer of the policy")
        case (false, true): return try PolicyFiles.load(policy, guardrails: guardrails.guardrails)
        case (true, false): return try PolicyFiles.signedByAny(of: key)
        }
    }

    private func limits() throws(CommandFailure) -> AdmissionLimits {
        var limits = AdmissionLimits()
        for setting in limit {
            let parts = setting.split(separator: "=", maxSplits: 1).map(String.init)
            guard parts.count == 2, let known = AdmissionLimits.adjustable.first(where: { $0.name == parts[0] }),
                let number = Int(parts[1]), number > 0
            else {
                throw .usage(
                    "expected a limit as NAME=NUMBER, found \(Finding.quoted(setting))",
                    AdmissionLimits.adjustable.map { "\($0.name)=\(limits[keyPath: $0.path])" }.joined(separator: " "))
            }
            // The JSON reader goes no deeper, whatever it is told (JSONLimits): a limit that stands in the record holds.
            guard known.name != "json-depth" || number <= JSONLimits.deepest else {
                throw .usage("expected json-depth of at most \(JSONLimits.deepest), found \(number)")
            }
            limits[keyPath: known.path] = number
        }
        return limits
    }

    /// What all images of a run have in common; the clock is read here, once.
    private func context(evidence paths: [String]) throws(CommandFailure) -> RequestContext {
        let (instant, hypothetical) = try Clock.instant(stated: at)
        let supplied = try EvidenceFiles.read(paths, limit: try limits().envelopeBytes)
        let pass = try breakGlass.map { path throws(CommandFailure) in
            try LocalFile.read(path, limit: BreakGlassLimits.bytes)
        }
        for location in base { _ = try ImageOptions.source(location) }
        return RequestContext(
            instant: instant, isHypothetical: hypothetical, supplied: supplied, bases: base, breakGlass: pass)
    }
}

/// When, with which evidence and on which bases: what the images of one run are asked with.
struct RequestContext: Sendable {
    let instant: Instant
    let isHypothetical: Bool
    let supplied: [SuppliedEvidence]
    fileprivate let bases: [String]
    let breakGlass: [UInt8]?

    /// The question about one image; its bases are opened anew, since a source serves one decision.
    func request(
        image: any ContentSource, statedReference: ImageReference?, namespace: String?
    ) throws(CommandFailure) -> AdmissionRequest {
        var sources: [any ContentSource] = []
        for location in bases { sources.append(try ImageOptions.source(location)) }
        var request = AdmissionRequest(
            image: image, statedReference: statedReference, namespace: namespace, at: instant,
            hypothetical: isHypothetical, suppliedEvidence: supplied, baseSources: sources, breakGlass: breakGlass)
        // On disk one look shows everything; in a registry each look is a request.
        request.mayStopEarly = image is RegistrySource
        return request
    }
}

extension AdmissionRecord {
    /// Whether a supplied file turned out to be no evidence, or about another image: a warning, never a reason.
    fileprivate func isUnrelated(_ file: SuppliedEvidence) -> Bool {
        refused.contains {
            $0.origin == .supplied && $0.evidence == file.content.digest
                && ($0.finding.code == .evidenceUnrelated || $0.finding.code == .evidenceSubjectMismatch)
        }
    }
}
