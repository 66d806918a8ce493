public import StrictEncoding

/// Which certificates of a path were taken back, by lists that lie on disk (RFC 5280 section 6.3).
///
/// A list counts for a certificate if the certificate's issuer on the path has its name, signed it, and may sign lists.
///
/// **What is on a list** counts whatever the age of the list. A certificate is refused if it was taken back by the instant
/// that the path is verified at: on that second, or before. If the reason is a compromise (of the key, or of an
/// authority's) it is refused at every instant: who had the key could have signed then too, and the date on the list is
/// when somebody noticed. A certificate on hold counts as taken back. Where a list says since when a key was not to be
/// trusted, the earlier of the two dates counts.
///
/// **That a certificate is on no list** is believed only of a list that holds at the time of the decision, or, for a
/// certificate that has expired since, of one that held when it expired: issuers drop entries after that (section 3.3). So
/// evidence of last year needs the lists of last year, kept beside those of today, as with trust bundles.
public struct RevocationCheck: Sendable {
    /// Whose certificates need a list that says nothing of them. Lists that are there count for every certificate.
    public enum Scope: Sendable, Hashable {
        /// The leaf's.
        case leaf
        /// Those of the leaf and of all authorities below the anchor. The anchor was given; no list speaks of it.
        case path
    }

    public let lists: [CertificateRevocationList]
    /// The time of the decision: when lists have to hold.
    public let asOf: Instant
    public let scope: Scope

    public init(lists: [CertificateRevocationList], asOf: Instant, scope: Scope = .path) {
        self.lists = lists
        self.asOf = asOf
        self.scope = scope
    }

    /// - Parameter path: the leaf first, the anchor last; each was signed by the next.
    func objection(to path: [Certificate], at instant: Instant) -> RevocationError? {
        var failure: RevocationError?
        for (position, (certificate, issuer)) in zip(path, path.dropFirst()).enumerated() {
            switch status(of: certificate, issuedBy: issuer, at: instant) {
            case .good: continue
            case .revoked(let error): return error
            case .unknown(let error):
                // Go on: what was taken back is to be said before what is not known.
                if position == 0 || scope == .path { failure = failure ?? error }
            }
        }
        return failure
    }

    private enum Status {
        case good
        case revoked(RevocationError)
        case unknown(RevocationError)
    }

    private func status(of certificate: Certificate, issuedBy issuer: Certificate, at instant: Instant) -> Status {
        // The last time at which anything about the certificate had to be on a list.
        let horizon = min(asOf, certificate.validity.upperBound)
        var isVouchedFor = false
        var failure = RevocationError.noList(issuer: certificate.issuer)
        for list in lists where list.issuer == issuer.subject {
            if let objection = objection(to: list, of: issuer) {
                if objection.telling > failure.telling { failure = objection }
                continue
            }
            if let entry = list.entry(for: certificate.serialNumber) {
                if let error = entry.objection(at: instant) { return .revoked(error) }
            }
            if list.holds(at: horizon) {
                isVouchedFor = true
            } else if failure.telling < RevocationError.noListThen(horizon).telling {
                failure = .noListThen(horizon)
            }
        }
        return isVouchedFor ? .good : .unknown(failure)
    }

    /// Section 6.3.3 (f) and (g).
    private func objection(to list: CertificateRevocationList, of issuer: Certificate) -> RevocationError? {
        if let usage = issuer.extensions.keyUsage, !usage.contains(.cRLSign) { return .issuerMayNotSignLists }
        return list.isSigned(by: issuer) ? nil : .listSignatureMismatch
    }
}

extension CertificateRevocationList {
    /// From its issue to the next, both included.
    fileprivate func holds(at instant: Instant) -> Bool { thisUpdate <= instant && instant <= nextUpdate }
}

extension CertificateRevocationList.Entry {
    fileprivate func objection(at instant: Instant) -> RevocationError? {
        if let reason, reason.isCompromise { return .compromised(reason) }
        let since = invalidityDate.map { min($0, date) } ?? date
        return since <= instant ? .revoked(on: since, reason, at: instant) : nil
    }
}
