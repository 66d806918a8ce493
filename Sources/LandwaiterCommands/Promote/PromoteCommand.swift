import Admission
import AdmissionPolicy
import ArgumentParser
import Content
import Findings
import ImageStore
import OCI
import Reports

struct PromoteCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "promote",
        abstract: "Judges an image as `verify` does and, only if it is admitted, copies it with its evidence.",
        discussion: """
            SOURCE is what `verify` takes. DESTINATION is REGISTRY/REPOSITORY[:TAG] or oci:DIR[:TAG]; without a tag the \
            source's is kept. The bytes that were judged are the bytes that are written: no tag is looked up twice. Copied are the image, every \
            platform of it and the evidence that lies with each (referrers, cosign's tags), and last the tag. What is \
            there already is not sent again, so an interrupted promotion goes on where it was.

            Prints DESTINATION@DIGEST. The exit status is that of the verdict, whatever the policy's stage: 0 admitted \
            and copied, 1 rejected, 2 undecided; nothing is written then.

            EXAMPLES
              landwaiter promote oci:build:v1 oci:release:v1 --policy policies/finance --namespace finance --as registry.example/finance/ledger:v1
              landwaiter promote registry.example/staging/ledger:v1 registry.example/finance/ledger:v1 --policy policies/finance --namespace finance
              landwaiter promote oci-archive:image.tar oci:release:v1 --key corporate.pub --output sarif=landwaiter.sarif
            """)

    @Argument(help: "The image, as for `verify`.", completion: .file())
    var source: String

    @Argument(help: "Where to: REGISTRY/REPOSITORY[:TAG], oci:DIR[:TAG].", completion: .file())
    var destination: String

    @Option(
        name: .customLong("as"),
        help: ArgumentHelp(
            "The name and tag under which the image is judged, like registry.example/finance/ledger:v1.",
            valueName: "reference"))
    var reference: String?

    @OptionGroup var decision: DecisionOptions
    @OptionGroup(title: "Registry Options") var registry: RegistryOptions
    @OptionGroup var report: ReportOptions

    @Option(help: "How many blobs are copied at once.")
    var jobs = 4

    @Flag(help: "Show no progress.")
    var quiet = false

    /// A registry is asked six things at once at most, and a blob that is copied within one needs two of them.
    static let mostJobs = 4

    func run() async throws {
        try await running(reaching: registry) {
            guard decision.at == nil else {
                throw CommandFailure.usage(
                    "`--at` makes a decision hypothetical, and such a one promotes nothing",
                    "use `landwaiter verify --at` to try it")
            }
            guard (1...Self.mostJobs).contains(jobs) else {
                throw CommandFailure.usage("expected `--jobs` from 1 to \(Self.mostJobs), found \(jobs)")
            }
            let targets = try report.targets()
            try PromoteDestination.check(destination)
            let stated = try ImageOptions.name(stated: reference, location: source)
            let request = try decision.context(evidence: decision.evidence).request(
                image: try ImageOptions.source(source),
                statedReference: stated, namespace: decision.namespace)
            let (record, admitted) = try await decision.pipeline().admit(request)
            let list = DecisionList(record, image: source)
            // Where nobody asked for a report, an admit says no more than where the image is now.
            var writer = ReportWriter(report.output.isEmpty && admitted != nil ? [] : targets)
            guard let admitted else {
                writer.write(list)
                try writer.leave(list)
                throw CommandFailure(
                    status: ExitStatus.internalError, lines: ["the image was admitted and cannot be read again"])
            }
            let place = try PromoteDestination.open(destination, from: source, sourceTag: record.image?.tag)
            try await copy(admitted, to: place)
            writer.write(list)
            if targets.allSatisfy({ $0.file != nil || $0.format == .text }) {
                Terminal.write(place.pinned(admitted.document.digest) + "\n")
            }
            try writer.leave(list)
        }
    }

    private func copy(_ image: AdmittedImage, to place: PromoteDestination) async throws {
        let progress = CopyProgress(isShown: !quiet)
        defer { progress.end() }
        var copy = ImageCopy(image, to: place.sink, limits: ContentLimits(), jobs: jobs, progress: progress)
        do throws(ContentSourceError) {
            try await copy.run(tag: place.tag)
        } catch {
            throw CommandFailure(
                status: error.code.effect == .undecided ? ExitStatus.undecided : ExitStatus.badData,
                lines: [
                    "the image was admitted and could not be copied: \(error.message)  [\(error.code)]",
                    "mend: \(error.code.mend)", "the same command goes on where this one ended",
                ])
        }
        if let loose = try? await image.source.looseSignatures(limits: ContentLimits()), !loose.isEmpty {
            Terminal.writeError(
                "landwaiter: warning: \(loose.count) signature files beside the image were not copied: they have no place there"
            )
        }
        progress.end()
        let done = copy.summary
        if done.leftBehind > 0 {
            Terminal.writeError(
                "landwaiter: warning: \(done.leftBehind) papers were left behind: they are about something else, or can't be read"
            )
        }
        Terminal.writeError(
            "landwaiter: copied \(done.sent) blobs (\(done.sentBytes) bytes) and \(done.papers) papers; \(done.skipped) blobs were there"
        )
    }
}
