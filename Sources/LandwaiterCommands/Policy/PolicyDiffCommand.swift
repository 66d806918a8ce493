import Admission
import AdmissionPolicy
import ArgumentParser
import Content
import Findings
import ImageStore
import OCI
import Reports
import StrictEncoding

struct PolicyDiffCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "diff",
        abstract: "Says which images two versions of policies decide differently, for which team, and why.",
        discussion: """
            Decides every image of a list under the old and under the new policies, at one instant. A line of \
            `--images FILE` is LOCATION [as=REFERENCE] [namespace=NAME], with paths relative to the file. A line of \
            `--records FILE` is a record that `verify --output json` wrote; its image is looked for by digest in each \
            `--store`, and judged as of the record's instant. An image that isn't found is listed, never guessed.

            Exits 0 if nothing changes, 1 if something does, 2 if nothing changes but something could not be compared.

            EXAMPLES
              landwaiter policy diff old/policies policies --images images.txt --output markdown
              landwaiter policy diff payments=old payments=new --policy base=policies/base --records records.jsonl --store oci:images
            """)

    @Argument(help: ArgumentHelp("The policies as they are.", valueName: "[SOURCE=]OLD"), completion: .file())
    var old: String

    @Argument(help: ArgumentHelp("The policies as they are to be.", valueName: "[SOURCE=]NEW"), completion: .file())
    var new: String

    @Option(
        help: ArgumentHelp("Policies that stand beside both.", valueName: "[SOURCE=]PATH"), completion: .file())
    var policy: [String] = []

    @OptionGroup var guardrail: GuardrailOptions

    @Option(
        help: ArgumentHelp("Guardrails that stand beside the old policies only.", valueName: "[SOURCE=]PATH"),
        completion: .file())
    var oldGuardrails: [String] = []

    @Option(
        help: ArgumentHelp("Guardrails that stand beside the new policies only.", valueName: "[SOURCE=]PATH"),
        completion: .file())
    var newGuardrails: [String] = []

    @Option(help: ArgumentHelp("A list of images.", valueName: "file"), completion: .file())
    var images: String?

    @Option(help: ArgumentHelp("Records, one on a line.", valueName: "file"), completion: .file())
    var records: String?

    @Option(help: ArgumentHelp("Where the images of records are, as oci:DIR or oci-archive:FILE.", valueName: "image"))
    var store: [String] = []

    @Option(
        help: ArgumentHelp("The namespace of images that state none.", valueName: "name"))
    var namespace: String?

    @Option(
        help: ArgumentHelp(
            "Where approved base images are read from, besides an image's own store.", valueName: "image"),
        completion: .file())
    var base: [String] = []

    @Option(help: ArgumentHelp("Judge images as of this instant (RFC 3339).", valueName: "time"))
    var at: String?

    @Option(help: "How the answer is written.")
    var output: OutputFormat = .text

    enum OutputFormat: String, CaseIterable, ExpressibleByArgument { case text, markdown, json }

    func run() async throws {
        try await running {
            let difference = try await compare()
            switch output {
            case .text: Terminal.write(PolicyDifferenceReport.text(difference))
            case .markdown: Terminal.write(PolicyDifferenceReport.markdown(difference))
            case .json: Terminal.write(difference.json.canonicalBytes() + [UInt8(ascii: "\n")])
            }
            if !difference.changes.isEmpty { throw ExitStatus.reject }
            if !difference.undecidable.isEmpty { throw ExitStatus.undecided }
        }
    }

    /// What the arguments ask for; ``run()`` writes it.
    func compare() async throws -> PolicyDifference {
        guard images != nil || records != nil else {
            throw CommandFailure.usage(
                "nothing says which images to compare", "give `--images FILE` or `--records FILE`")
        }
        guard records == nil || !store.isEmpty else {
            throw CommandFailure.usage("a record holds no image", "say where they are with `--store oci:DIR`")
        }
        let before = AdmissionPipeline(
            policies: try PolicyFiles.load([old] + policy, guardrails: guardrail.guardrails + oldGuardrails))
        let after = AdmissionPipeline(
            policies: try PolicyFiles.load([new] + policy, guardrails: guardrail.guardrails + newGuardrails))
        var bases: [any ContentSource] = []
        for location in base { bases.append(try ImageOptions.source(location)) }
        var subjects: [ComparedSubject] = []
        if let images {
            let instant = try Clock.instant(stated: at).0
            subjects += try ComparedSubject.images(in: images, namespace: namespace, at: instant)
        }
        if let records { subjects += try ComparedSubject.records(in: records, stores: store) }
        guard !subjects.isEmpty else { throw CommandFailure.badData("there is no image in the list") }
        var difference = PolicyDifference(old: before.policies, new: after.policies)
        for (position, subject) in subjects.enumerated() {
            Terminal.progress("\(position + 1) of \(subjects.count)")
            guard let source = await subject.source() else {
                difference.addUndecidable(
                    subject: subject.name, namespace: subject.namespace,
                    Finding(.imageNotFound, "no store that was named has the image"))
                continue
            }
            let request = AdmissionRequest(
                image: source, statedReference: subject.reference, namespace: subject.namespace, at: subject.at,
                hypothetical: true, baseSources: bases)
            difference.add(
                subject: subject.name, old: await before.decide(request), new: await after.decide(request))
        }
        Terminal.progress(nil)
        return difference
    }
}

/// One request that both sets of policies are to decide.
private struct ComparedSubject {
    let name: String
    let reference: ImageReference?
    let namespace: String?
    let at: Instant
    /// Where the image may be, the first that has it counts.
    let candidates: [any ContentSource]
    /// Whether a candidate may lack it: one that is stated does not.
    let isSearched: Bool

    /// Most images of a list.
    private static let most = 100_000

    /// The place of the image; nil if none has it.
    func source() async -> (any ContentSource)? {
        guard isSearched else { return candidates.first }
        for candidate in candidates {
            // One that has it broken has it: that is for the decision to say.
            if case .failure(let unresolved) = await ResolvedImage.resolve(
                from: candidate, limits: AdmissionLimits()), unresolved.finding.code == .imageNotFound
            {
                continue
            }
            return candidate
        }
        return nil
    }

    static func images(
        in file: String, namespace: String?, at instant: Instant
    ) throws(CommandFailure) -> [ComparedSubject] {
        var subjects: [ComparedSubject] = []
        for line in try ImageList(file).lines {
            subjects.append(
                ComparedSubject(
                    name: line.text, reference: line.reference, namespace: line.namespace ?? namespace, at: instant,
                    candidates: [try ImageOptions.source(line.location)], isSearched: false))
        }
        return subjects
    }

    static func records(in file: String, stores: [String]) throws(CommandFailure) -> [ComparedSubject] {
        var subjects: [ComparedSubject] = []
        for (number, line) in try lines(of: file) where !line.isEmpty {
            let record: RecordedRequest
            do throws(RecordedRequestError) {
                record = try RecordedRequest(parsing: Array(line.utf8))
            } catch {
                throw .badData("\(Finding.quoted(file)) line \(number): \(error.message)")
            }
            var candidates: [any ContentSource] = []
            for store in stores {
                if let digest = record.digest { candidates.append(try ImageOptions.source(store, digest: digest)) }
            }
            subjects.append(
                ComparedSubject(
                    name: record.reference?.description ?? record.digest?.description ?? "record on line \(number)",
                    reference: record.reference, namespace: record.namespace, at: record.at, candidates: candidates,
                    isSearched: true))
        }
        return subjects
    }

    /// Numbered from 1.
    private static func lines(of file: String) throws(CommandFailure) -> [(Int, Substring)] {
        let bytes = try LocalFile.read(file, limit: 256 << 20)
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw .badData("expected UTF-8 in \(Finding.quoted(file)), found something else")
        }
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        guard lines.count <= most else { throw .badData("\(Finding.quoted(file)) has more than \(most) lines") }
        return lines.enumerated().map { ($0 + 1, $1) }
    }
}
