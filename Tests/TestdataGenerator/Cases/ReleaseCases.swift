import Content
import PKI
import Signing
import Simulators
import StrictEncoding

/// Plain files with keyless evidence beside them, as GitHub's releases, npm and PyPI have it, judged by the example policies
/// of the same names.
func releaseCases(_ world: World) throws -> [Case] {
    try ReleaseCases(world: world).all
}

private struct ReleaseCases {
    let world: World

    private static let commit = "9a1efed3fa8b23d949531b80fbc013ace249ff76"
    private static let run = "https://github.com/example/ledger/actions/runs/1/attempts/1"

    /// One workflow of a repository, that GitHub vouches for.
    private struct Job {
        var repository = World.source
        var file = "release.yml"
        var ref = "refs/tags/v1.4.0"
        var environment: String?

        var workflow: String { "\(repository)/.github/workflows/\(file)@\(ref)" }

        func instance() throws -> KeylessScene {
            try KeylessScene { template in
                template.set(.alternativeNames([.uri(workflow)], isCritical: true))
                for (number, text) in [
                    9: workflow, 10: commit, 12: repository, 13: commit, 14: ref, 18: workflow, 19: commit,
                    21: "\(repository)/actions/runs/1/attempts/1",
                ] {
                    template.setFulcioClaim(number, text)
                }
                if let environment {
                    template.setFulcioClaim(23, environment)
                } else {
                    template.remove("1.3.6.1.4.1.57264.1.23")
                }
            }
        }
    }

    var all: [Case] { get throws { try github() + npm() + pypi() } }

    private func build(
        _ name: String, _ why: String, _ reason: String? = nil, refused: [String] = [], file: String, bytes: [UInt8],
        evidence: [UInt8], policy: String, reference: String, by instance: KeylessScene
    ) -> Case {
        var expect = Case.Expectation(
            image: nil, artifact: file, policy: "../policies/\(policy)", reference: reference,
            verdict: reason == nil ? "admit" : "reject", reason: reason, refused: refused)
        expect.trustedRoots = ["trusted_root.json"]
        return Case(
            family: "release", name: name, why: why,
            files: [
                file: bytes, file + ".sigstore.json": evidence, "trusted_root.json": instance.root.json.prettyBytes(),
            ], layout: nil, expect: expect)
    }

    private func statement(
        _ name: String, _ digest: Digest, type: String, _ predicate: JSONTree?,
        version: String = "https://in-toto.io/Statement/v1"
    ) -> [UInt8] {
        JSONTree(members: [
            "_type": .string(version),
            "subject": [
                [
                    "name": .string(name),
                    "digest": .object([ExactString(digest.algorithm.rawValue): .string(digest.hex)]),
                ]
            ], "predicateType": .string(type), "predicate": predicate,
        ]).canonicalBytes()
    }

    // MARK: GitHub

    private func github() throws -> [Case] {
        let other = Job(repository: "https://github.com/elsewhere/ledger")
        return [
            try release("github", "Built and attested by the release workflow: `gh attestation download`."),
            try release(
                "github-other-repository_fail",
                "A workflow of the same name in somebody else's repository attested it.",
                "provenance.no-attestation", refused: ["evidence.no-named-holder"], job: other),
            try release(
                "github-branch_fail", "The release workflow, run for a branch.", "signer.identity-differs",
                job: Job(ref: "refs/heads/main")),
            try release(
                "github-other-file_fail", "The attestation is about another file.", "provenance.no-attestation",
                refused: ["evidence.subject-mismatch"], about: Array("ledger 1.4.1\n".utf8)),
            try release(
                "github-false-tag_fail", "The statement names a release tag, the certificate a branch of the source.",
                "provenance.certificate-differs", job: Job(ref: "refs/tags/v1.4.0-rc1"), stated: "refs/tags/v1.4.0"),
        ]
    }

    private func release(
        _ name: String, _ why: String, _ reason: String? = nil, refused: [String] = [], job: Job = Job(),
        stated ref: String? = nil, about other: [UInt8]? = nil
    ) throws -> Case {
        let file = Array("ledger 1.4.0\n".utf8)
        var instance = try job.instance()
        let predicate = Predicate.gitHub(
            ref: ref ?? job.ref, repository: job.repository, builder: job.workflow)
        let statement = statement(
            "ledger-1.4.0.tgz", Digest(of: other ?? file), type: Predicate.provenance1, predicate)
        return build(
            name, why, reason, refused: refused, file: "ledger-1.4.0.tgz", bytes: file,
            evidence: try instance.bundle(of: statement).bytes, policy: "github-release",
            reference: "registry.example/releases/ledger:v1.4.0", by: instance)
    }

    // MARK: npm

    private func npm() throws -> [Case] {
        let job = Job(file: "publish.yml")
        return [
            try package(
                "npm", "Published by the registry and built by the workflow: the registry's list of both.", job: job),
            try package(
                "npm-other-package_fail", "The registry published the file under another name.",
                "attestation.field-differs", published: "@example/leger", job: job),
            try package(
                "npm-not-published_fail", "The workflow built it, and the registry says nothing of it.",
                "attestation.none-of-type", published: nil, job: job),
            try package(
                "npm-other-workflow_fail", "Published, and built by another workflow of the repository.",
                "signer.identity-differs", job: Job(file: "nightly.yml")),
        ]
    }

    private func package(
        _ name: String, _ why: String, _ reason: String? = nil, refused: [String] = [],
        published: String? = "@example/ledger", job: Job
    ) throws -> Case {
        let file = Array("example ledger 1.4.0\n".utf8)
        let digest = Digest(of: file, using: .sha512)
        let subject = "pkg:npm/%40example/ledger@1.4.0"
        var instance = try job.instance()
        let provenance = statement(
            subject, digest, type: Predicate.provenance1,
            Predicate.gitHub(
                ref: job.ref, repository: job.repository, builder: "https://github.com/actions/runner/github-hosted",
                file: job.file))
        var entries: [String] = []
        if let published {
            let type = "https://github.com/npm/attestation/tree/main/specs/publish/v0.1"
            let statement = statement(
                subject, digest, type: type,
                [
                    "name": .string(published), "version": "1.4.0", "registry": "https://registry.npmjs.org",
                ], version: "https://in-toto.io/Statement/v0.1")
            entries.append(entry(type, world.bundle(statement, by: "pipeline")))
        }
        entries.append(entry(Predicate.provenance1, try instance.bundle(of: provenance).bytes))
        let list = #"{"attestations":[\#(entries.joined(separator: ","))]}"#
        return build(
            name, why, reason, refused: refused, file: "ledger-1.4.0.tgz", bytes: file, evidence: Array(list.utf8),
            policy: "npm-provenance", reference: "registry.example/npm/example/ledger:1.4.0", by: instance)
    }

    /// Of the registry's list, in which a bundle stands as it was made.
    private func entry(_ type: String, _ bundle: [UInt8]) -> String {
        #"{"predicateType":"\#(type)","bundle":\#(String(decoding: bundle, as: UTF8.self))}"#
    }

    // MARK: PyPI

    private func pypi() throws -> [Case] {
        let job = Job(file: "publish.yml", environment: "pypi")
        return [
            try distribution("pypi", "Published by the project's trusted publisher.", job: job),
            try distribution(
                "pypi-other-environment_fail", "The same workflow, outside the environment that releases are made in.",
                "signer.identity-differs", job: Job(file: "publish.yml", environment: "staging")),
            try distribution(
                "pypi-provenance-only_fail", "The publisher signed another kind of statement than that it published.",
                "attestation.none-of-type", type: Predicate.provenance1, job: job),
        ]
    }

    private func distribution(
        _ name: String, _ why: String, _ reason: String? = nil,
        type: String = "https://docs.pypi.org/attestations/publish/v1",
        job: Job
    ) throws -> Case {
        let file = Array("example_ledger 1.4.0\n".utf8)
        var instance = try job.instance()
        let statement = statement(
            "example_ledger-1.4.0.tar.gz", Digest(of: file), type: type,
            type == Predicate.provenance1
                ? Predicate.gitHub(ref: job.ref, builder: job.workflow, file: job.file) : .null)
        return build(
            name, why, reason, file: "example_ledger-1.4.0.tar.gz", bytes: file,
            evidence: try instance.bundle(of: statement).bytes, policy: "pypi-attestation",
            reference: "registry.example/pypi/example-ledger:1.4.0", by: instance)
    }
}
