import Admission
import AdmissionPolicy
import AdmissionService
import Findings
import LandwaiterCommands
import Sigstore
import StrictEncoding

/// Policies and trust as the document names them: read anew at each load, all of them or none.
struct MaterialSource: Sendable {
    let policies: ServerConfiguration.Policies
    let trust: ServerConfiguration.Trust
    private let files = KnownFiles()

    init(_ configuration: ServerConfiguration) {
        policies = configuration.policies
        trust = configuration.trust
    }

    /// - Parameter now: at which stored trust has to hold.
    func load(at now: Instant) async throws(CommandFailure) -> DecisionMaterial {
        let set = try PolicyFiles.load(
            try PolicyFiles.sources(
                policies.sources.map { ($0.name, $0.path) }, guardrails: policies.guardrails.map { ($0.name, $0.path) })
        )
        var stored: [SigstoreTrustedRoot] = []
        var expiries: [TrustExpiry] = []
        var notes: [Finding] = []
        for store in trust.stores {
            let choice = TrustStoreChoice(store)
            let (roots, note, expires) = try await choice.roots(at: now, refreshing: false)
            stored += roots
            if let note { notes.append(note) }
            expiries.append(TrustExpiry(name: choice.name, expires: expires))
        }
        let roots = try TrustedRootOptions.roots(
            try namedRoots(), for: set, besides: stored, isAnyNamed: !trust.roots.isEmpty)
        let pipeline = AdmissionPipeline(policies: set, trustedRoots: roots, trustNotes: notes)
        return DecisionMaterial(
            pipeline: pipeline, loadedAt: now, summary: Self.summary(set, roots), trust: expiries)
    }

    /// The same as the service takes it, with the stamp of what was read.
    func loader(now: @escaping @Sendable () -> Instant) -> MaterialLoader {
        { () async throws(MaterialError) in
            let now = now()
            let (result, read) = await files.recording { (record) async -> Result<DecisionMaterial, CommandFailure> in
                // Read by a layer that tells nobody what it reads.
                for store in trust.stores { KnownFiles.paths(below: store.directory).forEach(record) }
                do throws(CommandFailure) { return .success(try await load(at: now)) } catch { return .failure(error) }
            }
            let expiries = (try? result.get())?.trust ?? files.expiries
            files.know(read, expiries)
            let stamp = KnownFiles.stamp(read, expiries, at: now)
            do throws(CommandFailure) {
                let material = try result.get()
                return DecisionMaterial(
                    pipeline: material.pipeline, loadedAt: material.loadedAt, summary: material.summary,
                    trust: material.trust, stamp: stamp)
            } catch {
                throw MaterialError(error, stamp: stamp)
            }
        }
    }

    /// Of what the last load read, as it is now: equal to that load's stamp for as long as loading again gives the same, or
    /// fails in the same way. Looks at files, and reads those that were written to.
    func stamp(at now: Instant) -> ChangeStamp { files.stamp(at: now) }

    private func namedRoots() throws(CommandFailure) -> [SigstoreTrustedRoot] {
        var roots: [SigstoreTrustedRoot] = []
        for root in trust.roots {
            if let file = root.file {
                roots += try TrustedRootOptions.roots(file, root.requirement)
            } else {
                roots.append(.publicGood.requiring(root.requirement))
            }
        }
        return roots
    }

    private static func summary(_ set: PolicySet, _ roots: [SigstoreTrustedRoot]) -> String {
        let names = roots.map(\.name).joined(separator: ", ")
        return [
            counted(set.policies.count, "policy", "policies"), counted(set.guardrails.count, "guardrail", "guardrails"),
            counted(set.exceptions.count, "exception", "exceptions"),
            roots.isEmpty ? "no trusted root" : counted(roots.count, "trusted root", "trusted roots") + " (\(names))",
        ].joined(separator: ", ")
    }

    private static func counted(_ count: Int, _ one: String, _ many: String) -> String {
        "\(count) \(count == 1 ? one : many)"
    }
}

extension TrustStoreChoice {
    init(_ store: ServerConfiguration.Trust.Store) {
        self.init(directory: store.directory, target: store.target, requirement: store.requirement)
    }
}

extension MaterialError {
    /// A command's failure on one line: its first lines say what and where, the rest what mends it.
    init(_ failure: CommandFailure, stamp: ChangeStamp? = nil) {
        let lines = failure.lines.map { $0.drop { $0 == " " } }.filter { !$0.isEmpty }
        let mends = lines.filter { $0.hasPrefix("mend: ") }
        self.init(
            lines.filter { !$0.hasPrefix("mend: ") }.joined(separator: "; "),
            mend: mends.isEmpty ? nil : mends.map { $0.dropFirst("mend: ".count) }.joined(separator: "; "), stamp: stamp
        )
    }
}
