/// Who asks, and where: for the record, for metrics, never for the verdict.
public struct Asker: Sendable, Hashable {
    /// The doors of the service. A closed list, so that it can be a metric's label.
    public enum Surface: String, Sendable, CaseIterable {
        case kubernetesValidate = "kubernetes-validate"
        case kubernetesMutate = "kubernetes-mutate"
        case gatekeeper
        case containerd
        case api
        case notification
        case command
    }

    public let surface: Surface
    /// As authenticated; nil where the surface takes anyone.
    public let identity: String?

    public init(surface: Surface, identity: String? = nil) {
        self.surface = surface
        self.identity = identity
    }
}

/// May this image run there? Every text in it is an attacker's.
public struct Question: Sendable {
    /// As it was asked for: a reference, or something that is none and gets a reject.
    public var image: String
    /// Nil where the asker names none; then only policies for namespace `**` match.
    public var namespace: String?
    public var asker: Asker
    /// For whom, as an operator reads it: `Deployment finance/ledger, container app, asked by alice`.
    public var user: String?
    /// Answered like any other, and nothing is recorded, announced or counted as a decision.
    public var isDryRun: Bool
    /// Whether the asker refuses a name without a digest by itself, of an image that was read and admitted. The verdict is
    /// of the image and stays what it is; what is kept beside it says what the gate did.
    public var needsDigest: Bool

    public init(
        image: String, namespace: String?, asker: Asker, user: String? = nil, isDryRun: Bool = false,
        needsDigest: Bool = false
    ) {
        self.image = image
        self.namespace = namespace
        self.asker = asker
        self.user = user
        self.isDryRun = isDryRun
        self.needsDigest = needsDigest
    }
}
