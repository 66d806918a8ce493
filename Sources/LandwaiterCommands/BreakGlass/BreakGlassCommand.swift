import Admission
import ArgumentParser
import Content
import Findings
import PKI
import Signing
import StrictEncoding

struct BreakGlassCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "break-glass",
        abstract: "Makes, approves and shows passes for emergencies.",
        discussion: """
            A pass lets one digest into one namespace for some hours, although rules of policies do not hold. It has \
            effect only where a guardrail names approvers, and enough of them, at least two, sign the same bytes.

            EXAMPLES
              landwaiter break-glass approve pass.json --key bob.key --output approved.json
              landwaiter verify oci:image:v1 --policy payments=policies --guardrails guardrails --namespace finance --break-glass approved.json
            """,
        subcommands: [BreakGlassCreateCommand.self, BreakGlassApproveCommand.self, BreakGlassShowCommand.self])
}

struct BreakGlassCreateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "create", abstract: "Writes a pass with the first signature.",
        discussion: """
            `landwaiter inspect IMAGE` shows the digest. The pass has no effect until another approver signs it.

            EXAMPLES
              landwaiter break-glass create --image sha256:6105d6cc76af400325e94d588ce511be5bfdbb73b437dc51eca43917d7a43e3d --namespace finance --for 4h --reason INC-77 --key alice.key --output pass.json
            """)

    @Option(help: ArgumentHelp("The digest that may run: an index's where there is one.", valueName: "digest"))
    var image: String

    @Option(help: ArgumentHelp("The namespace in which it may run.", valueName: "name"))
    var namespace: String

    @Option(
        name: .customLong("for"),
        help: ArgumentHelp("How long: a whole number and `m`, `h` or `d`.", valueName: "duration"))
    var duration: StatedDuration

    @Option(help: ArgumentHelp("From when on (RFC 3339); now if left out.", valueName: "time"))
    var notBefore: String?

    @Option(help: "Why; it stands in every record.")
    var reason: String

    @Option(help: "The incident's ticket.")
    var ticket: String?

    @Option(help: "By which people speak of the pass; namespace and time if left out.")
    var id: String?

    @OptionGroup var approval: ApprovalOptions

    func run() async throws {
        try await running {
            let digest: Digest
            do throws(DigestError) { digest = try Digest(image) } catch {
                throw CommandFailure.usage("\(Finding.quoted(image)): \(error.message)")
            }
            let begin = try Clock.instant(stated: notBefore).0
            let pass: BreakGlassPass
            do throws(BreakGlassError) {
                pass = try BreakGlassPass(
                    id: id ?? "\(namespace)-\(begin)", image: digest, namespace: namespace, notBefore: begin,
                    expires: begin.adding(seconds: duration.seconds), reason: reason, ticket: ticket)
            } catch {
                throw CommandFailure.usage(error.message)
            }
            let key = try KeyFile.privateKey(approval.key)
            let envelope: [UInt8]
            do throws(DSSESigningError) {
                envelope = try DSSESigner.envelope(
                    payload: pass.payload, payloadType: BreakGlassPass.payloadType.value, keys: [key])
            } catch {
                throw CommandFailure(status: ExitStatus.internalError, lines: [error.message])
            }
            try LocalFile.create(approval.output, envelope + [UInt8(ascii: "\n")], mode: 0o644)
            Terminal.writeError("wrote \(approval.output); it needs another approver's signature over the same bytes")
        }
    }
}

struct BreakGlassApproveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "approve",
        abstract: "Adds a signature to a pass, over the same bytes.",
        discussion: """
            Says first what is signed. Nothing of the pass is changed.

            EXAMPLES
              landwaiter break-glass approve pass.json --key bob.key --output approved.json
            """)

    @Argument(help: "The pass.", completion: .file(extensions: ["json"]))
    var file: String

    @OptionGroup var approval: ApprovalOptions

    func run() async throws {
        try await running {
            let unverified = try BreakGlassFile.read(file)
            for line in BreakGlassFile.lines(unverified.pass) { Terminal.writeError(line) }
            let key = try KeyFile.privateKey(approval.key)
            let envelope: [UInt8]
            do throws(DSSESigningError) {
                envelope = try DSSESigner.adding(key, to: unverified.envelope)
            } catch .alreadySigned {
                throw CommandFailure.usage(
                    "\(Finding.quoted(approval.key)) has signed this pass; two approvers are two keys")
            } catch {
                throw CommandFailure(status: ExitStatus.internalError, lines: [error.message])
            }
            try LocalFile.create(approval.output, envelope + [UInt8(ascii: "\n")], mode: 0o644)
            Terminal.writeError("wrote \(approval.output), signed by \(key.publicKey.fingerprint)")
        }
    }
}

struct BreakGlassShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Shows what a pass says and who claims to have signed it. Nothing is verified.",
        discussion: """
            EXAMPLES
              landwaiter break-glass show pass.json
            """)

    @Argument(help: "The pass.", completion: .file(extensions: ["json"]))
    var file: String

    func run() async throws {
        try await running {
            let unverified = try BreakGlassFile.read(file)
            Terminal.write("UNVERIFIED: anyone may have written this; `verify --break-glass` verifies it\n")
            for line in BreakGlassFile.lines(unverified.pass) { Terminal.write(line + "\n") }
            for hint in unverified.keyHints {
                Terminal.write("signature   \(hint.map { Finding.quoted($0.value) } ?? "no hint at the key")\n")
            }
        }
    }
}

struct ApprovalOptions: ParsableArguments {
    @Option(
        help:
            "The approver's private key (PEM). An encrypted one asks for its passphrase, or takes LANDWAITER_PASSPHRASE.",
        completion: .file(extensions: ["key", "pem"]))
    var key: String

    @Option(help: "The file to write; an existing one is never overwritten.", completion: .file(extensions: ["json"]))
    var output: String
}

/// Passes in files that the command line names.
enum BreakGlassFile {
    static func read(_ path: String) throws(CommandFailure) -> UnverifiedBreakGlass {
        let bytes = try LocalFile.read(path, limit: BreakGlassLimits.bytes)
        do {
            return try UnverifiedBreakGlass(parsing: bytes)
        } catch {
            throw .badData("\(Finding.quoted(path)): \(error.message)")
        }
    }

    static func lines(_ pass: BreakGlassPass) -> [String] {
        [
            "id          \(Finding.escaped(pass.id))",
            "image       \(pass.image)",
            "namespace   \(Finding.escaped(pass.namespace))",
            "not before  \(pass.notBefore)",
            "expires     \(pass.expires)",
            "reason      \(Finding.escaped(pass.reason))",
        ] + (pass.ticket.map { ["ticket      \(Finding.escaped($0))"] } ?? [])
    }
}
