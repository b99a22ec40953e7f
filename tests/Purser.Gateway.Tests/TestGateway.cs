using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using Purser.Core.Pricing;
using Purser.Gateway.Alerts;
using Purser.Gateway.Configuration;
using Purser.Gateway.Credentials;
using Purser.Gateway.Evaluations;
using Purser.Gateway.Storage;
using Xunit;

namespace Purser.Gateway.Tests;

/// <summary>A gateway in this process, on a free port and in a folder of its own, before a recording upstream.</summary>
internal sealed class TestGateway : IAsyncDisposable
{
    /// <summary>Prices that are easy to reckon with: $1 and $2 per million in and out.</summary>
    public const string Prices = """
        provider: openai
        models:
          - id: gpt-5-mini
            aliases: [gpt-5-mini-2025-08-07]
            context_tokens: 400000
            max_output_tokens: 128000
            prices:
              - start: unknown
                source: made up for tests
                input_per_mtok: 1
                cache_read_per_mtok: 0.1
                output_per_mtok: 2
        """;

    /// <summary>The same for the other format.</summary>
    public const string AnthropicPrices = """
        provider: anthropic
        models:
          - id: claude-test
            context_tokens: 200000
            max_output_tokens: 64000
            prices:
              - start: unknown
                source: made up for tests
                input_per_mtok: 1
                cache_read_per_mtok: 0.1
                cache_write_5m_per_mtok: 1.25
                cache_write_1h_per_mtok: 2
                output_per_mtok: 2
        """;

    private readonly GatewayOptions options;
    private readonly string adminKey;
    private readonly Action<ILoggingBuilder>? logging;
    private GatewayHost host;

    private TestGateway(
        GatewayHost host,
        RecordingUpstream upstream,
        string adminKey,
        GatewayOptions options,
        Action<ILoggingBuilder>? logging
    )
    {
        this.host = host;
        this.logging = logging;
        this.adminKey = adminKey;
        this.options = options;
        Upstream = upstream;
        Client = new HttpClient { BaseAddress = host.Address };
    }

    public RecordingUpstream Upstream { get; }

    public string Directory => options.DataDirectory;

    public HttpClient Client { get; private set; }

    public Uri Address => host.Address;

    public AlertCenter Alerts => host.Alerts;

    public LedgerStore Store => host.Store;

    public EvaluationIntake Evaluations => host.Evaluations;

    public Shadowing? Shadowing => host.Shadowing;

    public string AdminKey => adminKey;

    /// <summary>A provider that is called once for each request, for tests of one attempt.</summary>
    public static ProviderOptions Once(ProviderOptions provider) => provider with { Resilience = new ResilienceOptions { Retries = 0 } };

    /// <summary>What its last start had to say to the operator.</summary>
    public IReadOnlyList<string> Warnings => host.Warnings;

    /// <summary>A master key.</summary>
    public static MasterKey NewMasterKey()
    {
        var text = MasterKey.New();
        return MasterKey.Load(null, "", _ => text)!;
    }

    public static async Task<TestGateway> StartAsync(
        Func<ProviderOptions, ProviderOptions>? provider = null,
        Func<GatewayOptions, GatewayOptions>? options = null,
        Action<ILoggingBuilder>? logging = null,
        TimeProvider? clock = null
    )
    {
        var upstream = await RecordingUpstream.StartAsync();
        var directory = Path.Combine(Path.GetTempPath(), $"purser-test-{Guid.NewGuid():N}");
        provider ??= p => p;
        options ??= o => o;
        var chosen = options(
            new GatewayOptions
            {
                Listen = new Uri("http://127.0.0.1:0"),
                DataDirectory = directory,
                DrainTimeout = TimeSpan.FromSeconds(5),
                PriceFiles = [new PriceFile("openai.yml", Prices), new PriceFile("anthropic.yml", AnthropicPrices)],
                Providers =
                [
                    provider(
                        new ProviderOptions
                        {
                            Name = "openai",
                            Api = "openai",
                            BaseUrl = new Uri(upstream.Address, "/v1"),
                            ApiKey = "sk-provider-secret",
                            Models = ["gpt-5-mini", "gpt-unpriced"],
                        }
                    ),
                    provider(
                        new ProviderOptions
                        {
                            Name = "anthropic",
                            Api = "anthropic",
                            BaseUrl = upstream.Address,
                            ApiKey = "sk-ant-provider-secret",
                        }
                    ),
                ],
            }
        );
        var host = await GatewayHost.StartAsync(chosen, logging, clock);
        return new TestGateway(host, upstream, host.NewAdminKey!, chosen, logging);
    }

    /// <summary>Stops it, and starts it again on the same folder with other options.</summary>
    public async Task RestartAsync(Func<GatewayOptions, GatewayOptions> change)
    {
        Client.Dispose();
        await host.DisposeAsync();
        host = await GatewayHost.StartAsync(change(options), logging);
        Client = new HttpClient { BaseAddress = host.Address };
    }

    /// <summary>Calls the admin API.</summary>
    public async Task<JsonNode?> AdminAsync(HttpMethod method, string path, object? body = null)
    {
        var text = await AdminTextAsync(path, method, body);
        return text.Length == 0 ? null : JsonNode.Parse(text);
    }

    /// <summary>The same for what isn't one document.</summary>
    public async Task<string> AdminTextAsync(string path, HttpMethod? method = null, object? body = null)
    {
        using var request = new HttpRequestMessage(method ?? HttpMethod.Get, "/admin/v1" + path);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", adminKey);
        request.Content = body is null ? null : new StringContent(JsonSerializer.Serialize(body), Encoding.UTF8, "application/json");
        using var response = await Client.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, $"{method} {path}: {(int)response.StatusCode} {text}");
        return text;
    }

    /// <summary>A new key, with a dollar limit of its own where one is given.</summary>
    public async Task<string> KeyAsync(decimal? usd = null, string window = "lifetime")
    {
        var name = $"key {Guid.NewGuid():N}";
        var key = await AdminAsync(HttpMethod.Post, "/keys", new { account = "", name });
        if (usd is { } limit)
        {
            await AdminAsync(
                HttpMethod.Put,
                "/budgets",
                new
                {
                    key = key!["id"]!.GetValue<string>(),
                    unit = "usd",
                    window,
                    limit = limit.ToString(CultureInfo.InvariantCulture),
                }
            );
        }

        return key!["key"]!.GetValue<string>();
    }

    /// <summary>Sends a request as an OpenAI client does.</summary>
    public Task<HttpResponseMessage> ChatAsync(string key, string body, params (string Name, string Value)[] headers) =>
        PostAsync("/v1/chat/completions", body, [("Authorization", $"Bearer {key}"), .. headers]);

    /// <summary>Sends a request for a response, as an OpenAI client does.</summary>
    public Task<HttpResponseMessage> ResponsesAsync(string key, string body, params (string Name, string Value)[] headers) =>
        PostAsync("/v1/responses", body, [("Authorization", $"Bearer {key}"), .. headers]);

    /// <summary>Sends a request as an Anthropic client does.</summary>
    public Task<HttpResponseMessage> MessagesAsync(string key, string body, params (string Name, string Value)[] headers) =>
        PostAsync("/v1/messages", body, [("x-api-key", key), ("anthropic-version", "2023-06-01"), .. headers]);

    public async Task<HttpResponseMessage> PostAsync(string path, string body, params (string Name, string Value)[] headers)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, path)
        {
            Content = new StringContent(body, Encoding.UTF8, "application/json"),
        };
        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        return await Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
    }

    /// <summary>The decision of the request that a response answers, once it's settled.</summary>
    public Task<JsonNode?> ExplainAsync(HttpResponseMessage response) =>
        AdminAsync(HttpMethod.Get, $"/requests/{response.Headers.GetValues("x-purser-request-id").Single()}");

    /// <summary>How many attempts hold money.</summary>
    public async Task<int> OpenReservationsAsync() =>
        (await AdminAsync(HttpMethod.Get, "/status"))!["journal"]!["open_reservations"]!.GetValue<int>();

    /// <summary>Waits until no attempt holds money any more.</summary>
    public async Task SettledAsync()
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(10));
        while (await OpenReservationsAsync() > 0)
        {
            await timer.WaitForNextTickAsync(patience.Token);
        }
    }

    /// <summary>Stops it, as a signal would.</summary>
    public ValueTask StopAsync() => host.DisposeAsync();

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await host.DisposeAsync();
        await Upstream.DisposeAsync();
        System.IO.Directory.Delete(Directory, recursive: true);
    }
}
