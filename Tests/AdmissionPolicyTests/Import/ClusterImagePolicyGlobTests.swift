import Content
import OCI
import Testing

@testable import AdmissionPolicy

/// Patterns of policy-controller in ours.
@Suite struct ClusterImagePolicyGlobTests {
    @Test(arguments: [
        ("**", ["**"]),
        ("*", ["docker.io/library/*"]),
        ("*/*", ["docker.io/*/*"]),
        ("busybox*", ["docker.io/library/busybox*"]),
        ("example/*", ["docker.io/example/*"]),
        ("index.docker.io/library/**", ["docker.io/library/*/**"]),
        ("index.docker.io/**", ["docker.io/**"]),
        ("index.docker.**", ["docker.io/**", "index.docker.*/**"]),
        ("inde**", ["docker.io/**", "inde*/**"]),
        ("ghcr.io/*/*", ["ghcr.io/*/*"]),
        ("ghcr.io/**", ["ghcr.io/**"]),
        ("ghcr.io/team/**", ["ghcr.io/team/*/**"]),
        ("ghcr.io/team/tool**", ["ghcr.io/team/tool*/**"]),
        ("ghcr.io/**/tool*", ["ghcr.io/**/tool*"]),
        ("ghcr.io/a**b/c*", ["ghcr.io/a*b/c*", "ghcr.io/a*/**/*b/c*"]),
        ("ghcr.io/team***", ["ghcr.io/team*/**"]),
        ("*/**", ["*/**"]),
        ("localhost/team/*", ["localhost/team/*"]),
        ("registry.example:5000/team/*", ["registry.example:5000/team/*"]),
    ])
    func saysTheSame(_ theirs: String, _ ours: [String]) throws {
        let glob = try ClusterImagePolicyGlob(theirs)
        #expect(glob.names == ours)
        #expect(glob.tags == nil && glob.difference == nil)
    }

    @Test func tagsBecomeConditions() throws {
        let exact = try ClusterImagePolicyGlob("registry.example/team/*:v1")
        #expect(exact.names == ["registry.example/team/*"])
        #expect(exact.tags == .oneOf(["v1"]) && exact.difference != nil)
        let pattern = try ClusterImagePolicyGlob("registry.example/team/app:v1.*")
        #expect(pattern.names == ["registry.example/team/app"])
        #expect(pattern.tags == .glob(["v1.*"]))
        // A digest has a colon too, but no tag.
        #expect(try ClusterImagePolicyGlob("registry.example/team/app:**").tags == .glob(["**"]))
        #expect(try ClusterImagePolicyGlob("registry.example/team/*:*").tags == nil)
        let bare = try ClusterImagePolicyGlob("registry.example/team/app")
        #expect(bare.names == ["registry.example/team/app"])
        #expect(bare.difference != nil)
    }

    @Test func matchesNothingWhereTheirsDoes() throws {
        for pattern in ["docker.io/library/*", "a//b", "a/", "/a", "registry.example/team/:v1"] {
            let glob = try ClusterImagePolicyGlob(pattern)
            #expect(glob.names.isEmpty && glob.difference != nil, "\(pattern)")
        }
    }

    @Test(arguments: ["", "[a-z]*", ".+", "a b", "a?", "registry.example/{a,b}"])
    func refusesWhatTheyRefuse(_ pattern: String) {
        #expect(throws: ClusterImagePolicyGlob.Failure.malformed) { _ = try ClusterImagePolicyGlob(pattern) }
    }

    /// Leaving one out would let images past a policy that is to judge them.
    @Test(arguments: [
        "registry.example/*-debug", "**index.docker.io/team/*", "docker.*/team/*", "registry.example/a**b**c/*",
        "registry.example/a:b:c", "registry.example/*:a*", "registry.example/a**b/c**d/e**f/g**h/i**j/*",
    ])
    func refusesWhatOursCannotSay(_ pattern: String) {
        #expect("\(pattern)") {
            _ = try ClusterImagePolicyGlob(pattern)
        } throws: {
            if case .notSaid = $0 as? ClusterImagePolicyGlob.Failure { true } else { false }
        }
    }

    /// The reference implementation, in a few lines: a star is anything but a slash, two are anything, and the text is
    /// the whole reference.
    private static func theirsMatches(_ pattern: String, _ reference: ImageReference) -> Bool {
        let pattern = pattern == "*" ? "index.docker.io/library/*" : pattern == "*/*" ? "index.docker.io/*/*" : pattern
        let host = reference.registry == "docker.io" ? "index.docker.io" : reference.registry
        let end = reference.digest.map { "@\($0)" } ?? ":" + (reference.tag ?? "latest")
        return matches(Array(pattern)[...], Array("\(host)/\(reference.repository)\(end)")[...])
    }

    private static func matches(_ pattern: ArraySlice<Character>, _ text: ArraySlice<Character>) -> Bool {
        guard let first = pattern.first else { return text.isEmpty }
        guard first == "*" else {
            return text.first == first && matches(pattern.dropFirst(), text.dropFirst())
        }
        let isAny = pattern.dropFirst().first == "*"
        let rest = pattern.dropFirst(isAny ? 2 : 1)
        var tail = text
        while true {
            if matches(rest, tail) { return true }
            guard let next = tail.first, isAny || next != "/" else { return false }
            tail = tail.dropFirst()
        }
    }

    @Test func agreesWithTheirsOnEveryReference() throws {
        let names = [
            "debian", "example/app", "docker.io/other/app", "ghcr.io/team/tool", "ghcr.io/team/tool/sub",
            "ghcr.io/team",
            "ghcr.io/a/x/yb/c", "ghcr.io/axb/c", "registry.example:5000/team/app", "registry.example/team/app",
        ]
        let ends = ["", ":v1", ":v1.2", "@sha256:" + String(repeating: "a", count: 64)]
        let patterns = [
            "**", "*", "*/*", "*/**", "inde**", "index.docker.**", "index.docker.io/**", "index.docker.io/*/*",
            "ghcr.io/**", "ghcr.io/*", "ghcr.io/*/*", "ghcr.io/team/**", "ghcr.io/team**", "ghcr.io/team/tool**",
            "ghcr.io/**/tool*", "ghcr.io/**b/c*", "ghcr.io/a**b/c*", "**/team/**", "**/app*", "registry.example**",
            "registry.example/team/app:*", "registry.example/team/*:v1", "registry.example/**:v1.*", "ghcr.io/**:**",
            "docker.io/**", "*.io/**", "*dex.docker.io/**",
        ]
        for pattern in patterns {
            let ours = try ClusterImagePolicyGlob(pattern)
            let globs = try ours.names.map { try Glob($0) }
            for name in names {
                for end in ends {
                    let reference = try ImageReference(parsing: name + end)
                    var isMatch = globs.contains { $0.matches(reference.name) }
                    if isMatch, let tags = ours.tags {
                        let tag = reference.effectiveTag
                        switch tags {
                        case .oneOf(let values): isMatch = tag.map(values.contains) ?? false
                        case .glob(let patterns):
                            isMatch =
                                try tag.map { tag in try patterns.contains { try Glob($0).matches(tag) } } ?? false
                        }
                    }
                    #expect(isMatch == Self.theirsMatches(pattern, reference), "\(pattern) \(reference)")
                }
            }
        }
    }
}
