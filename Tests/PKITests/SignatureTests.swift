import PKI
import Signing
import StrictEncoding
import Testing

/// What verifies, and that nothing near it does.
struct SignatureTests {
    @Test(arguments: TestKeys.kinds)
    func ownSignatureVerifiesUnderEachUsableSchemeAndNoOther(_ kind: PublicKey.Kind) throws {
        let key = try TestKeys.key(kind)
        for scheme in SignatureScheme.allCases {
            guard scheme.isUsable(with: kind) else {
                #expect(throws: PrivateKeyError.schemeMismatch) { try key.sign(TestKeys.message, scheme: scheme) }
                #expect(!key.publicKey.isValid([], over: TestKeys.message, scheme: scheme))
                continue
            }
            let signature = try key.sign(TestKeys.message, scheme: scheme)
            for other in SignatureScheme.allCases {
                let found = key.publicKey.isValid(signature, over: TestKeys.message, scheme: other)
                #expect(found == (other == scheme), "\(scheme.rawValue) as \(other.rawValue)")
            }
        }
    }

    @Test
    func schemesBelongToTheirKinds() {
        let families: [(PublicKey.Kind, String)] = [
            (.ecdsaP256, "ecdsa-"), (.ecdsaP384, "ecdsa-"), (.ecdsaP521, "ecdsa-"), (.ed25519, "ed25519"),
            (.rsa(bits: 2048), "rsa-"),
        ]
        for (kind, prefix) in families {
            for scheme in SignatureScheme.allCases {
                #expect(scheme.isUsable(with: kind) == scheme.rawValue.hasPrefix(prefix))
            }
        }
    }

    @Test(arguments: TestKeys.kinds)
    func defaultSchemesAreThoseDocumented(_ kind: PublicKey.Kind) {
        let expected: [SignatureScheme] =
            switch kind {
            case .ecdsaP256: [.ecdsaSHA256]
            case .ecdsaP384: [.ecdsaSHA384, .ecdsaSHA256]
            case .ecdsaP521: [.ecdsaSHA512, .ecdsaSHA256]
            case .ed25519: [.ed25519]
            case .rsa: [.rsaPKCS1SHA256, .rsaPSSSHA256]
            }
        #expect(SignatureScheme.defaults(for: kind) == expected)
    }

    /// Every bit of every signature, and a byte more or less.
    @Test(arguments: TestKeys.kinds)
    func aChangedBitNeverVerifies(_ kind: PublicKey.Kind) throws {
        let key = try TestKeys.key(kind)
        let message = SignedMessage(TestKeys.message)
        for scheme in SignatureScheme.defaults(for: kind) {
            let signature = try key.sign(message, scheme: scheme)
            #expect(key.publicKey.isValid(signature, over: message, scheme: scheme))
            for bit in 0..<(signature.count * 8) {
                var changed = signature
                changed[bit / 8] ^= 1 << UInt8(bit % 8)
                #expect(!key.publicKey.isValid(changed, over: message, scheme: scheme), "bit \(bit)")
            }
            for changed in [[], signature.dropLast(), signature + [0], [0] + signature, signature + signature] {
                #expect(!key.publicKey.isValid(Array(changed), over: message, scheme: scheme))
            }
        }
    }

    @Test(arguments: TestKeys.kinds)
    func aChangedMessageNeverVerifies(_ kind: PublicKey.Kind) throws {
        let key = try TestKeys.key(kind)
        let signature = try key.sign(TestKeys.message)
        for bit in 0..<(TestKeys.message.count * 8) {
            var changed = TestKeys.message
            changed[bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(key.publicKey.verifyingScheme(of: signature, over: SignedMessage(changed)) == nil)
        }
        #expect(key.publicKey.verifyingScheme(of: signature, over: SignedMessage([])) == nil)
    }

    @Test(arguments: TestKeys.kinds, TestKeys.kinds)
    func anotherKeyNeverVerifies(_ signer: PublicKey.Kind, _ verifier: PublicKey.Kind) throws {
        let message = SignedMessage(TestKeys.message)
        let signature = try TestKeys.key(signer).sign(message)
        // A key of the same kind is another one made for this test; RSA has one of another size, as they are slow.
        let other =
            switch verifier {
            case .rsa: signer == verifier ? try PrivateKey.generate(.rsa(bits: 2056)) : try TestKeys.key(verifier)
            default: signer == verifier ? try PrivateKey.generate(verifier) : try TestKeys.key(verifier)
            }
        for scheme in SignatureScheme.allCases {
            for encoding in [ECDSAEncoding.der, .rawRS] {
                #expect(!other.publicKey.isValid(signature, over: message, scheme: scheme, encoding: encoding))
            }
        }
    }

    @Test
    func verifyingSchemeTriesInOrderAndOnlyWhatIsAllowed() throws {
        let key = try TestKeys.key(.ecdsaP384)
        let message = SignedMessage(TestKeys.message)
        let oldCosign = try key.sign(message, scheme: .ecdsaSHA256)
        #expect(key.publicKey.verifyingScheme(of: oldCosign, over: message) == .ecdsaSHA256)
        #expect(key.publicKey.verifyingScheme(of: oldCosign, over: message, among: [.ecdsaSHA384]) == nil)
        #expect(key.publicKey.verifyingScheme(of: oldCosign, over: message, among: []) == nil)
        #expect(key.publicKey.verifyingScheme(of: try key.sign(message), over: message) == .ecdsaSHA384)
        // Not among the defaults, though usable.
        let unusual = try key.sign(message, scheme: .ecdsaSHA512)
        #expect(key.publicKey.verifyingScheme(of: unusual, over: message) == nil)
        #expect(key.publicKey.verifyingScheme(of: unusual, over: message, among: [.ecdsaSHA512]) == .ecdsaSHA512)
    }

    @Test(arguments: TestKeys.kinds)
    func aMessageInPartsIsTheirConcatenation(_ kind: PublicKey.Kind) throws {
        let key = try TestKeys.key(kind)
        let whole = TestKeys.message
        for cut in 0...whole.count {
            let parts = SignedMessage(parts: [whole[..<cut], [], whole[cut...]])
            let signature = try key.sign(parts)
            #expect(key.publicKey.verifyingScheme(of: signature, over: SignedMessage(whole)) != nil)
            #expect(key.publicKey.verifyingScheme(of: signature, over: parts) != nil)
        }
        let signature = try key.sign(whole)
        let slice = ([0] + whole + [0])[1...whole.count]
        let scheme = try #require(SignatureScheme.defaults(for: kind).first)
        #expect(key.publicKey.isValid(signature, over: slice, scheme: scheme))
        let reordered = SignedMessage(parts: [whole[5...], whole[..<5]])
        #expect(key.publicKey.verifyingScheme(of: signature, over: reordered) == nil)
    }

    @Test
    func manyTasksShareAMessage() async throws {
        let message = SignedMessage([UInt8](repeating: 7, count: 1 << 20))
        let key = try TestKeys.key(.ecdsaP521)
        let signature = try key.sign([UInt8](repeating: 7, count: 1 << 20), scheme: .ecdsaSHA256)
        await withTaskGroup(of: SignatureScheme?.self) { group in
            for _ in 0..<16 {
                group.addTask { key.publicKey.verifyingScheme(of: signature, over: message) }
            }
            for await scheme in group { #expect(scheme == .ecdsaSHA256) }
        }
    }
}

/// ECDSA signatures as DER: one spelling each.
struct ECDSAEncodingTests {
    let key: PrivateKey
    let r: [UInt8]
    let s: [UInt8]

    /// A signature both of whose numbers have their top bit set, so that each of them needs its sign octet.
    init() throws {
        key = try TestKeys.key(.ecdsaP256)
        while true {
            let signature = try key.sign(TestKeys.message)
            if signature.count == 72 {
                r = Array(signature[5..<37])
                s = Array(signature[40..<72])
                return
            }
        }
    }

    private func verifies(_ signature: [UInt8], _ encoding: ECDSAEncoding = .der) -> Bool {
        key.publicKey.isValid(signature, over: TestKeys.message, scheme: .ecdsaSHA256, encoding: encoding)
    }

    @Test
    func takesTheOneDERForm() {
        #expect(verifies(TestDER.sequence(TestDER.integer([0] + r), TestDER.integer([0] + s))))
    }

    @Test
    func refusesEveryOtherSpelling() {
        let (r, s) = (TestDER.integer([0] + self.r), TestDER.integer([0] + self.s))
        let good = TestDER.sequence(r, s)
        let spellings: [(String, [UInt8])] = [
            ("negative r", TestDER.sequence(TestDER.integer(self.r), s)),
            ("negative s", TestDER.sequence(r, TestDER.integer(self.s))),
            ("padded r", TestDER.sequence(TestDER.integer([0, 0] + self.r), s)),
            ("padded s", TestDER.sequence(r, TestDER.integer([0, 0] + self.s))),
            ("long form of the length", [0x30, 0x81] + good.dropFirst()),
            ("long form of a number's length", TestDER.sequence([0x02, 0x81] + r.dropFirst(), s)),
            ("indefinite length", [0x30, 0x80] + good.dropFirst(2) + [0, 0]),
            ("trailing byte", good + [0]),
            ("trailing byte inside", TestDER.sequence(r, s, [0])),
            ("a third number", TestDER.sequence(r, s, TestDER.integer(1))),
            ("a null after", TestDER.sequence(r, s, TestDER.null)),
            ("one number", TestDER.sequence(r)),
            ("a set", [0x31] + good.dropFirst()),
            ("constructed number", TestDER.sequence([0x22] + r.dropFirst(), s)),
            ("octet strings", TestDER.sequence([0x04] + r.dropFirst(), [0x04] + s.dropFirst())),
            ("inside another sequence", TestDER.sequence(good)),
            ("as octet string", TestDER.octets(good)),
        ]
        for (name, spelling) in spellings {
            #expect(!verifies(spelling), "\(name)")
        }
    }

    /// Numbers longer than the curve that would, if put down without looking, run over into each other and come out
    /// as the valid ones.
    @Test
    func refusesNumbersThatRunOver() throws {
        let last = try #require(r.last)
        let otherR = r.dropLast() + [last ^ 1]
        let longS = (last & 0x80 == 0 ? [] : [0]) + [last] + s
        #expect(!verifies(TestDER.sequence(TestDER.integer([0] + otherR), TestDER.integer(longS))))
        #expect(!verifies(TestDER.sequence(TestDER.integer([1] + r), TestDER.integer([0] + s))))
        #expect(!verifies(TestDER.sequence(TestDER.integer([0] + r), TestDER.integer([1] + s))))
    }

    @Test
    func refusesNumbersOutOfRange() throws {
        let order = try Hex.decode("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551")
        let numbers: [[UInt8]] = [[0], [1], [0] + order, [0] + [UInt8](repeating: 0xff, count: 32), [1] + order]
        for a in numbers {
            for b in numbers {
                #expect(!verifies(TestDER.sequence(TestDER.integer(a), TestDER.integer(b))))
            }
            #expect(!verifies(TestDER.sequence(TestDER.integer(a), TestDER.integer([0] + s))))
            #expect(!verifies(TestDER.sequence(TestDER.integer([0] + r), TestDER.integer(a))))
        }
        let zero = [UInt8](repeating: 0, count: 32)
        for raw in [zero + zero, r + zero, zero + s, order + order, r + order, order + s] {
            #expect(!verifies(raw, .rawRS))
        }
    }

    /// Four million empty elements: taking them apart would need hundreds of megabytes and many seconds.
    @Test
    func doesNotTakeAHugeSignatureApart() {
        let content = (0..<(1 << 23)).map { $0 % 2 == 0 ? 0x05 : 0x00 } as [UInt8]
        let signature = [0x30, 0x83, 0x80, 0x00, 0x00] + content
        let time = ContinuousClock().measure { #expect(!verifies(signature)) }
        #expect(time < .seconds(1))
    }

    @Test
    func rawNumbersOnlyWhenAskedFor() {
        let der = TestDER.sequence(TestDER.integer([0] + r), TestDER.integer([0] + s))
        #expect(verifies(r + s, .rawRS))
        #expect(!verifies(r + s))
        let message = SignedMessage(TestKeys.message)
        #expect(key.publicKey.verifyingScheme(of: r + s, over: message, encoding: .rawRS) == .ecdsaSHA256)
        #expect(key.publicKey.verifyingScheme(of: r + s, over: message) == nil)
        #expect(!verifies(der, .rawRS))
        #expect(!verifies(s + r, .rawRS))
        #expect(!verifies([0] + r + [0] + s, .rawRS))
        #expect(!verifies(r + s.dropLast(), .rawRS))
        #expect(!verifies(r + s + [0], .rawRS))
    }

    /// A number shorter than the curve is padded on the left. One signature in 128 has one (of P-521, 3 in 4).
    @Test(arguments: [(PublicKey.Kind.ecdsaP256, 32), (.ecdsaP384, 48), (.ecdsaP521, 66)])
    func takesShortNumbers(_ kind: PublicKey.Kind, _ coordinateByteCount: Int) throws {
        let key = try TestKeys.key(kind)
        let scheme = try #require(SignatureScheme.defaults(for: kind).first)
        var foundShort = (r: false, s: false)
        while !(foundShort.r && foundShort.s) {
            let signature = try key.sign(TestKeys.message, scheme: scheme)
            let numbers = signature.dropFirst(signature[1] == 0x81 ? 3 : 2)
            let rByteCount = Int(numbers[numbers.startIndex + 1])
            let sByteCount = Int(numbers[numbers.startIndex + 2 + rByteCount + 1])
            foundShort.r = foundShort.r || rByteCount < coordinateByteCount
            foundShort.s = foundShort.s || sByteCount < coordinateByteCount
            if rByteCount < coordinateByteCount || sByteCount < coordinateByteCount {
                #expect(key.publicKey.isValid(signature, over: TestKeys.message, scheme: scheme))
            }
        }
    }
}
