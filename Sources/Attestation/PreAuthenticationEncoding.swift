public import StrictEncoding

/// What a DSSE signature covers (DSSE protocol v1.0.2, "Signature Definition"):
/// `"DSSEv1" SP LEN(type) SP type SP LEN(body) SP body`, lengths being decimal counts of bytes.
public enum PreAuthenticationEncoding {
    /// Everything that comes before the body. Body and header are hashed one after the other, so that a large payload
    /// is never copied.
    public static func header(payloadType: ExactString, payloadByteCount: Int) -> [UInt8] {
        var header: [UInt8] = []
        header.reserveCapacity(payloadType.utf8.count + 40)
        header += "DSSEv1 ".utf8
        header += String(payloadType.utf8.count).utf8
        header.append(UInt8(ascii: " "))
        header += payloadType.utf8
        header.append(UInt8(ascii: " "))
        header += String(payloadByteCount).utf8
        header.append(UInt8(ascii: " "))
        return header
    }

    /// The whole encoding in one piece.
    public static func encode(payloadType: ExactString, payload: [UInt8]) -> [UInt8] {
        header(payloadType: payloadType, payloadByteCount: payload.count) + payload
    }
}
