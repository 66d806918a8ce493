import Admission
import Findings
import Reports

extension VerifyCommand {
    /// Decides the images of `--images` or `--kubernetes`, some at once; nil if neither is given. The same image in the
    /// same namespace is decided once.
    func decideBatch() async throws -> DecisionList? {
        guard let (items, notes) = try batch.items(namespace: decision.namespace) else { return nil }
        guard subject.image == nil, subject.artifact == nil, subject.reference == nil else {
            throw CommandFailure.usage(
                "expected a list of images, found an image, `--artifact` or `--as` besides",
                "a line of the list may say `as=REFERENCE`")
        }
        guard !explain else {
            throw CommandFailure.usage("`--explain` is about one image", "name the one that matters")
        }
        let pipeline = try decision.pipeline()
        let context = try decision.context(evidence: decision.evidence)
        let decisions = try await Self.concurrently(items, jobs: batch.jobs, showing: !batch.quiet) { item in
            let request = try context.request(
                image: try await item.source(), statedReference: item.reference, namespace: item.namespace)
            return DecisionList.Decision(
                image: item.image, mentions: item.mentions, record: await pipeline.decide(request))
        }
        return DecisionList(batch: decisions, notes: notes, honoursStage: honourStage)
    }

    /// What becomes of each element, in their order, with so many under way at most.
    static func concurrently<Element: Sendable, Result: Sendable>(
        _ elements: [Element], jobs: Int, showing isShown: Bool,
        _ body: @escaping @Sendable (Element) async throws -> Result
    ) async throws -> [Result] {
        let results = try await withThrowingTaskGroup(of: (Int, Result).self) { group in
            var results = [Result?](repeating: nil, count: elements.count)
            var remaining = elements.enumerated().makeIterator()
            var done = 0
            func begin() {
                guard let (position, element) = remaining.next() else { return }
                group.addTask { (position, try await body(element)) }
            }
            for _ in 0..<max(jobs, 1) { begin() }
            while let (position, result) = try await group.next() {
                results[position] = result
                done += 1
                if isShown { Terminal.progress("\(done) of \(elements.count)") }
                begin()
            }
            if isShown { Terminal.progress(nil) }
            return results
        }
        return results.compactMap { $0 }
    }
}
