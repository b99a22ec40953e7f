using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Xunit;

namespace Purser.Clients.Tests;

/// <summary>Batches, and a process that is killed before, while and after they are made, and while they run.</summary>
public sealed class BatchCrashTests : IAsyncLifetime
{
    private const int Kills = 6;
    private const string Team = "batches";
    private const string Model = "claude-sonnet-5-5";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("purser-batch-crash-");
    private SimulatorProcess simulator = null!;

    public async ValueTask InitializeAsync() =>
        simulator = await SimulatorProcess.StartAsync(folder.FullName, "--batch-after", "3", "--record", "record.jsonl");

    public async ValueTask DisposeAsync()
    {
        await simulator.DisposeAsync();
        folder.Delete(recursive: true);
    }

    [Fact]
    public async Task A_batch_of_a_killed_process_stays_held_and_is_settled_exactly()
    {
        var purser = await PurserProcess.StartAsync(folder.FullName, simulator);
        var (adminKey, key) = (purser.AdminKey, await purser.CreateKeyAsync(Team, "1"));
        var id = await MakeAsync(purser.Address, key, 5);
        var held = (await purser.BudgetAsync(Team)).GetProperty("pending").GetString();
        Assert.NotNull(id);

        await purser.DisposeAsync();
        purser = await PurserProcess.StartAsync(folder.FullName, simulator, adminKey);
        try
        {
            Assert.Equal(1, await purser.OpenReservationsAsync());
            Assert.Equal(held, (await purser.BudgetAsync(Team)).GetProperty("pending").GetString());
            await SettledAsync(purser);
            var billed = (await simulator.BatchesAsync())[id];
            Assert.Equal(5, billed.Count);
            var budget = await purser.BudgetAsync(Team);
            Assert.Equal(PublicPrices.OfBatch(billed), PurserProcess.Nanos(budget.GetProperty("posted").GetString()));
            Assert.Equal(0, PurserProcess.Nanos(budget.GetProperty("pending").GetString()));
            Assert.Equal(0, await purser.StopAsync());
        }
        finally
        {
            await purser.DisposeAsync();
        }

        await AssertVerifiedAsync();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Killed_at_any_moment_nothing_is_lost_and_the_limit_holds(int seed)
    {
        var random = new Random(seed);
        var purser = await PurserProcess.StartAsync(folder.FullName, simulator);
        var (adminKey, key) = (purser.AdminKey, await purser.CreateKeyAsync(Team, "0.1"));
        var known = new List<string>();
        try
        {
            for (var kill = 0; kill < Kills; kill++)
            {
                var making = Enumerable.Range(0, 6).Select(_ => MakeAsync(purser.Address, key, random.Next(1, 8))).ToList();
                await Task.Delay(random.Next(0, 200), TestContext.Current.CancellationToken);
                await purser.DisposeAsync();
                known.AddRange((await Task.WhenAll(making)).OfType<string>());
                purser = await PurserProcess.StartAsync(folder.FullName, simulator, adminKey);
            }

            await SettledAsync(purser);
            await AssertAccountedAsync(purser, known);
            Assert.Equal(0, await purser.StopAsync());
        }
        finally
        {
            await purser.DisposeAsync();
        }

        await AssertVerifiedAsync();
    }

    /// <summary>What a client heard of is settled to the nano-dollar; what it didn't is no less than what was billed; nothing is above the limit.</summary>
    private async Task AssertAccountedAsync(PurserProcess purser, List<string> known)
    {
        var events = (await purser.EventsAsync()).Where(line => line.GetProperty("attempt").GetInt32() > 0).ToList();
        var settled = events.Where(line => !line.GetProperty("unconfirmed").GetBoolean()).ToList();
        var batches = await simulator.BatchesAsync();
        foreach (var id in known)
        {
            var line = settled.Single(line => line.GetProperty("provider_request_id").GetString() == id);
            Assert.Equal(PublicPrices.OfBatch(batches[id]), PurserProcess.Nanos(line.GetProperty("cost_usd").GetString()));
        }

        var posted = events.Sum(line => PurserProcess.Nanos(line.GetProperty("cost_usd").GetString()));
        var budget = await purser.BudgetAsync(Team);
        Assert.Equal(posted, PurserProcess.Nanos(budget.GetProperty("posted").GetString()));
        Assert.Equal(0, PurserProcess.Nanos(budget.GetProperty("pending").GetString()));
        Assert.InRange(posted, batches.Values.Sum(PublicPrices.OfBatch), 100_000_000);
    }

    private static async Task SettledAsync(PurserProcess purser)
    {
        using var patience = new CancellationTokenSource(Patience);
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        while (await purser.OpenReservationsAsync() > 0)
        {
            await timer.WaitForNextTickAsync(patience.Token);
        }
    }

    /// <summary>Makes a batch; null where the client isn't told of one.</summary>
    private static async Task<string?> MakeAsync(Uri gateway, string key, int requests)
    {
        var lines = Enumerable
            .Range(0, requests)
            .Select(i =>
                string.Create(
                    CultureInfo.InvariantCulture,
                    $$$"""{"custom_id":"r{{{i}}}","params":{"model":"{{{Model}}}","max_tokens":{{{10 + i}}},"messages":[{"role":"user","content":"say {{{i}}}"}]}}"""
                )
            );
        using var client = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(gateway, "/v1/messages/batches"))
        {
            Content = new StringContent($$"""{"requests":[{{string.Join(',', lines)}}]}""", Encoding.UTF8, "application/json"),
        };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        request.Headers.Add("anthropic-version", "2023-06-01");
        try
        {
            using var response = await client.SendAsync(request);
            var body = JsonSerializer.Deserialize<JsonElement>(await response.Content.ReadAsStringAsync());
            return response.IsSuccessStatusCode ? body.GetProperty("id").GetString() : null;
        }
        catch (Exception killed) when (killed is HttpRequestException or IOException or JsonException)
        {
            return null;
        }
    }

    private async Task AssertVerifiedAsync()
    {
        await using var verify = ProgramProcess.StartPurser(folder.FullName, "ledger", "verify", "--data", "data", "--format", "json");
        Assert.True(await verify.WaitForExitAsync() == 0, verify.Output);
        Assert.Contains("\"valid\": true", verify.Output, StringComparison.Ordinal);
    }
}
