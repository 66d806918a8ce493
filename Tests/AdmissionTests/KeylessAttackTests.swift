import Landwaiter
import Simulators
import Testing

/// Evidence by a certificate through the whole pipeline: what holds is admitted, and each attack is one change to it, with
/// the reason that it has everywhere.
@Suite struct KeylessAttackTests {
    @Test(arguments: [LogEntryKind.dsse001, .intoto001, .intoto002, .hashedrekord002])
    func admitsWhatTheWorkflowSigned(kind: LogEntryKind) async throws {
        var instance = try KeylessScene()
        var scene = try Scene.keyless(instance)
        scene.attach(try scene.bundle(&instance, kind).bytes)
        let record = try await scene.decide()
        #expect(record.verdict == .admit)
        #expect(record.verified.count == 1 && record.refused.isEmpty)
        // Nobody is believed unless somebody says so.
        scene.roots = []
        #expect(try await scene.decide().refusedCodes == ["sigstore.no-trusted-root"])
    }

    @Test(arguments: Attack.all)
    func rejects(_ attack: Attack) async throws {
        var instance = try KeylessScene(authority: attack.authority(), altering: attack.leaf)
        attack.prepare(&instance)
        var scene = try Scene.keyless(instance)
        var root = instance.root
        var draft = try instance.bundle(
            .envelope, attack.kind, of: Scene.signatureStatement(scene.image.digest), logging: attack.logging)
        try attack.change(&draft, &root, &instance)
        scene.roots = [try root.trusted("instance", attack.requirement)]
        scene.attach(draft.bytes)
        let record = try await scene.decide()
        #expect(record.verdict == .reject)
        if record.headline?.code.name == "signer.identity-differs", attack.code == "evidence.no-named-holder" {
            // It misses one field only: verified, to say which, and of no use to any rule.
            #expect(record.refused.isEmpty && record.verified.count == 1)
        } else {
            #expect(record.refusedCodes == [attack.code])
            #expect(record.verified.isEmpty)
            #expect(record.headline?.code.name == "signature.none")
        }
        // What is refused takes nothing from what is not.
        var honest = try KeylessScene()
        scene.roots.append(try honest.root.trusted("honest"))
        try scene.sign(by: &honest)
        #expect(try await scene.decide().verdict == .admit)
    }

    /// One change to evidence that holds.
    struct Attack: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let code: String
        var kind = LogEntryKind.dsse001
        var requirement = ProofRequirement.publicGood
        var authority: @Sendable () throws -> SimulatedCA? = { nil }
        /// What is different about the signer's certificate.
        var leaf: @Sendable (inout CertificateTemplate) -> Void = { _ in }
        /// About the instance before anything is signed.
        var prepare: @Sendable (inout KeylessScene) -> Void = { _ in }
        var logging: @Sendable (inout RekorSubmission) -> Void = { _ in }
        var change: @Sendable (inout BundleDraft, inout RootFile, inout KeylessScene) throws -> Void = { _, _, _ in }

        init(_ what: String, _ code: String) {
            testDescription = what
            self.code = code
        }

        func with(_ alter: (inout Attack) -> Void) -> Attack {
            var attack = self
            alter(&attack)
            return attack
        }

        static let all = binding + time + logs + identity
    }
}

extension KeylessAttackTests.Attack {
    private static func other(_ bytes: [UInt8]) -> [UInt8] { Hashing.hash(bytes, using: .sha256) }

    /// PITFALLS, "Binding": what was signed is not what is admitted.
    private static let binding: [Self] = [
        Self("a log entry of other content (cosign CVE-2022-36056)", "log.other-content").with {
            $0.logging = { $0.hash = other([1]) }
        },
        Self("a log entry of another signature (cosign CVE-2026-22703)", "log.other-signature").with {
            $0.logging = { $0.claims[0].signature = other([1]) }
        },
        Self("a log entry of another signature in Rekor 2", "log.other-signature").with {
            $0.kind = .hashedrekord002
            $0.logging = { $0.claims[0].signature = other([1]) }
        },
        Self("a log entry of another certificate (cosign CVE-2022-23649)", "log.other-key").with {
            $0.change = { draft, _, instance in
                let twin = try instance.authority.issue(
                    instance.leaf.template, key: instance.key, logs: [instance.certificateLog])
                var submission = draft.signed.submission(.dsse001)
                submission.claims[0].material = .certificate(twin.der)
                draft.entries = [try instance.rekor1.log(submission)]
            }
        },
        Self("a raw key where a certificate belongs (cosign GHSA-fx35-mq7g-6g98)", "certificate.malformed").with {
            $0.change = { draft, _, instance in
                draft.material = ["certificate": BundleDraft.raw(instance.key.publicKey.subjectPublicKeyInfo)]
            }
        },
        Self("a certificate of the workflow before the one whose key signed", "sigstore.certificate-signature").with {
            $0.change = { draft, _, instance in
                let key = try PrivateKey.generate(.ecdsaP256)
                let stranger = try instance.authority.issue(
                    instance.authority.fulcioLeaf(key: key.publicKey), key: key, logs: [instance.certificateLog])
                draft.signed.signature = try key.sign(draft.signed.signedBytes)
                var submission = draft.signed.submission(.dsse001)
                submission.claims[0].material = .certificate(stranger.der)
                draft.entries = [try instance.rekor1.log(submission)]
                draft.useChain([instance.leaf.der, stranger.der])
            }
        },
        Self("a payload that was not signed", "sigstore.certificate-signature").with {
            $0.change = { draft, _, _ in draft.signed.message += Array(" ".utf8) }
        },
        Self("a statement about another image", "evidence.subject-mismatch").with {
            $0.change = { draft, _, instance in
                draft = try instance.bundle(of: Scene.signatureStatement(Digest(of: [1])))
            }
        },
        Self("a statement without a subject", "statement.no-subject").with {
            $0.change = { draft, _, instance in
                draft = try instance.bundle(of: Scene.statement([], type: StatementMaking.imageSignatureType))
            }
        },
    ]

    /// PITFALLS, "Time and logs": who vouches for when.
    private static let time: [Self] = [
        Self("an issuing authority that had expired (cosign CVE-2026-24122)", "certificate.authority-not-valid-then")
            .with {
                $0.authority = {
                    try SimulatedCA(intermediate: { $0.notAfter = SimulatedCA.now.adding(seconds: 29) })
                }
            },
        Self("an authority that is trusted no longer", "certificate.authority-not-trusted-then").with {
            $0.change = { _, root, _ in root.authorities[0].end = SimulatedCA.now.adding(seconds: 29) }
        },
        Self("a time after the certificate's end", "certificate.not-valid-then").with {
            $0.prepare = { $0.rekor1.time = SimulatedCA.now.adding(seconds: 601) }
        },
        Self("a time before the certificate's beginning", "certificate.not-valid-then").with {
            $0.prepare = { $0.rekor1.time = SimulatedCA.now.adding(seconds: -1) }
        },
        Self("a late timestamp beside a good time", "certificate.not-valid-then").with {
            $0.change = { draft, _, instance in
                draft.timestamps = [
                    try instance.timestamp(of: draft.signed.signature) {
                        $0.time = SimulatedCA.now.adding(seconds: 601)
                    }
                ]
            }
        },
        Self("a clock outside its period (sigstore-go CVE-2026-54787)", "timestamp.authority-refused").with {
            $0.kind = .hashedrekord002
            $0.change = { _, root, _ in root.clocks[0].end = SimulatedCA.now.adding(seconds: 59) }
        },
        Self("a clock that is not for timestamps alone (go-witness GHSA-5qp5)", "timestamp.authority-refused").with {
            $0.kind = .hashedrekord002
            $0.change = { draft, root, instance in
                instance.clock = try SimulatedTSA(altering: {
                    $0.set(.extendedKeyUsage([ChainProfile.timeStamping, ChainProfile.codeSigning], isCritical: true))
                })
                root.clocks = [.init(instance.clock)]
                draft.timestamps = [try instance.timestamp(of: draft.signed.signature)]
            }
        },
        Self("a timestamp of another signature", "timestamp.other-signature").with {
            $0.kind = .hashedrekord002
            $0.change = { draft, _, instance in draft.timestamps = [try instance.timestamp(of: [1])] }
        },
        Self("an integrated time that nobody signed (sigstore-js CVE-2026-48816)", "sigstore.no-verified-time").with {
            $0.change = { draft, _, _ in draft.entries[0].inclusionPromise = nil }
        },
        Self("an integrated time other than the signed one", "log.invalid-promise").with {
            $0.change = { draft, _, _ in draft.entries[0].integratedTime += 1 }
        },
        Self("an entry of Rekor 2 without a timestamp", "sigstore.no-verified-time").with {
            $0.kind = .hashedrekord002
            $0.change = { draft, _, _ in draft.timestamps = [] }
        },
    ]

    /// PITFALLS, "Time and logs": that everyone could see it.
    private static let logs: [Self] = [
        Self("a log that names its own key (gitsign CVE-2023-47122)", "sigstore.no-verified-time").with {
            $0.change = { _, root, _ in root.logs.removeFirst() }
        },
        Self("a promise without a proof", "log.no-inclusion-proof").with {
            $0.change = { draft, _, _ in draft.entries[0].inclusionProof = nil }
        },
        Self("a proof that leads elsewhere", "log.invalid-inclusion-proof").with {
            $0.change = { draft, _, _ in draft.entries[0].inclusionProof?.hashes[0][0] ^= 1 }
        },
        Self("a checkpoint of another key", "checkpoint.not-signed-by-log").with {
            $0.change = { draft, _, _ in
                guard let proof = draft.entries[0].inclusionProof else { return }
                let other = try SimulatedRekor(.rekor1, name: "rekor.example", time: SimulatedCA.now)
                draft.entries[0].inclusionProof?.checkpoint = try other.checkpoint(
                    of: TreeHead(size: UInt64(proof.treeSize), rootHash: proof.rootHash))
            }
        },
        Self("two entries of one log for two logs (sigstore-go CVE-2026-49834)", "sigstore.too-few-logs").with {
            $0.requirement = ProofRequirement(logEntries: 2)
            $0.change = { draft, _, instance in
                draft.entries.append(try instance.rekor1.log(draft.signed.submission(.dsse001)))
            }
        },
        Self("one entry twice", "sigstore.malformed-bundle").with {
            $0.change = { draft, _, _ in draft.entries.append(draft.entries[0]) }
        },
        Self("two promises of one certificate log for two", "sct.threshold-not-met").with {
            $0.requirement = ProofRequirement(certificateTimestamps: 2)
        },
        Self("a certificate that was not published", "sct.missing").with {
            $0.change = { draft, _, instance in
                instance.leaf = try instance.authority.issue(
                    instance.authority.fulcioLeaf(key: instance.key.publicKey), key: instance.key)
                draft = try instance.bundle(of: draft.signed.message)
            }
        },
        Self("a certificate published in a log that is not trusted", "sct.unknown-log").with {
            $0.change = { _, root, _ in root.certificateLogs = [.init(try SimulatedCTLog().key.publicKey)] }
        },
    ]

    /// PITFALLS, "Identity and patterns".
    private static let identity: [Self] = [
        Self("an unknown critical extension", "certificate.unknown-critical-extension").with {
            $0.leaf = { $0.set(.init("1.2.3.4", isCritical: true, [5, 0])) }
        },
        Self("a certificate for another use", "certificate.wrong-usage").with {
            $0.leaf = { $0.set(.extendedKeyUsage([ChainProfile.timeStamping])) }
        },
        Self("a certificate of a stranger's authority that says the same", "certificate.signature-mismatch").with {
            $0.change = { draft, _, instance in
                var stranger = try KeylessScene()
                stranger.rekor1 = instance.rekor1
                stranger.certificateLog = instance.certificateLog
                draft = try stranger.bundle(of: draft.signed.message)
            }
        },
        stranger(
            "two names", { $0.set(.alternativeNames([.uri(SimulatedCA.workflow), .uri("https://a.example/x")])) }),
        stranger("issuers that differ", { $0.setFulcioClaim(8, SimulatedCA.githubIssuer + "/") }),
        stranger(
            "an issuer that only begins like GitHub's",
            {
                $0.setFulcioLegacyClaim(1, SimulatedCA.githubIssuer + ".evil.example")
                $0.setFulcioClaim(8, SimulatedCA.githubIssuer + ".evil.example")
            }),
        stranger("another repository", { $0.setFulcioClaim(12, "https://github.com/example/ledger2") }),
        stranger(
            "a repository of another host", { $0.setFulcioClaim(12, "https://github.com.evil.example/example/ledger") }),
        stranger(
            "a longer path that ends like the repository",
            { $0.setFulcioClaim(12, "https://github.com/evil/example/ledger") }),
        stranger("repositories of two extensions that differ", { $0.setFulcioLegacyClaim(5, "evil/ledger") }),
        stranger("a runner of somebody's own", { $0.setFulcioClaim(11, "self-hosted") }),
        stranger("no word about the runner", { $0.remove("1.3.6.1.4.1.57264.1.11") }),
        stranger("a branch of the workflow", { named("build.yml@refs/heads/v1", &$0) }),
        stranger("another workflow of the repository", { named("experiment.yml@refs/tags/v1", &$0) }),
        stranger("a ref within a file's name", { named("evil@refs/tags/build.yml@refs/tags/v1", &$0) }),
        stranger(
            "a name other than the signing workflow's",
            { $0.set(.alternativeNames([.uri(SimulatedCA.workflow + "2")], isCritical: true)) }),
        stranger(
            "a letter that only looks the same",
            { $0.setFulcioClaim(12, "https://github.com/example/l\u{0435}dger") }),
    ]

    private static func stranger(
        _ what: String, _ leaf: @escaping @Sendable (inout CertificateTemplate) -> Void
    ) -> Self {
        Self(what, "evidence.no-named-holder").with { $0.leaf = leaf }
    }

    private static func named(_ file: String, _ template: inout CertificateTemplate) {
        let workflow = "https://github.com/example/pipelines/.github/workflows/" + file
        template.set(.alternativeNames([.uri(workflow)], isCritical: true))
        template.setFulcioClaim(9, workflow)
    }
}
