import AdmissionPolicy
import Content
import OCI
import PKI
import StrictEncoding
import Testing

@Suite struct PolicyDigestTests {
    private let text = PolicyText().text

    private func set(_ sources: PolicySource...) throws -> PolicySet { try PolicySet.load(sources) }

    @Test func isTheHashOfTheSortedList() throws {
        let set = try set(Policies.source(text, name: "b"), Policies.source(text, name: "a"))
        let sha256 = Digest(of: Array(text.utf8)).hex
        let list = ["a", "b"].map {
            #"{"kind":"AdmissionPolicy","name":"finance","sha256":"\#(sha256)","source":"\#($0)"}"#
        }
        #expect(set.digest == Digest(of: Array("[\(list.joined(separator: ","))]".utf8)))
    }

    @Test func changesWithAnyByteAndWithTheSource() throws {
        let digest = try set(Policies.source(text)).digest
        #expect(try set(Policies.source(text, path: "elsewhere.yaml")).digest == digest)
        #expect(try set(Policies.source(text + "# note\n")).digest != digest)
        #expect(try set(Policies.source(text, name: "other")).digest != digest)
    }

    @Test func doesNotDependOnTheOrderOfFilesAndSources() throws {
        var second = PolicyText()
        second.name = "second"
        let files = [text, second.text].enumerated().map { PolicyFile(path: "p\($0).yaml", bytes: Array($1.utf8)) }
        func set(_ files: [PolicyFile]) throws -> PolicySet {
            try PolicySet.load([
                PolicySource(name: "payments", files: files) { path in
                    Keys.files[path].map { .success(Array($0.utf8)) } ?? .failure(KeyFileError("absent"))
                }
            ])
        }
        #expect(try set(files).digest == set(files.reversed()).digest)
        #expect(try set(files).trustDigest(limits: [:]) == set(files.reversed()).trustDigest(limits: [:]))
    }

    @Test func trustChangesWithKeysSchemesLimitsAndFlags() throws {
        func trust(_ signers: String, _ limits: JSONTree = ["a": 1], _ insecure: [String] = []) throws -> Digest {
            var text = PolicyText()
            text.signers = signers
            return try Policies.load(text.text).trustDigest(limits: limits, insecure: insecure)
        }
        let rsa = "    corporate: {key: {file: keys/rsa.pub}}"
        let digests = try [
            trust(rsa), trust("    corporate: {key: {file: keys/other.pub}}"),
            trust("    corporate: {key: {file: keys/rsa.pub, schemes: [rsa-pss-sha256]}}"), trust(rsa, ["a": 2]),
            trust(rsa, ["a": 1], ["insecureX"]), trust(rsa, ["a": 1], ["insecureX", "insecureY"]),
        ]
        #expect(Set(digests).count == digests.count)
        #expect(try trust(rsa, ["a": 1], ["insecureY", "insecureX"]) == digests.last)
        // Schemes that are the default make no difference when they are written out.
        #expect(
            try trust("    corporate: {key: {file: keys/rsa.pub, schemes: [rsa-pss-sha256, rsa-pkcs1-sha256]}}")
                == digests[0])
    }

    @Test func trustChangesWhenTwoKeyFilesChangePlaces() throws {
        func trust(_ swapped: Bool) throws -> Digest {
            let source = PolicySource(
                name: "payments", files: [PolicyFile(path: "p.yaml", bytes: Array(text.utf8))]
            ) { path in
                let other = ["keys/corporate.pub": "keys/pipeline.pub", "keys/pipeline.pub": "keys/corporate.pub"]
                let name = swapped ? other[path] ?? path : path
                return Keys.files[name].map { .success(Array($0.utf8)) } ?? .failure(KeyFileError("absent"))
            }
            return try PolicySet.load([source]).trustDigest(limits: [:])
        }
        #expect(try trust(false) != trust(true))
    }
}

@Suite struct PolicyNeedsTests {
    private func needs(_ require: String, deny: String? = nil, signers: String? = nil) throws -> PolicyNeeds {
        var text = PolicyText()
        text.require = require
        text.deny = deny
        if let signers { text.signers = signers }
        return PolicyNeeds([try text.load()])
    }

    @Test func signaturesNeedKeysOnly() throws {
        let needs = try needs(PolicyText.signature)
        #expect(needs.signatures)
        #expect(!needs.attestations)
        #expect(!needs.configurations)
        #expect(needs.bases.isEmpty)
        #expect(needs.keys.map(\.schemes) == [[.ecdsaSHA256]])
    }

    @Test func aKeyUnderTwoNamesIsOneAndUnusedOnesAreNone() throws {
        let rule = "- {id: s, on: image, signature: {by: {atLeast: 1, of: [corporate, again]}}}"
        #expect(try needs(rule).keys.count == 1)
        let schemes = try needs(
            rule,
            signers: """
                    corporate: {key: {file: keys/rsa.pub, schemes: [rsa-pss-sha512]}}
                    again: {key: {file: keys/rsa.pub, schemes: [rsa-pkcs1-sha256]}}
                """)
        #expect(schemes.keys.map(\.schemes) == [[.rsaPKCS1SHA256, .rsaPSSSHA512]])
    }

    @Test func provenanceNeedsAttestations() throws {
        let needs = try needs(PolicyText.provenance())
        #expect(needs.attestations)
        #expect(!needs.signatures)
        #expect(!needs.configurations)
        #expect(needs.keys.count == 1)
    }

    @Test func layersNeedBasesAndConfigurations() throws {
        let layers = try needs(PolicyText.base(proof: "[layers]", by: nil, digests: [.debian, .alpine]))
        #expect(layers.configurations)
        #expect(!layers.attestations)
        #expect(layers.bases.map(\.digest) == [Digest.debian, .alpine].sorted())
        #expect(layers.bases.allSatisfy { $0.repository == "registry.example/base/debian" })
        let materials = try needs(PolicyText.base(proof: "[materials]"))
        #expect(materials.attestations)
        #expect(!materials.configurations)
        #expect(materials.bases.isEmpty)
    }

    @Test(arguments: [
        ("{tag: {in: [a]}}", "image", false), ("{name: {in: [a]}}", "each-platform", false),
        ("{labels: {a: {in: [a]}}}", "image", true), ("{user: {nonRoot: true}}", "image", true),
        ("{platform: {in: [linux/amd64]}}", "image", true), ("{tag: {in: [a]}}", "{platform: linux/amd64}", true),
    ])
    func conditionsNeedConfigurations(_ conditions: String, _ target: String, _ isNeeded: Bool) throws {
        let required = try needs("- {id: i, on: \(target), image: \(conditions)}")
        #expect(required.configurations == isNeeded)
        let denied = try needs(PolicyText.signature, deny: "- {id: i, on: \(target), image: \(conditions)}")
        #expect(denied.configurations == isNeeded)
    }

    @Test func platformTargetsNeedConfigurations() throws {
        #expect(
            try needs(PolicyText.signature.replacing("on: image", with: "on: {platform: linux/amd64}")).configurations)
    }
}
