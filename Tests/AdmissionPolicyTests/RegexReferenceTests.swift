import Testing

@testable import AdmissionPolicy

/// Random expressions, matched also by the plainest reading of them: which positions can be reached from which.
@Suite struct RegexReferenceTests {
    private static func pattern(_ random: inout SplitMix64, depth: Int = 0) -> String {
        let atoms = ["a", "b", ".", "[ab]", "[^a]", "[a-b]", "\\w", "c"]
        var text = ""
        for _ in 0..<random.next(4) {
            let atom =
                depth < 3 && random.next(3) == 0
                ? "(" + pattern(&random, depth: depth + 1) + ")" : atoms[random.next(atoms.count)]
            text += atom + ["", "", "*", "+", "?", "{2}", "{1,}", "{0,2}"][random.next(8)]
        }
        return random.next(4) == 0 ? text + "|" + pattern(&random, depth: depth + 1) : text
    }

    /// The positions to which the expression leads from one position.
    private static func ends(_ node: RegexNode, _ text: [Unicode.Scalar], from start: Int) -> Set<Int> {
        switch node {
        case .scalar(let set): return start < text.count && set.contains(text[start]) ? [start + 1] : []
        case .sequence(let items):
            return items.reduce([start]) { places, item in
                places.reduce(into: []) { $0.formUnion(ends(item, text, from: $1)) }
            }
        case .alternatives(let all): return all.reduce(into: []) { $0.formUnion(ends($1, text, from: start)) }
        case .repetition(let item, let atLeast, let atMost):
            var places: Set<Int> = [start]
            for _ in 0..<atLeast { places = places.reduce(into: []) { $0.formUnion(ends(item, text, from: $1)) } }
            // More repetitions than there are characters lead nowhere new.
            for _ in 0..<min(atMost.map { $0 - atLeast } ?? .max, text.count + 1) {
                places = places.reduce(into: places) { $0.formUnion(ends(item, text, from: $1)) }
            }
            return places
        }
    }

    @Test func agreesWithThePlainestReading() throws {
        var matched = 0
        var refused = 0
        for seed in 0..<400 as Range<UInt64> {
            var random = SplitMix64(seed: seed)
            let pattern = Self.pattern(&random)
            guard !pattern.isEmpty else { continue }
            let regex = try BoundedRegex(pattern)
            var parser = RegexParser(pattern)
            let node = try parser.whole()
            for _ in 0..<8 {
                let text = (0..<random.next(7)).map { _ in ["a", "b", "c"][random.next(3)] }.joined()
                let scalars = Array(text.unicodeScalars)
                let expected = Self.ends(node, scalars, from: 0).contains(scalars.count)
                #expect(regex.matches(text) == expected, "seed \(seed): \(pattern) on \(text)")
                if expected { matched += 1 } else { refused += 1 }
            }
        }
        #expect(matched > 300 && refused > 300)
    }

    /// Whatever is written is read or refused, and what is read can be matched.
    @Test func anyTextIsReadOrRefused() {
        let parts = [
            "a", "(", ")", "[", "]", "{", "}", "*", "+", "?", "|", "\\", "-", "^", "$", ",", "2", "é", "&", ":", ".",
        ]
        for seed in 0..<2_000 as Range<UInt64> {
            var random = SplitMix64(seed: seed)
            let pattern = (0..<random.next(12)).map { _ in parts[random.next(parts.count)] }.joined()
            if let regex = try? BoundedRegex(pattern) { _ = regex.matches("a2é") }
        }
    }
}
