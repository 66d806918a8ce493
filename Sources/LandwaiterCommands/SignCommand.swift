import Admission
import ArgumentParser
import Content
import Findings
import ImageStore
import OCI
import PKI
import Signing
import StrictEncoding

struct SignCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sign",
        abstract: "Signs an image in a layout or a registry, and stores the signature beside it.",
        discussion: """
            Signs the digest that the reference selects: of an index, the index, which covers its platforms. The \
            signature is a DSSE envelope in a Sigstore bundle 0.3 that refers to the image, the form that cosign 3 \
            writes; `--format cosign-tag` writes simple signing under the tag `sha256-….sig`.

            EXAMPLES
              landwaiter sign oci:image:v1 --key corporate.key
              landwaiter sign registry.example/finance/ledger:v1 --key corporate.key
              landwaiter sign oci:image:v1 --key corporate.key --format cosign-tag --as registry.example/finance/ledger
            """)

    @OptionGroup var image: ImageOptions
    @OptionGroup var signing: SigningOptions
    @OptionGroup(title: "Registry Options") var registry: RegistryOptions

    func run() async throws {
        try await running(reaching: registry) {
            let place = try EvidencePlace(image.image)
            let subject = try await place.subject()
            let key = try KeyFile.privateKey(signing.key)
            let reference = try image.statedReference()
            switch signing.format {
            case .bundle:
                let statement = StatementMaking.statement(
                    subjectName: reference?.name, digest: subject.digest,
                    predicateType: StatementMaking.imageSignatureType, predicate: nil)
                try await place.attach(
                    try signing.bundle(of: statement, key: key), predicateType: StatementMaking.imageSignatureType,
                    to: subject)
            case .cosignTag:
                guard let reference else {
                    throw CommandFailure.usage(
                        "simple signing signs the image's name: give it with `--as registry.example/finance/ledger`")
                }
                let name = reference.name + (reference.tag.map { ":" + $0 } ?? "")
                let payload = SimpleSigning.payload(dockerReference: name, manifestDigest: subject.digest)
                let signature = try signing.signature(over: payload, key: key)
                try await place.attachCosignLayer(
                    payload, mediaType: .simpleSigning,
                    annotations: ["dev.cosignproject.cosign/signature": Base64.encode(signature)], suffix: "sig",
                    to: subject)
            }
            Terminal.writeError("signed \(subject.digest) with key \(key.publicKey.fingerprint)")
        }
    }
}

struct AttestCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "attest",
        abstract: "Signs a statement about an image, and stores the attestation beside it.",
        discussion: """
            The predicate is a JSON file; its type is a URI, or one of: \(PredicateName.list).

            EXAMPLES
              landwaiter attest oci:image:v1 --key pipeline.key --type slsaprovenance1 --predicate provenance.json
              landwaiter attest oci:image:v1 --key ci.key --type https://example.com/review/v1 --predicate review.json --platform linux/arm64
            """)

    @OptionGroup var image: ImageOptions
    @OptionGroup var signing: SigningOptions
    @OptionGroup(title: "Registry Options") var registry: RegistryOptions

    @Option(help: "The predicate: a JSON file.", completion: .file(extensions: ["json"]))
    var predicate: String

    @Option(help: "The predicate's type.")
    var type: String

    @Option(help: "Speak of this platform of the index (os/architecture[/variant]) instead of the whole image.")
    var platform: String?

    func run() async throws {
        try await running(reaching: registry) {
            let place = try EvidencePlace(image.image)
            let subject = try await place.subject(platform: platform)
            let type = try PredicateName.uri(self.type)
            let bytes = try LocalFile.read(predicate, limit: AdmissionLimits().envelopeBytes)
            let tree: JSONTree
            do {
                guard let parsed = JSONTree(try JSONDocument(parsing: bytes).root) else {
                    throw CommandFailure.badData("\(Finding.quoted(predicate)): a number is out of range")
                }
                tree = parsed
            } catch let error as JSONError {
                throw CommandFailure.badData("\(Finding.quoted(predicate)): \(error.message)")
            }
            let statement = StatementMaking.statement(
                subjectName: try image.statedReference()?.name, digest: subject.digest, predicateType: type,
                predicate: tree)
            let key = try KeyFile.privateKey(signing.key)
            switch signing.format {
            case .bundle:
                try await place.attach(
                    try signing.bundle(of: statement, key: key), predicateType: type, to: subject)
            case .cosignTag:
                try await place.attachCosignLayer(
                    try signing.envelope(of: statement, key: key), mediaType: .dsseEnvelope,
                    annotations: ["dev.cosignproject.cosign/signature": "", "predicateType": type], suffix: "att",
                    to: subject)
            }
            Terminal.writeError("attested \(subject.digest) with key \(key.publicKey.fingerprint)")
        }
    }
}

/// Short names of predicate types, as cosign's `--type` has them.
enum PredicateName {
    private static let known: [(name: String, uri: String)] = [
        ("slsaprovenance02", "https://slsa.dev/provenance/v0.2"),
        ("slsaprovenance1", "https://slsa.dev/provenance/v1"),
        ("spdx", "https://spdx.dev/Document"),
        ("cyclonedx", "https://cyclonedx.org/bom"),
        ("vuln", "https://cosign.sigstore.dev/attestation/vuln/v1"),
        ("openvex", "https://openvex.dev/ns"),
        ("csaf", "https://docs.oasis-open.org/csaf/csaf/v2.0/csaf_json_schema.json"),
    ]

    static var list: String { known.map(\.name).joined(separator: ", ") }

    static func uri(_ text: String) throws(CommandFailure) -> String {
        if let match = known.first(where: { $0.name == text }) { return match.uri }
        guard text.utf8.contains(UInt8(ascii: ":")) else {
            throw .usage("expected a predicate type: a URI, or one of \(list); found \(Finding.quoted(text))")
        }
        return text
    }
}

struct SigningOptions: ParsableArguments {
    @Option(
        help: "The private key (PEM). An encrypted one asks for its passphrase, or takes LANDWAITER_PASSPHRASE.",
        completion: .file(extensions: ["key", "pem"]))
    var key: String

    @Option(help: "How the evidence is stored: bundle (referrer), or cosign-tag.")
    var format: Format = .bundle

    enum Format: String, CaseIterable, ExpressibleByArgument {
        case bundle
        case cosignTag = "cosign-tag"
    }

    func bundle(of statement: [UInt8], key: PrivateKey) throws(CommandFailure) -> [UInt8] {
        do {
            let envelope = try DSSESigner.sign(
                payload: statement, payloadType: MediaType.inToto.description, keys: [key])
            return try SigstoreBundle03.make(
                envelope: envelope, publicKeyHint: SigstoreBundle03.hint(for: key.publicKey))
        } catch {
            throw CommandFailure(status: ExitStatus.internalError, lines: [error.message])
        }
    }

    func envelope(of statement: [UInt8], key: PrivateKey) throws(CommandFailure) -> [UInt8] {
        do {
            return try DSSESigner.envelope(
                payload: statement, payloadType: MediaType.inToto.description, keys: [key])
        } catch {
            throw CommandFailure(status: ExitStatus.internalError, lines: [error.message])
        }
    }

    func signature(over payload: [UInt8], key: PrivateKey) throws(CommandFailure) -> [UInt8] {
        do {
            return try key.sign(payload)
        } catch {
            throw CommandFailure(status: ExitStatus.internalError, lines: [error.message])
        }
    }
}
