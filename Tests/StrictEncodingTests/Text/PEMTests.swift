import StrictEncoding
import Testing

@Suite struct PEMTests {
    @Test func goesThereAndBack() throws {
        for length in [1, 2, 3, 47, 48, 49, 96, 200] {
            let block = PEMBlock(label: "PUBLIC KEY", bytes: (0..<length).map { UInt8($0) })
            let text = block.encoded()
            #expect(text.split(separator: "\n").allSatisfy { $0.utf8.count <= 64 })
            #expect(try parse(text) == [block])
            #expect(try parse(text.split(separator: "\n").joined(separator: "\r\n")) == [block])
        }
    }

    @Test func writesSixtyFourColumns() {
        let text = PEMBlock(label: "X", bytes: [UInt8](repeating: 0, count: 49)).encoded()
        let full = String(repeating: "A", count: 64)
        #expect(text == "-----BEGIN X-----\n\(full)\nAA==\n-----END X-----\n")
    }

    @Test func readsSeveralBlocksAmongExplanations() throws {
        let text = """
            Subject: example, Issuer: example
            -----BEGIN CERTIFICATE-----
            AAAA
            AAAA
            -----END CERTIFICATE-----

            - - - and another:
            -----BEGIN PRIVATE KEY-----
            AQ==
            -----END PRIVATE KEY-----
            the end
            """
        #expect(
            try parse(text) == [
                PEMBlock(label: "CERTIFICATE", bytes: [0, 0, 0, 0, 0, 0]), PEMBlock(label: "PRIVATE KEY", bytes: [1]),
            ])
        #expect(try parse("") == [])
        #expect(try parse("no block here\n") == [])
        #expect(try parse("-----BEGIN -----\nAA==\n-----END -----") == [PEMBlock(label: "", bytes: [0])])
        #expect(try parse("-----BEGIN A-B C-----\nAA==\n-----END A-B C-----").map(\.label) == ["A-B C"])
    }

    @Test func refusesHeaders() {
        let text = """
            note
            -----BEGIN RSA PRIVATE KEY-----
            Proc-Type: 4,ENCRYPTED
            DEK-Info: AES-128-CBC,00

            AAAA
            -----END RSA PRIVATE KEY-----
            """
        #expect(throws: PEMError.headersNotSupported(label: "RSA PRIVATE KEY", line: 2)) { try parse(text) }
    }

    @Test(
        arguments: [
            ("-----BEGIN A-----\nAA==\n", .unterminatedBlock(label: "A", line: 1)),
            ("\n-----BEGIN A-----\nAA==\n-----END B-----\n", .unterminatedBlock(label: "A", line: 2)),
            ("-----BEGIN A-----\nAA==\n-----BEGIN B-----\n", .unterminatedBlock(label: "A", line: 1)),
            ("-----BEGIN A-----\nAA==-----END A-----\n", .unterminatedBlock(label: "A", line: 1)),
            ("x\n-----END A-----\n", .malformedBoundary(line: 2)),
            ("-----BEGIN A----\nAA==\n-----END A-----\n", .malformedBoundary(line: 1)),
            ("-----BEGIN A-----\nAA==\n-----END A----\n", .malformedBoundary(line: 3)),
            ("-----BEGIN A----- \nAA==\n-----END A-----\n", .malformedBoundary(line: 1)),
            ("-----BEGINA-----\nAA==\n-----END A-----\n", .malformedBoundary(line: 1)),
            ("-----begin A-----\n", .malformedBoundary(line: 1)),
            ("-----BEGIN  A-----\n", .malformedBoundary(line: 1)),
            ("-----BEGIN A -----\n", .malformedBoundary(line: 1)),
            ("-----BEGIN A--B-----\n", .malformedBoundary(line: 1)),
            ("-----BEGIN É-----\n", .malformedBoundary(line: 1)),
            ("-----BEGIN A\tB-----\n", .malformedBoundary(line: 1)),
            ("-----BEGIN -----BEGIN A-----\n", .malformedBoundary(line: 1)),
            ("-----BEGIN ----\n", .malformedBoundary(line: 1)),
            ("-----BEGIN-----\n", .malformedBoundary(line: 1)),
            ("------BEGIN A-----\n", .malformedBoundary(line: 1)),
            ("-----BEGIN A-----\n-----END A-----\n", .invalidBase64(label: "A", line: 1)),
            ("-----BEGIN A-----\n\nAA==\n-----END A-----\n", .invalidBase64(label: "A", line: 1)),
            ("-----BEGIN A-----\nAA==\n\n-----END A-----\n", .invalidBase64(label: "A", line: 1)),
            ("-----BEGIN A-----\n AA==\n-----END A-----\n", .invalidBase64(label: "A", line: 1)),
            ("-----BEGIN A-----\nAA== \n-----END A-----\n", .invalidBase64(label: "A", line: 1)),
            ("-----BEGIN A-----\nAB==\n-----END A-----\n", .invalidBase64(label: "A", line: 1)),
            ("-----BEGIN A-----\nAA\n-----END A-----\n", .invalidBase64(label: "A", line: 1)),
            ("-----BEGIN A-----\nAA==\nAA==\n-----END A-----\n", .invalidBase64(label: "A", line: 1)),
            ("-----BEGIN A-----\nAA\rAA\n-----END A-----\n", .invalidBase64(label: "A", line: 1)),
            ("-----BEGIN A-----\nAA_-\n-----END A-----\n", .invalidBase64(label: "A", line: 1)),
        ] as [(String, PEMError)])
    func refusesMalformedBlocks(_ text: String, _ error: PEMError) {
        #expect(throws: error) { try parse(text) }
        #expect(error.message.hasPrefix("expected ") && error.message.contains("line "))
    }

    @Test func refusesMoreBlocksThanTheLimit() throws {
        let block = PEMBlock(label: "A", bytes: [1]).encoded()
        #expect(try PEMBlock.parseAll(Array((block + block).utf8), limit: 2).count == 2)
        #expect(throws: PEMError.tooManyBlocks(limit: 1)) {
            try PEMBlock.parseAll(Array((block + block).utf8), limit: 1)
        }
        #expect(throws: PEMError.tooManyBlocks(limit: 0)) { try PEMBlock.parseAll(Array(block.utf8), limit: 0) }
        #expect(PEMError.tooManyBlocks(limit: 1).message.contains("1"))
        #expect(
            PEMError.unterminatedBlock(label: String(repeating: "A", count: 5000), line: 1).message.utf8.count < 200)
    }

    private func parse(_ text: String) throws -> [PEMBlock] { try PEMBlock.parseAll(Array(text.utf8), limit: 8) }
}
