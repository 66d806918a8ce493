import ArgumentParser
import Foundation
import Landwaiter
import Testing

@testable import LandwaiterCommands
@testable import Reports

/// `verify --images`, `--kubernetes` and `--output`.
@Suite struct BatchCommandTests {
    private static let finance = ReportFormatTests.finance
    private static func image(_ item: String) -> String { ReportFormatTests.image(item) }

    private static func decide(_ words: [String]) async throws -> DecisionList {
        try await ReportFormatTests.decide(words + finance)
    }

    private static func verify(_ words: [String]) async throws -> Int32 {
        try await status(["verify"] + words + finance)
    }

    private static func fileBytes(_ path: String) throws -> String {
        try String(contentsOfFile: path, encoding: .utf8)
    }

    // MARK: Lists

    @Test func theExitStatusIsTheWorst() async throws {
        let place = try Place()
        let admitted = Self.image("finance/admitted")
        let rejected = Self.image("finance/unsigned_fail")
        let absent = Self.image("nowhere")
        for (images, expected) in [
            ([admitted], Int32(0)), ([admitted, absent], 2), ([absent, rejected, admitted], 1), ([rejected], 1),
        ] {
            let file = try place.write(images.joined(separator: "\n"), to: "images.txt")
            #expect(try await Self.verify(["--images", file, "--quiet"]) == expected)
        }
    }

    @Test func resultsKeepTheOrderOfTheList() async throws {
        let place = try Place()
        let items = ["nowhere", "finance/admitted", "finance/unsigned_fail", "elsewhere", "finance/no-provenance_fail"]
        let file = try place.write(items.map(Self.image).joined(separator: "\n"), to: "images.txt")
        for jobs in ["1", "3", "64"] {
            let list = try await Self.decide(["--images", file, "--jobs", jobs])
            #expect(
                list.decisions.map(\.record.verdict) == [.undecided, .admit, .reject, .undecided, .reject], "\(jobs)")
            #expect(list.decisions.map { $0.mentions.first?.line } == [1, 2, 3, 4, 5])
        }
    }

    @Test func anImageIsDecidedOncePerNamespace() async throws {
        let place = try Place()
        let admitted = Self.image("finance/admitted")
        let elsewhere = ReportFormatTests.image("finance/admitted", "namespace=elsewhere")
        let unnamed = ReportFormatTests.image("finance/admitted", "")
        let file = try place.write(
            "# images\n\n\(admitted)\r\n  \(admitted)\n\t# more\n\(elsewhere)\n\(unnamed)\n", to: "images.txt")
        let list = try await Self.decide(["--images", file, "--namespace", "finance"])
        #expect(list.decisions.map { $0.mentions.map(\.line) } == [[3, 4, 7], [6]])
        #expect(list.decisions.map(\.record.verdict) == [.admit, .reject])
        #expect(list.decisions.map(\.record.request.namespace) == ["finance", "elsewhere"])
    }

    @Test func pathsAreRelativeToTheList() async throws {
        let place = try Place()
        _ = try place.copy("evidence/referrer-bundle")
        let file = try place.write("oci:image:v1 as=registry.example/apps/ledger:v1", to: "images.txt")
        let list = try await ReportFormatTests.decide([
            "--images", file, "--policy", Repository.path("testdata/policies/signed.yaml"), "--namespace", "apps",
        ])
        #expect(list.verdict == .admit && list.decisions.first?.image == "oci:image:v1")
    }

    @Test(arguments: [
        ("", "there is no image in"), ("# nothing\n", "there is no image in"),
        ("oci:a:v1\noci:b:v1 as=UPPER/case", "line 2: "), ("oci:a:v1 tag=x", "line 1: expected LOCATION"),
        ("oci:a:v1 namespace=a namespace=b", "line 1: expected LOCATION"), ("oci:a:v1\n\nelsewhere:b", "line 3: "),
        ("oci:a:v1\noci:\(String(repeating: "x", count: 20_000))", "line 2: expected at most 16384 bytes"),
    ])
    func errorsNameTheLine(_ text: String, _ message: String) async throws {
        let place = try Place()
        let file = try place.write(text, to: "images.txt")
        await #expect { _ = try await Self.decide(["--images", file]) } throws: { error in
            guard let failure = error as? CommandFailure else { return false }
            return failure.status == ExitStatus.badData && failure.lines.first?.contains(message) == true
                && failure.lines.first?.contains("images.txt") == true
        }
    }

    @Test func aListHasAMostOfLines() throws {
        let bytes = [UInt8](repeating: 0x0A, count: ImageList.most + 1)
        #expect(throws: CommandFailure.self) { try ImageList(bytes, file: "x", directory: "") }
        do throws(CommandFailure) { _ = try ImageList(bytes, file: "x", directory: "") } catch {
            #expect(error.lines.first?.contains("more than 100000 lines") == true)
        }
        #expect(throws: CommandFailure.self) { try ImageList([0x61, 0xFF], file: "x", directory: "") }
    }

    @Test func listsStandAlone() async throws {
        let place = try Place()
        let file = try place.write(Self.image("finance/admitted"), to: "images.txt")
        let pod = try place.write("kind: Pod\nspec: {containers: [{image: registry.example/a}]}", to: "pod.yaml")
        for words in [
            ["--images", file, "--as", "registry.example/a:v1"], ["oci:x", "--images", file],
            ["--images", file, "--artifact", file], ["--images", file, "--explain"],
            ["--images", file, "--kubernetes", pod], ["--images", file, "--jobs", "0"],
            ["--images", file, "--jobs", "65"], ["--images", file, "--store", "oci:x"], ["oci:x", "--store", "oci:x"],
            ["oci:x", "--workload", "A=/b"], ["--kubernetes", pod, "--workload", "A"],
            ["--kubernetes", "-", "--kubernetes", "-"],
        ] {
            #expect(try await Self.verify(words) == 64, "\(words)")
        }
        #expect(try await Self.verify(["--images", place.path("absent")]) == 65)
    }

    @Test func stagesCountOnlyWhereTheyAreHonoured() async throws {
        let place = try Place()
        let text = try String(contentsOf: Repository.url("policies/finance/policy.yaml"), encoding: .utf8)
        let policy = try place.write(text.replacing("stage: enforce", with: "stage: warn"), to: "policy/policy.yaml")
        try FileManager.default.copyItem(
            at: Repository.url("policies/finance/keys"), to: place.url.appendingPathComponent("policy/keys"))
        let rejected = Self.image("finance/unsigned_fail")
        let file = try place.write(rejected, to: "images.txt")
        let words = ["verify", "--images", file, "--policy", policy, "--at", "2026-11-20T12:00:00Z", "--quiet"]
        #expect(try await status(words) == 1)
        #expect(try await status(words + ["--honour-stage"]) == 0)
        // What isn't enforced doesn't hide what is.
        _ = try place.write(
            rejected + "\n" + ReportFormatTests.image("finance/unsigned_fail", "namespace=b"), to: "images.txt")
        #expect(try await status(words + ["--honour-stage"]) == 1)
    }

    // MARK: Manifests

    private static let deployment = """
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: ledger, namespace: finance}
        spec:
          template:
            spec:
              initContainers:
              - {name: init, image: "registry.example/finance/ledger:v1.4.0"}
              containers:
              - name: app
                image: registry.example/finance/ledger:v1.4.0

        """

    /// A layout that has the image under its whole name.
    private static func store(_ place: Place, as name: String, _ item: String = "finance/admitted") throws -> String {
        let store = place.url.appendingPathComponent("store")
        try FileManager.default.copyItem(at: Repository.url("testdata/\(item)/image"), to: store)
        let list = store.appendingPathComponent("index.json")
        let text = try String(contentsOf: list, encoding: .utf8)
        try Data(text.replacing("ref.name\":\"v1\"", with: "ref.name\":\"\(name)\"").utf8).write(to: list)
        return "oci:" + store.path
    }

    @Test func imagesOfManifestsAreFoundInStores() async throws {
        let place = try Place()
        let store = try Self.store(place, as: "registry.example/finance/ledger:v1.4.0")
        let file = try place.write(Self.deployment, to: "deploy.yaml")
        let list = try await Self.decide([
            "--kubernetes", file, "--store", "oci:\(place.path("none"))", "--store", store,
        ])
        #expect(list.decisions.map(\.record.verdict) == [.admit])
        #expect(list.decisions.first?.mentions.map(\.line) == [11, 8])
        #expect(
            list.decisions.first?.mentions.map(\.user) == [
                "Deployment finance/ledger, container app", "Deployment finance/ledger, init container init",
            ])
        #expect(list.decisions.first?.record.request.namespace == "finance")
        let digest = try #require(list.decisions.first?.record.imageDigest)
        let pinned = try place.write(
            Self.deployment.replacing("ledger:v1.4.0", with: "ledger@\(digest)"), to: "pinned.yaml")
        #expect(try await Self.decide(["--kubernetes", pinned, "--store", store]).verdict == .admit)
    }

    @Test func aManifestSaysItsOwnNamespace() async throws {
        let place = try Place()
        let store = try Self.store(place, as: "registry.example/finance/ledger:v1.4.0")
        let bare = Self.deployment.replacing(", namespace: finance", with: "")
        let file = try place.write(Self.deployment + "---\n" + bare, to: "deploy.yaml")
        let list = try await Self.decide(["--kubernetes", file, "--store", store, "--namespace", "elsewhere"])
        #expect(list.decisions.map(\.record.request.namespace) == ["finance", "elsewhere"])
        #expect(list.decisions.map(\.record.verdict) == [.admit, .reject])
    }

    @Test func anImageThatIsNoneIsRejected() async throws {
        let place = try Place()
        for image in ["", "UPPER/Case:x", "${IMAGE}", "a@team"] {
            let file = try place.write(
                "kind: Pod\nspec: {containers: [{name: a, image: \"\(image)\"}]}", to: "pod.yaml")
            let list = try await Self.decide(["--kubernetes", file, "--store", "oci:x"])
            #expect(list.verdict == .reject, "\(image)")
            #expect(list.decisions.first?.record.headline?.code.name == "image.malformed-reference")
        }
    }

    /// `oci:v1` in a manifest is `docker.io/library/oci:v1`, never a directory.
    @Test func manifestsNameNoFiles() async throws {
        let place = try Place()
        let layout = Repository.path("testdata/finance/admitted/image")
        for image in ["oci:v1", "dir:v1", "oci-archive:v1"] {
            let file = try place.write(
                "kind: Pod\nspec: {containers: [{name: a, image: \"\(image)\"}]}", to: "pod.yaml")
            let list = try await Self.decide(["--kubernetes", file, "--store", "oci:\(layout)"])
            #expect(list.decisions.first?.record.request.reference?.registry == "docker.io")
            #expect(list.verdict == .undecided)
        }
        let file = try place.write(
            "kind: Pod\nspec: {containers: [{name: a, image: \"oci:\(layout):v1\"}]}", to: "pod.yaml")
        let list = try await Self.decide(["--kubernetes", file, "--store", "oci:\(layout)"])
        #expect(list.decisions.first?.record.image == nil)
    }

    @Test func kindsThatAreNotKnownAreTold() async throws {
        let place = try Place()
        let store = try Self.store(place, as: "registry.example/finance/ledger:v1.4.0")
        let rollout = Self.deployment.replacing("kind: Deployment", with: "kind: Rollout")
        let file = try place.write(Self.deployment + "---\n" + rollout, to: "deploy.yaml")
        let list = try await Self.decide(["--kubernetes", file, "--store", store])
        #expect(list.notes.count == 1 && list.notes[0].contains("`Rollout finance/ledger`"))
        let known = try await Self.decide(
            ["--kubernetes", file, "--store", store, "--workload", "Rollout=/spec/template/spec"])
        #expect(known.notes.isEmpty && known.decisions.first?.mentions.count == 4)
    }

    @Test func manifestsThatCannotBeReadAreRefused() async throws {
        let place = try Place()
        for text in [
            "kind: ConfigMap\ndata: {a: b}", "kind: Pod\nspec: {containers: {a: b}}", "kind: Pod\nkind: Pod", "a: [",
            "- a", "kind: Pod\nspec: {containers: [{image: !x a}]}", "",
        ] {
            let file = try place.write(text, to: "pod.yaml")
            #expect(try await Self.verify(["--kubernetes", file, "--store", "oci:x"]) == 65, "\(text)")
        }
    }

    // MARK: Reports

    @Test func severalReportsOfOneRun() async throws {
        let place = try Place()
        let image = "oci:" + Repository.path("testdata/finance/unsigned_fail/image") + ":v1"
        let formats = ["text", "json", "sarif", "junit", "markdown", "github"]
        let outputs = formats.flatMap { ["--output", "\($0)=\(place.path($0))"] }
        #expect(try await Self.verify([image, "--namespace", "finance"] + outputs) == 1)
        let begins = ["REJECT", "{\"artifact\"", "{\n  \"$schema\"", "<?xml ", "### Landwaiter", "landwaiter: reject"]
        for (format, begin) in zip(formats, begins) {
            let text = try Self.fileBytes(place.path(format))
            #expect(text.hasPrefix(begin) || format == "json" && text.hasPrefix("{"), "\(format): \(text.prefix(40))")
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: place.url.path).count == formats.count)
        // Again, over what is there.
        #expect(try await Self.verify([image, "--namespace", "finance"] + outputs) == 1)
    }

    @Test func outputsAreChecked() async throws {
        let place = try Place()
        let image = "oci:" + Repository.path("testdata/finance/unsigned_fail/image") + ":v1"
        for words in [
            ["--output", "html"], ["--output", "json="], ["--output", "text", "--output", "json"],
            ["--output", "json", "--output", "sarif=-"], ["--output", "json=a", "--output", "sarif=a"],
            ["--explain", "--output", "sarif"],
        ] {
            #expect(try await Self.verify([image] + words) == 64, "\(words)")
        }
        let file = place.path("why.txt")
        #expect(
            try await Self.verify([
                image, "--namespace", "finance", "--explain", "--output", "sarif", "--output", "text=\(file)",
            ]) == 1)
        #expect(try Self.fileBytes(file).contains("no rule saw"))
    }

    @Test func aReportThatCannotBeWrittenHidesNoVerdict() async throws {
        let place = try Place()
        let lost = place.path("absent/report.json")
        let kept = place.path("kept.json")
        let admitted = "oci:" + Repository.path("testdata/finance/admitted/image") + ":v1"
        let rejected = "oci:" + Repository.path("testdata/finance/unsigned_fail/image") + ":v1"
        let words = [
            "--namespace", "finance", "--as", "registry.example/finance/ledger:v1.4.0", "--output", "json=\(lost)",
            "--output", "sarif=\(kept)",
        ]
        #expect(try await Self.verify([admitted] + words) == 65)
        #expect(FileManager.default.fileExists(atPath: kept), "the other report is written")
        #expect(try await Self.verify([rejected] + words) == 1)
        #expect(try await Self.verify(["oci:/nowhere:v1"] + words) == 2)
    }

    @Test func filesAreReplacedAsAWhole() throws {
        let place = try Place()
        let file = try place.write("old", to: "report")
        let link = place.path("link")
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: file)
        try LocalFile.replace(link, Array("new".utf8))
        #expect(try Self.fileBytes(file) == "new")
        #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link) == file)
        #expect(try FileManager.default.contentsOfDirectory(atPath: place.url.path).sorted() == ["link", "report"])
        try LocalFile.replace("/dev/null", Array("x".utf8))
        try LocalFile.append(file, Array("er".utf8))
        #expect(try Self.fileBytes(file) == "newer" && LocalFile.size(of: file) == 5)
        #expect(LocalFile.size(of: place.path("absent")) == 0)
    }

    @Test(arguments: [
        ("text", ReportTarget(.text)), ("json=-", ReportTarget(.json)),
        ("sarif=a=b", ReportTarget(.sarif, file: "a=b")),
        ("JSON", nil), ("", nil), ("json=", nil), ("=a", nil), ("xml", nil),
    ])
    func formatsAndFilesAreToldApart(_ text: String, _ target: ReportTarget?) {
        #expect(ReportTarget(argument: text) == target)
    }
}
