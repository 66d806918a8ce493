import Admission
public import Content

extension DecisionService {
    /// Somebody says that evidence of this manifest was pushed: the next decision on an image that is it, or holds it, asks
    /// the registry what lies with it, however young the list is that is kept.
    ///
    /// - Parameter repository: `registry/repository`.
    /// - Returns: the digests of the images of which something was kept.
    @discardableResult
    public func evidenceArrived(for digest: Digest, in repository: String) -> [Digest] {
        cache.evidenceArrived(for: digest, in: repository)
    }
}

extension DecisionService {
    /// Shows further metrics beside its own; see ``ServiceMetrics/show(_:)``.
    public func show(metrics exposition: @escaping @Sendable () -> [UInt8]) { metrics.show(exposition) }
}
