// error: requires that 'VerifiedEvidence' conform to 'Decodable'
import Admission

func decodes<T: Decodable>(_: T.Type) {}
func fromJSON() { decodes(VerifiedEvidence.self) }
