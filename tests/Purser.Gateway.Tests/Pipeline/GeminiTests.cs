using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Purser.Core.Pricing;
using Xunit;

namespace Purser.Gateway.Tests.Pipeline;

/// <summary>Gemini's own API, from its own clients. Prices are $1 and $2 per million, so an answer of 64,000 tokens costs up to $0.128.</summary>
public sealed class GeminiTests
{
    private const string Prices = """
        provider: google
        models:
          - id: gemini-test
            context_tokens: 1000000
            max_output_tokens: 64000
            prices:
              - start: unknown
                source: made up for tests
                input_per_mtok: 1
                cache_read_per_mtok: 0.1
                output_per_mtok: 2
          - id: gemini-embedding-test
            context_tokens: 2000
            prices:
              - start: unknown
                source: made up for tests
                input_per_mtok: 1
          - id: claude-test
            context_tokens: 200000
            max_output_tokens: 64000
            prices:
              - start: unknown
                source: made up for tests
                input_per_mtok: 1
                output_per_mtok: 2
        """;

    private const string Path = "/v1beta/models/gemini-test";
    private const string Body = """{"contents":[{"role":"user","parts":[{"text":"hi"}]}],"generationConfig":{"maxOutputTokens":100}}""";

    // Recorded, but for its figures: 1,000 tokens in, 100 of them cached; 20 out, and 300 of thoughts.
    private const string Answer =
        """{"candidates":[{"content":{"parts":[{"text":"hello","thoughtSignature":"EmcK"}],"role":"model"},"finishReason":"STOP","index":0}],"usageMetadata":{"promptTokenCount":1000,"cachedContentTokenCount":100,"candidatesTokenCount":20,"totalTokenCount":1320,"promptTokensDetails":[{"modality":"TEXT","tokenCount":1000}],"thoughtsTokenCount":300,"serviceTier":"standard"},"modelVersion":"gemini-test","responseId":"r1"}""";

    private static async Task<TestGateway> StartAsync() =>
        await TestGateway.StartAsync(options: options =>
            options with
            {
                PriceFiles = [.. options.PriceFiles, new PriceFile("google.yml", Prices)],
                Providers =
                [
                    .. options.Providers,
                    options.Providers[1] with
                    {
                        Name = "gemini",
                        Api = "gemini",
                        ApiKey = "AIza-provider-secret",
                    },
                ],
            }
        );

    private static Task<HttpResponseMessage> PostAsync(TestGateway gateway, string key, string path, string body = Body) =>
        gateway.PostAsync(path, body, ("x-goog-api-key", key));

    private static string Event(string text, string rest = "") =>
        $"data: {{\"candidates\": [{{\"content\": {{\"parts\": [{{\"text\": \"{text}\"}}],\"role\": \"model\"}}{rest},\"index\": 0}}],\"modelVersion\": \"gemini-test\"}}\r\n\r\n";

    private const string Last =
        "data: {\"candidates\": [{\"content\": {\"parts\": [{\"text\": \"\"}],\"role\": \"model\"},\"finishReason\": \"STOP\",\"index\": 0}],\"usageMetadata\": {\"promptTokenCount\": 10,\"candidatesTokenCount\": 5,\"totalTokenCount\": 15},\"modelVersion\": \"gemini-test\"}\r\n\r\n";

    [Theory]
    [InlineData("/v1beta/models/gemini-test:generateContent")]
    [InlineData("/v1/models/gemini-test:generateContent")]
    [InlineData("/v1beta/models/gemini%2Fgemini-test:generateContent")]
    [InlineData("/v1/projects/p/locations/global/publishers/google/models/gemini-test:generateContent")]
    [InlineData("/v1beta1/projects/p/locations/us-central1/publishers/google/models/gemini-test:generateContent")]
    public async Task A_whole_answer_is_relayed_and_charged_by_its_usage(string path)
    {
        await using var gateway = await StartAsync();
        var key = await gateway.KeyAsync();
        gateway.Upstream.Answer = http => RecordingUpstream.JsonAsync(http, 200, Answer);

        using var response = await PostAsync(gateway, key, path + "?$httpHeaders=x-evil%3A1&fields=candidates");

        Assert.Equal(Answer, await response.Content.ReadAsStringAsync());
        // 900 fresh, 100 cached, 320 out.
        Assert.Equal("0.001550000", response.Headers.GetValues("x-purser-cost-usd").Single());
        var sent = Assert.Single(gateway.Upstream.Requests);
        Assert.Equal((Path + ":generateContent", Body), (sent.Target, sent.Body));
        Assert.Equal("AIza-provider-secret", sent.Headers["x-goog-api-key"]);
        await gateway.SettledAsync();
        var story = (await gateway.ExplainAsync(response))!;
        var attempt = story["attempts"]![0]!;
        Assert.Equal(("completed", false), (attempt["outcome"]!.GetValue<string>(), attempt["estimated"]!.GetValue<bool>()));
        Assert.Equal("0.001550000", attempt["cost_usd"]!.GetValue<string>());
    }

    [Fact]
    public async Task A_key_in_the_query_is_taken_and_goes_no_further()
    {
        await using var gateway = await StartAsync();
        var key = await gateway.KeyAsync();
        gateway.Upstream.Answer = http => RecordingUpstream.JsonAsync(http, 200, Answer);

        using var response = await gateway.PostAsync($"{Path}:generateContent?key={key}", Body, ("x-http-method-override", "DELETE"));

        Assert.Equal(200, (int)response.StatusCode);
        var sent = Assert.Single(gateway.Upstream.Requests);
        Assert.DoesNotContain(key, sent.Target, StringComparison.Ordinal);
        Assert.DoesNotContain(sent.Headers, header => header.Value.Contains(key, StringComparison.Ordinal));
        Assert.False(sent.Headers.ContainsKey("x-http-method-override"));
    }

    [Fact]
    public async Task A_stream_of_events_is_relayed_and_charged_by_its_last_usage()
    {
        await using var gateway = await StartAsync();
        var key = await gateway.KeyAsync();
        gateway.Upstream.Answer = http => RecordingUpstream.EventsAsync(http, Event("hel"), Event("lo"), Last);

        using var response = await PostAsync(gateway, key, Path + ":streamGenerateContent?alt=sse");
        var answer = await response.Content.ReadAsStringAsync();
        await gateway.SettledAsync();

        // And no comment with the cost: Google's own libraries fail at one.
        Assert.Equal(Event("hel") + Event("lo") + Last, answer);
        Assert.Equal(Path + ":streamGenerateContent?alt=sse", Assert.Single(gateway.Upstream.Requests).Target);
        var attempt = (await gateway.ExplainAsync(response))!["attempts"]![0]!;
        Assert.Equal(("completed", false), (attempt["outcome"]!.GetValue<string>(), attempt["estimated"]!.GetValue<bool>()));
    }

    [Fact]
    public async Task A_stream_without_events_is_an_array_whose_provider_is_asked_for_events()
    {
        await using var gateway = await StartAsync();
        var key = await gateway.KeyAsync();
        gateway.Upstream.Answer = http => RecordingUpstream.EventsAsync(http, Event("hel"), Event("lo"), Last);

        using var response = await PostAsync(gateway, key, Path + ":streamGenerateContent");
        var answer = JsonNode.Parse(await response.Content.ReadAsStringAsync())!.AsArray();

        Assert.Equal("application/json", response.Content.Headers.ContentType!.MediaType);
        Assert.Equal(3, answer.Count);
        Assert.Equal("STOP", answer[2]!["candidates"]![0]!["finishReason"]!.GetValue<string>());
        Assert.Equal(Path + ":streamGenerateContent?alt=sse", Assert.Single(gateway.Upstream.Requests).Target);
    }

    [Theory]
    [InlineData("?alt=sse")]
    [InlineData("")]
    public async Task A_stream_that_a_budget_has_no_room_for_is_cut_off_in_its_own_protocol_and_never_overspends(string query)
    {
        await using var gateway = await StartAsync();
        var key = await gateway.KeyAsync(0.02m);
        var cancelled = new TaskCompletionSource();
        gateway.Upstream.Answer = async http =>
        {
            http.RequestAborted.Register(() => cancelled.TrySetResult());
            http.Response.ContentType = "text/event-stream";
            while (true)
            {
                http.RequestAborted.ThrowIfCancellationRequested();
                await http.Response.WriteAsync(Event(new string('x', 256)), CancellationToken.None);
                await http.Response.Body.FlushAsync(CancellationToken.None);
                await Task.Delay(1, CancellationToken.None);
            }
        };

        using var response = await PostAsync(
            gateway,
            key,
            Path + ":streamGenerateContent" + query,
            Body.Replace("100", "64000", StringComparison.Ordinal)
        );
        var text = await response.Content.ReadAsStringAsync();
        await cancelled.Task.WaitAsync(TimeSpan.FromSeconds(10));
        await gateway.SettledAsync();

        var last =
            query.Length > 0
                ? JsonNode.Parse(text.Split('\n').Last(line => line.StartsWith("data: ", StringComparison.Ordinal))[6..])!
                : JsonNode.Parse(text)!.AsArray()[^1]!;
        var candidate = last["candidates"]![0]!;
        Assert.Equal("MAX_TOKENS", candidate["finishReason"]!.GetValue<string>());
        Assert.Contains(
            "purser asks create req_",
            candidate["content"]!["parts"]![0]!["text"]!.GetValue<string>(),
            StringComparison.Ordinal
        );
        Assert.Equal("cut_off", (await gateway.ExplainAsync(response))!["outcome"]!.GetValue<string>());
        Assert.InRange(await SpentAsync(gateway), 0.005m, 0.02m);
    }

    [Fact]
    public async Task An_answer_that_cant_be_watched_is_limited_to_what_is_affordable()
    {
        await using var gateway = await StartAsync();
        var key = await gateway.KeyAsync(0.02m);
        gateway.Upstream.Answer = http => RecordingUpstream.JsonAsync(http, 200, Answer);

        using var response = await PostAsync(gateway, key, Path + ":generateContent", """{"contents":[{"parts":[{"text":"hi"}]}]}""");

        Assert.Equal(200, (int)response.StatusCode);
        var lowered = long.Parse(response.Headers.GetValues("x-purser-max-output-tokens").Single(), CultureInfo.InvariantCulture);
        var sent = JsonNode.Parse(Assert.Single(gateway.Upstream.Requests).Body)!;
        Assert.Equal(lowered, sent["generationConfig"]!["maxOutputTokens"]!.GetValue<long>());
        Assert.InRange(lowered, 9900, 9999);
    }

    [Fact]
    public async Task A_refusal_is_in_Googles_form_and_nothing_is_sent()
    {
        await using var gateway = await StartAsync();
        var key = await gateway.KeyAsync(0.000001m);

        using var refused = await PostAsync(gateway, key, Path + ":generateContent");
        using var unknown = await PostAsync(gateway, key, "/v1beta/models/gemini-none:generateContent");
        using var nobody = await PostAsync(gateway, "pk.wrong", Path + ":generateContent");
        using var claude = await PostAsync(
            gateway,
            key,
            "/v1beta/models/claude-test:embedContent",
            """{"content":{"parts":[{"text":"hi"}]}}"""
        );

        var error = JsonNode.Parse(await refused.Content.ReadAsStringAsync())!["error"]!;
        Assert.Equal(
            (402, 402, "FAILED_PRECONDITION"),
            ((int)refused.StatusCode, error["code"]!.GetValue<int>(), error["status"]!.GetValue<string>())
        );
        var info = error["details"]![0]!;
        Assert.Equal(
            ("budget_exceeded", "usd"),
            (info["reason"]!.GetValue<string>(), info["metadata"]!["budget_unit"]!.GetValue<string>())
        );
        Assert.Equal((404, 401, 400), ((int)unknown.StatusCode, (int)nobody.StatusCode, (int)claude.StatusCode));
        Assert.Equal("NOT_FOUND", JsonNode.Parse(await unknown.Content.ReadAsStringAsync())!["error"]!["status"]!.GetValue<string>());
        Assert.Empty(gateway.Upstream.Requests);
    }

    [Fact]
    public async Task What_a_search_can_come_to_is_bounded_and_has_to_have_a_price()
    {
        await using var gateway = await StartAsync();
        var key = await gateway.KeyAsync();

        using var response = await PostAsync(gateway, key, Path + ":generateContent", """{"contents":[],"tools":[{"googleSearch":{}}]}""");

        Assert.Equal(402, (int)response.StatusCode);
        Assert.Empty(gateway.Upstream.Requests);
    }

    [Fact]
    public async Task Embeddings_are_charged_by_their_usage_or_by_what_they_can_be_at_most()
    {
        await using var gateway = await StartAsync();
        var key = await gateway.KeyAsync();
        const string body = """{"requests":[{"model":"models/gemini-embedding-test","content":{"parts":[{"text":"a"}]}}]}""";
        gateway.Upstream.Answer = http =>
            RecordingUpstream.JsonAsync(http, 200, """{"embeddings":[{"values":[0.5]}],"usageMetadata":{"promptTokenCount":12}}""");

        using var exact = await PostAsync(gateway, key, "/v1beta/models/gemini-embedding-test:batchEmbedContents", body);
        gateway.Upstream.Answer = http => RecordingUpstream.JsonAsync(http, 200, """{"embedding":{"values":[0.5]}}""");
        using var estimated = await PostAsync(
            gateway,
            key,
            "/v1beta/models/gemini-embedding-test:embedContent",
            """{"content":{"parts":[{"text":"a"}]}}"""
        );

        Assert.Equal("0.000012000", exact.Headers.GetValues("x-purser-cost-usd").Single());
        Assert.Equal("0.000036000", estimated.Headers.GetValues("x-purser-cost-usd").Single());
        Assert.Equal(
            ["/v1beta/models/gemini-embedding-test:batchEmbedContents", "/v1beta/models/gemini-embedding-test:embedContent"],
            gateway.Upstream.Requests.Select(sent => sent.Target)
        );
    }

    [Fact]
    public async Task Video_and_images_are_billed_as_text_where_the_price_has_one_rate()
    {
        await using var gateway = await StartAsync();
        var key = await gateway.KeyAsync();
        gateway.Upstream.Answer = http =>
            RecordingUpstream.JsonAsync(
                http,
                200,
                """{"candidates":[],"usageMetadata":{"promptTokenCount":100,"totalTokenCount":100,"promptTokensDetails":[{"modality":"IMAGE","tokenCount":30},{"modality":"VIDEO","tokenCount":60}]},"modelVersion":"gemini-test"}"""
            );

        using var response = await PostAsync(
            gateway,
            key,
            Path + ":generateContent",
            """{"contents":[{"parts":[{"inlineData":{"mimeType":"video/mp4","data":"AA=="}}]}]}"""
        );

        Assert.Equal("0.000100000", response.Headers.GetValues("x-purser-cost-usd").Single());
    }

    [Fact]
    public async Task A_count_of_tokens_is_the_providers_or_an_estimate()
    {
        await using var gateway = await StartAsync();
        var key = await gateway.KeyAsync();
        gateway.Upstream.Answer = http => RecordingUpstream.JsonAsync(http, 200, """{"totalTokens":10}""");
        using var counted = await PostAsync(gateway, key, Path + ":countTokens");
        gateway.Upstream.Answer = http => RecordingUpstream.JsonAsync(http, 404, "not json");
        using var estimated = await PostAsync(gateway, key, Path + ":countTokens", $$"""{"generateContentRequest":{{Body}}}""");
        using var empty = await PostAsync(gateway, key, Path + ":countTokens", "{}");

        Assert.Equal("provider", counted.Headers.GetValues("x-purser-token-count").Single());
        Assert.Equal("""{"totalTokens":10}""", await counted.Content.ReadAsStringAsync());
        Assert.StartsWith("estimate", estimated.Headers.GetValues("x-purser-token-count").Single(), StringComparison.Ordinal);
        var tokens = JsonNode.Parse(await estimated.Content.ReadAsStringAsync())!["totalTokens"]!.GetValue<long>();
        Assert.InRange(tokens, 5, 12);
        Assert.Equal(400, (int)empty.StatusCode);
        Assert.Equal(Path + ":countTokens", gateway.Upstream.Requests.First().Target);
    }

    [Fact]
    public async Task Models_are_listed_in_Googles_form_those_that_can_be_asked_in_it()
    {
        await using var gateway = await StartAsync();
        var key = await gateway.KeyAsync();

        var list = JsonNode.Parse(await GetAsync(gateway, key, "/v1beta/models"))!["models"]!.AsArray();
        var one = JsonNode.Parse(await GetAsync(gateway, key, "/v1beta/models/gemini-test"))!;
        var google = JsonNode.Parse(await GetAsync(gateway, key, "/v1/models"))!;
        using var none = await gateway.Client.GetAsync(new Uri($"/v1beta/models/gemini-none?key={key}", UriKind.Relative));

        var names = list.Select(model => model!["name"]!.GetValue<string>()).ToList();
        Assert.Contains("models/gemini-embedding-test", names);
        Assert.Contains("models/gemini-test", names);
        // Asked in this format, requests for it are translated.
        Assert.Contains("models/claude-test", names);
        Assert.Equal(64000, one["outputTokenLimit"]!.GetValue<long>());
        Assert.Equal(names.Count, google["models"]!.AsArray().Count);
        Assert.Equal(404, (int)none.StatusCode);
    }

    private static async Task<string> GetAsync(TestGateway gateway, string key, string path)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Add("x-goog-api-key", key);
        using var response = await gateway.Client.SendAsync(request);
        return await response.Content.ReadAsStringAsync();
    }

    private static async Task<decimal> SpentAsync(TestGateway gateway)
    {
        var report = await gateway.AdminAsync(HttpMethod.Get, "/reports/spend");
        return decimal.Parse(report!["total"]!["cost_usd"]!.GetValue<string>(), CultureInfo.InvariantCulture);
    }
}
