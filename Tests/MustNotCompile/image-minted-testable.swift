// error: 'ResolvedImage' initializer is inaccessible due to 'fileprivate' protection level
import OCI

@testable import Admission

/// Tests see what is internal, and still cannot pin one.
func mint(_ document: ImageDocument) -> ResolvedImage {
    ResolvedImage(document: document, tag: nil, platforms: [], attestations: [], budget: .init(limit: 1))
}
