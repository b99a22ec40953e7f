using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Purser.Core.Pricing;
using Purser.Gateway.Configuration;
using Purser.Gateway.Objects;
using Purser.Simulator;
using Xunit;

namespace Purser.Gateway.Tests.Batches;

/// <summary>A gateway before a simulator whose batches wait as long as a test says.</summary>
internal sealed class BatchGateway : IAsyncDisposable
{
    private const string Rates = """
            context_tokens: 100000
            max_output_tokens: 4000
            prices:
              - start: unknown
                source: made up for tests
                input_per_mtok: 2
                cache_read_per_mtok: 2
                cache_write_5m_per_mtok: 2
                cache_write_1h_per_mtok: 2
                output_per_mtok: 20
        """;

    private const string BatchRates = """
                service_tiers:
                  batch:
                    source: made up for tests
                    input_per_mtok: 1
                    cache_read_per_mtok: 1
                    cache_write_5m_per_mtok: 1
                    cache_write_1h_per_mtok: 1
                    output_per_mtok: 10
        """;

    public static readonly PriceFile[] Prices =
    [
        new(
            "openai.yml",
            $"provider: openai\nmodels:\n  - id: gpt-batch\n{Rates}\n{BatchRates}\n  - id: gpt-other\n{Rates}\n{BatchRates}\n  - id: gpt-never\n{Rates}\n"
        ),
        new(
            "anthropic.yml",
            $"provider: anthropic\nmodels:\n  - id: claude-batch\n{Rates}\n{BatchRates}\n  - id: claude-other\n{Rates}\n{BatchRates}\n  - id: claude-never\n{Rates}\n"
        ),
    ];

    private BatchGateway(RunningSimulator simulator, TestGateway gateway) => (Simulator, Gateway) = (simulator, gateway);

    public RunningSimulator Simulator { get; }

    public TestGateway Gateway { get; }

    /// <summary>Starts both.</summary>
    /// <param name="delay">How long a batch waits.</param>
    /// <param name="poll">The longest time between two looks of the gateway.</param>
    public static async Task<BatchGateway> StartAsync(TimeSpan delay, TimeSpan? poll = null)
    {
        var simulator = await Purser.Simulator.Simulator.StartAsync(
            new SimulatorOptions { Listen = new Uri("http://127.0.0.1:0"), BatchDelay = delay }
        );
        var gateway = await TestGateway.StartAsync(options: options =>
            options with
            {
                PriceFiles = Prices,
                BatchPoll = poll ?? TimeSpan.FromHours(1),
                Providers = [Provider("openai", new Uri(simulator.Address, "/v1")), Provider("anthropic", simulator.Address)],
            }
        );
        return new BatchGateway(simulator, gateway);
    }

    public static string Message(string model, int most, string text) =>
        $$"""{"model":"{{model}}","max_tokens":{{most}},"messages":[{"role":"user","content":"{{text}}"}]}""";

    /// <summary>The body of a batch of messages.</summary>
    public static string Messages(params IEnumerable<string> bodies) =>
        "{\"requests\":[" + string.Join(", ", bodies.Select((body, i) => $"{{\"custom_id\":\"m{i}\",\"params\":{body}}}")) + "]}";

    /// <summary>The lines of a batch of chats.</summary>
    public static string Chats(params IEnumerable<string> bodies) =>
        string.Concat(
            bodies.Select((body, i) => $"{{\"custom_id\":\"c{i}\",\"method\":\"POST\",\"url\":\"/v1/chat/completions\",\"body\":{body}}}\n")
        );

    public static string Order(string file, string endpoint = "/v1/chat/completions") =>
        $$$"""{"input_file_id":"{{{file}}}","endpoint":"{{{endpoint}}}","completion_window":"24h","metadata":{"job":"night"}}""";

    /// <summary>Puts a file where the provider has it, owned by the account of a key.</summary>
    public async Task<string> FileAsync(string key, string lines)
    {
        using var http = new HttpClient { BaseAddress = Simulator.Address };
        using var form = new MultipartFormDataContent { { new StringContent("batch"), "purpose" } };
        form.Add(new ByteArrayContent(Encoding.UTF8.GetBytes(lines)), "file", "lines.jsonl");
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/files") { Content = form };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", "any");
        using var response = await http.SendAsync(request);
        var id = JsonNode.Parse(await response.Content.ReadAsStringAsync())!["id"]!.GetValue<string>();
        var owner = Gateway.Store.Control.Keys.Single(known => key.StartsWith(known.Id, StringComparison.Ordinal));
        var kept = await new OwnedObjects(Gateway.Store, TimeProvider.System).KeepAsync(
            new OwnedObject(OwnedKind.File, id, "openai")
            {
                Credential = "config",
                KeyId = owner.Id,
                AccountId = owner.Subject.Accounts[0].Id,
                CreatedAt = DateTimeOffset.UtcNow,
            }
        );
        Assert.True(kept);
        return id;
    }

    /// <summary>Sends a request as a client of one of the APIs does.</summary>
    public async Task<(int Status, JsonNode Body, HttpResponseMessage Response)> SendAsync(
        string method,
        string path,
        string key,
        string? body = null,
        IReadOnlyDictionary<string, string>? headers = null
    )
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        if (path.StartsWith("/v1/messages", StringComparison.Ordinal))
        {
            request.Headers.Add("x-api-key", key);
            request.Headers.Add("anthropic-version", "2023-06-01");
        }
        else
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        }

        foreach (var (name, value) in headers ?? new Dictionary<string, string>())
        {
            request.Headers.Add(name, value);
        }

        request.Content = body is null ? null : new StringContent(body, Encoding.UTF8, "application/json");
        var response = await Gateway.Client.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        return ((int)response.StatusCode, JsonNode.Parse(text)!, response);
    }

    /// <summary>Asks for a batch until it has ended.</summary>
    public async Task<(JsonNode Body, HttpResponseMessage Response)> EndedAsync(string path, string key, params string[] ends)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        while (true)
        {
            var (status, body, response) = await SendAsync("GET", path, key);
            Assert.Equal(200, status);
            if (ends.Contains((body["status"] ?? body["processing_status"])!.GetValue<string>()))
            {
                return (body, response);
            }

            await timer.WaitForNextTickAsync(patience.Token);
        }
    }

    /// <summary>What the simulator billed for a batch, at the prices of batches.</summary>
    public async Task<Money> BilledAsync(string batch)
    {
        using var http = new HttpClient { BaseAddress = Simulator.Address };
        var usd = 0m;
        foreach (
            var line in (await http.GetStringAsync(new Uri($"/simulator/records?phase=completed&batch={batch}", UriKind.Relative))).Split(
                '\n',
                StringSplitOptions.RemoveEmptyEntries
            )
        )
        {
            var billed = JsonSerializer.Deserialize<JsonElement>(line).GetProperty("billed");
            long Of(string name) => billed.GetProperty(name).GetInt64();
            usd +=
                (Of("input") + Of("cache_read") + Of("cache_write_5m") + Of("cache_write_1h") + (10 * (Of("output") + Of("reasoning"))))
                / 1_000_000m;
        }

        return Money.FromUsdRoundedUp(usd);
    }

    /// <summary>An alert of this type, once it's there.</summary>
    public async Task<JsonNode> AlertAsync(string type)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(10));
        while (true)
        {
            var data = (await Gateway.AdminAsync(HttpMethod.Get, "/alerts"))!["data"]!.AsArray();
            if (data.FirstOrDefault(alert => alert!["type"]!.GetValue<string>() == type) is { } alert)
            {
                return alert;
            }

            await timer.WaitForNextTickAsync(patience.Token);
        }
    }

    /// <summary>What is posted and held in the budget of a key.</summary>
    public async Task<(decimal Posted, decimal Pending)> BudgetAsync(string key)
    {
        var id = Gateway.Store.Control.Keys.Single(known => key.StartsWith(known.Id, StringComparison.Ordinal)).Id;
        var balance = (await Gateway.Store.BalancesAsync()).Single(balance =>
            balance.Budget.Scope.Parts().Any(part => part.Kind == Purser.Core.Budgets.ScopeKind.Key && part.Id == id)
        );
        return (new Money(balance.Posted).Usd, new Money(balance.Pending).Usd);
    }

    public async ValueTask DisposeAsync()
    {
        await Gateway.DisposeAsync();
        await Simulator.DisposeAsync();
    }

    private static ProviderOptions Provider(string name, Uri address) =>
        new()
        {
            Name = name,
            Api = name,
            BaseUrl = address,
            ApiKey = "sk-simulated",
        };
}
