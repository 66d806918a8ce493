import Admission
public import AdmissionPolicy
public import Findings
import VerdictStorage

/// Every metric of the service: name, kind, labels, and what it says. docs/metrics.md is compared with this list.
///
/// A label's values are a closed set: an enumeration, the catalogue of reason codes, or names out of configuration and
/// loaded policies. What an asker wrote is never a label.
public enum ServiceMetric: String, Sendable, CaseIterable {
    case decisions = "landwaiter_decisions_total"
    case reasons = "landwaiter_decision_reasons_total"
    case decisionSeconds = "landwaiter_decision_seconds"
    case dryRuns = "landwaiter_dry_runs_total"
    case policyDecisions = "landwaiter_policy_decisions_total"
    case policyWouldReject = "landwaiter_policy_would_reject_total"
    case shed = "landwaiter_shed_total"
    case deadlines = "landwaiter_deadline_exceeded_total"
    case sharedWork = "landwaiter_shared_decisions_total"
    case withoutReading = "landwaiter_decided_without_reading_total"
    case openQuestions = "landwaiter_open_questions"
    case runningDecisions = "landwaiter_running_decisions"
    case queuedDecisions = "landwaiter_queued_decisions"
    case cacheHits = "landwaiter_evidence_cache_hits_total"
    case cacheMisses = "landwaiter_evidence_cache_misses_total"
    case cacheServedInOutage = "landwaiter_evidence_cache_outage_total"
    case cacheImages = "landwaiter_evidence_cache_images"
    case cacheBytes = "landwaiter_evidence_cache_bytes"
    case registryReads = "landwaiter_registry_reads_total"
    case breakerState = "landwaiter_registry_circuit"
    case breakerChanges = "landwaiter_registry_circuit_changes_total"
    case recordings = "landwaiter_recordings_total"
    case recordingSeconds = "landwaiter_recording_seconds"
    case recorderPending = "landwaiter_recorder_pending"
    case recorderSpooled = "landwaiter_recorder_spooled"
    case materialReloads = "landwaiter_material_reloads_total"
    case materialReloadFailures = "landwaiter_material_reload_failures_total"
    case materialLoadedAt = "landwaiter_material_loaded_timestamp_seconds"
    case trustDays = "landwaiter_trust_expiry_days"
    case certificateDays = "landwaiter_certificate_expiry_days"
    case insecure = "landwaiter_insecure_options"
    case ready = "landwaiter_ready"
    case events = "landwaiter_events_total"
    case eventsSuppressed = "landwaiter_events_suppressed_total"
    case httpRequests = "landwaiter_http_requests_total"
    case httpRefused = "landwaiter_http_refused_total"
    case memory = "process_resident_memory_bytes"
    case openFiles = "process_open_fds"
    case cpuSeconds = "process_cpu_seconds_total"
    case startTime = "process_start_time_seconds"

    public enum Kind: String, Sendable, CaseIterable { case counter, gauge, histogram }

    public var kind: Kind {
        switch self {
        case .decisionSeconds, .recordingSeconds: .histogram
        case .openQuestions, .runningDecisions, .queuedDecisions, .cacheImages, .cacheBytes, .breakerState,
            .recorderPending, .recorderSpooled, .materialLoadedAt, .trustDays, .certificateDays, .insecure, .ready,
            .memory, .openFiles, .startTime:
            .gauge
        default: .counter
        }
    }

    /// In the order in which they are written.
    public var labels: [MetricLabel.Name] {
        switch self {
        case .decisions: [.surface, .verdict, .stage, .blocked]
        case .reasons: [.surface, .reason]
        case .decisionSeconds, .dryRuns, .shed, .deadlines: [.surface]
        case .policyDecisions: [.policy, .stage, .verdict]
        case .policyWouldReject: [.policy, .stage]
        case .registryReads: [.registry, .outcome]
        case .breakerState, .breakerChanges: [.registry, .state]
        case .recordings: [.durability]
        case .trustDays: [.trust]
        case .certificateDays: [.listener]
        case .insecure: [.option]
        case .events, .eventsSuppressed: [.event]
        case .httpRequests: [.surface, .status]
        case .httpRefused: [.surface, .refusal]
        case .cacheHits, .cacheMisses: [.of]
        default: []
        }
    }

    /// One line for `# HELP`.
    public var help: String {
        switch self {
        case .decisions: "Verdicts given, by the stage of the decision and by whether the gate blocked."
        case .reasons: "Headlines of verdicts other than admit."
        case .decisionSeconds: "From question to answer, recording included."
        case .dryRuns: "Questions answered as dry runs; they are counted nowhere else."
        case .policyDecisions: "What each matching policy or guardrail said."
        case .policyWouldReject: "Decisions that the policy does not admit, by its own stage: what blocks at `enforce`."
        case .shed: "Questions answered as service.overloaded because queue or concurrency was full."
        case .deadlines: "Questions answered as service.deadline-exceeded."
        case .sharedWork: "Questions that shared a decision under way."
        case .withoutReading: "Questions for which nothing had to be read."
        case .openQuestions: "Questions asked and not answered yet."
        case .runningDecisions: "Decisions that read and judge now."
        case .queuedDecisions: "Decisions that wait for their turn."
        case .cacheHits: "Images and judged bases for which nothing was read but, for a tag, which digest it names."
        case .cacheMisses: "Images and judged bases for which something was read or verified."
        case .cacheServedInOutage: "Decisions on evidence beyond its age because the registry could not be asked."
        case .cacheImages: "Images whose verified evidence is kept, base images that are judged among them."
        case .cacheBytes: "Estimated size of the evidence cache."
        case .registryReads: "Reads from a registry, by what came of them."
        case .breakerState: "1 for the state in which the registry's circuit is (the worst of all tenants), else 0."
        case .breakerChanges: "Changes of a registry's circuit, by the new state."
        case .recordings: "Verdicts that were to be recorded, by where they were when the answer was given."
        case .recordingSeconds: "Time that an answer waited for its verdict to be durable."
        case .recorderPending: "Verdicts that wait to be written to the store."
        case .recorderSpooled: "Verdicts in the spool, not in the store yet."
        case .materialReloads: "Times that policies and trust were replaced."
        case .materialReloadFailures: "Times that new policies or trust could not be loaded; the old ones stayed."
        case .materialLoadedAt: "When the material in use was loaded, seconds since 1970."
        case .trustDays: "Days until a part of the trust ends; negative once it has."
        case .certificateDays: "Days until a listener's certificate ends; negative once it has."
        case .insecure: "How often an option is in use that weakens a check; 0 where it is not."
        case .ready: "1 while the service is ready."
        case .events: "Events written."
        case .eventsSuppressed: "Events left out because too many came."
        case .httpRequests: "Requests answered, by class of status."
        case .httpRefused: "Requests refused before a surface saw them."
        case .memory: "Resident memory."
        case .openFiles: "Open file descriptors."
        case .cpuSeconds: "User and system time."
        case .startTime: "When the process started to serve, seconds since 1970."
        }
    }

    /// Upper bounds, seconds.
    static let buckets: [Double] = [
        0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30,
    ]
}

/// One label with one value of its closed set.
public struct MetricLabel: Sendable, Hashable {
    public enum Name: String, Sendable, CaseIterable {
        case surface, verdict, stage, blocked, reason, policy, registry, outcome, state, durability, trust, event
        case status, refusal, listener, option, of
    }

    let name: Name
    /// What it is before it was compared with what is known.
    let value: String
    /// Whether it is to be compared with names that configuration or policies give.
    let isName: Bool

    private init(_ name: Name, _ value: String, isName: Bool = false) {
        self.name = name
        self.value = value
        self.isName = isName
    }

    /// Stands for what is not known.
    static let other = "other"

    public static func surface(_ surface: Asker.Surface) -> MetricLabel { MetricLabel(.surface, surface.rawValue) }
    /// A door that asks nothing: health, metrics, the record.
    public static let surfaceWithoutQuestions = MetricLabel(.surface, other)
    public static func verdict(_ verdict: Verdict) -> MetricLabel { MetricLabel(.verdict, verdict.rawValue) }
    public static func stage(_ stage: EnforcementStage) -> MetricLabel { MetricLabel(.stage, stage.name) }
    public static func blocked(_ isBlocked: Bool) -> MetricLabel { MetricLabel(.blocked, isBlocked ? "yes" : "no") }
    /// A code of the catalogue; any other is `other`.
    public static func reason(_ code: ReasonCode) -> MetricLabel {
        MetricLabel(.reason, knownCodes.contains(code) ? code.name : other)
    }
    /// Of the loaded material; any other is `other`.
    public static func policy(_ name: PolicyName) -> MetricLabel {
        MetricLabel(.policy, name.description, isName: true)
    }
    /// A configured one; any other is `other`.
    public static func registry(_ name: String) -> MetricLabel { MetricLabel(.registry, name, isName: true) }
    static func outcome(_ outcome: ReadOutcome) -> MetricLabel { MetricLabel(.outcome, outcome.rawValue) }
    static func breaker(_ state: CircuitBreaker.State) -> MetricLabel { MetricLabel(.state, state.rawValue) }
    static func durability(_ recording: Recording) -> MetricLabel { MetricLabel(.durability, recording.label) }
    /// Of the loaded material; any other is `other`.
    static func trust(_ name: String) -> MetricLabel { MetricLabel(.trust, name, isName: true) }
    /// What was looked for among the evidence that is kept.
    static func of(_ kept: KeptEvidence) -> MetricLabel { MetricLabel(.of, kept.rawValue) }
    static func event(_ kind: ServiceEvent.Kind) -> MetricLabel { MetricLabel(.event, kind.rawValue) }
    /// `2xx` … `5xx`
    public static func status(_ status: Int) -> MetricLabel {
        MetricLabel(.status, (100..<600).contains(status) ? "\(status / 100)xx" : other)
    }
    public static func refusal(_ refusal: RequestRefusal) -> MetricLabel { MetricLabel(.refusal, refusal.rawValue) }

    /// A configured one; any other is `other`.
    package static func listener(_ name: String) -> MetricLabel { MetricLabel(.listener, name, isName: true) }
    package static func insecure(_ option: InsecureOption) -> MetricLabel { MetricLabel(.option, option.rawValue) }

    private static let knownCodes = Set(ReasonCatalogue.tables.flatMap(\.codes))
}

/// What somebody may ask for that weakens a check, and that is spelled insecure.
public enum InsecureOption: String, Sendable, CaseIterable {
    /// Whoever reaches a surface may call it: `--insecure-any-caller`.
    case anyCaller = "any-caller"
    /// A listener takes requests in clear: `insecurePlaintext`.
    case plaintextListener = "plaintext-listener"
    /// Whoever reaches it may tell of pushes: `insecureAnyone`.
    case anyNotifier = "any-notifier"
    /// A registry is spoken to in clear: `insecurePlainHTTP`.
    case plainHTTPRegistry = "plain-http-registry"
}

/// One use of such an option.
public struct InsecureUse: Sendable, Hashable {
    public let option: InsecureOption
    /// One line: what is open by it.
    public let text: String

    public init(_ option: InsecureOption, _ text: String) {
        self.option = option
        self.text = text
    }
}

/// Whose evidence is kept. A decision counts once by its image, and once by each base that it judges.
enum KeptEvidence: String, CaseIterable {
    case image, base
}

/// Why a request came to no surface.
public enum RequestRefusal: String, Sendable, CaseIterable {
    case unauthenticated
    case forbidden
    case tooLarge = "too-large"
    case malformed
    case unknown = "unknown-path"
    case overloaded
}

extension Recording {
    fileprivate var label: String {
        switch self {
        case .none: "none"
        case .late: "late"
        case .kept(.stored): "stored"
        case .kept(.spooled): "spooled"
        case .kept(.queued): "queued"
        case .kept(.lost): "lost"
        }
    }
}
