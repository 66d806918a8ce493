import Foundation
import Simulators
import TUFClient

/// A directory that is gone with its holder.
final class TemporaryDirectory: Sendable {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.appendingPathComponent("tuf-" + UUID().uuidString).path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func file(_ name: String) -> [UInt8]? { FileManager.default.contents(atPath: path + "/" + name).map { Array($0) } }

    func write(_ name: String, _ bytes: [UInt8]) throws {
        let url = URL(fileURLWithPath: path + "/" + name)
        try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(bytes).write(to: url)
    }

    /// What a server would hold.
    func lay(_ repository: SimulatedTUFRepository) throws {
        for (name, bytes) in repository.files { try write("metadata/" + name, bytes) }
        for (name, bytes) in repository.targetFiles { try write("targets/" + name, bytes) }
    }
}

/// A simulated repository as a source, which counts what it is asked for.
actor SimulatedSource: MetadataSource {
    var repository: SimulatedTUFRepository
    private(set) var asked: [String] = []
    private var failing: Set<String> = []

    init(_ repository: SimulatedTUFRepository) { self.repository = repository }

    func serve(_ repository: SimulatedTUFRepository) {
        self.repository = repository
        asked = []
        failing = []
    }

    /// From now on these files can't be had.
    func fail(_ names: Set<String>) {
        asked = []
        failing = names
    }

    func metadata(_ fileName: String, limit: Int) async throws(MetadataSourceError) -> [UInt8]? {
        asked.append(fileName)
        if failing.contains(fileName) { throw .unreachable(fileName, why: "the network is down") }
        return repository.files[fileName]
    }

    func target(_ path: String, limit: Int) async throws(MetadataSourceError) -> [UInt8]? {
        asked.append(path)
        if failing.contains(path) { throw .unreachable(path, why: "the network is down") }
        return repository.targetFiles[path]
    }
}
