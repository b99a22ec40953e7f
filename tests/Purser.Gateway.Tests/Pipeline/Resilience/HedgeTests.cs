using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Purser.Gateway.Configuration;
using Purser.Gateway.Storage;
using Xunit;

namespace Purser.Gateway.Tests.Pipeline.Resilience;

/// <summary>A second attempt beside a first one that takes long to begin its answer.</summary>
public sealed class HedgeTests
{
    private const string StreamBody =
        """{"model":"gpt-5-mini","stream":true,"max_tokens":100,"messages":[{"role":"user","content":"hi"}]}""";
    private const string Body = """{"model":"gpt-5-mini","max_tokens":100,"messages":[{"role":"user","content":"hi"}]}""";
    private const string Stored =
        """{"model":"gpt-5-mini","stream":true,"store":true,"max_tokens":100,"messages":[{"role":"user","content":"hi"}]}""";
    private static readonly ResilienceOptions Hedged = new() { HedgeAfter = TimeSpan.FromMilliseconds(100), Retries = 0 };

    [Fact]
    public async Task The_second_that_begins_first_is_the_answer_and_the_first_is_cancelled_and_charged()
    {
        await using var gateway = await StartAsync(Hedged);
        var cancelled = new TaskCompletionSource();
        gateway.Upstream.Answer = Either(
            async http =>
            {
                await ForeverAsync(http);
                cancelled.TrySetResult();
            },
            Fault.GoodStream
        );

        using var response = await gateway.ChatAsync(await gateway.KeyAsync(1m), StreamBody);
        var text = await response.Content.ReadAsStringAsync();
        await cancelled.Task.WaitAsync(TimeSpan.FromSeconds(10));

        var attempts = await SettledAsync(gateway, response, text);
        Assert.Equal((200, "2"), ((int)response.StatusCode, response.Headers.GetValues("x-purser-attempts").Single()));
        Assert.Equal(
            ["openai client_closed", "other completed"],
            attempts.Select(attempt => $"{Text(attempt, "provider")} {Text(attempt, "outcome")}")
        );
        // At what is held for it: nothing says how far it was.
        Assert.True(Cost(attempts[0]) > Cost(attempts[1]));
        Assert.True(Cost(attempts[1]) > 0);
    }

    [Fact]
    public async Task The_first_that_begins_before_the_second_is_the_answer_and_the_second_is_cancelled_and_charged()
    {
        await using var gateway = await StartAsync(Hedged);
        var hasSecond = new TaskCompletionSource();
        gateway.Upstream.Answer = Either(
            async http =>
            {
                await hasSecond.Task;
                await Fault.GoodStream(http);
            },
            async http =>
            {
                hasSecond.TrySetResult();
                await ForeverAsync(http);
            }
        );

        using var response = await gateway.ChatAsync(await gateway.KeyAsync(1m), StreamBody);

        var attempts = await SettledAsync(gateway, response, await response.Content.ReadAsStringAsync());
        Assert.Equal(
            ["openai completed", "other client_closed"],
            attempts.Select(attempt => $"{Text(attempt, "provider")} {Text(attempt, "outcome")}")
        );
        Assert.True(Cost(attempts[1]) > Cost(attempts[0]));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task One_that_fails_leaves_the_other_alone(bool isFirst)
    {
        await using var gateway = await StartAsync(Hedged);
        var (hasSecond, hasFailed) = (new TaskCompletionSource(), new TaskCompletionSource());
        async Task FailAsync(HttpContext http)
        {
            await hasSecond.Task;
            await RecordingUpstream.JsonAsync(http, 500, """{"error":{"message":"no"}}""");
            hasFailed.TrySetResult();
        }

        async Task AnswerAsync(HttpContext http)
        {
            await hasFailed.Task;
            await Task.Delay(200);
            await Fault.GoodStream(http);
        }

        gateway.Upstream.Answer = Either(
            isFirst ? FailAsync : AnswerAsync,
            http =>
            {
                hasSecond.TrySetResult();
                return isFirst ? AnswerAsync(http) : FailAsync(http);
            }
        );

        using var response = await gateway.ChatAsync(await gateway.KeyAsync(1m), StreamBody);

        var attempts = await SettledAsync(gateway, response, await response.Content.ReadAsStringAsync());
        Assert.Equal(200, (int)response.StatusCode);
        Assert.Equal(
            isFirst ? ["provider_error", "completed"] : ["completed", "provider_error"],
            attempts.Select(attempt => Text(attempt, "outcome"))
        );
        Assert.Equal(0m, Cost(attempts[isFirst ? 0 : 1]));
    }

    /// <summary>What gets no second attempt: it's answered by the first, as late as that is.</summary>
    [Theory]
    [InlineData(StreamBody, false, RetryBroken.Streams, null)]
    [InlineData(StreamBody, true, RetryBroken.Never, null)]
    [InlineData(Body, true, RetryBroken.Streams, null)]
    [InlineData(Stored, true, RetryBroken.Streams, null)]
    [InlineData(StreamBody, true, RetryBroken.Streams, 0.0004)]
    public async Task Where_none_is_due_there_is_none(string body, bool isOn, RetryBroken broken, double? usd)
    {
        await using var gateway = await StartAsync(Hedged with { HedgeAfter = isOn ? Hedged.HedgeAfter : null, RetryBroken = broken });
        var answer = body == Body ? http => RecordingUpstream.JsonAsync(http, 200, RecordingUpstream.ChatAnswer) : Fault.GoodStream;
        gateway.Upstream.Answer = async http =>
        {
            await Task.Delay(400);
            await answer(http);
        };

        using var response = await gateway.ChatAsync(await gateway.KeyAsync((decimal?)usd ?? 1m), body);
        await response.Content.ReadAsStringAsync();
        await gateway.SettledAsync();

        Assert.Equal(200, (int)response.StatusCode);
        Assert.Single(gateway.Upstream.Requests);
        var sent = (await gateway.ExplainAsync(response))!["attempts"]!.AsArray().Where(attempt => Text(attempt!, "outcome") != "void");
        Assert.Equal("completed", Text(Assert.Single(sent)!, "outcome"));
    }

    [Fact]
    public async Task An_answer_in_one_piece_costs_what_both_cost()
    {
        await using var gateway = await StartAsync(Hedged with { RetryBroken = RetryBroken.Always });
        gateway.Upstream.Answer = Either(ForeverAsync, http => RecordingUpstream.JsonAsync(http, 200, RecordingUpstream.ChatAnswer));

        using var response = await gateway.ChatAsync(await gateway.KeyAsync(1m), Body);
        await gateway.SettledAsync();

        var attempts = (await gateway.ExplainAsync(response))!["attempts"]!.AsArray();
        Assert.Equal(2, attempts.Count);
        Assert.Equal(
            attempts.Sum(attempt => Cost(attempt!)),
            decimal.Parse(response.Headers.GetValues("x-purser-cost-usd").Single(), CultureInfo.InvariantCulture)
        );
    }

    private static Func<HttpContext, Task> Either(Func<HttpContext, Task> first, Func<HttpContext, Task> other) =>
        http => http.Request.Path.StartsWithSegments("/other") ? other(http) : first(http);

    private static async Task ForeverAsync(HttpContext http)
    {
        try
        {
            await Task.Delay(TimeSpan.FromSeconds(30), http.RequestAborted);
        }
        catch (OperationCanceledException)
        {
            // The gateway has cancelled it.
        }
    }

    private static Task<TestGateway> StartAsync(ResilienceOptions resilience) =>
        TestGateway.StartAsync(options: options =>
        {
            var first = options.Providers[0] with { Resilience = resilience };
            var other = first with { Name = "other", BaseUrl = new Uri(first.BaseUrl, "/other/v1"), PriceProvider = "openai" };
            return options with { Providers = [first, other] };
        });

    /// <summary>The attempts of a streamed answer, whose costs are what the client was told and the ledger has.</summary>
    private static async Task<List<JsonNode>> SettledAsync(TestGateway gateway, HttpResponseMessage response, string text)
    {
        await gateway.SettledAsync();
        var attempts = (await gateway.ExplainAsync(response))!["attempts"]!.AsArray().Select(attempt => attempt!).ToList();
        var told = text.Split('\n').Single(line => line.Contains("x-purser-cost-usd", StringComparison.Ordinal)).Split(' ', '=')[^1];
        Assert.Equal(attempts.Sum(Cost), decimal.Parse(told, CultureInfo.InvariantCulture));
        Assert.Single(text.Split('\n'), line => line == "data: [DONE]");
        await gateway.StopAsync();
        var verified = LedgerVerifier.Verify(gateway.Directory, null);
        Assert.Empty(verified.Problems);
        Assert.Equal(0, verified.OpenReservations);
        return attempts;
    }

    private static decimal Cost(JsonNode attempt) => decimal.Parse(Text(attempt, "cost_usd"), CultureInfo.InvariantCulture);

    private static string Text(JsonNode node, string name) => node[name]!.GetValue<string>();
}
