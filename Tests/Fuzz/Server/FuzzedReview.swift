import Admission
import AdmissionPolicy
import Content
import Findings
import Kubernetes
import OCI
import StrictEncoding

@testable import AdmissionServer

/// AdmissionReviews and objects: what is read of them, what is answered, and what the patch does.
enum FuzzedReview {
    private static let uid = "705ab4f5-6393-11e8-b7cc-42010a800002"

    /// Kubernetes' own kinds, and custom ones of every form.
    private static let kinds: WorkloadKinds = {
        var kinds = WorkloadKinds()
        for text in ["Rollout=/spec/template/spec", "Task=image:/spec/steps/*/image", "Farm=/spec/*/pods/*/spec"] {
            try? kinds.add(text)
        }
        return kinds
    }()

    // MARK: A whole request

    static func check(review bytes: [UInt8]) {
        guard let document = try? AdmissionReview.document(bytes) else { return }
        refusesDuplicates(of: document.root, bytes)
        guard let uid = try? AdmissionReview.uid(in: document) else { return }
        let review: AdmissionReview
        do throws(AdmissionReviewError) { review = try AdmissionReview(parsing: document) } catch {
            let answer = AdmissionAnswer.refused(Finding(.serviceMalformedRequest, error.message), uid: uid)
            checkAnswer(answer, uid: uid, input: bytes.count)
            precondition(!answer.isAllowed)
            return
        }
        precondition(ExactString(review.uid) == ExactString(uid))
        check(review, input: bytes.count, isMadeHere: false)
    }

    /// One more member of a name that is there, whatever its spelling.
    private static func refusesDuplicates(of root: JSONValue, _ bytes: [UInt8]) {
        guard let first = root.object?.first(where: { _ in true })?.key, bytes.count < 1 << 16,
            let open = bytes.firstIndex(of: UInt8(ascii: "{"))
        else { return }
        for name in [JSONTree.string(first).canonicalBytes(), ObjectReading.respelled(.string(first))] {
            var doubled = Array(bytes[...open])
            doubled += name + Array(":null,".utf8) + bytes[(open + 1)...]
            precondition((try? AdmissionReview.document(doubled)) == nil)
        }
    }

    // MARK: An object in a request that is made for it

    /// - Parameter bytes: an object, or two in a list: as it is to be and as it was.
    static func check(object bytes: [UInt8]) {
        guard let document = try? JSONDocument(parsing: bytes, limits: JSONLimits(bytes: 1 << 20, depth: 64)) else {
            return
        }
        let both = document.root.array.map(Array.init) ?? [document.root]
        guard let object = both.first, both.count <= 2 else { return }
        let old = both.count == 2 ? both[1] : nil
        guard let body = request(object, old), let made = try? AdmissionReview.document(body),
            let review = try? AdmissionReview(parsing: made)
        else { return }
        check(review, input: body.count, isMadeHere: true)
    }

    /// The request that an API server would make.
    private static func request(_ object: JSONValue, _ old: JSONValue?) -> [UInt8]? {
        guard let version = object["apiVersion"]?.string, let kind = object["kind"]?.string, !kind.isEmpty else {
            return nil
        }
        let parts = version.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        let group: JSONTree = .string(parts.count == 2 ? String(parts[0]) : "")
        let number: JSONTree = .string(String(parts.last ?? ""))
        let members: [(String, [UInt8])] = [
            ("uid", JSONTree.string(uid).canonicalBytes()),
            ("kind", (["group": group, "version": number, "kind": .string(kind)] as JSONTree).canonicalBytes()),
            (
                "resource",
                (["group": group, "version": number, "resource": .string(kind.lowercased() + "s")] as JSONTree)
                    .canonicalBytes()
            ),
            ("operation", Array((old == nil ? "\"CREATE\"" : "\"UPDATE\"").utf8)),
            ("namespace", (object["metadata"]?["namespace"].map { Array($0.rawBytes) }) ?? Array("\"finance\"".utf8)),
            ("object", Array(object.rawBytes)), ("oldObject", old.map { Array($0.rawBytes) } ?? Array("null".utf8)),
        ]
        var body = Array(#"{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","request":{"#.utf8)
        for (place, (name, value)) in members.enumerated() {
            body += Array("\(place > 0 ? "," : "")\"\(name)\":".utf8) + value
        }
        return body + Array("}}".utf8)
    }

    // MARK: What has to hold

    private static func check(_ review: AdmissionReview, input: Int, isMadeHere: Bool) {
        let change = RequestedChange(review, kinds: kinds)
        let tree = review.object.flatMap { JSONTree($0) }
        switch change {
        case .nothing(let reason):
            checkAnswer(.nothing(reason, to: review), uid: review.uid, input: input)
            checkNothingIsMissed(review, reason, tree)
        case .unreadable(let finding):
            checkAnswer(.unreadable(finding, to: review, isBlocked: true), uid: review.uid, input: input)
            checkAnswer(.unreadable(finding, to: review, isBlocked: false), uid: review.uid, input: input)
        case .images(let added):
            precondition(!added.images.isEmpty && (review.operation == .create || review.operation == .update))
            if let tree, let places = ObjectReading.images(of: tree) {
                let stated = Set(places.map { [$0.pointer, $0.text.value] })
                // An image that is not there is judged as an empty one.
                let judged = Set(added.images.filter { !$0.text.isEmpty }.map { [$0.pointer, $0.text] })
                precondition(judged.isSubset(of: stated))
                let all = Set(places.filter { !$0.text.value.isEmpty }.map { [$0.pointer, $0.text.value] })
                precondition(review.operation != .create || judged == all)
            }
            if isMadeHere { checkRespelling(review, added, tree) }
            checkRefusals(review, added, input)
            if let tree { checkPatch(review, added, tree, input) }
        }
    }

    /// Nothing was asked about: then nothing runs that did not run before.
    private static func checkNothingIsMissed(
        _ review: AdmissionReview, _ reason: RequestedChange.Reason, _ tree: JSONTree?
    ) {
        guard review.operation == .create || review.operation == .update,
            !["status", "scale"].contains(ExactString(review.subresource)), let tree,
            let places = ObjectReading.images(of: tree)
        else { return }
        var left: [[String]] = []
        if review.operation == .update, let old = review.oldObject.flatMap({ JSONTree($0) }) {
            // That the specification is the same says it of the images too.
            left = (ObjectReading.images(of: old) ?? []).map { [$0.role, $0.text.value] }
        }
        for place in places {
            guard let known = left.firstIndex(where: { $0[0] == place.role && ExactString($0[1]) == place.text }) else {
                preconditionFailure("an image passed that nobody judged")
            }
            left.remove(at: known)
        }
    }

    /// Another order of members, other white space, other escapes: the same images.
    private static func checkRespelling(
        _ review: AdmissionReview, _ added: RequestedChange.AddedImages, _ tree: JSONTree?
    ) {
        guard review.operation == .create, let tree,
            let document = try? JSONDocument(
                parsing: ObjectReading.respelled(tree), limits: JSONLimits(bytes: 64 << 20, depth: 128)),
            let body = request(document.root, nil), body.count <= AdmissionReview.mostBytes,
            let other = try? AdmissionReview.document(body), let read = try? AdmissionReview(parsing: other)
        else { return }
        guard case .images(let again) = RequestedChange(read, kinds: kinds) else {
            preconditionFailure("images that are found in one spelling only")
        }
        let first = Set(added.images.map { [$0.pointer, $0.text] })
        precondition(first == Set(again.images.map { [$0.pointer, $0.text] }))
    }

    /// What is said of an object is cut to its bounds, and drives no terminal.
    private static func checkRefusals(_ review: AdmissionReview, _ added: RequestedChange.AddedImages, _ input: Int) {
        let rulings = rulings(added) { image in
            ImageDecision(
                verdict: .reject, isBlocked: true, enforcement: .always,
                headline: Finding(.serviceMalformedRequest, "found \(Finding.quoted(image))"), id: "01je")
        }
        let text = WebhookText.denial(rulings, of: rulings.count, added.object, namespace: review.namespace)
        precondition(text.utf8.count <= WebhookText.longestMessage)
        precondition(text.unicodeScalars.allSatisfy { $0 == "\n" || ($0.value >= 0x20 && $0.value != 0x7f) })
        let warnings = WebhookText.warnings(rulings, added.object)
        precondition(warnings.allSatisfy { $0.utf8.count <= WebhookText.longestWarning })
        precondition(warnings.reduce(0) { $0 + $1.utf8.count } <= WebhookText.longestWarnings)
        let user = WebhookText.user(added, Array(added.images.prefix(5)), review)
        precondition(user.utf8.count <= 1_024 && user.unicodeScalars.allSatisfy { $0.value >= 0x20 })
        for image in added.images.prefix(32) {
            let field = WebhookText.field(image.pointer)
            precondition(field.utf8.count <= 512 && field.unicodeScalars.allSatisfy { $0.value >= 0x20 })
        }
        var answer = AdmissionAnswer(to: review.uid)
        answer.isAllowed = false
        answer.warnings = warnings
        answer.annotations = AdmissionAnswer.annotations(rulings)
        answer.status = AdmissionAnswer.Status(message: text, code: 403, details: review.details(causes: []))
        checkAnswer(answer, uid: review.uid, input: input)
    }

    /// After the patch exactly the images that were named without a digest have one, and nothing else is another.
    private static func checkPatch(
        _ review: AdmissionReview, _ added: RequestedChange.AddedImages, _ tree: JSONTree, _ input: Int
    ) {
        let rulings = rulings(added, admitted)
        for pinning in Pinning.allCases {
            var answer = AdmissionAnswer(to: review.uid)
            answer.patch = PinPatch.operations(added, rulings, by: pinning)
            checkAnswer(answer, uid: review.uid, input: input)
            precondition(answer.patch.isEmpty || pinning.covers(added))
            guard let patched = ObjectReading.patched(tree, by: answer.patch) else {
                preconditionFailure("a patch that the API server would refuse")
            }
            let changed = differences(tree, patched)
            precondition(changed.count * 2 == answer.patch.count)
            for (old, new) in changed {
                guard case .string(let before)? = old, case .string(let after)? = new,
                    let named = try? ImageReference(parsing: before), let pinned = try? ImageReference(parsing: after),
                    let digest = pinned.digest
                else { preconditionFailure("something other than an image was changed") }
                precondition(named.digest == nil && pinned.name == named.name && pinned.tag == named.tag)
                precondition(digest == Digest(of: Array(before.utf8)))
            }
            guard pinning == .podsAndTemplates, review.subresource.isEmpty, pinning.covers(added) else { continue }
            // What was named by a good reference is pinned now, each one of them; a second patch changes nothing.
            guard let document = try? JSONDocument(parsing: patched.canonicalBytes()),
                var found = Optional(WorkloadImages(kinds: kinds)),
                (try? found.add(requested: document.root)) != nil
            else { continue }
            for image in found.images where added.images.contains(where: { $0.pointer == image.pointer }) {
                guard let reference = try? ImageReference(parsing: image.text) else { continue }
                precondition(reference.digest != nil || image.text.utf8.starts(with: "docker://".utf8))
            }
        }
    }

    private static func rulings(
        _ added: RequestedChange.AddedImages, _ decide: (String) -> ImageDecision
    ) -> [ImageRuling] {
        var order: [ExactString] = []
        var uses: [ExactString: [RunImage]] = [:]
        for image in added.images {
            if uses[ExactString(image.text)] == nil { order.append(ExactString(image.text)) }
            uses[ExactString(image.text), default: []].append(image)
        }
        return order.map { ImageRuling(image: $0.value, uses: uses[$0] ?? [], decision: decide($0.value)) }
    }

    /// Read and admitted, at a digest that hangs on what was written.
    private static func admitted(_ image: String) -> ImageDecision {
        let digest = Digest(of: Array(image.utf8)).description
        let reference = try? ImageReference(parsing: image)
        let pinned = reference.flatMap { try? ImageReference(parsing: "\($0)@\(digest)") }
        return ImageDecision(
            verdict: .admit, isBlocked: false, enforcement: .always, pinned: pinned)
    }

    /// The values that differ, pairwise.
    private static func differences(_ a: JSONTree?, _ b: JSONTree?) -> [(JSONTree?, JSONTree?)] {
        switch (a, b) {
        case (.object(let a)?, .object(let b)?):
            Set(a.keys).union(b.keys).flatMap { differences(a[$0], b[$0]) }
        case (.array(let a)?, .array(let b)?) where a.count == b.count:
            zip(a, b).flatMap { differences($0, $1) }
        default: a == b ? [] : [(a, b)]
        }
    }

    /// One answer to this request, no longer than what was asked lets it be.
    private static func checkAnswer(_ answer: AdmissionAnswer, uid: String, input: Int) {
        let body = answer.body
        guard let root = try? JSONDocument(parsing: body, limits: JSONLimits(bytes: 1 << 30, depth: 16)).root else {
            preconditionFailure("an answer that nobody can read")
        }
        let response = root["response"]
        precondition(response?["uid"]?.isIdentical(to: uid) == true)
        precondition(response?["allowed"]?.bool == answer.isAllowed)
        precondition(response?["patch"] == nil || answer.isAllowed)
        precondition(body.count <= (64 << 10) + 40 * input)
    }

    // MARK: Manifests

    /// Files of manifests, YAML or JSON: as a batch run reads them.
    static func check(manifests bytes: [UInt8]) {
        guard let documents = try? ManifestFile.documents(bytes) else { return }
        for document in documents {
            var found = WorkloadImages(kinds: kinds)
            guard (try? found.add(document.value)) != nil else { continue }
            precondition(found.images.allSatisfy { document.line(of: $0.pointer) >= 1 })
            guard let places = ObjectReading.images(of: document.value) else { continue }
            // What a batch run finds is what the gate finds in the same object.
            let stated = Set(places.filter { !$0.text.value.isEmpty }.map { [$0.pointer, $0.text.value] })
            precondition(Set(found.images.filter { !$0.text.isEmpty }.map { [$0.pointer, $0.text] }) == stated)
            guard
                let object = try? JSONDocument(
                    parsing: document.value.canonicalBytes(), limits: JSONLimits(bytes: 1 << 30, depth: 128))
            else { continue }
            var requested = WorkloadImages(kinds: kinds)
            precondition((try? requested.add(requested: object.root)) != nil)
            precondition(
                Set(requested.images.map { [$0.pointer, $0.text] }) == Set(found.images.map { [$0.pointer, $0.text] }))
        }
    }
}
