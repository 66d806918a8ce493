import PKI
import StrictEncoding
import Testing

/// Project Wycheproof's signature vectors through the public key API: what is `valid` must verify, what is `invalid`
/// must not, and each `acceptable` vector has its answer in ``acceptable``.
@Suite(.enabled(if: Kit.isPresent, Kit.absence))
struct WycheproofTests {
    struct VectorFile: CustomTestStringConvertible {
        let name: String
        let scheme: SignatureScheme
        var encoding = ECDSAEncoding.der
        var testDescription: String { name }
    }

    static let files = [
        VectorFile(name: "ecdsa_secp256r1_sha256_test", scheme: .ecdsaSHA256),
        VectorFile(name: "ecdsa_secp256r1_sha256_p1363_test", scheme: .ecdsaSHA256, encoding: .rawRS),
        VectorFile(name: "ed25519_test", scheme: .ed25519),
        VectorFile(name: "rsa_signature_2048_sha256_test", scheme: .rsaPKCS1SHA256),
    ]

    /// Whether we verify what Wycheproof leaves open, by file and `tcId`, and why.
    static let acceptable: [String: [Int: Bool]] = [
        // The hash's AlgorithmIdentifier lacks its NULL. RFC 8017 appendix A.2.4 has verifiers compare with the
        // encoding that has it; a second encoding of one signature has no use here.
        "rsa_signature_2048_sha256_test": [8: false]
    ]

    @Test(arguments: files)
    func everyVectorHasItsOutcome(_ file: VectorFile) throws {
        let root = try Kit.json("wycheproof/testvectors_v1/\(file.name).json")
        let answers = Self.acceptable[file.name] ?? [:]
        var answered: Set<Int> = []
        var surprises: [String] = []
        var count = 0
        for group in try #require(root["testGroups"]?.array) {
            let key = try PublicKey(pem: #require(group["publicKeyPem"]?.utf8))
            for vector in try #require(group["tests"]?.array) {
                let id = try #require(vector["tcId"]?.int)
                let message = try Hex.decode(#require(vector["msg"]?.string))
                let signature = try Hex.decode(#require(vector["sig"]?.string))
                let result = try #require(vector["result"]?.string)
                let expected: Bool
                switch result {
                case "valid": expected = true
                case "invalid": expected = false
                default:
                    expected = try #require(answers[id] as Bool?, "no answer for vector \(id), which is \(result)")
                    answered.insert(id)
                }
                let found = key.isValid(signature, over: message, scheme: file.scheme, encoding: file.encoding)
                if found != expected {
                    surprises.append("\(id), \(result), \(vector["comment"]?.string ?? ""): \(found)")
                }
                count += 1
            }
        }
        #expect(surprises.isEmpty)
        #expect(answered == Set(answers.keys), "an answer for a vector that is not there")
        #expect(count == root["numberOfTests"]?.int)
        #expect(count > 100)
    }
}
