import Signing
import Simulators
import StrictEncoding
import Testing

@testable import PKI

/// Trust bundles, a case for each rule of the Trust Domain and Bundle specification, sections 4.1 and 4.2, and of the
/// SVIDs' about what is in them.
struct SPIFFETrustBundleTests {
    static let world = Result { try SimulatedTrustDomain() }
    static let domain = Result { try SPIFFETrustDomain("example.org") }

    static func read(_ bundle: JSONTree) throws -> SPIFFETrustBundle {
        try SPIFFETrustBundle(trustDomain: domain.get(), jwks: bundle.canonicalBytes())
    }

    /// The bundle of the simulator, with one element altered.
    static func bundle(
        element: Int = 0, _ alter: (inout [ExactString: JSONTree]) -> Void
    ) throws -> JSONTree {
        guard case .object(var members) = try world.get().bundle(), case .array(var keys)? = members["keys"],
            case .object(var key) = keys[element]
        else { throw SPIFFEBundleError.malformed("keys") }
        alter(&key)
        keys[element] = .object(key)
        members["keys"] = .array(keys)
        return .object(members)
    }

    static func altered(_ alter: (inout [ExactString: JSONTree]) -> Void) throws -> JSONTree {
        guard case .object(var members) = try world.get().bundle() else { throw SPIFFEBundleError.malformed("keys") }
        alter(&members)
        return .object(members)
    }

    @Test func readsAuthoritiesAndTokenKeys() throws {
        let world = try Self.world.get()
        let bundle = try Self.read(world.bundle(sequence: 7, refreshHint: 60))
        #expect(bundle.trustDomain.name == "example.org")
        #expect(bundle.sequenceNumber == 7)
        #expect(bundle.refreshHint == 60)
        #expect(try bundle.authorities == [world.authority.root.certificate()])
        #expect(bundle.tokenKeys.map(\.keyID) == ["token-1"])
        #expect(bundle.tokenKeys.map(\.publicKey) == [world.tokenKey.publicKey])
        #expect(bundle.skipped.isEmpty)
    }

    @Test(arguments: TestKeys.kinds)
    func readsKeysOfEveryKind(_ kind: PublicKey.Kind) throws {
        let world = try SimulatedCA(kind: kind)
        let key = try TestKeys.key(kind).publicKey
        let bundle = try Self.read([
            "keys": [SimulatedTrustDomain.authorityKey(world.root), SimulatedTrustDomain.tokenKey(key, id: "k")]
        ])
        #expect(try bundle.authorities == [world.root.certificate()])
        // No algorithm of JWT-SVIDs goes with Ed25519.
        #expect(bundle.tokenKeys.map(\.publicKey) == (kind == .ed25519 ? [] : [key]))
        #expect(bundle.skipped.map(\.reason) == (kind == .ed25519 ? [.unknownAlgorithm] : []))
    }

    // MARK: The set, section 4.1

    @Test func sequenceNumberAndRefreshHintMayBeLeftOut() throws {
        let bundle = try Self.read(Self.world.get().bundle(sequence: nil, refreshHint: nil))
        #expect(bundle.sequenceNumber == nil && bundle.refreshHint == nil)
    }

    @Test(arguments: ["spiffe_sequence", "spiffe_refresh_hint"] as [ExactString])
    func numbersAreWholeAndHave64Bits(_ name: ExactString) throws {
        for literal in ["18446744073709551615", "0"] {
            let text = #"{"\#(name)":\#(literal),"keys":[]}"#
            let bundle = try SPIFFETrustBundle(trustDomain: Self.domain.get(), jwks: Array(text.utf8))
            #expect([bundle.sequenceNumber, bundle.refreshHint].contains(UInt64(literal)))
        }
        for value: JSONTree in ["7", .integer(-1), .null, JSONNumber(literal: "1.5").map(JSONTree.number) ?? .null] {
            #expect(throws: SPIFFEBundleError.malformed(name.value)) {
                try Self.read(Self.altered { $0[name] = value })
            }
        }
    }

    /// Section 4.1.3: the trust domain has withdrawn all keys.
    @Test func anEmptySetIsABundleWithoutKeys() throws {
        let bundle = try Self.read(["keys": []])
        #expect(bundle.authorities.isEmpty && bundle.tokenKeys.isEmpty)
    }

    @Test func theKeysHaveToBeThere() throws {
        for tree: JSONTree in [["spiffe_sequence": 1], ["keys": [:]], ["keys": .null], [[]], "keys"] {
            #expect(throws: SPIFFEBundleError.malformed("keys")) { try Self.read(tree) }
        }
        #expect(throws: SPIFFEBundleError.key(position: 0, .malformed("kty"))) { try Self.read(["keys": ["RSA"]]) }
    }

    @Test func membersThatNobodySpecifiedAreIgnored() throws {
        let bundle = try Self.read(Self.altered { $0["custom"] = [1] })
        #expect(bundle.authorities.count == 1)
    }

    @Test func rejectsDuplicateNames() throws {
        let text = Array(#"{"keys":[],"keys":[]}"#.utf8)
        #expect(throws: SPIFFEBundleError.notJSON(.duplicateKey("keys", offset: 11))) {
            try SPIFFETrustBundle(trustDomain: Self.domain.get(), jwks: text)
        }
    }

    @Test func rejectsMoreThanTheLimits() throws {
        let spaces = [UInt8](repeating: 0x20, count: SPIFFELimits.bundleByteCount + 1)
        #expect(throws: SPIFFEBundleError.tooLarge(limit: SPIFFELimits.bundleByteCount)) {
            try SPIFFETrustBundle(trustDomain: Self.domain.get(), jwks: spaces)
        }
        let unknown: JSONTree = ["kty": "x", "use": "x"]
        let most = [JSONTree](repeating: unknown, count: SPIFFELimits.keys)
        #expect(try Self.read(["keys": .array(most)]).skipped.count == SPIFFELimits.keys)
        #expect(throws: SPIFFEBundleError.tooManyKeys(limit: SPIFFELimits.keys)) {
            try Self.read(["keys": .array(most + [unknown])])
        }
        let deep = String(repeating: "[", count: 40) + String(repeating: "]", count: 40)
        #expect(throws: SPIFFEBundleError.notJSON(.tooDeep(limit: 32, offset: 32))) {
            try SPIFFETrustBundle(trustDomain: Self.domain.get(), jwks: Array(deep.utf8))
        }
    }

    // MARK: What is skipped, section 4.2

    @Test(arguments: [nil, "sig", "X509-SVID", "wit-svid"] as [JSONTree?])
    func elementsOfUnknownUseAreSkipped(_ use: JSONTree?) throws {
        let bundle = try Self.read(Self.bundle { $0["use"] = use })
        #expect(bundle.authorities.isEmpty && bundle.tokenKeys.count == 1)
        #expect(bundle.skipped == [.init(position: 0, reason: .unknownUse)])
    }

    @Test(arguments: [0, 1])
    func elementsOfUnknownKindAreSkipped(_ element: Int) throws {
        for (name, value): (ExactString, JSONTree) in [("kty", "oct"), ("kty", "ec"), ("crv", "secp256k1")] {
            let bundle = try Self.read(Self.bundle(element: element) { $0[name] = value })
            #expect(bundle.skipped == [.init(position: element, reason: .unknownKey)])
            #expect(bundle.authorities.count + bundle.tokenKeys.count == 1)
        }
    }

    /// A secret that is shared would make everybody who verifies able to sign.
    @Test func aSymmetricKeyIsRefusedWithItsSecret() throws {
        #expect(throws: SPIFFEBundleError.key(position: 1, .privateKeyGiven)) {
            try Self.read(
                Self.bundle(element: 1) {
                    $0["kty"] = "oct"
                    $0["k"] = "AAAA"
                })
        }
    }

    // MARK: Authorities, X509-SVID section 6

    @Test func anElementWithoutCertificateIsSkipped() throws {
        for chain: JSONTree? in [nil, []] {
            let bundle = try Self.read(Self.bundle { $0["x5c"] = chain })
            #expect(bundle.skipped == [.init(position: 0, reason: .noCertificate)])
        }
    }

    /// Section 6.2: all but the first are ignored, whatever they are.
    @Test func onlyTheFirstCertificateOfAnElementCounts() throws {
        let first = Base64.encode(try Self.world.get().authority.root.der)
        let other = Base64.encode(try SimulatedCA("other").root.der)
        let bundle = try Self.read(Self.bundle { $0["x5c"] = [.string(first), .string(other), "no certificate"] })
        #expect(try bundle.authorities == [Self.world.get().authority.root.certificate()])
    }

    @Test func rejectsACertificateThatCannotBeRead() throws {
        let url = SimulatedToken.base64URL(try Self.world.get().authority.root.der)
        for chain: JSONTree in ["x", [1], ["no base64"], [.string(url)]] {
            #expect(throws: SPIFFEBundleError.key(position: 0, .malformed("x5c"))) {
                try Self.read(Self.bundle { $0["x5c"] = chain })
            }
        }
        #expect(throws: SPIFFEBundleError.certificate(position: 0, .malformed(.certificate))) {
            try Self.read(Self.bundle { $0["x5c"] = ["AAAA"] })
        }
    }

    /// RFC 7517 section 4.7.
    @Test func rejectsACertificateOfAnotherKeyThanTheElement() throws {
        let other = Base64.encode(try SimulatedCA("other").root.der)
        #expect(throws: SPIFFEBundleError.keysDiffer(position: 0)) {
            try Self.read(Self.bundle { $0["x5c"] = [.string(other)] })
        }
    }

    @Test func rejectsACertificateThatMayNotIssue() throws {
        for alter: (inout CertificateTemplate) -> Void in [
            { $0.set(.basicConstraints(isAuthority: false)) }, { $0.remove("2.5.29.19") },
            { $0.set(.keyUsage([0x80], unused: 7)) },
        ] {
            let world = try SimulatedTrustDomain(altering: alter)
            #expect(throws: SPIFFEBundleError.notAnAuthority(position: 0)) { try Self.read(world.bundle()) }
        }
    }

    @Test func rejectsAnAuthorityWhoseSPIFFEIDHasAPath() throws {
        let world = try SimulatedTrustDomain(altering: { $0.set(.alternativeNames([.uri("spiffe://example.org/ca")])) })
        #expect(throws: SPIFFEBundleError.signingCertificate(position: 0, .authorityWithPath)) {
            try Self.read(world.bundle())
        }
    }

    @Test func endsWithTheLastOfItsAuthorities() throws {
        let end = SimulatedCA.now.adding(seconds: 86400)
        let (first, last) = (
            try SimulatedCA(altering: { $0.notAfter = end.adding(seconds: -1) }),
            try SimulatedCA(altering: { $0.notAfter = end })
        )
        let keys = [last, first].map { SimulatedTrustDomain.authorityKey($0.root) }
        #expect(try Self.read(["keys": .array(keys)]).authoritiesEnd == end)
        #expect(try Self.read(["keys": []]).authoritiesEnd == nil)
    }

    @Test func oneAuthorityTwiceCountsOnce() throws {
        let key = SimulatedTrustDomain.authorityKey(try Self.world.get().authority.root)
        #expect(try Self.read(["keys": [key, key]]).authorities.count == 1)
    }

    // MARK: Keys for tokens, JWT-SVID section 6

    @Test func aTokenKeyNeedsAnIdentifier() throws {
        for identifier: JSONTree? in [nil, "", 1, .string(String(repeating: "k", count: 1025))] {
            #expect(throws: SPIFFEBundleError.key(position: 1, .malformed("kid"))) {
                try Self.read(Self.bundle(element: 1) { $0["kid"] = identifier })
            }
        }
    }

    @Test func rejectsTwoTokenKeysOfOneIdentifier() throws {
        let key = SimulatedTrustDomain.tokenKey(try TestKeys.key(.ecdsaP256).publicKey, id: "k")
        #expect(throws: SPIFFEBundleError.duplicateKeyID(position: 1)) { try Self.read(["keys": [key, key]]) }
        // Two spellings that Swift calls equal are two identifiers.
        let composed = SimulatedTrustDomain.tokenKey(try TestKeys.key(.ecdsaP256).publicKey, id: "\u{E9}")
        let decomposed = SimulatedTrustDomain.tokenKey(try TestKeys.key(.ecdsaP384).publicKey, id: "e\u{301}")
        #expect(try Self.read(["keys": [composed, decomposed]]).tokenKeys.count == 2)
    }

    @Test func aKeyIsForTheAlgorithmThatItStates() throws {
        let bundle = try Self.read(Self.bundle(element: 1) { $0["alg"] = "ES256" })
        #expect(bundle.tokenKeys.map(\.algorithm) == [.es256])
        for algorithm: JSONTree in ["ES384", "RS256", "HS256", "EdDSA", "none", "es256"] {
            let bundle = try Self.read(Self.bundle(element: 1) { $0["alg"] = algorithm })
            #expect(bundle.tokenKeys.isEmpty && bundle.skipped == [.init(position: 1, reason: .unknownAlgorithm)])
        }
    }

    @Test(arguments: [0, 1])
    func rejectsPrivateKeys(_ element: Int) throws {
        #expect(throws: SPIFFEBundleError.key(position: element, .privateKeyGiven)) {
            try Self.read(Self.bundle(element: element) { $0["d"] = "AAAA" })
        }
    }

    @Test(arguments: [0, 1])
    func rejectsKeysThatAreNone(_ element: Int) throws {
        func error(_ name: ExactString, _ value: JSONTree?) throws -> SPIFFEBundleError? {
            do {
                _ = try Self.read(Self.bundle(element: element) { $0[name] = value })
                return nil
            } catch {
                return error as? SPIFFEBundleError
            }
        }
        for name: ExactString in ["x", "y"] {
            for value: JSONTree? in [nil, 1, "", "AAAA", "A", "AA=="] {
                #expect(try error(name, value) == .key(position: element, .malformed(name.value)))
            }
            let zeros = SimulatedToken.base64URL([UInt8](repeating: 0, count: 32))
            #expect(try error(name, .string(zeros)) == .key(position: element, .key(.invalidPoint)))
            let padded = SimulatedToken.base64URL([UInt8](repeating: 0, count: 33))
            #expect(try error(name, .string(padded)) == .key(position: element, .malformed(name.value)))
        }
        #expect(try error("crv", nil) == .key(position: element, .malformed("crv")))
        #expect(try error("kty", nil) == .key(position: element, .malformed("kty")))
    }

    @Test func rejectsAnRSAKeyThatIsWeakOrWrittenAnotherWay() throws {
        let key = SimulatedTrustDomain.webKey(try TestKeys.key(.rsa(bits: 2048)).publicKey)
        func error(_ name: ExactString, _ value: JSONTree) -> SPIFFEBundleError? {
            var key = key
            key["use"] = "jwt-svid"
            key["kid"] = "k"
            key[name] = value
            do {
                _ = try Self.read(["keys": [.object(key)]])
                return nil
            } catch {
                return error as? SPIFFEBundleError
            }
        }
        #expect(error("kid", "k") == nil)
        #expect(error("e", "AQ") == .key(position: 0, .key(.rsaExponentRefused)))
        #expect(error("e", "AAEAAQ") == .key(position: 0, .malformed("e")))
        #expect(error("n", "AQAB") == .key(position: 0, .key(.rsaTooSmall(bits: 17))))
        // Standard base64, padded base64, unused bits set.
        for spelling in ["+QAB", "AQ==", "AR"] {
            #expect(error("e", .string(spelling)) == .key(position: 0, .malformed("e")))
        }
    }

    // MARK: PEM

    @Test func readsAuthoritiesFromPEM() throws {
        let world = try Self.world.get()
        let pem = Array((world.authority.root.pem + world.authority.intermediate.pem).utf8)
        let bundle = try SPIFFETrustBundle(trustDomain: Self.domain.get(), pem: pem)
        #expect(
            try bundle.authorities
                == [world.authority.root.certificate(), world.authority.intermediate.certificate()])
        #expect(bundle.sequenceNumber == nil && bundle.tokenKeys.isEmpty)
    }

    @Test func rejectsPEMWithAnythingElse() throws {
        let world = try Self.world.get()
        let domain = try Self.domain.get()
        let key = try TestKeys.key(.ecdsaP256)
        let leaf = try world.authority.issue(world.workload(key: key.publicKey), key: key)
        #expect(throws: SPIFFEBundleError.certificate(position: nil, .noCertificate)) {
            try SPIFFETrustBundle(trustDomain: domain, pem: [])
        }
        #expect(throws: SPIFFEBundleError.certificate(position: nil, .unsupportedLabel("PUBLIC KEY"))) {
            try SPIFFETrustBundle(trustDomain: domain, pem: Array(key.publicKey.pem.utf8))
        }
        #expect(throws: SPIFFEBundleError.notAnAuthority(position: 1)) {
            try SPIFFETrustBundle(trustDomain: domain, pem: Array((world.authority.root.pem + leaf.pem).utf8))
        }
    }
}
