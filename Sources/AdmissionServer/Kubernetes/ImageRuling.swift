import Admission
import AdmissionPolicy
import Content
import Findings
import Kubernetes
import OCI
import StrictEncoding

/// What one decision means to a webhook: as much of the service's answer as is told or acted upon.
struct ImageDecision: Sendable {
    var verdict: Verdict
    /// What the gate does.
    var isBlocked: Bool
    /// Of the policies that decide; for an admit, the strictest of those that ask for something.
    var enforcement: Enforcement
    var headline: Finding?
    /// By which the verdict is found again; nil for a dry run.
    var id: String?
    /// What was read and judged; nil where nothing had to be read.
    var pinned: ImageReference?

    init(
        verdict: Verdict, isBlocked: Bool, enforcement: Enforcement, headline: Finding? = nil, id: String? = nil,
        pinned: ImageReference? = nil
    ) {
        self.verdict = verdict
        self.isBlocked = isBlocked
        self.enforcement = enforcement
        self.headline = headline
        self.id = id
        self.pinned = pinned
    }
}

/// What was decided of one image that a request adds, and where it is to run.
struct ImageRuling: Sendable {
    /// As the object writes it.
    let image: String
    /// In the order of the object; never empty.
    let uses: [RunImage]
    var decision: ImageDecision

    /// Nil for what is no reference; such an image is never admitted.
    var reference: ImageReference? { try? ImageReference(parsing: image) }

    /// Whether there is a digest in the name, if it is one: known without reading it.
    var statesDigest: Bool { image.utf8.contains(UInt8(ascii: "@")) }

    /// `name[:tag]@digest` of what was verified, for an image that is named without a digest and was admitted; nil for
    /// one that needs no pin, and for one that must not get any: it was not admitted, or nobody read it.
    var pin: ImageReference? {
        // What a runtime would not read as `docker://` is left as it is.
        guard decision.verdict == .admit, !statesDigest, let reference, reference.digest == nil,
            !image.utf8.starts(with: "docker://".utf8), let pinned = decision.pinned, pinned.digest != nil,
            pinned.name == reference.name, pinned.tag == reference.tag
        else { return nil }
        return pinned
    }
}
