import StrictEncoding

/// The body of `POST /v1/verify`.
struct VerifyRequest: Equatable {
    let image: String
    let namespace: String?
    let isDryRun: Bool

    init(_ request: SurfaceRequest) throws(Problem) {
        try request.expectJSON()
        let document: JSONDocument
        do throws(JSONError) {
            document = try JSONDocument(parsing: request.body, limits: JSONLimits(bytes: 16 << 10, depth: 4))
        } catch {
            throw .malformedBody.because(error.message)
        }
        guard let members = document.root.object else {
            throw .malformedBody.because("expected an object, found another value")
        }
        for name in members.keys where !["image", "namespace", "dryRun"].contains(name) {
            throw .malformedBody.because("expected the members `image`, `namespace` and `dryRun` only, found another")
        }
        guard let image = members["image"]?.string, !image.isEmpty else {
            throw .malformedBody.because("expected a string that is not empty for `image`, found another value or none")
        }
        self.image = image
        if let value = members["namespace"] {
            guard let namespace = value.string, !namespace.isEmpty else {
                throw .malformedBody.because("expected a string that is not empty for `namespace`, found another value")
            }
            self.namespace = namespace
        } else {
            namespace = nil
        }
        if let value = members["dryRun"] {
            guard let isDryRun = value.bool else {
                throw .malformedBody.because("expected true or false for `dryRun`, found another value")
            }
            self.isDryRun = isDryRun
        } else {
            isDryRun = false
        }
    }
}

extension Problem: Error {}

extension SurfaceRequest {
    func expectNoParameters() throws(Problem) {
        guard query.isEmpty else { throw .unknownParameter }
    }

    /// A body of another type is not guessed at. Parameters of the type mean nothing to JSON (RFC 8259 section 11).
    func expectJSON() throws(Problem) {
        let type = headers["content-type"]?.utf8.prefix { $0 != UInt8(ascii: ";") }.filter { $0 != 0x20 && $0 != 0x09 }
            .map { (0x41...0x5a).contains($0) ? $0 | 0x20 : $0 }
        guard let type, type.elementsEqual("application/json".utf8) else { throw .unsupportedMediaType }
    }
}
