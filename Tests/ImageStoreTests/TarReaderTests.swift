import Archives
import LocalFiles
import Testing

@testable import ImageStore

/// The tar itself: every form that writers use, and nothing that has two readings.
@Suite struct TarReaderTests {
    private let workspace: Workspace

    init() throws { workspace = try Workspace() }

    /// Names and data of the plain files.
    private func read(
        _ bytes: [UInt8], mostEntries: Int = TarReader.mostEntries
    ) -> Result<[String: [UInt8]], ArchiveError> {
        guard let path = try? workspace.write(bytes, to: "x.tar") else { return .failure(.cutShort) }
        return Result { () throws(ArchiveError) in
            let file: OpenFile
            do throws(FileError) { file = try OpenFile.open(path: path, calledAs: "x") } catch { throw .file(error) }
            var reader = TarReader(FileStream(file), mostEntries: mostEntries)
            var files: [String: [UInt8]] = [:]
            while let entry = try reader.next() {
                guard entry.kind == .file else { continue }
                files[String(decoding: entry.name, as: UTF8.self)] = try reader.data(of: entry)
            }
            return files
        }
    }

    private func read(_ build: (inout TarFixture) -> Void) -> Result<[String: [UInt8]], ArchiveError> {
        var tar = TarFixture()
        build(&tar)
        return read(tar.ended)
    }

    private func isMalformed(_ result: Result<[String: [UInt8]], ArchiveError>) -> Bool {
        if case .failure(.malformed) = result { true } else { false }
    }

    @Test func readsFilesAndPassesOverTheRest() {
        let result = read { tar in
            tar.entry("d/", type: "5")
            tar.file("d/one", [1])
            tar.entry("link", type: "2")
            tar.entry("hard", type: "1")
            tar.entry("fifo", type: "6")
            tar.entry("vendor", type: "V", [9, 9])
            tar.file("two", [UInt8](repeating: 2, count: 513))
            tar.file("empty", [])
        }
        #expect(result == .success(["d/one": [1], "two": [UInt8](repeating: 2, count: 513), "empty": []]))
    }

    @Test func makesNamesOne() {
        let result = read { tar in
            tar.file("./a", [1])
            tar.file("b//c/./d", [2])
        }
        #expect(result == .success(["a": [1], "b/c/d": [2]]))
    }

    @Test(arguments: ["/index.json", "../index.json", "a/../index.json", "a/..", ".."])
    func refusesNamesThatLeaveTheArchive(_ name: String) {
        #expect(read { $0.file(name, [1]) } == .failure(.unsafeName(Array(name.utf8))))
        #expect(read { $0.entry(name, type: "2") } == .failure(.unsafeName(Array(name.utf8))))
    }

    @Test func refusesThemInLongNamesToo() {
        let viaPax = read { tar in
            tar.pax([("path", "../x")])
            tar.file("x", [1])
        }
        #expect(viaPax == .failure(.unsafeName(Array("../x".utf8))))
        let viaGNU = read { tar in
            tar.longName("/x")
            tar.file("x", [1])
        }
        #expect(viaGNU == .failure(.unsafeName(Array("/x".utf8))))
    }

    @Test func joinsThePrefixInPOSIXArchivesOnly() {
        var tar = TarFixture()
        let size = Array("00000000001\u{0}".utf8)
        let data = [1] + [UInt8](repeating: 0, count: 511)
        tar.raw(TarFixture.header(Array("a".utf8), type: "0", size: size, prefix: Array("p/q".utf8)) + data)
        tar.raw(
            TarFixture.header(
                Array("b".utf8), type: "0", size: size, magic: "ustar  \u{0}", prefix: Array("14000000000".utf8)) + data
        )
        #expect(read(tar.ended) == .success(["p/q/a": [1], "b": [1]]))
    }

    @Test func readsALongNameOfGNU() {
        let name = String(repeating: "n", count: 300)
        let result = read { tar in
            tar.longName(name)
            tar.entry("././@LongLink", type: "K", Array("target\u{0}".utf8))
            tar.file(String(name.prefix(100)), [1])
            tar.file("after", [2])
        }
        #expect(result == .success([name: [1], "after": [2]]))
    }

    @Test func readsPathAndSizeOfPax() {
        let name = String(repeating: "n", count: 300)
        var tar = TarFixture()
        tar.pax([("mtime", "1.5"), ("path", name), ("size", "3"), ("comment", "a=b\nc")])
        tar.entry("short", type: "0", [1, 2, 3], size: 0)
        tar.file("after", [2])
        #expect(read(tar.ended) == .success([name: [1, 2, 3], "after": [2]]))
    }

    @Test func readsSizesInBase256() {
        var tar = TarFixture()
        tar.entry("a", sizeField: [0x80] + [UInt8](repeating: 0, count: 10) + [3], [1, 2, 3])
        #expect(read(tar.ended) == .success(["a": [1, 2, 3]]))
    }

    @Test(arguments: [
        [0xFF] + [UInt8](repeating: 0xFF, count: 11),  // -1
        [0xFF] + [UInt8](repeating: 0, count: 10) + [1],  // some other negative number
        [0x81] + [UInt8](repeating: 0, count: 10) + [1],  // 2^88 + 1
        [0x80] + [UInt8](repeating: 0xFF, count: 11),  // beyond 64 bits
        [0x80, 0, 0, 0, 0x7F] + [UInt8](repeating: 0xFF, count: 7),  // the largest Int
        Array("0000000000x\u{0}".utf8), Array("-0000000001\u{0}".utf8), Array("00000 00001\u{0}".utf8),
        Array("00000000008\u{0}".utf8),
    ])
    func refusesSizesThatAreNone(_ field: [UInt8]) {
        var tar = TarFixture()
        tar.entry("a", sizeField: field, [1])
        #expect(isMalformed(read(tar.ended)))
    }

    @Test func refusesAWrongChecksum() {
        for offset in [0, 130, 300, 511] {
            var tar = TarFixture()
            tar.file("a", [1])
            var bytes = tar.ended
            bytes[offset] ^= 1
            #expect(isMalformed(read(bytes)), "\(offset)")
        }
    }

    @Test func refusesSparseFiles() {
        let message = ArchiveError.unsupported("whole files in the tar, found a sparse one")
        #expect(read { $0.entry("a", type: "S") } == .failure(message))
        let viaPax = read { tar in
            tar.pax([("GNU.sparse.major", "1"), ("GNU.sparse.name", "index.json")])
            tar.file("GNUSparseFile.0/x", [1])
        }
        #expect(viaPax == .failure(message))
    }

    @Test func refusesDataBehindLinksAndDirectories() {
        // Some readers take it for data, others for the next header.
        for type: Unicode.Scalar in ["1", "2", "3", "5", "6"] {
            #expect(isMalformed(read { $0.entry("a", type: type, [1]) }), "\(type)")
        }
    }

    @Test(arguments: [
        [("path", "a"), ("path", "b")], [("size", "1"), ("size", "2")], [("size", "-1")], [("size", "1e3")],
        [("size", "")],
        [("path", "")], [("path", "a\u{0}b")],
    ])
    func refusesPaxRecordsWithTwoReadings(_ records: [(String, String)]) {
        let result = read { tar in
            tar.pax(records)
            tar.file("a", [1])
        }
        #expect(isMalformed(result))
    }

    @Test(arguments: ["5 a=b", "99 a=b\n", "0 a=b\n", "x a=b\n", " a=b\n", "6 a b\n", "4 a\n", "6 a=b\nrest", "2 "])
    func refusesBrokenPaxRecords(_ text: String) {
        let result = read { tar in
            tar.entry("PaxHeaders/x", type: "x", Array(text.utf8))
            tar.file("a", [1])
        }
        #expect(isMalformed(result))
    }

    @Test func refusesGlobalRecordsForNamesAndSizes() {
        for record in [("path", "index.json"), ("size", "1")] {
            let result = read { tar in
                tar.pax([record], type: "g")
                tar.file("a", [1])
            }
            #expect(isMalformed(result))
        }
        let comment = read { tar in
            tar.pax([("comment", "git's commit")], type: "g")
            tar.file("a", [1])
        }
        #expect(comment == .success(["a": [1]]))
    }

    @Test func refusesTwoNamesForOneEntry() {
        let both = read { tar in
            tar.pax([("path", "a")])
            tar.longName("b")
            tar.file("c", [1])
        }
        #expect(isMalformed(both))
        let twice = read { tar in
            tar.longName("a")
            tar.longName("b")
            tar.file("c", [1])
        }
        #expect(isMalformed(twice))
        let twicePax = read { tar in
            tar.pax([("path", "a")])
            tar.pax([("mtime", "1")])
            tar.file("c", [1])
        }
        #expect(isMalformed(twicePax))
    }

    @Test func boundsNamesAndPaxHeaders() {
        let result = read { tar in
            tar.longName(String(repeating: "n", count: 1 << 16))
            tar.file("a", [1])
        }
        #expect(isMalformed(result))
    }

    @Test func refusesATarThatIsCutShortAnywhere() {
        var tar = TarFixture()
        tar.pax([("path", "a")])
        tar.file("a", [UInt8](repeating: 1, count: 700))
        let whole = tar.bytes + [UInt8](repeating: 0, count: 512)
        #expect(read(whole) == .success(["a": [UInt8](repeating: 1, count: 700)]))
        for length in stride(from: 0, to: whole.count, by: 41) {
            #expect(read(Array(whole[..<length])) == .failure(.cutShort), "\(length)")
        }
    }

    @Test func refusesHeadersThatDescribeNothing() {
        #expect(read { $0.pax([("path", "a")]) } == .failure(.cutShort))
        #expect(read { $0.longName("a") } == .failure(.cutShort))
    }

    @Test func endsAtTheEnd() {
        var tar = TarFixture()
        tar.file("a", [1])
        var second = TarFixture()
        second.file("b", [2])
        // Behind two blocks of zeros nobody reads; behind one, some do.
        #expect(read(tar.ended + second.ended) == .success(["a": [1]]))
        #expect(isMalformed(read(tar.bytes + [UInt8](repeating: 0, count: 512) + second.ended)))
    }

    @Test func boundsTheEntries() {
        // Headers that describe others count as well.
        var tar = TarFixture()
        tar.pax([("mtime", "1")])
        tar.file("a", [])
        tar.entry("b/", type: "5")
        #expect(read(tar.ended, mostEntries: 3) == .success(["a": []]))
        #expect(read(tar.ended, mostEntries: 2) == .failure(.tooManyEntries(limit: 2)))
        #expect(TarReader.mostEntries == 100_000)
    }
}
