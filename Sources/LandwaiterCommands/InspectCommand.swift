import Admission
import ArgumentParser
import Content
import Findings
import ImageStore
import OCI
import Reports
import StrictEncoding

struct InspectCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect",
        abstract: "Shows what an image is and which papers came with it. Nothing is verified, nothing is judged.",
        discussion: """
            EXAMPLES
              landwaiter inspect oci:image:v1
              landwaiter inspect registry.example/finance/ledger:v1
              landwaiter inspect docker-archive:image.tar
            """)

    @OptionGroup var image: ImageOptions
    @OptionGroup(title: "Registry Options") var registry: RegistryOptions

    @Option(
        help: "Evidence besides what lies with the image: a bundle or DSSE envelope (.json, .jsonl), or a directory.",
        completion: .file())
    var evidence: [String] = []

    @Option(help: "How the answer is written.")
    var output: VerifyCommand.OutputFormat = .text

    func run() async throws {
        try await running(reaching: registry) {
            let limits = AdmissionLimits()
            let source = try image.source()
            let supplied = try EvidenceFiles.read(evidence, limit: limits.envelopeBytes)
            switch await ImageInspection.inspect(source, supplied: supplied, limits: limits) {
            case .success(let inspection):
                switch output {
                case .text: Terminal.write(InspectionReport.text(inspection))
                case .json: Terminal.write(inspection.json.prettyBytes())
                }
            case .failure(let unresolved):
                if let archive = source as? DockerArchive, unresolved.finding.code == .imageNoManifestDigest {
                    return try await showArchive(archive)
                }
                throw CommandFailure(
                    status: unresolved.finding.code.effect == .undecided ? ExitStatus.undecided : ExitStatus.reject,
                    lines: [
                        "\(unresolved.finding.message)  [\(unresolved.finding.code)]",
                        "mend: \(unresolved.finding.mend)",
                    ])
            }
        }
    }

    /// A docker archive has no manifest: what there is to see is its configurations.
    private func showArchive(_ archive: DockerArchive) async throws {
        do throws(ContentSourceError) {
            let images = try await archive.images(limits: ContentLimits())
            Terminal.write(InspectionReport.text(images.map { ($0.tags, $0.configuration) }))
        } catch {
            throw CommandFailure.badData("\(error.message)  [\(error.code)]")
        }
    }
}
