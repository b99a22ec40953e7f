using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Time.Testing;

namespace Purser.Simulator.Tests;

/// <summary>A simulator on a free port, and a client that speaks to it in raw bytes.</summary>
internal sealed partial class SimulatorUnderTest : IAsyncDisposable
{
    private readonly RunningSimulator running;

    private SimulatorUnderTest(RunningSimulator running)
    {
        this.running = running;
        Client = new HttpClient { BaseAddress = running.Address };
    }

    public HttpClient Client { get; }

    public Uri Address => running.Address;

    /// <summary>Starts a simulator whose clock stands at 2026-01-01T00:00:00Z (Unix second 1767225600) unless told otherwise.</summary>
    public static async Task<SimulatorUnderTest> StartAsync(SimulatorOptions? options = null, TimeProvider? time = null) =>
        new(
            await Simulator.StartAsync(
                (options ?? new SimulatorOptions()) with
                {
                    Listen = new Uri("http://127.0.0.1:0"),
                    Time = time ?? new FakeTimeProvider(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero)),
                },
                TestContext.Current.CancellationToken
            )
        );

    public Task<HttpResponseMessage> OpenAIAsync(string body, params (string Name, string Value)[] headers) =>
        SendAsync("/v1/chat/completions", body, [("Authorization", "Bearer sk-test"), .. headers]);

    public Task<HttpResponseMessage> ResponsesAsync(string body) => SendAsync("/v1/responses", body, [("Authorization", "Bearer sk-test")]);

    public Task<HttpResponseMessage> AnthropicAsync(string body, params (string Name, string Value)[] headers) =>
        SendAsync("/v1/messages", body, [("x-api-key", "sk-ant-test"), ("anthropic-version", "2023-06-01"), .. headers]);

    public async Task<string> OpenAITextAsync(string body) => await TextAsync(await OpenAIAsync(body));

    public async Task<string> AnthropicTextAsync(string body) => await TextAsync(await AnthropicAsync(body));

    public async Task<HttpResponseMessage> SendAsync(string path, string body, (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path)
        {
            Content = new StringContent(body, Encoding.UTF8, "application/json"),
            Version = HttpVersion.Version11,
        };
        foreach (var (name, value) in headers)
        {
            request.Headers.Add(name, value);
        }

        return await Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
    }

    /// <summary>Posts to Gemini's API with its key.</summary>
    public Task<HttpResponseMessage> GeminiAsync(string pathAfterModels, string body) =>
        SendAsync("/v1beta/models/" + pathAfterModels, body, [("x-goog-api-key", "AIza-test")]);

    /// <summary>Posts with a bearer token.</summary>
    public Task<HttpResponseMessage> PostAsync(string path, string body) => SendAsync(path, body, [("Authorization", "Bearer token")]);

    /// <summary>The JSON of an answer, whatever its status.</summary>
    public static async Task<JsonElement> JsonAsync(Task<HttpResponseMessage> response) =>
        JsonDocument.Parse(await TextAsync(await response)).RootElement;

    /// <summary>The JSON of a stream's events.</summary>
    public static async Task<List<JsonElement>> EventsAsync(Task<HttpResponseMessage> response)
    {
        var text = (await TextAsync(await response)).ReplaceLineEndings("\n");
        return
        [
            .. text.Split('\n')
                .Where(line => line.StartsWith("data: {", StringComparison.Ordinal))
                .Select(line => JsonDocument.Parse(line[6..]).RootElement),
        ];
    }

    public static async Task<string> TextAsync(HttpResponseMessage response)
    {
        using (response)
        {
            return await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        }
    }

    /// <summary>The record's lines after a sequence number, by any further filter.</summary>
    public async Task<List<RecordLine>> RecordsAsync(string query = "")
    {
        var text = await Client.GetStringAsync("/simulator/records" + query, TestContext.Current.CancellationToken);
        return [.. text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(RecordLine.Parse)];
    }

    /// <summary>Asks until no request is in flight: the simulator notices a client that left only when it looks at the socket.</summary>
    public async Task<List<RecordLine>> RecordsWhenIdleAsync()
    {
        while (
            !(await Client.GetStringAsync("/simulator/summary", TestContext.Current.CancellationToken)).StartsWith(
                "{\"in_flight\":0,",
                StringComparison.Ordinal
            )
        )
        {
            await Task.Yield();
        }

        return await RecordsAsync();
    }

    /// <summary>Replaces what is drawn from the seed, by its exact shape: ids by <c>ID</c>, the words of texts by <c>W</c>.</summary>
    public static string Masked(string text)
    {
        text = Drawn().Replace(text, match => match.Groups[1].Value + "ID");
        text = ResponseId().Replace(text, "ID");
        return Words().Replace(text, match => match.Groups[1].Value + Word().Replace(match.Groups[2].Value, "W") + "\"");
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await running.DisposeAsync();
    }

    [GeneratedRegex(
        "(chatcmpl-(?=[0-9A-Za-z]{29}\\b)|(?:resp|rs|msg|fc)_(?=[0-9a-f]{50}\\b)|call_(?=[0-9A-Za-z]{24}\\b)|fp_(?=[0-9a-f]{10}\\b)|msg_01(?=[1-9A-HJ-NP-Za-km-z]{22}\\b)"
            + "|toolu_01(?=[1-9A-HJ-NP-Za-km-z]{22}\\b)|req_011C(?=[1-9A-HJ-NP-Za-km-z]{20}\\b)|EqQB(?=[0-9A-Za-z]{96}\\b))[0-9A-Za-z]+"
    )]
    private static partial Regex Drawn();

    [GeneratedRegex("(?<=\"responseId\": \")[-_0-9A-Za-z]{23}(?=\")")]
    private static partial Regex ResponseId();

    [GeneratedRegex("(\"(?:content|text|delta|thinking)\": ?\")((?: ?[a-zI]{1,5})+)\"")]
    private static partial Regex Words();

    [GeneratedRegex("[a-zI]{1,5}")]
    private static partial Regex Word();
}
