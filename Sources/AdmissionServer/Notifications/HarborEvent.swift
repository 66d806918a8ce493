import StrictEncoding

/// What Harbor's webhook sends when an artifact was pushed, in its own format ("Default"):
///
///     {"type": "PUSH_ARTIFACT", "occur_at": 1680501893, "operator": "…", "event_data": {
///         "resources": [{"digest": "sha256:…", "tag": "1.0", "resource_url": "…"}],
///         "repository": {"name": "ledger", "namespace": "finance", "repo_full_name": "finance/ledger"}}}
///
/// or as CloudEvents 1.0 ("CloudEvents"), with `specversion`, `type` `harbor.artifact.pushed` and the same members under
/// `data`. `resource_url` holds a host, and is not read. The tag of an artifact without one is its digest.
enum HarborEvent {
    static func events(
        in root: JSONValue, limits: NotificationLimits
    ) throws(NotificationBodyError) -> [EventReading] {
        guard let body = root.object else { throw .shape(at: "", expected: "an event", found: root.kindName) }
        let isCloudEvent = body["specversion"] != nil
        if isCloudEvent, body["event_data"] != nil {
            // Two payloads in one body have two readings.
            throw .shape(at: "/event_data", expected: "no member beside `specversion`", found: "one")
        }
        if let version = body["specversion"], !version.isIdentical(to: "1.0") {
            throw .shape(at: "/specversion", expected: "1.0", found: version.kindName)
        }
        guard let type = body["type"]?.exact else {
            throw .shape(at: "/type", expected: "the type of the event", found: body["type"]?.kindName ?? "nothing")
        }
        guard type == (isCloudEvent ? "harbor.artifact.pushed" : "PUSH_ARTIFACT") else {
            return [.ignored(.otherAction)]
        }
        var id: ExactString?
        if isCloudEvent {
            guard let stated = body["id"]?.exact, !stated.utf8.isEmpty else {
                throw .shape(at: "/id", expected: "the event's id", found: body["id"]?.kindName ?? "nothing")
            }
            id = stated
        }
        let place = isCloudEvent ? "/data" : "/event_data"
        guard let data = body[isCloudEvent ? "data" : "event_data"]?.object else {
            throw .shape(at: place, expected: "an object", found: "none")
        }
        guard let repository = data["repository"]?["repo_full_name"]?.exact else {
            throw .shape(at: place + "/repository/repo_full_name", expected: "a repository", found: "none")
        }
        guard let resources = data["resources"]?.array else {
            throw .shape(at: place + "/resources", expected: "a list", found: "none")
        }
        guard resources.count <= limits.events else { throw .tooManyEvents(resources.count, limit: limits.events) }
        return resources.map { reading(of: $0, repository: repository, id: id) }
    }

    private static func reading(of resource: JSONValue, repository: ExactString, id: ExactString?) -> EventReading {
        guard resource.object != nil else { return .refused(.shape) }
        var push = UnverifiedPush(repository: repository, id: id)
        switch OptionalText(resource["digest"]) {
        case .absent: break
        case .text(let digest): push.digest = digest
        case .otherKind: return .refused(.shape)
        }
        switch OptionalText(resource["tag"]) {
        case .absent: break
        case .text(let tag): push.tag = tag == push.digest ? nil : tag
        case .otherKind: return .refused(.shape)
        }
        return .push(push)
    }
}
