import Content
import Findings
import OCI
import RegistrySimulator
import Testing

@testable import OCIDistribution

@Suite struct ContentCacheTests {
    func content(_ text: String) -> VerifiedContent { VerifiedContent(namedByOwnDigest: Array(text.utf8)) }

    func path(_ directory: TemporaryDirectory, _ content: VerifiedContent) -> String { "sha256/" + content.digest.hex }

    @Test func keepsContentForLaterProcesses() throws {
        let directory = try TemporaryDirectory()
        let kept = content("kept")
        ContentCache(directory: directory.path("cache")).put(kept)
        let later = ContentCache(directory: directory.path("cache"))
        #expect(later.content(kept.digest, limit: 100)?.bytes == kept.bytes)
        #expect(later.content(content("other").digest, limit: 100) == nil)
        #expect(later.content(kept.digest, limit: 3) == nil)
    }

    @Test func removesAnEntryThatIsNotWhatItsNameSays() throws {
        let directory = try TemporaryDirectory()
        let cache = ContentCache(directory: directory.path)
        let kept = content("kept")
        cache.put(kept)
        try directory.write("evil", to: path(directory, kept))
        #expect(cache.content(kept.digest, limit: 100) == nil)
        #expect(throws: (any Error).self) { try directory.read(path(directory, kept)) }
        cache.put(kept)
        #expect(cache.content(kept.digest, limit: 100) == kept)
    }

    @Test func removesWhatWasUsedLongestAgo() async throws {
        let directory = try TemporaryDirectory()
        let cache = ContentCache(directory: directory.path, limit: 1000)
        let contents = (0..<10).map { content(String(repeating: "\($0)", count: 100)) }
        for item in contents {
            cache.put(item)
            // File systems tell times apart that lie a tick of the kernel from each other, up to 10 ms.
            try await Task.sleep(for: .milliseconds(20))
        }
        _ = cache.content(contents[0].digest, limit: 100)
        cache.put(content("one more"))
        // The first was used last: the second went.
        #expect(cache.content(contents[0].digest, limit: 100) != nil)
        #expect(cache.content(contents[1].digest, limit: 100) == nil)
        #expect(cache.content(contents[9].digest, limit: 100) != nil)
    }

    @Test func keepsNothingThatWouldFillIt() throws {
        let directory = try TemporaryDirectory()
        let cache = ContentCache(directory: directory.path, limit: 100)
        let large = content(String(repeating: "x", count: 26))
        cache.put(large)
        #expect(cache.content(large.digest, limit: 1000) == nil)
    }

    @Test func isAMissWhereTheDirectoryCannotBeUsed() throws {
        let directory = try TemporaryDirectory()
        try directory.write("a file", to: "cache")
        let cache = ContentCache(directory: directory.path("cache"))
        cache.put(content("kept"))
        #expect(cache.content(content("kept").digest, limit: 100) == nil)
    }

    @Test func sparesTheRegistryWhatIsKnown() async throws {
        let directory = try TemporaryDirectory()
        try await SimulatedRegistry.with { registry in
            let image = registry.contents.pushImage(in: repository, tag: "v1")
            for _ in 0..<2 {
                let source = try Client { $0.cache = ContentCache(directory: directory.path) }
                    .source(reference(registry, "@\(image.digest)"))
                #expect(try await source.resolve(limits: ContentLimits()).descriptor == image)
            }
            #expect(registry.count() == 1)
            // What a tag means is asked anew.
            let source = try Client { $0.cache = ContentCache(directory: directory.path) }.source(reference(registry))
            _ = try await source.resolve(limits: ContentLimits())
            #expect(registry.count() == 2)
        }
    }

    @Test func asksAMirrorFirstAndTheRegistryWhereItFails() async throws {
        try await SimulatedRegistry.with { mirror in
            try await SimulatedRegistry.with { registry in
                let image = registry.contents.pushImage(in: repository, tag: "v1")
                let client = { try Client { try? $0.mirrors.add("\(registry.host)=\(mirror.host)/copy") } }
                #expect(
                    try await client().source(reference(registry)).resolve(limits: ContentLimits()).descriptor == image)
                #expect(mirror.requests.map(\.path) == ["/v2/copy/finance/ledger/manifests/v1"])
                #expect(registry.count() == 1)

                mirror.contents.pushImage(in: "copy/finance/ledger", tag: "v1")
                #expect(
                    try await client().source(reference(registry)).resolve(limits: ContentLimits()).descriptor == image)
                #expect(registry.count() == 1)

                // By digest a mirror can't give anything else.
                mirror.inject(.wrongBytes)
                let pinned = try client().source(reference(registry, "@\(image.digest)"))
                #expect(try await pinned.resolve(limits: ContentLimits()).descriptor == image)
                #expect(registry.count() == 2)
            }
        }
    }
}
