using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;

namespace Purser.Cli.Replay;

/// <summary>What the client of one row saw.</summary>
/// <param name="Number">The row's number.</param>
/// <param name="Status">The HTTP status; 0 where there was no answer.</param>
/// <param name="Error">The error's code or message; null where it was answered.</param>
/// <param name="InputTokens">The prompt's tokens by the answer's usage.</param>
/// <param name="OutputTokens">The answer's tokens by its usage.</param>
internal sealed record ReplayAnswer(int Number, int Status, string? Error, long InputTokens, long OutputTokens)
{
    /// <summary>Whether it was answered.</summary>
    public bool Answered => Status == (int)HttpStatusCode.OK;
}

/// <summary>Sends the rows of a trace to a gateway.</summary>
internal sealed class ReplayRun : IDisposable
{
    private readonly HttpClient http;
    private readonly ReplayRequest requests;
    private readonly TimeProvider time;

    /// <summary>A run against a gateway.</summary>
    public ReplayRun(Uri gateway, string key, ReplayRequest requests, TimeProvider time)
    {
        this.requests = requests;
        this.time = time;
        var handler = new SocketsHttpHandler { MaxConnectionsPerServer = int.MaxValue, AutomaticDecompression = DecompressionMethods.None };
        http = new HttpClient(handler) { BaseAddress = gateway, Timeout = TimeSpan.FromMinutes(10) };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
    }

    /// <summary>The most requests that were under way at once.</summary>
    public int MostInFlight => mostInFlight;

    /// <summary>How much later than planned the latest request left; zero where requests leave as fast as they can.</summary>
    public TimeSpan MostLate { get; private set; }

    private int inFlight;
    private int mostInFlight;

    /// <summary>Sends the rows as fast as the gateway answers, some at a time.</summary>
    /// <param name="rows">The rows.</param>
    /// <param name="parallel">How many requests are under way at once, at least 1.</param>
    /// <param name="done">Called with 1 after each answer.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public async Task<IReadOnlyList<ReplayAnswer>> SendAtOnceAsync(
        IReadOnlyList<TraceRow> rows,
        int parallel,
        Action<long> done,
        CancellationToken cancellationToken
    )
    {
        var answers = new ReplayAnswer[rows.Count];
        var options = new ParallelOptions { MaxDegreeOfParallelism = parallel, CancellationToken = cancellationToken };
        await Parallel.ForAsync(
            0,
            rows.Count,
            options,
            async (index, token) =>
            {
                answers[index] = await SendAsync(rows[index], token);
                done(1);
            }
        );
        return answers;
    }

    /// <summary>
    /// Sends each row at its time in the trace, divided by the speed, whether or not earlier ones were answered: as the clients of
    /// the trace did.
    /// </summary>
    public async Task<IReadOnlyList<ReplayAnswer>> SendOnTimeAsync(
        IReadOnlyList<TraceRow> rows,
        double speed,
        Action<long> done,
        CancellationToken cancellationToken
    )
    {
        var started = time.GetTimestamp();
        var sending = new List<Task<ReplayAnswer>>(rows.Count);
        foreach (var row in rows.OrderBy(row => row.Offset))
        {
            var due = row.Offset / speed;
            if (due - time.GetElapsedTime(started) is { Ticks: > 0 } wait)
            {
                await Task.Delay(wait, time, cancellationToken);
            }

            var late = time.GetElapsedTime(started) - due;
            MostLate = late > MostLate ? late : MostLate;
            sending.Add(SendAndCountAsync(row, done, cancellationToken));
        }

        return await Task.WhenAll(sending);
    }

    /// <inheritdoc/>
    public void Dispose() => http.Dispose();

    private async Task<ReplayAnswer> SendAndCountAsync(TraceRow row, Action<long> done, CancellationToken cancellationToken)
    {
        // Off the sending thread: making a large body must not make the next request late.
        await Task.Yield();
        var answer = await SendAsync(row, cancellationToken);
        done(1);
        return answer;
    }

    private async Task<ReplayAnswer> SendAsync(TraceRow row, CancellationToken cancellationToken)
    {
        var flying = Interlocked.Increment(ref inFlight);
        for (var most = mostInFlight; flying > most; most = mostInFlight)
        {
            Interlocked.CompareExchange(ref mostInFlight, flying, most);
        }

        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "v1/chat/completions")
            {
                Content = new ReadOnlyMemoryContent(requests.Body(row)),
            };
            request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
            using var response = await http.SendAsync(request, cancellationToken);
            return ReadAnswer(row, response.StatusCode, await response.Content.ReadAsByteArrayAsync(cancellationToken));
        }
        catch (HttpRequestException error)
        {
            return new ReplayAnswer(row.Number, 0, error.Message, 0, 0);
        }
        catch (TaskCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new ReplayAnswer(row.Number, 0, "no answer in ten minutes", 0, 0);
        }
        finally
        {
            Interlocked.Decrement(ref inFlight);
        }
    }

    private static ReplayAnswer ReadAnswer(TraceRow row, HttpStatusCode status, byte[] body)
    {
        try
        {
            using var answer = JsonDocument.Parse(body);
            if (status != HttpStatusCode.OK)
            {
                var error = answer.RootElement.GetProperty("error");
                var code =
                    error.TryGetProperty("code", out var named) && named.ValueKind == JsonValueKind.String ? named.GetString() : null;
                return new ReplayAnswer(row.Number, (int)status, code ?? error.GetProperty("message").GetString(), 0, 0);
            }

            var usage = answer.RootElement.GetProperty("usage");
            return new ReplayAnswer(
                row.Number,
                (int)status,
                null,
                usage.GetProperty("prompt_tokens").GetInt64(),
                usage.GetProperty("completion_tokens").GetInt64()
            );
        }
        catch (Exception error) when (error is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return new ReplayAnswer(row.Number, (int)status, "the answer is not an OpenAI answer", 0, 0);
        }
    }
}
