public import Admission
import Content
import Findings
public import OCI

/// An inspection for a person. Says at its top that nothing was verified.
public enum InspectionReport {
    public static func text(_ inspection: ImageInspection) -> String {
        var out = """
            \(inspection.digest)  \(clean(inspection.mediaType.description))
              nothing below was verified; whoever wrote the image wrote it

            """
        if let tag = inspection.tag { out += "  tag        \(clean(tag))\n" }
        for platform in inspection.platforms {
            out += "\n  platform   \(clean(platform.platform?.description ?? "not stated by the index"))\n"
            out += "    digest   \(platform.digest)\n    layers   \(platform.layers)\n"
            switch platform.configuration {
            case .success(let read): out += configuration(read)
            case .failure(let unread):
                out += "    unread   \(clean(unread.finding.message))  [\(unread.finding.code)]\n"
            }
            if platform.claimedBase.name != nil || platform.claimedBase.digest != nil {
                out +=
                    "    base     \(clean(platform.claimedBase.name ?? "")) \(clean(platform.claimedBase.digest ?? ""))  (claimed)\n"
            }
        }
        out += "\n  papers     \(inspection.papers.count)\n"
        for paper in inspection.papers {
            let about = paper.namesImage ? "" : "  (names another image)"
            out += "    \(clean(paper.claims))\(about)\n      \(paper.evidence)  \(paper.origin.rawValue)"
            out += paper.claimedSigners.isEmpty ? "\n" : "  \(clean(paper.claimedSigners.joined(separator: ", ")))\n"
        }
        for refused in inspection.refused {
            out += "    not read  \(clean(refused.finding.message))  [\(refused.finding.code)]\n"
        }
        for finding in inspection.findings {
            out += "    stopped   \(clean(finding.message))  [\(finding.code)]\n"
        }
        return out
    }

    /// The images of a docker archive, which has no manifest to speak of.
    public static func text(_ images: [(tags: [String], configuration: ImageConfiguration)]) -> String {
        var out = """
            docker archive, \(images.count) \(images.count == 1 ? "image" : "images")
              it holds no manifest: nothing signed can be tied to it, and nothing below was verified

            """
        for image in images {
            out += "\n  tags       \(image.tags.isEmpty ? "none" : clean(image.tags.joined(separator: ", ")))\n"
            out += "    platform \(clean(image.configuration.platform.description))\n"
            out += configuration(image.configuration)
        }
        return out
    }

    private static func configuration(_ read: ImageConfiguration) -> String {
        var out = "    user     \(read.user.isEmpty ? "root (none stated)" : clean(read.user))\n"
        if let created = read.created { out += "    created  \(clean(created))\n" }
        for (name, text) in read.labels { out += "    label    \(clean(name))=\(clean(text))\n" }
        return out
    }

    private static func clean(_ text: String) -> String { Finding.escaped(text) }
}
