public import Content
public import OCI
import StrictEncoding

/// A team's policy: for which namespaces and images it speaks, whom it trusts, what has to hold and what is denied.
///
/// Made only by ``PolicySet/load(_:)``, so a value has at least one requirement, every signer that a requirement names
/// exists, and no threshold is beyond reach.
public struct AdmissionPolicy: Sendable {
    public let name: PolicyName
    /// For people; grants nothing.
    public let owner: String
    public let stage: EnforcementStage
    public let scope: Scope
    /// Sorted by name.
    public let signers: [Signer]
    /// In the order of the document. Every one has to hold.
    public let require: [Requirement]
    /// In the order of the document. One that matches, or can't be judged, rejects.
    public let deny: [Denial]
    /// Of the file that holds the document, byte for byte.
    public let fileDigest: Digest
    /// Where the document begins.
    public let place: PolicyPlace
    /// Where `enforcement` stands, for errors that compare it with a guardrail.
    var stagePlace: PolicyPlace?
    /// Where `scope` stands, likewise.
    var scopePlace: PolicyPlace?
}

/// Which requests a policy speaks about: those for which one of the namespaces and one of the images match.
public struct Scope: Sendable, Hashable {
    public let namespaces: [Glob]
    /// Over `registry/repository`, without tag and digest.
    public let images: [Glob]

    /// A request without a namespace is matched by `**` only, one without a reference likewise.
    public func matches(namespace: String?, reference: ImageReference?) -> Bool {
        Self.matches(namespaces, namespace) && Self.matches(images, reference?.name)
    }

    /// The same for a guardrail: what the request does not state can't be a way around it.
    public func covers(namespace: String?, reference: ImageReference?) -> Bool {
        (namespace == nil || Self.matches(namespaces, namespace))
            && (reference == nil || Self.matches(images, reference?.name))
    }

    static func matches(_ globs: [Glob], _ text: String?) -> Bool {
        guard let text else { return globs.contains(where: \.matchesEverything) }
        return globs.contains { $0.matches(text) }
    }
}
