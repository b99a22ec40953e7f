using System.Globalization;
using Purser.Core.Ledger;
using Purser.Gateway.Configuration;
using Purser.Gateway.Tests.Routing;
using Purser.Routing.Checks;
using Xunit;

namespace Purser.Gateway.Tests.Evaluations;

/// <summary>What routing saves is measured against sessions that are held out.</summary>
public sealed class SavingsTests
{
    [Fact]
    public async Task Held_out_sessions_are_served_as_asked_and_the_report_compares_what_requests_cost()
    {
        var (gateway, key) = await WatchedGateway.StartAsync(options => options with { HoldoutPercent = 50 });
        await using var _ = gateway;
        var heldOut = 0;
        for (var i = 0; i < 160; i++)
        {
            var (request, model) = await WatchedGateway.AskAsync(gateway, key, ("x-purser-run", $"s{i}"));
            heldOut += model == "gpt-5-dear" ? 1 : 0;
            if (i == 0)
            {
                // The next request of the session goes where the first did.
                var (again, same) = await WatchedGateway.AskAsync(gateway, key, ("x-purser-run", "s0"));
                Assert.Equal(model, same);
                var route = (await gateway.AdminAsync(HttpMethod.Get, $"/requests/{AttemptId.NameOf(again)}"))!["route"]!;
                Assert.Equal(model == "gpt-5-dear", route["held_out"]?.GetValue<bool>() ?? false);
            }
        }

        var report = (await gateway.AdminAsync(HttpMethod.Get, "/reports/savings"))!;

        // Fewer than 30 of 160 on a side come once in 10^16.
        Assert.Equal(heldOut, report["held_out_sessions"]!.GetValue<int>());
        Assert.Equal(160 - heldOut, report["routed_sessions"]!.GetValue<int>());
        // 11 tokens in and 7 out: at $10 and $20 a million, and at $1 and $2.
        Assert.Equal("0.000250000", report["held_out_unit_usd"]!.GetValue<string>());
        Assert.Equal("0.000025000", report["routed_unit_usd"]!.GetValue<string>());
        Assert.Equal("0.000225000", report["saving_unit_usd"]!.GetValue<string>());
        Assert.Equal("0.000225000", report["saving_unit_low_usd"]!.GetValue<string>());
        Assert.Equal("0.000225000", report["naive_unit_usd"]!.GetValue<string>());
        Assert.Equal(
            0.000225m * report["routed_requests"]!.GetValue<long>(),
            decimal.Parse(report["saving_usd"]!.GetValue<string>(), CultureInfo.InvariantCulture)
        );
    }

    [Fact]
    public async Task Where_an_answer_was_of_no_use_both_are_paid_and_one_would_have_been_as_asked()
    {
        var (gateway, key) = await WatchedGateway.StartAsync(options =>
            options with
            {
                HoldoutPercent = 50,
                Policies = options.Policies.ToDictionary(
                    policy => policy.Key,
                    policy => policy.Value with { Escalation = new EscalationOptions(AnswerChecks.Empty, HoldStream: false) }
                ),
            }
        );
        await using var _ = gateway;
        gateway.Upstream.Answer = http =>
        {
            var model = RoutedGateway.AskedUpstream(gateway);
            var answer = RecordingUpstream.ChatAnswer.Replace("gpt-5-mini-2025-08-07", model, StringComparison.Ordinal);
            return RecordingUpstream.JsonAsync(
                http,
                200,
                model == "gpt-5-mini" ? answer.Replace("hello", "", StringComparison.Ordinal) : answer
            );
        };
        for (var i = 0; i < 30; i++)
        {
            await WatchedGateway.AskAsync(gateway, key);
        }

        var report = (await gateway.AdminAsync(HttpMethod.Get, "/reports/savings"))!;

        Assert.Equal("0.000275000", report["routed_unit_usd"]!.GetValue<string>());
        Assert.Equal("-0.000025000", report["saving_unit_usd"]!.GetValue<string>());
        Assert.Equal("-0.000025000", report["naive_unit_usd"]!.GetValue<string>());
    }

    [Fact]
    public async Task Without_held_out_sessions_nothing_is_claimed()
    {
        var (gateway, key) = await WatchedGateway.StartAsync();
        await using var _ = gateway;
        await WatchedGateway.AskAsync(gateway, key);

        var report = (await gateway.AdminAsync(HttpMethod.Get, "/reports/savings"))!;

        Assert.Null(report["saving_unit_usd"]);
        Assert.Equal("0.000025000", report["routed_unit_usd"]!.GetValue<string>());
        Assert.StartsWith("A saving is measured between", report["note"]!.GetValue<string>(), StringComparison.Ordinal);
    }
}
