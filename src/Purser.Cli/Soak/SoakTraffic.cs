using System.Globalization;
using System.Net.Http.Headers;
using System.Text;

namespace Purser.Cli.Soak;

/// <summary>What a soak's callers saw.</summary>
internal sealed class SoakSeen
{
    private long sent;
    private long answered;
    private long refused;
    private long left;
    private long broken;

    /// <summary>Requests sent.</summary>
    public long Sent => sent;

    /// <summary>Answered to their end.</summary>
    public long Answered => answered;

    /// <summary>Answered with an error status.</summary>
    public long Refused => refused;

    /// <summary>Left by their caller.</summary>
    public long Left => left;

    /// <summary>Broken off, or never connected: mostly the kills' doing.</summary>
    public long Broken => broken;

    /// <summary>Counts one that is sent.</summary>
    public void AddSent() => Interlocked.Increment(ref sent);

    /// <summary>Counts one that was answered, with whatever status.</summary>
    public void AddAnswer(bool success) => Interlocked.Increment(ref success ? ref answered : ref refused);

    /// <summary>Counts one that wasn't.</summary>
    public void AddEnd(bool callerLeft) => Interlocked.Increment(ref callerLeft ? ref left : ref broken);
}

/// <summary>Callers with a connection each, who send one request after another whatever happens to the gateway.</summary>
internal sealed class SoakTraffic(SoakStage stage, IReadOnlyList<SoakKey> keys, int seed, int disconnects, TimeProvider time) : IDisposable
{
    // Long enough not to spin while there is no gateway, or no money.
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    // This format has no request without a limit.
    private const string LongestClaude = "64000";

    private readonly HttpClient http = new(new SocketsHttpHandler { MaxConnectionsPerServer = int.MaxValue })
    {
        Timeout = TimeSpan.FromMinutes(2),
    };

    private readonly SoakKey[] wheel = [.. keys.SelectMany(key => Enumerable.Repeat(key, key.Share))];

    /// <summary>What was seen so far.</summary>
    public SoakSeen Seen { get; } = new();

    /// <summary>Runs callers until <paramref name="stop"/>; requests under way then end by themselves.</summary>
    public Task RunAsync(int connections, CancellationToken stop, CancellationToken cancellationToken) =>
        Task.WhenAll(Enumerable.Range(0, connections).Select(caller => CallAsync(caller, stop, cancellationToken)));

    /// <inheritdoc/>
    public void Dispose() => http.Dispose();

    private async Task CallAsync(int caller, CancellationToken stop, CancellationToken cancellationToken)
    {
        var random = new Random((seed * 7919) + caller);
        for (var number = 0; !stop.IsCancellationRequested; number++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (!await SendAsync(random, $"{caller}-{number}", cancellationToken))
            {
                await Task.Delay(Pause, time, cancellationToken);
            }
        }
    }

    /// <returns>Whether it was answered.</returns>
    private async Task<bool> SendAsync(Random random, string name, CancellationToken cancellationToken)
    {
        var leavesAt = random.Next(100) < disconnects ? random.Next(10, 1000) : (int?)null;
        // Half of those who leave ask for a stream without a limit, and are gone before its first line: whatever is posted for it is a guess.
        var unlimited = leavesAt is not null && random.Next(2) == 0;
        using var message = Request(random, name, unlimited);
        var stay = leavesAt is { } at ? TimeSpan.FromMilliseconds(unlimited ? at / 10 : at) : Timeout.InfiniteTimeSpan;
        using var patience = new CancellationTokenSource(stay, time);
        using var leaves = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        Seen.AddSent();
        try
        {
            using var response = await http.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, leaves.Token);
            await response.Content.CopyToAsync(Stream.Null, leaves.Token);
            Seen.AddAnswer(response.IsSuccessStatusCode);
            return response.IsSuccessStatusCode;
        }
        catch (Exception ended)
            when (ended is HttpRequestException or IOException or OperationCanceledException && !cancellationToken.IsCancellationRequested)
        {
            Seen.AddEnd(patience.IsCancellationRequested);
            return false;
        }
    }

    private HttpRequestMessage Request(Random random, string name, bool unlimited)
    {
        var kind = random.Next(4);
        var anthropic = kind == 0;
        var stream = random.Next(2) == 0 || unlimited ? "true" : "false";
        var text = new StringBuilder("say a few words ").Append(name).Insert(0, "again and ", random.Next(40));
        var (path, body) = kind switch
        {
            0 => ("/v1/messages", Chat("claude-haiku-5-5", unlimited ? $"\"max_tokens\":{LongestClaude}," : Limit("max_tokens", 1))),
            // Fewer than 16 tokens are no limit that the API takes.
            1 => ("/v1/responses", $$"""{"model":"gpt-5-mini",{{Limit("max_output_tokens", 16)}}"stream":{{stream}},"input":"{{text}}"}"""),
            _ => ("/v1/chat/completions", Chat("gpt-5-mini", Limit("max_tokens", 1))),
        };
        var request = new HttpRequestMessage(HttpMethod.Post, new Uri(stage.Gateway, path))
        {
            Content = new StringContent(body, Encoding.UTF8, "application/json"),
        };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", wheel[random.Next(wheel.Length)].Secret);
        if (anthropic)
        {
            request.Headers.Add("anthropic-version", "2023-06-01");
        }

        return request;

        string Limit(string named, int least) => unlimited ? "" : $"\"{named}\":{Number(random.Next(least, 150))},";

        string Chat(string model, string limit) =>
            $$"""{"model":"{{model}}",{{limit}}"stream":{{stream}},"messages":[{"role":"user","content":"{{text}}"}]}""";
    }

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);
}
