import Foundation
import Landwaiter
import Testing

/// x509-limbo: certificate chains of servers and clients, good and bad, with the outcome that RFC 5280 asks for.
@Suite(.enabled(if: Kit.isPresent, Kit.absence))
struct X509LimboTests {
    /// Where the outcome differs, and why that is right or harmless here.
    static let divergences: [String: String] = [
        "cve::cve-2024-0567":
            "nine intermediates come along, of which one is needed: more than the eight that are searched",
        "webpki::nc::permitted-dns-match-noncritical":
            "RFC 5280 section 4.2.1.10 wants them critical, and the same chain is a refused row of its own",
        "webpki::san::san-critical-with-nonempty-subject":
            "RFC 5280 section 4.2.1.6 says SHOULD; nobody passes for another by it",
        "webpki::forbidden-rsa-not-divisible-by-8-in-root": "a rule of browsers; such a key is not weaker",
        "webpki::ee-basicconstraints-ca": "a rule of browsers; the row rfc5280::ca-as-leaf says the opposite",
        "webpki::ca-as-leaf": "a rule of browsers; the row rfc5280::ca-as-leaf says the opposite",
    ]

    /// What nothing here claims to judge: web browsers' policies beyond RFC 5280, common names.
    static func isOutOfScope(_ row: Row) -> Bool {
        row.features.contains { $0.hasPrefix("pedantic-") } || row.id.hasPrefix("webpki::cn::")
    }

    @Test(arguments: Row.all.filter { !isOutOfScope($0) })
    func comesOutAsExpected(_ row: Row) throws {
        let problem = row.problem()
        let isAsExpected = (problem == nil) == (row.expected_result == "SUCCESS")
        if let reason = Self.divergences[row.id] {
            #expect(!isAsExpected, "no longer differs: take it off the list (\(reason))")
        } else {
            #expect(isAsExpected, "expected \(row.expected_result), found: \(problem ?? "a path")")
        }
    }

    @Test func everyDivergenceIsARow() {
        #expect(Set(Self.divergences.keys).isSubset(of: Row.all.map(\.id)))
    }

    struct Row: Sendable, Decodable, CustomTestStringConvertible {
        struct PeerName: Sendable, Decodable { let kind, value: String }

        let id, validation_kind, expected_result, peer_certificate: String
        let features, trusted_certs, untrusted_intermediates, extended_key_usage, crls: [String]
        let validation_time: String?
        let max_chain_depth: Int?
        let expected_peer_name: PeerName?
        let expected_peer_names: [PeerName]
        var testDescription: String { id }

        static let all: [Row] = {
            struct File: Decodable { let testcases: [Row] }
            guard let bytes = try? Kit.read("x509-limbo/limbo.json") else { return [] }
            return (try? JSONDecoder().decode(File.self, from: Data(bytes)))?.testcases ?? []
        }()

        /// Nil if there is a path and the peer is who was expected.
        func problem() -> String? {
            do {
                // Each trusted certificate stands for itself; one that can't be an authority is none.
                let always = try ValidityPeriod(start: .earliest, end: nil)
                let authorities = try trusted_certs.flatMap { try Self.certificates($0) }.compactMap {
                    try? CertificateAuthority(certificates: [$0], validFor: always)
                }
                let leaf = try Certificate(der: Self.der(peer_certificate))
                let instant = try #require(
                    validation_time.flatMap(Instant.init(rfc3339:)) ?? Instant(rfc3339: "2026-06-29T00:00:00Z"))
                let lists = try crls.flatMap { try CertificateRevocationList.all(file: Array($0.utf8)) }
                _ = try CertificateAuthorities(authorities).verify(
                    leaf, intermediates: untrusted_intermediates.flatMap { try Self.certificates($0) }, at: instant,
                    profile: profile(), revocation: lists.isEmpty ? nil : RevocationCheck(lists: lists, asOf: instant))
                let names = (leaf.extensions.subjectAlternativeNames ?? []).compactMap {
                    if case .email(let name) = $0 { name.value } else { nil }
                }
                guard expected_peer_names.isEmpty || Set(names) == Set(expected_peer_names.map(\.value)) else {
                    return "other names: \(names)"
                }
                return nil
            } catch let error as ChainError {
                return error.message
            } catch let error as CertificateError {
                return error.message
            } catch let error as RevocationListError {
                return error.message
            } catch {
                return "\(error)"
            }
        }

        private func profile() throws -> ChainProfile {
            var profile = ChainProfile.client
            if validation_kind == "SERVER" { profile.purpose = .ifStated(ChainProfile.serverAuthentication) }
            if validation_kind == "SERVER", let name = expected_peer_name {
                switch name.kind {
                case "DNS": profile = .server(.dns(name.value))
                case "IP": profile = .server(.ipAddress(try #require(Self.octets(name.value))))
                default: Issue.record("unknown kind of name \(name.kind)")
                }
            }
            profile.maximumIntermediates = max_chain_depth ?? 8
            return profile
        }

        /// Certificates that can't be read are left out, as a client would do with what a peer sends besides its own.
        private static func certificates(_ pem: String) throws -> [Certificate] {
            (try? Certificate(der: der(pem))).map { [$0] } ?? []
        }

        private static func der(_ pem: String) throws -> [UInt8] {
            try #require(try PEMBlock.parseAll(Array(pem.utf8), limit: 1).first).bytes
        }

        private static func octets(_ address: String) -> [UInt8]? {
            var v4 = in_addr()
            if inet_pton(AF_INET, address, &v4) == 1 { return withUnsafeBytes(of: &v4) { Array($0) } }
            var v6 = in6_addr()
            if inet_pton(AF_INET6, address, &v6) == 1 { return withUnsafeBytes(of: &v6) { Array($0) } }
            return nil
        }
    }
}
