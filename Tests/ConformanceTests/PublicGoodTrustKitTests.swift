import Landwaiter
import StrictEncoding
import Testing

/// The trust that the program holds, against what Sigstore published.
@Suite(.enabled(if: Kit.isPresent, Kit.absence))
struct PublicGoodTrustKitTests {
    /// Of whatever age each is: what both know, they know alike. Ends of periods may have been added since.
    @Test func agreesWithThePublishedRoot() throws {
        let held = SigstoreTrustedRoot.publicGood
        let published = try SigstoreTrustedRoot(parsing: Kit.read(SigstoreKitTests.publicGood), name: "published")
        func expectAlike<Element, Key: Hashable>(
            _ all: [Element], _ others: [Element], atLeast: Int, key: (Element) -> Key, start: (Element) -> Instant
        ) {
            let known = Dictionary(others.map { (key($0), start($0)) }) { first, _ in first }
            let common = all.filter { known[key($0)] != nil }
            #expect(common.count >= atLeast)
            for element in common { #expect(known[key(element)] == start(element)) }
        }
        expectAlike(
            held.logs.logs, published.logs.logs, atLeast: 2, key: { $0.publicKey.fingerprint + $0.baseURL },
            start: \.validity.lowerBound)
        expectAlike(
            held.certificateLogs, published.certificateLogs, atLeast: 2, key: \.logID, start: \.validFor.start)
        expectAlike(
            held.certificateAuthorities.all, published.certificateAuthorities.all, atLeast: 2,
            key: { $0.certificates.map(\.der) }, start: \.validFor.start)
        expectAlike(
            held.timestampAuthorities, published.timestampAuthorities, atLeast: 1,
            key: { $0.authority.certificates.map(\.der) }, start: \.authority.validFor.start)
    }

    /// Real bundles come out under it as under the published root, to the last fact.
    @Test func verifiesWhatThePublishedRootVerifies() throws {
        let published = try SigstoreTrustedRoot(parsing: Kit.read(SigstoreKitTests.publicGood), name: "public-good")
        var verified = 0
        for row in try KitTable("bundles/cpython/CASES.tsv").rows {
            let item = try UnverifiedSignedItem(bundle: Kit.read("bundles/" + row["bundle"]))
            let artifact = try #require(SignedArtifact(digest: Digest(row["artifact_digest"])))
            func facts(_ root: SigstoreTrustedRoot) throws -> VerifiedSignature {
                var budget = SignatureBudget()
                return try SignatureVerifier.verify(
                    item, keys: TrustedKeySet([]), roots: [root], artifacts: [artifact], budget: &budget
                ).get()
            }
            #expect(try facts(.publicGood) == facts(published), "\(row["version"])")
            verified += 1
        }
        #expect(verified == 61)
    }
}
