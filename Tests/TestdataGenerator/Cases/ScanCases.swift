import Content
import OCI
import StrictEncoding

/// Scans, and VEX that clears what they found; judged by policies/no-critical.
func scanCases(_ world: World) -> [Case] { ScanCases(world: world).all }

private struct ScanCases {
    let world: World

    private static let scanType = "https://cosign.sigstore.dev/attestation/vuln/v1"
    private static let vexType = "https://openvex.dev/ns/v0.2.0"
    private static let log4j = "pkg:maven/org.apache.logging.log4j/log4j-core@2.14.1"

    /// A finding as Trivy writes it.
    struct Hit {
        var id: String
        var severity: String? = "CRITICAL"
        var fixed: String?
        var published = "2026-11-18T08:00:00Z"

        var json: JSONTree {
            JSONTree(members: [
                "VulnerabilityID": .string(id), "PkgName": "log4j-core", "InstalledVersion": "2.14.1",
                "PkgIdentifier": ["PURL": .string(ScanCases.log4j)], "Severity": severity.map(JSONTree.string),
                "FixedVersion": fixed.map(JSONTree.string), "PublishedDate": .string(published),
            ])
        }
    }

    var all: [Case] {
        let critical = Hit(id: "CVE-2026-1001")
        return [
            scanned(
                "clean", "Scanned this morning; nothing but what waits for its fix.",
                [Hit(id: "CVE-2026-1002", severity: "HIGH", fixed: "2.17.1")]),
            build("absent_fail", "Signed, and nobody scanned it.", "vulnerability.no-scan") { _, _ in },
            build(
                "unsigned_fail", "The report lies with the image, and nobody signed it.", "vulnerability.no-scan",
                refused: ["evidence.unknown-type"]
            ) {
                layout, children in
                for child in children {
                    let report = layout.store(
                        report([], of: child, finished: Self.thisMorning).canonicalBytes(), as: "application/json")
                    layout.store(VerifiedContent.emptyValue.bytes, as: .ociEmpty)
                    layout.list(
                        layout.store(
                            ImageManifest.artifactBytes(
                                artifactType: "application/json", layers: [report], subject: child), as: .ociManifest))
                }
            },
            scanned(
                "wrong-signer_fail", "A clean report by a key that is trusted for VEX only.", [],
                "vulnerability.no-allowed-signer", by: "corporate"),
            scanned(
                "another-digest_fail", "The statement names the image, the report another one.", [],
                "vulnerability.scans-another", of: Digest(of: Array("another image".utf8))),
            scanned(
                "stale_fail", "Scanned ten days before the decision.", [], "vulnerability.scan-too-old",
                finished: "2026-11-10T09:00:00Z"),
            scanned(
                "no-time_fail", "The report does not say when the scan ended.", [], "evidence.no-signed-time",
                finished: nil),
            scanned("critical_fail", "A critical vulnerability without a fix.", [critical], "vulnerability.too-severe"),
            scanned(
                "unrated_fail", "A vulnerability that nobody has rated may be the worst.",
                [Hit(id: "CVE-2026-1003", severity: nil)], "vulnerability.too-severe"),
            scanned(
                "fix-overdue_fail", "A minor vulnerability that could have been fixed a month ago.",
                [Hit(id: "CVE-2026-1004", severity: "LOW", fixed: "2.17.1", published: "2026-10-01T08:00:00Z")],
                "vulnerability.fix-overdue"),
            vex(
                "vex-clears", "Critical, and the security team says that its code is not reached.", critical,
                by: "corporate"),
            vex(
                "vex-by-another_fail", "The same, by a key that is trusted for scans only.", critical,
                "vulnerability.too-severe", by: "pipeline"),
            vex(
                "vex-of-another-vulnerability_fail", "The security team speaks of another vulnerability.", critical,
                "vulnerability.too-severe", by: "corporate", about: "CVE-2026-1999"),
            vex(
                "vex-affected_fail", "The security team says that the image is affected.", critical,
                "vulnerability.too-severe", by: "corporate", status: "affected"),
            vex(
                "vex-of-tomorrow_fail", "A statement of a time that is not there yet.", critical,
                "vulnerability.too-severe", by: "corporate", at: "2026-11-21T00:00:00Z"),
        ]
    }

    private static let thisMorning = "2026-11-20T06:00:00Z"

    private func scanned(
        _ name: String, _ why: String, _ hits: [Hit], _ reason: String? = nil, by key: String = "pipeline",
        of digest: Digest? = nil, finished: String? = thisMorning
    ) -> Case {
        build(name, why, reason) { layout, children in
            for child in children {
                world.attest(
                    report(hits, of: child, as: digest, finished: finished), type: Self.scanType, about: child, by: key,
                    in: &layout)
            }
        }
    }

    private func vex(
        _ name: String, _ why: String, _ hit: Hit, _ reason: String? = nil, by key: String, about id: String? = nil,
        status: String = "not_affected", at time: String = "2026-11-19T12:00:00Z"
    ) -> Case {
        build(name, why, reason) { layout, children in
            for child in children {
                world.attest(
                    report([hit], of: child, finished: Self.thisMorning), type: Self.scanType, about: child,
                    by: "pipeline", in: &layout)
                let document: JSONTree = [
                    "@context": .string(Self.vexType), "@id": "https://registry.example/vex/2026-1",
                    "author": "security@registry.example", "timestamp": .string(time), "version": 1,
                    "statements": [
                        JSONTree(members: [
                            "vulnerability": ["name": .string(id ?? hit.id)],
                            "products": [
                                [
                                    "@id": .string(
                                        "pkg:oci/ledger@"
                                            + child.digest.description.split(separator: ":").joined(separator: "%3A")),
                                    "subcomponents": [["@id": .string(Self.log4j)]],
                                ]
                            ],
                            "status": .string(status),
                            "justification": status == "not_affected" ? "vulnerable_code_not_in_execute_path" : nil,
                            "action_statement": status == "affected" ? "upgrade in the next release" : nil,
                        ])
                    ],
                ]
                world.attest(document, type: Self.vexType, about: child, by: key, in: &layout)
            }
        }
    }

    private func report(
        _ hits: [Hit], of child: Descriptor, as digest: Digest? = nil, finished: String?
    ) -> JSONTree {
        JSONTree(members: [
            "invocation": ["uri": "https://ci.example/scans/1"],
            "scanner": [
                "uri": "trivy", "version": "0.58.0", "db": ["uri": "registry.example/trivy-db", "version": "2"],
                "result": [
                    "SchemaVersion": 2, "ArtifactName": "registry.example/apps/ledger",
                    "Metadata": [
                        "RepoDigests": [.string("registry.example/apps/ledger@\(digest ?? child.digest)")]
                    ],
                    "Results": [
                        ["Target": "app/ledger", "Class": "lang-pkgs", "Vulnerabilities": .array(hits.map(\.json))]
                    ],
                ],
            ],
            "metadata": finished.map {
                ["scanStartedOn": .string($0), "scanFinishedOn": .string($0)]
            } ?? ["scanStartedOn": .string(Self.thisMorning)],
        ])
    }

    private func build(
        _ name: String, _ why: String, _ reason: String? = nil, refused: [String] = [],
        _ edit: (inout LayoutBuilder, [Descriptor]) -> Void
    ) -> Case {
        var layout = LayoutBuilder()
        let (index, children) = World.index(in: &layout)
        layout.list(index, tag: "v1")
        edit(&layout, children)
        return Case(
            family: "scan", name: name, why: why, layout: layout,
            expect: .init(
                policy: "../policies/no-critical", verdict: reason == nil ? "admit" : "reject", reason: reason,
                refused: refused))
    }
}
