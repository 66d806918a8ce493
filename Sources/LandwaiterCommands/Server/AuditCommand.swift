package import ArgumentParser

/// `landwaiter audit`; carried out by the server part.
package struct AuditCommand: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "audit",
        abstract: "Says what was decided about an image: when, where, by which policies, on which evidence.",
        discussion: """
            Reads the verdicts that `serve` keeps. Without a command it is `audit show`.

            EXAMPLES
              landwaiter audit registry.example/finance/ledger:v1 --config server.yaml
              landwaiter audit list --namespace finance --verdict reject --since 7d --config server.yaml
              landwaiter audit impact --component log4j-core --database verdicts.db
            """,
        subcommands: [
            AuditShowCommand.self, AuditListCommand.self, AuditExportCommand.self, AuditImpactCommand.self,
            AuditPruneCommand.self,
        ],
        defaultSubcommand: AuditShowCommand.self)

    package init() {}
}

/// Every decision about one image.
package struct AuditShowCommand: ServerPartCommand {
    package static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Every decision about an image, by its digest or its name.",
        discussion: """
            For each decision: when and where, the verdict and why, policies and trust by their digests, the evidence \
            that counted, and who asked.

            `--reverify` decides again, by the policies and the trust of today: as of now, and as of the instant of the \
            newest decision of each namespace and name; and says what is otherwise, and because of which of the two. \
            The image comes from its registry, or from a layout with `--store-images`, so that it can be done years \
            later, offline. Nothing is recorded. Then it exits 1 if anything is decided otherwise, and 2 if \
            something could not be decided again.

            EXAMPLES
              landwaiter audit registry.example/finance/ledger:v1 --config server.yaml
              landwaiter audit sha256:9b2cf8a1b0f3e1d7c6a5948372615049382716f5e4d3c2b1a09f8e7d6c5b4a39 --database verdicts.db --output json
              landwaiter audit registry.example/finance/ledger:v1 --config server.yaml --reverify --store-images oci:archive
            """)

    @Argument(help: "A digest (sha256:HEX), or an image by name: REGISTRY/REPOSITORY[:TAG][@DIGEST].")
    package var subject: String

    @OptionGroup package var store: StoreOptions

    @Option(help: ArgumentHelp("Decisions for this namespace only.", valueName: "name"))
    package var namespace: String?

    @Option(help: ArgumentHelp("Decisions from this time on: RFC 3339, or 7d for a week ago.", valueName: "time"))
    package var since: StatedTime?

    @Option(help: ArgumentHelp("Decisions before this time.", valueName: "time"))
    package var until: StatedTime?

    @Option(help: ArgumentHelp("At most so many, the newest.", valueName: "number"))
    package var limit = 1000

    @Flag(help: "Decide again, as of now and as of then, and say what is otherwise.")
    package var reverify = false

    @Option(
        help: ArgumentHelp(
            "Where images are read from for --reverify instead of their registries: oci:DIR or oci-archive:FILE.",
            valueName: "image"), completion: .file())
    package var storeImages: [String] = []

    @Option(
        help: ArgumentHelp(
            "For --reverify: where approved base images are read from, besides the image's own place.",
            valueName: "image"), completion: .file())
    package var base: [String] = []

    @Option(
        help: ArgumentHelp(
            "Policies for --reverify, instead of the document's.", valueName: "[SOURCE=]PATH"),
        completion: .file())
    package var policy: [String] = []

    @OptionGroup package var guardrails: GuardrailOptions
    @OptionGroup package var trustedRoots: TrustedRootOptions
    @OptionGroup package var trustStores: TrustStoreOptions
    @OptionGroup(title: "Registry Options") package var registry: RegistryOptions

    @Option(help: "How the answer is written.")
    package var output: AnswerFormat = .text

    package init() {}
}

/// Decisions by what they have in common.
package struct AuditListCommand: ServerPartCommand {
    package static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "Lists decisions, the newest first.",
        discussion: """
            Every condition that is given has to hold. Where there are more decisions than `--limit`, the last line says \
            with which `--after` to go on.

            EXAMPLES
              landwaiter audit list --verdict reject --since 24h --config server.yaml
              landwaiter audit list --namespace finance --code provenance.source-ref-mismatch --database verdicts.db
            """)

    @OptionGroup package var store: StoreOptions

    @Option(help: ArgumentHelp("Of the image with this digest.", valueName: "digest"))
    package var digest: String?

    @Option(help: ArgumentHelp("Of this repository, like registry.example/finance/ledger.", valueName: "repository"))
    package var repository: String?

    @Option(help: ArgumentHelp("For this namespace.", valueName: "name"))
    package var namespace: String?

    @Option(help: "With this verdict.")
    package var verdict: AuditedVerdict?

    @Option(help: ArgumentHelp("With this reason code as the first reason.", valueName: "code"))
    package var code: String?

    @Option(help: ArgumentHelp("Of this policy, like payments/finance.", valueName: "policy"))
    package var policy: String?

    @Option(help: ArgumentHelp("From this time on: RFC 3339, or 7d for a week ago.", valueName: "time"))
    package var since: StatedTime?

    @Option(help: ArgumentHelp("Before this time.", valueName: "time"))
    package var until: StatedTime?

    @Option(help: ArgumentHelp("At most so many.", valueName: "number"))
    package var limit = 50

    @Option(help: ArgumentHelp("Go on after this decision.", valueName: "id"))
    package var after: String?

    @Option(help: "How the answer is written.")
    package var output: AnswerFormat = .text

    package init() {}
}

/// What a decision said.
package enum AuditedVerdict: String, CaseIterable, ExpressibleByArgument, Sendable { case admit, reject, undecided }

/// Everything, for another system.
package struct AuditExportCommand: ServerPartCommand {
    package static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Writes decisions as JSON Lines, the oldest first.",
        discussion: """
            One decision a line, with its whole record. The order never changes and new decisions come last, so an \
            export goes on where the last one ended: give the `id` of its last line to `--after`.

            EXAMPLES
              landwaiter audit export --config server.yaml --since 30d
              landwaiter audit export --database verdicts.db --after 01k9wz2c7v3m8q4t5r6s7a8b9c
            """)

    @OptionGroup package var store: StoreOptions

    @Option(help: ArgumentHelp("From this time on: RFC 3339, or 7d for a week ago.", valueName: "time"))
    package var since: StatedTime?

    @Option(help: ArgumentHelp("Before this time.", valueName: "time"))
    package var until: StatedTime?

    @Option(help: ArgumentHelp("Go on after the decision with this id.", valueName: "id"))
    package var after: String?

    package init() {}
}

/// Who is affected.
package struct AuditImpactCommand: ServerPartCommand {
    package static let configuration = CommandConfiguration(
        commandName: "impact",
        abstract: "Says which images were admitted on a signer, a key, a builder, a component or a piece of evidence.",
        discussion: """
            For the day on which one of them turns out to be bad: every image whose verified evidence says so, where it \
            was asked for, and when it was last admitted. Exits 1 if any image is affected, else 0.

            EXAMPLES
              landwaiter audit impact --key sha256:4f2a9c --config server.yaml
              landwaiter audit impact --component pkg:maven/org.apache.logging.log4j/log4j-core@2.14.1 --database verdicts.db
              landwaiter audit impact --component log4j-core --database verdicts.db --output json
            """)

    @OptionGroup package var store: StoreOptions

    @Option(
        help: ArgumentHelp("An identity that signed, as records name it.", valueName: "identity"))
    package var signer: String?

    @Option(help: ArgumentHelp("A public key, by its fingerprint.", valueName: "fingerprint"))
    package var key: String?

    @Option(help: ArgumentHelp("A builder, by its id.", valueName: "id"))
    package var builder: String?

    @Option(
        help: ArgumentHelp(
            "A component: a package URL, with or without a version, or a name.", valueName: "purl|name"))
    package var component: String?

    @Option(help: ArgumentHelp("A piece of evidence, or the image itself.", valueName: "digest"))
    package var digest: String?

    @Option(help: ArgumentHelp("Decisions from this time on: RFC 3339, or 7d for a week ago.", valueName: "time"))
    package var since: StatedTime?

    @Option(help: ArgumentHelp("At most so many images.", valueName: "number"))
    package var limit = 10_000

    @Option(help: "How the answer is written.")
    package var output: AnswerFormat = .text

    package init() {}

    package mutating func validate() throws {
        let given = [signer, key, builder, component, digest].compactMap { $0 }
        guard given.count == 1 else {
            throw ValidationError(
                "expected exactly one of --signer, --key, --builder, --component and --digest, found \(given.count)")
        }
        guard given.allSatisfy({ !$0.isEmpty }) else {
            throw ValidationError("expected something to look for, found nothing")
        }
    }
}

/// What is kept no longer.
package struct AuditPruneCommand: ServerPartCommand {
    package static let configuration = CommandConfiguration(
        commandName: "prune",
        abstract: "Deletes old decisions.",
        discussion: """
            The newest decision about each image stays, unless `--no-keep-latest` is given: it says on what something \
            runs today. Evidence that no decision names any more goes with them.

            EXAMPLES
              landwaiter audit prune --before 400d --dry-run --config server.yaml
              landwaiter audit prune --before 2026-01-01T00:00:00Z --database verdicts.db
            """)

    @OptionGroup package var store: StoreOptions

    @Option(help: ArgumentHelp("Those before this time: RFC 3339, or 400d for so long ago.", valueName: "time"))
    package var before: StatedTime

    @Flag(inversion: .prefixedNo, help: "Whether the newest decision about each image stays.")
    package var keepLatest = true

    @Flag(help: "Say how many it would be, and delete nothing.")
    package var dryRun = false

    @Option(help: "How the answer is written.")
    package var output: AnswerFormat = .text

    package init() {}
}
