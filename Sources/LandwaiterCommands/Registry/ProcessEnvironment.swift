@preconcurrency import Glibc

/// All variables of the process's environment, for what has to be handed in as values: proxies, places of credentials,
/// and what credential helpers get.
package enum ProcessEnvironment {
    /// Of a name that is there twice, the first, as `getenv` has it. What is not UTF-8 is repaired.
    package static var variables: [String: String] {
        var found: [String: String] = [:]
        // The program never changes its environment.
        guard var next = environ as UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? else { return [:] }
        while let entry = next.pointee {
            let text = String(cString: entry)
            if let equals = text.utf8.firstIndex(of: UInt8(ascii: "=")) {
                let name = String(text[..<equals])
                if found[name] == nil { found[name] = String(text[text.utf8.index(after: equals)...]) }
            }
            next = next.advanced(by: 1)
        }
        return found
    }
}
