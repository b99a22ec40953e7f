using System.Text.Json.Nodes;
using Microsoft.Extensions.Time.Testing;
using Purser.Core.Ledger;
using Purser.Core.Pricing;
using Purser.Core.Usage;
using Purser.Gateway.Routing;
using Xunit;

namespace Purser.Gateway.Tests.Routing;

/// <summary>A session stays where its prompt cache is, while that is worth more than a change saves.</summary>
public sealed class SessionTests
{
    // 100 tokens for each answer, and 20,000 of input, which gpt-5-dear reads from its cache at $1, a tenth of its price, and gpt-5-mini anew at $1.
    private const string Answer =
        """{"id":"c","object":"chat.completion","created":1,"model":"MODEL","choices":[{"index":0,"message":{"role":"assistant","content":"x"},"finish_reason":"stop"}],"usage":{"prompt_tokens":20000,"completion_tokens":1,"total_tokens":20001,"prompt_tokens_details":{"cached_tokens":0}}}""";

    private static readonly string Body =
        $$"""{"model":"auto","max_tokens":1,"messages":[{"role":"user","content":"{{new string('a', 80_000)}}"}]}""";

    [Theory]
    [InlineData(0, "gpt-5-dear")]
    // By then the cache has forgotten it.
    [InlineData(6, "gpt-5-mini")]
    public async Task A_session_stays_on_its_model_for_as_long_as_its_cache_is_warm(int minutes, string served)
    {
        // The cheap model isn't as cheap as the dear one's cache.
        const string prices = """
            provider: openai
            models:
              - id: gpt-5-mini
                replace: true
                context_tokens: 400000
                max_output_tokens: 128000
                prices:
                  - start: unknown
                    source: made up for tests
                    input_per_mtok: 2
                    output_per_mtok: 2
            """;
        var clock = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await using var gateway = await RoutedGateway.StartAsync(
            evidence: RoutedGateway.Evidence(("gpt-5-mini", 0.95)),
            options: options => options with { PriceFiles = [.. options.PriceFiles, new PriceFile("z.yml", prices)] },
            clock: clock
        );
        await RoutedGateway.SetModeAsync(gateway, "on");
        var key = await gateway.KeyAsync(10m);
        gateway.Upstream.Answer = http =>
            RecordingUpstream.JsonAsync(
                http,
                200,
                Answer.Replace(
                    "MODEL",
                    JsonNode.Parse(RecordingUpstream.BodyOf(http))!["model"]!.GetValue<string>(),
                    StringComparison.Ordinal
                )
            );
        using var first = await gateway.ChatAsync(key, Body, ("x-purser-run", "r1"), ("x-purser-route", "auto:best"));
        Assert.Equal("gpt-5-dear", RoutedGateway.AskedUpstream(gateway));
        clock.Advance(TimeSpan.FromMinutes(minutes));

        using var second = await gateway.ChatAsync(key, Body, ("x-purser-run", "r1"));
        Assert.Equal(served, RoutedGateway.AskedUpstream(gateway));
        using var other = await gateway.ChatAsync(key, Body, ("x-purser-run", "r2"));
        Assert.Equal("gpt-5-mini", RoutedGateway.AskedUpstream(gateway));

        await gateway.SettledAsync();
        if (served == "gpt-5-dear")
        {
            var route = (await gateway.ExplainAsync(second))!["route"]!;
            Assert.StartsWith(
                "it stays with 'gpt-5-dear', whose prompt cache",
                route["reason"]!.GetValue<string>(),
                StringComparison.Ordinal
            );
            Assert.Equal(20_000, route["candidates"]![0]!["warm_tokens"]!.GetValue<long>());
        }
    }

    [Fact]
    public void No_more_sessions_are_remembered_than_there_is_room_for_and_the_latest_are()
    {
        var price = PriceBook.Parse([new PriceFile("openai.yml", TestGateway.Prices)]).Book!.Models[0].Prices[0];
        var sessions = new SessionModels();
        var usage = new TokenUsage { [UsageClass.Input] = 2000 };

        for (var i = 0; i < 100_000; i++)
        {
            sessions.Keep(Of(i), "openai", "gpt-5-mini", price, usage, 8000, DateTimeOffset.UnixEpoch);
        }

        Assert.Null(sessions.Find(Of(0)));
        Assert.Equal(2000, sessions.Find(Of(99_999))!.WarmTokens);
        Assert.InRange(Enumerable.Range(0, 100_000).Count(i => sessions.Find(Of(i)) is not null), 32_768, 65_536);
    }

    private static Subject Of(int session) =>
        new()
        {
            KeyId = "k",
            Accounts = [new Account("a", null, AccountKind.Organization, "o", DateTimeOffset.UnixEpoch)],
            Session = $"s{session}",
        };
}
