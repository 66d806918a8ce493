import OCI
import Synchronization

/// Counts the bytes that one source reads over its whole life, which is one decision.
///
/// The bound arrives with each call that carries limits; `fetch` carries none and is held to the last one seen.
final class ReadBudget: Sendable {
    private struct State {
        var spent = 0
        var allowed = ContentLimits().totalBytes
    }
    private let state = Mutex(State())

    func adopt(_ limits: ContentLimits) {
        state.withLock { $0.allowed = limits.totalBytes }
    }

    /// Claims bytes that are about to be read; asked before memory is taken for them.
    func spend(_ count: Int) throws(ContentSourceError) {
        let (allowed, passed) = state.withLock { state in
            let (sum, overflow) = state.spent.addingReportingOverflow(count)
            guard !overflow, sum <= state.allowed else { return (state.allowed, true) }
            state.spent = sum
            return (state.allowed, false)
        }
        guard !passed else {
            throw ContentSourceError(
                .limitImageBytes, "expected at most \(allowed) bytes for the image and its papers, found more")
        }
    }
}
