import Foundation
import Landwaiter
import Testing

@testable import PKI

/// Time-stamps that public authorities made, for other projects' tests.
@Suite(.enabled(if: Kit.isPresent, Kit.absence))
struct RFC3161Tests {
    struct Row: Sendable, CustomTestStringConvertible {
        let file, kind, expected: String
        var testDescription: String { file }

        static let all: [Row] = {
            guard let bytes = try? Kit.read("rfc3161/CASES.tsv") else { return [] }
            return String(decoding: bytes, as: UTF8.self).split(separator: "\n").dropFirst().map { line in
                let fields = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
                return Row(file: fields[0], kind: fields[1], expected: fields[2])
            }
        }()

        func token() throws -> TimestampToken {
            let bytes = try Kit.read("rfc3161/" + file)
            switch kind {
            case "TimeStampResp": return try TimestampToken(response: bytes)
            default: return try TimestampToken(token: bytes)
            }
        }
    }

    /// The stamped bytes are not at hand, so the imprint is not compared; everything else is.
    @Test(arguments: Row.all)
    func comesOutAsExpected(_ row: Row) throws {
        #expect(row.expected == "ok")
        let isBare = row.file.contains("NoCert")
        let authority = try Self.authority(
            of: isBare ? #require(Row.all.first { $0.file.contains("respNonce") }) : row, pinsSigner: isBare)
        let token = try row.token()
        #expect(try token.signer(among: [authority]).1.name == authority.name)
        #expect(throws: TimestampError.imprintMismatch) {
            try token.verify(over: SignedMessage(Array("other bytes".utf8)), by: [authority])
        }
    }

    @Test func withoutItsCertificateTheSignerIsUnknown() throws {
        let row = try #require(Row.all.first { $0.file.contains("NoCert") })
        let authority = try Self.authority(
            of: #require(Row.all.first { $0.file.contains("respNonce") }), pinsSigner: false)
        #expect(throws: TimestampError.unknownSigner) { try row.token().signer(among: [authority]) }
    }

    /// The authority as the tokens themselves show it: trusted here because the rows say that they are good.
    private static func authority(of row: Row, pinsSigner: Bool) throws -> TimestampAuthority {
        let certificates = try row.token().embedded.map { try Certificate(der: Array($0)) }
        let chosen = certificates.filter { $0.extensions.basicConstraints?.isAuthority == true || pinsSigner }
        return try TimestampAuthority(
            certificates: chosen, validFor: ValidityPeriod(start: .earliest, end: nil))
    }
}
