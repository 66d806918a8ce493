import Crypto
import StrictEncoding
import Testing

@testable import AdmissionServer

@Suite struct NotificationAuthenticationTests {
    private let now = Instant(secondsSince1970: 1_764_000_000)
    private let secret = NotificationBodies.secret
    private let body = Array(#"{"events":[]}"#.utf8)

    private func code(_ parts: [UInt8]..., by key: [UInt8]? = nil) -> [UInt8] {
        var hash = HMAC<SHA256>(key: SymmetricKey(data: key ?? secret))
        for part in parts { hash.update(data: part) }
        return Array(hash.finalize())
    }

    private func check(_ way: NotificationAuthentication, _ headers: [String: String], caller: ExactString? = nil)
        throws
    {
        try way.check(headers: headers, body: body, caller: caller, at: now)
    }

    // MARK: Header

    @Test func acceptsTheHeaderAndNothingNearIt() throws {
        let way = NotificationAuthentication.header(name: "Authorization", value: SharedSecret([secret]))
        let right = String(decoding: secret, as: UTF8.self)
        try check(way, ["authorization": right])
        #expect(throws: NotificationAuthenticationError.missingHeader) { try check(way, [:]) }
        #expect(throws: NotificationAuthenticationError.missingHeader) { try check(way, ["x-authorization": right]) }
        for wrong in ["", right + " ", " " + right, right.uppercased(), String(right.dropLast()), right + "\u{301}"] {
            #expect(throws: NotificationAuthenticationError.wrongHeader, "\(wrong)") {
                try check(way, ["authorization": wrong])
            }
        }
    }

    @Test func acceptsTheOldAndTheNewSecretWhileOneIsReplaced() throws {
        let old = Array("the old secret, long enough".utf8)
        let way = NotificationAuthentication.header(name: "x-secret", value: SharedSecret([secret, old]))
        try check(way, ["x-secret": String(decoding: old, as: UTF8.self)])
        try check(way, ["x-secret": String(decoding: secret, as: UTF8.self)])
    }

    @Test func takesShortSecretsForNone() {
        for values: [[UInt8]] in [[], [[]], [Array("fifteen bytes..".utf8)]] {
            let header = NotificationAuthentication.header(name: "x", value: SharedSecret(values))
            #expect(throws: NotificationAuthenticationError.noSecret) { try check(header, ["x": "fifteen bytes.."]) }
            #expect(throws: NotificationAuthenticationError.noSecret) { try check(header, ["x": ""]) }
            let signature = NotificationSignature(header: "x", secret: SharedSecret(values))
            #expect(throws: NotificationAuthenticationError.noSecret) {
                try check(.signature(signature), ["x": Hex.encode(code(body, by: values.first ?? []))])
            }
        }
    }

    @Test func readsASecretFileWithAndWithoutTheMarkOfStandardWebhooks() {
        #expect(SharedSecret.value(ofFile: Array("plain text\n".utf8)) == Array("plain text".utf8))
        #expect(SharedSecret.value(ofFile: Array("plain\r\n".utf8)) == Array("plain".utf8))
        #expect(SharedSecret.value(ofFile: Array("whsec_AQID\n".utf8)) == [1, 2, 3])
        #expect(SharedSecret.value(ofFile: Array("whsec_AQ!D".utf8)) == nil)
    }

    // MARK: Signature

    @Test(arguments: NotificationSignature.Encoding.allCases, ["", "sha256="])
    func acceptsACodeOverTheBodyAsItCame(_ encoding: NotificationSignature.Encoding, _ prefix: String) throws {
        let signature = NotificationSignature(
            header: "X-Hub-Signature-256", prefix: prefix, encoding: encoding, secret: SharedSecret([secret]))
        func text(_ code: [UInt8]) -> String {
            prefix + (encoding == .hex ? Hex.encode(code) : Base64.encode(code))
        }
        let name = "x-hub-signature-256"
        try check(.signature(signature), [name: text(code(body))])
        // The same JSON, written otherwise.
        #expect(throws: NotificationAuthenticationError.wrongSignature) {
            try check(.signature(signature), [name: text(code(Array(#"{"events": []}"#.utf8)))])
        }
        #expect(throws: NotificationAuthenticationError.wrongSignature) {
            try check(.signature(signature), [name: text(code(body, by: Array("another secret, as long".utf8)))])
        }
        #expect(throws: NotificationAuthenticationError.missingSignature) { try check(.signature(signature), [:]) }
        // Cut short: each byte less makes a guess 256 times easier.
        for length in [0, 1, 31, 33] {
            let cut = length == 33 ? code(body) + [0] : Array(code(body).prefix(length))
            #expect(throws: NotificationAuthenticationError.self) {
                try check(.signature(signature), [name: text(cut)])
            }
        }
    }

    @Test func wantsThePrefix() throws {
        let signature = NotificationSignature(header: "s", prefix: "sha256=", secret: SharedSecret([secret]))
        let hex = Hex.encode(code(body))
        for text in [hex, "sha1=" + hex, "SHA256=" + hex, "sha256=" + hex + ",sha256=" + hex, "sha256=zz"] {
            #expect(throws: NotificationAuthenticationError.malformedSignature, "\(text)") {
                try check(.signature(signature), ["s": text])
            }
        }
    }

    @Test(arguments: NotificationSignature.Algorithm.allCases)
    func acceptsItsOwnAlgorithmOnly(_ algorithm: NotificationSignature.Algorithm) throws {
        let key = SymmetricKey(data: secret)
        let codes: [NotificationSignature.Algorithm: [UInt8]] = [
            .sha256: Array(HMAC<SHA256>.authenticationCode(for: body, using: key)),
            .sha384: Array(HMAC<SHA384>.authenticationCode(for: body, using: key)),
            .sha512: Array(HMAC<SHA512>.authenticationCode(for: body, using: key)),
        ]
        let signature = NotificationSignature(header: "s", algorithm: algorithm, secret: SharedSecret([secret]))
        for (other, code) in codes {
            if other == algorithm {
                try check(.signature(signature), ["s": Hex.encode(code)])
            } else {
                #expect(throws: NotificationAuthenticationError.wrongSignature) {
                    try check(.signature(signature), ["s": Hex.encode(code)])
                }
            }
        }
    }

    @Test func refusesACodeThatIsReplayedLater() throws {
        let signature = NotificationSignature(
            header: "s", timestamp: .init(header: "T", tolerance: 300), secret: SharedSecret([secret]))
        func headers(_ time: String, signed: String? = nil) -> [String: String] {
            ["t": time, "s": Hex.encode(code(Array((signed ?? time).utf8), Array(".".utf8), body))]
        }
        let seconds = now.secondsSince1970
        for time in [seconds, seconds - 300, seconds + 300] { try check(.signature(signature), headers("\(time)")) }
        #expect(throws: NotificationAuthenticationError.untimely(301)) {
            try check(.signature(signature), headers("\(seconds - 301)"))
        }
        #expect(throws: NotificationAuthenticationError.untimely(-301)) {
            try check(.signature(signature), headers("\(seconds + 301)"))
        }
        // The time of an old code, made new.
        #expect(throws: NotificationAuthenticationError.wrongSignature) {
            try check(.signature(signature), headers("\(seconds)", signed: "\(seconds - 4000)"))
        }
        for time in ["", "-1", "+\(seconds)", "\(seconds).0", " \(seconds)", "9999999999999", "０"] {
            #expect(throws: NotificationAuthenticationError.malformedTimestamp, "\(time)") {
                try check(.signature(signature), headers(time))
            }
        }
        // A code over the body alone is none where the time belongs to it.
        #expect(throws: NotificationAuthenticationError.wrongSignature) {
            try check(.signature(signature), ["t": "\(seconds)", "s": Hex.encode(code(body))])
        }
        #expect(throws: NotificationAuthenticationError.missingTimestamp) {
            try check(.signature(signature), ["s": Hex.encode(code(body))])
        }
    }

    // MARK: Callers

    @Test func acceptsOnlyCallersThatAreNamed() throws {
        let way = NotificationAuthentication.caller(["spiffe://example.org/registry", "dns:registry.example"])
        try check(way, [:], caller: "spiffe://example.org/registry")
        #expect(throws: NotificationAuthenticationError.missingCaller) { try check(way, [:]) }
        for caller: ExactString in ["spiffe://example.org/registry/x", "spiffe://example.org", "unauthenticated"] {
            #expect(throws: NotificationAuthenticationError.otherCaller) { try check(way, [:], caller: caller) }
        }
    }
}
