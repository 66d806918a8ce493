import StrictEncoding
import SwiftASN1
import Synchronization
import X509

/// Finds a path from a leaf to an anchor with the search of swift-certificates, and has it judged.
///
/// The only file that knows that library. Its search checks names and signatures and walks all paths that there are,
/// without a budget: what goes in is capped before (``candidates(_:)``). What else RFC 5280 asks of a path is asked by
/// ``PathJudge``: the library's own policy knows no key usage, refuses constraints on most kinds of names, and lets a
/// wildcard pass into an excluded subtree. Its verifier is asynchronous but waits for nothing, so it is run to its end
/// here, on the calling thread (``InlineExecutor``).
struct PathSearch {
    let anchors: Anchors
    /// The certificates of the authority, of which each was signed by the next.
    let above: [Certificate]
    let judge: PathJudge

    /// A certificate in the form of that library; parsed once, with the certificate itself.
    struct Node: Sendable, Equatable {
        fileprivate let certificate: X509.Certificate

        init?(der: [UInt8]) {
            guard let certificate = try? X509.Certificate(derEncoded: der) else { return nil }
            self.certificate = certificate
        }
    }

    /// Where paths may end.
    struct Anchors: Sendable {
        fileprivate let store: CertificateStore

        /// Every certificate of the authority is one, so that its own signatures are not checked for every leaf.
        init(_ certificates: [Certificate]) {
            store = CertificateStore(certificates.map(\.node.certificate))
        }
    }

    /// The most intermediates that may come with a leaf, and the most of one name: a search meets at most two ways at
    /// each step, and each costs one signature. Real bundles carry one to three.
    static let maximumIntermediates = 8
    static let maximumOfOneName = 2

    /// The intermediates once each, if they are few enough.
    static func candidates(_ intermediates: [Certificate]) throws(ChainError) -> [Certificate] {
        guard intermediates.count <= maximumIntermediates else {
            throw .tooManyIntermediates(limit: maximumIntermediates)
        }
        var candidates: [Certificate] = []
        for certificate in intermediates where !candidates.contains(certificate) {
            guard candidates.count(where: { $0.subject == certificate.subject }) < maximumOfOneName else {
                throw .tooManyIntermediates(limit: maximumOfOneName)
            }
            candidates.append(certificate)
        }
        return candidates
    }

    /// The path, leaf first, to the last certificate of the authority.
    func path(from leaf: Certificate, through candidates: [Certificate]) throws(ChainError) -> [Certificate] {
        let known = [leaf] + candidates + above
        let objections = Objections()
        let policy = JudgedPolicy(
            // The judge refuses what nobody understands, and says what it is; the library would only say no.
            verifyingCriticalExtensions: known.flatMap(\.extensions.critical), known: known, above: above, judge: judge,
            objections: objections)
        let intermediates = CertificateStore(candidates.map(\.node.certificate))
        let roots = anchors.store
        let outcome = InlineExecutor.run {
            var verifier = X509.Verifier(rootCertificates: roots) { policy }
            return await verifier.validate(leaf: leaf.node.certificate, intermediates: intermediates)
        }
        switch outcome {
        case .validCertificate(let chain)?:
            guard let path = policy.path(Array(chain)) else { throw .searchDidNotFinish }
            return path
        case .couldNotValidate?:
            throw objections.first ?? unexplained(leaf, known)
        case nil: throw .searchDidNotFinish
        }
    }

    /// Why no path was even judged: nobody of the issuer's name, or nobody of that name who signed.
    private func unexplained(_ leaf: Certificate, _ known: [Certificate]) -> ChainError {
        guard known.dropFirst().contains(where: { $0.subject == leaf.issuer }) else {
            return .untrusted(issuer: leaf.issuer)
        }
        let isSigned = known.dropFirst().contains { $0.subject == leaf.issuer && leaf.isSigned(by: $0) }
        return isSigned ? .untrusted(issuer: leaf.issuer) : .signatureMismatch
    }
}

/// The first objection to each path, in the order of the search.
private final class Objections: Sendable {
    private let list = Mutex<[ChainError]>([])

    func add(_ error: ChainError) { list.withLock { $0.append(error) } }
    var first: ChainError? { list.withLock { $0.first } }
}

/// Our judge in the library's search, for which a path that is refused is not the end.
private struct JudgedPolicy: VerifierPolicy {
    let verifyingCriticalExtensions: [ASN1ObjectIdentifier]
    let known: [Certificate]
    let above: [Certificate]
    let judge: PathJudge
    let objections: Objections

    func chainMeetsPolicyRequirements(chain: UnverifiedCertificateChain) -> PolicyEvaluationResult {
        guard let path = path(Array(chain)) else { return .failsToMeetPolicy(reason: "unknown certificate") }
        guard let objection = judge.objection(to: path) else { return .meetsPolicy }
        objections.add(objection)
        return .failsToMeetPolicy(reason: "judged")
    }

    /// Our certificates for theirs, and what lies above the anchor that was reached.
    func path(_ chain: [X509.Certificate]) -> [Certificate]? {
        var path: [Certificate] = []
        for node in chain {
            guard let certificate = known.first(where: { $0.node.certificate == node }) else { return nil }
            path.append(certificate)
        }
        guard let anchor = path.last, let position = above.firstIndex(of: anchor) else { return nil }
        return path + above[(position + 1)...]
    }
}

/// Runs an asynchronous function to its end on the thread that asks.
///
/// Jobs are queued instead of being given to another thread, and run here one after the other. A function that waited for
/// something else would leave the queue empty without having returned: then there is no result, and nothing blocks.
private final class InlineExecutor: TaskExecutor {
    private let jobs = Mutex<[UnownedJob]>([])

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        jobs.withLock { $0.append(job) }
    }

    static func run<Value: Sendable>(_ body: @escaping @Sendable () async -> Value) -> Value? {
        let executor = InlineExecutor()
        let result = Result<Value>()
        Task(executorPreference: executor) { result.set(await body()) }
        while let job = executor.jobs.withLock({ $0.isEmpty ? nil : $0.removeFirst() }) {
            job.runSynchronously(on: executor.asUnownedTaskExecutor())
        }
        return result.value
    }

    private final class Result<Value: Sendable>: Sendable {
        private let slot = Mutex<Value?>(nil)
        func set(_ value: Value) { slot.withLock { $0 = value } }
        var value: Value? { slot.withLock { $0 } }
    }
}
