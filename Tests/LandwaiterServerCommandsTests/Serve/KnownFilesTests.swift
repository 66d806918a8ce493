import Admission
import AdmissionPolicy
import AdmissionService
import Foundation
import LandwaiterCommands
import StrictEncoding
import Synchronization
import Testing

@testable import LandwaiterServerCommands

/// When material is loaded anew: whenever loading would give something else, and not otherwise.
@Suite struct KnownFilesTests {
    static let now = Instant(secondsSince1970: 1_790_000_000)

    /// A policy that names a key, in a place of its own.
    private struct Scene {
        let served: ServedPlace
        let source: MaterialSource
        let load: MaterialLoader

        init(_ document: String = Documents.small, policy: String = Self.signed) throws {
            served = try ServedPlace(document, policy: policy)
            source = MaterialSource(try ServerConfiguration.load(served.path))
            load = source.loader { KnownFilesTests.now }
        }

        var stamp: ChangeStamp { source.stamp(at: KnownFilesTests.now) }

        /// Of what was read, whether it could be used or not.
        func loaded() async -> ChangeStamp? {
            do throws(MaterialError) { return try await load().stamp } catch { return error.stamp }
        }

        static let signed = ServedPlace.policy.replacing(
            "require:\n", with: "signers: {ours: {key: {file: keys/ours.pub}}}\n  require:\n"
        ).replacing(
            "    - {id: ours, on: image, image: {name: {glob: [\"registry.example/**\"]}}}",
            with: "    - {id: ours, on: image, signature: {by: {atLeast: 1, of: [ours]}}}")
    }

    @Test func theStampIsThatOfWhatWasRead() async throws {
        let scene = try Scene(policy: ServedPlace.policy)
        let first = try await scene.load().stamp
        #expect(first != nil && scene.stamp == first)
        // Written anew with the same content: nothing to load.
        try scene.served.place.write(ServedPlace.policy, to: "policies/policy.yaml")
        #expect(scene.stamp == first)
        try scene.served.place.write(
            ServedPlace.policy.replacing("registry.example/**", with: "other.example/**"), to: "policies/policy.yaml")
        #expect(scene.stamp != first)
        let second = try await scene.load().stamp
        #expect(scene.stamp == second && second != first)
        try scene.served.place.write("{}", to: "policies/below/more.yml")
        #expect(scene.stamp != second)
    }

    @Test func whatIsBrokenIsTriedAgainWhenItIsMended() async throws {
        let scene = try Scene()
        // The key is yet to come.
        let broken = await scene.loaded()
        #expect(broken != nil && scene.stamp == broken)
        try scene.served.place.write("no key\n", to: "policies/keys/ours.pub")
        #expect(scene.stamp != broken)
        let worse = await scene.loaded()
        #expect(worse != broken && scene.stamp == worse)
        try scene.served.place.write("no key either\n", to: "policies/keys/ours.pub")
        #expect(scene.stamp != worse)
    }

    @Test func aTrustStoreIsLookedAtToo() async throws {
        let scene = try Scene(
            Documents.small.replacing(
                "  registries:\n", with: "  trust: {stores: [{directory: trust}]}\n  registries:\n"),
            policy: ServedPlace.policy)
        let absent = await scene.loaded()
        #expect(absent != nil && scene.stamp == absent)
        try scene.served.place.write("{}", to: "trust/metadata/root.json")
        #expect(scene.stamp != absent)
        let broken = await scene.loaded()
        #expect(broken != absent && scene.stamp == broken)
        try scene.served.place.write("[]", to: "trust/metadata/root.json")
        #expect(scene.stamp != broken)
    }

    /// As Kubernetes mounts a ConfigMap: each name is a link through `..data`, which is turned from one directory to
    /// another.
    @Test func aMountedConfigMapIsFollowed() async throws {
        let scene = try Scene(policy: ServedPlace.policy)
        let directory = scene.served.place.path("policies")
        let other = ServedPlace.policy.replacing("registry.example/**", with: "other.example/**")
        for (name, text) in [("..1", ServedPlace.policy), ("..2", ServedPlace.policy), ("..3", other)] {
            try scene.served.place.write(text, to: "policies/\(name)/policy.yaml")
        }
        let files = FileManager.default
        func turn(to name: String) throws {
            try files.createSymbolicLink(atPath: directory + "/..new", withDestinationPath: name)
            try #require(rename(directory + "/..new", directory + "/..data") == 0)
        }
        try turn(to: "..1")
        try files.removeItem(atPath: directory + "/policy.yaml")
        try files.createSymbolicLink(atPath: directory + "/policy.yaml", withDestinationPath: "..data/policy.yaml")
        let first = try await scene.load().stamp
        #expect(first != nil && scene.stamp == first)
        try turn(to: "..2")
        try files.removeItem(atPath: directory + "/..1")
        #expect(scene.stamp == first)
        try turn(to: "..3")
        #expect(scene.stamp != first)
        #expect(try await scene.load().stamp == scene.stamp)
    }

    /// Half of it was read when it was written to: the next look sees that.
    @Test func aWriteWhileItIsReadIsNoticed() async throws {
        let place = try Place()
        let path = try place.write("first\n", to: "policy.yaml")
        let files = KnownFiles()
        let (_, read) = await files.recording { _ in
            _ = try? LocalFile.read(path, limit: 100)
            _ = try? place.write("other\n", to: "policy.yaml")
            _ = try? LocalFile.read(path, limit: 100)
        }
        files.know(read, [])
        #expect(files.stamp(at: Self.now) != KnownFiles.stamp(read, [], at: Self.now))
    }

    /// Two writes of one size in one tick of the file system's clock look alike from outside.
    @Test func aSecondWriteAtTheSameTimeIsNoticed() async throws {
        let place = try Place()
        let path = try place.write("....", to: "file")
        let files = KnownFiles()
        for number in 0..<300 {
            let handle = try #require(FileHandle(forUpdatingAtPath: path))
            try handle.write(contentsOf: Data("a\(100 + number)".utf8))
            let (_, read) = await files.recording { record in record(path) }
            files.know(read, [])
            try handle.seek(toOffset: 0)
            try handle.write(contentsOf: Data("b\(100 + number)".utf8))
            #expect(files.stamp(at: Self.now) != KnownFiles.stamp(read, [], at: Self.now))
            try handle.close()
        }
    }

    /// Stored trust that has ended is loaded anew, so that somebody hears of it.
    @Test func theEndOfTrustIsAChange() {
        let files = KnownFiles()
        files.know([:], [TrustExpiry(name: "house", expires: Self.now.adding(seconds: 10))])
        #expect(files.stamp(at: Self.now) == files.stamp(at: Self.now.adding(seconds: 9)))
        #expect(files.stamp(at: Self.now) != files.stamp(at: Self.now.adding(seconds: 10)))
    }

    /// Looking loads nothing, and a reload loads once.
    @Test func nothingIsLoadedWithoutReason() async throws {
        let scene = try Scene(policy: ServedPlace.policy)
        let loads = Mutex(0)
        var settings = DecisionServiceConfiguration()
        settings.reloadInterval = .milliseconds(10)
        settings.changeStamp = { scene.stamp }
        let service = try await DecisionService(
            configuration: settings,
            loader: { () throws(MaterialError) in
                loads.withLock { $0 += 1 }
                return try await scene.load()
            },
            sources: try ServerRegistries(try ServerConfiguration.load(scene.served.path)).sources, recorder: nil,
            metrics: ServiceMetrics(), events: nil, now: { Self.now })
        #expect(loads.withLock { $0 } == 1)
        let looking = Task { await service.run() }
        defer { looking.cancel() }
        try await Task.sleep(for: .milliseconds(200))
        #expect(loads.withLock { $0 } == 1)
        let text = ServedPlace.policy.replacing("registry.example/**", with: "other.example/**")
        // At once, as an editor that is careful does: one change is one load.
        try scene.served.place.write(text, to: "new")
        try #require(
            rename(scene.served.place.path("new"), scene.served.place.path("policies/policy.yaml")) == 0)
        let digest = service.material.pipeline.policies.digest
        while service.material.pipeline.policies.digest == digest { try await Task.sleep(for: .milliseconds(5)) }
        try await Task.sleep(for: .milliseconds(100))
        #expect(loads.withLock { $0 } == 2)
    }
}
