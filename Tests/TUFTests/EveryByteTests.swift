import Content
import Simulators
import StrictEncoding
import TUF
import Testing

/// Whatever one byte of a file becomes: it is refused, or what is trusted is the same.
@Suite struct EveryByteTests {
    @Test(arguments: ["1.root.json", "timestamp.json", "1.snapshot.json", "1.targets.json", "1.A.json"])
    func noAlteredByteIsTrusted(name: String) throws {
        var repository = try SimulatedTUFRepository()
        let delegated = try SimulatedTUFTargets()
        repository.delegated["A"] = delegated
        repository.targets.delegations = [.init("A", delegated.role, paths: ["dir/*"])]
        repository.add("dir/file", [1, 2, 3], to: "A")
        try repository.publish()
        let bytes = try #require(repository.files[name])
        var refused = 0
        for index in bytes.indices {
            var altered = repository
            altered.files[name]?[index] ^= 1 << UInt8(index % 8)
            do {
                var client = try StoredTrust(altered)
                let found = try client.find("dir/file", in: altered)
                // White space and the case of a signature's digits are not signed.
                #expect(found.file?.digests == [Digest(of: [1, 2, 3])], "byte \(index)")
            } catch is TUFError {
                refused += 1
            }
        }
        #expect(refused > bytes.count / 2)
    }

    @Test(arguments: ["1.root.json", "timestamp.json", "1.snapshot.json", "1.targets.json"])
    func noTruncatedFileIsTrusted(name: String) throws {
        let repository = try SimulatedTUFRepository()
        let bytes = try #require(repository.files[name])
        // The last byte is a line feed, which says nothing.
        for count in stride(from: 0, to: bytes.count - 1, by: 7) {
            var altered = repository
            altered.files[name] = Array(bytes.prefix(count))
            #expect(throws: TUFError.self) {
                var client = try StoredTrust(altered)
                try client.refresh(from: altered)
            }
        }
    }
}
