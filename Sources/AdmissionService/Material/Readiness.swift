/// Whether the service should be asked, and what is the matter where not all is well.
public struct Readiness: Sendable, Hashable {
    public enum State: String, Sendable, Comparable, CaseIterable {
        case ok
        /// Answers are given and right, and somebody should look.
        case degraded
        /// Another replica should be asked.
        case failed

        private var order: Int {
            switch self {
            case .ok: 0
            case .degraded: 1
            case .failed: 2
            }
        }

        public static func < (a: State, b: State) -> Bool { a.order < b.order }
    }

    public struct Part: Sendable, Hashable {
        /// `policy`, `trust`, `record`, `registries`, `load`, `drain`
        public let name: String
        public let state: State
        /// One line for people; holds no secret.
        public let detail: String

        public init(_ name: String, _ state: State, _ detail: String) {
            self.name = name
            self.state = state
            self.detail = detail
        }
    }

    /// Each part once, always in the same order.
    public let parts: [Part]

    public init(_ parts: [Part]) { self.parts = parts }

    public var state: State { parts.map(\.state).max() ?? .failed }
    public var isReady: Bool { state < .failed }
}
