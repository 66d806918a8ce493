import Foundation
import Landwaiter
import Testing

/// The catalogue of reason codes: what `explain` prints and what records may say.
@Suite struct ReasonCatalogueTests {
    private var codes: [ReasonCode] { ReasonCatalogue.tables.flatMap(\.codes) }

    @Test func namesAreUnique() {
        let names = codes.map(\.name)
        #expect(Set(names).count == names.count)
        let layers = ReasonCatalogue.tables.map(\.layer)
        #expect(Set(layers).count == layers.count)
        #expect(ReasonCatalogue.tables.allSatisfy { !$0.codes.isEmpty })
    }

    @Test func namesAreFamilyAndCause() {
        for code in codes {
            #expect(code.name.wholeMatch(of: /[a-z]+(-[a-z0-9]+)*\.[a-z0-9]+(-[a-z0-9]+)*/) != nil, "\(code)")
            #expect(code.name.hasPrefix(code.family + "."), "\(code)")
        }
    }

    /// One line, lower case, no full stop: as every message of the product.
    @Test func textsReadAsTheOthersDo() {
        for code in codes {
            for text in [code.summary, code.mend] {
                let first = text.unicodeScalars.first.map { String($0) } ?? ""
                #expect(!text.isEmpty && first == first.lowercased(), "\(code): \(text)")
                #expect(text.last != "." && !text.contains("\n"), "\(code): \(text)")
                #expect(text.filter { $0 == "`" }.count.isMultiple(of: 2), "\(code): \(text)")
            }
        }
    }

    @Test func everyCodeCanBeFound() {
        for code in codes {
            #expect(ReasonCatalogue.code(named: code.name)?.summary == code.summary)
        }
        #expect(ReasonCatalogue.code(named: "no.such-code") == nil)
    }

    /// What only says something decides nothing, and what decides is told above it.
    @Test func ranksAgreeWithEffects() {
        for code in codes { #expect((code.effect == .note) == (code.rank == .note), "\(code)") }
    }

    /// Every code that is declared anywhere is listed, so none reaches a record that nobody can look up.
    @Test func everyDeclaredCodeIsListed() throws {
        let sources = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../../Sources").standardizedFileURL
        let files = try #require(FileManager.default.enumerator(at: sources, includingPropertiesForKeys: nil))
        let listed = Set(codes.map(\.name))
        var declared: Set<String> = []
        for case let file as URL in files where file.pathExtension == "swift" {
            let text = try String(contentsOf: file, encoding: .utf8)
            for match in text.matches(of: /ReasonCode\(\s*"([^"]*)"/) {
                let name = String(match.1)
                #expect(declared.insert(name).inserted, "\(name) is declared twice")
                #expect(listed.contains(name), "\(name) in \(file.lastPathComponent) is in no table")
            }
        }
        #expect(declared == listed)
        #expect(declared.count > 120)
    }

    @Test func everyTableIsJoined() {
        #expect(
            ReasonCatalogue.tables.map(\.layer) == [
                "Content", "OCI", "Registries", "Attestation", "Public keys", "Certificates and timestamps",
                "Revocation lists", "SPIFFE", "Transparency logs", "Signing", "Sigstore", "Trust updates (TUF)",
                "SBOMs",
                "Policy files", "Policies", "Rules on SBOMs", "Rules on vulnerabilities", "Builders",
                "Guardrails, exceptions, break-glass", "Policy lint", "Admission", "Service",
            ])
    }
}
