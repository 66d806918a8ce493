import StrictEncoding

extension SPIFFETrustBundle {
    /// The bundles of a bundle map (Trust Domain and Bundle section 5), in the order of their trust domains.
    ///
    /// - Throws: `SPIFFEBundleError`; one bundle that can't be read refuses the map (appendix B.1: all of it or nothing).
    public static func all(bundleMap: [UInt8]) throws(SPIFFEBundleError) -> [SPIFFETrustBundle] {
        let root = try SPIFFEBundleIndex.document(bundleMap, limit: SPIFFELimits.bundleMapByteCount)
        guard let domains = root["trust_domains"]?.object else { throw .malformed("trust_domains") }
        guard domains.count <= SPIFFELimits.trustDomains else {
            throw .tooManyTrustDomains(limit: SPIFFELimits.trustDomains)
        }
        var bundles: [SPIFFETrustBundle] = []
        for (name, value) in domains {
            bundles.append(try SPIFFETrustBundle(trustDomain: SPIFFEBundleIndex.trustDomain(name), value))
        }
        return bundles.sorted { $0.trustDomain < $1.trustDomain }
    }
}

/// A file of our own that says which bundle of which trust domain lies in which file, and when it counts.
///
///     {"trustDomains": {"example.org": [
///         {"bundle": "example.org/2026-10.json", "from": "2026-10-01T00:00:00Z", "until": "2026-10-31T23:59:59Z"},
///         {"bundle": "example.org/current.json", "from": "2026-11-01T00:00:00Z"}]}}
///
/// Both ends of a period count. A name that ends in `.pem` is of PEM, one that ends in `.json` of a JWK set.
public struct SPIFFEBundleIndex: Sendable {
    /// As they stand in the file.
    public let lines: [Line]

    public struct Line: Sendable, Hashable {
        public let trustDomain: SPIFFETrustDomain
        /// Relative to the index, of plain names with slashes between.
        public let file: String
        public let validFor: ValidityPeriod
        fileprivate let isPEM: Bool
    }

    /// - Throws: `SPIFFEBundleError`; members that nobody specified are errors here, as in all files of our own.
    public init(parsing bytes: [UInt8]) throws(SPIFFEBundleError) {
        let root = try Self.document(bytes, limit: SPIFFELimits.bundleByteCount)
        try Self.expectOnly(["trustDomains"], in: root)
        guard let domains = root["trustDomains"]?.object, !domains.isEmpty else { throw .malformed("trustDomains") }
        var lines: [Line] = []
        for (name, value) in domains {
            let trustDomain = try Self.trustDomain(name)
            guard let bundles = value.array, !bundles.isEmpty else { throw .malformed("trustDomains") }
            guard bundles.count <= SPIFFELimits.pastBundles else {
                throw .tooManyPastBundles(limit: SPIFFELimits.pastBundles)
            }
            for bundle in bundles { lines.append(try Self.line(bundle, of: trustDomain)) }
        }
        self.lines = lines
    }

    private static func line(
        _ value: JSONValue, of trustDomain: SPIFFETrustDomain
    ) throws(SPIFFEBundleError) -> Line {
        guard let members = value.object else { throw .malformed("bundle") }
        try expectOnly(["bundle", "from", "until"], in: members)
        guard let file = members["bundle"]?.string else { throw .malformed("bundle") }
        guard isPlain(file) else { throw .fileName(file) }
        let isPEM = file.utf8.suffix(4).elementsEqual(".pem".utf8)
        guard isPEM || file.utf8.suffix(5).elementsEqual(".json".utf8) else { throw .fileName(file) }
        guard let start = try instant(members, "from") else { throw .malformed("from") }
        let period = try SPIFFETrustBundles.period(start, instant(members, "until"))
        return Line(trustDomain: trustDomain, file: file, validFor: period, isPEM: isPEM)
    }

    /// Nothing that leads out of the folder of the index, or that a file system reads in another way.
    private static func isPlain(_ file: String) -> Bool {
        file.utf8.count <= SPIFFELimits.nameByteCount
            && file.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).allSatisfy { name in
                !name.isEmpty && name.first != UInt8(ascii: ".")
                    && name.allSatisfy { (0x21...0x7e).contains($0) && $0 != UInt8(ascii: "\\") }
            }
    }

    private static func instant(_ members: JSONObject, _ name: String) throws(SPIFFEBundleError) -> Instant? {
        guard let value = members[name] else { return nil }
        guard let instant = value.string.flatMap({ Instant(rfc3339: $0) }) else { throw .malformed(name) }
        return instant
    }

    private static func expectOnly(_ names: [ExactString], in members: JSONObject) throws(SPIFFEBundleError) {
        for key in members.keys where !names.contains(key) { throw .unknownMember(key.value) }
    }

    fileprivate static func trustDomain(_ name: String) throws(SPIFFEBundleError) -> SPIFFETrustDomain {
        do {
            return try SPIFFETrustDomain(name)
        } catch {
            throw .trustDomain(error)
        }
    }

    fileprivate static func document(_ bytes: [UInt8], limit: Int) throws(SPIFFEBundleError) -> JSONObject {
        guard bytes.count <= limit else { throw .tooLarge(limit: limit) }
        let document: JSONDocument
        do {
            document = try JSONDocument(parsing: bytes, limits: JSONLimits(bytes: limit, depth: 32))
        } catch {
            throw .notJSON(error)
        }
        guard let members = document.root.object else { throw .malformed("trustDomains") }
        return members
    }
}

extension SPIFFETrustBundles {
    /// The bundles that an index names.
    ///
    /// - Parameter read: the bytes of a file, by its name in the index; nil if they can't be had. A file that can't be had
    ///   is an error: without it a trust domain would silently count for less, or for other times, than was written.
    public init(
        _ index: SPIFFEBundleIndex, read: (String) -> [UInt8]?
    ) throws(SPIFFEBundleError) {
        var entries: [Entry] = []
        for line in index.lines {
            guard let bytes = read(line.file) else { throw .fileMissing(line.file) }
            let bundle =
                line.isPEM
                ? try SPIFFETrustBundle(trustDomain: line.trustDomain, pem: bytes)
                : try SPIFFETrustBundle(trustDomain: line.trustDomain, jwks: bytes)
            entries.append(Entry(bundle, validFor: line.validFor))
        }
        try self.init(entries)
    }
}
