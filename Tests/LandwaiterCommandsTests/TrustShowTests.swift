import ArgumentParser
import Foundation
import Landwaiter
import Simulators
import Testing

@testable import LandwaiterCommands

/// `landwaiter trust show`: every form of trust that there is, told by what is in the file.
@Suite struct TrustShowTests {
    private let place: Place

    init() throws { place = try Place() }

    private func sources(_ what: String...) throws -> [TrustSource] { try TrustShowCommand.parse(what).sources() }

    private func file(_ name: String, _ bytes: [UInt8]) throws -> String {
        let path = place.path(name)
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        return path
    }

    /// What is built in is the same on every machine.
    @Test func theBuiltInTrustIsShownWithItsVersion() async throws {
        let text = TrustTable.text(try sources())
        #expect(
            text.hasPrefix(
                """
                public-good  (trusted root)
                  version   \(PublicGoodTrust.version)
                  date      \(PublicGoodTrust.date)
                  digest    sha256:\(PublicGoodTrust.sha256)
                  certificate-authority  O=sigstore.dev, CN=sigstore
                      sha256:03a38ffb1f450100c2596d1d10b900ac4d504058006dda58199576bbeb9c73d0
                      from 2021-03-07T03:20:29Z until 2022-12-31T23:59:59Z
                      key         ecdsa-p384

                """))
        #expect(text.contains("logID       wNI9atQGlz+VWfO6LRygH4QUfY/8W4RFwiT5i5WRgB0="))
        #expect(text.contains("transparency-log  https://log2025-1.rekor.sigstore.dev"))
        #expect(text.contains("timestamp-authority  O=sigstore.dev, CN=sigstore-tsa"))
        #expect(TrustTable.text(try sources("public-good")) == text)
        #expect(try await run("trust", "show") == 0)
        #expect(try await run("trust", "show", "public-good", "--output", "json") == 0)
    }

    @Test func trustedRootsAreShown() throws {
        let root = try KeylessScene().root.json.canonicalBytes()
        let one = try #require(try sources(try file("trusted_root.json", root)).first)
        #expect(
            one.parts.map(\.kind) == [
                .certificateAuthority, .certificateLog, .transparencyLog, .transparencyLog, .timestampAuthority,
            ])
        let lines = try sources(try file("roots.jsonl", root + [0x0A] + root + [0x0A]))
        #expect(lines.count == 2 && lines.allSatisfy { $0.parts.count == 5 })
    }

    @Test func theMetadataOfARootIsShownWithItsKeys() throws {
        let repository = try SimulatedTUFRepository()
        let bytes = try #require(repository.files["1.root.json"])
        let source = try #require(try sources(try file("1.root.json", bytes)).first)
        #expect(source.parts.first?.kind == .rootRole)
        #expect(source.parts.first?.period.until == repository.root.expires)
        #expect(source.parts.dropFirst().allSatisfy { $0.kind == .key && $0.id != nil })
        #expect(source.parts.count >= 5)
    }

    @Test func bundlesOfTrustDomainsAreShown() throws {
        let domain = try SimulatedTrustDomain()
        let bundle = try domain.bundle(sequence: 7)
        let source = try #require(try sources(try file("bundle.json", bundle.canonicalBytes())).first)
        #expect(source.parts.map(\.kind) == [.spiffeBundle, .spiffeAuthority, .spiffeTokenKey])
        #expect(source.parts[0].facts.contains { $0.name == "sequence" && $0.value == "7" })
        #expect(source.parts[1].id == (try domain.authority.root.certificate().fingerprint))
        #expect(source.parts[2].id == domain.tokenKey.publicKey.fingerprint)
        let map = JSONTree(members: ["trust_domains": ["example.org": bundle, "example.com": bundle]])
        let both = try #require(try sources(try file("map.json", map.canonicalBytes())).first)
        #expect(both.parts.filter { $0.kind == .spiffeBundle }.map(\.name) == ["example.com", "example.org"])
    }

    @Test func certificatesListsAndKeysAreShown() throws {
        let authority = try SimulatedCA()
        let list = try RevocationListTemplate(of: authority.root).signed(by: authority.root.key)
        let pem = try file("roots.pem", Array((authority.root.pem + authority.intermediate.pem).utf8))
        #expect(
            try sources(pem).flatMap(\.parts).map(\.name) == [
                "O=example, CN=simulator root", "O=example, CN=simulator intermediate",
            ])
        #expect(try sources(try file("root.der", authority.root.der)).first?.parts.first?.kind == .certificate)
        for (name, bytes) in [
            ("list.crl", list), ("list.pem", Array(PEMBlock(label: "X509 CRL", bytes: list).encoded().utf8)),
        ] {
            let part = try #require(try sources(try file(name, bytes)).first?.parts.first)
            #expect(part.kind == .revocationList && part.name == "O=example, CN=simulator root")
            #expect(part.period.until == SimulatedCA.now.adding(seconds: 86_400))
            #expect(part.facts.map(\.value) == ["0x07", "0"])
        }
        let key = authority.root.key.publicKey
        let part = try #require(try sources(try file("key.pub", Array(key.pem.utf8))).first?.parts.first)
        #expect(part.kind == .key && part.id == key.fingerprint)
    }

    @Test(arguments: [
        "", "{}", "{", "text", "-----BEGIN", #"{"mediaType": "text/plain"}"#, #"{"signed": {}}"#, #"{"keys": 1}"#,
        #"{"trustDomains": {"example.org": [{"bundle": "../x.json", "from": "2026-01-01T00:00:00Z"}]}}"#, "0garbage",
    ])
    func whatIsNoTrustIsRefused(_ text: String) async throws {
        let path = try file("file", Array(text.utf8))
        #expect(try await run("trust", "show", path) == 65)
    }

    @Test func privateKeysAreNoTrust() async throws {
        let key = try file("private.pem", Array(try PrivateKey.generate(.ecdsaP256).unencryptedPEM.utf8))
        #expect(try await run("trust", "show", key) == 65)
    }

    @Test func theJSONFormHasTheMembersOfItsSchema() throws {
        let domain = try SimulatedTrustDomain()
        let list = try RevocationListTemplate(of: domain.authority.root).signed(by: domain.authority.root.key)
        let all = try sources(
            "public-good", try file("bundle.json", domain.bundle().canonicalBytes()), try file("list.crl", list),
            try file("root.pem", Array(domain.authority.root.pem.utf8)))
        #expect(all.count == 4)
        try ExplainedDecisionSchemaTests.expect(TrustShowCommand.json(all), "trust-show.schema.json")
    }
}
