import Admission
import Findings
import Kubernetes
import StrictEncoding

/// What of a request has to be judged before it may pass.
///
/// The images that a request *adds* are what counts. Deleting a workload, scaling it, reporting its status, taking off
/// its finalizers and every other change that leaves its images as they are pass whatever the policies say: whoever has
/// a workload that is no longer compliant can still get rid of it.
enum RequestedChange: Sendable {
    /// Nothing that can bring in an image.
    case nothing(Reason)
    /// Images to judge.
    case images(AddedImages)
    /// An object that may well run images, but can't be read: it does not pass unjudged.
    case unreadable(Finding)

    /// Why nothing has to be judged.
    enum Reason: String, Sendable {
        /// DELETE and CONNECT bring no object.
        case operation
        /// `status` and `scale`: the API server takes nothing else from their objects.
        case subresource
        /// An object that runs no images, or has none yet.
        case noImages = "no-images"
        /// An UPDATE after which the same images run in the same roles.
        case sameImages = "same-images"
        /// Images that this webhook is not to pin.
        case notPinned = "not-pinned"
        /// An UPDATE that touches nothing but `metadata` and `status`.
        case sameSpecification = "same-specification"
    }

    /// Images that a request adds to an object.
    struct AddedImages: Sendable {
        let object: KubernetesObject
        /// What the request adds; never empty.
        let images: [RunImage]
        /// Whether the images run as soon as the request passes: those of a Pod. A template makes Pods, which are asked
        /// about one by one.
        let isPod: Bool
        /// `ephemeralcontainers`, or empty; see ``AdmissionReview/subresource``.
        let subresource: String
        /// Whether a controller made the object after a template of its own, and will compare the two.
        let isControlled: Bool
    }

    /// Most containers and image volumes of an object. A Pod of that many does not fit on a node; a custom resource may
    /// hold many templates.
    static let mostImages = 4_096
    /// Most different images that one request is judged for: each is a decision.
    static let mostDistinctImages = 256

    init(_ review: AdmissionReview, kinds: WorkloadKinds) {
        switch review.operation {
        case .delete, .connect:
            self = .nothing(.operation)
            return
        case .create, .update: break
        }
        // The strategies of these subresources keep the stored `spec`; the object of `scale` is a Scale and has no Pod.
        // Custom resources are treated alike (API conventions, "Spec and Status").
        guard !["status", "scale"].contains(where: { $0.utf8.elementsEqual(review.subresource.utf8) }) else {
            self = .nothing(.subresource)
            return
        }
        do throws(Unreadable) {
            self = try Self.judged(review, kinds)
        } catch {
            self = .unreadable(error.finding)
        }
    }

    private static func judged(
        _ review: AdmissionReview, _ kinds: WorkloadKinds
    ) throws(Unreadable) -> RequestedChange {
        guard let object = review.object else {
            throw .request("`object`", "an object in a \(review.operation.rawValue)")
        }
        try checkAgreement(of: object, with: review)
        let old = review.operation == .update ? review.oldObject : nil
        do throws(Unreadable) {
            let new = try images(of: object, kinds)
            guard !new.isEmpty else { return .nothing(.noImages) }
            // What can't be read of the old object vouches for nothing.
            let known = old.flatMap { isObject($0, of: review.kind) ? try? images(of: $0, kinds) : nil } ?? []
            let added = Self.added(new, to: known)
            guard let first = added.first else { return .nothing(.sameImages) }
            guard Set(added.map { ExactString($0.text) }).count <= mostDistinctImages else {
                throw .tooMany(mostDistinctImages)
            }
            return .images(
                AddedImages(
                    object: first.object, images: added,
                    isPod: review.kind.group.isEmpty && review.kind.name.utf8.elementsEqual("Pod".utf8),
                    subresource: review.subresource, isControlled: isControlled(object)))
        } catch {
            // Nobody may be kept from taking the finalizers off an object, whatever it is.
            if let old, hasSameSpecification(object, old) { return .nothing(.sameSpecification) }
            throw error
        }
    }

    private static func images(of object: JSONValue, _ kinds: WorkloadKinds) throws(Unreadable) -> [RunImage] {
        var found = WorkloadImages(kinds: kinds, most: mostImages)
        do throws(WorkloadError) { try found.add(requested: object) } catch {
            if case .tooMany(let limit) = error { throw .tooMany(limit) }
            throw .object(error)
        }
        if let unread = found.unread.first { throw .unknownKind(unread) }
        return found.images
    }

    /// What the new list has more of than the old one, counted by role and text. A container that keeps its name is
    /// matched first, so that of two with one image the new one counts as added.
    private static func added(_ new: [RunImage], to old: [RunImage]) -> [RunImage] {
        struct Use: Hashable {
            let role: RunImage.Role
            let name: ExactString?
            let text: ExactString

            init(_ image: RunImage, named: Bool) {
                role = image.role
                name = named ? image.name.map { ExactString($0) } : nil
                text = ExactString(image.text)
            }
        }
        func without(_ old: inout [RunImage], _ new: [RunImage], named: Bool) -> [RunImage] {
            var counts: [Use: Int] = [:]
            for image in old { counts[Use(image, named: named), default: 0] += 1 }
            let rest = new.filter { image in
                guard let count = counts[Use(image, named: named)], count > 0 else { return true }
                counts[Use(image, named: named)] = count - 1
                return false
            }
            // What is left of the old list may still vouch for containers that go by another name now.
            old = old.filter { image in
                guard let count = counts[Use(image, named: named)], count > 0 else { return false }
                counts[Use(image, named: named)] = count - 1
                return true
            }
            return rest
        }
        var left = old
        let renamed = without(&left, new, named: true)
        return without(&left, renamed, named: false)
    }

    /// Whether nothing outside of `metadata` and `status` differs, by the bytes received: the API server writes both
    /// objects in the same way.
    private static func hasSameSpecification(_ new: JSONValue, _ old: JSONValue) -> Bool {
        func members(_ value: JSONValue) -> [ExactString: ArraySlice<UInt8>]? {
            guard let object = value.object else { return nil }
            var members: [ExactString: ArraySlice<UInt8>] = [:]
            for (name, value) in object { members[ExactString(name)] = value.rawBytes }
            members["metadata"] = nil
            members["status"] = nil
            return members
        }
        guard let new = members(new), let old = members(old), new.count == old.count else { return false }
        return new.allSatisfy { name, bytes in old[name].map { $0.elementsEqual(bytes) } ?? false }
    }

    /// `metadata.ownerReferences` with `controller: true`. Anyone may write that, so nothing is judged by it; see
    /// ``PinPatch``.
    private static func isControlled(_ object: JSONValue) -> Bool {
        object["metadata"]?["ownerReferences"]?.array?.contains { $0["controller"]?.bool == true } ?? false
    }

    // MARK: One reading of the request

    /// What the request says of its object and what the object says of itself must be the same: the images that are found
    /// hang on the kind, the policies that judge them on the namespace.
    private static func checkAgreement(of object: JSONValue, with review: AdmissionReview) throws(Unreadable) {
        guard object.kind == .object else { throw .request("`object`", "an object") }
        guard isObject(object, of: review.kind) else {
            throw .disagreement(
                "`object`", "\(object["apiVersion"]?.string ?? "") \(object["kind"]?.string ?? "")", "`kind`",
                "\(review.kind.apiVersion) \(review.kind.name)")
        }
        if let stated = object["metadata"]?["namespace"], !stated.isNull, !stated.isIdentical(to: ""),
            !stated.isIdentical(to: review.namespace ?? "")
        {
            throw .disagreement(
                "`object.metadata.namespace`", stated.string ?? "", "`namespace`", review.namespace ?? "")
        }
        // Of Kubernetes' own resources it is known which kind they have, and the other way round.
        let isBuiltIn = BuiltInWorkload.groups.contains(ExactString(review.resource.group))
        let isBuiltInKind = BuiltInWorkload.groups.contains(ExactString(review.kind.group))
        let expected = isBuiltIn ? BuiltInWorkload.kinds[ExactString(review.resource.name)] : nil
        let isWorkload =
            isBuiltInKind && BuiltInWorkload.kinds.values.contains(ExactString(review.kind.name))
        let ownSubresource = !BuiltInWorkload.subresourcesOfThemselves.contains(ExactString(review.subresource))
        if let expected, !ownSubresource, expected != ExactString(review.kind.name) {
            throw .disagreement("`resource`", review.resource.name, "`kind`", review.kind.name)
        }
        if isWorkload, expected != ExactString(review.kind.name) {
            throw .disagreement("`resource`", review.resource.name, "`kind`", review.kind.name)
        }
    }

    private static func isObject(_ object: JSONValue, of kind: AdmissionReview.APIName) -> Bool {
        object["kind"]?.isIdentical(to: kind.name) == true
            && object["apiVersion"]?.isIdentical(to: kind.apiVersion) == true
    }

    /// Kubernetes' own workloads.
    private enum BuiltInWorkload {
        /// `extensions` had some of them until Kubernetes 1.16.
        static let groups: Set<ExactString> = ["", "apps", "batch", "extensions"]
        static let kinds: [ExactString: ExactString] = [
            "pods": "Pod", "podtemplates": "PodTemplate", "replicationcontrollers": "ReplicationController",
            "replicasets": "ReplicaSet", "deployments": "Deployment", "statefulsets": "StatefulSet",
            "daemonsets": "DaemonSet", "jobs": "Job", "cronjobs": "CronJob",
        ]
        /// Those whose object is the resource itself; `pods/eviction` has an Eviction.
        static let subresourcesOfThemselves: Set<ExactString> = ["", "ephemeralcontainers", "resize"]
    }

    /// Why an object is not judged.
    private struct Unreadable: Error {
        let finding: Finding

        static func object(_ error: WorkloadError) -> Unreadable {
            Unreadable(finding: Finding(.serviceMalformedRequest, "the object of the request: " + error.message))
        }

        static func request(_ field: String, _ expected: String) -> Unreadable {
            Unreadable(
                finding: Finding(
                    .serviceMalformedRequest, "expected \(expected) as \(field) of the request, found none"))
        }

        static func unknownKind(_ object: KubernetesObject) -> Unreadable {
            Unreadable(
                finding: Finding(
                    .serviceUnreadWorkload,
                    "objects of kind \(Finding.quoted(object.kind, limit: 63)) seem to run images, and nobody said where they lie"
                ))
        }

        static func tooMany(_ limit: Int) -> Unreadable {
            Unreadable(
                finding: Finding(
                    .serviceTooManyImages, "expected at most \(limit) images in one request, found more"))
        }

        static func disagreement(
            _ field: String, _ text: String, _ other: String, _ expected: String
        ) -> Unreadable {
            let found = Finding.quoted(text, limit: 63)
            return Unreadable(
                finding: Finding(
                    .serviceMalformedRequest,
                    "\(field) of the request, \(found), contradicts \(other), \(Finding.quoted(expected, limit: 63))"))
        }
    }
}
