using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Purser.Gateway.Configuration;
using Purser.Gateway.Storage;
using Xunit;

namespace Purser.Gateway.Tests.Pipeline.Resilience;

/// <summary>
/// Whatever providers do, each attempt is settled exactly once, and each client gets exactly one answer. A failure names its seed; run one alone
/// with <see cref="Seed"/>.
/// </summary>
public sealed class RandomFaultTests
{
    private const int Requests = 24;

    /// <summary>Draws everything in one world.</summary>
    /// <param name="seed">Any number.</param>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(101)]
    [InlineData(102)]
    [InlineData(103)]
    [InlineData(104)]
    [InlineData(105)]
    [InlineData(106)]
    public async Task Seed(int seed)
    {
        var random = new Random(seed);
        var gateway = await TestGateway.StartAsync(options: options => World(options, random, hedges: seed > 100));
        try
        {
            var key = await gateway.KeyAsync(0.5m);
            var draws = new Random(seed);
            gateway.Upstream.Answer = http => Draw(http, draws);

            var answers = await Task.WhenAll(
                Enumerable.Range(0, Requests).Select(_ => AskAsync(gateway, key, stream: random.Next(2) == 0))
            );
            await gateway.SettledAsync();

            var (sent, late, spent) = (0, 0, 0m);
            foreach (var response in answers)
            {
                var story = (await gateway.ExplainAsync(response))!;
                var attempts = story["attempts"]!.AsArray();
                Assert.Equal(Enumerable.Range(1, attempts.Count), attempts.Select(attempt => attempt!["attempt"]!.GetValue<int>()));
                Assert.DoesNotContain("open", attempts.Select(attempt => Text(attempt!, "outcome")));
                Assert.Equal(attempts.Count > 1, response.Headers.Contains("x-purser-attempts"));
                sent += attempts.Count(attempt => Text(attempt!, "outcome") != "void");
                late += attempts.Count(attempt => Text(attempt!, "outcome") is "timeout" or "client_closed");
                spent += attempts.Sum(attempt => decimal.Parse(Text(attempt!, "cost_usd"), CultureInfo.InvariantCulture));
                response.Dispose();
            }

            // What timed out or was cancelled may not even have been read by the provider; nothing else is missing, and nothing was sent twice.
            Assert.InRange(gateway.Upstream.Requests.Count, sent - late, sent);
            Assert.Equal(
                gateway.Upstream.Requests.Count,
                gateway.Upstream.Requests.DistinctBy(request => request.Headers["x-client-request-id"]).Count()
            );
            var report = (await gateway.AdminAsync(HttpMethod.Get, "/reports/spend?by=model"))!;
            Assert.Equal(spent, decimal.Parse(Text(report["total"]!, "cost_usd"), CultureInfo.InvariantCulture));
            await gateway.StopAsync();
            var verified = LedgerVerifier.Verify(gateway.Directory, null);
            Assert.Empty(verified.Problems);
            Assert.Equal(0, verified.OpenReservations);
        }
        finally
        {
            await gateway.DisposeAsync();
        }
    }

    private static async Task<HttpResponseMessage> AskAsync(TestGateway gateway, string key, bool stream)
    {
        var flag = stream ? "true" : "false";
        var response = await gateway.ChatAsync(
            key,
            $$"""{"model":"gpt-5-mini","stream":{{flag}},"max_tokens":100,"messages":[{"role":"user","content":"hi"}]}"""
        );
        var text = await response.Content.ReadAsStringAsync();
        if (response.Content.Headers.ContentType?.MediaType == "text/event-stream")
        {
            // One end: the stream's own, or one error.
            var ends = Count(text, "data: [DONE]") + Count(text, "\"error\":{");
            Assert.True(ends == 1, $"{ends} ends in {text}");
        }
        else
        {
            Assert.NotNull(JsonNode.Parse(text));
        }

        return response;
    }

    /// <summary>One to three providers of the same model, each with options of its own.</summary>
    private static GatewayOptions World(GatewayOptions options, Random random, bool hedges)
    {
        var providers = Enumerable
            .Range(0, random.Next(1, 4))
            .Select(i =>
                options.Providers[0] with
                {
                    Name = $"p{i}",
                    PriceProvider = "openai",
                    Timeout = TimeSpan.FromSeconds(1),
                    Resilience = new ResilienceOptions
                    {
                        Retries = random.Next(0, 4),
                        RetryWait = TimeSpan.FromMilliseconds(random.Next(0, 50)),
                        RetryBroken = (RetryBroken)random.Next(0, 3),
                        MaxConcurrency = random.Next(2) == 0 ? null : random.Next(1, 6),
                        QueueWait = TimeSpan.FromMilliseconds(random.Next(0, 200)),
                        HedgeAfter = hedges ? TimeSpan.FromMilliseconds(random.Next(1, 100)) : null,
                        MaxConcurrencyPerKey = hedges && random.Next(2) == 0 ? random.Next(1, 6) : null,
                        Weight = random.Next(2) == 0 ? null : random.Next(1, 10),
                        BreakAfter = random.Next(2) == 0 ? 0 : random.Next(2, 12),
                        BreakTime = TimeSpan.FromMilliseconds(random.Next(500, 1000)),
                    },
                }
            )
            .ToList();
        return options with { Providers = providers, Balance = (Balance)random.Next(0, 2) };
    }

    private static Task Draw(HttpContext http, Random draws)
    {
        var stream = RecordingUpstream.BodyOf(http).Contains("\"stream\":true", StringComparison.Ordinal);
        Fault[] faults = [.. Fault.All.Where(fault => fault.Stream == stream)];
        int drawn;
        lock (draws)
        {
            drawn = draws.Next(faults.Length * 2);
        }

        return drawn < faults.Length ? faults[drawn].Answer(http)
            : stream ? Fault.GoodStream(http)
            : RecordingUpstream.JsonAsync(http, 200, RecordingUpstream.ChatAnswer);
    }

    private static int Count(string text, string part) => text.Split(part).Length - 1;

    private static string Text(JsonNode node, string name) => node[name]!.GetValue<string>();
}
