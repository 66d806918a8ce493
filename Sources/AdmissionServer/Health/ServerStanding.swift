import AdmissionService
import StrictEncoding

/// How the server itself stands: whether it goes, what is open in it, and how its certificates and other files are.
struct ServerStanding: Sendable {
    let state: ServerState
    let ledger: ConnectionLedger
    let certificates: [ServerCertificate]
    let reloading: [any Reloading]
    let whatIsInsecure: [InsecureUse]

    /// For readiness, always in the same order.
    func parts(at now: Instant) -> [Readiness.Part] {
        [
            state.isDraining
                ? Readiness.Part("server", .failed, "the server is shutting down")
                : Readiness.Part("server", .ok, "taking requests"),
            certificatePart(at: now), filesPart,
            callersPart,
        ]
    }

    /// That a registry is spoken to in clear opens nothing to callers.
    private var callersPart: Readiness.Part {
        let open = whatIsInsecure.filter { $0.option != .plainHTTPRegistry }
        return open.isEmpty
            ? Readiness.Part("callers", .ok, "callers are known on every surface that needs it")
            : Readiness.Part("callers", .degraded, open.map(\.text).joined(separator: "; "))
    }

    /// An expired certificate turns away every client that looks at it: another replica may have a new one.
    private func certificatePart(at now: Instant) -> Readiness.Part {
        guard let first = certificates.min(by: { $0.validity.upperBound < $1.validity.upperBound }) else {
            return Readiness.Part("certificates", .ok, "none")
        }
        let end = first.validity.upperBound
        let state: Readiness.State =
            now > end ? .failed : now.adding(seconds: Self.secondsOfWarning) > end ? .degraded : .ok
        return Readiness.Part("certificates", state, "\(first.title) is valid until \(end)")
    }

    private var filesPart: Readiness.Part {
        let failures = reloading.compactMap { files in files.failure.map { "\(files.title): \($0)" } }
        return failures.isEmpty
            ? Readiness.Part("files", .ok, "certificates, keys, authorities, bundles and secrets are those on disk")
            : Readiness.Part("files", .degraded, failures.joined(separator: "; "))
    }

    /// Gauges with labels: names of listeners, and options of a closed list.
    func read(_ readings: inout GaugeReadings, at now: Instant) {
        for certificate in certificates {
            let seconds = certificate.validity.upperBound.secondsSince1970 - now.secondsSince1970
            readings.set(.certificateDays, [.listener(certificate.listener)], to: Double(seconds) / 86_400)
        }
        for option in InsecureOption.allCases {
            readings.set(
                .insecure, [.insecure(option)], to: Double(whatIsInsecure.count { $0.option == option }))
        }
    }

    /// Metrics that no other part has. None has a label.
    func exposition() -> [UInt8] {
        var text = ""
        func gauge(_ name: String, _ help: String, _ value: Int64) {
            text += "# HELP \(name) \(help)\n# TYPE \(name) gauge\n\(name) \(value)\n"
        }
        gauge("landwaiter_http_connections", "Connections that are open.", Int64(ledger.count))
        gauge(
            "landwaiter_http_requests_under_way", "Requests that are not answered yet.", Int64(state.requestsUnderWay))
        gauge("landwaiter_http_draining", "1 while the server shuts down.", state.isDraining ? 1 : 0)
        gauge(
            "landwaiter_http_insecure_options", "Options in use that are spelled insecure.", Int64(whatIsInsecure.count)
        )
        gauge(
            "landwaiter_http_files_not_loaded",
            "Files of certificates, keys and secrets whose new content is not usable.",
            Int64(reloading.filter { $0.failure != nil }.count))
        if let end = certificates.map(\.validity.upperBound).min() {
            gauge(
                "landwaiter_http_certificate_expiry_timestamp_seconds",
                "When the first certificate of a listener ends, seconds since 1970.", end.secondsSince1970)
        }
        return Array(text.utf8)
    }

    /// A day: renewal that works renews long before.
    private static let secondsOfWarning: Int64 = 86_400
}
