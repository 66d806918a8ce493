import StrictEncoding
import Testing

@Suite struct JSONTreeTests {
    @Test func isBuiltFromLiterals() {
        let tree: JSONTree = ["name": "ledger", "size": 12, "tags": ["a", "b"], "ok": true]
        #expect(
            tree
                == .object([
                    "name": .string("ledger"), "size": .integer(12), "tags": .array([.string("a"), .string("b")]),
                    "ok": .bool(true),
                ]))
        #expect(JSONTree(strings: ["a", "b"]) == ["a", "b"])
        #expect(tree["size"] == 12 && tree["missing"] == nil && tree["size"]?["x"] == nil)
        #expect(("v\(1)" as JSONTree) == .string("v1"))
    }

    @Test func leavesOutMembersWithoutValue() {
        let tag: String? = nil
        let digest: String? = "sha256:00"
        let tree = JSONTree(members: [
            "tag": tag.map(JSONTree.string), "digest": digest.map(JSONTree.string), "n": .null,
        ])
        #expect(tree == .object(["digest": "sha256:00", "n": .null]))
    }

    @Test func comparesStringsAndNamesAsBytes() {
        #expect(JSONTree.string("\u{E9}") != .string("e\u{301}"))
        #expect(JSONTree.object(["\u{E9}": 1]) != .object(["e\u{301}": 1]))
        #expect(JSONTree.object(["\u{E9}": 1, "e\u{301}": 2]).canonicalBytes().count == 16)
        #expect(JSONTree.array([.string("\u{E9}")]) != .array([.string("e\u{301}")]))
    }

    @Test func tellsKindsApart() {
        let all: [JSONTree] = [.object([:]), .array([]), .string(""), .integer(0), .bool(false), .null]
        for (first, left) in all.enumerated() {
            for (second, right) in all.enumerated() { #expect((left == right) == (first == second)) }
        }
    }

    @Test func readsWhatWasReceived() throws {
        let text = #"{"a":[1,-0,1.50,1e2,12345678901234567890],"b":{"c":null,"d":true,"\u0065":"x\ny"}}"#
        let tree = try #require(JSONTree(try JSONDocument(parsing: Array(text.utf8)).root))
        let numbers = try ["-0", "1.50", "1e2", "12345678901234567890"].map {
            JSONTree.number(try #require(JSONNumber(literal: $0)))
        }
        #expect(tree == ["a": .array([.integer(1)] + numbers), "b": ["c": .null, "d": true, "e": "x\ny"]])
    }

    @Test func refusesNumbersBeyondADouble() throws {
        #expect(JSONTree(try JSONDocument(parsing: Array("[{\"a\":1e400}]".utf8)).root) == nil)
        #expect(JSONNumber(literal: "-1e400") == nil)
        #expect(JSONNumber(literal: "1e308")?.value == 1e308)
        for literal in ["", "1 ", " 1", "+1", "01", "0x10", "nan", "inf", "1.", "1_0", "1,", "é"] {
            #expect(JSONNumber(literal: literal) == nil, "\(literal)")
        }
    }

    @Test func writesForPeople() throws {
        let tree: JSONTree = ["b": [1, "x"], "a": ["k": .null], "empty": [], "none": [:], "\n": false]
        let expected = """
            {
              "\\n": false,
              "a": {
                "k": null
              },
              "b": [
                1,
                "x"
              ],
              "empty": [],
              "none": {}
            }

            """
        #expect(String(decoding: tree.prettyBytes(), as: UTF8.self) == expected)
        #expect(JSONTree(try JSONDocument(parsing: tree.prettyBytes()).root) == tree)
        #expect(JSONTree.integer(.max).prettyBytes() == Array("9223372036854775807\n".utf8))
    }

    @Test func writesTheDeepestDocument() throws {
        let depth = 1024
        let text = Array((String(repeating: "[", count: depth) + String(repeating: "]", count: depth)).utf8)
        let root = try JSONDocument(parsing: text, limits: JSONLimits(depth: depth)).root
        let tree = try #require(JSONTree(root))
        #expect(tree.canonicalBytes() == text)
        #expect(try tree.olpcCanonicalBytes() == text)
        #expect(tree == JSONTree(root))
    }
}
