import Findings
import PKI
import StrictEncoding

/// Reads who may vouch for a signer's certificates, where that is an organisation's own authorities: certificates, or SPIFFE
/// trust bundles with their times, and revocation lists.
struct AuthorityReader {
    let reader: DocumentReader
    /// Reads a file beside the policy; nil if it was refused.
    let file: (_ path: String, _ place: PolicyPlace) -> [UInt8]?

    private var problems: PolicyProblems { reader.problems }

    private enum ValidAt: String, CaseIterable { case signing, now }

    /// Everything is read, so that all mistakes are told at once.
    func authorities(_ fields: DocumentReader.Fields, usage: OwnAuthorities.Usage) -> OwnAuthorities? {
        let validAt = reader.word(fields["validAt"], "`validAt`", ValidAt.self)
        let lists = fields["crls"].map { revocationLists($0) } ?? []
        guard let leafOnly = leafRevocationOnly(fields) else { return nil }
        let time: OwnAuthorities.Time = validAt == .signing ? .timestamped : .now
        if let node = fields["trustBundles"] {
            guard let bundles = trustBundles(node), let lists, validAt != nil else { return nil }
            return OwnAuthorities(
                bundles: bundles, time: time, revocationLists: lists, insecureLeafRevocationOnly: leafOnly)
        }
        var seen: Set<ExactString> = []
        let files = reader.list(fields["roots"], "`roots`") { item -> [Certificate]? in
            guard let (path, bytes) = contents(item, "a file of certificates", &seen) else { return nil }
            return certificates(bytes, path, item.place)
        }
        guard let files, let lists, validAt != nil else { return nil }
        return OwnAuthorities(
            certificates: files.joined(), usage: usage, time: time, revocationLists: lists,
            insecureLeafRevocationOnly: leafOnly)
    }

    /// The bytes of a file that was not named before.
    private func contents(
        _ node: PolicyNode, _ what: String, _ seen: inout Set<ExactString>
    ) -> (path: String, bytes: [UInt8])? {
        guard let path = reader.string(node, what), reader.isNew(ExactString(path), node, &seen),
            let bytes = file(path, node.place)
        else { return nil }
        return (path, bytes)
    }

    /// The authorities in a PEM file: a leaf among them would be believed to issue.
    private func certificates(_ pem: [UInt8], _ path: String, _ place: PolicyPlace) -> [Certificate]? {
        let all: [Certificate]
        do {
            all = try Certificate.all(pem: pem)
        } catch {
            problems.add(error.code, place, "\(error.message) (\(Finding.quoted(path)))")
            return nil
        }
        guard all.allSatisfy({ $0.extensions.basicConstraints?.isAuthority == true }) else {
            problems.add(
                .policyFileBadValue, place,
                "expected certificates of authorities in \(Finding.quoted(path)), found one that may not issue")
            return nil
        }
        return all
    }

    // MARK: Revocation lists

    private func revocationLists(_ node: PolicyNode) -> [CertificateRevocationList]? {
        var seen: Set<ExactString> = []
        let files = reader.list(node, "`crls`") { item -> [CertificateRevocationList]? in
            guard let (path, bytes) = contents(item, "a file of revocation lists", &seen) else { return nil }
            do throws(RevocationListError) {
                return try CertificateRevocationList.all(file: bytes)
            } catch {
                problems.add(error.code, item.place, "\(error.message) (\(Finding.quoted(path)))")
                return nil
            }
        }
        return files.map { Array($0.joined()) }
    }

    /// Says nothing where there are no lists, and whoever writes it means some.
    private func leafRevocationOnly(_ fields: DocumentReader.Fields) -> Bool? {
        guard let node = fields["insecureLeafRevocationOnly"] else { return false }
        guard fields["crls"] != nil else {
            problems.add(
                .policyFileMissingField, node.place, "expected `crls` beside `insecureLeafRevocationOnly`, found none",
                mend: "name the revocation lists, or leave it out")
            return nil
        }
        return reader.bool(node, "`insecureLeafRevocationOnly`")
    }

    // MARK: SPIFFE trust bundles

    private func trustBundles(_ node: PolicyNode) -> SPIFFETrustBundles? {
        var seen: Set<ExactString> = []
        let entries = reader.list(node, "`trustBundles`", most: DocumentReader.mostRules) { trustBundle($0, &seen) }
        guard let entries else { return nil }
        do {
            return try SPIFFETrustBundles(entries)
        } catch {
            problems.add(error.code, node.place, error.message)
            return nil
        }
    }

    /// A name that ends in `.pem` is of PEM, one that ends in `.json` of a JWK set, as in an index of bundles.
    private func trustBundle(_ node: PolicyNode, _ seen: inout Set<ExactString>) -> SPIFFETrustBundles.Entry? {
        guard let fields = reader.fields(of: node, .trustBundle) else { return nil }
        let period = period(fields)
        guard let domain = trustDomain(fields["trustDomain"]), let named = fields["file"],
            let path = reader.string(named, "a file of a trust bundle"), reader.isNew(ExactString(path), named, &seen)
        else { return nil }
        let isPEM = path.utf8.suffix(4).elementsEqual(".pem".utf8)
        guard isPEM || path.utf8.suffix(5).elementsEqual(".json".utf8) else {
            problems.add(
                .policyFileBadValue, named.place,
                "expected a trust bundle that ends in `.json` (a JWK set) or `.pem`, found \(Finding.quoted(path))")
            return nil
        }
        guard let period, let bytes = file(path, named.place) else { return nil }
        do throws(SPIFFEBundleError) {
            let bundle =
                isPEM
                ? try SPIFFETrustBundle(trustDomain: domain, pem: bytes)
                : try SPIFFETrustBundle(trustDomain: domain, jwks: bytes)
            return SPIFFETrustBundles.Entry(bundle, validFor: period)
        } catch {
            problems.add(error.code, named.place, "\(error.message) (\(Finding.quoted(path)))")
            return nil
        }
    }

    private func trustDomain(_ node: PolicyNode?) -> SPIFFETrustDomain? {
        guard let node, let text = reader.string(node, "`trustDomain`") else { return nil }
        do {
            return try SPIFFETrustDomain(text)
        } catch {
            problems.add(
                .policyFileBadValue, node.place, error.message, mend: "write its name alone, as in `example.org`")
            return nil
        }
    }

    /// Both ends included. Whoever leaves the beginning out believes the bundle for all that was signed before.
    private func period(_ fields: DocumentReader.Fields) -> ValidityPeriod? {
        var ends: [Instant?] = []
        for name in ["from", "until"] {
            guard let node = fields[name] else {
                ends.append(nil)
                continue
            }
            guard let instant = reader.instant(node, "`\(name)`") else { return nil }
            ends.append(instant)
        }
        do {
            return try ValidityPeriod(start: ends[0] ?? .earliest, end: ends[1])
        } catch {
            problems.add(
                .policyFileBadValue, fields["until"]?.place ?? fields.place,
                "expected `until` at or after `from`, found it before")
            return nil
        }
    }
}
