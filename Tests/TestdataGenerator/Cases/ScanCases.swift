import Content
import OCI
import Simulators
import StrictEncoding

/// Scans, and VEX that clears what they found; judged by policies/no-critical.
func scanCases(_ world: World) throws -> [Case] {
    let cases = ScanCases(world: world)
    return try cases.all + cases.byNotation + cases.stamped
}

private struct ScanCases {
    let world: World

    private static let scanType = "https://cosign.sigstore.dev/attestation/vuln/v1"
    fileprivate static let openVEX = "https://openvex.dev/ns/v0.2.0"
    fileprivate static let log4j = "pkg:maven/org.apache.logging.log4j/log4j-core@2.14.1"

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
        assessed(name, why, hit, reason, saying: [Assessment(id: id ?? hit.id, status: status, time: time, key: key)])
    }

    /// What somebody says of a vulnerability in an image, before it is written down in a notation.
    struct Assessment {
        enum Form { case openVEX, cycloneDX, csaf }
        var id: String
        var status = "not_affected"
        var time = "2026-11-19T12:00:00Z"
        var key = "corporate"
        var form = Form.openVEX
    }

    /// A scan by the pipeline that found one thing, and what is said of it.
    private func assessed(
        _ name: String, _ why: String, _ hit: Hit, _ reason: String? = nil, saying assessments: [Assessment]
    ) -> Case {
        build(name, why, reason) { layout, children in
            for child in children {
                world.attest(
                    report([hit], of: child, finished: Self.thisMorning), type: Self.scanType, about: child,
                    by: "pipeline", in: &layout)
                for said in assessments {
                    world.attest(
                        said.document(about: child.digest), type: said.type, about: child, by: said.key, in: &layout)
                }
            }
        }
    }

    /// Who says what, when, and in which notation.
    var byNotation: [Case] {
        let hit = Hit(id: "CVE-2026-1001")
        let harmless = Assessment(id: hit.id)
        func later(_ status: String, by key: String) -> Assessment {
            Assessment(id: hit.id, status: status, time: "2026-11-20T07:00:00Z", key: key)
        }
        return [
            assessed(
                "vex-in-csaf", "The same, as an advisory of CSAF.", hit, saying: [Assessment(id: hit.id, form: .csaf)]),
            assessed(
                "vex-in-cyclonedx", "The same, as the analysis in a CycloneDX document.", hit,
                saying: [Assessment(id: hit.id, form: .cycloneDX)]),
            assessed(
                "vex-overruled_fail", "The security team has thought better of it since.", hit,
                "vulnerability.too-severe", saying: [harmless, later("affected", by: "corporate")]),
            assessed(
                "vex-not-overruled-by-another",
                "Somebody else says later that it is affected: whose VEX does not count overrules nobody.", hit,
                saying: [harmless, later("affected", by: "pipeline")]),
            assessed(
                "vex-overruled-by-another_fail",
                "The security team says that it is affected, and somebody else says later that it is not.", hit,
                "vulnerability.too-severe",
                saying: [
                    Assessment(id: hit.id, status: "affected"), later("not_affected", by: "pipeline"),
                ]),
            assessed(
                "vex-too-old_fail", "The security team said so in spring.", hit, "vulnerability.too-severe",
                saying: [Assessment(id: hit.id, time: "2026-04-01T12:00:00Z")]),
        ]
    }

    /// An hour before the decision somebody had the signature of the report stamped.
    var stamped: [Case] {
        get throws {
            let stamp = TimeStamp(clock: try SimulatedTSA(), time: "2026-11-20T11:00:00Z")
            return [
                build(
                    "stale-stamped_fail", "Scanned ten days before the decision, and the signature stamped today.",
                    "vulnerability.scan-too-old", stamp: stamp
                ) { layout, children in
                    for child in children {
                        world.attest(
                            report([], of: child, finished: "2026-11-10T09:00:00Z"), type: Self.scanType, about: child,
                            by: "pipeline", in: &layout, stamp: stamp)
                    }
                }
            ]
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
        _ name: String, _ why: String, _ reason: String? = nil, refused: [String] = [], stamp: TimeStamp? = nil,
        _ edit: (inout LayoutBuilder, [Descriptor]) -> Void
    ) -> Case {
        var layout = LayoutBuilder()
        let (index, children) = World.index(in: &layout)
        layout.list(index, tag: "v1")
        edit(&layout, children)
        return Case(
            family: "scan", name: name, why: why, files: stamp.map { ["trusted_root.json": $0.root] } ?? [:],
            layout: layout,
            expect: .init(
                policy: "../policies/no-critical", trustedRoots: stamp == nil ? [] : ["trusted_root.json"],
                verdict: reason == nil ? "admit" : "reject", reason: reason,
                refused: refused))
    }
}

// MARK: Notations

extension ScanCases.Assessment {
    fileprivate var type: String {
        switch form {
        case .openVEX: ScanCases.openVEX
        case .cycloneDX: "https://cyclonedx.org/bom/v1.6"
        case .csaf: "https://docs.oasis-open.org/csaf/csaf/v2.0/csaf_json_schema.json"
        }
    }

    fileprivate func document(about image: Digest) -> JSONTree {
        let url = "pkg:oci/ledger@" + image.description.split(separator: ":").joined(separator: "%3A")
        return switch form {
        case .openVEX: openVEX(url)
        case .cycloneDX: cycloneDX(url)
        case .csaf: csaf(url)
        }
    }

    private func openVEX(_ image: String) -> JSONTree {
        [
            "@context": .string(ScanCases.openVEX), "@id": "https://registry.example/vex/2026-1",
            "author": "security@registry.example", "timestamp": .string(time), "version": 1,
            "statements": [
                JSONTree(members: [
                    "vulnerability": ["name": .string(id)],
                    "products": [
                        ["@id": .string(image), "subcomponents": [["@id": .string(ScanCases.log4j)]]]
                    ],
                    "status": .string(status),
                    "justification": status == "not_affected" ? "vulnerable_code_not_in_execute_path" : nil,
                    "action_statement": status == "affected" ? "upgrade in the next release" : nil,
                ])
            ],
        ]
    }

    /// `vulnerabilities[].analysis` (ECMA-424); only for what does no harm.
    private func cycloneDX(_ image: String) -> JSONTree {
        [
            "bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1,
            "metadata": [
                "timestamp": .string(time),
                "component": ["type": "container", "bom-ref": "image", "name": "ledger", "purl": .string(image)],
            ],
            "components": [
                [
                    "type": "library", "bom-ref": "log4j-core", "name": "log4j-core", "version": "2.14.1",
                    "purl": .string(ScanCases.log4j),
                ]
            ],
            "vulnerabilities": [
                [
                    "id": .string(id),
                    "analysis": ["state": "not_affected", "justification": "code_not_reachable"],
                    "affects": [["ref": "log4j-core"]],
                ]
            ],
        ]
    }

    /// CSAF 2.0, profile VEX (section 4.5); only for what does no harm.
    private func csaf(_ image: String) -> JSONTree {
        func product(_ id: String, _ url: String) -> JSONTree {
            [
                "product_id": .string(id), "name": .string(id),
                "product_identification_helper": ["purl": .string(url)],
            ]
        }
        return [
            "document": [
                "category": "csaf_vex", "csaf_version": "2.0", "title": "log4j-core in ledger",
                "publisher": [
                    "category": "vendor", "name": "Example security team", "namespace": "https://registry.example",
                ],
                "tracking": [
                    "id": "2026-1", "status": "final", "version": "1", "initial_release_date": .string(time),
                    "current_release_date": .string(time),
                    "revision_history": [["date": .string(time), "number": "1", "summary": "first"]],
                ],
            ],
            "product_tree": [
                "full_product_names": [product("ledger", image), product("log4j-core", ScanCases.log4j)],
                "relationships": [
                    [
                        "category": "default_component_of", "product_reference": "log4j-core",
                        "relates_to_product_reference": "ledger",
                        "full_product_name": ["product_id": "log4j-core-in-ledger", "name": "log4j-core in ledger"],
                    ]
                ],
            ],
            "vulnerabilities": [
                [
                    "cve": .string(id), "product_status": ["known_not_affected": ["log4j-core-in-ledger"]],
                    "flags": [
                        [
                            "label": "vulnerable_code_not_in_execute_path",
                            "product_ids": ["log4j-core-in-ledger"],
                        ]
                    ],
                ]
            ],
        ]
    }
}
