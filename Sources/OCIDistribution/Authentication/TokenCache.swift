import HTTPTransport
import StrictEncoding

/// Tokens that were granted, by everything that they depend on. Lives in memory only.
public struct TokenCache: Sendable {
    /// What a token was granted for, and to whom.
    public struct Key: Sendable, Hashable {
        let realm: WebURL
        let service: String?
        let scopes: [TokenScope]
        let credential: RegistryCredential?
    }

    private struct Entry {
        let token: Secret
        let expires: Instant
    }

    private var entries: [Key: Entry] = [:]

    /// Seconds before its end from which a token is no longer used: the request that carries it has to arrive in time,
    /// and clocks differ.
    static let margin: Int64 = 10
    /// A program that asks for a token per repository keeps the latest of these.
    static let mostEntries = 256

    public init() {}

    /// A token that holds for the next ``margin`` seconds at least.
    func token(for key: Key, at now: Instant) -> Secret? {
        guard let entry = entries[key], entry.expires > now.adding(seconds: Self.margin) else { return nil }
        return entry.token
    }

    mutating func store(_ answer: TokenAnswer, for key: Key, at now: Instant) {
        let soon = now.adding(seconds: Self.margin)
        guard answer.expires > soon else { return }
        if entries.count >= Self.mostEntries, entries[key] == nil {
            entries = entries.filter { $0.value.expires > soon }
            if entries.count >= Self.mostEntries, let first = entries.min(by: { $0.value.expires < $1.value.expires }) {
                entries[first.key] = nil
            }
        }
        entries[key] = Entry(token: answer.token, expires: answer.expires)
    }

    /// Forgets a token that a registry refused, unless there is a newer one by now.
    mutating func remove(_ token: Secret, for key: Key) {
        if entries[key]?.token == token { entries[key] = nil }
    }

    var count: Int { entries.count }
}
