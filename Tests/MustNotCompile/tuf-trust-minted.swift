// error: 'RepositoryTrust' initializer is inaccessible due to 'internal' protection level
import Content
import TUF
import TUFClient

/// Says that the repository listed a file that it did not.
func mint(_ chain: borrowing TUFUpdate.WithTargets, _ path: TargetPath, _ content: VerifiedContent) -> RepositoryTrust {
    RepositoryTrust(chain, targets: [path: content])
}
