import Signing
import Simulators
import StrictEncoding
import Testing

@testable import PKI

/// Bundle maps, and the index that says which bundle counted when.
struct SPIFFEBundleFilesTests {
    static let world = Result { try SimulatedTrustDomain() }

    // MARK: Bundle maps, section 5

    @Test func readsABundleMap() throws {
        let map: JSONTree = [
            "trust_domains": [
                "b.example": try Self.world.get().bundle(), "a.example": ["keys": []],
            ], "refresh_hint": 5,
        ]
        let bundles = try SPIFFETrustBundle.all(bundleMap: map.canonicalBytes())
        #expect(bundles.map(\.trustDomain.description) == ["a.example", "b.example"])
        #expect(bundles.map(\.authorities.count) == [0, 1])
        #expect(try SPIFFETrustBundle.all(bundleMap: Array(#"{"trust_domains":{}}"#.utf8)).isEmpty)
    }

    @Test func rejectsABundleMapWithAnythingWrongInIt() {
        func error(_ text: String) -> SPIFFEBundleError? {
            do {
                _ = try SPIFFETrustBundle.all(bundleMap: Array(text.utf8))
                return nil
            } catch {
                return error
            }
        }
        #expect(error("{}") == .malformed("trust_domains"))
        #expect(error(#"{"trust_domains":[]}"#) == .malformed("trust_domains"))
        #expect(error("[]") == .malformed("trustDomains"))
        #expect(error(#"{"trust_domains":{"A":{"keys":[]}}}"#) == .trustDomain(.trustDomainCharacter))
        #expect(error(#"{"trust_domains":{"a":{"keys":[]},"b":{}}}"#) == .malformed("keys"))
        // Section 6.3: of two bundles of one name nobody would know which one counts.
        #expect(
            error(#"{"trust_domains":{"a":{"keys":[]},"a":{"keys":[]}}}"#) == .notJSON(.duplicateKey("a", offset: 34)))
        let many = (0...SPIFFELimits.trustDomains).map { #""d\#($0)":{}"# }.joined(separator: ",")
        #expect(
            error(#"{"trust_domains":{\#(many)}}"#) == .tooManyTrustDomains(limit: SPIFFELimits.trustDomains))
        let limit = SPIFFELimits.bundleMapByteCount
        #expect(error(String(repeating: " ", count: limit + 1)) == .tooLarge(limit: limit))
    }

    // MARK: The index

    static func index(_ line: String, domain: String = "example.org") throws(SPIFFEBundleError) -> SPIFFEBundleIndex {
        try SPIFFEBundleIndex(parsing: Array(#"{"trustDomains":{"\#(domain)":[\#(line)]}}"#.utf8))
    }

    @Test func readsWhichBundleCountsWhen() throws {
        let (old, new) = (try Self.world.get(), try SimulatedTrustDomain())
        let index = try Self.index(
            #"""
            {"bundle": "past/2026-05.pem", "from": "2026-05-01T00:00:00Z", "until": "2026-05-31T23:59:59Z"},
            {"bundle": "current.json", "from": "2026-06-01T00:00:00Z"}
            """#)
        #expect(index.lines.map(\.file) == ["past/2026-05.pem", "current.json"])
        let files = [
            "past/2026-05.pem": Array(old.authority.root.pem.utf8), "current.json": try new.bundle().canonicalBytes(),
        ]
        let bundles = try SPIFFETrustBundles(index) { files[$0] }
        let domain = try SPIFFETrustDomain("example.org")
        let (oldRoot, newRoot) = (try old.authority.root.certificate(), try new.authority.root.certificate())
        for (time, expected) in [
            ("2026-04-30T23:59:59Z", []), ("2026-05-01T00:00:00Z", [oldRoot]), ("2026-05-31T23:59:59Z", [oldRoot]),
            ("2026-06-01T00:00:00Z", [newRoot]),
        ] {
            #expect(bundles.authorities(of: domain, at: try #require(Instant(rfc3339: time))) == expected, "\(time)")
        }
        // Half of the bundles would be another trust than was written.
        #expect(throws: SPIFFEBundleError.fileMissing("past/2026-05.pem")) {
            try SPIFFETrustBundles(index) { $0 == "current.json" ? files[$0] : nil }
        }
        #expect(throws: SPIFFEBundleError.notJSON(.invalidNumber(offset: 0))) {
            try SPIFFETrustBundles(Self.index(#"{"bundle":"a.json","from":"2026-05-01T00:00:00Z"}"#)) { _ in
                files["past/2026-05.pem"]
            }
        }
    }

    @Test(arguments: [
        #"{"bundle":"a.json"}"#: SPIFFEBundleError.malformed("from"),
        #"{"from":"2026-05-01T00:00:00Z"}"#: .malformed("bundle"), "1": .malformed("bundle"),
        #"{"bundle":1,"from":"2026-05-01T00:00:00Z"}"#: .malformed("bundle"),
        #"{"bundle":"a.json","from":"yesterday"}"#: .malformed("from"),
        #"{"bundle":"a.json","from":1}"#: .malformed("from"),
        #"{"bundle":"a.json","from":"2026-05-01T00:00:00Z","until":null}"#: .malformed("until"),
        #"{"bundle":"a.json","from":"2026-05-01T00:00:00Z","until":"2026-04-01T00:00:00Z"}"#: .period(.periodReversed),
        #"{"bundle":"a.json","from":"2026-05-01T00:00:00Z","to":"2026-06-01T00:00:00Z"}"#: .unknownMember("to"),
        "": .malformed("trustDomains"),
    ])
    func rejectsALineWithAnythingWrongInIt(_ line: String, _ error: SPIFFEBundleError) {
        #expect(throws: error) { try Self.index(line) }
    }

    @Test(arguments: [
        "../a.json", "/a.json", "a/../b.json", "./a.json", "a//b.json", ".json", "a/.json", "a\\\\b.json", "a",
        "a.JSON",
        "a.json/", "a b.json", "caf\u{E9}.json", "",
    ])
    func rejectsANameThatLeadsElsewhereOrSaysNoForm(_ name: String) {
        let line = #"{"bundle":"\#(name)","from":"2026-05-01T00:00:00Z"}"#
        let expected = name == "a\\\\b.json" ? "a\\b.json" : name
        #expect(throws: SPIFFEBundleError.fileName(expected)) { try Self.index(line) }
    }

    @Test func rejectsAnIndexThatSaysNothingOrTooMuch() {
        for text in [#"{"trustDomains":{}}"#, "{}", "[]", #"{"trustDomains":{"a":{}}}"#] {
            #expect(throws: SPIFFEBundleError.malformed("trustDomains")) {
                try SPIFFEBundleIndex(parsing: Array(text.utf8))
            }
        }
        #expect(throws: SPIFFEBundleError.unknownMember("trustdomains")) {
            try SPIFFEBundleIndex(parsing: Array(#"{"trustdomains":{}}"#.utf8))
        }
        #expect(throws: SPIFFEBundleError.trustDomain(.trustDomainCharacter)) {
            try Self.index(#"{"bundle":"a.json","from":"2026-05-01T00:00:00Z"}"#, domain: "spiffe://a")
        }
        let line = #"{"bundle":"a.json","from":"2026-05-01T00:00:00Z"}"#
        let many = [String](repeating: line, count: SPIFFELimits.pastBundles + 1).joined(separator: ",")
        #expect(throws: SPIFFEBundleError.tooManyPastBundles(limit: SPIFFELimits.pastBundles)) { try Self.index(many) }
        let limit = SPIFFELimits.bundleByteCount
        #expect(throws: SPIFFEBundleError.tooLarge(limit: limit)) {
            try SPIFFEBundleIndex(parsing: [UInt8](repeating: 0x20, count: limit + 1))
        }
    }
}
