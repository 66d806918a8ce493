package import ArgumentParser

/// `landwaiter serve`; carried out by the server part.
package struct ServeCommand: ServerPartCommand {
    package static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Answers clusters and registries from the same pipeline as `verify`, and keeps every verdict.",
        discussion: """
            Everything that is served stands in one document (docs/server.md). It is read once; the policies, the trust, \
            the keys and the certificates that it names are read anew when they change, and on SIGHUP. SIGTERM and \
            SIGINT drain: nothing new is taken, what is under way is answered and recorded.

            `--check` reads everything that `serve` would read, reaches the store, and says what would be served; it \
            exits 0, or 65 with every problem. Registries are not asked: that they are down is no reason not to start.

            EXAMPLES
              landwaiter serve --config /etc/landwaiter/server.yaml
              landwaiter serve --config server.yaml --check
            """)

    @Option(
        help: ArgumentHelp("The document that says what is served (docs/server.md).", valueName: "file"),
        completion: .file(extensions: ["yaml", "yml"]))
    package var config: String

    @Flag(help: "Check everything that would be read and reached, say what would be served, and leave.")
    package var check = false

    @Option(
        help: ArgumentHelp(
            "Let everybody who reaches it ask this surface, which the document names no callers for; may be repeated.",
            valueName: "surface"))
    package var insecureAnyCaller: [String] = []

    package init() {}
}
