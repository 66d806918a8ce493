import AdmissionService
import StrictEncoding

/// `/healthz` says that the process answers, `/readyz` whether it should be asked, `/version` what it is.
///
/// `/healthz` looks at nothing else: a registry or a store that is down is no reason to kill the process that still
/// answers. `/readyz` fails where another replica should be asked, and shows what is only worth a look as `degraded`.
struct HealthSurface: Surface {
    let name = SurfaceName.health
    let standing: ServerStanding
    let version: String
    let readiness: @Sendable () -> Readiness
    let now: @Sendable () -> Instant

    let routes = [
        SurfaceRoute("GET", "/healthz"), SurfaceRoute("GET", "/readyz"), SurfaceRoute("GET", "/version"),
    ]

    func answer(_ request: SurfaceRequest) async -> SurfaceResponse {
        switch request.path {
        case "/healthz": return SurfaceResponse(body: JSONTree.object(["status": "ok"]).canonicalBytes())
        case "/version":
            return SurfaceResponse(
                body: JSONTree.object(["name": "landwaiter", "version": .string(version)]).canonicalBytes())
        default: return ready()
        }
    }

    private func ready() -> SurfaceResponse {
        let all = Readiness(readiness().parts + standing.parts(at: now()))
        let parts = all.parts.map { part -> JSONTree in
            ["name": .string(part.name), "state": .string(part.state.rawValue), "detail": .string(part.detail)]
        }
        return SurfaceResponse(
            status: all.isReady ? 200 : 503,
            body: JSONTree.object([
                "isReady": .bool(all.isReady), "state": .string(all.state.rawValue), "parts": .array(parts),
            ]).canonicalBytes())
    }
}

/// `/metrics` in the text format 0.0.4 of Prometheus: the service's, then the server's own.
struct MetricsSurface: Surface {
    let name = SurfaceName.metrics
    let standing: ServerStanding
    let metrics: ServiceMetrics
    /// Of surfaces that count by themselves.
    let more: [@Sendable () -> [UInt8]]

    let routes = [SurfaceRoute("GET", "/metrics")]

    func answer(_ request: SurfaceRequest) async -> SurfaceResponse {
        SurfaceResponse(
            contentType: "text/plain; version=0.0.4; charset=utf-8",
            body: metrics.exposition() + standing.exposition() + more.flatMap { $0() })
    }
}
