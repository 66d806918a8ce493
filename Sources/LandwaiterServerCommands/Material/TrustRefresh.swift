import Findings
import LandwaiterCommands
import Logging
import StrictEncoding

extension MaterialSource {
    /// Brings one store up to date over the network. What fails is said; what was stored stays. That it has changed is
    /// seen where material is looked at for changes.
    func refresh(_ store: ServerConfiguration.Trust.Store, _ log: ServerLog) async {
        let choice = TrustStoreChoice(store)
        do throws(CommandFailure) {
            let (_, _, expires) = try await choice.roots(at: Clock.now, refreshing: true) { warning in
                log.say(.warning, warning, ["trust": choice.name])
            }
            log.say(.info, "trust is up to date", ["trust": choice.name, "expires": expires.description])
        } catch {
            log.say(.warning, error.lines.joined(separator: "; "), ["trust": choice.name])
        }
    }

    /// Before the first load: a store that is expired, or was made just now and is empty, is brought up to date if the
    /// document lets the server do so. The others are not waited for.
    func refreshWhatCannotBeUsed(_ log: ServerLog) async {
        for store in trust.stores where store.refreshEvery != nil {
            do throws(CommandFailure) {
                _ = try await TrustStoreChoice(store).roots(at: Clock.now, refreshing: false)
            } catch {
                await refresh(store, log)
            }
        }
    }
}
