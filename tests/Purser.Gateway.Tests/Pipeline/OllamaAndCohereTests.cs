using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Purser.Core.Pricing;
using Purser.Gateway.Pipeline;
using Xunit;

namespace Purser.Gateway.Tests.Pipeline;

/// <summary>Ollama's and Cohere's own APIs, from their own clients. Prices are $1 and $2 per million, and $0.002 for a search unit.</summary>
public sealed class OllamaAndCohereTests
{
    private const string OllamaPrices = """
        provider: ollama
        models:
          - id: llama-test
            context_tokens: 100000
            max_output_tokens: 64000
            prices:
              - start: unknown
                source: made up for tests
                input_per_mtok: 1
                output_per_mtok: 2
        """;

    private const string CoherePrices = """
        provider: cohere
        models:
          - id: command-test
            context_tokens: 100000
            max_output_tokens: 64000
            prices:
              - start: unknown
                source: made up for tests
                input_per_mtok: 1
                output_per_mtok: 2
          - id: embed-test
            prices:
              - start: unknown
                source: made up for tests
                input_per_mtok: 1
          - id: rerank-test
            prices:
              - start: unknown
                source: made up for tests
                search_unit_per_call: 0.002
        """;

    private const string Line =
        "{\"model\":\"llama-test\",\"created_at\":\"t\",\"message\":{\"role\":\"assistant\",\"content\":\"TEXT\"},\"done\":false}\n";
    private const string Done =
        "{\"model\":\"llama-test\",\"created_at\":\"t\",\"message\":{\"role\":\"assistant\",\"content\":\"\"},\"done\":true,\"done_reason\":\"stop\",\"total_duration\":1000,\"prompt_eval_count\":26,\"eval_count\":282}\n";
    private const string Chat = """{"model":"llama-test","messages":[{"role":"user","content":"hi"}]}""";

    private static async Task<TestGateway> StartAsync() =>
        await TestGateway.StartAsync(options: options =>
            options with
            {
                PriceFiles = [.. options.PriceFiles, new PriceFile("ollama.yml", OllamaPrices), new PriceFile("cohere.yml", CoherePrices)],
                Providers =
                [
                    .. options.Providers,
                    options.Providers[1] with
                    {
                        Name = "ollama",
                        Api = "ollama",
                        ApiKey = "",
                    },
                    options.Providers[1] with
                    {
                        Name = "cohere",
                        Api = "cohere",
                        ApiKey = "co-provider-secret",
                    },
                ],
            }
        );

    private static Task<HttpResponseMessage> PostAsync(TestGateway gateway, string key, string path, string body) =>
        gateway.PostAsync(path, body, ("Authorization", $"Bearer {key}"));

    private static async Task LinesAsync(HttpContext http, params string[] lines)
    {
        http.Response.ContentType = "application/x-ndjson";
        foreach (var line in lines)
        {
            await http.Response.WriteAsync(line);
            await http.Response.Body.FlushAsync();
        }
    }

    [Fact]
    public async Task A_chat_with_Ollama_is_streamed_relayed_and_charged_without_a_key_of_anyones_going_on()
    {
        await using var gateway = await StartAsync();
        var key = await gateway.KeyAsync();
        gateway.Upstream.Answer = http => LinesAsync(http, Line, Done);

        using var response = await PostAsync(gateway, key, "/api/chat", Chat);
        var answer = await response.Content.ReadAsStringAsync();
        await gateway.SettledAsync();

        Assert.Equal((Line + Done, "application/x-ndjson"), (answer, response.Content.Headers.ContentType!.MediaType));
        var sent = Assert.Single(gateway.Upstream.Requests);
        Assert.Equal(("/api/chat", Chat), (sent.Target, sent.Body));
        Assert.False(sent.Headers.ContainsKey("Authorization"));
        var attempt = (await gateway.ExplainAsync(response))!["attempts"]![0]!;
        Assert.Equal(("completed", false), (attempt["outcome"]!.GetValue<string>(), attempt["estimated"]!.GetValue<bool>()));
        Assert.Equal("0.000590000", attempt["cost_usd"]!.GetValue<string>());
    }

    [Fact]
    public async Task A_whole_completion_and_embeddings_of_Ollama_are_charged_by_their_counts()
    {
        await using var gateway = await StartAsync();
        var key = await gateway.KeyAsync();
        gateway.Upstream.Answer = http =>
            RecordingUpstream.JsonAsync(
                http,
                200,
                http.Request.Path == "/api/embed"
                    ? """{"model":"llama-test","embeddings":[[0.1]],"prompt_eval_count":8}"""
                    : """{"model":"llama-test","response":"hello","done":true,"done_reason":"stop","prompt_eval_count":26,"eval_count":7}"""
            );

        using var whole = await PostAsync(gateway, key, "/api/generate", """{"model":"llama-test","prompt":"hi","stream":false}""");
        using var embedded = await PostAsync(gateway, key, "/api/embed", """{"model":"llama-test","input":["a","b"]}""");

        Assert.Equal("0.000040000", whole.Headers.GetValues("x-purser-cost-usd").Single());
        Assert.Equal("0.000008000", embedded.Headers.GetValues("x-purser-cost-usd").Single());
    }

    [Fact]
    public async Task A_refusal_of_an_Ollama_client_says_why_in_the_status_line_too()
    {
        await using var gateway = await StartAsync();
        var key = await gateway.KeyAsync(0.000000001m);

        using var refused = await PostAsync(gateway, key, "/api/chat", Chat);

        Assert.Equal(402, (int)refused.StatusCode);
        var error = JsonNode.Parse(await refused.Content.ReadAsStringAsync())!["error"]!.GetValue<string>();
        Assert.Contains("purser asks create", error, StringComparison.Ordinal);
        Assert.Equal(error.Replace("…", "...", StringComparison.Ordinal), refused.ReasonPhrase);
    }

    [Fact]
    public void A_reason_phrase_is_one_line_of_ASCII_whatever_it_names() =>
        Assert.Equal("no 'm??x-evil: 1?', ...", ReasonPhrase.Of("no 'm\r\nx-evil: 1ö', …"));

    [Fact]
    public async Task A_stream_of_lines_that_a_budget_has_no_room_for_ends_with_a_last_line_and_never_overspends()
    {
        await using var gateway = await StartAsync();
        var key = await gateway.KeyAsync(0.02m);
        var cancelled = new TaskCompletionSource();
        gateway.Upstream.Answer = async http =>
        {
            http.RequestAborted.Register(() => cancelled.TrySetResult());
            http.Response.ContentType = "application/x-ndjson";
            while (true)
            {
                http.RequestAborted.ThrowIfCancellationRequested();
                await http.Response.WriteAsync(
                    Line.Replace("TEXT", new string('x', 256), StringComparison.Ordinal),
                    CancellationToken.None
                );
                await http.Response.Body.FlushAsync(CancellationToken.None);
                await Task.Delay(1, CancellationToken.None);
            }
        };

        using var response = await PostAsync(gateway, key, "/api/chat", Chat);
        var lines = (await response.Content.ReadAsStringAsync()).TrimEnd('\n').Split('\n');
        await cancelled.Task.WaitAsync(TimeSpan.FromSeconds(10));
        await gateway.SettledAsync();

        var last = JsonNode.Parse(lines[^1])!;
        Assert.Equal((true, "length"), (last["done"]!.GetValue<bool>(), last["done_reason"]!.GetValue<string>()));
        Assert.Contains("purser asks create req_", last["message"]!["content"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Equal("cut_off", (await gateway.ExplainAsync(response))!["outcome"]!.GetValue<string>());
        Assert.InRange(await SpentAsync(gateway), 0.005m, 0.02m);
    }

    [Fact]
    public async Task Ollamas_clients_find_models_a_version_and_refusals_in_their_form()
    {
        await using var gateway = await StartAsync();
        var key = await gateway.KeyAsync(0.000001m);
        using var tags = new HttpRequestMessage(HttpMethod.Get, "/api/tags");
        tags.Headers.TryAddWithoutValidation("Authorization", $"Bearer {key}");

        using var list = await gateway.Client.SendAsync(tags);
        using var shown = await PostAsync(gateway, key, "/api/show", """{"model":"llama-test"}""");
        using var unknown = await PostAsync(gateway, key, "/api/show", """{"name":"none"}""");
        using var refused = await PostAsync(gateway, key, "/api/chat", Chat);
        using var nobody = await gateway.PostAsync("/api/chat", Chat);
        var version = await gateway.Client.GetStringAsync(new Uri("/api/version", UriKind.Relative));

        var providers = (await gateway.AdminAsync(HttpMethod.Get, "/status"))!["providers"]!.AsArray();
        Assert.True(providers.Single(provider => provider!["name"]!.GetValue<string>() == "ollama")!["has_key"]!.GetValue<bool>());
        var models = JsonNode.Parse(await list.Content.ReadAsStringAsync())!["models"]!.AsArray();
        // Those of other vendors can be asked in its format too.
        Assert.Contains("llama-test", models.Select(model => model!["name"]!.GetValue<string>()));
        var info = JsonNode.Parse(await shown.Content.ReadAsStringAsync())!;
        Assert.Equal(100000, info["model_info"]!["unknown.context_length"]!.GetValue<long>());
        Assert.Equal((404, 402, 401), ((int)unknown.StatusCode, (int)refused.StatusCode, (int)nobody.StatusCode));
        var error = JsonNode.Parse(await refused.Content.ReadAsStringAsync())!;
        Assert.Equal("budget_exceeded", error["code"]!.GetValue<string>());
        Assert.Contains("purser asks create req_", error["error"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.NotNull(JsonNode.Parse(version)!["version"]);
        Assert.Empty(gateway.Upstream.Requests);
    }

    [Fact]
    public async Task A_chat_with_Cohere_is_streamed_relayed_and_charged_by_its_billed_units()
    {
        await using var gateway = await StartAsync();
        var key = await gateway.KeyAsync();
        const string stream =
            "event: message-start\ndata: {\"id\":\"8849\",\"type\":\"message-start\",\"delta\":{\"message\":{\"role\":\"assistant\"}}}\n\n"
            + "event: content-start\ndata: {\"type\":\"content-start\",\"index\":0,\"delta\":{\"message\":{\"content\":{\"type\":\"text\",\"text\":\"\"}}}}\n\n"
            + "event: content-end\ndata: {\"type\":\"content-end\",\"index\":0}\n\n"
            + "event: message-end\ndata: {\"type\":\"message-end\",\"delta\":{\"finish_reason\":\"COMPLETE\",\"usage\":{\"billed_units\":{\"input_tokens\":5,\"output_tokens\":2},\"tokens\":{\"input_tokens\":500,\"output_tokens\":5}}}}\n\n";
        gateway.Upstream.Answer = http => RecordingUpstream.EventsAsync(http, stream);

        using var response = await PostAsync(
            gateway,
            key,
            "/v2/chat",
            """{"model":"command-test","stream":true,"messages":[{"role":"user","content":"hi"}]}"""
        );
        var answer = await response.Content.ReadAsStringAsync();
        await gateway.SettledAsync();

        Assert.Equal(stream + ": x-purser-cost-usd=0.000009000\n\n", answer);
        var sent = Assert.Single(gateway.Upstream.Requests);
        Assert.Equal(("/v2/chat", "Bearer co-provider-secret"), (sent.Target, sent.Headers["Authorization"]));
        var attempt = (await gateway.ExplainAsync(response))!["attempts"]![0]!;
        Assert.Equal(("completed", false), (attempt["outcome"]!.GetValue<string>(), attempt["estimated"]!.GetValue<bool>()));
    }

    [Fact]
    public async Task Embeddings_and_rerankings_of_Cohere_are_held_and_charged_by_what_they_are_billed_by()
    {
        await using var gateway = await StartAsync();
        var (key, poor) = (await gateway.KeyAsync(), await gateway.KeyAsync(0.001m));
        const string rerank = """{"model":"rerank-test","query":"q","documents":["a","b"]}""";
        gateway.Upstream.Answer = http =>
            RecordingUpstream.JsonAsync(
                http,
                200,
                http.Request.Path == "/v2/embed"
                    ? """{"id":"e","embeddings":{"float":[[0.1]]},"meta":{"billed_units":{"input_tokens":12}}}"""
                    : """{"id":"r","results":[],"meta":{"billed_units":{"search_units":1}}}"""
            );

        using var embedded = await PostAsync(
            gateway,
            key,
            "/v2/embed",
            """{"model":"embed-test","texts":["a"],"input_type":"search_query"}"""
        );
        using var ranked = await PostAsync(gateway, key, "/v2/rerank", rerank);
        using var refused = await PostAsync(gateway, poor, "/v2/rerank", rerank);
        using var wrong = await PostAsync(gateway, key, "/v2/chat", """{"model":"rerank-test","messages":[]}""");
        gateway.Upstream.Answer = http => RecordingUpstream.JsonAsync(http, 200, """{"id":"r","results":[]}""");
        using var unstated = await PostAsync(gateway, key, "/v2/rerank", rerank);

        Assert.Equal("0.000012000", embedded.Headers.GetValues("x-purser-cost-usd").Single());
        Assert.Equal("0.002000000", ranked.Headers.GetValues("x-purser-cost-usd").Single());
        Assert.Equal("0.002000000", unstated.Headers.GetValues("x-purser-cost-usd").Single());
        Assert.Equal((402, 400), ((int)refused.StatusCode, (int)wrong.StatusCode));
        Assert.Equal("budget_exceeded", JsonNode.Parse(await refused.Content.ReadAsStringAsync())!["code"]!.GetValue<string>());
    }

    private static async Task<decimal> SpentAsync(TestGateway gateway)
    {
        var report = await gateway.AdminAsync(HttpMethod.Get, "/reports/spend");
        return decimal.Parse(report!["total"]!["cost_usd"]!.GetValue<string>(), CultureInfo.InvariantCulture);
    }
}
