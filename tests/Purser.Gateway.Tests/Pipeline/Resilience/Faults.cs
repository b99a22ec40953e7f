using Microsoft.AspNetCore.Http;

namespace Purser.Gateway.Tests.Pipeline.Resilience;

/// <summary>One way in which a provider goes wrong.</summary>
/// <param name="Name">What it does, as docs/faults.md says it.</param>
/// <param name="Stream">Whether it was asked for a stream.</param>
/// <param name="Answer">Does it.</param>
/// <param name="Client">What the client gets where there is no other provider.</param>
/// <param name="Settled">What each such attempt is settled at.</param>
/// <param name="Attempts">How many are made where there is no other provider.</param>
/// <param name="Elsewhere">Whether another provider is tried, where there is one.</param>
/// <param name="Within">How long it takes until the client knows.</param>
internal sealed record Fault(
    string Name,
    bool Stream,
    Func<HttpContext, Task> Answer,
    string Client,
    string Settled,
    int Attempts,
    bool Elsewhere,
    string Within
)
{
    private const string Opening =
        "data: {\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"gpt-5-mini\",\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\"},\"finish_reason\":null}]}\n\n";
    private const string Chunk =
        "data: {\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"gpt-5-mini\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"hi\"},\"finish_reason\":null}]}\n\n";
    private const string Stop =
        "data: {\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"gpt-5-mini\",\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n";
    private const string Usage =
        "data: {\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"gpt-5-mini\",\"choices\":[],\"usage\":{\"prompt_tokens\":11,\"completion_tokens\":7,\"total_tokens\":18}}\n\n";
    private const string Done = "data: [DONE]\n\n";
    private const string ErrorEvent =
        "data: {\"error\":{\"message\":\"The server had an error\",\"type\":\"server_error\",\"param\":null,\"code\":\"overloaded\"}}\n\n";
    private const string Nothing = "nothing";
    private const string Held = "what is held for it";
    private const string Estimate = "an estimate";
    private const string AtOnce = "at once";
    private const string Pauses = "two pauses: 0.5 and 1 s at most";
    private const string Silence = "timeout_seconds";
    private const string FirstToken = "first_token_timeout_seconds";

    /// <summary>Every fault, in the table's order.</summary>
    public static IReadOnlyList<Fault> All { get; } =
    [
        .. Both("refuses: 400, 404, 422", Status(404), "404, its own error", Nothing, 1, false, AtOnce),
        .. Both("refuses the credential: 401, 402, 403", Status(401), "401, its own error", Nothing, 1, true, AtOnce),
        .. Both("refuses for now: 408, 429, 500, 502, 503, 504, 529", Status(503), "503, its own error", Nothing, 3, true, Pauses),
        .. Both(
            "refuses, and asks for a longer pause than `retry_wait_seconds`",
            Status(429, "60"),
            "429, its own error",
            Nothing,
            1,
            true,
            AtOnce
        ),
        .. Both(
            "refuses, and says that a retry can't help (`x-should-retry: false`)",
            Final(503),
            "503, its own error",
            Nothing,
            1,
            false,
            AtOnce
        ),
        .. Both(
            "refuses with 429, and says that a retry can't help (`x-should-retry: false`)",
            Final(429),
            "429, its own error",
            Nothing,
            1,
            true,
            AtOnce
        ),
        new("drops the connection before its answer", false, Drop, "502 provider_answer_broken", Held, 1, false, AtOnce),
        new("drops the connection before its answer", true, Drop, "502 provider_answer_broken", Held, 3, true, Pauses),
        new("is silent", false, Hang, "504 provider_timeout", Held, 1, false, Silence),
        new("is silent", true, Hang, "504 provider_timeout", Held, 3, true, FirstToken + ", three times, and " + Pauses),
        new("drops the connection within its answer", false, HalfAnswer, "502 provider_answer_broken", Held, 1, false, AtOnce),
        new("begins its answer and is silent", false, HangWithin, "504 provider_timeout", Held, 1, false, Silence),
        new("answers 200 with what is no answer", false, Garbage, "502 provider_answer_broken", Held, 1, false, AtOnce),
        new("answers 200 with what is no answer", true, Garbage, "502 provider_answer_broken", Held, 3, true, Pauses),
        new("opens the stream and drops it before any output", true, Cut(Opening), "502 provider_answer_broken", Estimate, 3, true, Pauses),
        new(
            "opens the stream and is silent",
            true,
            HangAfter(Opening),
            "504 provider_timeout",
            Estimate,
            3,
            true,
            Silence + ", three times, and " + Pauses
        ),
        new("ends the stream before any output", true, Events(Opening), "502 provider_answer_broken", Estimate, 3, true, Pauses),
        new("begins the stream with an error", true, Events(ErrorEvent), "200, its own error event", Estimate, 3, true, Pauses),
        new(
            "drops the stream after some output",
            true,
            Cut(Opening, Chunk),
            "200, what came, error event provider_answer_broken",
            Estimate,
            1,
            false,
            AtOnce
        ),
        new(
            "ends the stream without its last event",
            true,
            Events(Opening, Chunk),
            "200, what came, error event provider_answer_broken",
            Estimate,
            1,
            false,
            AtOnce
        ),
        new(
            "is silent after some output",
            true,
            HangAfter(Opening, Chunk),
            "200, what came, error event provider_timeout",
            Estimate,
            1,
            false,
            Silence
        ),
        new(
            "sends an error after some output",
            true,
            Events(Opening, Chunk, ErrorEvent),
            "200, what came, its own error event",
            Estimate,
            1,
            false,
            AtOnce
        ),
        new(
            "drops the stream after its last event",
            true,
            Cut(Opening, Chunk, Stop, Usage, Done),
            "200, whole",
            "its exact usage",
            1,
            false,
            AtOnce
        ),
        new("leaves its usage out", false, NoUsage, "200, whole", Held, 1, false, AtOnce),
        new("leaves its usage out", true, Events(Opening, Chunk, Stop, Done), "200, whole", Estimate, 1, false, AtOnce),
    ];

    /// <summary>What the client is told of trying again, where there is no other provider.</summary>
    public string Again =>
        Client.StartsWith("200", StringComparison.Ordinal) || Client.StartsWith("404", StringComparison.Ordinal) ? NotSaid
        : Name.Contains("longer pause", StringComparison.Ordinal) ? "after `Retry-After`"
        : "no";

    /// <summary>The client goes by the status.</summary>
    public const string NotSaid = "–";

    /// <summary>Whether it's only over when a time-out passes.</summary>
    public bool IsSilent => Within.Contains("timeout", StringComparison.Ordinal);

    /// <summary>What a healthy provider answers to a stream.</summary>
    public static Func<HttpContext, Task> GoodStream { get; } = Events(Opening, Chunk, Stop, Usage, Done);

    public override string ToString() => $"{Name}, {(Stream ? "streamed" : "plain")}";

    private static Fault[] Both(
        string name,
        Func<HttpContext, Task> answer,
        string client,
        string settled,
        int attempts,
        bool elsewhere,
        string within
    ) =>
        [
            new(name, false, answer, client, settled, attempts, elsewhere, within),
            new(name, true, answer, client, settled, attempts, elsewhere, within),
        ];

    private static Func<HttpContext, Task> Status(int status, string? retryAfter = null) =>
        http =>
        {
            http.Response.Headers.RetryAfter = retryAfter;
            return RecordingUpstream.JsonAsync(http, status, """{"error":{"message":"no","type":"t","param":null,"code":"its_own"}}""");
        };

    private static Func<HttpContext, Task> Final(int status) =>
        http =>
        {
            http.Response.Headers["x-should-retry"] = "false";
            return Status(status)(http);
        };

    private static Task Drop(HttpContext http)
    {
        http.Abort();
        return Task.CompletedTask;
    }

    /// <summary>Never answers.</summary>
    public static async Task Hang(HttpContext http)
    {
        var gone = new TaskCompletionSource();
        await using var registration = http.RequestAborted.Register(gone.SetResult);
        await gone.Task;
    }

    private static Task HalfAnswer(HttpContext http) =>
        RecordingUpstream.PartAsync(http, "application/json", RecordingUpstream.ChatAnswer[..80]);

    private static async Task HangWithin(HttpContext http)
    {
        await HalfAsync(http);
        await Hang(http);
    }

    private static async Task HalfAsync(HttpContext http)
    {
        http.Response.ContentType = "application/json";
        await http.Response.WriteAsync(RecordingUpstream.ChatAnswer[..80]);
        await http.Response.Body.FlushAsync();
    }

    private static Task Garbage(HttpContext http) => RecordingUpstream.JsonAsync(http, 200, "<html>oops</html>");

    private static Task NoUsage(HttpContext http) =>
        RecordingUpstream.JsonAsync(http, 200, """{"id":"c","choices":[{"index":0,"message":{"role":"assistant","content":"hello"}}]}""");

    private static Func<HttpContext, Task> Events(params string[] events) => http => RecordingUpstream.EventsAsync(http, events);

    private static Func<HttpContext, Task> Cut(params string[] events) =>
        http => RecordingUpstream.PartAsync(http, "text/event-stream", events);

    private static Func<HttpContext, Task> HangAfter(params string[] events) =>
        async http =>
        {
            await RecordingUpstream.EventsAsync(http, events);
            await Hang(http);
        };
}
