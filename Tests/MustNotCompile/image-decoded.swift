// error: requires that 'ResolvedImage' conform to 'Decodable'
import Admission

func decodes<T: Decodable>(_: T.Type) {}
func fromJSON() { decodes(ResolvedImage.self) }
