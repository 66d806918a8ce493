public import OCI
import StrictEncoding

/// Where images are read from, for whom.
public protocol SourceProvider: Sendable {
    /// A source for one decision. Opens nothing.
    ///
    /// - Parameter within: total time for everything that the decision reads.
    /// - Throws: what the decision is to say instead, such as `service.registry-not-configured`; then nothing was asked
    ///   of anyone, nor any name looked up.
    func source(
        _ reference: ImageReference, namespace: String?, within: Duration
    ) throws(ContentSourceError) -> any ContentSource

    /// With whose credentials a namespace's images are read. What is known to one tenant is not shared with another.
    func tenant(of namespace: String?) -> TenantName

    /// Something was pushed, somewhere: what is read from now on shares nothing with what was asked before.
    func somethingWasPushed()

    /// What is the matter, for readiness; nil while all is well.
    var complaint: String? { get }
}

extension SourceProvider {
    public func tenant(of namespace: String?) -> TenantName { .shared }
    public func somethingWasPushed() {}
    public var complaint: String? { nil }
}

/// A set of namespaces that share credentials, as configuration calls it.
public struct TenantName: Sendable, Hashable, CustomStringConvertible {
    private let name: ExactString
    public var description: String { name.description }

    /// The namespaces for which nothing else is configured.
    public static let shared = TenantName("")

    public init(_ name: String) { self.name = ExactString(name) }
}

/// A source that wants to know when nobody waits for its answer any more.
protocol PatientSource: ContentSource {
    /// The deadline of a question has passed while something was being read.
    func deadlinePassed()
}
