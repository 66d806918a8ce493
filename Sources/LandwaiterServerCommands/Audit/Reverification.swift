import Admission
import AdmissionPolicy
import AdmissionService
import Content
import Findings
import ImageStore
import LandwaiterCommands
import OCI
import StrictEncoding
import VerdictStorage

/// One recorded decision, and what is decided today: as of then, and as of now.
struct ReverifiedDecision: Sendable {
    let recorded: StoredVerdict
    /// As the record has it; nil where it can't be read.
    let before: RecordedDecision?
    let then: Outcome
    let now: Outcome

    enum Outcome: Sendable {
        case decided(RecordedDecision)
        /// Nothing could be decided, and why.
        case missing(String)

        var decision: RecordedDecision? { if case .decided(let decision) = self { decision } else { nil } }
    }

    /// Today's answer is another one, or would have been.
    var isDifferent: Bool {
        [then, now].contains { outcome in
            guard let decision = outcome.decision else { return false }
            return decision.verdict != recorded.verdict || decision.isBlocked != recorded.isBlocked
        }
    }

    var isMissing: Bool { then.decision == nil || now.decision == nil }

    /// Why it is otherwise, as far as what was decided with is otherwise. From the record to today's policies as of then,
    /// and from there to now, when nothing but the time has changed.
    var causes: [String] {
        guard let before, let then = then.decision else { return [] }
        var causes: [String] = []
        if before.policyDigest != then.policyDigest { causes.append("the policies are others") }
        if before.trustDigest != then.trustDigest { causes.append("the trust or the keys are others") }
        let old = Set(before.evidence)
        let new = Set(then.evidence)
        if !new.subtracting(old).isEmpty {
            causes.append("\(AuditText.counted(new.subtracting(old).count, "piece")) of evidence counts that did not")
        }
        if !old.subtracting(new).isEmpty {
            causes.append("\(AuditText.counted(old.subtracting(new).count, "piece")) of evidence counts no more")
        }
        if before.engine != then.engine { causes.append("landwaiter was \(before.engine) and is \(then.engine)") }
        if let now = now.decision, now.verdict != then.verdict || now.reason?.code != then.reason?.code {
            causes.append("time has passed")
        }
        return causes
    }
}

/// Decides what was decided before once more. Nothing of it is recorded: the records are hypothetical.
struct Reverification {
    private let pipelineAt: @Sendable (Instant) async throws -> AdmissionPipeline
    private let source: @Sendable (ImageReference, Digest, String?) async throws -> (any ContentSource)?
    /// A repository that approved base images are said to lie in; nil where nothing but what is on disk is read.
    private let baseRepository: (@Sendable (ImageReference, String?) throws -> any ContentSource)?
    /// Of the command line.
    private let bases: [String]

    /// Most decisions that are made again: one for each name and namespace.
    static let most = 1000

    init(_ command: AuditShowCommand, _ configuration: ServerConfiguration?) throws(CommandFailure) {
        if command.policy.isEmpty {
            guard let configuration else {
                throw .usage(
                    "nothing says by which policies to decide again", "give `--policy PATH`, or `--config FILE`")
            }
            guard command.guardrails.guardrails.isEmpty else {
                throw .usage("`--guardrails` bounds policies, and there is none", "give `--policy PATH` besides")
            }
            let material = MaterialSource(configuration)
            pipelineAt = { try await material.load(at: $0).pipeline }
        } else {
            let set = try PolicyFiles.load(command.policy, guardrails: command.guardrails.guardrails)
            let (roots, stores) = (command.trustedRoots, command.trustStores)
            pipelineAt = { now in
                let stored = try await stores.roots(at: now, hypothetical: false)
                return AdmissionPipeline(
                    policies: set, trustedRoots: try roots.roots(for: set, besides: stored.roots),
                    trustNotes: stored.notes)
            }
        }
        bases = command.base
        for base in bases { _ = try ImageOptions.source(base) }
        let layouts = command.storeImages
        if !layouts.isEmpty {
            // Wrong ones are told at once, not with the first image.
            for layout in layouts { try Self.checkStore(layout) }
            baseRepository = nil
            source = { _, digest, _ in
                for layout in layouts {
                    let candidate = try ImageOptions.source(layout, digest: digest)
                    if case .failure(let unresolved) = await ResolvedImage.resolve(
                        from: candidate, limits: AdmissionLimits()), unresolved.finding.code == .imageNotFound
                    {
                        continue
                    }
                    // What was looked at has been opened; a decision opens its own.
                    return try ImageOptions.source(layout, digest: digest)
                }
                return nil
            }
        } else if let configuration {
            let registries = try ServerRegistries(configuration)
            baseRepository = { try registries.sources.source($0, namespace: $1, within: .seconds(60)) }
            source = { reference, _, namespace in
                try registries.sources.source(reference, namespace: namespace, within: .seconds(60))
            }
        } else {
            let access = try command.registry.access()
            baseRepository = { base, _ in try access.source(base) }
            source = { reference, _, _ in try access.source(reference) }
        }
    }

    private static func checkStore(_ layout: String) throws(CommandFailure) {
        let location: ImageLocation
        do throws(ImageLocationError) { location = try ImageLocation.parse(layout) } catch {
            throw .usage("\(Finding.quoted(layout)): \(error.message)")
        }
        switch location {
        case .layout(let path, .only), .archive(let path, .only):
            guard LocalFile.exists(path) else { throw .badData("there is no store \(Finding.quoted(layout))") }
        default:
            throw .usage("expected a store like `oci:DIR` or `oci-archive:FILE`, found \(Finding.quoted(layout))")
        }
    }

    /// The newest decision of each name, digest and namespace.
    func decide(_ verdicts: [StoredVerdict], at now: Instant) async throws -> [ReverifiedDecision] {
        struct Key: Hashable {
            let image: ExactString
            let digest: ExactString
            let namespace: ExactString?
        }
        var seen: Set<Key> = []
        let newest = verdicts.filter {
            seen.insert(
                Key(
                    image: ExactString($0.image), digest: ExactString($0.digest ?? ""),
                    namespace: $0.namespace.map { ExactString($0) })
            ).inserted
        }
        guard newest.count <= Self.most else {
            throw CommandFailure.usage(
                "expected at most \(Self.most) different decisions to make again, found \(newest.count)",
                "narrow them with `--namespace` or `--since`")
        }
        let pipeline = try await pipelineAt(now)
        var again: [ReverifiedDecision] = []
        for (position, verdict) in newest.enumerated() {
            Terminal.progress("\(position + 1) of \(newest.count)")
            let before = RecordedDecision(parsing: verdict.record)
            again.append(
                ReverifiedDecision(
                    recorded: verdict, before: before,
                    then: try await decide(verdict, pipeline, at: verdict.decidedAt),
                    now: try await decide(verdict, pipeline, at: now)))
        }
        Terminal.progress(nil)
        return again
    }

    private func decide(
        _ verdict: StoredVerdict, _ pipeline: AdmissionPipeline, at instant: Instant
    ) async throws -> ReverifiedDecision.Outcome {
        guard let text = verdict.digest, let digest = try? Digest(text) else {
            return .missing("no digest was reached then, so nothing says which image it was")
        }
        guard let asked = try? ImageReference(parsing: verdict.image) else {
            return .missing("what was asked for is no name of an image")
        }
        // The tag may mean another image by now; the digest means the one that was judged.
        let tag = asked.tag.map { ":" + $0 } ?? ""
        guard let pinned = try? ImageReference(parsing: asked.name + tag + "@" + digest.description) else {
            return .missing("what was asked for is no name of an image")
        }
        let image: any ContentSource
        do {
            guard let found = try await source(pinned, digest, verdict.namespace) else {
                return .missing("no store that was named has the image")
            }
            image = found
        } catch let error as ContentSourceError {
            return .missing("\(error.code): \(error.message)")
        }
        var request = AdmissionRequest(
            image: image, statedReference: image.transport == "registry" ? nil : pinned, namespace: verdict.namespace,
            at: instant, hypothetical: true)
        request.baseSources = try baseSources(for: verdict, pinned, pipeline)
        let record = await pipeline.decide(request)
        // An image that isn't there any more says nothing of what is true of it.
        if record.image == nil, let finding = record.headline, finding.code.effect != .reject {
            return .missing("\(finding.code): \(finding.message)")
        }
        return .decided(RecordedDecision(record))
    }
}

extension Reverification {
    /// Those of the command line, opened anew, and the repositories in which policies say that approved bases lie: a rule
    /// on layers reads a base from there if it is not beside the image.
    private func baseSources(
        for verdict: StoredVerdict, _ reference: ImageReference, _ pipeline: AdmissionPipeline
    ) throws -> [any ContentSource] {
        var found: [any ContentSource] = []
        for base in bases { found.append(try ImageOptions.source(base)) }
        guard let baseRepository else { return found }
        var repositories: [String] = []
        let matching = pipeline.policies.matching(namespace: verdict.namespace, reference: reference)
        for case .baseImage(let rule) in matching.requirements.flatMap(\.rule.leaves) where rule.proof.contains(.layers)
        {
            for base in rule.approved where !repositories.contains(base.image.repository) {
                repositories.append(base.image.repository)
            }
        }
        for repository in repositories {
            // One that is not configured is not asked; the decision says what it lacks.
            guard let base = try? ImageReference(parsing: repository),
                let source = try? baseRepository(base, verdict.namespace)
            else { continue }
            found.append(source)
        }
        return found
    }
}

extension AuditText {
    static func reverified(_ decisions: [ReverifiedDecision], of subject: AuditedSubject) -> String {
        guard !decisions.isEmpty else { return "no decision about \(clean(subject.shown)) is recorded\n" }
        let different = decisions.filter(\.isDifferent).count
        let missing = decisions.filter(\.isMissing).count
        var out =
            "\(different) of \(counted(decisions.count, "decision")) about \(clean(subject.shown)) would be otherwise"
        out += missing == 0 ? "\n" : "; \(missing) could not be made again\n"
        for item in decisions {
            let recorded = item.recorded
            out += "\n\(clean(recorded.image))" + (recorded.namespace.map { "  namespace \(clean($0))" } ?? "") + "\n"
            out += line("digest", clean(recorded.digest ?? "none"))
            out += line("recorded", words(item.before, recorded) + "  \(recorded.decidedAt)")
            out += line("then", words(item.then) + "  with today's policies and trust, as of then")
            out += line("now", words(item.now))
            for cause in item.causes { out += line("because", clean(cause)) }
            out += line("id", recorded.id.description)
        }
        return out
    }

    private static func words(_ decision: RecordedDecision?, _ verdict: StoredVerdict) -> String {
        let code = decision?.reason?.code ?? verdict.headline
        return verdict.verdict + (verdict.isBlocked ? " (blocked)" : "") + (code.map { "  \(clean($0))" } ?? "")
    }

    private static func words(_ outcome: ReverifiedDecision.Outcome) -> String {
        switch outcome {
        case .missing(let why): return "unknown: \(clean(why))"
        case .decided(let decision):
            let reason = decision.reason.map { "  \(clean($0.code))  \(clean($0.message))" } ?? ""
            return decision.verdict + (decision.isBlocked ? " (blocked)" : "") + reason
        }
    }
}

extension AuditJSON {
    static func reverified(_ decisions: [ReverifiedDecision], of subject: AuditedSubject) -> JSONTree {
        [
            "schemaVersion": schemaVersion, "subject": .string(subject.shown),
            "decisions": .array(
                decisions.map { item in
                    [
                        "recorded": summary(item.recorded), "then": outcome(item.then), "now": outcome(item.now),
                        "different": .bool(item.isDifferent), "causes": JSONTree(strings: item.causes),
                    ]
                }),
        ]
    }

    private static func outcome(_ outcome: ReverifiedDecision.Outcome) -> JSONTree {
        switch outcome {
        case .missing(let why): return ["missing": .string(why)]
        case .decided(let decision):
            return JSONTree(members: [
                "verdict": .string(decision.verdict), "blocked": .bool(decision.isBlocked),
                "stage": .string(decision.stage), "headline": decision.reason.map { .string($0.code) },
                "message": decision.reason.map { .string($0.message) },
                "policyDigest": .string(decision.policyDigest), "trustDigest": .string(decision.trustDigest),
                "evidence": JSONTree(strings: decision.evidence.map(\.digest)), "evaluatedAt": .string(decision.at),
            ])
        }
    }
}
