using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Xunit;

namespace Purser.Clients.Tests;

/// <summary>One dollar, ten thousand parallel requests, and a process that is killed again and again.</summary>
public sealed class CrashTests : IAsyncLifetime
{
    private const int Kills = 10;
    private const int Wave = 10_000;
    private const int LeastDispatched = 100;
    private const string Team = "hammer";
    private const string Body = """{"model":"gpt-5-mini","max_tokens":60,"messages":[{"role":"user","content":"say a few words"}]}""";

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("purser-crash-");
    private SimulatorProcess simulator = null!;

    public async ValueTask InitializeAsync() =>
        simulator = await SimulatorProcess.StartAsync(folder.FullName, "--latency", "ttft=200ms", "--record", "record.jsonl");

    public async ValueTask DisposeAsync()
    {
        await simulator.DisposeAsync();
        folder.Delete(recursive: true);
    }

    [Fact]
    public async Task Ten_thousand_parallel_requests_spend_no_more_than_their_dollar()
    {
        await using var purser = await PurserProcess.StartAsync(folder.FullName, simulator);
        var key = await purser.CreateKeyAsync(Team, "1");

        var answers = await SendAsync(purser.Address, key, Wave, CancellationToken.None);

        Assert.Equal(Wave, answers.Values.Sum());
        Assert.All(answers.Keys, status => Assert.True(status is HttpStatusCode.OK or HttpStatusCode.PaymentRequired, status.ToString()));
        Assert.True(answers[HttpStatusCode.PaymentRequired] > 0, "the budget never refused");
        await AssertAccountedAsync(purser);
        Assert.Equal(answers[HttpStatusCode.OK], (await simulator.AttemptsAsync()).Count);
        Assert.Equal(0, await purser.StopAsync());
        await AssertVerifiedAsync();
    }

    [Fact]
    public async Task A_process_killed_ten_times_loses_no_dispatched_request_and_keeps_the_limit()
    {
        var purser = await PurserProcess.StartAsync(folder.FullName, simulator);
        var adminKey = purser.AdminKey;
        var key = await purser.CreateKeyAsync(Team, "1");
        var unsettledAtKill = 0;
        try
        {
            for (var kill = 1; kill <= Kills; kill++)
            {
                using var stop = new CancellationTokenSource();
                var sending = SendAsync(purser.Address, key, 400, stop.Token);
                unsettledAtKill += await UntilDispatchedAsync(sending, kill);
                await purser.DisposeAsync();
                await stop.CancelAsync();
                await sending;
                purser = await PurserProcess.StartAsync(folder.FullName, simulator, adminKey);
                await AssertAccountedAsync(purser);
            }

            Assert.True(unsettledAtKill >= Kills * LeastDispatched);
            var answers = await SendAsync(purser.Address, key, Wave, CancellationToken.None);
            Assert.True(answers[HttpStatusCode.PaymentRequired] > 0, "the budget never refused");
            await AssertAccountedAsync(purser);
            Assert.Equal(0, await purser.StopAsync());
        }
        finally
        {
            await purser.DisposeAsync();
        }

        await AssertVerifiedAsync();
    }

    /// <summary>Waits until the simulator has enough requests under way, by its own record.</summary>
    private async Task<int> UntilDispatchedAsync(Task sending, int kill)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(5));
        while (!sending.IsCompleted)
        {
            var underWay = await simulator.InFlightAsync();
            // Each kill lands at another depth of the wave.
            if (underWay >= LeastDispatched + (kill * 7))
            {
                return (int)underWay;
            }

            await timer.WaitForNextTickAsync();
        }

        throw new InvalidOperationException($"Kill {kill}: there were never {LeastDispatched} requests under way.");
    }

    private static async Task<IReadOnlyDictionary<HttpStatusCode, int>> SendAsync(
        Uri gateway,
        string key,
        int count,
        CancellationToken stop
    )
    {
        using var client = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = int.MaxValue })
        {
            Timeout = TimeSpan.FromMinutes(3),
        };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
        var statuses = new ConcurrentDictionary<HttpStatusCode, int>();
        await Task.WhenAll(Enumerable.Range(0, count).Select(_ => OneAsync()));
        return statuses;

        async Task OneAsync()
        {
            try
            {
                using var content = new StringContent(Body, Encoding.UTF8, "application/json");
                using var response = await client.PostAsync(new Uri(gateway, "/v1/chat/completions"), content, stop);
                await response.Content.ReadAsByteArrayAsync(stop);
                statuses.AddOrUpdate(response.StatusCode, 1, (_, seen) => seen + 1);
            }
            catch (Exception killed) when (killed is HttpRequestException or IOException or OperationCanceledException)
            {
                statuses.AddOrUpdate(default, 1, (_, seen) => seen + 1);
            }
        }
    }

    /// <summary>Every attempt that the simulator saw is in the ledger once, for no less than it was billed; the limit holds; nothing is held.</summary>
    private async Task AssertAccountedAsync(PurserProcess purser)
    {
        Assert.Equal(0, await purser.OpenReservationsAsync());
        var events = (await purser.EventsAsync())
            .Where(line => line.GetProperty("attempt").GetInt32() > 0)
            .ToDictionary(line => $"{line.GetProperty("request_id").GetString()}.{line.GetProperty("attempt").GetInt32()}");
        foreach (var (id, billed) in await simulator.AttemptsAsync())
        {
            Assert.True(events.TryGetValue(id, out var line), $"{id} was dispatched and is not in the ledger");
            var cost = PurserProcess.Nanos(line.GetProperty("cost_usd").GetString());
            if (billed is { } bill && !Unconfirmed(line))
            {
                Assert.Equal(bill.CostNanos, cost);
            }
            else if (billed is { } atMost)
            {
                Assert.True(cost >= atMost.CostNanos, $"{id} is charged less than it was billed");
            }
        }

        var budget = await purser.BudgetAsync(Team);
        Assert.True(PurserProcess.Nanos(budget.GetProperty("posted").GetString()) <= 1_000_000_000, budget.ToString());
        Assert.Equal(
            events.Values.Sum(line => PurserProcess.Nanos(line.GetProperty("cost_usd").GetString())),
            PurserProcess.Nanos(budget.GetProperty("posted").GetString())
        );
        Assert.Equal(0, PurserProcess.Nanos(budget.GetProperty("pending").GetString()));
    }

    private static bool Unconfirmed(JsonElement line) => line.GetProperty("unconfirmed").GetBoolean();

    private async Task AssertVerifiedAsync()
    {
        await using var verify = ProgramProcess.StartPurser(folder.FullName, "ledger", "verify", "--data", "data", "--format", "json");
        Assert.True(await verify.WaitForExitAsync() == 0, verify.Output);
        Assert.Contains("\"valid\": true", verify.Output, StringComparison.Ordinal);
    }
}
