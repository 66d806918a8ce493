public import HTTPTransport
import StrictEncoding
import Synchronization

/// A repository on a web server.
///
/// Redirections are not followed and nothing is decompressed. A file that the server does not have, or does not give
/// (404 and 403, which is how stores of objects say that there is none), is absent.
///
/// A source serves one update: from its making on it has a time in which to answer all that is asked. Each file alone may
/// be slow; a thousand slow files are an attack.
public struct HTTPSource: MetadataSource {
    private let address: RepositoryAddress
    private let transport: HTTPTransport
    private let timePerFile: Duration
    private let end: ContinuousClock.Instant

    /// - Parameters:
    ///   - transport: proxies, authorities and the like are its business. It is not shut down here.
    ///   - timePerFile: from looking up the name to the file's last byte.
    ///   - timeForAll: for everything that this source is asked for.
    public init(
        _ address: RepositoryAddress, over transport: HTTPTransport, timePerFile: Duration = .seconds(30),
        timeForAll: Duration = .seconds(300)
    ) {
        self.address = address
        self.transport = transport
        self.timePerFile = timePerFile
        end = ContinuousClock.now.advanced(by: timeForAll)
    }

    public func metadata(_ fileName: String, limit: Int) async throws(MetadataSourceError) -> [UInt8]? {
        try await get(address.metadata + "/" + fileName, limit: limit)
    }

    public func target(_ path: String, limit: Int) async throws(MetadataSourceError) -> [UInt8]? {
        try await get(address.targets + "/" + Self.escaped(path), limit: limit)
    }

    private func get(_ text: String, limit: Int) async throws(MetadataSourceError) -> [UInt8]? {
        let left = ContinuousClock.now.duration(to: end)
        guard left > .zero else { throw .unreachable(text, why: "the time for the whole update is over") }
        // Whom to ask was said by who configured the store, so any address will do.
        let response: HTTPResponse
        let body = ReceivedBody()
        do {
            let url = try WebURL(parsing: text)
            let request = HTTPRequest(.get, url, limit: limit, deadline: min(left, timePerFile), addresses: .any)
            // The limit is the file's. A page that says why there is none may be longer.
            response = try await transport.send(request) { piece in body.append(piece) }
        } catch let error as HTTPTransportError {
            if case .tooLarge = error { throw .tooLarge(text, limit: limit) }
            throw .unreachable(text, why: error.message)
        } catch {
            throw .unreachable(text, why: "expected a web address")
        }
        switch response.status {
        case 200: return body.bytes
        case 403, 404: return nil
        default: throw .unreachable(text, why: "the server answered \(response.status)")
        }
    }

    /// RFC 3986 section 2.1, slashes left as they are.
    private static func escaped(_ path: String) -> String {
        var text = ""
        for byte in path.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"), UInt8(ascii: "/"):
                text.unicodeScalars.append(Unicode.Scalar(byte))
            default: text += "%" + Hex.encode(CollectionOfOne(byte)).uppercased()
            }
        }
        return text
    }
}

/// What was received so far.
private final class ReceivedBody: Sendable {
    private let received = Mutex<[UInt8]>([])

    var bytes: [UInt8] { received.withLock { $0 } }

    func append(_ piece: [UInt8]) { received.withLock { $0 += piece } }
}
