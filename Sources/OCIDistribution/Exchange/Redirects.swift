import Findings
import HTTPTransport
import OCI

/// Where a registry may lead its reader: by redirects and by the places of uploads. Credentials never go along.
struct RedirectRules: Sendable {
    /// Of the registry as it is spoken to.
    let registry: HTTPOrigin
    /// Hosts that the user allows.
    let allowed: Set<RegistryHost>

    /// distribution-spec sets no bound; storage services need one or two.
    static let most = 5
    static let statuses: Set<Int> = [301, 302, 303, 307, 308]

    /// The URL that `location` means in an answer to `current`.
    ///
    /// It is https; http only where the registry itself is spoken to in plain HTTP, and then on its own host, on
    /// loopback where it is there too, or on a host that the user allows.
    func next(_ location: String, after current: WebURL) throws(RegistryError) -> WebURL {
        let next: WebURL
        do throws(WebURLError) { next = try current.resolving(location) } catch {
            throw .refusedRedirect("expected a place to go on at: \(error.message)")
        }
        if next.scheme == .http {
            let isKnown = isOwnHost(next) || isAllowed(next) || areBothLoopback(next)
            guard registry.scheme == .http, current.scheme == .http, isKnown else {
                throw .refusedRedirect(
                    "\(Finding.quoted(current.origin.description)) leads to "
                        + "\(Finding.quoted(next.origin.description)), expected https")
            }
        }
        return next
    }

    /// Which addresses the host of a URL may have.
    func addresses(of url: WebURL) -> AddressPolicy {
        if isOwnHost(url) || isAllowed(url) { return .any }
        return areBothLoopback(url) ? AddressPolicy([.global, .loopback]) : .global
    }

    /// Whether the registry's credentials belong there: same scheme, host and port.
    func maySeeCredentials(_ url: WebURL) -> Bool { url.origin == registry }

    private func isOwnHost(_ url: WebURL) -> Bool { url.host.utf8.elementsEqual(registry.host.utf8) }

    private func isAllowed(_ url: WebURL) -> Bool {
        allowed.contains { host in
            (try? WebURL(scheme: url.scheme, authority: host.description, path: "/"))?.origin == url.origin
        }
    }

    private func areBothLoopback(_ url: WebURL) -> Bool {
        TokenRealmRules.isLoopback(url.host) && TokenRealmRules.isLoopback(registry.host)
    }
}
