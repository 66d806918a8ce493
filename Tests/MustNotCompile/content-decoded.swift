// error: requires that 'VerifiedContent' conform to 'Decodable'
import Content

func decodes<T: Decodable>(_: T.Type) {}
func fromJSON() { decodes(VerifiedContent.self) }
