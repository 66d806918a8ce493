import StrictEncoding

/// A stage of the software's life from which the data of a document was taken, as the document says.
///
/// CISA calls it generation context. CycloneDX 1.5 and later says it as `metadata.lifecycles`, SPDX 3 as
/// `software_sbomType`. SPDX 2 and Syft have no field for it; comments in prose are not guessed at.
public struct GenerationContext: Sendable, Hashable {
    /// The stages that CycloneDX names, in its words. Those of SPDX 3 in brackets, which mean the same.
    public enum Phase: String, Sendable, Hashable, CaseIterable {
        /// From what is planned (`design`).
        case design
        /// From sources, manifests and lock files (`source`).
        case preBuild = "pre-build"
        /// While it was built (`build`).
        case build
        /// From what was built (`analyzed`).
        case postBuild = "post-build"
        /// From where it runs (`deployed`, `runtime`).
        case operations
        /// From what was seen on a network.
        case discovery
        /// While it was taken out of service.
        case decommission
    }

    /// Nil where the document names a stage of its own, which nobody else can tell from others.
    public let phase: Phase?
    /// As written.
    public let text: String
    public let place: DocumentPlace

    /// One in the form of the document.
    struct Record: Sendable {
        var phase: Phase?
        var text: JSONText
        var pointer: String
    }

    init(_ record: Record, _ storage: InventoryStorage) {
        phase = record.phase
        text = storage.string(record.text) ?? ""
        place = storage.place(at: record.text.start, pointer: record.pointer)
    }
}

extension DocumentHeader {
    /// Notes a context. More than these are cut off: whoever judges has seen by then that stages are named which nobody
    /// knows, because of those that are known none is noted twice.
    mutating func add(_ context: GenerationContext.Record) {
        if let phase = context.phase, generationContexts.contains(where: { $0.phase == phase }) { return }
        guard generationContexts.count < 1_000 || context.phase != nil else { return }
        generationContexts.append(context)
    }
}
