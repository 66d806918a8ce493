import AdmissionService

/// Counts requests in the service's metrics. Labels come out of closed sets, whatever a caller sends.
struct RequestCounts: Sendable {
    let metrics: ServiceMetrics

    /// - Parameter surface: nil for a path that is no surface's.
    func answered(_ status: Int, on surface: SurfaceName?) {
        metrics.count(.httpRequests, [Self.label(surface), .status(status)])
    }

    func refused(_ problem: Problem, on surface: SurfaceName?) {
        metrics.count(.httpRefused, [Self.label(surface), .refusal(problem.refusal)])
    }

    /// Of a connection that came to no request.
    func refused(_ bound: HTTPBound) { refused(bound.problem, on: nil) }

    private static func label(_ surface: SurfaceName?) -> MetricLabel {
        surface.flatMap { Asker.Surface(rawValue: $0.rawValue) }.map { .surface($0) } ?? .surfaceWithoutQuestions
    }
}

extension Problem {
    fileprivate var refusal: RequestRefusal {
        switch status {
        case 401: .unauthenticated
        case 403: .forbidden
        case 404, 405: .unknown
        case 413, 414, 431: .tooLarge
        case 503: .overloaded
        default: .malformed
        }
    }
}
