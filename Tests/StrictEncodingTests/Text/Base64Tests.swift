import StrictEncoding
import Testing

@Suite struct Base64Tests {
    /// RFC 4648 section 10.
    @Test(arguments: [
        ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
        ("foobar", "Zm9vYmFy"),
    ])
    func givesTheVectorsOfTheRFC(_ plain: String, _ encoded: String) throws {
        #expect(Base64.encode(Array(plain.utf8)) == encoded)
        #expect(try Base64.decode(encoded) == Array(plain.utf8))
        #expect(try Base64.decode(bytes: Array(encoded.utf8)[...]) == Array(plain.utf8))
        #expect(try Base64.decode(bytes: Array(encoded.utf8).span) == Array(plain.utf8))
        #expect(try Base64.decodeStandardOrURLSafe(encoded) == Array(plain.utf8))
    }

    @Test func goesThereAndBackAtEveryLength() throws {
        var random = SeededGenerator(seed: 4648)
        for length in 0..<200 {
            let bytes = (0..<length).map { _ in UInt8.random(in: 0...255, using: &random) }
            let text = Base64.encode(bytes)
            #expect(try Base64.decode(text) == bytes)
            let urlSafe = text.map { $0 == "+" ? "-" : $0 == "/" ? "_" : $0 }
            #expect(try Base64.decodeStandardOrURLSafe(String(urlSafe)) == bytes)
        }
    }

    @Test func decodesEachDigitInEachPlaceOfABlock() throws {
        let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        for (value, digit) in digits.enumerated() {
            for place in 0..<16 {
                var text = [UInt8](repeating: UInt8(ascii: "A"), count: 36)
                text[place] = digit
                var expected = [UInt8](repeating: 0, count: 27)
                let bits = UInt32(value) << UInt32(18 - 6 * (place % 4))
                for byte in 0..<3 {
                    expected[place / 4 * 3 + byte] = UInt8(truncatingIfNeeded: bits >> UInt32(16 - 8 * byte))
                }
                #expect(try Base64.decode(bytes: text[...]) == expected)
            }
        }
    }

    /// With the round trip above: exactly one spelling of each byte string is accepted.
    @Test(arguments: [1, 2, 3, 11, 12, 13, 14, 15, 24, 48, 50])
    func acceptsNoOtherSpelling(_ length: Int) throws {
        let original = Array(Base64.encode((0..<length).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ 200) }).utf8)
        for position in original.indices {
            for byte in UInt8.min...UInt8.max {
                var text = original
                text[position] = byte
                if let decoded = try? Base64.decode(bytes: text[...]) {
                    #expect(Array(Base64.encode(decoded).utf8) == text)
                }
                if let decoded = try? Base64.decodeStandardOrURLSafe(bytes: text[...]) {
                    let urlSafe = text.contains { $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_") }
                    let standard = text.map {
                        $0 == UInt8(ascii: "-") ? UInt8(ascii: "+") : $0 == UInt8(ascii: "_") ? UInt8(ascii: "/") : $0
                    }
                    #expect(Array(Base64.encode(decoded).utf8) == standard)
                    #expect(!urlSafe || !text.contains { $0 == UInt8(ascii: "+") || $0 == UInt8(ascii: "/") })
                }
            }
        }
    }

    @Test(
        arguments: [
            // Bits that stand for nothing: "hi" is aGk=, and nothing else is.
            ("aGl=", .nonZeroPaddingBits(offset: 2)), ("aGn=", .nonZeroPaddingBits(offset: 2)),
            ("aR==", .nonZeroPaddingBits(offset: 1)),
            ("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB=", .nonZeroPaddingBits(offset: 34)),
            // Padding that is missing, or too much of it, or in the wrong place.
            ("aGk", .invalidLength(3)), ("aGkaa", .invalidLength(5)), ("a", .invalidLength(1)),
            ("=", .invalidLength(1)),
            ("Zm9v=", .invalidLength(5)), ("Zm9v====", .invalidCharacter(offset: 4)),
            ("====", .invalidCharacter(offset: 0)),
            ("a===", .invalidCharacter(offset: 1)), ("Zg==Zg==", .invalidCharacter(offset: 2)),
            ("=AAA", .invalidCharacter(offset: 0)),
            ("A=AA", .invalidCharacter(offset: 1)), ("AA=A", .invalidCharacter(offset: 2)),
            // Whitespace and line breaks.
            ("aGk=\n", .invalidLength(5)), ("aGk \n", .invalidLength(5)), ("aG k", .invalidCharacter(offset: 2)),
            ("Zm9v\r\nA=", .invalidCharacter(offset: 4)),
            ("AAAAAAAAAAAAAAAAA AA", .invalidCharacter(offset: 17)),
            ("AAAAAAAAAAAAAAA\nAAAAAAAA", .invalidCharacter(offset: 15)),
            // Other alphabets.
            ("__8=", .invalidCharacter(offset: 0)), ("AA-A", .invalidCharacter(offset: 2)),
            ("é==", .invalidCharacter(offset: 0)),
            ("AAAAAAAAAAAAAAAAAAAAAAA_AAAA", .invalidCharacter(offset: 23)), ("\u{0}AAA", .invalidCharacter(offset: 0)),
        ] as [(String, Base64Error)])
    func refusesWhatIsNotCanonical(_ text: String, _ error: Base64Error) {
        #expect(throws: error) { try Base64.decode(text) }
    }

    @Test(arguments: [
        ("+_8=", 1), ("-/8=", 1), ("AAAA+AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA_AAA", 36),
        ("_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA/A==", 36), ("+-AA", 1),
        ("AAAAAAAAAAAAAAA+_AAAAAAAAAAAAAAA", 16),
    ])
    func refusesAMixtureOfAlphabets(_ text: String, _ offset: Int) {
        #expect(throws: Base64Error.mixedAlphabets(offset: offset)) { try Base64.decodeStandardOrURLSafe(text) }
    }

    @Test func eitherAlphabetIsStillCanonical() throws {
        #expect(try Base64.decodeStandardOrURLSafe("__8=") == [0xFF, 0xFF])
        #expect(try Base64.decodeStandardOrURLSafe("//8=") == [0xFF, 0xFF])
        #expect(throws: Base64Error.nonZeroPaddingBits(offset: 2)) { try Base64.decodeStandardOrURLSafe("__9=") }
        #expect(throws: Base64Error.invalidLength(3)) { try Base64.decodeStandardOrURLSafe("__8") }
        #expect(throws: Base64Error.invalidCharacter(offset: 2)) { try Base64.decodeStandardOrURLSafe("__~=") }
    }

    @Test func everyErrorIsOneLine() {
        let errors: [Base64Error] = [
            .invalidLength(3), .invalidCharacter(offset: 3), .mixedAlphabets(offset: 3), .nonZeroPaddingBits(offset: 3),
            .notAString,
        ]
        #expect(Set(errors.map(\.message)).count == errors.count)
        for error in errors { #expect(error.message.hasPrefix("expected ")) }
    }
}
