// error: 'VerifiedJWTSVID' initializer is inaccessible due to 'fileprivate' protection level
import StrictEncoding

@testable import PKI

/// Says that a trust domain signed a token that nobody verified.
func mint(
    _ token: UnverifiedJWTSVID, _ key: SPIFFETrustBundle.TokenKey, until end: Instant
) -> VerifiedJWTSVID {
    VerifiedJWTSVID(token, key: key, expires: end)
}
