import AdmissionPolicy
import Content
import Findings
import SBOM
import StrictEncoding
import Testing

extension PolicyText {
    static func components(
        _ lists: String, match: String = "all", on: String = "image", by: String = "{atLeast: 1, of: [pipeline]}"
    ) -> String {
        """
        - id: made-of
          on: \(on)
          components: {by: \(by), match: \(match), \(lists)}
        """
    }
}

@Suite struct ComponentRuleTests {
    private static let log4j = #"{package: "pkg:maven/org.apache.logging.log4j/log4j-core", reason: CVE-2021-44228}"#

    private func evaluate(_ rule: String, _ attestations: AttestationFacts...) throws -> PolicyEvaluation {
        try judge(rule, try Facts.admitted { $0.attestations = attestations })
    }

    private func evaluate(_ rule: String, _ components: String...) throws -> PolicyEvaluation {
        try evaluate(rule, Facts.sbom(Facts.bom(components)))
    }

    @Test func namesTheDeniedComponentItsPlaceAndWhy() throws {
        let rule = PolicyText.components("deny: [\(Self.log4j)], unidentified: reject")
        expectAdmit(try evaluate(rule, Facts.Component.leftPad))
        let evaluation = try evaluate(rule, Facts.Component.leftPad, Facts.Component.log4j)
        expectReject(evaluation, "component.denied")
        let finding = try #require(evaluation.findings.first)
        #expect(
            finding.message
                == "matched signer and number of components; `log4j-core` 2.14.1 at /components/1 is denied by "
                + "`pkg:maven/org.apache.logging.log4j/log4j-core` (CVE-2021-44228)")
        #expect(finding.found == "`log4j-core` 2.14.1 at /components/1")
        #expect(finding.rule == "payments/finance#made-of")
        #expect(finding.mend == "remove `log4j-core` from the image, or replace it; it misses nothing else")
    }

    @Test func deniesPackagesHoweverTheyAreWritten() throws {
        let rule = PolicyText.components(#"deny: [{package: "pkg:pypi/foo-bar"}], unidentified: reject"#)
        for purl in ["pkg:pypi/Foo_Bar@1", "PKG:PyPI/foo-bar", "pkg://pypi/foo%2Dbar@1?x=y", "pkg:pypi/foo-bar#sub"] {
            expectReject(try evaluate(rule, Facts.Component.named("x", "1", purl: purl)), "component.denied")
        }
        expectAdmit(try evaluate(rule, Facts.Component.named("foo-bar", "1", purl: "pkg:npm/foo-bar@1")))
    }

    @Test func deniesComponentsInsideOfOthers() throws {
        let rule = PolicyText.components("deny: [\(Self.log4j)], unidentified: allow")
        let outer = Facts.Component.named("app", "1", more: #", "components": [\#(Facts.Component.log4j)]"#)
        let evaluation = try evaluate(rule, outer)
        expectReject(evaluation, "component.denied")
        #expect(evaluation.findings.first?.message.contains("/components/0/components/0") == true)
    }

    @Test func deniesByNameAndSupplier() throws {
        let named = PolicyText.components(#"deny: [{name: "log4j*"}, {name: "org.apache/xz"}, {supplier: "Evil *"}]"#)
        expectReject(try evaluate(named, Facts.Component.named("log4j-api")), "component.denied")
        expectReject(
            try evaluate(named, Facts.Component.named("xz", more: #", "group": "org.apache""#)), "component.denied")
        expectReject(
            try evaluate(named, Facts.Component.named("x", more: #", "supplier": {"name": "Evil Corp"}"#)),
            "component.denied")
        expectReject(
            try evaluate(named, Facts.Component.named("x", more: #", "publisher": "Evil Corp""#)), "component.denied")
        expectAdmit(try evaluate(named, Facts.Component.named("xz")))
    }

    /// Lists of packages are looked up first, without reading a component.
    @Test func aPackageThatIsNotListedHidesNeitherNameNorSupplier() throws {
        let listed = #"[{package: "pkg:npm/other"}, {name: left-pad}, {supplier: "Evil *"}]"#
        let deny = PolicyText.components("deny: \(listed), unidentified: reject")
        expectReject(try evaluate(deny, Facts.Component.leftPad), "component.denied")
        let supplied = Facts.Component.named(
            "x", "1", purl: "pkg:npm/x@1", more: #", "supplier": {"name": "Evil Corp"}"#)
        expectReject(try evaluate(deny, supplied), "component.denied")
        expectAdmit(try evaluate(deny, Facts.Component.named("x", "1", purl: "pkg:npm/x@1")))
        let require = PolicyText.components("require: \(listed)")
        expectAdmit(
            try evaluate(
                require, Facts.Component.leftPad, supplied, Facts.Component.named("other", purl: "pkg:npm/other")))
    }

    @Test func deniesVersionsAndNamesTheOneToUpgradeTo() throws {
        let package = #"package: "pkg:maven/org.apache.logging.log4j/log4j-core""#
        func component(_ version: String) -> String {
            Facts.Component.named(
                "log4j-core", version, purl: "pkg:maven/org.apache.logging.log4j/log4j-core@\(version)")
        }
        func rule(_ versions: String) -> String {
            PolicyText.components("deny: [{\(package), versions: \"\(versions)\"}], unidentified: reject")
        }
        let range = "vers:maven/>=2.0.0|<2.17.1"
        let evaluation = try evaluate(rule(range), component("2.14.1"))
        expectReject(evaluation, "component.denied")
        #expect(
            evaluation.findings.first?.mend == "upgrade `log4j-core` to 2.17.1 or later; it misses nothing else")
        #expect(evaluation.findings.first?.message.contains("log4j-core vers:maven/>=2.0.0|<2.17.1`") == true)
        for version in ["1.2.17", "2.17.1", "2.20"] { expectAdmit(try evaluate(rule(range), component(version))) }
        for (versions, mend) in [
            ("vers:maven/<=2.17.0", "a version after 2.17.0"), ("vers:maven/<2.15.0|>=2.16.0|<2.17.1", "2.15.0"),
            ("vers:maven/2.14.1", "a version that is not listed"),
        ] {
            let evaluation = try evaluate(rule(versions), component("2.14.1"))
            #expect(
                evaluation.findings.first?.mend == "upgrade `log4j-core` to \(mend); it misses nothing else")
        }
        let everything = try evaluate(rule("vers:maven/>=2.0.0"), component("2.14.1"))
        #expect(everything.findings.first.map { $0.mend.hasPrefix("remove `log4j-core`") } == true)
    }

    @Test func nobodyEscapesByNotStatingTheVersion() throws {
        let item = #"{package: "pkg:npm/left-pad", versions: "vers:npm/<1.3.0"}"#
        let deny = PolicyText.components("deny: [\(item)], unidentified: reject")
        for purl in ["pkg:npm/left-pad", "pkg:npm/left-pad@latest%20one"] {
            expectReject(
                try evaluate(deny, Facts.Component.named("left-pad", purl: purl)), "component.version-unknown")
        }
        // Where the package URL has none, the component's own counts.
        expectReject(
            try evaluate(deny, Facts.Component.named("left-pad", "1.2.0", purl: "pkg:npm/left-pad")),
            "component.denied")
        expectAdmit(try evaluate(deny, Facts.Component.leftPad))
        // It is none that is allowed or required either.
        let bare = Facts.Component.named("left-pad", purl: "pkg:npm/left-pad")
        expectReject(try evaluate(PolicyText.components("allow: [\(item)]"), bare), "component.not-allowed")
        expectReject(try evaluate(PolicyText.components("require: [\(item)]"), bare), "component.missing")
    }

    @Test func epochsOfPackagesCount() throws {
        let rule = PolicyText.components(
            #"deny: [{package: "pkg:rpm/fedora/x", versions: "vers:rpm/<1:1.0"}], unidentified: reject"#)
        expectReject(
            try evaluate(rule, Facts.Component.named("x", purl: "pkg:rpm/fedora/x@2.0-1")), "component.denied")
        expectAdmit(try evaluate(rule, Facts.Component.named("x", purl: "pkg:rpm/fedora/x@2.0-1?epoch=1")))
    }

    @Test func rejectsComponentsThatMayBeDeniedOnes() throws {
        let reject = PolicyText.components("deny: [\(Self.log4j)], unidentified: reject")
        let allow = PolicyText.components("deny: [\(Self.log4j)], unidentified: allow")
        for component in [
            Facts.Component.named("log4j-core", "2.14.1"),
            Facts.Component.named("log4j-core", "2.14.1", purl: "log4j-core@2.14.1"),
        ] {
            expectReject(try evaluate(reject, component), "component.unidentified")
            expectAdmit(try evaluate(allow, component))
        }
    }

    /// In SPDX a package may have several package URLs, and the image is one of the packages.
    @Test func readsEveryPackageURLOfAPackageAndLeavesTheImageOut() throws {
        func document(_ urls: String..., purpose: String = "CONTAINER") -> String {
            let references = urls.map {
                #"{"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl", "referenceLocator": "\#($0)"}"#
            }.joined(separator: ", ")
            return """
                {"spdxVersion": "SPDX-2.3", "SPDXID": "SPDXRef-DOCUMENT", "dataLicense": "CC0-1.0", "name": "ledger",
                 "documentNamespace": "https://registry.example/ledger",
                 "creationInfo": {"created": "2026-11-19T09:00:00Z", "creators": ["Tool: example"]},
                 "packages": [
                   {"SPDXID": "SPDXRef-image", "name": "ledger", "downloadLocation": "NOASSERTION",
                    "primaryPackagePurpose": "\(purpose)"},
                   {"SPDXID": "SPDXRef-1", "name": "left-pad", "versionInfo": "1.3.0",
                    "downloadLocation": "NOASSERTION", "externalRefs": [\(references)]}],
                 "relationships": [{"spdxElementId": "SPDXRef-DOCUMENT", "relationshipType": "DESCRIBES",
                   "relatedSpdxElement": "SPDXRef-image"}]}
                """
        }
        let rule = PolicyText.components("deny: [\(Self.log4j)], unidentified: reject")
        func codes(_ document: String) throws -> [String] {
            try evaluate(rule, Facts.sbom(document, type: "https://spdx.dev/Document")).codes
        }
        let leftPad = "pkg:npm/left-pad@1.3.0"
        #expect(try codes(document(leftPad)) == [])
        // Any of several may be the denied one, and one that can't be read may be too.
        #expect(
            try codes(document(leftPad, "pkg:maven/org.apache.logging.log4j/log4j-core@2.14.1")) == ["component.denied"]
        )
        #expect(try codes(document(leftPad, "log4j-core@2.14.1")) == ["component.unidentified"])
        // What is described and is no container image is a component like the others.
        #expect(try codes(document(leftPad, purpose: "APPLICATION")) == ["component.unidentified"])
    }

    @Test func admitsAllowedComponentsOnly() throws {
        let rule = PolicyText.components(#"allow: [{package: "pkg:npm/**"}, {name: app}]"#)
        expectAdmit(try evaluate(rule, Facts.Component.leftPad, Facts.Component.named("app")))
        let evaluation = try evaluate(rule, Facts.Component.leftPad, Facts.Component.log4j)
        expectReject(evaluation, "component.not-allowed")
        #expect(evaluation.findings.first.map { $0.mend.contains("`log4j-core`") } == true)
    }

    @Test func denialBeatsPermission() throws {
        let rule = PolicyText.components(
            "allow: [{package: \"pkg:maven/**\"}], deny: [\(Self.log4j)], unidentified: reject")
        expectReject(try evaluate(rule, Facts.Component.log4j), "component.denied")
    }

    @Test func wantsWhatIsRequired() throws {
        let rule = PolicyText.components(#"require: [{package: "pkg:npm/left-pad"}, {name: agent}]"#)
        expectAdmit(try evaluate(rule, Facts.Component.leftPad, Facts.Component.named("agent")))
        let evaluation = try evaluate(rule, Facts.Component.leftPad)
        expectReject(evaluation, "component.missing")
        #expect(evaluation.findings.map(\.message).contains { $0.contains("no component is `name agent`") })
    }

    @Test func emptySBOMSatisfiesNoList() throws {
        for lists in ["deny: [{name: x}]", "allow: [{name: x}]", "require: [{name: x}]"] {
            let evaluation = try evaluate(PolicyText.components(lists), Facts.sbom(Facts.bom([])))
            #expect(evaluation.verdict == .reject)
            #expect(evaluation.codes.contains("sbom.too-few-components"))
        }
    }

    @Test func deniedComponentInAnyOfAllSBOMsRejects() throws {
        let clean = try Facts.sbom(Facts.bom([Facts.Component.leftPad]), "a")
        let dirty = try Facts.sbom(Facts.bom([Facts.Component.log4j]), "b")
        let lists = "deny: [\(Self.log4j)], unidentified: reject"
        expectReject(try evaluate(PolicyText.components(lists), clean, dirty), "component.denied")
        expectAdmit(try evaluate(PolicyText.components(lists, match: "any"), clean, dirty))
        // Whoever does not count can't have an image rejected.
        let others = try Facts.sbom(Facts.bom([Facts.Component.log4j]), "b", by: ["other"])
        expectAdmit(try evaluate(PolicyText.components(lists), clean, others))
    }

    // MARK: Many

    @Test func thousandsOfHitsStayReadable() throws {
        let components = (0..<5_000).map { Facts.Component.named("p\($0)", "1", purl: "pkg:npm/p\($0)@1") }
        let rule = PolicyText.components(
            #"deny: [{package: "pkg:npm/p1*"}, {package: "pkg:npm/**"}], unidentified: reject"#)
        let evaluation = try evaluate(rule, Facts.sbom(Facts.bom(components)))
        expectReject(evaluation, "component.denied")
        let messages = evaluation.findings.map(\.message)
        #expect(messages.count == 2)
        #expect(
            messages.contains {
                $0.contains("1111 components (`p1` 1 at /components/1, `p10` 1 at /components/10, ")
                    && $0.contains(" and 1106 more) are denied by `pkg:npm/p1*`")
            })
        #expect(messages.contains { $0.contains("3889 components (`p0` 1 at /components/0") })
        #expect(messages.allSatisfy { $0.utf8.count < 600 })
        // The order of the document changes nothing but the places.
        let turned = try evaluate(rule, Facts.sbom(Facts.bom(components.reversed())))
        #expect(turned.findings.map(\.message).contains { $0.contains("(`p1` 1 at /components/4998, `p10` 1 at ") })
    }

    @Test func tellsTwentyGroupsAndCountsTheRest() throws {
        let components = (10..<60).map { Facts.Component.named("p\($0)", "1", purl: "pkg:npm/p\($0)@1") }
        let deny = (10..<60).map { "{package: \"pkg:npm/p\($0)\"}" }.joined(separator: ", ")
        let evaluation = try evaluate(
            PolicyText.components("deny: [\(deny)], unidentified: reject"), Facts.sbom(Facts.bom(components)))
        expectReject(evaluation, "component.denied")
        #expect(evaluation.findings.count == 21)
        #expect(
            evaluation.findings.contains {
                $0.message.hasSuffix("30 more components, under 30 more of the rule's patterns")
            })
    }

    // MARK: Lists beside the policy

    private func load(_ list: String, lists: String = "denyFile: deny.txt, unidentified: reject") throws -> PolicySet {
        var text = PolicyText()
        text.require = PolicyText.components(lists)
        return try PolicySet.load([Self.source(text.text, list)])
    }

    private static func source(_ policy: String, _ list: String) -> PolicySource {
        PolicySource(name: "payments", files: [PolicyFile(path: "policy.yaml", bytes: Array(policy.utf8))]) { path in
            if path.utf8.elementsEqual("deny.txt".utf8) { return .success(Array(list.utf8)) }
            return Keys.files[path].map { .success(Array($0.utf8)) } ?? .failure(KeyFileError("no such file"))
        }
    }

    @Test func readsListsBesideThePolicy() throws {
        let set = try load(
            "# ours\n\n  pkg:npm/left-pad \t vers:npm/<2.0.0\t# gone once\r\npkg:maven/**\npkg:npm/x vers:npm/<1.0.0\n")
        func codes(_ component: String) throws -> [String] {
            let document = try Facts.admitted { $0.attestations = [try Facts.sbom(Facts.bom([component]))] }
            return PolicyEvaluator.evaluate(set.policies, document).findings.map(\.message)
        }
        #expect(
            try codes(Facts.Component.leftPad).first?.hasSuffix(
                "denied by `pkg:npm/left-pad vers:npm/<2.0.0` (gone once)") == true)
        #expect(try codes(Facts.Component.log4j).first?.hasSuffix("denied by `pkg:maven/**`") == true)
        #expect(try codes(Facts.Component.named("x", "1", purl: "pkg:npm/x@1")) == [])
    }

    @Test func listCountsInTheTrustDigest() throws {
        let (a, b) = (try load("pkg:npm/a\n"), try load("pkg:npm/b\n"))
        #expect(a.trustDigest(limits: [:]) != b.trustDigest(limits: [:]))
        #expect(a.trustDigest(limits: [:]) == (try load("pkg:npm/a\n")).trustDigest(limits: [:]))
    }

    @Test(arguments: [
        ("", ReasonCode.policyFileBadList, "policy.yaml"), ("# nothing\n", .policyFileBadList, "policy.yaml"),
        ("pkg:npm/a\nleft-pad\n", .policyFileBadValue, "deny.txt:2:1"),
        ("pkg:npm/a@1\n", .policyFileBadValue, "deny.txt:1:1"),
        ("pkg:npm/a <1.0.0\n", .policyFileBadValue, "deny.txt:1:1"),
        ("pkg:npm/a\npkg:npm/a # again\n", .policyFileTwice, "deny.txt:2:1"),
    ])
    func refusesListsWithTheirLine(list: String, code: ReasonCode, place: String) throws {
        var text = PolicyText()
        text.require = PolicyText.components("denyFile: deny.txt, unidentified: reject")
        do throws(PolicyLoadFailure) {
            _ = try PolicySet.load([Self.source(text.text, list)])
            Issue.record("loaded")
        } catch {
            #expect(error.errors.map(\.code) == [code])
            #expect(error.errors.first?.place.description.hasPrefix(place) == true)
        }
    }

    @Test func tenThousandPatternsAgainstTenThousandComponents() throws {
        let set = try load((0..<10_000).map { "pkg:npm/denied-\($0)\n" }.joined())
        let components = (0..<10_000).map { Facts.Component.named("p\($0)", "1", purl: "pkg:npm/p\($0)@1") }
        let document = try Facts.admitted {
            $0.attestations = [
                try Facts.sbom(
                    Facts.bom(
                        components + [
                            Facts.Component.named("x", "1", purl: "pkg:npm/denied-9999@1")
                        ]))
            ]
        }
        let evaluation = PolicyEvaluator.evaluate(set.policies, document)
        #expect(evaluation.findings.map(\.found) == ["`x` 1 at /components/10000"])
    }

    @Test func refusesListsThatAreTooLong() {
        let list = (0..<20_001).map { "pkg:npm/p\($0)\n" }.joined()
        #expect(throws: PolicyLoadFailure.self) { try load(list) }
    }

    // MARK: Reading

    static let mistakes: [(String, ReasonCode)] = [
        (PolicyText.components("newestAge: 30d"), .policyFileMissingField),
        (PolicyText.components("deny: [\(log4j)]"), .policyFileMissingField),
        (PolicyText.components("deny: [{name: x}], unidentified: allow"), .policyFileNoEffect),
        (PolicyText.components("deny: [{package: \"pkg:npm/a\"}], unidentified: maybe"), .policyFileBadValue),
        (PolicyText.components("allow: [{package: \"npm/a\"}]"), .policyFileBadValue),
        (PolicyText.components("allow: [{package: \"pkg:npm/a@1\"}]"), .policyFileBadValue),
        (PolicyText.components("allow: [{name: a, supplier: b}]"), .policyFileExactlyOne),
        (PolicyText.components("allow: [{reason: a}]"), .policyFileExactlyOne),
        (PolicyText.components("allow: [{name: a}, {name: a, reason: b}]"), .policyFileTwice),
        (PolicyText.components("allow: []"), .policyFileEmptyValue),
        (PolicyText.components("allow: [{package: \"pkg:npm/a\", versions: \"<1\"}]"), .policyFileBadValue),
        (PolicyText.components("allow: [{package: \"pkg:npm/a\", versions: \"vers:pypi/<1\"}]"), .policyFileBadValue),
        (PolicyText.components("allow: [{supplier: a, versions: \"vers:npm/<1\"}]"), .policyFileNoEffect),
        (PolicyText.components("denyFile: ../deny.txt, unidentified: reject"), .policyFileKeyPath),
        (PolicyText.components("denyFile: nothing.txt, unidentified: reject"), .policyFileKeyUnreadable),
    ]

    @Test(arguments: mistakes)
    func refusesWhatNobodyCanMean(rule: String, code: ReasonCode) {
        var text = PolicyText()
        text.require = rule
        #expect(Policies.errors(text.text).map(\.code) == [code])
    }

    // MARK: Explanations

    @Test func explainsEachSBOM() throws {
        var text = PolicyText()
        text.require = PolicyText.components("deny: [\(Self.log4j)], unidentified: reject")
        let document = try Facts.admitted {
            $0.attestations = [
                try Facts.sbom(Facts.bom([Facts.Component.log4j]), "a"),
                try Facts.sbom(Facts.bom(), "b", by: ["other"]),
                try Facts.sbom(Facts.bom(describes: Facts.Component.image(.named("elsewhere"))), "c"),
                try Facts.attested("{}", "d"),
            ]
        }
        let explanation = PolicyEvaluator.explain(MatchingPolicies(policies: [try text.load()]), document)
        let candidates = try #require(explanation.first?.candidates)
        #expect(candidates.count == 4)
        let codes = candidates.map { $0.misses.map(\.code.name) }
        #expect(codes.contains(["component.denied"]))
        #expect(codes.contains(["sbom.no-allowed-signer"]))
        #expect(codes.contains(["sbom.describes-another"]))
        #expect(codes.contains(["sbom.none-of-type"]))
    }
}
