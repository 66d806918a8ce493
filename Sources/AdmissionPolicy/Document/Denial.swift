public import Content
import PKI
public import StrictEncoding

/// One thing that must not be. Beats everything; what can't be judged counts as the case.
public struct Denial: Sendable, Hashable {
    /// Unique within its document, requirements included.
    public let id: String
    /// Of a denial by ``Condition/image(_:)``; every other is about the image and all its platforms.
    public let target: RuleTarget
    public let condition: Condition
    /// Where the denial begins.
    public let place: PolicyPlace

    public enum Condition: Sendable, Hashable {
        /// All conditions hold.
        case image(ImageConditions)
        /// The image, or any of its platforms, is one of these.
        case digest([Digest])
        /// Any provenance whose signer counts names such a builder.
        case builder(TextCondition)
        /// Nothing that these signers sign counts, for any document of the decision. In guardrails only.
        case signer([Signer])
        /// Nothing that keys of these fingerprints sign counts, for any document of the decision. In guardrails only.
        case key([ExactString])
    }

    /// The conditions of a denial by ``Condition/image(_:)``.
    public var conditions: ImageConditions? {
        if case .image(let conditions) = condition { conditions } else { nil }
    }

    /// Those who are denied: for ``JudgeContext/denied``.
    package var deniedSigners: DeniedSigners {
        switch condition {
        case .signer(let signers):
            DeniedSigners(
                keys: Set(signers.flatMap(\.keys).map { ExactString($0.key.fingerprint) }),
                certificates: Set(signers.compactMap(\.pattern)))
        case .key(let fingerprints): DeniedSigners(keys: Set(fingerprints))
        case .image, .digest, .builder: DeniedSigners()
        }
    }
}
