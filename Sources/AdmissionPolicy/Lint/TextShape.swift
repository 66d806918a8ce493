import Content
import Findings
import OCI

/// What texts of one kind look like, as far as it tells that a pattern can match none of them.
enum TextShape {
    /// A Kubernetes namespace: RFC 1123 label.
    case namespace
    /// `registry/repository` as references are written out.
    case imageName
    case tag
    /// Of a source, without `git+` and ref.
    case repository
    /// Of a source on GitHub or GitLab.
    case hostedRef
    /// SLSA: a URI.
    case builder
    case uri
    case anything

    /// What is wrong with a pattern for such texts.
    func finding(_ glob: Glob, _ place: PolicyPlace) -> LintFinding? {
        switch self {
        case .namespace: namespace(glob, place)
        case .imageName: imageName(glob, place)
        case .tag: tag(glob, place)
        case .repository: repository(glob, place)
        case .hostedRef: hostedRef(glob, place)
        case .builder: builder(glob, place)
        case .uri: uri(glob, place, "a type is a URI")
        case .anything: nil
        }
    }

    private func never(_ glob: Glob, _ place: PolicyPlace, _ why: String, mend: String? = nil) -> LintFinding {
        LintFinding(
            .lintNeverMatches, place, "\(Finding.quoted(glob.description)) never matches: \(why)", mend: mend)
    }

    /// Whether the pattern matches a text that one of these does.
    private func meets(_ glob: Glob, _ shapes: String...) -> Bool {
        shapes.contains { shape in
            guard let shape = try? Glob(shape) else { return true }
            return glob.intersects(shape)
        }
    }

    // MARK: Kinds

    private func namespace(_ glob: Glob, _ place: PolicyPlace) -> LintFinding? {
        guard !glob.matchesEverything else { return nil }
        let bytes = Array(glob.description.utf8)
        let hyphen = UInt8(ascii: "-")
        guard bytes.allSatisfy({ $0.isLowerCaseLetter || $0.isDigit || $0 == hyphen || $0.isWildcard }) else {
            return never(
                glob, place, "a namespace has lower-case letters, digits and `-` only (RFC 1123)",
                mend: lowered(glob))
        }
        guard bytes.first != hyphen, bytes.last != hyphen else {
            return never(glob, place, "a namespace begins and ends with a letter or digit (RFC 1123)")
        }
        let least = bytes.count { $0 != UInt8(ascii: "*") }
        return least > 63 ? never(glob, place, "a namespace has at most 63 characters (RFC 1123)") : nil
    }

    private func imageName(_ glob: Glob, _ place: PolicyPlace) -> LintFinding? {
        let allowed = Array("._-/:".utf8)
        let bytes = Array(glob.description.utf8)
        guard bytes.allSatisfy({ $0.isLowerCaseLetter || $0.isDigit || $0.isWildcard || allowed.contains($0) }) else {
            return never(
                glob, place, "names of images have lower-case letters, digits, `.`, `_`, `-` and `/` only",
                mend: lowered(glob))
        }
        // A host has a dot or a port, or is localhost; below it there is a path.
        guard meets(glob, "*.*/**/*", "*:*/**/*", "localhost/**/*") else {
            let isOfficial = !bytes.contains(UInt8(ascii: "/"))
            return never(
                glob, place, "names begin with their registry",
                mend: "write `\(isOfficial ? "docker.io/library/" : "docker.io/")\(glob.description)` or "
                    + "`**/\(glob.description)`")
        }
        if bytes.starts(with: "index.docker.io/".utf8) {
            return never(
                glob, place, "`index.docker.io` is written `docker.io`",
                mend: "write `" + String(glob.description.dropFirst("index.".count)) + "`")
        }
        if bytes.starts(with: "docker.io/".utf8), !meets(glob, "docker.io/*/**/*") {
            return never(
                glob, place, "an image of docker.io without a directory is written with `library`",
                mend: "write `docker.io/library/" + String(glob.description.dropFirst("docker.io/".count)) + "`")
        }
        let least = bytes.count { $0 != UInt8(ascii: "*") }
        return least > ImageReference.longestName
            ? never(glob, place, "names have at most \(ImageReference.longestName) characters") : nil
    }

    private func tag(_ glob: Glob, _ place: PolicyPlace) -> LintFinding? {
        guard !glob.matchesEverything else { return nil }
        let marks = Array("._-".utf8)
        let bytes = Array(glob.description.utf8)
        guard
            bytes.allSatisfy({
                $0.isLowerCaseLetter || $0.isUpperCaseLetter || $0.isDigit || $0.isWildcard || marks.contains($0)
            })
        else { return never(glob, place, "a tag has letters, digits, `.`, `_` and `-` only") }
        guard let first = bytes.first, ![UInt8(ascii: "."), UInt8(ascii: "-")].contains(first) else {
            return never(glob, place, "a tag begins with a letter, a digit or `_`")
        }
        let least = bytes.count { $0 != UInt8(ascii: "*") }
        return least > ImageReference.longestTag
            ? never(glob, place, "a tag has at most \(ImageReference.longestTag) characters") : nil
    }

    private func repository(_ glob: Glob, _ place: PolicyPlace) -> LintFinding? {
        if glob.description.utf8.starts(with: "git+".utf8) {
            return never(
                glob, place, "repositories are compared without `git+`",
                mend: "write `\(String(glob.description.dropFirst("git+".count)))`")
        }
        guard meets(glob, "*://**", "git@*/**") else {
            return never(
                glob, place, "a repository is a URI with its scheme", mend: "write `https://\(glob.description)`")
        }
        let github = "https://github.com/"
        guard glob.description.utf8.starts(with: github.utf8) else { return nil }
        if glob.description.utf8.contains(UInt8(ascii: "@")) {
            return never(
                glob, place, "repositories are compared without their ref", mend: "write the ref under `source.ref`")
        }
        return meets(glob, github + "*/*")
            ? nil
            : never(
                glob, place, "a repository on GitHub has an owner and a name",
                mend: "write `https://github.com/OWNER/*` or `https://github.com/OWNER/NAME`")
    }

    private func hostedRef(_ glob: Glob, _ place: PolicyPlace) -> LintFinding? {
        guard !meets(glob, "refs/**/*") else { return nil }
        return LintFinding(
            .lintRefNotFull, place, "\(Finding.quoted(glob.description)) is no full ref",
            mend: "write `refs/heads/\(glob.description)` for a branch, `refs/tags/\(glob.description)` for a tag")
    }

    private func builder(_ glob: Glob, _ place: PolicyPlace) -> LintFinding? {
        if let finding = uri(glob, place, "a builder is a URI") { return finding }
        let workflows = "/.github/workflows/"
        guard glob.description.utf8.starts(with: "https://github.com/".utf8),
            let path = glob.description.range(of: workflows)
        else { return nil }
        let file = glob.description[path.upperBound...]
        guard let at = file.utf8.firstIndex(of: UInt8(ascii: "@")) else {
            // A star at the end may stand for the `@` and a commit.
            if file.utf8.contains(UInt8(ascii: "/")) || file.utf8.last?.isWildcard == true { return nil }
            return never(
                glob, place, "the builder's id names the workflow with the ref at which it ran",
                mend: "write `\(glob.description)@refs/tags/v*`")
        }
        let ref = file[file.utf8.index(after: at)...]
        if ref.utf8.allSatisfy(\.isWildcard), ref != "**" {
            return LintFinding(
                .lintStarStopsAtSlash, place,
                "\(Finding.quoted(glob.description)) matches no branch and no tag: their refs hold slashes")
        }
        let isCommit = ref.utf8.allSatisfy { $0.isLowerHexDigit || $0.isWildcard }
        guard !isCommit, !meets(glob, "https://github.com/**/*@refs/**/*") else { return nil }
        return never(
            glob, place, "behind the `@` stands a full ref or a commit",
            mend: "write `@refs/tags/\(ref)` or `@refs/heads/\(ref)`")
    }

    private func uri(_ glob: Glob, _ place: PolicyPlace, _ why: String) -> LintFinding? {
        meets(glob, "*:*/**") ? nil : never(glob, place, why, mend: "write it with its scheme, such as `https://`")
    }

    private func lowered(_ glob: Glob) -> String? {
        let lower = glob.description.lowercased()
        return lower.utf8.elementsEqual(glob.description.utf8) ? nil : "write `\(lower)`"
    }
}

extension UInt8 {
    fileprivate var isWildcard: Bool { self == UInt8(ascii: "*") || self == UInt8(ascii: "?") }
    fileprivate var isLowerCaseLetter: Bool { (0x61...0x7A).contains(self) }
    fileprivate var isUpperCaseLetter: Bool { (0x41...0x5A).contains(self) }
    fileprivate var isDigit: Bool { (0x30...0x39).contains(self) }
    fileprivate var isLowerHexDigit: Bool { isDigit || (0x61...0x66).contains(self) }
}

extension String {
    /// Where a text of ASCII stands first.
    fileprivate func range(of text: String) -> Range<Index>? {
        var start = startIndex
        while start < endIndex {
            let rest = utf8[start...]
            if rest.starts(with: text.utf8) { return start..<utf8.index(start, offsetBy: text.utf8.count) }
            start = utf8.index(after: start)
        }
        return nil
    }
}
