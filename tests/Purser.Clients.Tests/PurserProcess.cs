using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Purser.Clients.Tests;

/// <summary><c>purser up</c> in front of a simulator, and its admin API.</summary>
internal sealed partial class PurserProcess : IAsyncDisposable
{
    private readonly ProgramProcess program;
    private readonly HttpClient admin;

    private PurserProcess(ProgramProcess program, Uri address, string adminKey)
    {
        AdminKey = adminKey;
        this.program = program;
        Address = address;
        admin = new HttpClient { BaseAddress = address };
        admin.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", adminKey);
    }

    /// <summary>Where it listens.</summary>
    public Uri Address { get; }

    /// <summary>The administrator's key.</summary>
    public string AdminKey { get; }

    /// <summary>Starts one on any free port, with its data and configuration in a folder.</summary>
    /// <param name="folder">Its configuration and data.</param>
    /// <param name="simulator">Its providers.</param>
    /// <param name="knownKey">The admin key, where the data folder isn't new.</param>
    public static async Task<PurserProcess> StartAsync(string folder, SimulatorProcess simulator, string? knownKey = null)
    {
        await ConfigureAsync(folder, simulator.Address.GetLeftPart(UriPartial.Authority));
        var program = ProgramProcess.StartPurser(
            folder,
            "up",
            "--config",
            "purser.yml",
            "--data",
            "data",
            "--listen",
            "http://127.0.0.1:0"
        );
        try
        {
            var adminKey = knownKey ?? (await program.WaitForAsync(AdminKeyLine())).Groups[1].Value;
            var address = new Uri((await program.WaitForAsync(Listens())).Groups[1].Value);
            return new PurserProcess(program, address, adminKey);
        }
        catch
        {
            await program.DisposeAsync();
            throw;
        }
    }

    // No model is left alone: tests that want a provider to fail mustn't take it away from those that come next.
    private static async Task ConfigureAsync(string folder, string upstream)
    {
        string Provider(string api, string path) =>
            $"{{ name: {api}, api: {api}, base_url: {upstream}{path}, api_key: sk-simulated, break_after: 0 }}";
        await File.WriteAllTextAsync(
            Path.Combine(folder, "purser.yml"),
            $"""
            batch_poll_seconds: 1
            providers:
              - {Provider("openai", "/v1")}
              - {Provider("anthropic", "")}
              - {Provider("gemini", "")}
              # The simulator gives a stream's usage as OpenAI does, where it's asked for; Mistral gives it unasked, and isn't asked.
              - name: mistral
                api: openai-compatible
                base_url: {upstream}/v1
                api_key: sk-simulated
                price_provider: mistral
                models: [mistral-large-latest]
              - {Provider("cohere", "")}
              - {Provider("ollama", "")}
              - name: bedrock
                base_url: {upstream}
                region: us-east-1
                access_key_id: AKIASIMULATED
                secret_access_key: simulated
                break_after: 0
            prices: prices

            """
        );
        Directory.CreateDirectory(Path.Combine(folder, "prices"));
        await File.WriteAllTextAsync(
            Path.Combine(folder, "prices/ollama.yml"),
            """
            provider: ollama
            models:
              - id: llama3.2
                context_tokens: 131072
                max_output_tokens: 8192
                prices:
                  - start: unknown
                    source: made up for tests
                    input_per_mtok: 0.01
                    output_per_mtok: 0.02

            """
        );
        await File.WriteAllTextAsync(
            Path.Combine(folder, "prices/moderation.yml"),
            """
            provider: openai
            models:
              - id: omni-moderation-latest
                prices:
                  - start: unknown
                    source: OpenAI's documents
                    free: true

            """
        );
    }

    /// <summary>Makes a team and a key for it.</summary>
    /// <param name="team">The team's name; its events and its line in the report are found by it.</param>
    /// <param name="limitUsd">A lifetime limit on the team.</param>
    /// <returns>The key's secret.</returns>
    public async Task<string> CreateKeyAsync(string team, string limitUsd)
    {
        await SendAsync(HttpMethod.Post, "accounts", new { name = team, kind = "team" });
        await SendAsync(
            HttpMethod.Put,
            "budgets",
            new
            {
                account = team,
                unit = "usd",
                window = "lifetime",
                limit = limitUsd,
            }
        );
        return (await SendAsync(HttpMethod.Post, "keys", new { account = team, name = $"{team}-key" })).GetProperty("key").GetString()!;
    }

    /// <summary>Gives a team a second budget that has no room for anything, until the month ends.</summary>
    public Task ExhaustAsync(string team) =>
        SendAsync(
            HttpMethod.Put,
            "budgets",
            new
            {
                account = team,
                unit = "usd",
                window = "month",
                limit = "0.000000001",
            }
        );

    /// <summary>How many requests it has refused by itself since its start, as its metrics say.</summary>
    public async Task<long> RefusedAsync()
    {
        // The exporter repeats what it said for 300 ms.
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(400));
        await timer.WaitForNextTickAsync();
        var metrics = await admin.GetStringAsync(new Uri("/metrics", UriKind.Relative));
        return metrics
            .Split('\n')
            .Where(line => line.StartsWith("purser_refusals", StringComparison.Ordinal))
            .Sum(line => (long)double.Parse(RefusalCount().Match(line).Groups[1].Value, CultureInfo.InvariantCulture));
    }

    /// <summary>A team's events, once there are as many as expected: a settlement may be committed just after its answer.</summary>
    public async Task<IReadOnlyList<JsonElement>> EventsAsync(string team, int expected)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        while (true)
        {
            var lines = (await admin.GetStringAsync(new Uri("/admin/v1/events", UriKind.Relative))).Split(
                '\n',
                StringSplitOptions.RemoveEmptyEntries
            );
            var events = lines.Select(line => JsonSerializer.Deserialize<JsonElement>(line)).Where(IsOfTeam).ToList();
            if (events.Count >= expected || deadline.IsCancellationRequested)
            {
                return events;
            }

            await timer.WaitForNextTickAsync();
        }

        bool IsOfTeam(JsonElement line) => line.GetProperty("account_path").GetString()!.Split('/')[^1] == team;
    }

    /// <summary>A team's line in the report of spend.</summary>
    public async Task<JsonElement> SpendAsync(string team)
    {
        var report = await admin.GetFromJsonAsync<JsonElement>(new Uri("/admin/v1/reports/spend?by=team", UriKind.Relative));
        return report.GetProperty("rows").EnumerateArray().Single(row => row.GetProperty("team").GetString()!.Split('/')[^1] == team);
    }

    /// <summary>An amount of the API as nano-dollars.</summary>
    public static long Nanos(string? usd) => (long)(decimal.Parse(usd!, CultureInfo.InvariantCulture) * 1_000_000_000m);

    /// <summary>Stops it as an operator does.</summary>
    /// <returns>The exit code.</returns>
    public Task<int> StopAsync() => program.StopAsync();

    public async ValueTask DisposeAsync()
    {
        admin.Dispose();
        await program.DisposeAsync();
    }

    /// <summary>Every event of the ledger.</summary>
    public async Task<IReadOnlyList<JsonElement>> EventsAsync() =>
        [
            .. (await admin.GetStringAsync(new Uri("/admin/v1/events", UriKind.Relative)))
                .Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .Select(line => JsonSerializer.Deserialize<JsonElement>(line)),
        ];

    /// <summary>A team's budget, with its figures.</summary>
    public async Task<JsonElement> BudgetAsync(string team) =>
        (await admin.GetFromJsonAsync<JsonElement>(new Uri("/admin/v1/budgets", UriKind.Relative)))
            .GetProperty("data")
            .EnumerateArray()
            .Single(budget => budget.GetProperty("scope").GetProperty("path").GetString() == team);

    /// <summary>How many attempts hold money.</summary>
    public async Task<long> OpenReservationsAsync() =>
        (await admin.GetFromJsonAsync<JsonElement>(new Uri("/admin/v1/status", UriKind.Relative)))
            .GetProperty("journal")
            .GetProperty("open_reservations")
            .GetInt64();

    private async Task<JsonElement> SendAsync(HttpMethod method, string path, object body)
    {
        using var request = new HttpRequestMessage(method, new Uri($"/admin/v1/{path}", UriKind.Relative))
        {
            Content = JsonContent.Create(body),
        };
        using var response = await admin.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        return response.IsSuccessStatusCode
            ? JsonSerializer.Deserialize<JsonElement>(text)
            : throw new InvalidOperationException($"{method} {path}: {(int)response.StatusCode} {text}");
    }

    [GeneratedRegex(@"admin key[^:\n]*: (\S+)", RegexOptions.IgnoreCase)]
    private static partial Regex AdminKeyLine();

    // A line of metrics: the name, the labels in braces, the value, and perhaps the time.
    [GeneratedRegex(@"^[^{ ]+(?:\{[^}]*\})? ([0-9.e+]+)")]
    private static partial Regex RefusalCount();

    [GeneratedRegex(@"listens on (http://[\d.:]+\d)")]
    private static partial Regex Listens();
}
