import Content
import Testing

struct DigestTests {
    static let ofABC = "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    static let longOfABC =
        "sha512:ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
        + "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"

    @Test
    func readsWhatItWrites() throws {
        #expect(try Digest(Self.ofABC).description == Self.ofABC)
        #expect(try Digest(Self.longOfABC).algorithm == .sha512)
        #expect(try Digest(algorithm: "sha256", hex: String(Self.ofABC.dropFirst(7))) == Digest(Self.ofABC))
    }

    /// FIPS 180-4's example.
    @Test
    func hashesBytes() throws {
        let abc = Array("abc".utf8)
        #expect(Digest(of: abc).description == Self.ofABC)
        #expect(Digest(of: abc, using: .sha512).description == Self.longOfABC)
        #expect(Digest(of: abc.reversed().reversed() as ReversedCollection).description == Self.ofABC)
    }

    @Test(arguments: [0, 1, 2, 3])
    func hashesAStreamLikeItsWhole(cut: Int) {
        for algorithm in Digest.Algorithm.registered {
            let abc = Array("abc".utf8)
            var stream = StreamingDigest(algorithm)
            abc[..<cut].withUnsafeBytes { stream.update($0) }
            abc[cut...].withUnsafeBytes { stream.update($0) }
            #expect(stream.finalize() == Digest(of: abc, using: algorithm))
        }
    }

    @Test(arguments: [
        "", "sha256", ofABC.replacing("ba78", with: "BA78"), String(ofABC.dropLast()), ofABC + "0",
        ofABC.replacing("ba78", with: "zz78"), ofABC.replacing("sha256", with: "sha512"), ofABC + "\u{301}",
        ofABC.dropLast() + "\u{FF11}", "sha256:",
    ])
    func rejectsMalformed(text: String) {
        #expect(throws: DigestError.notADigest(text)) { try Digest(text) }
    }

    @Test(arguments: ["md5", "sha1", "SHA256", "sha256+b64", "blake3", "", "sha256 ", "ſha256", "sha384"])
    func rejectsUnknownAlgorithm(name: String) {
        let hex = Self.ofABC.dropFirst(7)
        #expect(throws: DigestError.unknownAlgorithm(name)) { try Digest(name + ":" + hex) }
        #expect(throws: DigestError.unknownAlgorithm(name)) { try Digest(algorithm: name, hex: String(hex)) }
    }

    @Test
    func ordersByBytes() throws {
        let low = try Digest(Self.ofABC.replacing("ba78", with: "0000"))
        #expect(low < (try Digest(Self.ofABC)))
        #expect(try Digest(Self.ofABC) < Digest(Self.longOfABC))
        #expect(!(low < low))
    }

    @Test
    func ordersAsItsTextDoes() throws {
        let all = [UInt8(0), 1, 2].flatMap { byte in
            Digest.Algorithm.allCases.map { Digest(of: [byte], using: $0) }
        }
        #expect(all.sorted().map(\.description) == all.map(\.description).sorted())
    }

    @Test
    func escapesWhatItQuotes() {
        #expect(!DigestError.unknownAlgorithm("\u{1B}[31m").message.contains("\u{1B}"))
        #expect(!DigestError.notADigest("a\nb").message.contains("\n"))
        #expect(DigestError.notADigest("").code == .contentMalformedDigest)
        #expect(DigestError.unknownAlgorithm("").code == .contentUnknownAlgorithm)
    }
}

struct VerifiedContentTests {
    let abc = Array("abc".utf8)

    @Test
    func holdsBytesThatMatch() throws {
        let content = try VerifiedContent(abc, digest: Digest(DigestTests.ofABC), size: 3)
        #expect(content.bytes == abc)
        #expect(content == VerifiedContent(namedByOwnDigest: abc))
        let long = try VerifiedContent(abc, digest: Digest(DigestTests.longOfABC), size: nil)
        #expect(long.digest.description == DigestTests.longOfABC)
    }

    @Test
    func rejectsAnotherDigest() throws {
        let digest = try Digest(DigestTests.ofABC)
        let tampered = Array("abd".utf8)
        #expect(throws: ContentError.wrongDigest(expected: digest, found: Digest(of: tampered))) {
            try VerifiedContent(tampered, digest: digest, size: 3)
        }
        #expect(ContentError.wrongDigest(expected: digest, found: digest).code == .contentWrongDigest)
    }

    @Test(arguments: [0, 2, 4, Int.max])
    func rejectsAnotherSize(size: Int) throws {
        let digest = try Digest(DigestTests.ofABC)
        #expect(throws: ContentError.wrongSize(expected: size, found: 3)) {
            try VerifiedContent(abc, digest: digest, size: size)
        }
        #expect(ContentError.wrongSize(expected: size, found: 3).code == .contentWrongSize)
    }
}

struct MediaTypeTests {
    @Test(arguments: [
        "application/json", "application/json;charset=utf-8", "application/json; charset=utf-8",
        "application/json ;q=1",
    ])
    func cutsParametersOff(text: String) {
        #expect(MediaType(text) == "application/json")
        #expect(MediaType(text).description == "application/json")
    }

    @Test
    func keepsCasesApart() {
        #expect(MediaType("Application/json") != "application/json")
        #expect(Set<MediaType>(["a/b", "a/B", "a/b;c"]).count == 2)
    }

    @Test
    func keepsCanonicalEquivalentsApart() {
        #expect(MediaType("a/\u{E9}") != MediaType("a/e\u{301}"))
        #expect(Set([MediaType("a/\u{E9}"), MediaType("a/e\u{301}")]).count == 2)
    }
}
