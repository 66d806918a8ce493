import Content
import Findings
import PKI
import Signing
import Sigstore
import Simulators
import StrictEncoding
import Testing
import TransparencyLog

/// Files that say whom to believe.
@Suite struct TrustedRootTests {
    let file: RootFile

    init() throws { file = try KeylessScene().root }

    func error(_ file: RootFile) -> TrustedRootError? {
        do {
            _ = try file.trusted()
            return nil
        } catch {
            return error as? TrustedRootError
        }
    }

    @Test(arguments: [
        "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
        "application/vnd.dev.sigstore.trustedroot.v0.1+json", "application/vnd.dev.sigstore.trustedroot.v0.2+json",
    ])
    func readsEveryVersion(mediaType: String) throws {
        var file = file
        file.mediaType = mediaType
        let root = try file.trusted("mine")
        #expect(root.name == "mine")
        #expect(root.logs.logs.count == 2 && root.certificateAuthorities.all.count == 1)
        #expect(root.certificateLogs.count == 1 && root.timestampAuthorities.count == 1)
        #expect(root.unusable.isEmpty)
        #expect(root.requirement == .publicGood)
    }

    @Test(arguments: [
        "application/vnd.dev.sigstore.trustedroot+json;version=0.3", "application/vnd.dev.sigstore.bundle.v0.3+json",
        "",
    ])
    func rejectsAnyOtherMediaType(mediaType: String) {
        var file = file
        file.mediaType = mediaType
        #expect(error(file) == .malformed(.unknownMediaType(mediaType)))
    }

    /// An element without a start would have been believed for ever.
    @Test func leavesOutElementsWithoutAStart() throws {
        var file = file
        file.logs[0].start = nil
        file.authorities[0].start = nil
        file.certificateLogs[0].start = nil
        file.clocks[0].start = nil
        let root = try file.trusted()
        #expect(root.logs.logs.count == 1)
        #expect(root.certificateAuthorities.all.isEmpty)
        #expect(root.certificateLogs.isEmpty && root.timestampAuthorities.isEmpty)
        #expect(
            root.unusable.map(\.place)
                == ["tlogs[0]", "certificateAuthorities[0]", "ctlogs[0]", "timestampAuthorities[0]"])
        #expect(root.unusable.allSatisfy { $0.reason.contains("start") })
    }

    @Test func leavesOutElementsThatItCannotUse() throws {
        let other = try Fixture.key(.ed25519).publicKey
        let rsa = try Fixture.key(.rsa(bits: 2048)).publicKey
        let changes: [(String, (inout RootFile) -> Void)] = [
            ("tlogs[0]", { $0.logs[0].keyDetails = "PKIX_ED448" }),
            ("tlogs[0]", { $0.logs[0].keyDetails = "PKIX_ED25519" }),
            ("tlogs[0]", { $0.logs[0].key = [1, 2, 3] }),
            ("tlogs[0]", { $0.logs[0].hashAlgorithm = "SHA2_512" }),
            ("tlogs[0]", { $0.logs[0].logID = [1, 2, 3] }),
            ("tlogs[0]", { $0.logs[0].end = SimulatedCA.now.adding(seconds: -2 * 86400) }),
            ("ctlogs[0]", { $0.certificateLogs[0] = .init(other) }),
            ("ctlogs[0]", { $0.certificateLogs[0].logID = [UInt8](repeating: 7, count: 32) }),
            ("ctlogs[0]", { $0.certificateLogs[0].keyDetails = "PKCS1_RSA_PKCS1V5" }),
            ("certificateAuthorities[0]", { $0.authorities[0].certificates = [] }),
            ("certificateAuthorities[0]", { $0.authorities[0].certificates.reverse() }),
            ("certificateAuthorities[0]", { $0.authorities[0].certificates[0] = [0x30, 0] }),
            ("timestampAuthorities[0]", { $0.clocks[0].certificates.swapAt(0, 1) }),
            (
                "timestampAuthorities[0]",
                { $0.clocks[0].end = SimulatedCA.now.adding(seconds: -2 * 86400) }
            ),
        ]
        for (place, change) in changes {
            var changed = file
            change(&changed)
            #expect(try changed.trusted().unusable.map(\.place) == [place])
        }
        // RSA, as some logs have it.
        var changed = file
        changed.certificateLogs = [.init(rsa)]
        #expect(try changed.trusted().unusable.isEmpty)
    }

    @Test func rejectsAFileOfWhichNothingCanBeUsed() {
        #expect(error(RootFile()) == .nothingUsable(nil))
        var file = file
        (file.logs, file.clocks) = ([], [])
        file.authorities[0].start = nil
        guard case .nothingUsable(let reason?) = error(file) else {
            Issue.record("expected a reason")
            return
        }
        #expect(reason.contains("start"))
        // Certificate logs alone prove nothing.
        file.authorities = []
        #expect(error(file) == .nothingUsable(nil))
    }

    @Test(arguments: [
        "", "{", "[]", "{}", #"{"mediaType":7}"#,
        #"{"mediaType":"application/vnd.dev.sigstore.trustedroot+json;version=0.1","tlogs":{}}"#,
        #"{"mediaType":"application/vnd.dev.sigstore.trustedroot+json;version=0.1","tlogs":[7]}"#,
        #"{"mediaType":"application/vnd.dev.sigstore.trustedroot+json;version=0.1","certificate_authorities":[]}"#,
        #"{"mediaType":"a","mediaType":"b"}"#,
    ])
    func rejectsWhatIsNoTrustedRoot(text: String) {
        #expect {
            try SigstoreTrustedRoot(parsing: Array(text.utf8), name: "x")
        } throws: {
            guard let error = $0 as? TrustedRootError else { return false }
            return error.message.hasPrefix("trusted root: ")
        }
    }

    @Test func rejectsMoreElementsThanTheLimit() throws {
        var file = file
        file.logs = Array(repeating: file.logs[0], count: 100)
        #expect(error(file) == nil)
        file.logs.append(file.logs[0])
        #expect(error(file) == .malformed(.tooManyElements("tlogs", limit: 100, found: 101)))
        #expect(throws: TrustedRootError.json(.tooLarge(limit: 4 << 20))) {
            try SigstoreTrustedRoot(parsing: [UInt8](repeating: 0x20, count: (4 << 20) + 1), name: "x")
        }
    }

    // MARK: Lines

    func lines(_ count: Int) -> [UInt8] {
        let line = String(decoding: file.json.canonicalBytes(), as: UTF8.self)
        return Array((Array(repeating: line, count: count).joined(separator: "\r\n\n") + "\n").utf8)
    }

    @Test func readsOneRootOrOneOnEachLine() throws {
        #expect(try SigstoreTrustedRoot.all(parsing: lines(1), name: "a").map(\.name) == ["a"])
        let roots = try SigstoreTrustedRoot.all(parsing: lines(2), name: "a") {
            $0 == 0 ? .publicGood : .githubPrivate
        }
        #expect(roots.map(\.name) == ["a-1", "a-2"])
        #expect(roots.map(\.requirement) == [.publicGood, .githubPrivate])
    }

    @Test func oneBadLineRefusesTheFile() {
        #expect(throws: TrustedRootError.self) {
            try SigstoreTrustedRoot.all(parsing: lines(1) + Array("{}\n".utf8), name: "a")
        }
        #expect(throws: TrustedRootError.tooManyRoots(limit: 16)) {
            try SigstoreTrustedRoot.all(parsing: lines(17), name: "a")
        }
        #expect(throws: Never.self) { try SigstoreTrustedRoot.all(parsing: lines(16), name: "a") }
    }

    @Test func messagesAreOneShortLine() {
        let errors: [TrustedRootError] = [
            .json(.unexpectedEnd), .malformed(.missing("x")), .nothingUsable(nil), .nothingUsable("why"),
            .tooManyRoots(limit: 16),
        ]
        for error in errors {
            #expect(!error.message.isEmpty && error.message.utf8.count < 300)
            #expect(error.message.unicodeScalars.allSatisfy { $0.value >= 0x20 })
        }
    }
}
