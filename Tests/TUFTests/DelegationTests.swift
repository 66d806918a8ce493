import Content
import Simulators
import StrictEncoding
import TUF
import Testing

/// Section 5.6.7: who may speak of a target, and in which order they are asked.
@Suite struct DelegationTests {
    /// A repository in which each arrow delegates to a role by its one key.
    private func repository(_ arrows: [Arrow]) throws -> SimulatedTUFRepository {
        var repository = try SimulatedTUFRepository()
        for arrow in arrows where repository.delegated[arrow.to] == nil {
            repository.delegated[arrow.to] = try SimulatedTUFTargets()
        }
        for arrow in arrows {
            let role = try #require(repository.delegated[arrow.to]).role
            let delegation = SimulatedTUFTargets.Delegation(
                arrow.to, role, paths: arrow.paths, isTerminating: arrow.isTerminating)
            if arrow.from == "targets" {
                repository.targets.delegations.append(delegation)
            } else {
                repository.delegated[arrow.from]?.delegations.append(delegation)
            }
        }
        try repository.publish()
        return repository
    }

    struct Arrow: Sendable {
        var from: String
        var to: String
        var paths = ["*"]
        var isTerminating = false

        init(_ from: String, _ to: String, _ paths: [String] = ["*"], isTerminating: Bool = false) {
            self.from = from
            self.to = to
            self.paths = paths
            self.isTerminating = isTerminating
        }
    }

    /// Delegations that are followed out of order let a role with less precedence win (CVE-2024-47534).
    @Test(arguments: [
        ([Arrow("targets", "A")], ["A"]),
        ([Arrow("targets", "B"), Arrow("targets", "A")], ["B", "A"]),
        ([Arrow("targets", "A"), Arrow("targets", "B"), Arrow("B", "C")], ["A", "B", "C"]),
        ([Arrow("targets", "A"), Arrow("targets", "B"), Arrow("A", "C"), Arrow("A", "D")], ["A", "C", "D", "B"]),
        ([Arrow("targets", "A"), Arrow("targets", "B"), Arrow("A", "C"), Arrow("C", "D")], ["A", "C", "D", "B"]),
        (
            [
                Arrow("targets", "A"), Arrow("targets", "B"), Arrow("A", "C", isTerminating: true),
                Arrow("A", "D"),
            ], ["A", "C"]
        ),
        (
            [
                Arrow("targets", "A"), Arrow("targets", "B"), Arrow("A", "C", isTerminating: true),
                Arrow("C", "D"),
            ], ["A", "C", "D"]
        ),
        ([Arrow("targets", "A", ["*.py"]), Arrow("targets", "B"), Arrow("A", "C")], ["B"]),
        ([Arrow("targets", "A", ["*.py"], isTerminating: true), Arrow("targets", "B")], ["B"]),
        (
            [Arrow("targets", "A"), Arrow("targets", "B"), Arrow("B", "C"), Arrow("C", "D"), Arrow("D", "B")],
            ["A", "B", "C", "D"]
        ),
        ([Arrow("targets", "A"), Arrow("A", "A")], ["A"]),
        ([Arrow("targets", "A"), Arrow("targets", "B"), Arrow("B", "C"), Arrow("A", "C")], ["A", "C", "B"]),
        ([Arrow("targets", "A"), Arrow("targets", "B"), Arrow("B", "C"), Arrow("A", "C", ["*.py"])], ["A", "B", "C"]),
    ])
    func asksInPreOrderDepthFirst(arrows: [Arrow], order: [String]) throws {
        let repository = try repository(arrows)
        var client = try StoredTrust(repository)
        let found = try client.find("missing", in: repository)
        #expect(found.asked == order)
        #expect(found.file == nil)
    }

    @Test func theFirstOfTwoRolesWins() throws {
        var repository = try repository([Arrow("targets", "A"), Arrow("targets", "B")])
        repository.add("file", [2], to: "B")
        repository.add("file", [1], to: "A")
        try repository.publishNext()
        var client = try StoredTrust(repository)
        let found = try client.find("file", in: repository)
        #expect(found.file?.digests == [Digest(of: [1])])
        #expect(found.asked == ["A"])
    }

    @Test func theTopLevelRoleBeatsAllDelegations() throws {
        var repository = try repository([Arrow("targets", "A", isTerminating: true)])
        repository.add("file", [1])
        repository.add("file", [2], to: "A")
        try repository.publishNext()
        var client = try StoredTrust(repository)
        #expect(try client.find("file", in: repository).file?.digests == [Digest(of: [1])])
    }

    /// A target has to be within the paths of every role on the way, not of the last alone.
    @Test(arguments: [
        ("targetfile", true, []), ("README.md", true, ["A"]), ("releases/x/x_v1", true, ["B", "C"]),
        ("releases/y/y_v1.zip", true, ["B", "D"]), ("releases/z/z_v1.zip", false, ["B"]),
        ("releases/README.md", false, []), ("foo-1.tgz", true, ["A"]), ("foo-alpha.tgz", false, []),
        ("README.MD", false, []),
    ])
    func delegatesWithinThePathsOfTheWholeChain(path: String, isFound: Bool, asked: [String]) throws {
        var repository = try repository([
            Arrow("targets", "A", ["*.doc", "*.md", "foo-?.tgz"]), Arrow("targets", "B", ["releases/*/*"]),
            Arrow("B", "C", ["releases/x/*"]), Arrow("B", "D", ["releases/y/*.zip"]),
        ])
        repository.add("targetfile", [1])
        for path in ["README.md", "releases/README.md", "foo-1.tgz", "foo-alpha.tgz"] {
            repository.add(path, [2], to: "A")
        }
        repository.add("releases/x/x_v1", [3], to: "C")
        for path in ["releases/y/y_v1.zip", "releases/z/z_v1.zip"] { repository.add(path, [4], to: "D") }
        try repository.publishNext()
        var client = try StoredTrust(repository)
        let found = try client.find(path, in: repository)
        #expect((found.file != nil) == isFound)
        #expect(found.asked == asked)
    }

    /// `release` is signed with the key that A names. B names another key for the same name.
    @Test func rejectsRoleThatAnotherDelegatorAuthorised() throws {
        var repository = try repository([
            Arrow("targets", "parent-a", ["team-a/*"]), Arrow("targets", "parent-b", ["team-b/*"]),
            Arrow("parent-a", "release", ["team-a/*"]),
        ])
        var other = try #require(repository.delegated["release"]).role
        other.keys = [try SimulatedTUFKey()]
        repository.delegated["parent-b"]?.delegations = [.init("release", other, paths: ["team-b/*"])]
        repository.add("team-a/file", [1], to: "release")
        repository.add("team-b/file", [2], to: "release")
        try repository.publishNext()
        var client = try StoredTrust(repository)
        #expect(try client.find("team-a/file", in: repository).file != nil)
        #expect(throws: TUFError.tooFewSignatures(.delegated("release"), by: .trusted, expected: 1, found: 0)) {
            _ = try client.find("team-b/file", in: repository)
        }
    }

    @Test func rejectsDelegatedMetadataThatTheDelegatorsKeysDidNotSign() throws {
        var repository = try repository([Arrow("targets", "A")])
        repository.delegated["A"]?.role.signers = [try SimulatedTUFKey()]
        try repository.publish()
        var client = try StoredTrust(repository)
        #expect(throws: TUFError.tooFewSignatures(.delegated("A"), by: .trusted, expected: 1, found: 0)) {
            _ = try client.find("file", in: repository)
        }
    }

    @Test func rejectsExpiredDelegatedMetadata() throws {
        var repository = try repository([Arrow("targets", "A")])
        repository.delegated["A"]?.role.expires = SimulatedTUFRepository.now
        try repository.publish()
        var client = try StoredTrust(repository)
        #expect(
            throws: TUFError.expired(
                .delegated("A"), expires: SimulatedTUFRepository.now, at: SimulatedTUFRepository.now)
        ) { _ = try client.find("file", in: repository) }
    }

    @Test func rejectsDelegatedMetadataOfAnotherVersion() throws {
        var repository = try repository([Arrow("targets", "A")])
        let old = repository.files["1.A.json"]
        try repository.publishNext()
        repository.files["2.A.json"] = old
        var client = try StoredTrust(repository)
        #expect(throws: TUFError.otherVersion(.delegated("A"), expected: 2, found: 1)) {
            _ = try client.find("file", in: repository)
        }
    }

    @Test func rejectsDelegationThatTheSnapshotDoesNotList() throws {
        var repository = try repository([Arrow("targets", "A")])
        repository.notListed = ["A.json"]
        try repository.publishNext()
        var client = try StoredTrust(repository)
        try client.refresh(from: repository)
        #expect(throws: TUFError.notInSnapshot(.delegated("A"))) { _ = try client.find("file", in: repository) }
    }

    @Test func endsAfterSoManyRoles() throws {
        let repository = try repository((0..<5).map { Arrow("targets", "r\($0)") })
        var client = try StoredTrust(repository)
        var limits = TUFLimits()
        limits.delegatedRoles = 5
        #expect(try client.find("missing", in: repository, limits: limits).asked.count == 5)
        limits.delegatedRoles = 4
        #expect(throws: TUFError.tooManyDelegations(limit: 4)) {
            _ = try client.find("missing", in: repository, limits: limits)
        }
    }

    @Test func takesNothingThatItDidNotAskFor() throws {
        let repository = try repository([Arrow("targets", "A")])
        var client = try StoredTrust(repository)
        let chain = try client.update(from: repository, at: SimulatedTUFRepository.now)
        var search = chain.search(for: try TargetPath("file"))
        let bytes = try #require(repository.files["1.A.json"])
        var refused: TUFError?
        do throws(TUFError) { try search.supply(bytes) } catch { refused = error }
        #expect(refused == .notAskedFor)
    }

    @Test func asksForPercentEncodedNames() throws {
        let odd = "../a b?#\u{e9}"
        var repository = try repository([Arrow("targets", odd)])
        let escaped = "..%2Fa%20b%3F%23%C3%A9"
        repository.files["1.\(escaped).json"] = repository.files["1.\(odd).json"]
        var client = try StoredTrust(repository)
        #expect(try client.find("file", in: repository).asked == [odd])
        #expect(MetadataRole.delegated(ExactString(odd)).fileName == escaped + ".json")
    }

    @Test(arguments: ["root", "timestamp", "snapshot", "targets", "", String(repeating: "a", count: 65)])
    func rejectsDelegationToReservedOrUnusableNames(name: String) throws {
        var repository = try SimulatedTUFRepository()
        repository.targets.delegations = [.init(name, repository.targets.role)]
        try repository.publish()
        var client = try StoredTrust(repository)
        #expect(
            throws: TUFError.malformed(
                .targets,
                .expected(
                    "a role name of at most 64 bytes that is none of a top-level role",
                    at: "signed.delegations.roles.name"))
        ) { try client.refresh(from: repository) }
    }

    @Test func rejectsTwoDelegationsToOneName() throws {
        var repository = try repository([Arrow("targets", "A")])
        repository.targets.delegations += repository.targets.delegations
        try repository.publish()
        var client = try StoredTrust(repository)
        #expect(
            throws: TUFError.malformed(.targets, .expected("distinct names", at: "signed.delegations.roles"))
        ) { try client.refresh(from: repository) }
    }

    // MARK: Hash prefixes and bins

    @Test func delegatesByPrefixesOfTheHash() throws {
        let path = "some/file"
        let hash = Digest(of: Array(path.utf8)).hex
        for (prefixes, isAsked) in [
            ([String(hash.prefix(3))], true), ([hash], true), (["zz", String(hash.prefix(1))], true), ([""], false),
            ([String(hash.prefix(2)) + "x"], false), ([hash + "0"], false), ([], false),
        ] {
            var repository = try repository([Arrow("targets", "A")])
            repository.targets.delegations[0].paths = nil
            repository.targets.delegations[0].hashPrefixes = prefixes
            try repository.publish()
            var client = try StoredTrust(repository)
            #expect(try client.find(path, in: repository).asked == (isAsked ? ["A"] : []), "\(prefixes)")
        }
    }

    @Test func rejectsPathsBesideHashPrefixes() throws {
        var repository = try repository([Arrow("targets", "A")])
        repository.targets.delegations[0].hashPrefixes = ["a"]
        try repository.publish()
        var client = try StoredTrust(repository)
        #expect(
            throws: TUFError.malformed(
                .targets, .expected("either `paths` or `path_hash_prefixes`", at: "signed.delegations.roles"))
        ) { try client.refresh(from: repository) }
    }

    @Test func aDelegationWithoutPathsIsOfNothing() throws {
        var repository = try repository([Arrow("targets", "A")])
        repository.targets.delegations[0].paths = nil
        try repository.publish()
        var client = try StoredTrust(repository)
        #expect(try client.find("file", in: repository).asked == [])
    }

    /// SHA-256 of `file` begins with 0x3b9c358f; TAP 15 takes its first bits as the number of the bin.
    @Test(arguments: [(1, "bin-0"), (4, "bin-3"), (5, "bin-07"), (8, "bin-3b"), (10, "bin-0ee"), (32, "bin-3b9c358f")])
    func findsTheBinOfAPath(bitLength: Int, bin: String) throws {
        var repository = try SimulatedTUFRepository()
        let role = SimulatedTUFRole(keys: [try SimulatedTUFKey()], expires: SimulatedTUFRepository.expires)
        repository.targets.bins = (bitLength, "bin", role)
        repository.delegated[bin] = SimulatedTUFTargets(role)
        repository.add("file", [1], to: bin)
        try repository.publish()
        var client = try StoredTrust(repository)
        let found = try client.find("file", in: repository)
        #expect(found.asked == [bin])
        #expect(found.file != nil)
    }

    @Test(arguments: [0, 33, -1]) func rejectsBinsOfSoManyBits(bitLength: Int) throws {
        var repository = try SimulatedTUFRepository()
        repository.targets.bins = (bitLength, "bin", repository.targets.role)
        try repository.publish()
        var client = try StoredTrust(repository)
        var refused: TUFError?
        do { try client.refresh(from: repository) } catch let error as TUFError { refused = error }
        #expect(refused?.code == .tufMalformedMetadata)
    }

    @Test func rejectsBinsBesideListedRoles() throws {
        var repository = try SimulatedTUFRepository()
        repository.alterations["targets"] = {
            $0["delegations"] = ["keys": [:], "roles": [], "succinct_roles": [:]]
        }
        try repository.publish()
        var client = try StoredTrust(repository)
        #expect(
            throws: TUFError.malformed(
                .targets,
                .expected("an array `roles` or an object `succinct_roles`, and not both", at: "signed.delegations"))
        ) { try client.refresh(from: repository) }
    }
}
