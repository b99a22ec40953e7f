using System.Text;

namespace Purser.Bench.Upstream;

/// <summary>The bytes that the upstream answers with, built once: a chat completion of about 1 KB, or the same text in 50 chunks.</summary>
internal static class FixedAnswers
{
    /// <summary>How many chunks with text a streamed answer has, before <c>[DONE]</c> and without the usage chunk.</summary>
    public const int ChunksPerStream = 50;

    // As many headers as the real service sends, for a proxy has to copy them.
    private const string CommonHeaders =
        "date: Tue, 24 Nov 2026 12:00:00 GMT\r\nserver: mock\r\nopenai-organization: org-mock\r\nopenai-processing-ms: 412\r\n"
        + "openai-version: 2020-10-01\r\nx-ratelimit-limit-requests: 10000\r\nx-ratelimit-remaining-requests: 9999\r\n"
        + "x-ratelimit-reset-requests: 6ms\r\nx-request-id: req_0f5c6f4ad1b94c2f8a5f3e1f6f1d7c11\r\n";

    private const string Usage =
        "{\"prompt_tokens\":230,\"completion_tokens\":50,\"total_tokens\":280,\"prompt_tokens_details\":{\"cached_tokens\":0,\"audio_tokens\":0},"
        + "\"completion_tokens_details\":{\"reasoning_tokens\":0,\"audio_tokens\":0,\"accepted_prediction_tokens\":0,"
        + "\"rejected_prediction_tokens\":0}}";

    /// <summary>A whole answer, not streamed.</summary>
    public static byte[] Whole { get; } = BuildWhole();

    /// <summary>The head of a streamed answer.</summary>
    public static byte[] StreamHead { get; } =
        Encoding.ASCII.GetBytes(
            "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream; charset=utf-8\r\n"
                + CommonHeaders
                + "cache-control: no-cache\r\ntransfer-encoding: chunked\r\n\r\n"
        );

    /// <summary>The chunks of a streamed answer, framed for HTTP/1.1, without usage.</summary>
    public static byte[][] Chunks { get; } = BuildChunks(withUsage: false);

    /// <summary>The same where the client asked for <c>include_usage</c>: <c>usage: null</c> in each, and one more chunk with the usage.</summary>
    public static byte[][] ChunksWithUsage { get; } = BuildChunks(withUsage: true);

    private static byte[] BuildWhole()
    {
        var words = string.Concat(Enumerable.Repeat("lorem ipsum ", 45));
        var body =
            "{\"id\":\"chatcmpl-Bmock00000000000000000000001\",\"object\":\"chat.completion\",\"created\":1764000000,"
            + "\"model\":\"gpt-5-mini-2025-08-07\",\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\""
            + words
            + "\",\"refusal\":null,\"annotations\":[]},\"finish_reason\":\"stop\"}],\"usage\":"
            + Usage
            + ",\"service_tier\":\"default\",\"system_fingerprint\":null}\n";
        return Encoding.ASCII.GetBytes(
            $"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n{CommonHeaders}content-length: {body.Length}\r\n\r\n{body}"
        );
    }

    private static byte[][] BuildChunks(bool withUsage)
    {
        var none = withUsage ? ",\"usage\":null" : "";
        List<string> events =
        [
            .. Enumerable
                .Range(0, ChunksPerStream)
                .Select(n =>
                    n == ChunksPerStream - 1
                        ? Event($"[{{\"index\":0,\"delta\":{{}},\"finish_reason\":\"stop\"}}]{none}")
                        : Event($"[{{\"index\":0,\"delta\":{{\"content\":\" word{n}\"}},\"finish_reason\":null}}]{none}")
                ),
        ];
        if (withUsage)
        {
            events.Add(Event($"[],\"usage\":{Usage}"));
        }
        events.Add("data: [DONE]\n\n");
        var framed = events.Select(text => $"{text.Length:x}\r\n{text}\r\n").ToArray();
        framed[^1] += "0\r\n\r\n";
        return [.. framed.Select(Encoding.ASCII.GetBytes)];
    }

    private static string Event(string choicesAndRest) =>
        "data: {\"id\":\"chatcmpl-Bmock00000000000000000000001\",\"object\":\"chat.completion.chunk\",\"created\":1764000000,"
        + "\"model\":\"gpt-5-mini-2025-08-07\",\"service_tier\":\"default\",\"system_fingerprint\":null,\"choices\":"
        + choicesAndRest
        + "}\n\n";
}
