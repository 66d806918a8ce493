import StrictEncoding
import Testing

@testable import PKI

/// Keys and signatures that others made: the examples of RFC 7515, appendices A.2 and A.3.
struct RFC7515Tests {
    static let claims =
        "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"

    static func key(_ members: JSONTree) throws -> PublicKey? {
        try JSONWebKey(JSONDocument(parsing: members.canonicalBytes()).root).publicKey
    }

    @Test func verifiesTheExampleWithES256() throws {
        let key = try #require(
            try Self.key([
                "kty": "EC", "crv": "P-256", "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
                "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
            ]))
        let signature = try #require(
            Base64URL.decode(
                Array(
                    "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q".utf8)[...])
        )
        let input = Array("eyJhbGciOiJFUzI1NiJ9.\(Self.claims)".utf8)
        #expect(key.isValid(signature, over: input, scheme: JWTSVIDAlgorithm.es256.scheme, encoding: .rawRS))
    }

    @Test func verifiesTheExampleWithRS256() throws {
        let modulus =
            "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZ"
            + "S-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2"
            + "R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcD"
            + "TW9gb54h4FRWyuXpoQ"
        let signature =
            "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CU"
            + "Ar7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_d"
            + "O--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0ig"
            + "cN_IoypGlUPQGe77Rw"
        let key = try #require(try Self.key(["kty": "RSA", "n": .string(modulus), "e": "AQAB"]))
        #expect(key.kind == .rsa(bits: 2048))
        let input = Array("eyJhbGciOiJSUzI1NiJ9.\(Self.claims)".utf8)
        let bytes = try #require(Base64URL.decode(Array(signature.utf8)[...]))
        #expect(key.isValid(bytes, over: input, scheme: JWTSVIDAlgorithm.rs256.scheme))
    }

    @Test(
        arguments: [
            ("", []), ("AA", [0]), ("AAA", [0, 0]), ("-_-_", [0xfb, 0xff, 0xbf]), ("A", nil), ("AB", nil), ("AA=", nil),
            ("AA==", nil), ("+/+/", nil), ("AA AA", nil), ("AAAAA", nil),
        ] as [(String, [UInt8]?)])
    func everyByteStringHasOneSpelling(_ text: String, _ bytes: [UInt8]?) {
        #expect(Base64URL.decode(Array(text.utf8)[...]) == bytes)
    }
}
