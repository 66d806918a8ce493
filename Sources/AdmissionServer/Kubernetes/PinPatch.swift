import Admission
import AdmissionPolicy
import Findings
import Kubernetes
import OCI
import StrictEncoding

/// Whose images are pinned to the digest that was verified.
public enum Pinning: String, Sendable, CaseIterable {
    /// Nothing is changed. What runs is what the tag names when a node pulls it.
    case off
    /// Pods, which nobody keeps in Git.
    case pods
    /// Templates too. Tools that compare what runs with what is in Git have to be told.
    case podsAndTemplates = "pods-and-templates"

    /// Whether what a request adds is pinned, so that a name without digest has no place in it.
    func covers(_ change: RequestedChange.AddedImages) -> Bool {
        switch self {
        case .off: false
        case .pods: change.isPod
        // A controller compares what it made with its own template: a ReplicaSet that differs from its Deployment's is
        // made again without end. The template that it was made after is pinned, and so are the Pods.
        case .podsAndTemplates: change.isPod || !change.isControlled
        }
    }
}

/// The changes that pin images: for each a test that the object still names the image that was judged, and a replacement
/// (JSON Patch, RFC 6902).
enum PinPatch {
    /// Empty where nothing has to be changed: of an object that was pinned already, for one.
    static func operations(
        _ change: RequestedChange.AddedImages, _ rulings: [ImageRuling], by pinning: Pinning
    ) -> [JSONTree] {
        guard pinning.covers(change) else { return [] }
        var operations: [JSONTree] = []
        for ruling in rulings {
            guard let pin = ruling.pin else { continue }
            for use in ruling.uses where mayChange(use.role, of: change.subresource) {
                operations += [
                    ["op": "test", "path": .string(use.pointer), "value": .string(ruling.image)],
                    ["op": "replace", "path": .string(use.pointer), "value": .string(pin.description)],
                ]
            }
        }
        return operations
    }

    /// The API server takes nothing but ephemeral containers from an object of that subresource, and no images from one
    /// of `resize`.
    private static func mayChange(_ role: RunImage.Role, of subresource: String) -> Bool {
        if subresource.isEmpty { return true }
        return role == .ephemeralContainer && subresource.utf8.elementsEqual("ephemeralcontainers".utf8)
    }
}

extension ImageRuling {
    /// Why an image that was admitted may not run by this name: a node would ask the registry again, and may get another
    /// image. Nil for one that names a digest, and for one that nobody had to read.
    var unpinned: Finding? {
        guard decision.verdict == .admit, !statesDigest, let reference, reference.digest == nil,
            let pinned = decision.pinned
        else { return nil }
        return Finding(
            .serviceUnpinnedReference, "the image is named without a digest; what was verified is \(pinned)",
            expected: pinned.description, found: Finding.quoted(image),
            mend: "name it \(pinned), or let the mutating webhook do so")
    }
}
