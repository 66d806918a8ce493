import Foundation
import PKI
import Signing

/// The keys of the cases: TEST KEYS, public knowledge, good for nothing else.
struct TestKeys {
    static let kinds: [(name: String, kind: PublicKey.Kind)] = [
        ("corporate", .ecdsaP256), ("pipeline", .ecdsaP256), ("stranger", .ecdsaP256), ("p384", .ecdsaP384),
        ("p521", .ecdsaP521), ("ed25519", .ed25519), ("rsa2048", .rsa(bits: 2_048)), ("rsa4096", .rsa(bits: 4_096)),
    ]

    private let keys: [String: PrivateKey]

    init(in directory: URL) throws {
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        try Data(
            """
            # TEST KEYS

            Keys of the test cases, private halves included: public knowledge. Never trust them anywhere else.

            """.utf8
        ).write(to: directory.appendingPathComponent("README.md"))
        var keys: [String: PrivateKey] = [:]
        for (name, kind) in Self.kinds {
            let file = directory.appendingPathComponent(name + ".test-key")
            if let pem = try? Data(contentsOf: file) {
                keys[name] = try PrivateKey(pem: Array(pem), passphrase: nil)
            } else {
                let key = try PrivateKey.generate(kind)
                try Data(("TEST KEY, public knowledge\n" + key.unencryptedPEM).utf8).write(to: file)
                keys[name] = key
            }
            // Policies read keys from their own directory only.
            for place in [directory, directory.appendingPathComponent("../policies/keys")] {
                try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
                try keys[name].map { Data($0.publicKey.pem.utf8) }?.write(
                    to: place.appendingPathComponent(name + ".pub"))
            }
        }
        self.keys = keys
    }

    subscript(_ name: String) -> PrivateKey {
        guard let key = keys[name] else { preconditionFailure("no test key \(name)") }
        return key
    }
}
