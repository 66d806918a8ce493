import Findings

/// Why a server does not start.
public enum ServerConfigurationError: Error, Equatable, Sendable {
    case noListener
    /// Two listeners of one name, or one whose name is not of lower-case letters, digits and `-`.
    case listenerName(String)
    case noSurface(listener: String)
    /// A surface that was given is on no listener.
    case surfaceNowhere(SurfaceName)
    /// A listener has a surface that was not given.
    case surfaceAbsent(SurfaceName, listener: String)
    /// A surface that needs callers has no rules about them.
    case callersNotNamed(SurfaceName)
    /// Rules ask for what no listener of the surface can give: certificates without authorities, users without a socket.
    case ruleWithoutMeans(SurfaceName, String)
    /// Rules about tokens that nobody could satisfy.
    case emptyRule(SurfaceName, String)
    /// A surface that needs callers would be reached in clear.
    case plaintext(SurfaceName, listener: String)
    /// Authorities that are required, and none is given.
    case noClientAuthority(listener: String)
    /// TLS on a Unix socket.
    case tlsOnSocket(listener: String)
    case routeTwice(String)
    /// A limit or a time that is not above zero.
    case limit(String)
    /// A file that can't be used.
    case file(String)
    /// The address can't be listened on.
    case address(listener: String, String)

    /// One line, lower case: what is wrong, and what would mend it.
    public var message: String {
        switch self {
        case .noListener: "expected a listener, found none"
        case .listenerName(let name):
            "expected listeners with names of their own of a to z, 0 to 9 and `-`, found \(Finding.quoted(name, limit: 64))"
        case .noSurface(let listener): "expected a surface on listener `\(listener)`, found none"
        case .surfaceNowhere(let surface): "expected surface `\(surface.rawValue)` on a listener, found it on none"
        case .surfaceAbsent(let surface, let listener):
            "expected surfaces that are served on listener `\(listener)`, found `\(surface.rawValue)`"
        case .callersNotNamed(let surface):
            "expected who may call surface `\(surface.rawValue)`, found nobody; name callers, or open it with the option that is spelled insecure"
        case .ruleWithoutMeans(let surface, let what):
            "expected rules about callers of `\(surface.rawValue)` that its listeners can tell, found \(what)"
        case .emptyRule(let surface, let what):
            "expected rules about callers of `\(surface.rawValue)` that somebody can satisfy, found \(what)"
        case .plaintext(let surface, let listener):
            "expected TLS on listener `\(listener)`, which has surface `\(surface.rawValue)`, found none; give a certificate, or set the option that is spelled insecure"
        case .noClientAuthority(let listener):
            "expected authorities for client certificates on listener `\(listener)`, found none"
        case .tlsOnSocket(let listener): "expected no TLS on the Unix socket of listener `\(listener)`, found it"
        case .routeTwice(let route): "expected each route once on a listener, found \(Finding.quoted(route)) twice"
        case .limit(let name): "expected a number above zero for `\(name)`, found none"
        case .file(let message): message
        case .address(let listener, let why): "expected to listen for `\(listener)`, found: \(why)"
        }
    }
}
