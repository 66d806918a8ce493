import Attestation
import Findings
import StrictEncoding
import Testing

@Suite struct UnverifiedEnvelopeTests {
    /// The envelope of the DSSE protocol's test vector.
    static let vector = """
        {"payload": "aGVsbG8gd29ybGQ=",
         "payloadType": "http://example.com/HelloWorld",
         "signatures": [{"sig": "A3JqsQGtVsJ2O2xqrI5IcnXip5GToJ3F+FnZ+O88SjtR6rDAajabZKciJTfUiHqJPcIAriEGAHTVeCUjW2JIZA=="}]}
        """

    func parse(_ text: String, limits: EnvelopeLimits = .standard) throws -> UnverifiedEnvelope {
        try UnverifiedEnvelope(parsing: Array(text.utf8), limits: limits)
    }

    func envelope(
        payload: String = "\"e30=\"", payloadType: String = "\"t\"", signatures: String = #"[{"sig": "AAA="}]"#
    ) -> String {
        #"{"payload": \#(payload), "payloadType": \#(payloadType), "signatures": \#(signatures)}"#
    }

    @Test func readsTheVectorOfTheProtocol() throws {
        let envelope = try parse(Self.vector)
        #expect(envelope.payload == Array("hello world".utf8))
        #expect(envelope.payloadType == "http://example.com/HelloWorld")
        #expect(envelope.signatures.count == 1)
        #expect(envelope.signatures.first?.bytes.count == 64)
        #expect(envelope.signatures.first?.keyID == nil)
    }

    @Test func acceptsBothAlphabetsOfBase64() throws {
        #expect(try parse(envelope(payload: "\"-_-_\"")).payload == parse(envelope(payload: "\"+/+/\"")).payload)
        #expect(try parse(envelope(signatures: #"[{"sig": "-_-_"}]"#)).signatures[0].bytes == [0xfb, 0xff, 0xbf])
    }

    @Test func ignoresMembersThatItDoesNotKnow() throws {
        let text = #"{"payload": "", "payloadType": "", "signatures": [{"sig": "", "ext": {"a": 1}}], "more": [1]}"#
        let envelope = try parse(text)
        #expect(envelope.payload.isEmpty)
        #expect(envelope.payloadType == "")
    }

    @Test func keepsTheKeyIDAndTreatsAnEmptyOneAsUnset() throws {
        let read = try parse(
            envelope(signatures: #"[{"sig":"","keyid":"a"},{"sig":"","keyid":""},{"sig":"","keyid":null}]"#))
        #expect(read.signatures.map(\.keyID) == ["a", nil, nil])
    }

    @Test func readsAnEnvelopeInsideOfADocument() throws {
        let document = try JSONDocument(parsing: Array(#"{"dsseEnvelope": \#(Self.vector)}"#.utf8))
        let value = try #require(document.root["dsseEnvelope"])
        #expect(try UnverifiedEnvelope(value) == parse(Self.vector))
    }

    @Test func rejectsAnEmptyListOfSignatures() {
        #expect(throws: EnvelopeError.noSignatures) { try parse(envelope(signatures: "[]")) }
        #expect(EnvelopeError.noSignatures.code.name == "dsse.no-signatures")
    }

    @Test func rejectsMoreSignaturesThanTheLimit() throws {
        func signatures(_ count: Int) -> String {
            "[" + Array(repeating: #"{"sig":""}"#, count: count).joined(separator: ",") + "]"
        }
        #expect(try parse(envelope(signatures: signatures(1000))).signatures.count == 1000)
        let error = EnvelopeError.tooManySignatures(limit: 1000, found: 1001)
        #expect(throws: error) { try parse(envelope(signatures: signatures(1001))) }
        #expect(error.code.name == "limit.envelope-signatures")
    }

    @Test func rejectsMoreBytesThanTheLimit() throws {
        let bytes = Self.vector.utf8.count
        _ = try parse(Self.vector, limits: EnvelopeLimits(bytes: bytes))
        let error = EnvelopeError.json(.tooLarge(limit: bytes - 1))
        #expect(throws: error) { try parse(Self.vector, limits: EnvelopeLimits(bytes: bytes - 1)) }
        #expect(error.code.name == "limit.envelope-bytes")
    }

    @Test func rejectsDeeperNestingThanTheLimit() {
        let deep = String(repeating: "[", count: 128) + String(repeating: "]", count: 128)
        let text = #"{"payload":"","payloadType":"","signatures":[{"sig":""}],"more":\#(deep)}"#
        #expect { try parse(text) } throws: { ($0 as? EnvelopeError)?.code.name == "limit.evidence-json-depth" }
    }

    @Test func rejectsAPayloadStatedTwice() {
        let text = #"{"payload":"e30=","payloadType":"t","signatures":[{"sig":"AAA="}],"payload":"e30="}"#
        #expect { try parse(text) } throws: {
            guard case EnvelopeError.json(.duplicateKey("payload", _)) = $0 else { return false }
            return true
        }
    }

    @Test(arguments: [
        ("[]", EnvelopeError.notAnObject),
        (#"{"payloadType":"t","signatures":[{"sig":"AAA="}]}"#, .missing("payload")),
        (#"{"payload":"","signatures":[{"sig":"AAA="}]}"#, .missing("payloadType")),
        (#"{"payload":"","payloadType":"t"}"#, .missing("signatures")),
        (#"{"payload":"","payloadType":1,"signatures":[{"sig":"AAA="}]}"#, .notAString("payloadType")),
        (#"{"payload":"","payloadType":"t","signatures":{"sig":"AAA="}}"#, .signaturesNotAnArray),
        (#"{"payload":"","payloadType":"t","signatures":[null]}"#, .signatureNotAnObject(position: 0)),
        (#"{"payload":"","payloadType":"t","signatures":[{"sig":""},{}]}"#, .signatureMissing(position: 1)),
        (#"{"payload":"","payloadType":"t","signatures":[{"sig":"","keyid":1}]}"#, .notAString("keyid")),
        (#"{"payload":{},"payloadType":"t","signatures":[{"sig":""}]}"#, .payloadNotBase64(.notAString)),
        (
            #"{"payload":"","payloadType":"t","signatures":[{"sig":7}]}"#,
            .signatureNotBase64(position: 0, .notAString)
        ),
        // One byte string has one spelling: unused bits, missing padding, both alphabets at once, white space.
        (
            #"{"payload":"aGl=","payloadType":"t","signatures":[{"sig":""}]}"#,
            .payloadNotBase64(.nonZeroPaddingBits(offset: 2))
        ),
        (
            #"{"payload":"e30","payloadType":"t","signatures":[{"sig":""}]}"#,
            .payloadNotBase64(.invalidLength(3))
        ),
        (
            #"{"payload":"+/-_","payloadType":"t","signatures":[{"sig":""}]}"#,
            .payloadNotBase64(.mixedAlphabets(offset: 2))
        ),
        (
            #"{"payload":"e30\n","payloadType":"t","signatures":[{"sig":""}]}"#,
            .payloadNotBase64(.invalidCharacter(offset: 3))
        ),
    ])
    func rejectsWhatIsNoEnvelope(text: String, error: EnvelopeError) {
        #expect(throws: error) { try parse(text) }
        #expect(error.code.name == "dsse.malformed")
    }
}

@Suite struct PreAuthenticationEncodingTests {
    @Test func encodesTheVectorOfTheProtocol() {
        let encoded = PreAuthenticationEncoding.encode(
            payloadType: "http://example.com/HelloWorld", payload: Array("hello world".utf8))
        #expect(encoded == Array("DSSEv1 29 http://example.com/HelloWorld 11 hello world".utf8))
    }

    @Test func countsBytesNotCharacters() {
        let encoded = PreAuthenticationEncoding.encode(payloadType: "\r\né", payload: Array("e\u{301}".utf8))
        #expect(encoded == Array("DSSEv1 4 \r\né 3 e\u{301}".utf8))
    }

    @Test func headerAndPayloadTogetherAreTheEncoding() {
        let payload = [UInt8](repeating: 0xff, count: 300)
        #expect(
            PreAuthenticationEncoding.header(payloadType: "t", payloadByteCount: 300) + payload
                == PreAuthenticationEncoding.encode(payloadType: "t", payload: payload))
    }

    @Test func writesALengthEvenOfNothing() {
        #expect(PreAuthenticationEncoding.encode(payloadType: "", payload: []) == Array("DSSEv1 0  0 ".utf8))
    }
}
