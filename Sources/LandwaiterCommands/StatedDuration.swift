import ArgumentParser

/// `90m`, `4h`, `7d` on the command line: a whole number above 0 and a unit.
package struct StatedDuration: ExpressibleByArgument {
    package let seconds: Int64

    package init(days: Int64) { seconds = days * 86_400 }
    package init(seconds: Int64) { self.seconds = seconds }

    package init?(argument: String) {
        let units: [UInt8: Int64] = [
            UInt8(ascii: "s"): 1, UInt8(ascii: "m"): 60, UInt8(ascii: "h"): 3600, UInt8(ascii: "d"): 86400,
        ]
        let digits = argument.utf8.dropLast()
        guard let unit = argument.utf8.last.flatMap({ units[$0] }), (1...6).contains(digits.count),
            digits.allSatisfy({ (0x30...0x39).contains($0) }), let count = Int64(String(Substring(digits))), count > 0
        else { return nil }
        seconds = count * unit
    }
}

extension StatedDuration: CustomStringConvertible {
    /// As help shows a default.
    package var description: String { seconds % 86_400 == 0 ? "\(seconds / 86_400)d" : "\(seconds)s" }
}
