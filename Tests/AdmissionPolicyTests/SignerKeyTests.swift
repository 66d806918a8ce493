import AdmissionPolicy
import Content
import Findings
import StrictEncoding
import Testing

/// When keys count, and for how many.
@Suite struct SignerKeyTests {
    private func judge(
        signers: String, require: String = PolicyText.signature, denied: [String] = [], _ document: EvidenceDocument
    ) throws -> PolicyEvaluation {
        var text = PolicyText()
        text.signers = signers.split(separator: "\n").map { "    " + $0 }.joined(separator: "\n")
        text.require = require
        let keys = try denied.map { name throws -> ExactString in
            guard case .key(let fingerprint, _) = try Keys.signer(name) else { throw Missing() }
            return fingerprint
        }
        return PolicyEvaluator.evaluate(
            [try text.load()], document, JudgeContext(denied: DeniedSigners(keys: Set(keys))))
    }

    private static func corporate(_ validity: String) -> String {
        "corporate: {key: {file: keys/corporate.pub\(validity)}}\npipeline: {key: {file: keys/pipeline.pub\(validity)}}"
    }

    private func signed(by names: [String] = ["corporate"], times: [String] = []) throws -> EvidenceDocument {
        try Facts.admitted { document in
            document.signatures = try names.map { name in
                var signature = try Facts.signature(name, by: [name])
                signature.verifiedTimes = try times.map { try Facts.instant($0) }
                return signature
            }
            document.attestations[0].verifiedTimes = try times.map { try Facts.instant($0) }
        }
    }

    // MARK: Validity

    struct Trial: CustomTestStringConvertible {
        let validity: String
        var times: [String] = []
        var code: String?
        var testDescription: String { "\(validity) \(times)" }
    }

    /// The decision is at 2026-11-20T09:00:00Z.
    static let trials = [
        Trial(validity: ", validFrom: 2026-11-20T09:00:00Z"), Trial(validity: ", validUntil: 2026-11-20T09:00:00Z"),
        Trial(validity: ", validFrom: 2026-11-20T09:00:01Z", code: "signer.key-not-yet-valid"),
        Trial(validity: ", validUntil: 2026-11-20T08:59:59Z", code: "signer.key-expired"),
        Trial(validity: ", compromisedAt: 2026-11-20T08:00:00Z", code: "signer.key-compromised"),
        // Nothing proves that it was signed before: it may have been made since.
        Trial(validity: ", compromisedAt: 2026-12-01T00:00:00Z", code: "signer.key-compromised"),
        Trial(
            validity: ", validUntil: 2026-06-01T00:00:00Z", times: ["2026-06-01T00:00:00Z"]),
        Trial(
            validity: ", validUntil: 2026-06-01T00:00:00Z", times: ["2026-06-01T00:00:01Z"], code: "signer.key-expired"),
        Trial(
            validity: ", validUntil: 2026-06-01T00:00:00Z", times: ["2026-05-01T00:00:00Z", "2026-06-02T00:00:00Z"],
            code: "signer.key-expired"),
        Trial(
            validity: ", validFrom: 2026-05-01T00:00:00Z", times: ["2026-04-30T23:59:59Z"],
            code: "signer.key-not-yet-valid"),
        Trial(
            validity: ", compromisedAt: 2026-06-01T00:00:00Z", times: ["2026-05-31T23:59:59Z"]),
        Trial(
            validity: ", compromisedAt: 2026-06-01T00:00:00Z", times: ["2026-06-01T00:00:00Z"],
            code: "signer.key-compromised"),
        Trial(
            validity: ", compromisedAt: 2026-06-01T00:00:00Z", times: ["2026-05-01T00:00:00Z", "2026-07-01T00:00:00Z"],
            code: "signer.key-compromised"),
    ]

    @Test(arguments: trials) func countsInItsValidityOnly(_ trial: Trial) throws {
        for require in [
            PolicyText.signature, PolicyText.provenance(),
            PolicyText.base(proof: "[materials]", on: "image"),
        ] {
            let evaluation = try judge(
                signers: Self.corporate(trial.validity), require: require, signed(times: trial.times))
            if let code = trial.code { expectReject(evaluation, code) } else { expectAdmit(evaluation) }
        }
        let document = try Facts.admitted {
            $0.attestations = [try Facts.attested("{}", times: trial.times)]
        }
        let attested = try judge(
            signers: Self.corporate(trial.validity), require: PolicyText.attestation(), document)
        if let code = trial.code { expectReject(attested, code) } else { expectAdmit(attested) }
    }

    @Test func saysWhichKeyAndWhen() throws {
        let evaluation = try judge(signers: Self.corporate(", validUntil: 2026-01-01T00:00:00Z"), signed())
        let finding = try #require(evaluation.findings.first)
        guard case .key(let fingerprint, _) = try Keys.signer("corporate") else { throw Missing() }
        #expect(finding.message == "signed by `corporate`, whose key `\(fingerprint)` is no longer valid")
        #expect(finding.expected == "until 2026-01-01T00:00:00Z")
        #expect(finding.found == "no proven time, decided at 2026-11-20T09:00:00Z")
        #expect(finding.evidence == Digest.named("corporate").description)
    }

    /// The time is not why: another key signed.
    @Test func anExpiredKeyThatDidNotSignIsNotTheReason() throws {
        expectReject(
            try judge(signers: Self.corporate(", validUntil: 2026-01-01T00:00:00Z"), signed(by: ["other"])),
            "signature.no-allowed-signer")
    }

    @Test func anExpiredKeyIsNamedBesideTooFew() throws {
        let signers = """
            corporate: {key: {file: keys/corporate.pub, validUntil: 2026-01-01T00:00:00Z}}
            pipeline: {key: {file: keys/pipeline.pub}}
            """
        let two = "{atLeast: 2, of: [corporate, pipeline]}"
        expectReject(
            try judge(
                signers: signers, require: PolicyText.signature.replacing("{atLeast: 1, of: [corporate]}", with: two),
                signed(by: ["corporate", "pipeline"])), "signature.too-few-signers", "signer.key-expired")
        let both = try Facts.admitted {
            $0.attestations = [try Facts.attestation(by: ["corporate", "pipeline"])]
        }
        expectReject(
            try judge(signers: signers, require: PolicyText.provenance(by: two), both), "provenance.too-few-signers",
            "signer.key-expired")
    }

    /// A key that is valid for one signer and not for another counts for the first.
    @Test func validityIsTheSigners() throws {
        let signers = """
            corporate: {key: {file: keys/corporate.pub, validUntil: 2026-01-01T00:00:00Z}}
            again: {key: {file: keys/corporate.pub}}
            """
        let require = PolicyText.signature.replacing("[corporate]", with: "[corporate, again]")
        expectAdmit(try judge(signers: signers, require: require, signed()))
    }

    /// An expired key's evidence is verified all the same: otherwise nobody could say why it does not count.
    @Test func expiredKeysAreAskedFor() throws {
        var text = PolicyText()
        text.signers = "    corporate: {key: {file: keys/corporate.pub, compromisedAt: 2026-01-01T00:00:00Z}}"
        #expect(PolicyNeeds([try text.load()]).keys.count == 1)
    }

    // MARK: Rotation, directories, principals

    private static let rotation = """
        corporate:
          key:
            rotation:
              - {file: keys/corporate.pub, validUntil: 2026-12-31T00:00:00Z}
              - {file: keys/fourth.pub, validFrom: 2026-11-01T00:00:00Z}
        pipeline: {key: {file: keys/pipeline.pub}}
        """

    @Test func oldAndNewKeyOfARotationCountSideBySide() throws {
        for key in ["corporate", "fourth"] { expectAdmit(try judge(signers: Self.rotation, signed(by: [key]))) }
        var after = try signed()
        after.request.at = try Facts.instant("2027-01-01T00:00:00Z")
        expectReject(try judge(signers: Self.rotation, after), "signer.key-expired")
    }

    @Test func aRotationIsOneSigner() throws {
        let two = PolicyText.signature.replacing(
            "{atLeast: 1, of: [corporate]}", with: "{atLeast: 2, of: [corporate, pipeline]}")
        expectReject(
            try judge(signers: Self.rotation, require: two, signed(by: ["corporate", "fourth"])),
            "signature.too-few-signers")
        expectAdmit(try judge(signers: Self.rotation, require: two, signed(by: ["fourth", "pipeline"])))
    }

    @Test func eachKeyOfADirectoryIsASigner() throws {
        let signers = "corporate: {key: {directory: keys}}"
        let two = PolicyText.signature.replacing("atLeast: 1", with: "atLeast: 2")
        expectReject(try judge(signers: signers, require: two, signed(by: ["other"])), "signature.too-few-signers")
        let evaluation = try judge(signers: signers, require: two, signed(by: ["other", "fourth"]))
        expectAdmit(evaluation)
        #expect(evaluation.rules.first?.summary == "signed by `corporate`")
        var text = PolicyText()
        text.signers = "    corporate: {key: {directory: keys}}"
        text.require = PolicyText.signature.replacing("atLeast: 1", with: "atLeast: 6")
        #expect(Policies.errors(text.text).map(\.code) == [.policyFileUnreachableThreshold])
    }

    /// Chains of shared keys make one signer, in whatever order they stand.
    @Test(arguments: [["a", "b", "c"], ["c", "a", "b"], ["b", "c", "a"]])
    func signersThatShareKeysAreOne(_ order: [String]) throws {
        let all = [
            "a": "a: {key: {rotation: [{file: keys/corporate.pub}, {file: keys/fourth.pub}]}}",
            "b": "b: {key: {rotation: [{file: keys/fourth.pub}, {file: keys/other.pub}]}}",
            "c": "c: {key: {file: keys/other.pub}}",
        ]
        let signers = order.compactMap { all[$0] }.joined(separator: "\n") + "\nd: {key: {directory: keys}}"
        func require(_ count: Int, _ of: String) -> String {
            "- {id: signed, on: image, signature: {by: {atLeast: \(count), of: [\(of)]}}}"
        }
        expectReject(
            try judge(signers: signers, require: require(2, "a, d"), signed(by: ["corporate", "fourth", "other"])),
            "signature.too-few-signers")
        expectAdmit(try judge(signers: signers, require: require(2, "a, d"), signed(by: ["corporate", "pipeline"])))
        // Also where the rule lists the directory only: the policy says whose the keys are.
        expectReject(
            try judge(signers: signers, require: require(2, "d"), signed(by: ["corporate", "other"])),
            "signature.too-few-signers")
        var text = PolicyText()
        text.signers = signers.split(separator: "\n").map { "    " + $0 }.joined(separator: "\n")
        text.require = require(2, "a, b, c")
        #expect(Policies.errors(text.text).map(\.code) == [.policyFileUnreachableThreshold])
    }

    @Test func trustDigestCountsWhatIsSaidOfKeys() throws {
        func digest(_ signers: String) throws -> Digest {
            var text = PolicyText()
            text.signers = "    corporate: \(signers)"
            return try Policies.load(text.text).trustDigest(limits: [:])
        }
        let digests = try [
            "{key: {file: keys/corporate.pub}}",
            "{key: {file: keys/corporate.pub, validFrom: 2026-01-01T00:00:00Z}}",
            "{key: {file: keys/corporate.pub, validUntil: 2026-01-01T00:00:00Z}}",
            "{key: {file: keys/corporate.pub, compromisedAt: 2026-01-01T00:00:00Z}}",
            "{key: {rotation: [{file: keys/corporate.pub}, {file: keys/other.pub}]}}",
            "{key: {directory: keys}}",
        ].map { try digest($0) }
        #expect(Set(digests).count == digests.count)
        #expect(
            try digest("{key: {rotation: [{file: keys/other.pub}, {file: keys/corporate.pub}]}}") == digests[4],
            "order says nothing")
    }

    static let mistakes: [(String, ReasonCode)] = [
        ("{key: {schemes: [ed25519]}}", .policyFileExactlyOne),
        ("{key: {file: keys/corporate.pub, directory: keys}}", .policyFileExactlyOne),
        ("{key: {directory: keys, validFrom: 2026-01-01T00:00:00Z}}", .policyFileNoEffect),
        ("{key: {directory: keys, schemes: [ed25519]}}", .policyFileNoEffect),
        ("{key: {rotation: [{file: keys/other.pub}], compromisedAt: 2026-01-01T00:00:00Z}}", .policyFileNoEffect),
        ("{key: {rotation: []}}", .policyFileEmptyValue),
        ("{key: {rotation: [{file: keys/other.pub}, {file: keys/other.pub}]}}", .policyFileTwice),
        ("{key: {rotation: [{directory: keys}]}}", .policyFileMissingField),
        ("{key: {directory: elsewhere}}", .policyFileKeyUnreadable),
        ("{key: {directory: ../keys}}", .policyFileKeyPath),
        ("{key: {directory: /keys}}", .policyFileKeyPath),
        ("{key: {file: keys/corporate.pub, validFrom: 2026-01-01}}", .policyFileBadValue),
        (
            "{key: {file: keys/corporate.pub, validFrom: 2026-01-02T00:00:00Z, validUntil: 2026-01-01T00:00:00Z}}",
            .policyFileBadValue
        ),
    ]

    @Test(arguments: mistakes) func refuses(_ signer: String, _ code: ReasonCode) {
        var text = PolicyText()
        text.signers = "    corporate: \(signer)"
        #expect(Set(Policies.errors(text.text).map(\.code)) == [code] || code == .policyFileMissingField)
        #expect(Policies.errors(text.text).contains { $0.code == code })
    }

    private func errors(names: [String], _ read: @escaping @Sendable (String) -> String?) -> [ReasonCode] {
        var text = PolicyText()
        text.signers = "    corporate: {key: {directory: keys}}"
        let source = PolicySource(
            name: "payments", files: [PolicyFile(path: "p.yaml", bytes: Array(text.text.utf8))],
            keyDirectory: { _ in .success(names) }
        ) { path in
            read(path).map { .success(Array($0.utf8)) } ?? .failure(KeyFileError("no such file"))
        }
        do throws(PolicyLoadFailure) {
            _ = try PolicySet.load([source])
            return []
        } catch {
            return error.errors.map(\.code)
        }
    }

    @Test func aDirectoryHoldsDistinctReadableKeys() {
        let files = Keys.files
        #expect(errors(names: ["other.pub", "rsa.pub"]) { files[$0] } == [])
        #expect(errors(names: []) { files[$0] } == [.policyFileKeyUnreadable])
        #expect(errors(names: ["a.pub"]) { files[$0] } == [.policyFileKeyUnreadable])
        #expect(errors(names: ["other.pub", "copy.pub"]) { _ in files["keys/other.pub"] } == [.policyFileTwice])
        #expect(errors(names: ["note.pem"]) { _ in "no key" }.count == 1)
        // A name that leads out of the directory is never read.
        #expect(errors(names: ["../keys/other.pub"]) { files[$0] ?? files["keys/other.pub"] } != [])
        #expect(
            errors(names: (0...DocumentLimits.mostKeys).map { "\($0).pub" }) { _ in nil } == [.policyFileTooMany])
    }

    private enum DocumentLimits { static let mostKeys = 1000 }

    // MARK: Denied keys

    private static let plain = "corporate: {key: {file: keys/corporate.pub}}\nsecond: {key: {file: keys/fourth.pub}}"
    private static let either = PolicyText.signature.replacing("[corporate]", with: "[corporate, second]")

    @Test func evidenceOfADeniedKeyDoesNotCount() throws {
        let evaluation = try judge(signers: Self.plain, denied: ["corporate"], signed())
        expectReject(evaluation, "policy.denied-signer", "signature.no-allowed-signer")
        #expect(evaluation.enforcement == .always)
        #expect(evaluation.findings.first?.code == .policyDeniedSigner)
        for (require, code) in [
            (PolicyText.provenance(), "provenance.no-allowed-signer"),
            (PolicyText.base(proof: "[materials]", on: "image"), "provenance.no-allowed-signer"),
        ] {
            expectReject(
                try judge(signers: Self.corporate(""), require: require, denied: ["pipeline"], signed()), code,
                "policy.denied-signer")
        }
        let attested = try Facts.admitted { $0.attestations = [try Facts.attested("{}")] }
        expectReject(
            try judge(
                signers: Self.corporate(""), require: PolicyText.attestation(), denied: ["pipeline"], attested),
            "attestation.no-allowed-signer", "policy.denied-signer")
    }

    /// Whoever stole a key that is denied can't have an image rejected by signing it too.
    @Test func whatHoldsWithoutTheDeniedKeyStaysAdmitted() throws {
        expectAdmit(
            try judge(
                signers: Self.plain, require: Self.either, denied: ["corporate"],
                signed(by: ["corporate", "fourth"])))
        // Nor is a denied key that the rule does not list any reason.
        expectReject(
            try judge(signers: Self.plain, require: Self.either, denied: ["other"], signed(by: ["other"])),
            "signature.no-allowed-signer")
    }

    @Test func aDeniedKeyIsSaidWhicheverAlternativeLeftItOut() throws {
        let require = """
            - id: either
              on: image
              anyOf:
                - {id: a, signature: {by: {atLeast: 1, of: [corporate]}}}
                - {id: b, image: {labels: {team: {in: [payments]}}}}
            """
        expectAdmit(try judge(signers: Self.plain, require: require, denied: ["corporate"], signed()))
        var unread = try signed()
        unread.image.platforms[0].configuration = nil
        let evaluation = try judge(signers: Self.plain, require: require, denied: ["corporate"], unread)
        #expect(evaluation.verdict == .reject)
        #expect(evaluation.codes.contains("policy.denied-signer"))
        #expect(evaluation.enforcement == .always)
    }
}
