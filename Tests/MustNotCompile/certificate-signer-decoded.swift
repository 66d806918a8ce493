// error: requires that 'CertificateSigner' conform to 'Decodable'
import Sigstore

func decodes<T: Decodable>(_: T.Type) {}
func fromJSON() { decodes(CertificateSigner.self) }
