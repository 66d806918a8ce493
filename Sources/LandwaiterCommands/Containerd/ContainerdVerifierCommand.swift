import Admission
import AdmissionPolicy
import ArgumentParser
import Content
import Findings
import OCI

struct ContainerdVerifierCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "containerd-verifier",
        abstract: "Judges an image before containerd pulls it (an image verifier of its plugin `bindir`).",
        discussion: """
            containerd calls every program in its `bin_dir` with -name, -digest and -stdin-media-type before it pulls an \
            image, and pulls only where all exit with 0. Put a link called landwaiter-containerd-verifier there that leads to \
            landwaiter. Under that name it takes its options from /etc/landwaiter/containerd-verifier.conf (or the \
            file that LANDWAITER_CONTAINERD_VERIFIER names), one on a line, like `--server /run/landwaiter/verifier.sock`.

            It asks the server's socket, and where no server answers it decides itself, by the policies that it is given; \
            without any the image is blocked. What a policy's stage does not enforce is let through. When an image is \
            pulled its namespace is not known: guardrails and policies for all namespaces apply.

            EXAMPLES
              landwaiter containerd-verifier --name registry.example/finance/ledger:v1 --digest sha256:… --policy /etc/landwaiter/policies
              ln -s /usr/bin/landwaiter /opt/containerd/image-verifier/bin/landwaiter-containerd-verifier

            EXIT STATUS
              0 the image may be pulled    1 reject    2 undecided    64, 65 wrong options or data: the image is blocked as well
            """)

    @Option(help: ArgumentHelp("The reference that is pulled.", valueName: "reference"))
    var name: String

    @Option(help: ArgumentHelp("The digest that it resolved to.", valueName: "digest"))
    var digest: String

    @Option(help: ArgumentHelp("What stands on standard input.", valueName: "type"))
    var stdinMediaType = "application/vnd.oci.descriptor.v1+json"

    @Option(help: ArgumentHelp("Before what containerd asks: `pull` or `run`.", valueName: "operation"))
    var operation = "pull"

    @Option(
        help: ArgumentHelp("The socket of `landwaiter serve` on this machine, asked first.", valueName: "socket"),
        completion: .file())
    var server: String?

    @Option(help: ArgumentHelp("How long the server may take.", valueName: "duration"))
    var serverTimeout = StatedDuration(seconds: 5)

    @OptionGroup var decision: DecisionOptions
    @OptionGroup(title: "Registry Options") var registry: RegistryOptions

    func run() async throws {
        do {
            try await RegistryAccess.$current.withValue(try registry.access()) {
                let input = try LocalFile.readOrStandardInput("-", limit: ContainerdCall.longestInput)
                let judgement = try await judge(input)
                Terminal.write(judgement.reason + "\n")
                guard judgement.status == ExitStatus.admit else { throw judgement.status }
            }
        } catch let failure as CommandFailure {
            // containerd shows people what stands on standard output.
            Terminal.write("blocked: \(failure.lines.joined(separator: "; "))\n")
            throw failure.exit()
        }
    }

    /// What containerd is told.
    struct Judgement {
        let status: ExitCode
        /// One line for people.
        let reason: String
    }

    /// - Parameter input: what stands on standard input.
    func judge(_ input: [UInt8]) async throws(CommandFailure) -> Judgement {
        guard decision.at == nil else { throw .usage("an image that is pulled is judged now", "leave `--at` out") }
        let call: ContainerdCall
        do throws(ContainerdCallError) {
            call = try ContainerdCall(
                name: name, digest: digest, operation: operation, mediaType: stdinMediaType, input: input)
        } catch {
            return Judgement(status: ExitStatus.reject, reason: "reject: \(error.message)")
        }
        var silence: String?
        if let server {
            do throws(VerifierSocketError) {
                let answer = try await VerifierSocket(path: server).ask(
                    call, within: .seconds(serverTimeout.seconds))
                return Judgement(answer)
            } catch {
                silence = error.message
                Terminal.writeError("landwaiter: warning: the server gave no answer: \(error.message)")
            }
        }
        guard !decision.policy.isEmpty || !decision.key.isEmpty else {
            guard let silence else {
                throw .usage(
                    "nothing says what the image must fulfil", "give `--server SOCKET`, `--policy PATH`, or both")
            }
            return Judgement(
                status: ExitStatus.undecided,
                reason: "undecided: the server gave no answer (\(silence)), and there is no `--policy` to decide by")
        }
        return Judgement(try await decide(call))
    }

    private func decide(_ call: ContainerdCall) async throws(CommandFailure) -> AdmissionRecord {
        let (pipeline, context) = try await decision.prepared()
        let source = try ImageOptions.source("docker://" + call.reference.description)
        let request = try context.request(
            image: source, statedReference: call.reference, namespace: decision.namespace)
        return await pipeline.decide(request)
    }
}

extension ContainerdVerifierCommand.Judgement {
    init(_ answer: VerifierSocket.Answer) {
        let isUndecided = answer.verdict.utf8.elementsEqual(Verdict.undecided.rawValue.utf8)
        status = answer.isAllowed ? ExitStatus.admit : isUndecided ? ExitStatus.undecided : ExitStatus.reject
        reason = Finding.escaped(answer.reason)
    }

    init(_ record: AdmissionRecord) {
        status = record.enforcement.isEnforced ? ExitStatus.of(record.verdict) : ExitStatus.admit
        reason = record.line
    }
}

extension AdmissionRecord {
    /// The verdict, its headline and what would mend it, on one line.
    var line: String {
        guard let headline else { return "\(verdict.rawValue): \(imageDigest?.description ?? "")" }
        let stage = enforcement.isEnforced ? "" : " (not enforced at stage \(enforcement.stage.name))"
        return Finding.escaped("\(verdict.rawValue)\(stage): \(headline.message) [\(headline.code)]; \(headline.mend)")
    }
}

extension ContainerdVerifierCommand {
    /// The name under which containerd calls the program.
    static let calledName = "landwaiter-containerd-verifier"
    static let standardFile = "/etc/landwaiter/containerd-verifier.conf"
    static let fileVariable = "LANDWAITER_CONTAINERD_VERIFIER"
    /// Bytes of the file of options.
    private static let longestFile = 64 << 10

    /// Whether a program of this name (its first word) is called by containerd.
    static func isCalled(by program: String?) -> Bool {
        guard let program else { return false }
        let name = program.utf8.split(separator: UInt8(ascii: "/")).last ?? program.utf8[...]
        return name.elementsEqual(calledName.utf8)
    }

    /// The words of a command line, for those that containerd gave and the options of the file.
    static func words(_ given: some Sequence<String>) throws(CommandFailure) -> [String] {
        let stated = Terminal.environment(fileVariable)
        let file = stated.isEmpty ? standardFile : stated
        // What stands in the file is the operator's: containerd's words come last and can't be taken for a value of it.
        return try options(inFile: file) + ContainerdCall.options(given)
    }

    /// Lines of `--option value` or `--flag`; blank lines and lines that begin with `#` say nothing.
    static func options(inFile file: String) throws(CommandFailure) -> [String] {
        let bytes = try LocalFile.read(file, limit: longestFile)
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw .badData("expected UTF-8 in \(Finding.quoted(file)), found something else")
        }
        var words: [String] = []
        for (position, line) in text.utf8.split(separator: 0x0A, omittingEmptySubsequences: false).enumerated() {
            let blank: (UInt8) -> Bool = { $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }
            var rest = line.drop(while: blank)
            while rest.last.map(blank) == true { rest = rest.dropLast() }
            guard let first = rest.first, first != UInt8(ascii: "#") else { continue }
            guard rest.starts(with: "--".utf8) else {
                throw .badData(
                    "\(Finding.quoted(file)) line \(position + 1): expected an option like `--policy PATH`, found \(Finding.quoted(String(Substring(rest))))"
                )
            }
            let option = rest.prefix { !blank($0) }
            words.append(String(Substring(option)))
            let value = rest.dropFirst(option.count).drop(while: blank)
            if !value.isEmpty { words.append(String(Substring(value))) }
        }
        return words
    }

    /// Runs as containerd's verifier and leaves. Whatever can't be understood blocks the image.
    static func launch(_ given: some Sequence<String>) async -> Never {
        do {
            let command = try parse(try words(given))
            try await command.run()
            exit()
        } catch let failure as CommandFailure {
            Terminal.write("blocked: \(failure.lines.joined(separator: "; "))\n")
            exit(withError: failure.exit())
        } catch {
            exit(withError: error)
        }
    }
}
