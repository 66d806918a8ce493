import StrictEncoding
import TUF
import TUFClient

/// Files of a repository that commands ask for by name.
enum TrustTargets {
    /// What repositories that distribute a Sigstore trusted root call it.
    static let usual = ["trusted_root.json"]

    static func paths(_ names: [String]) throws(CommandFailure) -> [TargetPath] {
        var paths: [TargetPath] = []
        for name in names {
            do throws(TUFError) {
                paths.append(try TargetPath(name))
            } catch {
                throw .usage(error.message)
            }
        }
        return paths
    }

    /// Refuses a store whose trust can't be used at an instant, with the status that an update would end with.
    static func checkUsable(_ path: String, at instant: Instant) throws(CommandFailure) {
        do throws(TrustUpdateError) {
            _ = try TrustStore(path: path).load(at: instant)
        } catch {
            throw CommandFailure(error, path)
        }
    }
}
