import Deadlines
import Synchronization

/// Equal work under way is done once; whoever asks for it while it is under way shares what comes of it.
///
/// Nothing is kept once it is done: what is remembered is verified evidence, in the cache of the pipeline, and never an
/// answer.
final class SharedWork<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    /// What one asker has of it.
    struct Share: Sendable {
        let key: Key
        let number: Int
        let value: PendingValue<Value>
        /// Whether it was begun for this asker.
        let isFirst: Bool
    }

    private struct Entry {
        let number: Int
        let value: PendingValue<Value>
        var askers = 1
        /// Takes it back as long as it has not begun.
        var withdraw: (@Sendable () -> Bool)?
    }
    private struct State {
        var entries: [Key: Entry] = [:]
        var next = 0
    }
    private let state = Mutex(State())

    /// Joins what is under way, or begins it.
    ///
    /// - Parameters:
    ///   - refusal: what whoever shares the work gets where it is refused.
    ///   - begin: called where nothing is under way. It arranges for ``end(_:_:)`` to be called, or returns nil to
    ///     refuse; what it returns takes the work back if that has not begun, and must not come back here.
    func share(_ key: Key, refusal: Value, begin: (Share) -> (@Sendable () -> Bool)?) -> Share {
        let share = state.withLock { state -> Share in
            if var entry = state.entries[key] {
                entry.askers += 1
                state.entries[key] = entry
                return Share(key: key, number: entry.number, value: entry.value, isFirst: false)
            }
            state.next += 1
            let value = PendingValue<Value>()
            state.entries[key] = Entry(number: state.next, value: value)
            return Share(key: key, number: state.next, value: value, isFirst: true)
        }
        guard share.isFirst else { return share }
        guard let withdraw = begin(share) else {
            end(share, refusal)
            return share
        }
        state.withLock { state in
            guard state.entries[key]?.number == share.number else { return }
            state.entries[key]?.withdraw = withdraw
        }
        return share
    }

    /// The work is done: whoever waits gets its value, whoever comes later begins anew.
    func end(_ share: Share, _ value: Value) {
        forget(share)
        share.value.fulfil(value)
    }

    /// An asker's deadline has passed. What nobody waits for and what has not begun is taken back: it would only take
    /// the turn of a question that can still be answered.
    func leave(_ share: Share) {
        state.withLock { state in
            guard var entry = state.entries[share.key], entry.number == share.number else { return }
            entry.askers -= 1
            // Taken back under the lock: nobody joins what will never begin.
            let isTakenBack = entry.askers == 0 && entry.withdraw?() == true
            state.entries[share.key] = isTakenBack ? nil : entry
        }
    }

    /// Pieces of work under way or waiting.
    var count: Int { state.withLock { $0.entries.count } }

    private func forget(_ share: Share) {
        state.withLock { state in
            guard state.entries[share.key]?.number == share.number else { return }
            state.entries[share.key] = nil
        }
    }
}
