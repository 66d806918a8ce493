import Admission
public import Findings
public import StrictEncoding

/// Something that an operator should hear of: one line of JSON, docs/metrics.md says what stands in it.
public struct ServiceEvent: Sendable {
    public enum Kind: String, Sendable, CaseIterable {
        /// An image was blocked.
        case refused = "image-refused"
        /// An image was let in that a policy does not admit, because of its stage.
        case wouldRefuse = "image-would-be-refused"
        case notRecorded = "verdict-not-recorded"
        case materialReplaced = "material-replaced"
        case materialBroken = "material-broken"
        case circuit = "registry-circuit"
        case certificatesReplaced = "registry-certificates-replaced"
        case certificatesBroken = "registry-certificates-broken"
    }

    public let kind: Kind
    public let at: Instant
    /// Events of one kind and subject share a rate.
    public let subject: String
    /// The code that explains it; the line links to its runbook.
    public let code: ReasonCode?
    /// Further members of the line. Texts are capped and escaped when it is written.
    public let members: [(name: String, value: String)]

    public init(
        _ kind: Kind, at: Instant, subject: String, code: ReasonCode? = nil, members: [(String, String?)]
    ) {
        self.kind = kind
        self.at = at
        self.subject = subject
        self.code = code
        self.members = members.compactMap { name, value in value.map { (name, $0) } }
    }

    /// A registry's circuit changed its state.
    static func breakerChanged(
        registry: String, tenant: String, from old: CircuitBreaker.State, to new: CircuitBreaker.State, at: Instant
    ) -> ServiceEvent {
        ServiceEvent(
            .circuit, at: at, subject: registry + " " + new.rawValue,
            code: new == .closed ? nil : .serviceRegistryCircuitOpen,
            members: [
                ("registry", registry), ("tenant", tenant.utf8.isEmpty ? nil : tenant), ("was", old.rawValue),
                ("is", new.rawValue),
            ])
    }
}

extension ServiceEvent {
    /// Most characters of one text in a line.
    static let longestText = 512

    /// One line without its end: control and format characters escaped, secrets in URLs left out, each text capped.
    package func line(runbooks: String, suppressed: Int) -> [UInt8] {
        var object: [ExactString: JSONTree] = [
            "time": .string(at.description), "event": .string(kind.rawValue),
        ]
        if let code {
            object["reason"] = .string(code.name)
            object["runbook"] = .string(runbooks + "#" + code.name)
        }
        if suppressed > 0 { object["suppressed"] = .integer(Int64(suppressed)) }
        for (name, value) in members { object[ExactString(name)] = .string(Self.safe(value)) }
        return JSONTree.object(object).canonicalBytes()
    }

    /// A text for a line of a log.
    static func safe(_ text: String) -> String {
        let capped = String(String.UnicodeScalarView(text.unicodeScalars.prefix(longestText + 1)))
        let escaped = Finding.escaped(withoutUser(capped))
        let scalars = escaped.unicodeScalars
        guard scalars.count > longestText else { return escaped }
        return String(String.UnicodeScalarView(scalars.prefix(longestText))) + "…"
    }

    /// Without what stands before an `@` in the authority of a URL: somebody's password, where an image was asked for as
    /// one. What is cut off may hold more than that; a reference that can be read has no such part.
    private static func withoutUser(_ text: String) -> String {
        let bytes = Array(text.utf8)
        let mark = Array("://".utf8)
        guard bytes.count > mark.count,
            let start = (0...(bytes.count - mark.count)).first(where: {
                bytes[$0..<($0 + mark.count)].elementsEqual(mark)
            })
        else { return text }
        let authority = start + mark.count
        let end = bytes[authority...].firstIndex(of: UInt8(ascii: "/")) ?? bytes.endIndex
        // A password may hold a slash that nobody encoded: the last @ of all counts where none stands before it.
        guard let at = bytes[authority..<end].lastIndex(of: UInt8(ascii: "@")) ?? Self.userEnd(bytes[authority...])
        else {
            return text
        }
        return String(decoding: bytes[..<authority], as: UTF8.self) + "…"
            + String(decoding: bytes[at...], as: UTF8.self)
    }

    /// An `@` that ends `user:password`, not one before a digest.
    private static func userEnd(_ rest: ArraySlice<UInt8>) -> Int? {
        guard let at = rest.firstIndex(of: UInt8(ascii: "@")),
            let colon = rest.firstIndex(of: UInt8(ascii: ":")), colon < at,
            !rest[(at + 1)...].starts(with: "sha256:".utf8), !rest[(at + 1)...].starts(with: "sha512:".utf8)
        else { return nil }
        return at
    }
}

/// Takes events; must not wait.
public protocol EventSink: Sendable {
    func emit(_ event: ServiceEvent)
}
