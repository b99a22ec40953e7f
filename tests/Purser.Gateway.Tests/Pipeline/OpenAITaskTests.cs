using System.Net;
using System.Text;
using Microsoft.AspNetCore.Http;
using Purser.Core.Pricing;
using Xunit;

namespace Purser.Gateway.Tests.Pipeline;

/// <summary>Embeddings, moderations, images, audio and rankings: what is held, what is charged, what the client gets.</summary>
public sealed class OpenAITaskTests
{
    private const string Prices = """
        provider: openai
        models:
          - id: embed
            prices: [{ start: unknown, source: made up for tests, input_per_mtok: 1 }]
          - id: moderate
            prices: [{ start: unknown, source: made up for tests, free: true }]
          - id: moderate-dearly
            prices: [{ start: unknown, source: made up for tests, input_per_mtok: 1000 }]
          - id: dall-e-3
            prices:
              - start: unknown
                source: made up for tests
                variants:
                  1024x1024 standard: { generated_image_per_image: 0.04 }
                  1024x1024 hd: { generated_image_per_image: 0.08 }
                  1792x1024 hd: { generated_image_per_image: 0.12 }
          - id: gpt-image-1-mini
            prices: [{ start: unknown, source: made up for tests, input_per_mtok: 2, output_per_mtok: 8, image_input_per_mtok: 2.5, image_output_per_mtok: 8 }]
          - id: gpt-image-9
            prices: [{ start: unknown, source: made up for tests, input_per_mtok: 2, output_per_mtok: 8, image_output_per_mtok: 8 }]
          - id: tts
            prices: [{ start: unknown, source: made up for tests, speech_per_mchar: 15 }]
          - id: gpt-tts
            max_output_tokens: 1000
            prices: [{ start: unknown, source: made up for tests, input_per_mtok: 1, output_per_mtok: 12, audio_output_per_mtok: 12 }]
          - id: whisper
            prices: [{ start: unknown, source: made up for tests, audio_input_per_hour: 0.36 }]
          - id: transcribe
            prices: [{ start: unknown, source: made up for tests, input_per_mtok: 2.5, output_per_mtok: 10, audio_input_per_mtok: 6 }]
        """;

    private static readonly string[] Models =
    [
        "embed",
        "moderate",
        "moderate-dearly",
        "dall-e-3",
        "gpt-image-1-mini",
        "gpt-image-9",
        "tts",
        "gpt-tts",
        "whisper",
        "transcribe",
        "gpt-unpriced",
    ];

    // Path, request, answer, cost in dollars. Each cost is worked out by hand from the prices above.
    [Theory]
    [InlineData(
        "/v1/embeddings",
        """{"model":"embed","input":["a","b"],"encoding_format":"base64"}""",
        """{"object":"list","data":[{"object":"embedding","index":0,"embedding":"AACAPw=="}],"model":"embed","usage":{"prompt_tokens":8,"total_tokens":8}}""",
        "0.000008000"
    )]
    [InlineData(
        "/v1/embeddings",
        """{"model":"embed","input":[[1,22,333],[4]]}""",
        """{"object":"list","data":[],"model":"embed","usage":{"prompt_tokens":4,"total_tokens":4}}""",
        "0.000004000"
    )]
    [InlineData(
        "/v1/rerank",
        """{"model":"embed","query":"q","documents":["a","b"]}""",
        """{"model":"embed","results":[{"index":0,"relevance_score":0.5}],"usage":{"total_tokens":9}}""",
        "0.000009000"
    )]
    [InlineData(
        "/v1/moderations",
        """{"model":"moderate","input":"x"}""",
        """{"id":"modr-1","model":"moderate","results":[{"flagged":false}]}""",
        "0.000000000"
    )]
    // 42 bytes at 1000 $ a million.
    [InlineData(
        "/v1/moderations",
        """{"model":"moderate-dearly","input":"xxxx"}""",
        """{"id":"modr-1","model":"moderate-dearly","results":[{"flagged":false}]}""",
        "0.042000000"
    )]
    [InlineData(
        "/v1/images/generations",
        """{"model":"dall-e-3","prompt":"x"}""",
        """{"created":1,"data":[{"url":"https://x"}]}""",
        "0.040000000"
    )]
    [InlineData(
        "/v1/images/generations",
        """{"model":"dall-e-3","prompt":"x","size":"1792x1024","quality":"hd"}""",
        """{"created":1,"data":[{"b64_json":"AA=="}]}""",
        "0.120000000"
    )]
    // A size that is left to the provider: the dearest.
    [InlineData(
        "/v1/images/generations",
        """{"model":"dall-e-3","prompt":"x","size":"auto"}""",
        """{"created":1,"data":[{"b64_json":"AA=="}]}""",
        "0.120000000"
    )]
    // 10 × 2 + 40 × 2.5 + 272 × 8 = 2296.
    [InlineData(
        "/v1/images/generations",
        """{"model":"gpt-image-1-mini","prompt":"x","quality":"low"}""",
        """{"created":1,"data":[{"b64_json":"AA=="}],"usage":{"input_tokens":50,"input_tokens_details":{"text_tokens":10,"image_tokens":40},"output_tokens":272,"total_tokens":322}}""",
        "0.002296000"
    )]
    public async Task What_the_answer_used_is_charged_and_the_answer_is_untouched(string path, string request, string answer, string usd)
    {
        // OpenAI itself ranks nothing.
        await using var gateway = await StartAsync(path == "/v1/rerank" ? "openai-compatible" : "openai");
        gateway.Upstream.Answer = http => RecordingUpstream.JsonAsync(http, 200, answer);

        using var response = await gateway.PostAsync(path, request, Bearer(await gateway.KeyAsync(1m)));

        Assert.Equal(answer, await response.Content.ReadAsStringAsync());
        Assert.Equal(200, (int)response.StatusCode);
        var sent = Assert.Single(gateway.Upstream.Requests);
        Assert.Equal((path, request), (sent.Target, sent.Body));
        Assert.Equal(usd, await CostAsync(gateway, response));
    }

    // Fields, file's bytes, answer, cost.
    [Theory]
    [InlineData("whisper", "json", 100, """{"text":"hi","usage":{"type":"duration","seconds":12}}""", "0.001200000", false)]
    [InlineData("whisper", "verbose_json", 100, """{"text":"hi","duration":11.2}""", "0.001200000", false)]
    // 7,500 bytes are at most ten seconds.
    [InlineData("whisper", "text", 7500, "hi there", "0.001000000", true)]
    // 4 × 2.5 + 10 × 6 + 5 × 10 = 120.
    [InlineData(
        "transcribe",
        "json",
        7500,
        """{"text":"hi","usage":{"type":"tokens","input_tokens":14,"input_token_details":{"text_tokens":4,"audio_tokens":10},"output_tokens":5,"total_tokens":19}}""",
        "0.000120000",
        false
    )]
    public async Task A_transcription_is_charged_by_time_or_by_tokens(
        string model,
        string format,
        int bytes,
        string answer,
        string usd,
        bool estimated
    )
    {
        await using var gateway = await StartAsync();
        gateway.Upstream.Answer = async http =>
        {
            http.Response.ContentType = answer[0] == '{' ? "application/json" : "text/plain";
            await http.Response.WriteAsync(answer);
        };

        using var form = Form(("model", model), ("response_format", format), ("file", new string('a', bytes)));
        using var response = await SendAsync(gateway, "/v1/audio/transcriptions", form);

        Assert.Equal((200, answer), ((int)response.StatusCode, await response.Content.ReadAsStringAsync()));
        await gateway.SettledAsync();
        var attempt = (await gateway.ExplainAsync(response))!["attempts"]![0]!;
        Assert.Equal((usd, estimated), (attempt["cost_usd"]!.GetValue<string>(), attempt["estimated"]!.GetValue<bool>()));
    }

    [Fact]
    public async Task A_forms_model_is_renamed_in_place_and_nothing_else_is_touched()
    {
        await using var gateway = await StartAsync();
        gateway.Upstream.Answer = http =>
            RecordingUpstream.JsonAsync(
                http,
                200,
                """{"created":1,"data":[{"b64_json":"AA=="}],"usage":{"input_tokens":50,"input_tokens_details":{"text_tokens":10,"image_tokens":40},"output_tokens":272,"total_tokens":322}}"""
            );

        using var form = Form(("model", "openai/gpt-image-1-mini"), ("n", "2"), ("image[]", "PNG"), ("prompt", "x"));
        var asked = await form.ReadAsStringAsync();
        using var response = await SendAsync(gateway, "/v1/images/edits", form);

        Assert.Equal(200, (int)response.StatusCode);
        var sent = Assert.Single(gateway.Upstream.Requests);
        Assert.Equal(asked.Replace("openai/gpt-image-1-mini", "gpt-image-1-mini", StringComparison.Ordinal), sent.Body);
        Assert.Equal(form.Headers.ContentType!.ToString(), sent.Headers["Content-Type"]);
        Assert.Equal("0.002296000", await CostAsync(gateway, response));
    }

    [Fact]
    public async Task Images_that_come_half_done_are_relayed_and_the_last_event_is_charged()
    {
        await using var gateway = await StartAsync();
        string[] events =
        [
            "event: image_generation.partial_image\ndata: {\"type\":\"image_generation.partial_image\",\"b64_json\":\"AA==\",\"partial_image_index\":0}\n\n",
            "event: image_generation.completed\ndata: {\"type\":\"image_generation.completed\",\"b64_json\":\"AA==\",\"usage\":{\"input_tokens\":10,\"input_tokens_details\":{\"text_tokens\":10,\"image_tokens\":0},\"output_tokens\":372,\"total_tokens\":382}}\n\n",
        ];
        gateway.Upstream.Answer = http => RecordingUpstream.EventsAsync(http, events);

        using var response = await gateway.PostAsync(
            "/v1/images/generations",
            """{"model":"gpt-image-1-mini","prompt":"x","stream":true,"partial_images":1}""",
            Bearer(await gateway.KeyAsync(1m))
        );

        // 10 × 2 + 372 × 8 = 2996.
        Assert.Equal(string.Concat(events) + ": x-purser-cost-usd=0.002996000\n\n", await response.Content.ReadAsStringAsync());
        Assert.Equal("0.002996000", await CostAsync(gateway, response));
    }

    [Fact]
    public async Task Speech_is_passed_on_as_it_comes_and_charged_by_its_text()
    {
        await using var gateway = await StartAsync();
        var heard = new TaskCompletionSource();
        gateway.Upstream.Answer = async http =>
        {
            http.Response.ContentType = "audio/mpeg";
            await http.Response.Body.WriteAsync(new byte[] { 0xFF, 0xFB, 1 });
            await http.Response.Body.FlushAsync();
            await heard.Task;
            await http.Response.Body.WriteAsync(new byte[] { 2, 3 });
        };

        using var response = await gateway.PostAsync(
            "/v1/audio/speech",
            """{"model":"tts","input":"hello w\u00f6rld","voice":"alloy"}""",
            Bearer(await gateway.KeyAsync(1m))
        );
        await using var body = await response.Content.ReadAsStreamAsync();
        var first = new byte[3];
        await body.ReadExactlyAsync(first);
        heard.SetResult();
        var rest = new MemoryStream();
        await body.CopyToAsync(rest);

        Assert.Equal("audio/mpeg", response.Content.Headers.ContentType!.MediaType);
        Assert.Equal([0xFF, 0xFB, 1], first);
        Assert.Equal([2, 3], rest.ToArray());
        // 11 characters × 15.
        Assert.Equal("0.000165000", await CostAsync(gateway, response));
    }

    [Fact]
    public async Task Speech_that_breaks_off_is_a_broken_connection_and_is_charged_in_full()
    {
        await using var gateway = await StartAsync();
        var heard = new TaskCompletionSource();
        gateway.Upstream.Answer = async http =>
        {
            http.Response.ContentType = "audio/mpeg";
            await http.Response.Body.WriteAsync(new byte[] { 0xFF, 0xFB, 1 });
            await http.Response.Body.FlushAsync();
            await heard.Task;
            http.Abort();
        };

        using var response = await gateway.PostAsync(
            "/v1/audio/speech",
            """{"model":"tts","input":"hello world","voice":"alloy"}""",
            Bearer(await gateway.KeyAsync(1m))
        );

        await using var body = await response.Content.ReadAsStreamAsync();
        await body.ReadExactlyAsync(new byte[3]);
        heard.SetResult();

        await Assert.ThrowsAnyAsync<IOException>(() => body.CopyToAsync(Stream.Null));
        Assert.Equal("0.000165000", await CostAsync(gateway, response));
    }

    [Fact]
    public async Task Speech_as_events_is_charged_by_its_usage()
    {
        await using var gateway = await StartAsync();
        gateway.Upstream.Answer = http =>
            RecordingUpstream.EventsAsync(
                http,
                "data: {\"type\":\"speech.audio.delta\",\"audio\":\"AA==\"}\n\n",
                "data: {\"type\":\"speech.audio.done\",\"usage\":{\"input_tokens\":14,\"output_tokens\":101,\"total_tokens\":115}}\n\n"
            );

        using var response = await gateway.PostAsync(
            "/v1/audio/speech",
            """{"model":"gpt-tts","input":"hello world","voice":"alloy","stream_format":"sse"}""",
            Bearer(await gateway.KeyAsync(1m))
        );

        // 14 × 1 + 101 × 12 = 1226.
        Assert.Contains("speech.audio.done", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal("0.001226000", await CostAsync(gateway, response));
    }

    [Fact]
    public async Task Speech_in_tokens_without_events_costs_what_was_held()
    {
        await using var gateway = await StartAsync();
        gateway.Upstream.Answer = async http =>
        {
            http.Response.ContentType = "audio/mpeg";
            await http.Response.Body.WriteAsync(new byte[] { 0xFF, 0xFB, 1 });
        };
        const string request = """{"model":"gpt-tts","input":"hello world"}""";

        using var response = await gateway.PostAsync("/v1/audio/speech", request, Bearer(await gateway.KeyAsync(1m)));
        await response.Content.ReadAsByteArrayAsync();
        await gateway.SettledAsync();

        var attempt = (await gateway.ExplainAsync(response))!["attempts"]![0]!;
        // 1000 × 12, and a byte a token.
        Assert.Equal(
            ((12_000 + request.Length) / 1_000_000m).ToString("0.000000000", System.Globalization.CultureInfo.InvariantCulture),
            attempt["cost_usd"]!.GetValue<string>()
        );
        Assert.True(attempt["estimated"]!.GetValue<bool>());
    }

    [Theory]
    [InlineData("/v1/embeddings", """{"model":"gpt-unpriced","input":"x"}""", 402, "model_not_priced")]
    [InlineData("/v1/embeddings", """{"input":"x"}""", 400, "model_missing")]
    [InlineData("/v1/images/generations", """{"model":"gpt-image-9","prompt":"x"}""", 400, "cost_not_bounded")]
    [InlineData("/v1/images/generations", """{"model":"dall-e-3","prompt":"x","n":129}""", 400, "invalid_member")]
    // The key has five cents.
    [InlineData("/v1/images/generations", """{"model":"dall-e-3","prompt":"x","quality":"hd"}""", 402, "budget_exceeded")]
    [InlineData("/v1/images/generations", """{"model":"dall-e-3","prompt":"x","n":2}""", 402, "budget_exceeded")]
    [InlineData("/v1/images/edits", "{", 400, "invalid_json")]
    [InlineData("/v1/audio/transcriptions", """{"model":"whisper"}""", 400, "invalid_form")]
    public async Task What_has_no_price_no_bound_or_no_room_isnt_sent(string path, string request, int status, string code)
    {
        await using var gateway = await StartAsync();

        using var response = await gateway.PostAsync(path, request, Bearer(await gateway.KeyAsync(0.05m)));

        var text = await response.Content.ReadAsStringAsync();
        Assert.Equal(status, (int)response.StatusCode);
        Assert.Contains($"\"code\":\"{code}\"", text, StringComparison.Ordinal);
        Assert.Empty(gateway.Upstream.Requests);
        Assert.Equal(0, await gateway.OpenReservationsAsync());
    }

    [Fact]
    public async Task Audio_that_the_provider_fetches_itself_is_refused()
    {
        await using var gateway = await StartAsync();

        using var form = Form(("model", "whisper"), ("url", "https://x/a.mp3"));
        using var response = await SendAsync(gateway, "/v1/audio/transcriptions", form);

        Assert.Equal(400, (int)response.StatusCode);
        Assert.Contains("\"code\":\"unsupported\"", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_providers_refusal_is_the_clients_and_costs_nothing()
    {
        await using var gateway = await StartAsync();
        const string error = """{"error":{"message":"This is not a chat model","type":"invalid_request_error"}}""";
        gateway.Upstream.Answer = http => RecordingUpstream.JsonAsync(http, 404, error);

        using var response = await gateway.PostAsync(
            "/v1/embeddings",
            """{"model":"gpt-5-mini","input":"x"}""",
            Bearer(await gateway.KeyAsync(1m))
        );

        Assert.Equal((404, error), ((int)response.StatusCode, await response.Content.ReadAsStringAsync()));
        Assert.Equal("0.000000000", await CostAsync(gateway, response));
    }

    private static Task<TestGateway> StartAsync(string api = "openai") =>
        TestGateway.StartAsync(
            provider => provider.Models is null ? provider : provider with { Api = api, Models = [.. Models, "gpt-5-mini"] },
            options => options with { PriceFiles = [.. options.PriceFiles, new PriceFile("tasks.yml", Prices)] }
        );

    private static (string Name, string Value)[] Bearer(string key) => [("Authorization", $"Bearer {key}")];

    private static async Task<string> CostAsync(TestGateway gateway, HttpResponseMessage response)
    {
        await gateway.SettledAsync();
        return (await gateway.ExplainAsync(response))!["attempts"]![0]!["cost_usd"]!.GetValue<string>();
    }

    private static MultipartFormDataContent Form(params (string Name, string Value)[] parts)
    {
        var form = new MultipartFormDataContent("test-boundary");
        foreach (var (name, value) in parts)
        {
            var content = new ByteArrayContent(Encoding.ASCII.GetBytes(value));
            if (name is "file" or "image[]")
            {
                form.Add(content, name, "a.bin");
            }
            else
            {
                form.Add(content, $"\"{name}\"");
            }
        }

        return form;
    }

    private static async Task<HttpResponseMessage> SendAsync(TestGateway gateway, string path, HttpContent form)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = form, Version = HttpVersion.Version11 };
        request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {await gateway.KeyAsync(1m)}");
        return await gateway.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
    }
}
