import Signing
import Simulators
import StrictEncoding
import Testing

@testable import PKI

/// Another implementation's lists: the `openssl` command as an authority that takes certificates back.
struct OpenSSLRevocationTests {
    @Test func readsTheListsOfAnotherImplementation() throws {
        let openSSL = try OpenSSL()
        try openSSL.write(
            "c.cnf",
            """
            [req]
            distinguished_name = name
            prompt = no
            x509_extensions = authority
            [name]
            CN = openssl root
            [authority]
            basicConstraints = critical, CA:TRUE
            keyUsage = critical, keyCertSign, cRLSign
            subjectKeyIdentifier = hash
            [leaf]
            basicConstraints = CA:FALSE
            keyUsage = critical, digitalSignature
            extendedKeyUsage = codeSigning
            [ca]
            default_ca = own
            [own]
            database = index.txt
            crlnumber = number
            default_md = sha256
            default_crl_days = 30
            crl_extensions = list
            [list]
            authorityKeyIdentifier = keyid
            """.utf8)
        try openSSL.write("index.txt", "".utf8)
        try openSSL.write("number", "01\n".utf8)
        try openSSL.run(
            "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout r.key -out r.pem -days 30 -config c.cnf"
        )
        for name in ["good", "bad"] {
            try openSSL.run(
                "req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout \(name).key -out \(name).csr -subj /CN=\(name) -config c.cnf"
            )
            try openSSL.run(
                "x509 -req -in \(name).csr -CA r.pem -CAkey r.key -CAcreateserial -out \(name).pem -days 10 -extfile c.cnf -extensions leaf"
            )
        }
        try openSSL.run("ca -config c.cnf -cert r.pem -keyfile r.key -revoke bad.pem -crl_reason superseded")
        try openSSL.run("ca -config c.cnf -cert r.pem -keyfile r.key -gencrl -out list.pem")

        let lists = try CertificateRevocationList.all(file: openSSL.read("list.pem"))
        let list = try #require(lists.first)
        #expect(lists.count == 1 && list.count == 1 && list.number == [1])
        let root = try #require(try Certificate.all(pem: openSSL.read("r.pem")).first)
        let authority = try CertificateAuthority(
            certificates: [root], validFor: ValidityPeriod(start: .earliest, end: nil))
        let profile = ChainProfile.codeSigner(usage: ChainProfile.codeSigning)
        for name in ["good", "bad"] {
            let leaf = try #require(try Certificate.all(pem: openSSL.read("\(name).pem")).first)
            let entry = list.entry(for: leaf.serialNumber)
            #expect(entry?.reason == (name == "bad" ? .superseded : nil))
            func outcome(at instant: Instant) -> ChainError? {
                do throws(ChainError) {
                    let check = RevocationCheck(lists: lists, asOf: list.thisUpdate)
                    _ = try authority.verify(leaf, at: instant, profile: profile, revocation: check)
                    return nil
                } catch {
                    return error
                }
            }
            // The list is later than the revocation by some seconds at the most.
            let instant = list.thisUpdate
            let revoked = entry.map { RevocationError.revoked(on: $0.date, .superseded, at: instant) }
            #expect(outcome(at: instant) == revoked.map { .revocation($0) })
        }
    }
}
