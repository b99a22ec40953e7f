using System.Net.Http.Headers;

namespace Purser.Cli.Hammer;

/// <summary>Calls a gateway from many callers at once until its refusals dominate.</summary>
internal sealed class HammerTraffic : IDisposable
{
    /// <summary>A caller that was refused this often in a row, with nobody served since, gives up.</summary>
    public const int Patience = 3;

    private const int LongestText = 300;

    private readonly HttpClient http;
    private readonly HammerLoad load;
    private readonly TimeProvider time;
    private readonly HammerStanding standing = new();
    private int numbers;
    private volatile bool stopped;

    /// <summary>Traffic that begins with <see cref="FirstAsync"/>.</summary>
    public HammerTraffic(HammerLoad load, TimeProvider time)
    {
        this.load = load;
        this.time = time;
        http = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = int.MaxValue }) { Timeout = TimeSpan.FromMinutes(2) };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", load.Key);
    }

    /// <summary>What came back so far.</summary>
    public HammerTally Tally { get; } = new();

    /// <summary>Whether all callers gave up: the gateway refuses.</summary>
    public bool RefusalsDominate { get; private set; }

    /// <summary>Sends the first request alone.</summary>
    public Task<HammerAnswer> FirstAsync(CancellationToken cancellationToken) => SendAsync(numbers++, cancellationToken);

    /// <summary>Sends until every caller gave up, the load's number of requests is sent, or it is stopped.</summary>
    /// <param name="done">Called with 1 after each answer.</param>
    /// <param name="cancellationToken">Breaks it off.</param>
    public async Task RunAsync(Action<long> done, CancellationToken cancellationToken)
    {
        var gaveUp = await Task.WhenAll(Enumerable.Range(0, load.Parallel).Select(_ => CallAsync(done, cancellationToken)));
        RefusalsDominate = gaveUp.All(given => given);
    }

    /// <summary>Lets what is under way end, and sends nothing more.</summary>
    public void Stop() => stopped = true;

    /// <inheritdoc/>
    public void Dispose() => http.Dispose();

    /// <summary>One caller.</summary>
    /// <returns>Whether it gave up.</returns>
    private async Task<bool> CallAsync(Action<long> done, CancellationToken cancellationToken)
    {
        var refusals = 0;
        while (!stopped && Interlocked.Increment(ref numbers) is var next && next <= load.Requests)
        {
            standing.Begin();
            var answer = new HammerAnswer(HammerOutcome.Failed, 0);
            try
            {
                answer = await SendAsync(next - 1, cancellationToken);
            }
            finally
            {
                standing.End(answer.Outcome == HammerOutcome.Served);
            }

            done(1);
            refusals = answer.Outcome switch
            {
                HammerOutcome.Served => 0,
                HammerOutcome.Left => refusals,
                _ => refusals + 1,
            };
            if (refusals >= Patience)
            {
                if (!await standing.ServedAgainAsync())
                {
                    return true;
                }

                refusals = 0;
            }
        }

        return false;
    }

    private async Task<HammerAnswer> SendAsync(int number, CancellationToken cancellationToken)
    {
        var request = load.Request(number);
        using var stay = request.Stay is { } limit ? new CancellationTokenSource(limit, time) : new CancellationTokenSource();
        using var leaves = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, stay.Token);
        var answer = await ExchangeAsync(request.Body, leaves.Token, cancellationToken);
        Tally.Add(answer);
        return answer;
    }

    private async Task<HammerAnswer> ExchangeAsync(byte[] body, CancellationToken leaves, CancellationToken cancellationToken)
    {
        var status = 0;
        try
        {
            using var content = new ByteArrayContent(body);
            content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
            using var message = new HttpRequestMessage(HttpMethod.Post, load.Endpoint) { Content = content };
            using var response = await http.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, leaves);
            status = (int)response.StatusCode;
            if (response.IsSuccessStatusCode)
            {
                await response.Content.CopyToAsync(Stream.Null, leaves);
                return new HammerAnswer(HammerOutcome.Served, status);
            }

            var text = await response.Content.ReadAsStringAsync(leaves);
            return new HammerAnswer(HammerOutcome.Refused, status, text.Length > LongestText ? text[..LongestText] + "…" : text);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested && leaves.IsCancellationRequested)
        {
            return new HammerAnswer(HammerOutcome.Left, status);
        }
        catch (Exception broken)
            when (broken is HttpRequestException or IOException or TaskCanceledException && !cancellationToken.IsCancellationRequested)
        {
            return new HammerAnswer(HammerOutcome.Failed, status, broken.Message);
        }
    }
}
