extension Component {
    /// The digests by which the component says it is an image, `sha256:…`, each with its place; none twice.
    ///
    /// Tools say it in different fields, so all are looked at: the version (Syft), the version of a package URL
    /// (`pkg:oci/app@sha256%3A…`, Trivy), the end of the name (`app@sha256:…`, Trivy's SPDX), and the hashes. Only SHA-256,
    /// SHA-384 and SHA-512, in lower case. Where fields disagree all are given: whoever compares has to look at each.
    public var imageDigests: [StatedText] {
        var found: [StatedText] = []
        func add(_ digest: some StringProtocol, _ place: DocumentPlace) {
            let digest = String(digest)
            guard Self.isDigest(digest), !found.contains(where: { $0.text.utf8.elementsEqual(digest.utf8) }) else {
                return
            }
            found.append(StatedText(text: digest, place: place))
        }
        if let version { add(version, place(of: .version)) }
        for packageURL in packageURLs {
            // Qualifiers and a subpath may hold an `@` of their own.
            let path = packageURL.text.prefix { $0 != "?" && $0 != "#" }
            guard let at = path.lastIndex(of: "@") else { continue }
            add(Self.decodingColon(path[path.index(after: at)...]), packageURL.place)
        }
        if let at = name.lastIndex(of: "@") { add(name[name.index(after: at)...], place(of: .name)) }
        for hash in hashes { add(hash.algorithm.name + ":" + hash.hex, hash.place) }
        return found
    }

    private static let lengths = ["sha256": 64, "sha384": 96, "sha512": 128]

    private static func isDigest(_ text: String) -> Bool {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, let length = lengths[String(parts[0])], parts[1].utf8.count == length else {
            return false
        }
        return parts[1].utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
    }

    /// The only character of a digest that a package URL escapes.
    private static func decodingColon(_ version: Substring) -> String {
        for escape in ["%3A", "%3a"] {
            let parts = version.utf8.split(
                separator: Array(escape.utf8), maxSplits: 1, omittingEmptySubsequences: false)
            if parts.count == 2 { return String(Substring(parts[0])) + ":" + String(Substring(parts[1])) }
        }
        return String(version)
    }
}
