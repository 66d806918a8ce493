import ArgumentParser
import Findings
import PKI
import Signing

struct KeyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "key", abstract: "Makes and shows signing keys.",
        subcommands: [KeyGenerateCommand.self, KeyShowCommand.self])
}

struct KeyGenerateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "generate",
        abstract: "Makes a key pair: NAME.key (PKCS #8, encrypted) and NAME.pub (PEM).",
        discussion: """
            The passphrase is asked for on the terminal, or taken from the environment variable LANDWAITER_PASSPHRASE.

            EXAMPLES
              landwaiter key generate corporate
              landwaiter key generate --type ed25519 pipeline
            """)

    enum KeyType: String, CaseIterable, ExpressibleByArgument {
        case p256 = "ecdsa-p256"
        case p384 = "ecdsa-p384"
        case p521 = "ecdsa-p521"
        case ed25519
        case rsa2048 = "rsa-2048"
        case rsa3072 = "rsa-3072"
        case rsa4096 = "rsa-4096"

        var kind: PublicKey.Kind {
            switch self {
            case .p256: .ecdsaP256
            case .p384: .ecdsaP384
            case .p521: .ecdsaP521
            case .ed25519: .ed25519
            case .rsa2048: .rsa(bits: 2_048)
            case .rsa3072: .rsa(bits: 3_072)
            case .rsa4096: .rsa(bits: 4_096)
            }
        }
    }

    @Argument(help: "Path of the files to write, without `.key` and `.pub`.", completion: .file())
    var name: String

    @Option(help: "Kind of key.")
    var type: KeyType = .p256

    @Flag(name: .customLong("insecure-no-passphrase"), help: "Write the private key unencrypted.")
    var insecureNoPassphrase = false

    func run() async throws {
        try await running {
            let passphrase = insecureNoPassphrase ? nil : try Passphrase.chosen()
            let key: PrivateKey
            let pem: String
            do throws(PrivateKeyError) {
                key = try PrivateKey.generate(type.kind)
                if let passphrase {
                    pem = try key.pem(encryptedWith: passphrase)
                } else {
                    pem = key.unencryptedPEM
                }
            } catch {
                throw CommandFailure(status: ExitStatus.internalError, lines: [error.message])
            }
            try LocalFile.create(name + ".key", Array(pem.utf8), mode: 0o600)
            try LocalFile.create(name + ".pub", Array(key.publicKey.pem.utf8), mode: 0o644)
            Terminal.write("\(key.publicKey.fingerprint)\n")
            Terminal.writeError("wrote \(name).key and \(name).pub")
        }
    }
}

struct KeyShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Shows a public key: its kind, its fingerprint, and how signatures by it are checked.",
        discussion: """
            EXAMPLES
              landwaiter key show corporate.pub
            """)

    @Argument(help: "A public key in PEM.", completion: .file())
    var file: String

    func run() async throws {
        try await running {
            let key = try KeyFile.publicKey(file)
            Terminal.write(
                """
                kind         \(key.kind)
                fingerprint  \(key.fingerprint)
                schemes      \(SignatureScheme.defaults(for: key.kind).map(\.rawValue).joined(separator: ", "))

                """)
        }
    }
}

/// Keys in files that the command line names.
enum KeyFile {
    /// No key or certificate in use comes near it.
    static let longest = 64 << 10

    static func publicKey(_ path: String) throws(CommandFailure) -> PublicKey {
        let bytes = try LocalFile.read(path, limit: longest)
        do {
            return try PublicKey(pem: bytes)
        } catch {
            throw .badData("\(Finding.quoted(path)): \(error.message)")
        }
    }

    /// A private key; its passphrase is asked for only if it has one.
    static func privateKey(_ path: String) throws(CommandFailure) -> PrivateKey {
        let bytes = try LocalFile.read(path, limit: longest)
        do {
            return try PrivateKey(pem: bytes, passphrase: nil)
        } catch .passphraseNeeded {
            // Asked for below.
        } catch {
            throw .badData("\(Finding.quoted(path)): \(error.message)")
        }
        let passphrase = try Passphrase.given(for: path)
        do {
            return try PrivateKey(pem: bytes, passphrase: passphrase)
        } catch {
            throw .badData("\(Finding.quoted(path)): \(error.message)")
        }
    }
}

/// Passphrases come from the terminal or the environment, never from an argument that other users can see.
enum Passphrase {
    static let variable = "LANDWAITER_PASSPHRASE"

    static func given(for path: String) throws(CommandFailure) -> [UInt8] {
        let stated = Terminal.environment(variable)
        if !stated.isEmpty { return Array(stated.utf8) }
        guard let typed = Terminal.askPassphrase("Passphrase of \(path): "), !typed.isEmpty else {
            throw .usage("\(Finding.quoted(path)) is encrypted", "set \(variable), or run in a terminal to be asked")
        }
        return typed
    }

    static func chosen() throws(CommandFailure) -> [UInt8] {
        let stated = Terminal.environment(variable)
        if !stated.isEmpty { return Array(stated.utf8) }
        guard let first = Terminal.askPassphrase("New passphrase: ") else {
            throw .usage(
                "a private key is encrypted with a passphrase, and there is no terminal to ask for one",
                "set \(variable), or write it unencrypted with `--insecure-no-passphrase`")
        }
        guard !first.isEmpty else { throw .usage("an empty passphrase protects nothing") }
        guard Terminal.askPassphrase("Again: ") == first else { throw .usage("the passphrases differ") }
        return first
    }
}
