import AdmissionServer
import AdmissionService
import LandwaiterCommands
import VerdictStorage

/// The surfaces that the listeners of a document name.
enum ServerSurfaces {
    static func all(
        _ configuration: ServerConfiguration, service: DecisionService, store: any VerdictStore,
        metrics: ServiceMetrics
    ) throws(ServerConfigurationError) -> [any Surface] {
        []
    }
}

extension ServerSurfaces {
    /// Names without anything behind them, with which a configuration can be checked before anything is opened.
    static func placeholders(_ configuration: ServerConfiguration) -> [any Surface] {
        Set(configuration.listeners.flatMap(\.surfaces)).sorted().map(NamedSurface.init)
    }
}

private struct NamedSurface: Surface {
    let name: SurfaceName
    let routes: [SurfaceRoute] = []

    func answer(_ request: SurfaceRequest) async -> SurfaceResponse { SurfaceResponse(status: 404, body: []) }
}
