import Content
import OCI
import StrictEncoding

/// What CNCF Distribution sends (its `notifications` package; "Work with notifications", section "Envelope"):
///
///     {"events": [{"id": "…", "action": "push", "target": {
///         "mediaType": "application/vnd.oci.image.manifest.v1+json", "digest": "sha256:…",
///         "repository": "finance/ledger", "tag": "1.0", "url": "…"}, "request": {"host": "…"}}]}
///
/// `target.url`, `request.host` and `source.addr` say where the registry believes that it stands. A client chooses the
/// host by its header, so they are not read.
enum DistributionEnvelope {
    /// Version 1 until release 2, version 2 from release 3 on; the members read here are the same.
    static let mediaTypes = [
        "application/vnd.docker.distribution.events.v1+json", "application/vnd.docker.distribution.events.v2+json",
    ]

    static func events(
        in root: JSONValue, limits: NotificationLimits
    ) throws(NotificationBodyError) -> [EventReading] {
        guard let envelope = root.object else {
            throw .shape(at: "", expected: "an envelope of events", found: root.kindName)
        }
        guard let events = envelope["events"] else {
            throw .shape(at: "/events", expected: "a list of events", found: "nothing")
        }
        guard let list = events.array else {
            throw .shape(at: "/events", expected: "a list of events", found: events.kindName)
        }
        guard list.count <= limits.events else { throw .tooManyEvents(list.count, limit: limits.events) }
        return list.map { reading(of: $0) }
    }

    private static func reading(of event: JSONValue) -> EventReading {
        guard let action = event["action"]?.exact else { return .refused(.shape) }
        guard action == "push" else { return .ignored(.otherAction) }
        guard let target = event["target"]?.object, let repository = target["repository"]?.exact else {
            return .refused(.shape)
        }
        var push = UnverifiedPush(repository: repository)
        switch OptionalText(target["tag"]) {
        case .absent: break
        case .text(let tag): push.tag = tag
        case .otherKind: return .refused(.shape)
        }
        switch OptionalText(target["digest"]) {
        case .absent: break
        case .text(let digest): push.digest = digest
        case .otherKind: return .refused(.shape)
        }
        switch OptionalText(event["id"]) {
        case .absent: break
        case .text(let id): push.id = id
        case .otherKind: return .refused(.shape)
        }
        // Every layer is pushed too, as `application/octet-stream`. Only manifests have tags.
        switch OptionalText(target["mediaType"]) {
        case .absent: if push.tag == nil { return .ignored(.notAManifest) }
        case .text(let type): if !isManifest(type) { return .ignored(.notAManifest) }
        case .otherKind: return .refused(.shape)
        }
        return .push(push)
    }

    private static func isManifest(_ type: ExactString) -> Bool {
        [
            MediaType.ociManifest, .ociIndex, .dockerManifest, .dockerManifestList, .dockerSchema1,
            .dockerSchema1Signed,
        ].contains { $0.description.utf8.elementsEqual(type.utf8) }
    }
}
