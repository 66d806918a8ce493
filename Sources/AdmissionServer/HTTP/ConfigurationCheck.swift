import AdmissionService

extension AdmissionServerConfiguration {
    /// What can be seen without opening a file or a socket.
    func check(_ surfaces: [any Surface]) throws(ServerConfigurationError) {
        guard !listeners.isEmpty else { throw .noListener }
        var names: Set<String> = []
        let given = Dictionary(grouping: surfaces, by: \.name)
        for listener in listeners {
            guard Self.isPlain(listener.name), names.insert(listener.name).inserted else {
                throw .listenerName(listener.name)
            }
            try check(listener, given)
        }
        for surface in given.keys.sorted() where !listeners.contains(where: { $0.surfaces.contains(surface) }) {
            throw .surfaceNowhere(surface)
        }
        for (surface, proof) in surfaces.map({ ($0.name, $0.proof) }) {
            guard access[surface] == nil, surface.needsCallers, proof == .listener else { continue }
            throw .callersNotNamed(surface)
        }
        for (surface, access) in access.sorted(by: { $0.key < $1.key }) { try checkMeans(surface, access) }
        try checkNumbers()
    }

    private func check(
        _ listener: ListenerConfiguration, _ given: [SurfaceName: [any Surface]]
    ) throws(ServerConfigurationError) {
        guard !listener.surfaces.isEmpty else { throw .noSurface(listener: listener.name) }
        for surface in listener.surfaces.sorted() {
            guard given[surface] != nil || Self.own.contains(surface) else {
                throw .surfaceAbsent(surface, listener: listener.name)
            }
            if listener.isPlainTCP, !listener.insecurePlaintext, surface.needsCallers {
                throw .plaintext(surface, listener: listener.name)
            }
        }
        if case .unix = listener.address, listener.tls != nil { throw .tlsOnSocket(listener: listener.name) }
        if let clients = listener.tls?.clients, clients.files.isEmpty, clients.bundles.isEmpty {
            throw .noClientAuthority(listener: listener.name)
        }
    }

    /// A rule that none of the surface's listeners can check is a mistake that nobody would notice otherwise.
    private func checkMeans(_ surface: SurfaceName, _ access: SurfaceAccess) throws(ServerConfigurationError) {
        guard case .callers(let rules) = access else { return }
        let own = listeners.filter { $0.surfaces.contains(surface) }
        let bundles = own.flatMap { $0.tls?.clients?.bundles ?? [] }
        for rule in rules.certificates {
            switch rule {
            case .dns:
                guard own.contains(where: { $0.tls?.clients?.files.isEmpty == false }) else {
                    throw .ruleWithoutMeans(surface, "a domain name, and no file of authorities")
                }
            case .workload(let rule):
                guard bundles.contains(where: { $0.trustDomain == rule.trustDomain }) else {
                    throw .ruleWithoutMeans(surface, "a workload, and no bundle of its trust domain")
                }
            }
        }
        let hasSocket = own.contains { if case .unix = $0.address { true } else { false } }
        guard rules.unixUsers.isEmpty || hasSocket else {
            throw .ruleWithoutMeans(surface, "users, and no Unix socket")
        }
    }

    private func checkNumbers() throws(ServerConfigurationError) {
        let numbers = [
            ("headerByteCount", limits.headerByteCount), ("headersByteCount", limits.headersByteCount),
            ("headerCount", limits.headerCount), ("targetByteCount", limits.targetByteCount),
            ("connections", limits.connections), ("connectionsPerPeer", limits.connectionsPerPeer),
            ("secondsForHeaders", limits.secondsForHeaders), ("secondsForBody", limits.secondsForBody),
            ("secondsIdle", limits.secondsIdle), ("secondsBetweenReloads", secondsBetweenReloads),
        ]
        for (name, number) in numbers where number <= 0 { throw .limit(name) }
        let times = [
            ("longestAnswer", limits.longestAnswer), ("usualAnswer", limits.usualAnswer), ("drain", shutdown.drain),
        ]
        for (name, time) in times where time <= .zero { throw .limit(name) }
    }

    /// Each thing that is open, as one line.
    var whatIsInsecure: [InsecureUse] {
        let open = access.filter { $0.value == .insecureUnauthenticated && $0.key.needsCallers }.keys.sorted()
        let plain = listeners.filter { $0.isPlainTCP && $0.surfaces.contains(where: \.needsCallers) }
        return open.map {
            InsecureUse(.anyCaller, "insecureUnauthenticated: whoever reaches surface \($0.rawValue) may call it")
        }
            + plain.map {
                InsecureUse(.plaintextListener, "insecurePlaintext: listener \($0.name) takes requests in clear")
            }
    }

    /// What the server has itself.
    private static let own: Set<SurfaceName> = [.health, .metrics]

    private static func isPlain(_ name: String) -> Bool {
        (1...63).contains(name.utf8.count)
            && name.utf8.allSatisfy { (0x61...0x7a).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2d }
    }
}

extension ListenerConfiguration {
    fileprivate var isPlainTCP: Bool {
        guard tls == nil, case .tcp = address else { return false }
        return true
    }
}
