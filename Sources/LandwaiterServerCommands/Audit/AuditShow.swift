import Content
import Findings
import LandwaiterCommands
import OCI
import StrictEncoding
import VerdictStorage

extension AuditShowCommand {
    func carryOut() async throws {
        guard (1...100_000).contains(limit) else {
            throw CommandFailure.usage("expected `--limit` from 1 to 100000, found \(limit)")
        }
        guard reverify || (policy.isEmpty && storeImages.isEmpty && base.isEmpty && guardrails.guardrails.isEmpty)
        else {
            throw CommandFailure.usage(
                "`--policy`, `--guardrails`, `--store-images` and `--base` are for deciding again",
                "give `--reverify` besides")
        }
        let subject = try AuditedSubject(parsing: subject)
        try await OpenedStore.reading(store) { store, configuration in
            let now = Clock.now
            let verdicts = try await verdicts(of: subject, in: store, at: now)
            guard reverify else {
                switch output {
                case .text: Terminal.write(AuditText.decisions(verdicts, of: subject))
                case .json: Terminal.write(AuditJSON.decisions(verdicts, of: subject).line)
                }
                return
            }
            let again = try await Reverification(self, configuration).decide(verdicts, at: now)
            switch output {
            case .text: Terminal.write(AuditText.reverified(again, of: subject))
            case .json: Terminal.write(AuditJSON.reverified(again, of: subject).line)
            }
            if again.contains(where: \.isDifferent) { throw ExitStatus.reject }
            if again.contains(where: { $0.isMissing }) { throw ExitStatus.undecided }
        }
    }

    /// Newest first, at most `--limit` of them.
    private func verdicts(
        of subject: AuditedSubject, in store: any VerdictStore, at now: Instant
    ) async throws -> [StoredVerdict] {
        var query = subject.query
        query.namespace = namespace
        query.since = since?.instant(at: now)
        query.until = until?.instant(at: now)
        var found: [StoredVerdict] = []
        while found.count < limit {
            query.limit = min(1000, max(100, limit - found.count))
            let page = try await store.verdicts(query)
            found += page.verdicts.filter(subject.isMeant).prefix(limit - found.count)
            guard let next = page.next else { break }
            query.after = next
        }
        return found
    }
}

/// What `audit` is asked about.
enum AuditedSubject {
    case digest(Digest)
    /// All of a repository, one tag of it, or one digest in it.
    case image(ImageReference)

    init(parsing text: String) throws(CommandFailure) {
        if Digest.Algorithm.allCases.contains(where: { text.hasPrefix($0.rawValue + ":") }), !text.contains("/") {
            do throws(DigestError) {
                self = .digest(try Digest(text))
            } catch {
                throw .usage("\(Finding.quoted(text)): \(error.message)")
            }
            return
        }
        do throws(ImageReferenceError) {
            self = .image(try ImageReference(parsing: text))
        } catch {
            throw .usage("\(Finding.quoted(text)): \(error.message)")
        }
    }

    var shown: String {
        switch self {
        case .digest(let digest): digest.description
        case .image(let reference): reference.description
        }
    }

    var query: VerdictQuery {
        switch self {
        case .digest(let digest): VerdictQuery(digest: digest.description)
        case .image(let reference):
            VerdictQuery(digest: reference.digest?.description, repository: reference.name)
        }
    }

    /// A store knows repositories; tags are told apart here. One that is stated together with a digest does not count: the
    /// digest says more.
    func isMeant(_ verdict: StoredVerdict) -> Bool {
        guard case .image(let reference) = self, reference.digest == nil, let tag = reference.tag else { return true }
        guard let asked = try? ImageReference(parsing: verdict.image), let askedTag = asked.effectiveTag else {
            return false
        }
        return askedTag.utf8.elementsEqual(tag.utf8)
    }
}
