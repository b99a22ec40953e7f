using Purser.Gateway.Evaluations;
using Purser.Gateway.Storage;
using Xunit;

namespace Purser.Gateway.Tests.Evaluations;

/// <summary>What judges say of a model's answers decides, in the running gateway, whether it's let into requests.</summary>
public sealed class SliceTests
{
    [Fact]
    public async Task Its_watch_ends_with_the_gateway()
    {
        var (gateway, _) = await WatchedGateway.StartAsync();
        await using var _ = gateway;
        Assert.Empty(await gateway.Evaluations.Watch.ReportAsync());

        await gateway.StopAsync();

        await Assert.ThrowsAsync<ObjectDisposedException>(() => gateway.Evaluations.Watch.ReportAsync());
    }

    [Fact]
    public async Task A_slice_whose_answers_are_bad_goes_to_the_reference_at_once_and_an_alert_says_why()
    {
        var (gateway, key) = await WatchedGateway.StartAsync();
        await using var _ = gateway;
        var (request, model) = await WatchedGateway.AskAsync(gateway, key);
        await WatchedGateway.AskAsync(gateway, key);
        Assert.Equal("gpt-5-mini", model);

        await WatchedGateway.SayAsync(gateway, request, EvaluationSource.Judge, 0, 10);

        var (after, served) = await WatchedGateway.AskAsync(gateway, key);
        Assert.Equal("gpt-5-dear", served);
        var route = (await gateway.AdminAsync(HttpMethod.Get, $"/requests/{Core.Ledger.AttemptId.NameOf(after)}"))!["route"]!;
        Assert.Equal("reverted", route["candidates"]![1]!["standing"]!.GetValue<string>());
        Assert.StartsWith(
            "'gpt-5-mini' was shown not to do such requests (class extract) well enough here",
            route["reason"]!.GetValue<string>(),
            StringComparison.Ordinal
        );
        var slice = await WatchedGateway.SliceAsync(gateway);
        Assert.Equal("reverted", slice["stage"]!.GetValue<string>());
        Assert.Equal("auto@/", slice["application"]!.GetValue<string>());
        var record = slice["record"]!;
        Assert.Equal(0, record["quality"]!.GetValue<double>());
        Assert.Equal(2, record["leaked"]!.GetValue<long>());
        Assert.InRange(record["evaluations"]!.GetValue<long>(), 2, 10);
        var alert = await AlertAsync(gateway);
        Assert.Contains("'gpt-5-mini' no longer takes extract requests of auto@/", alert, StringComparison.Ordinal);
        Assert.Contains("2 requests were served meanwhile", alert, StringComparison.Ordinal);
        Assert.Contains($"purser router restore {slice["id"]}", alert, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_revert_outlives_a_restart_and_ends_when_somebody_restores_the_slice()
    {
        var (gateway, key) = await WatchedGateway.StartAsync();
        await using var _ = gateway;
        var (request, _) = await WatchedGateway.AskAsync(gateway, key);
        await WatchedGateway.SayAsync(gateway, request, EvaluationSource.Shadow, 0, 10);

        await gateway.RestartAsync(options => WatchedGateway.With(options, null, "first"));
        Assert.Equal("gpt-5-dear", (await WatchedGateway.AskAsync(gateway, key)).Model);
        var id = (await WatchedGateway.SliceAsync(gateway))["id"]!.GetValue<string>();
        var restored = await gateway.AdminAsync(HttpMethod.Post, $"/router/slices/{id}/restore", new { by = "ada" });

        Assert.Equal("canary", restored!["stage"]!.GetValue<string>());
        Assert.Equal("ada", restored["by"]!.GetValue<string>());
        Assert.Equal("gpt-5-mini", (await WatchedGateway.AskAsync(gateway, key)).Model);
        // What was served before counts no more.
        await WatchedGateway.SayAsync(gateway, request, EvaluationSource.Judge, 0.1, 10);
        Assert.Equal("canary", (await WatchedGateway.SliceAsync(gateway))["stage"]!.GetValue<string>());
        Assert.Equal(409, await StatusAsync(gateway, $"/router/slices/{id}/restore"));
        await gateway.StopAsync();
        Assert.Empty(LedgerVerifier.Verify(gateway.Directory).Problems);
    }

    [Fact]
    public async Task Evidence_from_before_a_restart_counts_with_what_comes_after()
    {
        var (gateway, key) = await WatchedGateway.StartAsync();
        await using var _ = gateway;
        var (request, _) = await WatchedGateway.AskAsync(gateway, key);
        await WatchedGateway.SayAsync(gateway, request, EvaluationSource.Judge, 0, 2);
        Assert.Equal("canary", (await WatchedGateway.SliceAsync(gateway))["stage"]!.GetValue<string>());

        await gateway.RestartAsync(options => WatchedGateway.With(options, null, "first"));

        Assert.Equal(2, (await WatchedGateway.SliceAsync(gateway))["evaluations"]!.GetValue<long>());
        await WatchedGateway.SayAsync(gateway, request, EvaluationSource.Shadow, 0, 8);
        Assert.Equal("reverted", (await WatchedGateway.SliceAsync(gateway))["stage"]!.GetValue<string>());
    }

    [Fact]
    public async Task What_is_volunteered_or_checked_never_reverts_a_slice()
    {
        var (gateway, key) = await WatchedGateway.StartAsync();
        await using var _ = gateway;
        var (request, _) = await WatchedGateway.AskAsync(gateway, key);

        await WatchedGateway.SayAsync(gateway, request, EvaluationSource.Feedback, 0, 25);
        await WatchedGateway.SayAsync(gateway, request, EvaluationSource.Check, 0, 25);

        Assert.Equal("gpt-5-mini", (await WatchedGateway.AskAsync(gateway, key)).Model);
        Assert.Equal(0, (await WatchedGateway.SliceAsync(gateway))["evaluations"]!.GetValue<long>());
        var rows = (await gateway.AdminAsync(HttpMethod.Get, "/reports/quality"))!["data"]!.AsArray();
        Assert.Equal(
            [
                """{"class":"extract","model":"gpt-5-mini","source":"feedback","count":25,"score":0}""",
                """{"class":"extract","model":"gpt-5-mini","source":"check","count":25,"score":0}""",
            ],
            rows.Select(row => row!.ToJsonString())
        );
    }

    [Fact]
    public async Task A_model_on_trial_takes_its_share_of_sessions_until_it_is_promoted_with_evidence()
    {
        var (gateway, key) = await WatchedGateway.StartAsync(options => options with { CanaryPercent = 25 });
        await using var _ = gateway;
        var served = new Dictionary<string, string>();
        for (var i = 0; i < 60; i++)
        {
            served[$"s{i}"] = (await WatchedGateway.AskAsync(gateway, key, ("x-purser-run", $"s{i}"))).Model;
        }

        // Of 60 at 25 %, fewer than 4 or more than 32 come once in a million.
        Assert.InRange(served.Values.Count(model => model == "gpt-5-mini"), 4, 32);
        var trial = served.First(pair => pair.Value == "gpt-5-mini").Key;
        var (request, same) = await WatchedGateway.AskAsync(gateway, key, ("x-purser-run", trial));
        Assert.Equal("gpt-5-mini", same);
        await WatchedGateway.SayAsync(gateway, request, EvaluationSource.Judge, 1, 20);
        var id = (await WatchedGateway.SliceAsync(gateway))["id"]!.GetValue<string>();
        Assert.Equal(409, await StatusAsync(gateway, $"/router/slices/{id}/promote"));
        await WatchedGateway.SayAsync(gateway, request, EvaluationSource.Shadow, 1, 240);

        var promoted = (await gateway.AdminAsync(HttpMethod.Post, $"/router/slices/{id}/promote", new { by = "ada" }))!;

        Assert.Equal("proven", promoted["stage"]!.GetValue<string>());
        Assert.Equal("ada", promoted["by"]!.GetValue<string>());
        Assert.Equal(260, promoted["record"]!["evaluations"]!.GetValue<long>());
        Assert.InRange(promoted["record"]!["worse_at_most"]!.GetValue<double>(), 0, 0.05);
        var other = served.First(pair => pair.Value == "gpt-5-dear").Key;
        Assert.Equal("gpt-5-mini", (await WatchedGateway.AskAsync(gateway, key, ("x-purser-run", other))).Model);
        // A new model file begins on trial.
        await gateway.RestartAsync(options => WatchedGateway.With(options, routing => routing with { CanaryPercent = 25 }, "second"));
        Assert.Equal("gpt-5-dear", (await WatchedGateway.AskAsync(gateway, key, ("x-purser-run", other))).Model);
        Assert.Equal("gpt-5-mini", (await WatchedGateway.AskAsync(gateway, key, ("x-purser-run", trial))).Model);
    }

    private static async Task<string> AlertAsync(TestGateway gateway)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while (true)
        {
            var alerts = (await gateway.AdminAsync(HttpMethod.Get, "/alerts"))!["data"]!.AsArray();
            if (alerts.FirstOrDefault(alert => alert!["type"]!.GetValue<string>() == "purser.routing.reverted") is { } found)
            {
                return System.Text.RegularExpressions.Regex.Unescape(found.ToJsonString());
            }

            await timer.WaitForNextTickAsync(patience.Token);
        }
    }

    private static async Task<int> StatusAsync(TestGateway gateway, string path)
    {
        using var response = await gateway.PostAsync("/admin/v1" + path, "{}", ("Authorization", $"Bearer {gateway.AdminKey}"));
        return (int)response.StatusCode;
    }
}
