import AdmissionPolicy
import Findings
import Synchronization

/// What the service counts, in memory, and as Prometheus reads it.
///
/// The number of series is bounded by configuration and loaded policies, whatever is asked: ``MetricLabel`` has no way to
/// make a value out of a question, and names are compared with what is known.
public final class ServiceMetrics: Sendable {
    private struct Histogram {
        var buckets = [UInt64](repeating: 0, count: ServiceMetric.buckets.count)
        var count: UInt64 = 0
        var sum = 0.0

        mutating func add(_ seconds: Double) {
            count &+= 1
            sum += seconds
            // What is longer than all counts in the sum of all only.
            if let bucket = ServiceMetric.buckets.firstIndex(where: { seconds <= $0 }) { buckets[bucket] &+= 1 }
        }
    }
    private struct State {
        var counters: [ServiceMetric: [[String]: UInt64]] = [:]
        var histograms: [ServiceMetric: [[String]: Histogram]] = [:]
        var names: [MetricLabel.Name: Set<String>] = [:]
        var watchers: [@Sendable (inout GaugeReadings) -> Void] = []
        var others: [@Sendable () -> [UInt8]] = []

        /// Values as they may stand in a series.
        func values(_ labels: [MetricLabel]) -> [String] {
            labels.map { label in
                guard label.isName else { return label.value }
                return names[label.name]?.contains(label.value) == true ? label.value : MetricLabel.other
            }
        }
    }
    private let state = Mutex(State())
    /// Names of one kind that may be labels; what comes beyond is `other`.
    public static let mostNames = 1000
    /// Bytes of a name that may be a label.
    static let longestName = 256

    public init() {}

    /// Adds to a counter.
    ///
    /// - Parameter labels: one for each that the metric has, in its order; a series with others would be another metric,
    ///   so it is passed over.
    public func count(_ metric: ServiceMetric, by amount: UInt64 = 1, _ labels: [MetricLabel] = []) {
        guard metric.kind == .counter, labels.lazy.map(\.name).elementsEqual(metric.labels) else { return }
        state.withLock { state in
            let key = state.values(labels)
            state.counters[metric, default: [:]][key, default: 0] &+= amount
        }
    }

    /// Adds to a histogram; labels as in ``count(_:by:_:)``.
    public func observe(_ metric: ServiceMetric, _ duration: Duration, _ labels: [MetricLabel] = []) {
        guard metric.kind == .histogram, labels.lazy.map(\.name).elementsEqual(metric.labels) else { return }
        let parts = duration.components
        let seconds = max(0, Double(parts.seconds) + Double(parts.attoseconds) / 1e18)
        state.withLock { state in
            let key = state.values(labels)
            state.histograms[metric, default: [:]][key, default: Histogram()].add(seconds)
        }
    }

    /// A reader of gauges, asked whenever metrics are. It must not wait, nor come back here other than by its argument.
    public func watch(_ watcher: @escaping @Sendable (inout GaugeReadings) -> Void) {
        state.withLock { $0.watchers.append(watcher) }
    }

    /// Whoever counts for himself: asked whenever metrics are, and written behind the others as he gives it. His names and
    /// labels are his to bound.
    public func show(_ exposition: @escaping @Sendable () -> [UInt8]) {
        state.withLock { $0.others.append(exposition) }
    }

    /// Registries that may be labels.
    func know(registries: [String]) { know(registries, as: .registry) }

    /// Listeners that may be labels.
    package func know(listeners: [String]) { know(listeners, as: .listener) }

    /// Policies and trust that may be labels. Series of what is gone are dropped.
    func know(policies: [PolicyName], trust: [String]) {
        know(policies.map(\.description), as: .policy)
        know(trust, as: .trust)
    }

    private func know(_ names: [String], as label: MetricLabel.Name) {
        let known = Set(
            names.lazy.filter { !$0.utf8.isEmpty && $0.utf8.count <= Self.longestName }.sorted().prefix(Self.mostNames))
        state.withLock { state in
            state.names[label] = known
            for metric in ServiceMetric.allCases {
                guard let position = metric.labels.firstIndex(of: label) else { continue }
                state.counters[metric] = state.counters[metric]?.filter { key, _ in
                    key[position] == MetricLabel.other || known.contains(key[position])
                }
            }
        }
    }

    /// All metrics in the text format 0.0.4 of Prometheus, metrics and series in a stable order.
    public func exposition() -> [UInt8] {
        let (watchers, others) = state.withLock { ($0.watchers, $0.others) }
        var readings = GaugeReadings()
        for watcher in watchers { watcher(&readings) }
        let (counters, histograms, gauges) = state.withLock { state in
            (
                state.counters, state.histograms,
                readings.values.map { ($0.metric, state.values($0.labels), $0.value) }
            )
        }
        var text = MetricText()
        for metric in ServiceMetric.allCases {
            var series: [[String]: Double] = [:]
            for (of, key, value) in gauges where of == metric { series[key] = value }
            switch metric.kind {
            case .counter where series.isEmpty:
                var counted = counters[metric] ?? [:]
                // A counter that has counted nothing is there, so that its first increase is seen.
                if counted.isEmpty, metric.labels.isEmpty { counted = [[]: 0] }
                guard !counted.isEmpty else { continue }
                text.begin(metric)
                for (key, value) in counted.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
                    text.sample(metric.rawValue, metric.labels, key, String(value))
                }
            case .counter, .gauge:
                guard !series.isEmpty else { continue }
                text.begin(metric)
                for (key, value) in series.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
                    text.sample(metric.rawValue, metric.labels, key, MetricText.number(value))
                }
            case .histogram:
                let all = histograms[metric] ?? [:]
                guard !all.isEmpty else { continue }
                text.begin(metric)
                for (key, histogram) in all.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
                    var sum: UInt64 = 0
                    for (bound, count) in zip(ServiceMetric.buckets, histogram.buckets) {
                        sum &+= count
                        text.sample(
                            metric.rawValue + "_bucket", metric.labels, key, String(sum),
                            bound: MetricText.number(bound))
                    }
                    text.sample(
                        metric.rawValue + "_bucket", metric.labels, key, String(histogram.count), bound: "+Inf")
                    text.sample(metric.rawValue + "_sum", metric.labels, key, MetricText.number(histogram.sum))
                    text.sample(metric.rawValue + "_count", metric.labels, key, String(histogram.count))
                }
            }
        }
        return others.reduce(text.bytes) { $0 + $1() }
    }

    /// Series there are, histograms counted once; for tests.
    package var seriesCount: Int {
        state.withLock { state in
            state.counters.values.reduce(0) { $0 + $1.count } + state.histograms.values.reduce(0) { $0 + $1.count }
        }
    }
}

/// What gauges show at one moment.
public struct GaugeReadings: Sendable {
    fileprivate(set) var values: [(metric: ServiceMetric, labels: [MetricLabel], value: Double)] = []

    /// Sets a gauge, or a counter that is counted elsewhere; labels as in ``ServiceMetrics/count(_:by:_:)``.
    public mutating func set(_ metric: ServiceMetric, _ labels: [MetricLabel] = [], to value: Double) {
        guard metric.kind != .histogram, labels.map(\.name) == metric.labels else { return }
        values.append((metric, labels, value))
    }
}

/// Writes the text format.
struct MetricText {
    private(set) var bytes: [UInt8] = []

    mutating func begin(_ metric: ServiceMetric) {
        write("# HELP \(metric.rawValue) \(Self.escapedHelp(metric.help))\n")
        write("# TYPE \(metric.rawValue) \(metric.kind.rawValue)\n")
    }

    mutating func sample(
        _ name: String, _ labels: [MetricLabel.Name], _ values: [String], _ value: String, bound: String? = nil
    ) {
        var pairs = zip(labels, values).map { "\($0.rawValue)=\"\(Self.escaped($1))\"" }
        if let bound { pairs.append("le=\"\(bound)\"") }
        write(name + (pairs.isEmpty ? "" : "{" + pairs.joined(separator: ",") + "}") + " " + value + "\n")
    }

    /// Whole numbers without a point, as the format's own examples write them.
    static func number(_ value: Double) -> String {
        if value == value.rounded(), let whole = Int64(exactly: value) { return String(whole) }
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        return String(value)
    }

    /// Backslash, quote and line feed, as the format wants; any other control character could end a line for a reader
    /// that is less strict, so it becomes U+FFFD.
    static func escaped(_ value: String) -> String {
        var out = ""
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\\": out += "\\\\"
            case "\"": out += "\\\""
            case "\n": out += "\\n"
            default: out.unicodeScalars.append(scalar.properties.generalCategory == .control ? "\u{FFFD}" : scalar)
            }
        }
        return out
    }

    private static func escapedHelp(_ text: String) -> String {
        String(text.flatMap { $0 == "\\" ? "\\\\" : $0 == "\n" ? "\\n" : String($0) })
    }

    private mutating func write(_ text: String) { bytes.append(contentsOf: text.utf8) }
}
