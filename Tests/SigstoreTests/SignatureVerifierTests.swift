import Attestation
import Content
import Findings
import PKI
import Signing
import Sigstore
import StrictEncoding
import Testing

@Suite struct SignatureVerifierTests {
    @Test(arguments: [PublicKey.Kind.ecdsaP256, .ecdsaP384, .ecdsaP521, .ed25519, .rsa(bits: 2048)])
    func verifiesEveryKindOfKey(kind: PublicKey.Kind) throws {
        let key = try Fixture.key(kind)
        let item = try Fixture.item(signedBy: key)
        let verified = try verify(item, Fixture.trusted(key)).get()
        #expect(verified.signers.map(\.fingerprint) == [Fixture.fingerprint(key)])
        #expect(verified.content == .dsse(payloadType: "application/vnd.in-toto+json", payload: Fixture.statement))
        #expect(verified.payload == Fixture.statement)
        #expect(verified.unmatchedSignatures == 0)
        #expect(verified.evidence == item.evidence)
        #expect(try verify(item, Fixture.trusted(Fixture.key(kind))).failure == .noKeyMatches(keys: 1, signatures: 1))
    }

    @Test(arguments: [
        (PublicKey.Kind.ecdsaP384, SignatureScheme.ecdsaSHA256), (.ecdsaP521, .ecdsaSHA256),
        (.rsa(bits: 2048), .rsaPSSSHA256),
    ])
    func triesEveryDefaultSchemeOfAKey(kind: PublicKey.Kind, scheme: SignatureScheme) throws {
        let key = try Fixture.key(kind)
        let item = try UnverifiedSignedItem(
            envelope: Fixture.envelope(signatures: [(nil, try Fixture.sign(by: key, scheme: scheme))]))
        let signers = try verify(item, Fixture.trusted(key)).get().signers
        #expect(signers.map(\.fingerprint) == [Fixture.fingerprint(key)])
        #expect(signers.map(\.scheme) == [scheme])
    }

    @Test func listsAKeyWithEverySchemeThatItUsed() throws {
        let key = try Fixture.key(.rsa(bits: 2048))
        let schemes = [SignatureScheme.rsaPKCS1SHA256, .rsaPSSSHA256]
        let signatures = try (schemes + schemes).map { (nil as String?, try Fixture.sign(by: key, scheme: $0)) }
        let item = try UnverifiedSignedItem(envelope: Fixture.envelope(signatures: signatures))
        let signers = try verify(item, Fixture.trusted(key)).get().signers
        #expect(signers.map(\.scheme) == schemes)
        #expect(Set(signers.map(\.fingerprint)) == [Fixture.fingerprint(key)])
    }

    @Test func acceptsOnlyTheSchemesOfTheTrustedKey() throws {
        let key = try Fixture.key(.rsa(bits: 2048))
        let item = try UnverifiedSignedItem(
            envelope: Fixture.envelope(signatures: [(nil, try Fixture.sign(by: key, scheme: .rsaPSSSHA256))]))
        #expect(try verify(item, Fixture.trusted(key, schemes: [.rsaPSSSHA256])).success != nil)
        #expect(
            try verify(item, Fixture.trusted(key, schemes: [.rsaPKCS1SHA256])).failure
                == .noKeyMatches(keys: 1, signatures: 1))
    }

    // MARK: Zero, absence

    @Test func rejectsEverythingWithoutATrustedKey() throws {
        let item = try Fixture.item(signedBy: Fixture.key())
        #expect(verify(item, TrustedKeySet([])).failure == .noTrustedKey)
        #expect(SignatureRefusal.noTrustedKey.code.name == "signature.no-trusted-key")
    }

    @Test func tellsUnsignedFromSignedByOthers() throws {
        #expect(throws: SignedItemError.envelope(.noSignatures)) {
            try UnverifiedSignedItem(envelope: Fixture.envelope(signatures: []))
        }
        let refusal = try verify(
            Fixture.item(signedBy: Fixture.key(), Fixture.key()),
            Fixture.trusted(Fixture.key(), Fixture.key(), Fixture.key())
        ).failure
        #expect(refusal == .noKeyMatches(keys: 3, signatures: 2))
        #expect(refusal?.code.name == "signature.no-key-matches")
        #expect(refusal?.message == "expected a signature by one of 3 trusted keys, found 2 by others")
    }

    @Test(arguments: [[], [0], [0x30], Array(repeating: UInt8(0x30), count: 71), Array(repeating: 0, count: 64)])
    func rejectsWhatIsNoSignature(bytes: [UInt8]) throws {
        for kind in [PublicKey.Kind.ecdsaP256, .ed25519, .rsa(bits: 2048)] {
            let item = try UnverifiedSignedItem(envelope: Fixture.envelope(signatures: [(nil, bytes)]))
            let keys = try Fixture.trusted(Fixture.key(kind))
            #expect(verify(item, keys).failure == .noKeyMatches(keys: 1, signatures: 1))
        }
    }

    // MARK: Several signatures

    @Test func countsEveryDistinctSigner() throws {
        let (first, second) = (try Fixture.key(), try Fixture.key(.ed25519))
        let item = try Fixture.item(signedBy: first, second)
        let verified = try verify(item, Fixture.trusted(second, first)).get()
        #expect(
            verified.signers.map(\.fingerprint) == [Fixture.fingerprint(first), Fixture.fingerprint(second)].sorted())
    }

    @Test func countsAKeyThatSignedTwiceOnce() throws {
        let key = try Fixture.key()
        let verified = try verify(Fixture.item(signedBy: key, key, key), Fixture.trusted(key)).get()
        #expect(verified.signers.map(\.fingerprint) == [Fixture.fingerprint(key)])
        #expect(verified.unmatchedSignatures == 0)
    }

    @Test func countsAKeyThatIsTrustedTwiceOnce() throws {
        let key = try Fixture.key(.rsa(bits: 2048))
        let keys = TrustedKeySet([
            try #require(TrustedKey(key.publicKey, schemes: [.rsaPKCS1SHA256])),
            try #require(TrustedKey(key.publicKey, schemes: [.rsaPSSSHA256])),
        ])
        #expect(keys.keys.map(\.schemes) == [[.rsaPKCS1SHA256, .rsaPSSSHA256]])
        #expect(try verify(Fixture.item(signedBy: key), keys).get().signers.count == 1)
    }

    @Test func ignoresABadSignatureBesideAGoodOne() throws {
        let key = try Fixture.key()
        let good = try Fixture.sign(by: key)
        let bad = try Fixture.sign(Array("other".utf8), by: key)
        for signatures in [[good, bad], [bad, good], [bad, [], good]] {
            let item = try UnverifiedSignedItem(
                envelope: Fixture.envelope(signatures: signatures.map { (nil, $0) }))
            let verified = try verify(item, Fixture.trusted(key)).get()
            #expect(verified.signers.map(\.fingerprint) == [Fixture.fingerprint(key)])
            #expect(verified.unmatchedSignatures == signatures.count - 1)
        }
    }

    // MARK: Hints decide nothing

    @Test func ignoresAHintThatNamesAnotherKey() throws {
        let (signer, other) = (try Fixture.key(), try Fixture.key())
        let signature = try Fixture.sign(by: signer)
        for hint in [other.publicKey.fingerprint, signer.publicKey.fingerprint, "", "junk"] {
            let item = try UnverifiedSignedItem(envelope: Fixture.envelope(signatures: [(hint, signature)]))
            #expect(
                try verify(item, Fixture.trusted(signer, other)).get().signers.map(\.fingerprint) == [
                    Fixture.fingerprint(signer)
                ])
            #expect(try verify(item, Fixture.trusted(other)).failure == .noKeyMatches(keys: 1, signatures: 1))
        }
    }

    @Test func triesTheHintedKeyFirst() throws {
        let keys = try (0..<8).map { _ in try Fixture.key() }
        let set = TrustedKeySet(try keys.map { try #require(TrustedKey($0.publicKey)) })
        let signer = keys[5]
        let fingerprint = signer.publicKey.fingerprint
        let hex = String(fingerprint.dropFirst("sha256:".count))
        for hint in [fingerprint, hex, SigstoreBundle03.hint(for: signer.publicKey)] {
            let item = try UnverifiedSignedItem(
                envelope: Fixture.envelope(signatures: [(hint, try Fixture.sign(by: signer))]))
            var budget = SignatureBudget(limit: 1)
            #expect(SignatureVerifier.verify(item, keys: set, budget: &budget).success?.signers.count == 1)
            #expect(budget.remaining == 0)
        }
        let bundle = try Fixture.bundle(material: #"{"publicKey":{"hint":"\#(hex)"}}"#, by: signer)
        var budget = SignatureBudget(limit: 1)
        let item = try UnverifiedSignedItem(bundle: Array(bundle.utf8))
        #expect(SignatureVerifier.verify(item, keys: set, budget: &budget).success?.signers.count == 1)
    }

    // MARK: Endless data

    @Test func stopsAtTheBudgetOfOperations() throws {
        let (first, second) = (try Fixture.key(), try Fixture.key())
        let item = try Fixture.item(signedBy: Fixture.key(), Fixture.key(), Fixture.key())
        let keys = try Fixture.trusted(first, second)
        for limit in 0..<6 {
            var budget = SignatureBudget(limit: limit)
            let refusal = SignatureVerifier.verify(item, keys: keys, budget: &budget).failure
            #expect(refusal == .tooManyOperations(limit: limit))
            #expect(budget.remaining == 0)
        }
        var budget = SignatureBudget(limit: 6)
        #expect(
            SignatureVerifier.verify(item, keys: keys, budget: &budget).failure == .noKeyMatches(keys: 2, signatures: 3)
        )
        #expect(budget.remaining == 0)
        #expect(SignatureRefusal.tooManyOperations(limit: 6).code.effect == .undecided)
        #expect(SignatureBudget().limit == 100_000)
    }

    /// A budget that ends between a good signature and an untried one: what the rest would have shown is not known.
    @Test func isUndecidedOnceTheBudgetIsSpent() throws {
        let key = try Fixture.key()
        var budget = SignatureBudget(limit: 1)
        let refusal = SignatureVerifier.verify(
            try Fixture.item(signedBy: key, Fixture.key()), keys: try Fixture.trusted(key), budget: &budget
        ).failure
        #expect(refusal?.code.name == "limit.signature-operations")
    }

    @Test func spendsNothingOnKeysThatCannotFit() throws {
        let item = try Fixture.item(signedBy: Fixture.key(.ed25519))
        let keys = try Fixture.trusted(Fixture.key(.ecdsaP256), Fixture.key(.rsa(bits: 2048)), Fixture.key(.ecdsaP521))
        var budget = SignatureBudget(limit: 0)
        #expect(
            SignatureVerifier.verify(item, keys: keys, budget: &budget).failure == .noKeyMatches(keys: 3, signatures: 1)
        )
    }

    /// Ed25519 hashes the message once for each key.
    @Test func chargesEd25519ForTheLengthOfTheMessage() throws {
        let key = try Fixture.key(.ed25519)
        let item = try Fixture.item([UInt8](repeating: 0, count: 3 << 16), signedBy: key)
        var budget = SignatureBudget()
        _ = try SignatureVerifier.verify(item, keys: Fixture.trusted(key), budget: &budget).get()
        #expect(budget.limit - budget.remaining == 4)
        // What is left is not enough for this operation and is not kept for cheaper ones: the order would decide.
        budget = SignatureBudget(limit: 3)
        #expect(
            try SignatureVerifier.verify(item, keys: Fixture.trusted(key), budget: &budget).failure
                == .tooManyOperations(limit: 3))
        #expect(budget.remaining == 0)
    }

    // MARK: Binding

    @Test func rejectsAPayloadUnderAnotherType() throws {
        let key = try Fixture.key()
        let signature = try Fixture.sign(type: "text/plain", by: key)
        let item = try UnverifiedSignedItem(envelope: Fixture.envelope(signatures: [(nil, signature)]))
        #expect(try verify(item, Fixture.trusted(key)).failure != nil)
    }

    @Test func verifiesOtherPayloadTypesButReadsNoStatementFromThem() throws {
        let key = try Fixture.key()
        let item = try UnverifiedSignedItem(
            envelope: Fixture.envelope(
                type: "text/plain", signatures: [(nil, try Fixture.sign(type: "text/plain", by: key))]))
        guard case .dsse(let type, let payload) = try verify(item, Fixture.trusted(key)).get().content else {
            Issue.record("expected an envelope")
            return
        }
        #expect(throws: StatementError.unsupportedPayloadType("text/plain")) {
            try Statement(payloadType: type, payload: payload)
        }
    }

    /// A signature over the plain payload is none over the envelope, and the reverse.
    @Test func keepsTheTwoKindsOfSignedBytesApart() throws {
        let key = try Fixture.key()
        let keys = try Fixture.trusted(key)
        let plain = try key.sign(Fixture.statement)
        let asEnvelope = try UnverifiedSignedItem(envelope: Fixture.envelope(signatures: [(nil, plain)]))
        #expect(verify(asEnvelope, keys).failure == .noKeyMatches(keys: 1, signatures: 1))

        // The encoding that an envelope's signature covers, passed off as a simple signing payload, does verify: those
        // bytes were signed. It can not be read as one.
        let encoding = PreAuthenticationEncoding.encode(
            payloadType: "application/vnd.in-toto+json", payload: Fixture.statement)
        let asSimpleSigning = try UnverifiedSignedItem(
            cosignLayer: encoding, mediaType: SimpleSigningPayload.mediaType,
            annotations: ["dev.cosignproject.cosign/signature": Base64.encode(try Fixture.sign(by: key))],
            evidence: Digest(of: encoding))
        let verified = try verify(asSimpleSigning, keys).get()
        #expect(verified.content == .simpleSigning(payload: encoding))
        #expect(throws: SimpleSigningError.self) { try SimpleSigningPayload(parsing: verified.payload) }
    }
}

@Suite struct TrustedKeyTests {
    @Test func refusesSchemesThatDoNotFit() throws {
        let key = try Fixture.key().publicKey
        #expect(TrustedKey(key, schemes: []) == nil)
        #expect(TrustedKey(key, schemes: [.ed25519]) == nil)
        #expect(TrustedKey(key, schemes: [.ed25519, .ecdsaSHA256])?.schemes == [.ecdsaSHA256])
        #expect(TrustedKey(key)?.schemes == [.ecdsaSHA256])
    }

    @Test func keepsItsKeysSorted() throws {
        let keys = try (0..<5).map { _ in try Fixture.key() }
        let set = TrustedKeySet(try keys.map { try #require(TrustedKey($0.publicKey)) })
        #expect(set.keys.map(\.key.fingerprint) == keys.map(\.publicKey.fingerprint).sorted())
        #expect(TrustedKeySet([]).isEmpty)
    }
}
