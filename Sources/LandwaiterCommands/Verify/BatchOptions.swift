import Admission
import ArgumentParser
import Content
import Findings
import Kubernetes
import OCI
import Reports

/// Many images at once: `--images` and `--kubernetes`.
struct BatchOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Instead of an image: a list of them, one LOCATION [as=REFERENCE] [namespace=NAME] on a line; `-` is standard input.",
            valueName: "file"), completion: .file())
    var images: String?

    @Option(
        help: ArgumentHelp(
            "Instead of an image: the images of Kubernetes manifests, YAML or JSON; `-` is standard input. Can be given several times.",
            valueName: "file"), completion: .file(extensions: ["yaml", "yml", "json"]))
    var kubernetes: [String] = []

    @Option(
        help: ArgumentHelp(
            "With `--kubernetes`: a further kind and where its PodSpec lies, like Rollout=/spec/template/spec.",
            valueName: "KIND=POINTER"))
    var workload: [String] = []

    @Option(
        help: ArgumentHelp(
            "With `--kubernetes`: look for the images in these layouts or archives, by digest or full name, and nowhere else.",
            valueName: "image"), completion: .file())
    var store: [String] = []

    @Option(help: "How many images are judged at once.")
    var jobs = 4

    @Flag(help: "Show no progress.")
    var quiet = false

    /// Most images at once.
    static let mostJobs = 64

    /// The images that are asked for, nil if none of these options is given.
    func items(namespace: String?) throws(CommandFailure) -> (items: [BatchItem], notes: [String])? {
        guard images != nil || !kubernetes.isEmpty else {
            guard workload.isEmpty, store.isEmpty else {
                throw .usage("`--workload` and `--store` go with `--kubernetes`")
            }
            return nil
        }
        guard (1...Self.mostJobs).contains(jobs) else {
            throw .usage("expected `--jobs` from 1 to \(Self.mostJobs), found \(jobs)")
        }
        var items = BatchItems()
        if let images {
            guard kubernetes.isEmpty, workload.isEmpty, store.isEmpty else {
                throw .usage("expected `--images` or `--kubernetes`, found both", "judge one list at a time")
            }
            for line in try ImageList(images).lines {
                items.add(
                    BatchItem(
                        image: line.text, reference: line.reference,
                        namespace: line.namespace ?? namespace, place: .location(line.location)),
                    named: DecisionList.Mention(file: images == "-" ? nil : images, line: line.number))
            }
            return (items.items, [])
        }
        guard kubernetes.count(where: { $0 == "-" }) <= 1 else {
            throw .usage("expected standard input once, found it several times")
        }
        var kinds = WorkloadKinds()
        for text in workload {
            do throws(WorkloadKindError) { try kinds.add(text) } catch { throw .usage(error.message) }
        }
        var notes: [String] = []
        for file in kubernetes { try read(file, kinds, namespace: namespace, into: &items, &notes) }
        guard !items.items.isEmpty else {
            throw .badData("the manifests run no image", "leave the gate out where nothing is deployed")
        }
        return (items.items, notes)
    }

    private func read(
        _ file: String, _ kinds: WorkloadKinds, namespace: String?, into items: inout BatchItems,
        _ notes: inout [String]
    ) throws(CommandFailure) {
        let called = file == "-" ? "standard input" : Finding.quoted(file)
        let bytes = try LocalFile.readOrStandardInput(file, limit: ManifestFile.longest)
        let documents: [ManifestFile.Document]
        do throws(ManifestFileError) { documents = try ManifestFile.documents(bytes) } catch {
            throw .badData("\(called): \(error.message)")
        }
        var found = WorkloadImages(kinds: kinds)
        for (number, document) in documents.enumerated() {
            do throws(WorkloadError) { try found.add(document.value, document: number) } catch {
                throw .badData("\(called), document on line \(document.line): \(error.message)")
            }
        }
        for image in found.images {
            guard items.mentions < Self.mostImages else {
                throw .badData("expected at most \(Self.mostImages) images in manifests, found more")
            }
            // The manifest's own namespace counts before the command line's: naming another evades no policy.
            items.add(
                BatchItem(manifestImage: image, namespace: image.object.namespace ?? namespace, stores: store),
                named: DecisionList.Mention(
                    file: file == "-" ? nil : file, line: documents[image.object.document].line(of: image.pointer),
                    user: image.user, pointer: image.pointer))
        }
        for object in found.unread {
            notes.append(
                "the images of \(Finding.quoted(object.description)) in \(called) were not judged: its kind is not known; say where its PodSpec lies with `--workload`"
            )
        }
    }

    private static let mostImages = 100_000
}

/// One image of a list, in one namespace.
struct BatchItem: Sendable {
    enum Place: Sendable, Hashable {
        /// As the command line names images.
        case location(String)
        /// Where a store has it, by one of these names.
        case stores([String])
        /// It can't be named: what is wrong, as the record is to say it.
        case refused(ReasonCode, String)
    }

    /// As it was asked for.
    let image: String
    let reference: ImageReference?
    let namespace: String?
    let place: Place
    /// Every place that asks for it there.
    var mentions: [DecisionList.Mention] = []

    init(image: String, reference: ImageReference?, namespace: String?, place: Place) {
        self.image = image
        self.reference = reference
        self.namespace = namespace
        self.place = place
    }
}

extension BatchItem {
    /// An image as a manifest writes it: always a reference, whatever transport it may look like.
    init(manifestImage image: RunImage, namespace: String?, stores: [String]) {
        self.image = image.text
        self.namespace = namespace
        do throws(ImageReferenceError) {
            let reference = try ImageReference(parsing: image.text)
            self.reference = reference
            guard !stores.isEmpty else {
                place = .location("docker://" + reference.description)
                return
            }
            var places: [String] = []
            for store in stores {
                if let digest = reference.digest {
                    places.append("\(store)@\(digest)")
                } else {
                    // As it is written, and in full; without a tag what is run is `latest`.
                    let full = reference.name + ":" + (reference.effectiveTag ?? "latest")
                    places += [image.text, full].map { "\(store):\($0)" }
                }
            }
            place = .stores(places)
        } catch {
            reference = nil
            place = .refused(.imageMalformedReference, error.message)
        }
    }

    /// Where the image is read from. A source serves one decision, so that each gets its own.
    func source() async throws(CommandFailure) -> any ContentSource {
        switch place {
        case .location(let location): return try ImageOptions.source(location)
        case .refused(let code, let message): return RefusedSource(error: ContentSourceError(code, message))
        case .stores(let places):
            for place in places {
                let source = try ImageOptions.source(place)
                // One that has it broken has it: that is for the decision to say.
                if case .failure(let unresolved) = await ResolvedImage.resolve(from: source, limits: AdmissionLimits()),
                    unresolved.finding.code == .imageNotFound
                {
                    continue
                }
                return try ImageOptions.source(place)
            }
            return RefusedSource(
                error: ContentSourceError(.imageNotFound, "expected the image in one of the stores, found it in none"))
        }
    }
}

/// Items without repetition, each with every place that names it.
private struct BatchItems {
    private struct Key: Hashable {
        let place: BatchItem.Place
        let reference: ImageReference?
        let namespace: String?
    }

    private(set) var items: [BatchItem] = []
    private(set) var mentions = 0
    private var positions: [Key: Int] = [:]

    mutating func add(_ item: BatchItem, named mention: DecisionList.Mention) {
        mentions += 1
        let key = Key(place: item.place, reference: item.reference, namespace: item.namespace)
        if let position = positions[key] {
            items[position].mentions.append(mention)
        } else {
            positions[key] = items.count
            var item = item
            item.mentions = [mention]
            items.append(item)
        }
    }
}

/// Has no image, and says why.
private struct RefusedSource: ContentSource {
    let error: ContentSourceError
    var transport: String { "docker" }

    func resolve(limits: ContentLimits) async throws(ContentSourceError) -> ResolvedContent { throw error }
    func fetch(_ descriptor: Descriptor, limit: Int) async throws(ContentSourceError) -> VerifiedContent { throw error }
    func manifest(_ digest: Digest, limits: ContentLimits) async throws(ContentSourceError) -> VerifiedContent {
        throw error
    }
    func papers(of digest: Digest, limits: ContentLimits) async throws(ContentSourceError) -> Papers { Papers() }
    func looseSignatures(limits: ContentLimits) async throws(ContentSourceError) -> [LooseSignature] { [] }
}
