import Findings
import Glibc
import HTTPTransport
import OCI
import StrictEncoding

/// The server's socket on this machine (`POST /v1/containerd`).
struct VerifierSocket {
    /// What the server says.
    struct Answer: Equatable {
        let isAllowed: Bool
        /// `admit`, `reject` or `undecided`.
        let verdict: String
        /// One line for people.
        let reason: String
    }

    let path: String

    /// Bytes of an answer: a verdict and a line.
    private static let longestAnswer = 64 << 10

    /// - Throws: why there is no answer that counts; whoever asked then decides by other means, never by none.
    func ask(_ call: ContainerdCall, within deadline: Duration) async throws(VerifierSocketError) -> Answer {
        try checkOwner()
        let transport: HTTPTransport
        do throws(HTTPConfigurationError) { transport = try HTTPTransport() } catch {
            throw VerifierSocketError(error.message)
        }
        let body: JSONTree = [
            "image": .string(call.reference.description), "operation": .string(call.operation),
        ]
        do {
            let url = try WebURL(parsing: "http://localhost/v1/containerd")
            var request = HTTPRequest(
                .post, url, fields: ["content-type": "application/json"], body: body.canonicalBytes(),
                limit: Self.longestAnswer, deadline: deadline, addresses: .loopback)
            request.socket = path
            let response = try await transport.send(request)
            await transport.shutdown()
            guard response.status == 200 else {
                throw VerifierSocketError("the server answered with status \(response.status)")
            }
            guard let answer = Self.answer(response.body) else {
                throw VerifierSocketError("the server's answer has no verdict")
            }
            return answer
        } catch let error as VerifierSocketError {
            throw error
        } catch let error as HTTPTransportError {
            throw VerifierSocketError(error.message)
        } catch {
            throw VerifierSocketError("\(error)")
        }
    }

    /// Only an answer in which everything agrees counts.
    static func answer(_ bytes: [UInt8]) -> Answer? {
        guard let document = try? JSONDocument(parsing: bytes), let tree = JSONTree(document.root),
            case .bool(let isAllowed)? = tree["allowed"], case .string(let verdict)? = tree["verdict"],
            ["admit", "reject", "undecided"].contains(where: { $0.utf8.elementsEqual(verdict.utf8) }),
            case .string(let reason)? = tree["reason"]
        else { return nil }
        guard isAllowed || !verdict.utf8.elementsEqual("admit".utf8) else { return nil }
        return Answer(isAllowed: isAllowed, verdict: verdict, reason: reason)
    }

    /// Whoever may make a file where the socket lies could answer in the server's place.
    private func checkOwner() throws(VerifierSocketError) {
        var status = stat()
        guard lstat(path, &status) == 0 else {
            throw VerifierSocketError("\(Finding.quoted(path)): \(String(cString: strerror(errno)))")
        }
        guard status.st_mode & S_IFMT == S_IFSOCK else {
            throw VerifierSocketError("expected \(Finding.quoted(path)) to be a socket")
        }
        let server = status.st_uid
        let directory = LocalFile.directory(of: path)
        guard stat(directory.isEmpty ? "." : directory, &status) == 0 else {
            throw VerifierSocketError("\(Finding.quoted(directory)): \(String(cString: strerror(errno)))")
        }
        // In a directory that others write to, only the sticky bit keeps them from putting another socket there, and
        // they may have been first.
        let isOpen = status.st_mode & (S_IWGRP | S_IWOTH) != 0
        guard !isOpen, [0, server].contains(status.st_uid) else {
            throw VerifierSocketError(
                "\(Finding.quoted(directory)) may be written to by others: anyone could answer there")
        }
    }
}

struct VerifierSocketError: Error, Equatable {
    /// One line for people.
    let message: String

    init(_ message: String) { self.message = message }
}
