using System.Runtime.CompilerServices;
using System.Text.Json;
using Purser.Core.Usage;

namespace Purser.Cli.Upstream;

/// <summary>One request that an upstream finished, and what it billed for it.</summary>
/// <param name="Seq">Its line in the record.</param>
/// <param name="At">When it was finished.</param>
/// <param name="ClientRequestId">The id that the gateway sent along; null where it sent none.</param>
/// <param name="Api"><c>openai</c> or <c>anthropic</c>.</param>
/// <param name="Model">The model that the gateway asked for.</param>
/// <param name="Outcome">How it ended, in the record's words.</param>
/// <param name="Usage">What was billed.</param>
internal sealed record UpstreamCall(
    long Seq,
    DateTimeOffset At,
    string? ClientRequestId,
    string Api,
    string Model,
    string Outcome,
    TokenUsage Usage
);

/// <summary>How an upstream stands.</summary>
/// <param name="InFlight">Requests that it serves now.</param>
/// <param name="LastSeq">The number of its record's last line.</param>
internal readonly record struct UpstreamState(long InFlight, long LastSeq);

/// <summary>
/// The books of a simulator that stands in for the providers. It counts what was really spent, whatever the gateway before it believes.
/// </summary>
internal sealed class UpstreamRecord(Uri address) : IDisposable
{
    private static readonly TimeSpan AskAgainAfter = TimeSpan.FromMilliseconds(100);

    private readonly HttpClient http = new() { BaseAddress = address, Timeout = TimeSpan.FromMinutes(5) };

    /// <summary>How it stands now.</summary>
    public async Task<UpstreamState> StateAsync(CancellationToken cancellationToken)
    {
        using var summary = await SummaryAsync(cancellationToken);
        var root = summary.RootElement;
        return new UpstreamState(root.GetProperty("in_flight").GetInt64(), root.GetProperty("last_seq").GetInt64());
    }

    /// <summary>The number of its record's last line.</summary>
    public async Task<long> LastSeqAsync(CancellationToken cancellationToken)
    {
        using var summary = await SummaryAsync(cancellationToken);
        return summary.RootElement.GetProperty("last_seq").GetInt64();
    }

    /// <summary>What it finished after a line, in order.</summary>
    public async IAsyncEnumerable<UpstreamCall> CallsAsync(long since, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var text in LinesAsync($"since={since}&phase=completed", cancellationToken))
        {
            yield return Read(text);
        }
    }

    /// <summary>Lines of its record, as they are written.</summary>
    /// <param name="query">Which: <c>since=7</c>, and the other filters of its records.</param>
    /// <param name="cancellationToken">Breaks it off.</param>
    public async IAsyncEnumerable<string> LinesAsync(string query, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var response = await http.GetAsync($"simulator/records?{query}", HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        response.EnsureSuccessStatusCode();
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(cancellationToken));
        while (await reader.ReadLineAsync(cancellationToken) is { } text)
        {
            if (text.Length > 0)
            {
                yield return text;
            }
        }
    }

    /// <summary>Waits until nothing is under way and nothing new has come for a while.</summary>
    /// <param name="quiet">For how long nothing may come.</param>
    /// <param name="atMost">How long to wait for that.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>Whether it became quiet in time.</returns>
    public async Task<bool> UntilQuietAsync(TimeSpan quiet, TimeSpan atMost, TimeProvider time, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        var (seen, since) = (-1L, started);
        while (time.GetElapsedTime(started) < atMost)
        {
            var state = await StateAsync(cancellationToken);
            if (state.InFlight > 0 || state.LastSeq != seen)
            {
                (seen, since) = (state.LastSeq, time.GetTimestamp());
            }
            else if (time.GetElapsedTime(since) >= quiet)
            {
                return true;
            }

            await Task.Delay(AskAgainAfter, time, cancellationToken);
        }

        return false;
    }

    /// <summary>Reads one completed line.</summary>
    /// <exception cref="FormatException">It billed something that this version doesn't know.</exception>
    public static UpstreamCall Read(string text)
    {
        using var document = JsonDocument.Parse(text);
        var line = document.RootElement;
        return new UpstreamCall(
            line.GetProperty("seq").GetInt64(),
            line.GetProperty("at").GetDateTimeOffset(),
            line.GetProperty("client_request_id").GetString(),
            line.GetProperty("api").GetString() ?? "",
            line.GetProperty("model").GetString() ?? "",
            line.GetProperty("outcome").GetString() ?? "",
            ReadUsage(line.GetProperty("billed"))
        );
    }

    /// <summary>Reads a line's <c>billed</c>.</summary>
    /// <exception cref="FormatException">It has a class that this version doesn't know.</exception>
    public static TokenUsage ReadUsage(JsonElement billed)
    {
        var usage = new TokenUsage();
        foreach (var member in billed.EnumerateObject())
        {
            // The simulator says "reasoning" where usage classes say "reasoning_output".
            var name = member.Name == "reasoning" ? UsageClassNames.Of(UsageClass.ReasoningOutput) : member.Name;
            var usageClass =
                UsageClassNames.Find(name) ?? throw new FormatException($"the simulator billed '{member.Name}', which is not known");
            usage[usageClass] = member.Value.GetInt64();
        }

        return usage;
    }

    /// <inheritdoc/>
    public void Dispose() => http.Dispose();

    private async Task<JsonDocument> SummaryAsync(CancellationToken cancellationToken) =>
        JsonDocument.Parse(await http.GetByteArrayAsync("simulator/summary", cancellationToken));
}
