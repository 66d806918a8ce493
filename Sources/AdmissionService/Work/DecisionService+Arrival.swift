import Admission
public import Content
import Synchronization

extension DecisionService {
    /// Somebody says that evidence of this manifest was pushed: the next decision on an image that is it, or holds it, asks
    /// the registry what lies with it, however young the list is that is kept, and shares nothing with one under way.
    ///
    /// - Parameter repository: `registry/repository`.
    /// - Returns: the digests of the images of which something was kept.
    @discardableResult
    public func evidenceArrived(for digest: Digest, in repository: String) -> [Digest] {
        sources.somethingWasPushed()
        let images = cache.evidenceArrived(for: digest, in: repository)
        announcements.wrappingAdd(1, ordering: .releasing)
        return images
    }
}

extension DecisionService {
    /// Shows further metrics beside its own; see ``ServiceMetrics/show(_:)``.
    public func show(metrics exposition: @escaping @Sendable () -> [UInt8]) { metrics.show(exposition) }
}
