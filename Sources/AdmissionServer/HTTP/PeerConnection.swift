import NIOCore
import NIOSSL
import PKI
import StrictEncoding
import Synchronization

/// One connection, and what is known of who is at its other end.
final class PeerConnection: Sendable {
    /// For logs: the address without the port, or `unix`.
    let address: String
    /// The user of the process at the other end of a Unix socket, as the kernel says.
    let unixUser: UInt32?
    private let trust: ClientTrust?
    private let state = Mutex(State())
    /// Requests of which the end was read, and those that were begun to be answered, one after the other.
    private let endsRead = Atomic(0)
    private let begun = Atomic(0)

    private struct State {
        /// What the client showed, leaf first.
        var shown: [Certificate] = []
        var peer: VerifiedPeer?
        /// Whether the session was asked for a certificate that the handshake did not bring.
        var isSessionAsked = false
        /// Of the authorities that vouched for `peer`.
        var generation = -1
        var request: Task<Void, Never>?
    }

    init(address: String, unixUser: UInt32?, trust: ClientTrust?) {
        self.address = address
        self.unixUser = unixUser
        self.trust = trust
    }

    /// Verifies what a client shows in the handshake, and keeps who it is.
    func verify(_ shown: [NIOSSLCertificate], at instant: Instant) throws(PeerRefusal) {
        guard let trust else { throw .noCertificate }
        var chain: [Certificate] = []
        for certificate in shown.prefix(Self.longestChain) {
            guard let der = try? certificate.toDERBytes() else { throw .noCertificate }
            do throws(CertificateError) {
                chain.append(try Certificate(der: der))
            } catch {
                throw .malformed(error)
            }
        }
        try verify(chain, trust, at: instant)
    }

    private func verify(_ chain: [Certificate], _ trust: ClientTrust, at instant: Instant) throws(PeerRefusal) {
        let (authorities, generation) = trust.current
        let peer = try authorities.verify(chain, at: instant)
        trust.chains.remember(chain)
        state.withLock { state in
            state.shown = chain
            state.peer = peer
            state.generation = generation
        }
    }

    /// Whether the handshake brought no certificate, and the session was not asked for one yet.
    var mayHaveResumed: Bool {
        trust != nil && state.withLock { $0.peer == nil && !$0.isSessionAsked }
    }

    /// Asks once for the certificate of a client that resumed a session: it shows none again, and TLS does not verify it
    /// again (RFC 8446 section 2.2). The session has its leaf; what came between it and an authority is remembered from the
    /// handshake that began the session. It is verified anew, by today's authorities.
    func recogniseSession(over channel: any Channel, at instant: Instant) async throws(PeerRefusal) {
        guard let trust else { return }
        let isNeeded = state.withLock { state in
            guard state.peer == nil, !state.isSessionAsked else { return false }
            state.isSessionAsked = true
            return true
        }
        guard isNeeded, let leaf = try? await channel.nioSSL_peerCertificate().get(),
            let der = try? leaf.toDERBytes()
        else { return }
        let certificate: Certificate
        do throws(CertificateError) {
            certificate = try Certificate(der: der)
        } catch {
            throw .malformed(error)
        }
        try verify([certificate] + trust.chains.intermediates(of: certificate), trust, at: instant)
    }

    /// Who the client is at the time of a request. A connection may live for days: a certificate that expired since, or an
    /// authority that was taken out of the files, ends what the handshake proved.
    ///
    /// - Returns: nil where the client showed no certificate.
    /// - Throws: where what it showed no longer holds.
    func peer(at instant: Instant) throws(PeerRefusal) -> VerifiedPeer? {
        guard let trust else { return nil }
        let (shown, peer, generation) = state.withLock { ($0.shown, $0.peer, $0.generation) }
        guard let peer else { return nil }
        let (authorities, current) = trust.current
        if generation == current, peer.holds(at: instant) { return peer }
        do throws(PeerRefusal) {
            let renewed = try authorities.verify(shown, at: instant)
            state.withLock { state in
                state.peer = renewed
                state.generation = current
            }
            return renewed
        } catch {
            throw error
        }
    }

    // MARK: Whole requests

    /// The end of a request was read off the connection.
    func requestEnded() { endsRead.add(1, ordering: .releasing) }

    /// The next request is begun to be answered.
    ///
    /// - Returns: its number.
    func requestBegan() -> Int { begun.add(1, ordering: .relaxed).newValue }

    /// Whether a request was read to its end. A body that comes to an end without that was cut off: the stream of its
    /// parts ends the same way when the connection does.
    func isWhole(_ number: Int) -> Bool { endsRead.load(ordering: .acquiring) >= number }

    /// What serves the connection, so that a request that takes too long can be cancelled.
    func isServed(by task: Task<Void, Never>) { state.withLock { $0.request = task } }

    func cancel() { state.withLock { $0.request }?.cancel() }

    /// A leaf, and more between it and a root than anybody has.
    private static let longestChain = 10
}

/// What clients showed between their certificate and an authority, for sessions that are resumed.
final class RememberedChains: Sendable {
    private let chains = Mutex([Certificate: [Certificate]]())

    /// Only of chains that were verified, so that nobody fills it with certificates of their own making.
    func remember(_ chain: [Certificate]) {
        guard let leaf = chain.first, chain.count > 1 else { return }
        chains.withLock { chains in
            if chains.count >= Self.mostChains, chains[leaf] == nil { chains.removeAll() }
            chains[leaf] = Array(chain.dropFirst())
        }
    }

    func intermediates(of leaf: Certificate) -> [Certificate] { chains.withLock { $0[leaf] } ?? [] }

    /// Some replicas of some control planes call; certificates of workloads change by the hour.
    private static let mostChains = 1_024
}
