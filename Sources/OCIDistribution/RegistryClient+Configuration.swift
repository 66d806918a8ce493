public import OCI
public import StrictEncoding

extension RegistryClient {
    /// How registries are spoken to. Nothing here reads a file, the environment or a clock: it is handed in.
    public struct Configuration: Sendable {
        /// What a user has to show for a repository; asked only when a registry wants it, and once for each repository.
        public typealias Credentials =
            @Sendable (RegistryRepository) async throws(RegistryError) -> RegistryCredential?

        public var credentials: Credentials = { _ in nil }
        /// Hosts that registries may lead to, whatever their addresses: as token servers, which then get credentials, and by
        /// redirects, which never do.
        public var allowedHosts: Set<RegistryHost> = []
        public var mirrors = MirrorRules()
        public var retries = RetryPolicy()
        /// Content that was read before, by digest.
        public var cache: ContentCache?
        /// Requests to one host at a time.
        public var concurrentRequests = 6
        /// Time for one connection's exchange; an operation's deadline may be shorter.
        public var exchangeTimeout = Duration.seconds(60)
        /// Blobs of more bytes are uploaded in pieces of this size.
        public var chunkSize = 8 << 20
        /// The present, for tokens' lifetimes and `Retry-After`.
        public var now: @Sendable () -> Instant
        /// 0 up to 1, for pauses.
        public var chance: @Sendable () -> Double
        public var userAgent = "landwaiter"

        public init(now: @escaping @Sendable () -> Instant, chance: @escaping @Sendable () -> Double) {
            self.now = now
            self.chance = chance
        }
    }
}
