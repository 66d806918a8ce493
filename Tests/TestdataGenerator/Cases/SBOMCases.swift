import Content
import OCI
import Signing
import Simulators
import StrictEncoding

/// SBOMs that say the same in three formats, and what is wrong with them; judged by policies/sbom-required.
func sbomCases(_ world: World) throws -> [Case] {
    try SBOMCases(world: world, form: .cycloneDX).stamped
        + SBOMDocumentForm.allCases.flatMap { SBOMCases(world: world, form: $0).inEveryFormat }
        + SBOMCases(world: world, form: .cycloneDX).once + generationContextCases(world)
        + observedLicenseCases(world)
}

private enum SBOMDocumentForm: String, CaseIterable {
    case cycloneDX = "cyclonedx-1.6"
    case spdx2 = "spdx-2.3"
    case spdx3 = "spdx-3.0"

    var predicateType: String {
        switch self {
        case .cycloneDX: "https://cyclonedx.org/bom/v1.6"
        case .spdx2: "https://spdx.dev/Document/v2.3"
        case .spdx3: "https://spdx.dev/Document/v3.0"
        }
    }
}

/// What an SBOM of a case says, before it is written down in a format.
private struct SBOMFacts {
    struct Component {
        var name: String
        var version: String
        var packageURL: String
        var license: String
        var supplier: String? = "Example"
        /// What a tool saw in it.
        var observed: String?
    }

    var created: String? = "2026-11-19T09:00:00Z"
    /// What it says it describes; nil if it does not state a digest.
    var image: Digest?
    /// From which stages its data was taken: phases of CycloneDX, or names of one's own.
    var phases: [String] = []
    var namedPhases: [String] = []
    var components = [
        Component(name: "left-pad", version: "1.3.0", packageURL: "pkg:npm/left-pad@1.3.0", license: "WTFPL OR MIT"),
        Component(
            name: "log4j-core", version: "2.17.1", packageURL: "pkg:maven/org.apache.logging.log4j/log4j-core@2.17.1",
            license: "Apache-2.0"),
        Component(
            name: "openssl", version: "3.0.15-1~deb12u1",
            packageURL: "pkg:deb/debian/openssl@3.0.15-1~deb12u1?arch=amd64&distro=debian-12", license: "Apache-2.0"),
    ]
}

/// Judged by testdata/policies/sbom-generation-context.yaml, which wants the build or what was built.
private func generationContextCases(_ world: World) -> [Case] {
    func one(
        _ form: SBOMDocumentForm, _ name: String, _ why: String, fails: Bool = true,
        _ change: @escaping (inout SBOMFacts) -> Void
    ) -> Case {
        let cases = SBOMCases(world: world, form: form, policy: "policies/sbom-generation-context.yaml")
        let reason = fails ? "sbom.generation-context-differs" : nil
        return cases.one("generation-context-\(name)", why, reason, change)
    }
    return [
        one(.cycloneDX, "build", "Data from the build and from what it built.", fails: false) {
            $0.phases = ["build", "post-build"]
        },
        one(.spdx3, "build", "Data from what was built, `analyzed` in the words of SPDX 3.", fails: false) {
            $0.phases = ["post-build"]
        },
        one(.spdx2, "build_fail", "SPDX 2 has no field for it, and what a comment says is not read.") {
            $0.phases = ["build"]
        },
        one(.cycloneDX, "unstated_fail", "The SBOM does not say from which stage its data is.") { $0.phases = [] },
        one(.cycloneDX, "also-design_fail", "Some of the data is from before anything was built.") {
            $0.phases = ["build", "design"]
        },
        one(.cycloneDX, "named_fail", "A phase of the document's own, which is called like one that is known.") {
            $0.namedPhases = ["build"]
        },
        one(.spdx3, "deployed_fail", "Data from where it runs.") { $0.phases = ["operations"] },
    ]
}

/// Judged by testdata/policies/sbom-observed-licences.yaml, which denies the AGPL where it is stated or seen.
private func observedLicenseCases(_ world: World) -> [Case] {
    func one(_ name: String, _ why: String, _ reason: String? = nil, observed: String) -> Case {
        SBOMCases(world: world, form: .cycloneDX, policy: "policies/sbom-observed-licences.yaml").one(
            "observed-license-\(name)", why, reason
        ) { $0.components[1].observed = observed }
    }
    return [
        one("permitted", "A tool saw a licence that is not denied.", observed: "BSD-3-Clause"),
        one("choice", "A tool saw a choice, and what may be chosen is not denied.", observed: "AGPL-3.0-only OR MIT"),
        one(
            "denied_fail", "The component says Apache-2.0, and a tool saw the AGPL in it.", "license.denied",
            observed: "AGPL-3.0-only"),
    ]
}

private struct SBOMCases {
    let world: World
    let form: SBOMDocumentForm
    /// Relative to testdata/.
    var policy = "../policies/sbom-required"

    /// The cases of which there is one for each format: the verdict and its reason are the same in all of them.
    var inEveryFormat: [Case] {
        [
            one("admitted", "Fresh, complete, about each platform, and nothing in it is denied."),
            one(
                "denied-component_fail", "A version of a component that the list beside the policy denies.",
                "component.denied"
            ) {
                $0.components[1].version = "2.14.1"
                $0.components[1].packageURL = "pkg:maven/org.apache.logging.log4j/log4j-core@2.14.1"
            },
            one("denied-license_fail", "A component that is to be had under the AGPL only.", "license.denied") {
                $0.components[0].license = "AGPL-3.0-only"
            },
            one("stale_fail", "Made forty days before the decision.", "sbom.too-old") {
                $0.created = "2026-10-11T12:00:00Z"
            },
            one(
                "another-digest_fail", "The statement names the image, the SBOM itself another one.",
                "sbom.describes-another"
            ) {
                $0.image = Digest(of: Array("another image".utf8))
            },
            one("no-digest_fail", "The SBOM does not state the digest of what it describes.", "sbom.subject-not-stated")
            {
                $0.image = nil
            },
            one("no-supplier_fail", "Nobody says who supplies the components.", "sbom.element-missing") {
                for index in $0.components.indices { $0.components[index].supplier = nil }
            },
        ]
    }

    /// The cases for which one format is enough.
    var once: [Case] {
        [
            build("absent_fail", "Signed, and nobody says what is in it.", "sbom.none") { _, _, _ in },
            build(
                "unsigned_fail", "An SBOM under cosign's tag, which nobody signed.", "sbom.none",
                refused: ["evidence.unsigned"]
            ) {
                layout, index, children in
                let document = layout.store(
                    bytes(SBOMFacts(image: children[0].digest)), as: "application/vnd.cyclonedx+json")
                layout.store(VerifiedContent.emptyValue.bytes, as: .ociEmpty)
                let manifest = ImageManifest.artifactBytes(
                    artifactType: "application/vnd.cyclonedx+json", layers: [document], subject: nil)
                layout.list(layout.store(manifest, as: .ociManifest), tag: "sha256-\(index.digest.hex).sbom")
            },
            build(
                "wrong-signer_fail", "A right SBOM by a key that is trusted for signatures only.",
                "sbom.no-allowed-signer"
            ) { layout, _, children in
                attach(to: children, by: "corporate", in: &layout)
            },
            build(
                "stranger_fail", "A right SBOM by a key that nobody trusts.", "sbom.none",
                refused: ["signature.no-key-matches"]
            ) { layout, _, children in
                attach(to: children, by: "stranger", in: &layout)
            },
            build(
                "one-platform_fail", "An SBOM of one of two platforms.", "sbom.none"
            ) { layout, _, children in
                attach(to: Array(children.prefix(1)), by: "pipeline", in: &layout)
            },
            build(
                "platforms-swapped_fail", "Each platform has the SBOM of the other.", "sbom.describes-another"
            ) { layout, _, children in
                for (subject, described) in zip(children, children.reversed()) {
                    attest(SBOMFacts(image: described.digest), about: subject, by: "pipeline", in: &layout)
                }
            },
            build(
                "on-index", "One SBOM of the index, which says so: it covers the platforms."
            ) { layout, index, _ in
                attest(SBOMFacts(image: index.digest), about: index, by: "pipeline", in: &layout)
            },
            build(
                "stale-renewed_fail", "The SBOM of last month beside a signature of the image made today.",
                "sbom.too-old"
            ) { layout, index, children in
                world.sign(index, by: "pipeline", in: &layout)
                attach(to: children, by: "pipeline", in: &layout) { $0.created = "2026-10-11T12:00:00Z" }
            },
            build(
                "no-time_fail", "The SBOM does not say when it was made.", "evidence.no-signed-time"
            ) { layout, _, children in
                attach(to: children, by: "pipeline", in: &layout) { $0.created = nil }
            },
            build(
                "nothing-listed_fail", "The SBOM lists nothing, so nothing depends on anything either.",
                "sbom.element-missing"
            ) { layout, _, children in
                attach(to: children, by: "pipeline", in: &layout) { $0.components = [] }
            },
            build(
                "malformed_fail", "The predicate says CycloneDX and has no version.", "sbom.invalid"
            ) { layout, _, children in
                for child in children {
                    world.attest(
                        ["bomFormat": "CycloneDX"], type: form.predicateType, about: child, by: "pipeline", in: &layout)
                }
            },
        ]
    }

    /// An hour before the decision somebody had the signatures stamped. That proves that they are no newer, and makes no old
    /// SBOM new.
    var stamped: [Case] {
        get throws {
            let stamp = TimeStamp(clock: try SimulatedTSA(), time: "2026-11-20T11:00:00Z")
            return [
                build(
                    "stale-stamped_fail", "Made forty days before the decision, and its signature stamped today.",
                    "sbom.too-old", stamp: stamp
                ) { layout, _, children in
                    attach(to: children, by: "pipeline", in: &layout, stamp: stamp) {
                        $0.created = "2026-10-11T12:00:00Z"
                    }
                },
                build("stamped", "Made yesterday, and its signature stamped today.", stamp: stamp) {
                    layout, _, children in
                    attach(to: children, by: "pipeline", in: &layout, stamp: stamp)
                },
            ]
        }
    }

    func one(
        _ name: String, _ why: String, _ reason: String? = nil, _ change: (inout SBOMFacts) -> Void = { _ in }
    ) -> Case {
        let suffix = name.hasSuffix("_fail") ? "_fail" : ""
        let stem = name.dropLast(suffix.count)
        return build("\(stem)-\(form.rawValue)\(suffix)", why, reason) { layout, _, children in
            attach(to: children, by: "pipeline", in: &layout, change)
        }
    }

    private func build(
        _ name: String, _ why: String, _ reason: String? = nil, refused: [String] = [], stamp: TimeStamp? = nil,
        _ edit: (inout LayoutBuilder, Descriptor, [Descriptor]) -> Void
    ) -> Case {
        var layout = LayoutBuilder()
        let (index, children) = World.index(in: &layout)
        layout.list(index, tag: "v1")
        world.sign(index, by: "corporate", in: &layout)
        edit(&layout, index, children)
        return Case(
            family: "sbom", name: name, why: why, files: stamp.map { ["trusted_root.json": $0.root] } ?? [:],
            layout: layout,
            expect: .init(
                policy: policy, trustedRoots: stamp == nil ? [] : ["trusted_root.json"],
                verdict: reason == nil ? "admit" : "reject", reason: reason,
                refused: refused))
    }

    /// An SBOM for each child, about that child.
    private func attach(
        to children: [Descriptor], by key: String, in layout: inout LayoutBuilder, stamp: TimeStamp? = nil,
        _ change: (inout SBOMFacts) -> Void = { _ in }
    ) {
        for child in children {
            var facts = SBOMFacts(image: child.digest)
            change(&facts)
            attest(facts, about: child, by: key, in: &layout, stamp: stamp)
        }
    }

    private func attest(
        _ facts: SBOMFacts, about subject: Descriptor, by key: String, in layout: inout LayoutBuilder,
        stamp: TimeStamp? = nil
    ) {
        world.attest(
            document(facts), type: form.predicateType, about: subject, by: key, in: &layout, stamp: stamp)
    }

    private func bytes(_ facts: SBOMFacts) -> [UInt8] { document(facts).canonicalBytes() }

    private func document(_ facts: SBOMFacts) -> JSONTree {
        switch form {
        case .cycloneDX: facts.cycloneDX
        case .spdx2: facts.spdx2
        case .spdx3: facts.spdx3
        }
    }
}

// MARK: Formats

extension SBOMFacts {
    /// The package URL of the image; without a digest it names a tag.
    private var imageURL: String {
        let digest = image.map { "@" + $0.description.split(separator: ":").joined(separator: "%3A") } ?? ""
        return "pkg:oci/ledger\(digest)?repository_url=registry.example/apps/ledger"
    }

    private var lifecycles: JSONTree? {
        let all: [JSONTree] =
            phases.map { ["phase": .string($0)] }
            + namedPhases.map { ["name": .string($0), "description": "Our own."] }
        return all.isEmpty ? nil : .array(all)
    }

    /// `SbomType` of SPDX 3.
    private var sbomTypes: [String] {
        let types = ["pre-build": "source", "post-build": "analyzed", "operations": "deployed"]
        return phases.map { types[$0] ?? $0 }
    }

    /// ECMA-424.
    fileprivate var cycloneDX: JSONTree {
        [
            "bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1,
            "metadata": JSONTree(members: [
                "timestamp": created.map(JSONTree.string), "lifecycles": lifecycles,
                "tools": ["components": [["type": "application", "name": "listmaker", "version": "1.0.0"]]],
                "component": [
                    "type": "container", "bom-ref": "image", "name": "ledger", "purl": .string(imageURL),
                ],
            ]),
            "components": .array(
                components.map { component in
                    JSONTree(members: [
                        "type": "library", "bom-ref": .string(component.name), "name": .string(component.name),
                        "version": .string(component.version), "purl": .string(component.packageURL),
                        "licenses": [["expression": .string(component.license)]],
                        "supplier": component.supplier.map { ["name": .string($0)] },
                        "evidence": component.observed.map { ["licenses": [["expression": .string($0)]]] },
                    ])
                }),
            "dependencies": [
                ["ref": "image", "dependsOn": JSONTree(strings: components.map(\.name))]
            ],
        ]
    }

    /// SPDX 2.3, clauses 6 to 11.
    fileprivate var spdx2: JSONTree {
        func package(_ id: String, _ name: String, _ url: String, more: [ExactString: JSONTree]) -> JSONTree {
            var members: [ExactString: JSONTree] = [
                "SPDXID": .string("SPDXRef-" + id), "name": .string(name), "downloadLocation": "NOASSERTION",
                "filesAnalyzed": false,
                "externalRefs": [
                    [
                        "referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl",
                        "referenceLocator": .string(url),
                    ]
                ],
            ]
            for (key, value) in more { members[key] = value }
            return .object(members)
        }
        let image = package("image", "ledger", imageURL, more: ["primaryPackagePurpose": "CONTAINER"])
        let listed = components.map { component in
            package(
                component.name, component.name, component.packageURL,
                more: [
                    "versionInfo": .string(component.version), "licenseDeclared": .string(component.license),
                    "licenseConcluded": "NOASSERTION",
                    "supplier": .string(component.supplier.map { "Organization: " + $0 } ?? "NOASSERTION"),
                ])
        }
        func relationship(_ from: String, _ kind: String, _ to: String) -> JSONTree {
            [
                "spdxElementId": .string("SPDXRef-" + from), "relationshipType": .string(kind),
                "relatedSpdxElement": .string("SPDXRef-" + to),
            ]
        }
        return [
            "spdxVersion": "SPDX-2.3", "dataLicense": "CC0-1.0", "SPDXID": "SPDXRef-DOCUMENT", "name": "ledger",
            "documentNamespace": "https://registry.example/spdx/ledger-1",
            "creationInfo": JSONTree(members: [
                "created": created.map(JSONTree.string),
                "creators": ["Tool: listmaker-1.0.0", "Organization: Example"],
                "comment": phases.first.map { .string("Generation context: \($0)") },
            ]),
            "packages": .array([image] + listed),
            "relationships": .array(
                [relationship("DOCUMENT", "DESCRIBES", "image")]
                    + components.map { relationship("image", "CONTAINS", $0.name) }),
        ]
    }

    /// SPDX 3.0.1, Core and Software profiles, serialised as its JSON-LD context has it.
    fileprivate var spdx3: JSONTree {
        let base = "https://registry.example/spdx3/"
        func element(_ type: String, _ id: String, _ more: [ExactString: JSONTree]) -> JSONTree {
            var members: [ExactString: JSONTree] = [
                "type": .string(type), "spdxId": .string(base + id), "creationInfo": "_:creation",
            ]
            for (key, value) in more { members[key] = value }
            return .object(members)
        }
        func relationship(_ from: String, _ kind: String, _ to: [String]) -> JSONTree {
            element(
                "Relationship", "\(from)-\(kind)",
                [
                    "from": .string(base + from), "relationshipType": .string(kind),
                    "to": JSONTree(strings: to.map { base + $0 }),
                ])
        }
        var graph: [JSONTree] = [
            JSONTree(members: [
                "type": "CreationInfo", "@id": "_:creation", "specVersion": "3.0.1",
                "created": created.map(JSONTree.string), "createdBy": [.string(base + "example")],
                "createdUsing": [.string(base + "listmaker")],
            ]),
            element("Organization", "example", ["name": "Example"]),
            element("Tool", "listmaker", ["name": "listmaker"]),
            element(
                "SpdxDocument", "document",
                ["rootElement": [.string(base + "sbom")], "profileConformance": ["core", "software"]]),
            element(
                "software_Sbom", "sbom",
                phases.isEmpty
                    ? ["rootElement": [.string(base + "image")]]
                    : [
                        "rootElement": [.string(base + "image")],
                        "software_sbomType": JSONTree(strings: sbomTypes),
                    ]),
            element(
                "software_Package", "image",
                [
                    "name": "ledger", "software_primaryPurpose": "container",
                    "software_packageUrl": .string(imageURL),
                ]),
            relationship("image", "contains", components.map(\.name)),
        ]
        for component in components {
            var members: [ExactString: JSONTree] = [
                "name": .string(component.name), "software_packageVersion": .string(component.version),
                "software_packageUrl": .string(component.packageURL),
            ]
            if component.supplier != nil { members["suppliedBy"] = .string(base + "example") }
            graph.append(element("software_Package", component.name, members))
            graph.append(
                element(
                    "simplelicensing_LicenseExpression", component.name + "-license",
                    ["simplelicensing_licenseExpression": .string(component.license)]))
            graph.append(relationship(component.name, "hasDeclaredLicense", [component.name + "-license"]))
        }
        return ["@context": "https://spdx.org/rdf/3.0.1/spdx-context.jsonld", "@graph": .array(graph)]
    }
}
