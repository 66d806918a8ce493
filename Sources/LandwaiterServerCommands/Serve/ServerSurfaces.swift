import AdmissionServer
import AdmissionService
import Kubernetes
import LandwaiterCommands
import VerdictStorage

/// The surfaces that the listeners of a document name. Health and metrics are the server's own.
enum ServerSurfaces {
    static func all(
        _ configuration: ServerConfiguration, service: DecisionService, store: any VerdictStore,
        notifications: ServerNotifications?
    ) throws(CommandFailure) -> [any Surface] {
        let kubernetes = try self.kubernetes(configuration.kubernetes)
        return served(configuration).compactMap { name in
            switch name {
            case .kubernetesValidate: KubernetesValidation(service: service, configuration: kubernetes)
            case .kubernetesMutate: KubernetesMutation(service: service, configuration: kubernetes)
            case .gatekeeper: GatekeeperProvider(service: service)
            case .containerd: ContainerdSurface(service)
            case .notification: notifications?.surface
            case .api: VerifyAPI(service: service, store: store)
            case .health, .metrics: nil
            }
        }
    }

    /// Names without anything behind them, with which a configuration can be checked before anything is opened.
    static func placeholders(_ configuration: ServerConfiguration) -> [any Surface] {
        served(configuration).filter { $0 != .health && $0 != .metrics }.map(NamedSurface.init)
    }

    private static func served(_ configuration: ServerConfiguration) -> [SurfaceName] {
        Set(configuration.listeners.flatMap(\.surfaces)).sorted()
    }

    private static func kubernetes(
        _ kubernetes: ServerConfiguration.Kubernetes
    ) throws(CommandFailure) -> KubernetesConfiguration {
        var kinds = WorkloadKinds()
        for kind in kubernetes.kinds {
            do throws(WorkloadKindError) { try kinds.add(kind) } catch { throw .badData(error.message) }
        }
        let pinning: Pinning = kubernetes.pinTemplates ? .podsAndTemplates : kubernetes.pinPods ? .pods : .off
        return KubernetesConfiguration(kinds: kinds, pinning: pinning)
    }
}

private struct NamedSurface: Surface {
    let name: SurfaceName
    let routes: [SurfaceRoute] = []
    /// As the surface itself has it: each registry proves who it is.
    var proof: CallerProof { name == .notification ? .surface : .listener }

    func answer(_ request: SurfaceRequest) async -> SurfaceResponse { SurfaceResponse(status: 404, body: []) }
}
