import HTTPTransport
import StrictEncoding

extension RegistryComplaint {
    /// Most bytes of an error's body that are looked at, most errors that are told, most characters of each.
    private static let mostBytes = 16 << 10
    private static let mostErrors = 3
    private static let mostCharacters = 200

    /// - Parameter response: its body may be anything; one that is no list of errors is passed over.
    init(_ response: HTTPResponse, from origin: HTTPOrigin, isAboutWriting: Bool = false) {
        self.origin = origin
        self.isAboutWriting = isAboutWriting
        status = response.status
        let limits = JSONLimits(bytes: Self.mostBytes, depth: 16)
        let root =
            response.body.count <= Self.mostBytes ? try? JSONDocument(parsing: response.body, limits: limits).root : nil
        var texts: [String] = []
        if let errors = root?["errors"]?.array {
            for error in errors.prefix(Self.mostErrors) {
                let parts = [error["code"]?.string, error["message"]?.string].compactMap(\.self)
                let text = parts.joined(separator: ": ")
                if !text.isEmpty { texts.append(String(text.prefix(Self.mostCharacters))) }
            }
        }
        text = texts.joined(separator: "; ")
    }
}
