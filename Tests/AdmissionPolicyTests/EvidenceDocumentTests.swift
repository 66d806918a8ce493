import AdmissionPolicy
import Content
import Findings
import OCI
import StrictEncoding
import Testing

@Suite struct EvidenceDocumentTests {
    private func error(_ text: String, request: RequestFacts? = nil) -> String? {
        do throws(EvidenceDocumentError) {
            _ = try EvidenceDocument(parsing: Array(text.utf8), request: request)
            return nil
        } catch {
            return error.message
        }
    }

    private func text(_ change: (inout EvidenceDocument) throws -> Void = { _ in }) throws -> String {
        String(decoding: try Facts.admitted(change).json.canonicalBytes(), as: UTF8.self)
    }

    @Test func readsWhatItWrites() throws {
        let text = try text {
            $0.bases[.alpine] = .unread(UnreadContent(Finding(.imageNotFound, "why")))
            $0.image.platforms.append(
                PlatformFacts(
                    digest: .arm64, platform: nil,
                    configuration: .failure(UnreadContent(Finding(.contentWrongDigest, "why")))))
            $0.signatures.append(try Facts.signature("named", reference: "registry.example/ledger"))
        }
        #expect(error(text) == nil)
        let document = try EvidenceDocument(parsing: Array(text.utf8))
        #expect(String(decoding: document.json.canonicalBytes(), as: UTF8.self) == text)
    }

    @Test(arguments: ["\"digest\"", "\"isIndex\"", "\"evidence\"", "\"signers\"", "\"builder\"", "\"at\"", "\"uri\""])
    func refusesUnknownAndMissingMembers(_ name: String) throws {
        let changed = try text().replacing(name, with: name.dropLast() + "X\"", maxReplacements: 1)
        #expect(error(changed) != nil)
    }

    @Test func refusesUnknownMembersAnywhere() throws {
        let text = try text()
        let start = try #require(text.firstRange(of: "\"configuration\":{"))
        let end = try #require(text[start.upperBound...].firstRange(of: "\"type\":\"layers\"}}"))
        let configuration = start.upperBound..<end.lowerBound
        // After every opening brace in turn.
        for (offset, character) in text.enumerated() where character == "{" {
            let index = text.index(text.startIndex, offsetBy: offset + 1)
            let isEmpty = text[index] == "}"
            let changed = text[..<index] + "\"unknownMember\":1" + (isEmpty ? "" : ",") + text[index...]
            let message = error(String(changed))
            // The configuration is a third party's format: what is unknown in it is kept and ignored.
            let isFree = configuration.contains(index) || text[..<index].hasSuffix("\"digests\":{")
            #expect(message != nil || isFree, "\(text[..<index].suffix(40))")
        }
    }

    @Test func theCaseStatesTheRequest() throws {
        let request = RequestFacts(namespace: "other", reference: nil, at: try Facts.instant(Facts.now))
        let document = try EvidenceDocument(parsing: Array(try text().utf8), request: request)
        #expect(document.request == request)
        #expect(
            error("{\"image\":{\"digest\":\"\(Digest.image)\",\"isIndex\":false,\"platforms\":[]}}", request: request)
                == nil)
        #expect(
            error("{\"image\":{\"digest\":\"\(Digest.image)\",\"isIndex\":false,\"platforms\":[]}}")
                == "evidence document: expected the request, found none at `request`")
    }

    @Test func saysWhere() throws {
        let text = try text().replacing(
            "\"subjects\":[\"\(Digest.image)\"]", with: "\"subjects\":[\"x\"]", maxReplacements: 1)
        #expect(error(text)?.contains("`attestations[0].subjects[0]`") == true)
    }

    @Test func refusesDuplicateNamesAndBases() throws {
        #expect(error("{\"image\":1,\"image\":2}") != nil)
        let text = try text()
        let list = try #require(text.firstRange(of: "\"bases\":["))
        let close = try #require(text[list.upperBound...].firstRange(of: "}]}],"))
        let entry = text[list.upperBound..<text.index(close.lowerBound, offsetBy: 3)]
        let doubled = text.replacing("\"bases\":[", with: "\"bases\":[\(entry),")
        #expect(error(doubled)?.contains("distinct digests") == true, "\(error(doubled) ?? "none")")
    }

    @Test func refusesReasonCodesThatAreNone() throws {
        let text = try text { $0.bases[.alpine] = .unread(UnreadContent(Finding(.imageNotFound, "why"))) }
        #expect(error(text.replacing("image.not-found", with: "image.fine"))?.contains("reason code") == true)
    }

    @Test func refusesReadAndUnreadAtOnce() throws {
        let unread = "\"unread\":{\"code\":\"image.not-found\",\"message\":\"m\"}"
        let text = try text()
        #expect(error(text.replacing("\"configuration\":", with: unread + ",\"configuration\":")) != nil)
        #expect(error(text.replacing("\"bases\":[{", with: "\"bases\":[{" + unread + ",")) != nil)
    }
}

@Suite struct PolicyTestDocumentTests {
    private static let text = """
        apiVersion: landwaiter.dev/v1
        kind: PolicyTest
        metadata: {name: finance}
        spec:
          policies: [policy.yaml, ../shared]
          cases:
            - name: admits what the pipeline built
              image: oci:images/ledger
              as: registry.example/finance/ledger:1.2
              namespace: finance
              at: 2026-11-20T09:00:00Z
              evidenceFiles: [papers]
              base: ["oci:images/debian"]
              trustedRoots: [trusted_root.json=github-private]
              expect: {verdict: admit}
            - name: rejects the unsigned
              evidence: unsigned.json
              at: "2026-11-20T10:00:00+01:00"
              expect: {verdict: reject, reasons: [signature.none]}

        """

    private func load(_ text: String) throws -> [PolicyTestDocument] {
        try PolicyTestDocument.load([PolicyFile(path: "t.yaml", bytes: Array(text.utf8))])
    }

    private func codes(_ from: String, _ to: String) -> [ReasonCode] {
        do throws(PolicyLoadFailure) {
            let file = PolicyFile(path: "t.yaml", bytes: Array(Self.text.replacing(from, with: to).utf8))
            _ = try PolicyTestDocument.load([file])
            return []
        } catch {
            return error.errors.map(\.code)
        }
    }

    @Test func loads() throws {
        let test = try #require(try load(Self.text).first)
        #expect(test.name == "finance")
        #expect(test.policies.map(\.path) == ["policy.yaml", "../shared"])
        #expect(test.place.file == "t.yaml")
        let first = try #require(test.cases.first)
        #expect(first.subject == .image("oci:images/ledger"))
        #expect(first.reference == "registry.example/finance/ledger:1.2")
        #expect(first.namespace == "finance")
        #expect(first.evidenceFiles == ["papers"])
        #expect(first.bases == ["oci:images/debian"])
        #expect(first.trustedRoots == ["trusted_root.json=github-private"])
        #expect(first.expected.verdict == .admit)
        #expect(first.expected.reasons == [])
        let second = try #require(test.cases.last)
        #expect(second.subject == .evidence("unsigned.json"))
        #expect(second.namespace == nil)
        #expect(second.at == first.at)
        #expect(second.expected.reasons == ["signature.none"])
    }

    @Test func takesAPlainFile() throws {
        let text = Self.text.replacing(
            "evidence: unsigned.json", with: "artifact: ledger.tgz\n      evidenceFiles: [a]")
        let test = try #require(try load(text).first?.cases.last)
        #expect(test.subject == .artifact("ledger.tgz"))
        #expect(test.evidenceFiles == ["a"])
        // A file has no base image, and is no image too.
        #expect(
            codes("evidence: unsigned.json", "artifact: ledger.tgz\n      base: [\"oci:base\"]")
                == [.policyFileNoEffect])
        #expect(
            codes("evidence: unsigned.json", "evidence: unsigned.json\n      evidenceFiles: [a]")
                == [.policyFileNoEffect])
        #expect(!codes("evidence: unsigned.json", "artifact: ledger.tgz\n      image: oci:a").isEmpty)
    }

    @Test func refusesMistakes() {
        #expect(codes("verdict: admit", "verdict: admitted") == [.policyFileBadValue])
        #expect(codes("verdict: admit}", "verdict: admit, reasons: [signature.none]}") == [.policyFileNoEffect])
        #expect(codes("[signature.none]", "[]") == [.policyFileEmptyValue])
        #expect(codes("      at: 2026-11-20T09:00:00Z\n", "") == [.policyFileMissingField])
        #expect(codes("2026-11-20T09:00:00Z", "yesterday") == [.policyFileBadValue])
        #expect(
            codes("evidence: unsigned.json", "evidence: unsigned.json\n      image: oci:x") == [.policyFileExactlyOne])
        #expect(codes("      evidence: unsigned.json\n", "") == [.policyFileExactlyOne])
        #expect(
            codes("evidence: unsigned.json", "evidence: unsigned.json\n      base: [oci:x]") == [.policyFileNoEffect])
        #expect(codes("rejects the unsigned", "admits what the pipeline built") == [.policyFileTwice])
        #expect(codes("[policy.yaml, ../shared]", "[]") == [.policyFileEmptyValue])
        #expect(codes("expect: {verdict: admit}", "expect: {verdict: admit, because: x}") == [.policyFileUnknownField])
        #expect(codes("  policies: [policy.yaml, ../shared]\n", "") == [.policyFileMissingField])
    }

    @Test func passesOverPolicies() throws {
        #expect(try load(PolicyText().text).isEmpty)
        #expect(try load(PolicyText().text + "---\n" + Self.text).count == 1)
    }
}
