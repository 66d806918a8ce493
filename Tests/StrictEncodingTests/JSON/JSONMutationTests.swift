import StrictEncoding
import Testing

/// Damaged documents, the same in every run. The parser has to agree with the reference reader on each, and what it
/// accepts has to survive being written and read again.
@Suite struct JSONMutationTests {
    private static let seeds = [
        #"{"payloadType":"application/vnd.in-toto+json","payload":"eyJfdHlwZSI6MX0=","signatures":[{"keyid":"","sig":"AA=="}]}"#,
        #"{"schemaVersion":2,"config":{"digest":"sha256:0f","size":1469},"layers":[],"annotations":{"a":"\u00e9\ud83d\ude00"}}"#,
        #"[0,-1,2.5,1e10,-0.0E-3,true,false,null,"",[],{},[[[]]],{"a":{"b":[1]}}]"#,
        #"{"a":1,"b":2,"c":3,"d":4,"e":5,"f":6,"g":7,"h":8,"i":9,"j":10,"k":11,"l":12,"m":13,"n":14}"#,
        "{\n    \"é\": \"caf\u{E9} cafe\u{301} 日本\",\n    \"\\\"\\\\\\/\\b\\f\\n\\r\\t\": [\n        1,\n        2\n    ]\n}\n",
        #""a plain string that is longer than one block of sixteen bytes, and than sixty-four of them as well""#,
    ].map { Array($0.utf8) }

    /// What is put in: the bytes that mean something, and whole fragments.
    private static let fragments: [[UInt8]] =
        #"{}[]",:\0123456789.-+eEtrufalsn/ "#.utf8.map { [$0] } + [
            [0x00], [0x1F], [0x7F], [0x80], [0xC3], [0xC3, 0xA9], [0xED, 0xA0, 0x80], [0xF0, 0x9F, 0x98, 0x80], [0xFF],
            [0x0A], [0x0D], [0x09], [0xEF, 0xBB, 0xBF],
        ]
        + [#"\u0061"#, #"\ud83d"#, #"\ude00"#, #""a":"#, #","a":1"#, "null", "true", "1e999", "[[[[", "]]]]"].map {
            Array($0.utf8)
        }

    @Test(arguments: seeds.indices)
    func agreesWithTheReferenceReader(_ seed: Int) throws {
        var random = SeededGenerator(seed: UInt64(seed) &+ 8259)
        var accepted = 0
        for round in 0..<3500 {
            var text = Self.seeds[seed]
            for _ in 0...Int.random(in: 0..<3, using: &random) { mutate(&text, &random) }
            let document = try? JSONDocument(parsing: text)
            let shown = "round \(round): \(String(decoding: text, as: UTF8.self))"
            #expect((document != nil) == ReferenceJSON.accepts(text), "\(shown)")
            guard let document else { continue }
            accepted += 1
            #expect(visit(document.root) <= text.count, "\(shown)")
            guard let tree = JSONTree(document.root) else { continue }
            for bytes in [tree.canonicalBytes(), tree.prettyBytes()] {
                let again = JSONTree(try JSONDocument(parsing: bytes).root)
                #expect(again?.canonicalBytes() == tree.canonicalBytes(), "\(shown)")
            }
        }
        #expect(accepted > 100)
    }

    private func mutate(_ text: inout [UInt8], _ random: inout SeededGenerator) {
        let position = Int.random(in: 0...text.count, using: &random)
        let fragment = Self.fragments[Int.random(in: 0..<Self.fragments.count, using: &random)]
        let end = min(text.count, position + Int.random(in: 0..<8, using: &random))
        switch Int.random(in: 0..<6, using: &random) {
        case 0: text.insert(contentsOf: fragment, at: position)
        case 1: text.replaceSubrange(position..<end, with: fragment)
        case 2: text.removeSubrange(position..<end)
        case 3: text.insert(contentsOf: text[position..<end], at: Int.random(in: 0...text.count, using: &random))
        case 4: if position < text.count { text[position] ^= 1 << UInt8.random(in: 0..<8, using: &random) }
        default: if position < text.count { text[position] = UInt8.random(in: 0...255, using: &random) }
        }
    }

    /// Calls every accessor of every value; gives the number of values.
    private func visit(_ value: JSONValue) -> Int {
        _ = (
            value.kind, value.int, value.numberLiteral, value.bool, value.exact, value.rawBytes.count, value["a"]?.kind
        )
        _ = try? value.base64Bytes(alphabet: .standardOrURLSafe)
        if let string = value.string { #expect(value.isIdentical(to: string)) }
        var count = 1
        for element in value.array.map(Array.init) ?? [] { count += visit(element) }
        if let object = value.object {
            for (key, member) in object {
                #expect(object[key].map { $0.rawBytes } == member.rawBytes)
                count += visit(member)
            }
        }
        return count
    }
}
