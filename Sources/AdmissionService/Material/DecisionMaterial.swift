public import Admission
import AdmissionPolicy
public import StrictEncoding

/// What decisions are made with: policies, keys, trusted roots, limits. Loaded as a whole, swapped as a whole; a decision
/// uses one from begin to end.
public struct DecisionMaterial: Sendable {
    public let pipeline: AdmissionPipeline
    public let loadedAt: Instant
    /// One line for readiness and logs: `3 policies, 1 guardrail, public-good trust`.
    public let summary: String
    /// What of the trust ends, and when. Without any, nothing is known to end.
    public let trust: [TrustExpiry]
    /// Of what it was loaded from, as it was then; nil where the loader doesn't know.
    public let stamp: ChangeStamp?

    public init(
        pipeline: AdmissionPipeline, loadedAt: Instant, summary: String, trust: [TrustExpiry] = [],
        stamp: ChangeStamp? = nil
    ) {
        self.pipeline = pipeline
        self.loadedAt = loadedAt
        self.summary = summary
        self.trust = trust
        self.stamp = stamp
    }

    /// The names that may be labels of metrics: of policies and guardrails.
    var policyNames: [PolicyName] {
        pipeline.policies.policies.map(\.name) + pipeline.policies.guardrails.map(\.name)
    }
}

/// A part of the trust, and when it ends unless it is renewed: a TUF repository's metadata, an authority, a bundle.
public struct TrustExpiry: Sendable, Hashable {
    /// As configuration calls it.
    public let name: String
    public let expires: Instant

    public init(name: String, expires: Instant) {
        self.name = name
        self.expires = expires
    }
}

/// Why material could not be loaded: one line for people that says the file, the place and what mends it.
public struct MaterialError: Error, Sendable, Hashable {
    public let message: String
    public let mend: String?
    /// Of what could not be loaded, as it was then; nil where the loader doesn't know.
    public let stamp: ChangeStamp?

    public init(_ message: String, mend: String? = nil, stamp: ChangeStamp? = nil) {
        self.message = message
        self.mend = mend
        self.stamp = stamp
    }
}

/// Loads everything anew, from wherever the command was told.
public typealias MaterialLoader = @Sendable () async throws(MaterialError) -> DecisionMaterial

/// Stands for the content of everything that a loader reads; equal stamps mean that loading again would give the same.
public struct ChangeStamp: Sendable, Hashable {
    private let text: ExactString

    /// - Parameter text: such as a digest over names and contents.
    public init(_ text: String) { self.text = ExactString(text) }
}
