import Attestation
import Content
import Findings
import Foundation
import StrictEncoding
import Testing

@testable import AdmissionPolicy

/// The built-in rows of the builder table, one sample statement and its signer for each.
@Suite struct BuildersStandardTests {
    static let commit = ExactString(String(repeating: "a", count: 40))
    static let run: ExactString = "https://github.com/example/ledger/actions/runs/7/attempts/1"
    static let generator = "https://github.com/slsa-framework/slsa-github-generator"
    static let issuer: ExactString = "https://token.actions.githubusercontent.com"
    static let google: ExactString = "sha256:3fe6dfada209606798e976322c8b69acae580a6708b7112f0f7a053a5b96d675"
    static let google01: ExactString = "sha256:7ebd8a9404a4e7569477b178cc62a7909c11fb21a5715c3a96969047fa3b4e09"
    static let someKey = BuilderIdentity.key("sha256:00")

    struct Sample: Sendable, CustomTestStringConvertible {
        let row: String
        let builder: String
        var buildType: String
        let signer: BuilderIdentity
        let level: BuildLevel
        /// A parameter that the row knows; nil where it knows all.
        var parameter: ExactString?
        var version = Provenance.Version.v1
        var testDescription: String { row + " " + buildType }

        var provenance: Provenance {
            Provenance(
                version: version, builder: ExactString(builder), buildType: ExactString(buildType),
                sourceRepository: "https://github.com/example/ledger", sourceRef: "refs/heads/main",
                sourceCommit: commit, entryPoint: ".github/workflows/x.yml",
                externalParameters: parameter.map { [.init(name: $0, value: "x")] } ?? [], invocation: run,
                workflow: .init(
                    repository: "https://github.com/example/ledger", ref: "refs/heads/main",
                    path: ".github/workflows/x.yml", commit: commit),
                triggerEvent: "push", runnerEnvironment: "github-hosted")
        }

        func judged() -> BuilderLevel {
            BuilderTable.standard.level(of: provenance, signers: [signer], underIndexSignature: false)
        }
    }

    static func file(_ name: String, _ tag: String = "refs/tags/v2.1.0") -> String {
        generator + "/.github/workflows/\(name)@\(tag)"
    }

    static func certificate(_ subject: String) -> BuilderIdentity {
        .certificate(issuer: issuer, subject: ExactString(subject))
    }

    static func generated(_ kind: String, _ name: String, _ buildType: String) -> Sample {
        Sample(
            row: "slsa-github-generator-\(kind)", builder: file(name), buildType: buildType,
            signer: certificate(file(name)), level: .three, parameter: "event_inputs.mode", version: .v0_2)
    }

    static func delegated(_ tool: String, _ delegator: String = "delegator_lowperms-generic_slsa3.yml") -> Sample {
        Sample(
            row: "slsa-github-generator-\(tool)", builder: file("builder_\(tool)_slsa3.yml"),
            buildType: generator + "/delegator-generic@v0", signer: certificate(file(delegator)), level: .three,
            parameter: "inputs.directory")
    }

    static let workflow = "https://github.com/example/ledger/.github/workflows/build.yml@refs/heads/main"

    static let samples: [Sample] =
        [
            generated("generic", "generator_generic_slsa3.yml", generator + "/generic@v1"),
            generated("go", "builder_go_slsa3.yml", generator + "/go@v1"),
            generated("go", "builder_go_slsa3.yml", generator + "-go@v1"),
            generated("go", "builder_go_slsa3.yml", generator + "@v1"),
            generated("container", "generator_container_slsa3.yml", generator + "/container@v1"),
            Sample(
                row: "slsa-github-generator-container-based", builder: file("builder_container-based_slsa3.yml"),
                buildType: "https://slsa.dev/container-based-build/v0.1?draft",
                signer: certificate(file("builder_container-based_slsa3.yml")), level: .three,
                parameter: "builderImage.uri"),
            delegated("maven"), delegated("gradle", "delegator_generic_slsa3.yml"), delegated("bazel"),
            delegated("nodejs"),
            Sample(
                row: "slsa-github-generator-delegator",
                builder: "https://github.com/example/tool/.github/workflows/tool_slsa3.yml@refs/tags/v1.0.0",
                buildType: generator + "/delegator-generic@v0",
                signer: certificate(file("delegator_generic_slsa3.yml")),
                level: .two, parameter: "inputs.directory"),
            Sample(
                row: "github-actions", builder: workflow, buildType: "https://actions.github.io/buildtypes/workflow/v1",
                signer: certificate(workflow), level: .two, parameter: "inputs.mode"),
            Sample(
                row: "github-actions", builder: workflow,
                buildType: "https://slsa-framework.github.io/github-actions-buildtypes/workflow/v1",
                signer: certificate(workflow), level: .two, parameter: "release.name"),
            Sample(
                row: "npm-github", builder: "https://github.com/actions/runner/github-hosted",
                buildType: "https://github.com/npm/cli/gha/v2", signer: certificate(workflow), level: .two,
                parameter: "vars.x", version: .v0_2),
            Sample(
                row: "npm-github-legacy", builder: "https://github.com/actions/runner",
                buildType: "https://github.com/npm/cli/gha@v1", signer: certificate(workflow), level: .two,
                parameter: "vars.x", version: .v0_2),
            Sample(
                row: "npm-self-hosted", builder: "https://github.com/actions/runner/self-hosted",
                buildType: "https://slsa-framework.github.io/github-actions-buildtypes/workflow/v1",
                signer: certificate(workflow), level: .one, parameter: "vars.x"),
            Sample(
                row: "cloud-build", builder: "https://cloudbuild.googleapis.com/GoogleHostedWorker",
                buildType: "https://cloud.google.com/build/gcb-buildtypes/google-worker/v1", signer: .key(google),
                level: .three, parameter: "substitutions._MODE"),
            Sample(
                row: "cloud-build-0.1", builder: "https://cloudbuild.googleapis.com/GoogleHostedWorker@v0.3",
                buildType: "https://cloudbuild.googleapis.com/CloudBuildYaml@v0.1", signer: .key(google01),
                level: .three, version: .v0_1),
            Sample(
                row: "tekton-chains", builder: "https://tekton.dev/chains/v2",
                buildType: "https://tekton.dev/chains/v2/slsa-tekton", signer: someKey, level: .one,
                parameter: "runSpec.params.revision"),
            Sample(
                row: "tekton-chains-0.2", builder: "https://tekton.dev/chains/v2",
                buildType: "tekton.dev/v1beta1/PipelineRun", signer: someKey, level: .one,
                parameter: "parameters.revision",
                version: .v0_2),
            Sample(
                row: "gitlab-runner", builder: "https://gitlab.example/group/sub/ledger/-/runners/12",
                buildType: "https://gitlab.com/gitlab-org/gitlab-runner/-/blob/v17.1.0/PROVENANCE.md", signer: someKey,
                level: .one),
            Sample(
                row: "gitlab-runner-certified", builder: "https://gitlab.com/group/sub/ledger/-/runners/12",
                buildType: "https://gitlab.com/gitlab-org/gitlab-runner/-/blob/v17.1.0/PROVENANCE.md",
                signer: .certificate(
                    issuer: "https://gitlab.com",
                    subject: "https://gitlab.com/group/sub/ledger//.gitlab-ci.yml@refs/heads/main"),
                level: .one),
            Sample(
                row: "buildkit", builder: "https://ci.example/builder",
                buildType: "https://mobyproject.org/buildkit@v1",
                signer: someKey, level: .one, parameter: "request.args.MODE", version: .v0_2),
            Sample(
                row: "jenkins-slsa-plugin",
                builder: "https://gitlab.eclipse.org/eclipsefdn/security/slsa-jenkins-plugin@v40",
                buildType: "https://gitlab.eclipse.org/eclipsefdn/security/slsa-jenkins-plugin@v40", signer: someKey,
                level: .one, version: .v0_2),
        ]

    @Test(arguments: samples) func grantsTheLevelOfItsRow(_ sample: Sample) {
        #expect(sample.judged() == BuilderLevel(level: sample.level, row: sample.row, limit: nil))
    }

    @Test func hasASampleForEveryRowAndARowForEveryPattern() {
        #expect(StandardBuilders.rows.count == StandardBuilders.declared.count)
        #expect(Set(Self.samples.map(\.row)) == Set(BuilderTable.standard.rows.map(\.name)))
        #expect(Set(BuilderTable.standard.rows.map(\.name)).count == BuilderTable.standard.rows.count)
        #expect(BuilderTable.standard.rows.allSatisfy { !$0.why.isEmpty })
    }

    /// Two rows for one statement would need a word on which one counts.
    @Test(arguments: samples) func isAboutOneRowOnly(_ sample: Sample) {
        let all = BuilderTable.standard.rows.filter { row in
            row.builder.matches(sample.builder) && row.signer.accepts(sample.signer, of: ExactString(sample.builder))
                && row.buildTypes?.holds(for: sample.buildType) ?? true
        }
        let raised = Set(all.flatMap(\.raises))
        #expect(all.map(\.name).filter { !raised.contains($0) } == [sample.row])
    }

    /// A policy's own key, whatever builder it names.
    @Test(arguments: samples) func grantsNoMoreThanLevel1ToAnyKey(_ sample: Sample) {
        let level = BuilderTable.standard.level(
            of: sample.provenance, signers: [Self.someKey], underIndexSignature: false)
        #expect(level.level <= .one)
    }

    @Test(arguments: samples.filter { $0.level > .one })
    func grantsLevel1ToAnotherSigner(_ sample: Sample) {
        let others: [BuilderIdentity] = [
            Self.someKey, Self.certificate("https://github.com/evil"),
            .certificate(
                issuer: "https://token.actions.githubusercontent.com.evil.example", subject: Self.subject(sample)),
        ]
        for other in others {
            let level = BuilderTable.standard.level(of: sample.provenance, signers: [other], underIndexSignature: false)
            #expect(level.level == .one)
            guard case .signerDiffers(let rows) = level.limit else {
                Issue.record("\(level)")
                continue
            }
            #expect(rows.contains(sample.row))
        }
    }

    static func subject(_ sample: Sample) -> ExactString {
        if case .certificate(_, let subject, runner: _) = sample.signer { return subject }
        return ExactString(sample.builder)
    }

    /// The certificate has to be the builder's own, not that of another builder of the same row.
    @Test(arguments: samples.filter { $0.row == "github-actions" || $0.row.hasSuffix("-go") })
    func grantsLevel1ToAnotherBuildersCertificate(_ sample: Sample) {
        let subject = sample.builder.replacing("refs/heads/main", with: "refs/heads/evil")
            .replacing("v2.1.0", with: "v2.0.0")
        let level = BuilderTable.standard.level(
            of: sample.provenance, signers: [Self.certificate(subject)], underIndexSignature: false)
        #expect(level.level == .one)
    }

    /// A branch of the generator is no release of it, and a delegator that anyone wrote is not the generator's.
    @Test func grantsLevel3ToReleasesOnly() {
        for tag in ["refs/heads/main", "refs/tags/latest", "refs/tags/v2", "v2.1.0"] {
            let builder = Self.file("builder_go_slsa3.yml", tag)
            var provenance = Self.generated("go", "builder_go_slsa3.yml", Self.generator + "/go@v1").provenance
            provenance.builder = ExactString(builder)
            let level = BuilderTable.standard.level(
                of: provenance, signers: [Self.certificate(builder)], underIndexSignature: false)
            #expect(level.level == .one, "\(tag)")
        }
        let sample = Self.delegated("maven")
        for delegator in [
            Self.file("delegator_lowperms-generic_slsa3.yml", "refs/heads/main"), Self.file("delegator_evil_slsa3.yml"),
            "https://github.com/evil/slsa-github-generator/.github/workflows/delegator_generic_slsa3.yml@refs/tags/v2.1.0",
        ] {
            let level = BuilderTable.standard.level(
                of: sample.provenance, signers: [Self.certificate(delegator)], underIndexSignature: false)
            #expect(level.level == .one, "\(delegator)")
        }
        // A tool of someone else's: known is who ran it, not what it does.
        var other = sample.provenance
        other.builder = "https://github.com/example/tool/.github/workflows/tool_slsa3.yml@refs/tags/v1.0.0"
        let level = BuilderTable.standard.level(of: other, signers: [sample.signer], underIndexSignature: false)
        #expect(level == BuilderLevel(level: .two, row: "slsa-github-generator-delegator", limit: nil))
    }

    @Test(arguments: samples) func rejectsAParameterThatTheRowDoesNotKnow(_ sample: Sample) {
        var provenance = sample.provenance
        for name: ExactString in [
            "unknown", "inputs_x", "inputs-x", "runSpecs", "parameter", "requests.x", "substitution",
        ] {
            provenance.externalParameters = [.init(name: name, value: "x")]
            let level = BuilderTable.standard.level(
                of: provenance, signers: [sample.signer], underIndexSignature: false)
            if sample.parameter == nil {
                #expect(level == sample.judged())
            } else {
                #expect(level.level == .zero)
                #expect(level.limit == .parameterUnlisted(row: sample.row, name: name))
            }
        }
    }

    @Test(arguments: samples) func grantsLevel1ForABuildTypeThatTheRowDoesNotKnow(_ sample: Sample) {
        var provenance = sample.provenance
        provenance.buildType = "https://ci.example/type@v1"
        let level = BuilderTable.standard.level(of: provenance, signers: [sample.signer], underIndexSignature: false)
        #expect(level.level == .one && level.row == nil)
        #expect(level != sample.judged())
    }

    @Test(arguments: samples.filter { $0.level > .one && $0.row.contains("git") })
    func grantsLevel1WhereTheRunIsNotStated(_ sample: Sample) {
        var provenance = sample.provenance
        provenance.invocation = nil
        let level = BuilderTable.standard.level(of: provenance, signers: [sample.signer], underIndexSignature: false)
        #expect(level == BuilderLevel(level: .one, row: sample.row, limit: .notStated(row: sample.row, .invocation)))
        provenance = sample.provenance
        provenance.sourceCommit = nil
        #expect(
            BuilderTable.standard.level(of: provenance, signers: [sample.signer], underIndexSignature: false).limit
                == .notStated(row: sample.row, .sourceCommit))
    }

    @Test(arguments: samples.filter { $0.level > .one && $0.row.contains("git") })
    func grantsLevel1OnMachinesOfOnesOwn(_ sample: Sample) {
        var provenance = sample.provenance
        provenance.runnerEnvironment = "self-hosted"
        let level = BuilderTable.standard.level(of: provenance, signers: [sample.signer], underIndexSignature: false)
        #expect(level.level == .one)
        #expect(level.limit == .runnerDiffers(row: sample.row, found: "self-hosted"))
        // Builders that do not say are held to it by the certificate.
        provenance.runnerEnvironment = nil
        #expect(
            BuilderTable.standard.level(of: provenance, signers: [sample.signer], underIndexSignature: false)
                == sample.judged())
    }

    /// BuildKit's unsigned statements inside an index: said by whoever signed the index.
    @Test(arguments: samples) func grantsLevel1UnderTheIndexSignature(_ sample: Sample) {
        let level = BuilderTable.standard.level(
            of: sample.provenance, signers: [sample.signer], underIndexSignature: true)
        #expect(level == BuilderLevel(level: .one, row: sample.row, limit: .underIndexSignature))
    }

    /// For BYOB, `builder.id` names the tool and the certificate the delegator; so the two are never compared.
    @Test func comparesTheBuilderWithTheCertificateUnlessADelegatorRan() {
        for row in BuilderTable.standard.rows {
            guard case .certificate(_, _, let isBuilder) = row.signer else {
                #expect(row.correspondences.isEmpty)
                continue
            }
            let comparesBuilder = row.correspondences.contains(.init(.builder, .buildSignerURI))
            #expect(comparesBuilder == isBuilder, "\(row.name)")
            #expect(row.correspondences.contains(.init(.sourceRepository, .sourceRepositoryURI)))
            let fields = row.correspondences.map(\.field)
            let extensions = row.correspondences.map(\.certificateExtension)
            #expect(Set(fields).count == fields.count && Set(extensions).count == extensions.count)
        }
    }

    /// docs/slsa.md says in prose what the table says.
    @Test func itsDocumentationListsEveryRow() throws {
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../../docs/slsa.md").standardizedFileURL
        let lines = String(decoding: try Data(contentsOf: file), as: UTF8.self).split(separator: "\n")
        for row in BuilderTable.standard.rows {
            let line = lines.first { $0.hasPrefix("| `\(row.name)` |") }
            let cells = line?.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) } ?? []
            #expect(cells.count == 5, "\(row.name)")
            guard cells.count == 5 else { continue }
            #expect(cells[1] == "`\(row.builder)`", "\(row.name)")
            #expect(cells[3] == "\(row.level)", "\(row.name)")
        }
        #expect(lines.filter { $0.hasPrefix("| `slsa-github-generator") }.count == 9)
    }
}
