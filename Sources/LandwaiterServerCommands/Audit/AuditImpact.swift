import Findings
import LandwaiterCommands
import StrictEncoding
import VerdictStorage

extension AuditImpactCommand {
    func carryOut() async throws {
        guard (1...1_000_000).contains(limit) else {
            throw CommandFailure.usage("expected `--limit` from 1 to 1000000, found \(limit)")
        }
        let query = query
        try await OpenedStore.reading(store) { store, _ in
            // One more than is shown says whether there are more.
            let found = try await store.affected(by: query, since: since?.instant(at: Clock.now), limit: limit + 1)
            let images = Array(found.prefix(limit))
            switch output {
            case .text: Terminal.write(text(images, hasMore: found.count > limit))
            case .json: Terminal.write(json(images, hasMore: found.count > limit).line)
            }
            if !images.isEmpty { throw ExitStatus.reject }
        }
    }

    /// Exactly one is given, which the parser has seen to.
    private var query: ImpactQuery {
        if let signer { return .signer(signer) }
        if let key { return .key(key) }
        if let builder { return .builder(builder) }
        if let component { return .component(ComponentQuery(component)) }
        return .digest(digest ?? "")
    }

    private var asked: (kind: String, value: String) {
        switch query {
        case .signer(let value): ("signer", value)
        case .key(let value): ("key", value)
        case .builder(let value): ("builder", value)
        case .component: ("component", component ?? "")
        case .digest(let value): ("digest", value)
        }
    }

    func text(_ images: [AffectedImage], hasMore: Bool) -> String {
        let what = "\(asked.kind) \(AuditText.clean(asked.value))"
        guard !images.isEmpty else { return "no image that was judged rests on \(what)\n" }
        let admitted = images.filter { !$0.lastIsBlocked }.count
        var out = "\(AuditText.counted(images.count, "image")) on \(what), \(admitted) of them let through at last\n"
        for image in images {
            out +=
                "\n" + AuditText.clean(image.repository ?? image.image) + (image.digest.map { "@" + $0 } ?? "") + "\n"
            out += AuditText.line("asked as", AuditText.clean(image.image))
            if !image.namespaces.isEmpty {
                out += AuditText.line("where", image.namespaces.map(AuditText.clean).joined(separator: ", "))
            }
            out += AuditText.line(
                "last",
                "\(image.lastDecidedAt)  \(image.lastVerdict)\(image.lastIsBlocked ? " (blocked)" : "")  \(image.lastID)"
            )
            out += AuditText.line(
                "first", "\(image.firstDecidedAt)  \(AuditText.counted(image.verdicts, "decision")) since")
            for match in image.matches where !match.utf8.elementsEqual(asked.value.utf8) {
                out += AuditText.line("said", AuditText.clean(match))
            }
        }
        if hasMore { out += "\nthere are more: give a higher `--limit`\n" }
        return out
    }

    func json(_ images: [AffectedImage], hasMore: Bool) -> JSONTree {
        [
            "schemaVersion": AuditJSON.schemaVersion, "kind": .string(asked.kind), "value": .string(asked.value),
            "isComplete": .bool(!hasMore),
            "images": .array(
                images.map { image in
                    JSONTree(members: [
                        "digest": image.digest.map(JSONTree.string),
                        "repository": image.repository.map(JSONTree.string),
                        "image": .string(image.image),
                        "namespaces": JSONTree(strings: image.namespaces),
                        "decisions": .integer(Int64(image.verdicts)),
                        "firstDecidedAt": .string(image.firstDecidedAt.description),
                        "lastDecidedAt": .string(image.lastDecidedAt.description),
                        "lastId": .string(image.lastID.description),
                        "lastVerdict": .string(image.lastVerdict),
                        "lastBlocked": .bool(image.lastIsBlocked),
                        "matches": JSONTree(strings: image.matches),
                    ])
                }),
        ]
    }
}
