/// The routes of a listener's surfaces.
struct RouteTable: Sendable {
    /// What a request is for.
    struct Match: Sendable {
        let surface: any Surface
        let route: SurfaceRoute
        let parameters: [String: String]
    }

    enum Lookup: Sendable {
        case found(Match)
        /// The path is there, with these methods.
        case otherMethod([String])
        case nothing
    }

    private struct Entry: Sendable {
        let surface: any Surface
        let route: SurfaceRoute
        let segments: [Segment]
    }

    private enum Segment: Sendable, Hashable {
        case fixed(String)
        case parameter(String)
    }

    /// By path, for routes without parameters, which are those that have to be fast.
    private var fixed: [String: [Entry]] = [:]
    private var others: [Entry] = []

    /// - Throws: `ServerConfigurationError` where two surfaces have the same method and path.
    init(_ surfaces: [any Surface]) throws(ServerConfigurationError) {
        var taken: Set<[String]> = []
        for surface in surfaces {
            for route in surface.routes {
                let segments = route.path.utf8.dropFirst().split(
                    separator: UInt8(ascii: "/"), omittingEmptySubsequences: false
                ).map { Self.segment(Substring($0)) }
                let shape = segments.map { if case .fixed(let text) = $0 { text } else { "{}" } }
                guard taken.insert([route.method] + shape).inserted else {
                    throw .routeTwice(route.method + " " + route.path)
                }
                let entry = Entry(surface: surface, route: route, segments: segments)
                let isFixed = segments.allSatisfy { if case .fixed = $0 { true } else { false } }
                if isFixed {
                    fixed[route.path, default: []].append(entry)
                } else {
                    others.append(entry)
                }
            }
        }
    }

    func lookUp(method: String, _ target: RequestTarget) -> Lookup {
        var methods: [String] = []
        for entry in fixed[target.path] ?? [] {
            if entry.route.method == method {
                return .found(Match(surface: entry.surface, route: entry.route, parameters: [:]))
            }
            methods.append(entry.route.method)
        }
        guard methods.isEmpty else { return .otherMethod(methods) }
        for entry in others {
            guard let parameters = Self.parameters(entry.segments, in: target.segments) else { continue }
            if entry.route.method == method {
                return .found(Match(surface: entry.surface, route: entry.route, parameters: parameters))
            }
            methods.append(entry.route.method)
        }
        return methods.isEmpty ? .nothing : .otherMethod(methods)
    }

    private static func segment(_ text: Substring) -> Segment {
        guard text.utf8.first == UInt8(ascii: "{"), text.utf8.last == UInt8(ascii: "}") else {
            return .fixed(String(text))
        }
        return .parameter(String(text.dropFirst().dropLast()))
    }

    private static func parameters(_ segments: [Segment], in stated: [String]) -> [String: String]? {
        guard segments.count == stated.count else { return nil }
        var parameters: [String: String] = [:]
        for (segment, text) in zip(segments, stated) {
            switch segment {
            case .fixed(let wanted): guard wanted.utf8.elementsEqual(text.utf8) else { return nil }
            case .parameter(let name):
                guard !text.isEmpty else { return nil }
                parameters[name] = text
            }
        }
        return parameters
    }
}
