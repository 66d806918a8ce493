public import Content
public import StrictEncoding

extension Provenance.Material {
    /// A container image that a build used: its base, or a tool that ran in it.
    public struct Image: Sendable, Hashable {
        /// Registry and repository, Docker Hub's short names written out: `docker.io/library/alpine`. Nil where the
        /// material does not say, says it in a way that cannot be read, or the image came from a local directory.
        public var repository: ExactString?
        /// Nil where the material states no digest, a malformed one, or two that differ. Such an image cannot be
        /// approved: which one was used is not known.
        public var digest: Digest?

        public init(repository: ExactString?, digest: Digest?) {
            self.repository = repository
            self.digest = digest
        }
    }

    /// The image, if this material is one; nil for sources, packages and downloads.
    ///
    /// An image is whatever is named by the package URL types `docker` and `oci`, or by BuildKit's and skopeo's image
    /// schemes. Whether its parts can be read makes no difference: an image that cannot be read is still an image, so
    /// it cannot hide from a rule that asks for all of them. That holds for single blobs of an image repository too
    /// (BuildKit's `ref_type=blob`), and for a bare reference with a digest, `registry/repository@sha256:…`, which is how
    /// Google Cloud Build writes them.
    public var image: Image? {
        let bytes = Array(uri.utf8)
        guard let colon = bytes.firstIndex(of: UInt8(ascii: ":")) else { return nil }
        if Self.isBareReference(bytes, colon) { return image(of: ImageLocator(reference: bytes[...])) }
        let rest = bytes[(colon + 1)...].drop { $0 == UInt8(ascii: "/") }
        switch Self.lowerCase(bytes[..<colon]) {
        case "pkg":
            // package-url "How to parse a purl string": slashes after the scheme mean nothing, the type has no case.
            let slash = rest.firstIndex(of: UInt8(ascii: "/")) ?? rest.endIndex
            switch Self.lowerCase(rest[..<slash]) {
            case "docker": return image(of: ImageLocator(packageURL: rest[slash...].dropFirst(), isOCI: false))
            case "oci": return image(of: ImageLocator(packageURL: rest[slash...].dropFirst(), isOCI: true))
            default: return nil
            }
        case "docker-image", "docker-image+blob", "docker": return image(of: ImageLocator(reference: rest))
        // With slashes a registry (Helm), without a directory (skopeo).
        case "oci" where bytes[(colon + 1)...].starts(with: "//".utf8):
            return image(of: ImageLocator(reference: rest))
        case "oci", "oci-layout", "oci-layout+blob": return image(of: ImageLocator(localReference: rest))
        default: return nil
        }
    }

    /// A digest after an `@`, and before the first colon what no scheme can hold (RFC 3986 section 3.1).
    private static func isBareReference(_ bytes: [UInt8], _ colon: Int) -> Bool {
        guard bytes[..<colon].contains(where: { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "@") }),
            let sign = bytes.lastIndex(of: UInt8(ascii: "@"))
        else { return false }
        return Digest.Algorithm.registered.contains { bytes[(sign + 1)...].starts(with: ($0.rawValue + ":").utf8) }
    }

    private func image(of named: ImageLocator) -> Image {
        // An entry of the digest set is one more statement of the digest, on a par with those inside of the URI.
        var stated = named.digests
        for algorithm in Digest.Algorithm.registered {
            if let hex = digests[ExactString(algorithm.rawValue)] {
                stated.append(algorithm.rawValue + ":" + hex.value)
            }
        }
        return Image(repository: named.repository.map { ExactString($0) }, digest: Self.onlyDigest(stated))
    }

    /// The one digest that all of these state; the SHA-256 one if they state one of each algorithm.
    private static func onlyDigest(_ stated: [String]) -> Digest? {
        var byAlgorithm: [Digest.Algorithm: Digest] = [:]
        for text in stated {
            guard let digest = try? Digest(text), byAlgorithm[digest.algorithm] ?? digest == digest else { return nil }
            byAlgorithm[digest.algorithm] = digest
        }
        return byAlgorithm[.sha256] ?? byAlgorithm[.sha512]
    }

    private static func lowerCase(_ bytes: ArraySlice<UInt8>) -> String {
        String(decoding: bytes.map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }, as: UTF8.self)
    }
}

/// The parts of an image's URI that say where it lies and which one it is.
private struct ImageLocator {
    var repository: String?
    /// As written, with their algorithm.
    var digests: [String] = []

    /// `registry/repository:tag@algorithm:hex`.
    init(reference text: ArraySlice<UInt8>) {
        let (name, digest) = Self.split(text, at: text.lastIndex(of: UInt8(ascii: "@")))
        if let digest { digests = [String(decoding: digest, as: UTF8.self)] }
        let slash = name.lastIndex(of: UInt8(ascii: "/")) ?? name.startIndex
        let tag = name[slash...].firstIndex(of: UInt8(ascii: ":"))
        repository = Self.fullName(String(decoding: name[..<(tag ?? name.endIndex)], as: UTF8.self))
    }

    /// A name in a local store is no repository.
    init(localReference text: ArraySlice<UInt8>) {
        self.init(reference: text)
        repository = nil
    }

    /// What follows the type: `namespace/name@version?qualifiers#subpath`, percent-encoded.
    ///
    /// BuildKit writes familiar names (`alpine`, `registry.example/base/debian`) with a tag as version and the digest
    /// as a qualifier. The package-url type definitions put the digest into the version and the registry into
    /// `repository_url`, which for `oci` names the whole repository. An `oci` one without it names none: BuildKit writes
    /// it for images out of local directories.
    init(packageURL text: ArraySlice<UInt8>, isOCI: Bool) {
        let (withQualifiers, _) = Self.split(text, at: text.lastIndex(of: UInt8(ascii: "#")))
        let (path, query) = Self.split(withQualifiers, at: withQualifiers.lastIndex(of: UInt8(ascii: "?")))
        let (encodedName, encodedVersion) = Self.split(path, at: path.lastIndex(of: UInt8(ascii: "@")))

        var qualifiers: [String: String] = [:]
        var isReadable = true
        for pair in (query ?? []).split(separator: UInt8(ascii: "&")) {
            let (key, value) = Self.split(pair, at: pair.firstIndex(of: UInt8(ascii: "=")))
            guard let key = Self.decoded(key), let value = Self.decoded(value ?? []), qualifiers[key] == nil else {
                isReadable = false
                continue
            }
            qualifiers[key] = value
        }
        let segments = encodedName.split(separator: UInt8(ascii: "/")).map { Self.decoded($0) }
        let names = segments.compactMap { $0 }.filter { !$0.isEmpty && !$0.utf8.contains(UInt8(ascii: "/")) }
        let version = encodedVersion.flatMap { Self.decoded($0) }
        if encodedVersion != nil, version == nil { isReadable = false }

        if let version, version.utf8.contains(UInt8(ascii: ":")) { digests.append(version) }
        if let digest = qualifiers["digest"] { digests.append(digest) }
        if !isReadable { digests.append("") }  // no digest: makes what else is stated unusable
        guard isReadable, names.count == segments.count, let last = names.last else { return }
        let name = names.joined(separator: "/")
        switch (qualifiers["repository_url"], isOCI) {
        case (nil, false): repository = Self.fullName(name)
        case (nil, true): repository = nil
        case (let registry?, false): repository = Self.fullName(registry + "/" + name)
        case (let whole?, true):
            let end = whole.utf8.split(separator: UInt8(ascii: "/")).last
            repository = end?.elementsEqual(last.utf8) == true ? Self.fullName(whole) : nil
        }
    }

    /// A familiar name written out as distribution/reference does: without a registry it is Docker Hub's, and there a
    /// single component lies in `library`.
    private static func fullName(_ name: String) -> String? {
        var parts = name.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard parts.allSatisfy({ !["", ".", ".."].contains($0) }) else { return nil }
        let first = parts[0].utf8
        let isRegistry =
            parts.count > 1
            && (first.contains(UInt8(ascii: ".")) || first.contains(UInt8(ascii: ":"))
                || first.contains { (0x41...0x5A).contains($0) } || first.elementsEqual("localhost".utf8))
        if !isRegistry { parts.insert("docker.io", at: 0) }
        if parts[0].utf8.elementsEqual("index.docker.io".utf8) { parts[0] = "docker.io" }
        if parts.count == 2, parts[0].utf8.elementsEqual("docker.io".utf8) { parts.insert("library", at: 1) }
        return parts.joined(separator: "/")
    }

    /// What is before this index, and after it if there is one.
    private static func split(_ text: ArraySlice<UInt8>, at index: Int?) -> (ArraySlice<UInt8>, ArraySlice<UInt8>?) {
        guard let index else { return (text, nil) }
        return (text[..<index], text[(index + 1)...])
    }

    /// Percent-decoded; nil if a `%` is not followed by two hexadecimal digits, or if the result is no UTF-8.
    private static func decoded(_ text: ArraySlice<UInt8>) -> String? {
        var bytes: [UInt8] = []
        var rest = text
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            let digits = rest.prefix(2)
            guard digits.count == 2, let decoded = try? Hex.decodeAnyCase(String(decoding: digits, as: UTF8.self))
            else {
                return nil
            }
            bytes += decoded
            rest = rest.dropFirst(2)
        }
        return String(validating: bytes, as: UTF8.self)
    }
}
