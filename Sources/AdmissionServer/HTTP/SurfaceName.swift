/// What the server answers on: each has callers of its own, and counters of its own.
///
/// The set is closed, so that a label of a metric has as many values as there are cases, whatever a caller sends.
public enum SurfaceName: String, Sendable, CaseIterable, Comparable {
    /// `POST /v1/kubernetes/validate`
    case kubernetesValidate = "kubernetes-validate"
    /// `POST /v1/kubernetes/mutate`
    case kubernetesMutate = "kubernetes-mutate"
    /// `POST /v1/gatekeeper`
    case gatekeeper
    /// `POST /v1/containerd`, on a Unix socket
    case containerd
    /// `POST /v1/notifications/{name}`
    case notification
    /// `/v1/verify`, `/v1/verdicts`, `/v1/artifacts`, `/v1/openapi.json`
    case api
    /// `/healthz`, `/readyz`, `/version`
    case health
    /// `/metrics`
    case metrics

    /// Whether what is answered here decides what runs, or tells what was decided. Such a surface has callers that are
    /// known, over a connection that nobody else reads; the others may be open to probes and scrapers.
    public var needsCallers: Bool {
        switch self {
        case .kubernetesValidate, .kubernetesMutate, .gatekeeper, .containerd, .notification, .api: true
        case .health, .metrics: false
        }
    }

    public static func < (a: SurfaceName, b: SurfaceName) -> Bool {
        a.rawValue.utf8.lexicographicallyPrecedes(b.rawValue.utf8)
    }
}
