import Glibc
import SBOM

/// SBOMs of 50 MB, from their bytes to an inventory.
extension Benchmarks {
    static func sboms() throws {
        for (name, document) in [
            ("CycloneDX 50 MB", Inputs.cycloneDX(50_000_000)), ("SPDX 50 MB", spdx(50_000_000)),
        ] {
            forgetPeakMemory()
            let before = peakMemory()
            var read = try SBOMDocument.read(document)
            let memory = max(0, peakMemory() - before)
            let time = Measure.microseconds(batches: 5) {
                if let again = try? SBOMDocument.read(document) { read = again }
            }
            let components = read.inventory.components.count
            let rate = Int(Double(document.count) / time)
            row(name, time, "\(rate) MB/s, \(components) components, \(memory) MB beside the document")
            row("\(name), summary", Measure.microseconds(batches: 5) { Measure.keep(read.inventory.summary) })
        }
    }

    /// As Syft writes it: one package that is the image and contains the others.
    private static func spdx(_ size: Int) -> [UInt8] {
        var packages: [UInt8] = []
        var relationships: [UInt8] = []
        packages.reserveCapacity(size)
        var number = 0
        while packages.count + relationships.count < size {
            if number > 0 {
                packages.append(UInt8(ascii: ","))
                relationships.append(UInt8(ascii: ","))
            }
            let hash = String(repeating: "0123456789abcdef", count: 4)
            packages += Array(
                """
                {"name":"package-\(number)","SPDXID":"SPDXRef-Package-\(number)","versionInfo":"1.\(number % 40).2","supplier":\
                "Organization: Example","downloadLocation":"https://registry.example/package-\(number).tgz","filesAnalyzed":\
                false,"checksums":[{"algorithm":"SHA256","checksumValue":"\(hash)"}],"licenseConcluded":"NOASSERTION",\
                "licenseDeclared":"MIT OR Apache-2.0","copyrightText":"NOASSERTION","externalRefs":[{"referenceCategory":\
                "SECURITY","referenceType":"cpe23Type","referenceLocator":"cpe:2.3:a:package:\(number):*:*:*:*:*:*:*:*"},\
                {"referenceCategory":"PACKAGE-MANAGER","referenceType":"purl","referenceLocator":"pkg:npm/package-\(number)\
                @1.\(number % 40).2"}]}
                """.utf8)
            let (from, type) =
                number == 0 ? ("SPDXRef-DOCUMENT", "DESCRIBES") : ("SPDXRef-Package-0", "CONTAINS")
            relationships += Array(
                """
                {"spdxElementId":"\(from)","relatedSpdxElement":"SPDXRef-Package-\(number)","relationshipType":"\(type)"}
                """.utf8)
            number += 1
        }
        return Array(
            """
            {"spdxVersion":"SPDX-2.3","SPDXID":"SPDXRef-DOCUMENT","dataLicense":"CC0-1.0","name":"app","documentNamespace":\
            "https://registry.example/spdx/app-1","creationInfo":{"created":"2026-11-01T10:00:00Z","creators":["Tool: \
            bench"]},"packages":[
            """.utf8) + packages + Array(#"],"relationships":["#.utf8) + relationships + Array("]}".utf8)
    }

    /// Making the inputs took more memory than reading them does; proc(5), `clear_refs`.
    static func forgetPeakMemory() {
        guard let file = fopen("/proc/self/clear_refs", "w") else { return }
        fputs("5", file)
        fclose(file)
    }

    /// The most memory that the process has had, in MB (`VmHWM`).
    static func peakMemory() -> Int {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        return usage.ru_maxrss / 1_000
    }
}
