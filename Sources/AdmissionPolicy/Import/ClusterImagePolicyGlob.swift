import Content
import StrictEncoding

/// An image pattern of policy-controller, said in ours.
///
/// Theirs is matched against the whole reference, tag or digest included: `*` is any number of characters other than
/// `/`, `**` any number of any, also within a component, and everything else is literal. Docker Hub is
/// `index.docker.io` there and `docker.io` here. Ours are matched against `registry/repository`, `**` is a whole
/// component, and the tag is the matter of a rule. So one of theirs may become several of ours, and a rule.
struct ClusterImagePolicyGlob {
    /// Over `registry/repository`. Empty: theirs matches no image.
    let names: [String]
    /// What the tag has to be, where theirs says so.
    let tags: DraftImage.Text?
    /// How ours differs, if it does.
    let difference: String?

    enum Failure: Error, Equatable {
        /// policy-controller refuses the pattern.
        case malformed
        /// What our patterns can't say.
        case notSaid(String)

        var message: String {
            switch self {
            case .malformed: "expected a pattern of letters, digits and `-_:/.*`"
            case .notSaid(let what): "expected a pattern that can be said in ours, found \(what)"
            }
        }
    }

    private enum Token: Hashable {
        case literal(UInt8)
        /// `*`
        case star
        /// `**`
        case stars
    }
    private typealias Component = [Token]

    init(_ text: String) throws(Failure) {
        guard !text.isEmpty, text.utf8.count <= 512, text.utf8.allSatisfy(Self.isAllowed) else { throw .malformed }
        guard text != "**" else {
            (names, tags, difference) = (["**"], nil, nil)
            return
        }
        var components = Self.components(text)
        // "foo//bar", "foo/" and "/foo": no image has such a name.
        guard !components.contains(where: \.isEmpty), var last = components.popLast() else {
            (names, tags, difference) = ([], nil, "no image has a name with an empty component")
            return
        }
        var difference: String?
        var tags: DraftImage.Text?
        if let colon = last.lastIndex(of: .literal(UInt8(ascii: ":"))) {
            let name = Array(last[..<colon])
            let tag = Array(last[(colon + 1)...])
            guard !name.contains(.literal(UInt8(ascii: ":"))) else { throw .notSaid("two colons at its end") }
            tags = try Self.tags(tag, afterStar: name.last == .star || name.last == .stars)
            if tags != nil {
                difference = "images of these names under another tag, or by digest alone, are refused by this policy"
            }
            last = name
            guard !last.isEmpty else {
                (names, self.tags, self.difference) = ([], nil, "no image has a name with an empty component")
                return
            }
        } else if last.last != .star, last.last != .stars {
            guard !last.contains(.star), !last.contains(.stars) else {
                throw .notSaid("a last component that ends in text: it may be the end of a name or of a tag")
            }
            difference = "it names no tag: this policy speaks of every tag and digest"
        }
        components.append(last)
        var names: [String] = []
        for pattern in try Self.expanded(components) { names += try Self.named(pattern) }
        for name in names {
            do throws(GlobError) { _ = try Glob(name) } catch { throw .notSaid("one beyond the limits of patterns") }
        }
        var seen: Set<ExactString> = []
        self.names = names.filter { seen.insert(ExactString($0)).inserted }
        self.tags = tags
        self.difference =
            names.isEmpty ? "Docker Hub is `index.docker.io` there, so no image has this name" : difference
    }

    private static func isAllowed(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        default: "-_:/.*".utf8.contains(byte)
        }
    }

    /// With the documented defaults: a pattern without a host is about Docker Hub, one without a slash about its library.
    private static func components(_ text: String) -> [Component] {
        if text == "*" { return components("index.docker.io/library/*") }
        if text == "*/*" { return components("index.docker.io/*/*") }
        let parts = text.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).map(tokens)
        guard let first = parts.first, !first.isEmpty else { return parts }
        if parts.count == 1 {
            return first.contains(.stars) ? parts : components("index.docker.io/library/").dropLast() + parts
        }
        let isHost = first.contains {
            $0 == .literal(UInt8(ascii: ".")) || $0 == .literal(UInt8(ascii: ":")) || $0 == .star || $0 == .stars
        }
        return isHost || first == tokens("localhost".utf8[...]) ? parts : [tokens("index.docker.io".utf8[...])] + parts
    }

    /// Runs of stars are one: three are `**` and `*` side by side, which is `**`.
    private static func tokens(_ bytes: Substring.UTF8View) -> Component {
        var tokens: Component = []
        for byte in bytes {
            if byte != UInt8(ascii: "*") {
                tokens.append(.literal(byte))
            } else if tokens.last == .star || tokens.last == .stars {
                tokens[tokens.count - 1] = .stars
            } else {
                tokens.append(.star)
            }
        }
        return tokens
    }

    /// Nil: any tag, or a digest. A digest ends in hexadecimal digits behind a colon too.
    private static func tags(_ tokens: Component, afterStar: Bool) throws(Failure) -> DraftImage.Text? {
        // Nothing in a tag is a slash, so both stars are one.
        let text = tokens.map { $0 == .stars ? Token.star : $0 }
        guard text.contains(.star) else { return .oneOf([string(text)]) }
        if text == [.star] { return afterStar ? nil : .glob(["**"]) }
        let couldBeDigest = text.allSatisfy { token in
            guard case .literal(let byte) = token else { return true }
            return (0x30...0x39).contains(byte) || (0x61...0x66).contains(byte)
        }
        guard !afterStar || !couldBeDigest else {
            throw .notSaid("a star before the colon and a pattern behind it, which may be a digest's")
        }
        return .glob([string(text)])
    }

    /// Without `**` inside of components: each stands for "within this component" or "to its end, any components, and
    /// from the beginning of another".
    private static func expanded(_ components: [Component]) throws(Failure) -> [[String]] {
        var patterns: [[String]] = [[]]
        for (position, component) in components.enumerated() {
            guard component.filter({ $0 == .stars }).count < 2 else { throw .notSaid("`**` twice in a component") }
            var choices: [[String]] = [[string(component)]]
            if let at = component.firstIndex(of: .stars) {
                let before = string(Array(component[..<at]))
                let after = string(Array(component[(at + 1)...]))
                // It may end in Docker Hub's name, which is another here.
                guard position > 0 || after.isEmpty else { throw .notSaid("`**` before the end of a registry's name") }
                switch (before.isEmpty, after.isEmpty) {
                // Every name has a registry and a repository, so behind a registry something stands.
                case (true, true): choices = [position == 1 ? ["**"] : ["*", "**"]]
                case (false, true): choices = [[before + "*", "**"]]
                case (true, false): choices = [["**", "*" + after]]
                case (false, false): choices = [[before + "*" + after], [before + "*", "**", "*" + after]]
                }
            }
            patterns = patterns.flatMap { pattern in choices.map { pattern + $0 } }
            guard patterns.count <= 16 else { throw .notSaid("too many `**` within components") }
        }
        return patterns
    }

    /// With Docker Hub under our name for it.
    private static func named(_ pattern: [String]) throws(Failure) -> [String] {
        let hub = "index.docker.io"
        guard let host = pattern.first else { return [] }
        let whole = pattern.joined(separator: "/")
        let ours = (["docker.io"] + pattern.dropFirst()).joined(separator: "/")
        guard host != "*", host != "**" else { return [whole] }
        guard host.utf8.contains(UInt8(ascii: "*")) else {
            return host == hub ? [ours] : host == "docker.io" ? [] : [whole]
        }
        guard let glob = try? Glob(host) else { throw .notSaid("a registry beyond the limits of patterns") }
        switch (glob.matches(hub), glob.matches("docker.io")) {
        case (true, false): return [ours, whole]
        case (false, true): throw .notSaid("a registry that is Docker Hub by our name for it, and not by theirs")
        default: return [whole]
        }
    }

    private static func string(_ tokens: Component) -> String {
        String(
            decoding: tokens.flatMap { token -> [UInt8] in
                switch token {
                case .literal(let byte): [byte]
                case .star: [UInt8(ascii: "*")]
                case .stars: [UInt8(ascii: "*"), UInt8(ascii: "*")]
                }
            }, as: UTF8.self)
    }
}
