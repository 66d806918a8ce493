// error: requires that 'VerifiedSignature' conform to 'Decodable'
import Sigstore

func decodes<T: Decodable>(_: T.Type) {}
func fromJSON() { decodes(VerifiedSignature.self) }
