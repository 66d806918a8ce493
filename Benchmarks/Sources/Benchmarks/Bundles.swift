import Glibc
import Landwaiter

/// Bundles that others made, from the kit: `LANDWAITER_KIT` says where it is, else `../shared/kit` is tried.
struct KitBundle {
    let name: String
    let bundle: String
    let root: String
    /// SHA-256 in hexadecimal; nil for a bundle that names its own subject.
    let artifact: String?
    /// In hexadecimal, the algorithm before it unless it is SHA-256.
    let subject: String
    /// A workflow's address, or a person's.
    let signer: String

    private static let publicGood = "trusted-roots/sigstore-public-good-tuf/targets/trusted_root.json"
    private static let beacon =
        "https://github.com/sigstore-conformance/extremely-dangerous-public-oidc-beacon/.github/workflows/"
        + "extremely-dangerous-oidc-beacon.yml@refs/heads/main"
    private static let text = "a0cfc71271d6e278e57cd332ff957c3f7043fdda354c4cbb190a30d56efa01bf"

    static let all = [
        KitBundle(
            name: "Rekor 1 bundle",
            bundle: "sigstore-conformance/bundle-verify/trust-root-tlog-validity-end-inclusive/bundle.sigstore.json",
            root: "sigstore-conformance/bundle-verify/trust-root-tlog-validity-end-inclusive/trusted_root.json",
            artifact: text, subject: text, signer: beacon),
        KitBundle(
            name: "Rekor 2 bundle",
            bundle: "sigstore-conformance/bundle-verify/rekor2-checkpoint-cosigned/bundle.sigstore.json",
            root: "sigstore-conformance/bundle-verify/rekor2-checkpoint-cosigned/trusted_root.json", artifact: text,
            subject: text, signer: beacon),
        KitBundle(
            name: "DSSE bundle", bundle: "bundles/sigstore-js/bundles/bundleV02-dsse.sigstore", root: publicGood,
            artifact: nil,
            subject:
                "sha512:7bea9f6e7ff37f5fab0b36bf061200fff03099fd2fd696b91d04bc5e4f225eb9"
                + "fd6e0cadcad54ba980f43fb352a99e8810b4e0abeb5c0ef2cf9108cd1f258b36", signer: "brian@dehamer.com"),
        KitBundle(
            name: "DSSE bundle with a timestamp besides", bundle: "bundles/sigstore-rs/bundle_v03.json",
            root: publicGood,
            artifact: nil,
            subject: "c811d58de79c92f03214e63aa339484e488d694ae8a6283b5f3f17a9faf50172",
            signer:
                "https://github.com/kubewarden/kubewarden-controller/.github/workflows/release.yml@refs/tags/v1.34.0"),
    ]

    static let kit: String? = {
        let named = getenv("LANDWAITER_KIT").map { String(cString: $0) } ?? "../shared/kit"
        return access(named + "/README.md", R_OK) == 0 ? named : nil
    }()

    /// A policy that asks for this signer's signature, or for a statement of theirs.
    var policy: String {
        let kind =
            signer.contains("@") && !signer.contains("/")
            ? "email: {address: \"\(signer)\", issuer: \"https://github.com/login/oauth\"}"
            : "uri: {uri: \"\(signer)\", issuer: \"https://token.actions.githubusercontent.com\"}"
        let by = "{by: {atLeast: 1, of: [signer]}"
        let rule =
            subject.hasPrefix("sha512:")
            ? "attestation: \(by), type: [\"https://github.com/npm/attestation/tree/main/specs/publish/v0.1\"], match: any}"
            : "signature: \(by)}"
        return """
            apiVersion: landwaiter.dev/v1
            kind: AdmissionPolicy
            metadata: {name: bench, owner: bench}
            spec:
              enforcement: {stage: enforce}
              scope: {namespaces: ["**"], images: ["**"]}
              signers:
                signer: {\(kind)}
              require:
                - {id: signed, on: image, \(rule)}

            """
    }
}

extension Benchmarks {
    /// One bundle from its bytes to who signed it, the trusted root read already.
    static func bundles() throws {
        // What a path to Fulcio's authority costs at the least.
        let large = try PrivateKey.generate(.ecdsaP384)
        let message = Array("message".utf8)
        let signature = try large.sign(message, scheme: .ecdsaSHA384)
        row(
            "P-384 alone",
            Measure.microseconds {
                Measure.keep(large.publicKey.isValid(signature, over: SignedMessage(message), scheme: .ecdsaSHA384))
            })
        for bundle in KitBundle.all {
            guard let kit = KitBundle.kit, let bytes = read(kit + "/" + bundle.bundle),
                let file = read(kit + "/" + bundle.root)
            else {
                print("| \(bundle.name) | skipped: kit not found | |")
                continue
            }
            let root = try SigstoreTrustedRoot(parsing: file, name: "bench")
            let artifacts =
                try bundle.artifact.map { try Digest("sha256:" + $0) }.flatMap(SignedArtifact.init(digest:))
                .map { [$0] } ?? []
            func signer(_ bytes: [UInt8]) -> String? {
                var budget = SignatureBudget()
                guard let item = try? UnverifiedSignedItem(bundle: bytes),
                    case .success(let verified) = SignatureVerifier.verify(
                        item, keys: .none, roots: [root], artifacts: artifacts, budget: &budget),
                    case .fulcio(let identity, _)? = verified.certificateSigners.first?.holder
                else { return nil }
                return identity.subject.text.value
            }
            guard signer(bytes) == bundle.signer, signer(flipped(bytes)) == nil else {
                fatalError("the benchmark does not verify what it measures: \(bundle.name)")
            }
            row(bundle.name, Measure.microseconds { Measure.keep(signer(bytes)) }, "\(bytes.count) bytes")
        }
    }

    /// The same as a command: from start to exit, with a policy, and the root in a file or built in.
    static func coldBundles(program: String, directory: String) throws {
        guard let kit = KitBundle.kit else { return }
        for (number, bundle) in KitBundle.all.enumerated() {
            let policy = "\(directory)/bundle-\(number).yaml"
            try write(bundle.policy, to: policy)
            let words = [
                program, "verify", "--artifact",
                bundle.subject.hasPrefix("sha512:") ? bundle.subject : "sha256:" + bundle.subject, "--evidence",
                kit + "/" + bundle.bundle,
                "--policy", policy, "--trusted-root", kit + "/" + bundle.root,
            ]
            guard let (time, _, status) = Measure.process(words), status == 0 else {
                print("| cold verify, \(bundle.name) | failed | |")
                continue
            }
            row("cold verify, \(bundle.name)", time)
        }
    }

    /// With one character of the signature changed.
    private static func flipped(_ bytes: [UInt8]) -> [UInt8] {
        let mark = Array("\"sig".utf8)
        guard let start = bytes.indices.first(where: { bytes[$0...].starts(with: mark) }) else { return [] }
        var changed = bytes
        // Past the name, the colon and the beginning of the DER.
        let at = min(start + 60, bytes.count - 1)
        changed[at] = bytes[at] == UInt8(ascii: "A") ? UInt8(ascii: "B") : UInt8(ascii: "A")
        return changed
    }

    private static func read(_ path: String) -> [UInt8]? {
        guard let file = fopen(path, "rb") else { return nil }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = fread(&buffer, 1, buffer.count, file)
            guard count > 0 else { return bytes }
            bytes += buffer[..<count]
        }
    }
}
