import Content
import OCI
import StrictEncoding
import Testing

@testable import AdmissionServer

/// Bodies as the registries send them, and registries to send them to.
enum NotificationBodies {
    static let digest = "sha256:" + String(repeating: "ab", count: 32)
    static let other = "sha256:" + String(repeating: "cd", count: 32)
    static let secret = Array("a secret of sixteen bytes or more".utf8)

    /// One event of Distribution, each member alterable.
    static func push(
        id: String = "320678d8-ca14-430f-8bb6-4ca139cd83f7", action: String = "push",
        repository: String = "finance/ledger",
        tag: String? = "1.0", digest: String? = NotificationBodies.digest,
        mediaType: String? = "application/vnd.oci.image.manifest.v1+json",
        url: String = "https://registry.example/v2/finance/ledger/manifests/x", host: String = "registry.example"
    ) -> JSONTree {
        [
            "id": .string(id), "timestamp": "2026-11-20T09:00:00.123456789Z", "action": .string(action),
            "target": JSONTree(members: [
                "mediaType": mediaType.map(JSONTree.string), "size": 708, "length": 708,
                "digest": digest.map(JSONTree.string), "repository": .string(repository), "url": .string(url),
                "tag": tag.map(JSONTree.string),
            ]),
            "request": [
                "id": "6df24a34-0959-4923-81ca-14f09767db19", "addr": "192.0.2.17:42961", "host": .string(host),
                "method": "PUT", "useragent": "Go-http-client/1.1",
            ],
            "actor": [:],
            "source": ["addr": "registry-0:5000", "instanceID": "a53db899-3b4b-4a62-a067-8dd013beaca4"],
        ]
    }

    static func envelope(_ events: JSONTree...) -> [UInt8] { (["events": .array(events)] as JSONTree).canonicalBytes() }

    static func harbor(
        type: String = "PUSH_ARTIFACT", repository: String = "finance/ledger", tag: String = "1.0",
        digest: String = NotificationBodies.digest, url: String = "harbor.example/finance/ledger:1.0"
    ) -> JSONTree {
        [
            "type": .string(type), "occur_at": 1_680_501_893, "operator": "robot$ci",
            "event_data": harborData(repository: repository, tag: tag, digest: digest, url: url),
        ]
    }

    static func harborCloudEvent(
        type: String = "harbor.artifact.pushed", repository: String = "finance/ledger", tag: String = "1.0",
        digest: String = NotificationBodies.digest
    ) -> JSONTree {
        [
            "specversion": "1.0", "id": "66e18103-09c1-41f6-982f-37df223f3eeb",
            "requestid": "51c0b694-0168-4f3c-b0db-282565455d7b", "source": "/projects/2/webhook/policies/15",
            "type": .string(type), "datacontenttype": "application/json", "time": "2023-04-03T06:04:46Z",
            "operator": "robot$ci",
            "data": harborData(
                repository: repository, tag: tag, digest: digest, url: "harbor.example/finance/ledger:1.0"),
        ]
    }

    private static func harborData(repository: String, tag: String, digest: String, url: String) -> JSONTree {
        [
            "resources": [["digest": .string(digest), "tag": .string(tag), "resource_url": .string(url)]],
            "repository": [
                "date_created": 1_677_053_165, "name": "ledger", "namespace": "finance",
                "repo_full_name": .string(repository), "repo_type": "private",
            ],
        ]
    }

    static func registry(
        _ format: NotificationFormat = .distribution, host: String = "registry.example",
        authentication: [NotificationAuthentication]? = nil, repositories: [String] = ["finance/**"],
        destinations: [NotificationDestination] = []
    ) throws -> NotificationRegistry {
        let ways = authentication ?? [.header(name: "Authorization", value: SharedSecret([secret]))]
        return try NotificationRegistry(
            name: "central", host: #require(RegistryHost(parsing: host)), format: format, authentication: ways,
            repositories: repositories.map { try Glob($0) }, destinations: destinations)
    }
}
