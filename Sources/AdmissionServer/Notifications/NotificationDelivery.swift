import Crypto
import HTTPTransport
import StrictEncoding
import VerdictStorage

// Telling a receiver, at least once and under one name.
extension NotificationWorker {
    func perform(_ tell: TellJob, of job: Job) async -> JobOutcome {
        // What stayed in the queue only so that its name was taken.
        if job.lastError.map({ $0.utf8.elementsEqual(Self.delivered.utf8) }) == true { return .done }
        guard let receiver = configuration.receiver(tell.receiver) else { return .done }
        guard let key = receiver.secret.values.first else { return .again("no secret to sign with") }

        let fields = WebhookSignature.fields(id: tell.id, body: tell.body, at: now(), by: key)
        let request = HTTPRequest(
            .post, receiver.url, fields: fields, body: tell.body, limit: 64 << 10, deadline: receiver.deadline,
            addresses: .any)
        let response: HTTPResponse
        do throws(HTTPTransportError) { response = try await transport.send(request) } catch {
            switch error {
            case .tooLarge:
                // It has said yes, at length.
                return .remember(configuration.work.remembersDelivered)
            default: return .again(error.message)
            }
        }
        switch response.status {
        case 200..<300: return .remember(configuration.work.remembersDelivered)
        case 410:
            // Standard Webhooks 1.0.0, "Webhook status codes": the receiver wants no more of it.
            counters.note(gone: receiver.name)
            return .done
        case 429, 503: return .again("status \(response.status)", seconds: Self.retryAfter(response))
        default:
            // Redirects as well: a receiver that moved is named anew by the operator, not by whoever answers.
            return .again("status \(response.status)")
        }
    }

    /// RFC 9110 section 10.2.3, in seconds; a date is passed over. At most an hour.
    private static func retryAfter(_ response: HTTPResponse) -> Int64? {
        guard let text = response.fields["retry-after"], text.utf8.count <= 9, let seconds = Int64(text), seconds >= 0
        else { return nil }
        return min(seconds, 3600)
    }
}

/// The headers of Standard Webhooks 1.0.0: a name, a time, and HMAC-SHA256 over both and the body.
enum WebhookSignature {
    static func fields(id: String, body: [UInt8], at now: Instant, by key: [UInt8]) -> HTTPFields {
        let time = String(now.secondsSince1970)
        var hash = HMAC<SHA256>(key: SymmetricKey(data: key))
        hash.update(data: Array("\(id).\(time).".utf8))
        hash.update(data: body)
        return [
            "Content-Type": "application/json", "User-Agent": "landwaiter", "webhook-id": id,
            "webhook-timestamp": time, "webhook-signature": "v1," + Base64.encode(Array(hash.finalize())),
        ]
    }
}
