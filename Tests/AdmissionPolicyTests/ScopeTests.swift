import AdmissionPolicy
import OCI
import StrictEncoding
import Testing

@Suite struct ScopeTests {
    private func set(_ scopes: [(name: String, namespaces: String, images: String)]) throws -> PolicySet {
        try Policies.load(
            scopes.map { scope in
                var text = PolicyText()
                text.name = scope.name
                text.namespaces = scope.namespaces
                text.images = scope.images
                return text.text
            }.joined(separator: "---\n"))
    }

    private func names(_ set: PolicySet, _ namespace: String?, _ reference: String?) throws -> [String] {
        set.matching(namespace: namespace, reference: try reference.map { try ImageReference(parsing: $0) }).policies
            .map(\.name.name)
    }

    @Test func matchesNamespaceAndImage() throws {
        let set = try set([
            ("all", "[\"**\"]", "[\"**\"]"), ("any", "[\"*\"]", "[\"**\"]"), ("finance", "[finance]", "[\"**\"]"),
            ("ledger", "[finance]", "[registry.example/finance/ledger]"),
            ("tree", "[finance, hr]", "[\"registry.example/finance/**\"]"),
            ("team", "[\"team-*\"]", "[\"registry.example:5000/*/ledger\"]"),
        ])
        #expect(
            try names(set, "finance", "registry.example/finance/ledger:1") == [
                "all", "any", "finance", "ledger", "tree",
            ])
        #expect(try names(set, "finance", "registry.example/finance/x/y") == ["all", "any", "finance", "tree"])
        #expect(try names(set, "finance", "registry.example/finance") == ["all", "any", "finance", "tree"])
        #expect(try names(set, "finance", "registry.example/financex/a") == ["all", "any", "finance"])
        #expect(try names(set, "finance2", "registry.example/finance/ledger") == ["all", "any"])
        #expect(try names(set, "Finance", "registry.example/finance/ledger") == ["all", "any"])
        #expect(try names(set, "team-a", "registry.example:5000/a/ledger") == ["all", "any", "team"])
        #expect(try names(set, "team-a", "registry.example:5000/a/b/ledger") == ["all", "any"])
        #expect(try names(set, "hr", "registry.example/finance/a") == ["all", "any", "tree"])
    }

    @Test func withoutNamespaceOnlyDoubleStarMatches() throws {
        let set = try set([
            ("all", "[\"**\"]", "[\"**\"]"), ("any", "[\"*\"]", "[\"**\"]"), ("f", "[finance]", "[\"**\"]"),
        ])
        #expect(try names(set, nil, "registry.example/a") == ["all"])
        // An empty namespace is none that anyone could mean, not "any".
        #expect(try names(set, "", "registry.example/a") == [])
    }

    @Test func withoutReferenceOnlyDoubleStarMatches() throws {
        let set = try set([
            ("all", "[a]", "[\"**\"]"), ("one", "[a]", "[\"*\"]"), ("two", "[a]", "[\"*/**\"]"),
            ("three", "[a]", "[r.example/x]"),
        ])
        #expect(try names(set, "a", nil) == ["all"])
        #expect(try names(set, "a", "r.example/x") == ["all", "three", "two"])
    }

    @Test func wideScopesAreFoundToo() throws {
        let namespaces = (0..<200).map { "n\($0)" }.joined(separator: ", ")
        let images = (0..<200).map { "r.example/i\($0)" }.joined(separator: ", ")
        let set = try set([("wide", "[\(namespaces)]", "[\(images)]")])
        #expect(try names(set, "n7", "r.example/i9") == ["wide"])
        #expect(try names(set, "n7", "r.example/other") == [])
        #expect(try names(set, "other", "r.example/i9") == [])
    }

    /// Nothing beyond the longest beginning of any pattern is looked up, and that one is.
    @Test(arguments: [
        ("r.example/*", "r.example/y"), ("r.example/x/*", "r.example/x/y"), ("r.example/x/**", "r.example/x"),
        ("r.example/x/**", "r.example/x/y/z"), ("r.example/x", "r.example/x"), ("*/x/y", "r.example/x/y"),
        ("r.example/x*/y", "r.example/xx/y"),
    ])
    func findsThePolicyThatIsAlone(images: String, name: String) throws {
        let set = try set([("p", "[finance]", "[\"\(images)\"]")])
        #expect(try names(set, "finance", name).count == 1)
        #expect(try names(set, "finance", "r.examples/x/yy").isEmpty)
    }

    /// The index must never find less than looking at every policy does.
    @Test func indexFindsWhatScanningFinds() throws {
        var random = SplitMix64(seed: 7)
        let namespaces = ["a", "b", "team-1", "team-2"]
        let components = ["r.example", "r.example:5000", "x", "y", "z"]
        let wild = ["*", "**", "x*", "?"]
        func pattern() -> String {
            if random.next(4) == 0 { return "**" }
            return (0...random.next(3)).map { _ in
                random.next(3) == 0 ? wild[random.next(wild.count)] : components[random.next(components.count)]
            }.joined(separator: "/")
        }
        var scopes: [(name: String, namespaces: String, images: String)] = []
        for number in 0..<300 {
            let chosen = ["a", "b", "team-*", "**", "*", "team-1"][random.next(6)]
            let images = Set((0...random.next(2)).map { _ in pattern() }).filter {
                !($0.contains(":") && $0.hasSuffix("5000"))
            }
            let list = (images.isEmpty ? ["x"] : images.sorted()).map { "\"\($0)\"" }.joined(separator: ", ")
            scopes.append(("p\(number)", "[\"\(chosen)\"]", "[\(list)]"))
        }
        let set = try set(scopes)
        var matches = 0
        for _ in 0..<500 {
            let namespace = random.next(6) == 0 ? nil : namespaces[random.next(namespaces.count)]
            let name =
                components[random.next(2)] + "/"
                + (0...random.next(3)).map { _ in ["x", "y", "z"][random.next(3)] }
                .joined(separator: "/")
            let reference = random.next(8) == 0 ? nil : try ImageReference(parsing: name)
            let found = set.matching(namespace: namespace, reference: reference).policies.map(\.name)
            let scanned = set.policies.filter { $0.scope.matches(namespace: namespace, reference: reference) }.map(
                \.name)
            #expect(found == scanned)
            matches += found.count
        }
        #expect(matches > 1000)
    }
}

@Suite struct PolicyNameTests {
    /// `-` comes before `/`: a source may be the beginning of another.
    @Test
    func ordersAsItsTextDoes() {
        let names = ["a", "a-b", "a.b", "ab", "b"].flatMap { source in
            ["a", "a-b", "b"].map { PolicyName(source: source, name: $0) }
        }
        #expect(names.shuffled().sorted().map(\.description) == names.map(\.description).sorted())
        #expect(Set(names + names).count == names.count)
    }
}

/// A seeded generator, so that a failure can be had again.
struct SplitMix64: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    mutating func next(_ bound: Int) -> Int { Int.random(in: 0..<bound, using: &self) }
}
