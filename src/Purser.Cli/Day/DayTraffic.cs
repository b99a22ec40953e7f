using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Purser.Core.Pricing;
using Purser.Simulator.Skills;
using Purser.Simulator.Traffic;

namespace Purser.Cli.Day;

/// <summary>What the gateway made of one request.</summary>
/// <param name="Request">The request's number.</param>
/// <param name="Model">The model that answered.</param>
/// <param name="Cost">What it cost, as the gateway says.</param>
/// <param name="IsGood">Whether the answer is good; null where it doesn't say.</param>
/// <param name="Id">The gateway's id of it.</param>
/// <param name="Said">What the person said of its route; null for nothing.</param>
/// <param name="IsHeldOut">Whether its session is held out.</param>
internal sealed record DayAnswer(int Request, string Model, Money Cost, bool? IsGood, string Id, string? Said, bool IsHeldOut);

/// <summary>Sends a day's requests to a gateway as <c>auto</c>, a session's one after the other, and puts the clock forward with them.</summary>
/// <param name="gateway">Where it is.</param>
/// <param name="key">A virtual key of it.</param>
/// <param name="clock">Its clock.</param>
/// <param name="midnight">When the day begins.</param>
/// <param name="models">The models that may answer.</param>
/// <param name="seed">The skills' seed, by which answers say whether they are good.</param>
internal sealed class DayTraffic(Uri gateway, string key, DayClock clock, DateTimeOffset midnight, IReadOnlyList<string> models, ulong seed)
    : IDisposable
{
    private const int AtOnce = 48;
    private const int Parallel = 8;

    private readonly HttpClient http = new() { BaseAddress = gateway, Timeout = TimeSpan.FromMinutes(1) };

    /// <summary>Sends them.</summary>
    /// <param name="requests">The requests, in the order of time.</param>
    /// <param name="says">What the person says of a request's route; null for nothing.</param>
    /// <param name="done">Is told of each answer.</param>
    /// <param name="between">Is waited for after each few dozen requests.</param>
    /// <param name="cancellationToken">Breaks it off.</param>
    /// <returns>The answers, in the order of the requests.</returns>
    /// <exception cref="CliException">One wasn't answered.</exception>
    public async Task<IReadOnlyList<DayAnswer>> PlayAsync(
        IReadOnlyList<TrafficRequest> requests,
        Func<TrafficRequest, string?> says,
        Action<long>? done,
        Func<Task> between,
        CancellationToken cancellationToken
    )
    {
        var answers = new DayAnswer[requests.Count];
        var options = new ParallelOptions { MaxDegreeOfParallelism = Parallel, CancellationToken = cancellationToken };
        foreach (var some in requests.Index().Chunk(AtOnce))
        {
            await System.Threading.Tasks.Parallel.ForEachAsync(
                some.GroupBy(each => each.Item.Session),
                options,
                async (session, token) =>
                {
                    foreach (var (at, request) in session)
                    {
                        clock.ForwardTo(midnight + request.At);
                        answers[at] = await SendAsync(request, says(request), token);
                        done?.Invoke(1);
                    }
                }
            );
            await between();
        }

        return answers;
    }

    /// <inheritdoc/>
    public void Dispose() => http.Dispose();

    private async Task<DayAnswer> SendAsync(TrafficRequest request, string? said, CancellationToken cancellationToken)
    {
        using var message = new HttpRequestMessage(HttpMethod.Post, "v1/chat/completions")
        {
            Content = new StringContent(request.ChatBody("auto"), Encoding.UTF8, "application/json"),
        };
        message.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        message.Headers.Add("x-purser-run", request.Session);
        if (said is not null)
        {
            message.Headers.Add("x-purser-route", said);
        }

        using var response = await http.SendAsync(message, cancellationToken);
        var body = await response.Content.ReadAsStringAsync(cancellationToken);
        if (!response.IsSuccessStatusCode)
        {
            throw CliException.Failed($"request {request.Number} of the day got {(int)response.StatusCode}: {body}");
        }

        var served = Header(response, "x-purser-model");
        return new DayAnswer(
            request.Number,
            models.Where(model => served.StartsWith(model, StringComparison.Ordinal)).MaxBy(model => model.Length) ?? served,
            Money.FromUsdRoundedUp(decimal.Parse(Header(response, "x-purser-cost-usd"), CultureInfo.InvariantCulture)),
            AnswerMark.Read(TextOf(body), seed) is [var isGood] ? isGood : null,
            Header(response, "x-purser-request-id"),
            said,
            Header(response, "x-purser-route").Contains("; held-out", StringComparison.Ordinal)
        );
    }

    private static string Header(HttpResponseMessage response, string name) =>
        response.Headers.TryGetValues(name, out var values)
            ? values.First()
            : throw CliException.Failed($"the gateway's answer has no {name}");

    private static string TextOf(string body)
    {
        using var json = JsonDocument.Parse(body);
        return json.RootElement.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString() ?? "";
    }
}
