// error: requires that 'VerifiedLogEntry' conform to 'Decodable'
// error: requires that 'TrustedLog' conform to 'Decodable'
import TransparencyLog

func decodes<T: Decodable>(_: T.Type) {}
func fromJSON() {
    decodes(VerifiedLogEntry.self)
    decodes(TrustedLog.self)
}
