using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Time.Testing;
using Purser.Gateway.Alerts;
using Purser.Gateway.Pipeline;
using Xunit;

namespace Purser.Gateway.Tests.Alerts;

/// <summary>What requests show of prices and usage that someone should know, and what is kept of the provider's own figures.</summary>
public sealed class RequestAlertTests
{
    private const string Body = """{"model":"gpt-5-mini","max_tokens":50,"messages":[{"role":"user","content":"hi"}]}""";

    private const string Stated = """{"prompt_tokens":11,"completion_tokens":7,"total_tokens":20, "prompt_tokens": 11, "x":[{}]}""";

    [Theory]
    [InlineData("gpt-unpriced")]
    [InlineData("gpt-that-nobody-has")]
    public async Task A_model_without_a_price_is_told_once_however_often_it_is_asked_for(string model)
    {
        await using var gateway = await TestGateway.StartAsync();
        var key = await gateway.KeyAsync();
        for (var i = 0; i < 3; i++)
        {
            using var response = await gateway.ChatAsync(key, Body.Replace("gpt-5-mini", model, StringComparison.Ordinal));
        }

        var alert = await OnlyAlertAsync(gateway, "purser.model.unpriced");

        Assert.Contains(model, alert["message"]!.GetValue<string>(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Figures_that_contradict_themselves_are_told_and_kept_as_they_came()
    {
        await using var gateway = await TestGateway.StartAsync();
        var key = await gateway.KeyAsync();
        gateway.Upstream.Answer = http => RecordingUpstream.JsonAsync(http, 200, Answer(Stated));
        using var response = await gateway.ChatAsync(key, Body);
        using var again = await gateway.ChatAsync(key, Body);
        await gateway.SettledAsync();

        var alert = await OnlyAlertAsync(gateway, "purser.usage.violation");

        Assert.Contains("openai/gpt-5-mini", alert["message"]!.GetValue<string>(), StringComparison.Ordinal);
        var attempt = (await gateway.ExplainAsync(response))!["attempts"]![0]!;
        Assert.Equal(JsonNode.Parse(Stated)!.ToJsonString(), attempt["provider_usage"]!.ToJsonString());
    }

    [Theory]
    [InlineData("""{"prompt_tokens":-11,"completion_tokens":7,"total_tokens":-4}""")]
    [InlineData("""{"prompt_tokens":"11","completion_tokens":7,"total_tokens":18}""")]
    [InlineData("""{"prompt_tokens":11,"completion_tokens":-7,"total_tokens":4}""")]
    public async Task What_is_no_count_at_all_costs_what_was_held_for_it_and_not_nothing(string stated)
    {
        await using var gateway = await TestGateway.StartAsync();
        var key = await gateway.KeyAsync();
        gateway.Upstream.Answer = http => RecordingUpstream.JsonAsync(http, 200, Answer(stated));

        using var response = await gateway.ChatAsync(key, Body);
        await gateway.SettledAsync();

        var attempt = (await gateway.ExplainAsync(response))!["attempts"]![0]!;
        Assert.True(attempt["estimated"]!.GetValue<bool>());
        // The limit of 50 tokens of output at $2, and at least the 11 of input at $1.
        Assert.InRange(decimal.Parse(attempt["cost_usd"]!.GetValue<string>(), CultureInfo.InvariantCulture), 0.000111m, 0.001m);
        await OnlyAlertAsync(gateway, "purser.usage.violation");
    }

    [Fact]
    public async Task Figures_that_are_nested_too_deeply_are_kept_as_a_text()
    {
        await using var gateway = await TestGateway.StartAsync();
        var key = await gateway.KeyAsync();
        var deep = new string('[', 80) + new string(']', 80);
        var stated = $$"""{"prompt_tokens":11,"completion_tokens":7,"total_tokens":18,"x":{{deep}}}""";
        gateway.Upstream.Answer = http => RecordingUpstream.JsonAsync(http, 200, Answer(stated));

        using var response = await gateway.ChatAsync(key, Body);
        await gateway.SettledAsync();

        var attempt = (await gateway.ExplainAsync(response))!["attempts"]![0]!;
        Assert.Equal(stated, attempt["provider_usage"]!.GetValue<string>());
        Assert.Equal("0.000025000", attempt["cost_usd"]!.GetValue<string>());
    }

    [Theory]
    [InlineData("nested as deeply as is read", 31, "")]
    [InlineData("with brackets that nest nothing", 2, "[{[{[{[{[{[{[{[{[{[{[{[{[{[{[{[{[{[{[{[{\\\"[{")]
    public async Task Figures_that_can_be_read_are_kept_as_they_are(string how, int depth, string text)
    {
        Assert.NotEmpty(how);
        await using var gateway = await TestGateway.StartAsync();
        var key = await gateway.KeyAsync();
        var deep = new string('[', depth) + new string(']', depth);
        var stated = $$"""{"prompt_tokens":11,"completion_tokens":7,"total_tokens":18,"x":{{deep}},"y":"{{text}}"}""";
        gateway.Upstream.Answer = http => RecordingUpstream.JsonAsync(http, 200, Answer(stated));

        using var response = await gateway.ChatAsync(key, Body);
        await gateway.SettledAsync();

        var attempt = (await gateway.ExplainAsync(response))!["attempts"]![0]!;
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(stated), attempt["provider_usage"]), attempt.ToJsonString());
    }

    [Fact]
    public async Task Invented_names_do_not_fill_the_outbox_and_the_next_day_tells_anew()
    {
        var clock = new FakeTimeProvider(Sample.Noon);
        var directory = Directory.CreateTempSubdirectory("purser-request-alerts-");
        try
        {
            await using var center = AlertCenter.Start(directory.FullName, [], clock, new LogLines());
            var alerts = new RequestAlerts(center, clock);
            for (var i = 0; i < RequestAlerts.MostADay + 50; i++)
            {
                alerts.Refused(new Refusal(402, Refusal.NotPriced, $"no price for model-{i}"), $"model-{i}");
            }

            await StoredAsync(center, RequestAlerts.MostADay);
            clock.Advance(TimeSpan.FromDays(1));
            alerts.Refused(new Refusal(402, Refusal.NotPriced, "no price for model-0"), "model-0");
            alerts.Refused(new Refusal(402, "budget_exceeded", "another matter"), "model-1");

            await StoredAsync(center, RequestAlerts.MostADay + 1);
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    private static string Answer(string usage)
    {
        var at = RecordingUpstream.ChatAnswer.IndexOf("\"usage\":", StringComparison.Ordinal) + "\"usage\":".Length;
        return RecordingUpstream.ChatAnswer[..at] + usage + "}";
    }

    private static async Task<JsonNode> OnlyAlertAsync(TestGateway gateway, string type)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(10));
        while (true)
        {
            var data = (await gateway.AdminAsync(HttpMethod.Get, "/alerts"))!["data"]!.AsArray();
            if (data.Count > 0)
            {
                return Assert.Single(data, alert => alert!["type"]!.GetValue<string>() == type)!;
            }

            await timer.WaitForNextTickAsync(patience.Token);
        }
    }

    private static async Task StoredAsync(AlertCenter center, int count)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(10));
        while (center.Newest(null, count + 10).Count < count)
        {
            await timer.WaitForNextTickAsync(patience.Token);
        }

        Assert.Equal(count, center.Newest(null, count + 10).Count);
    }
}
