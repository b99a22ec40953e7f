using Microsoft.AspNetCore.Http;
using Purser.Gateway.Configuration;
using Xunit;

namespace Purser.Gateway.Tests.Routing;

/// <summary>Streams go up where they are held, and else the session's next request does; in every client's format.</summary>
public sealed class EscalationStreamTests
{
    private const string Streamed =
        """{"model":"auto","max_tokens":50,"stream":true,"messages":[{"role":"user","content":"What is the capital of Australia?"}]}""";

    private const string Refusal = "I'm sorry, but I can't help with that.";

    [Fact]
    public async Task A_stream_that_is_held_goes_up_before_anything_is_relayed()
    {
        await using var gateway = await EscalationTests.StartAsync(
            (http, isDear) => StreamAsync(http, isDear ? "Canberra" : Refusal, isDear),
            escalate: "{ hold_stream: true }"
        );
        var key = await gateway.KeyAsync(1m);

        using var response = await gateway.ChatAsync(key, Streamed);
        var body = await response.Content.ReadAsStringAsync();
        await gateway.SettledAsync();

        Assert.Contains("Canberra", body, StringComparison.Ordinal);
        Assert.DoesNotContain("sorry", body, StringComparison.Ordinal);
        Assert.Contains("x-purser-cost-usd=0.000275000", body, StringComparison.Ordinal);
        Assert.Equal(
            "gpt-5-dear; mode=on; policy=auto; escalated from gpt-5-mini: refusal",
            EscalationTests.Header(response, "x-purser-route")
        );
        Assert.Equal(["completed 0.000025000", "completed 0.000250000"], await EscalationTests.CostsAsync(gateway, response));
    }

    [Fact]
    public async Task Where_the_reference_fails_the_stream_that_was_held_is_given()
    {
        await using var gateway = await EscalationTests.StartAsync(
            (http, isDear) =>
                isDear ? RecordingUpstream.JsonAsync(http, 500, """{"error":{"message":"broken"}}""") : StreamAsync(http, Refusal, isDear),
            escalate: "{ hold_stream: true }"
        );
        var key = await gateway.KeyAsync(1m);

        using var response = await gateway.ChatAsync(key, Streamed);
        var body = await response.Content.ReadAsStringAsync();
        await gateway.SettledAsync();

        Assert.Contains("sorry", body, StringComparison.Ordinal);
        Assert.EndsWith("data: [DONE]", body.Split(": x-purser")[0].TrimEnd(), StringComparison.Ordinal);
        Assert.Equal("failed=refusal; kept=unavailable", EscalationTests.Header(response, "x-purser-check"));
        Assert.Equal(["completed 0.000025000", "provider_error 0.000000000"], await EscalationTests.CostsAsync(gateway, response));
    }

    [Theory]
    [InlineData("{ hold_stream: true }")]
    [InlineData("true")]
    public async Task A_stream_that_passes_is_given_as_it_is(string escalate)
    {
        await using var gateway = await EscalationTests.StartAsync(
            (http, isDear) => StreamAsync(http, "Canberra", isDear),
            escalate: escalate
        );
        var key = await gateway.KeyAsync(1m);

        using var response = await gateway.ChatAsync(key, Streamed);
        var body = await response.Content.ReadAsStringAsync();
        await gateway.SettledAsync();

        Assert.StartsWith(Chunk("Canberra", isDear: false), body, StringComparison.Ordinal);
        Assert.Equal("gpt-5-mini", Assert.Single(EscalationTests.Asked(gateway)));
        Assert.Equal("passed", EscalationTests.Text((await gateway.ExplainAsync(response))!["attempts"]![0], "check"));
    }

    [Fact]
    public async Task A_stream_that_isnt_held_is_given_and_the_sessions_next_request_goes_up()
    {
        await using var gateway = await EscalationTests.StartAsync(
            (http, isDear) => StreamAsync(http, isDear ? "Canberra" : Refusal, isDear)
        );
        var key = await gateway.KeyAsync(1m);

        using var first = await gateway.ChatAsync(key, Streamed, ("x-purser-run", "r1"));
        Assert.Contains("sorry", await first.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        await gateway.SettledAsync();
        var other = Streamed.Replace("the capital of Australia", "two and two, all in all", StringComparison.Ordinal);
        using var next = await gateway.ChatAsync(key, other, ("x-purser-run", "r1"));
        Assert.Contains("Canberra", await next.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        await gateway.SettledAsync();
        using var afterwards = await gateway.ChatAsync(key, Streamed, ("x-purser-run", "r1"));
        await afterwards.Content.ReadAsStringAsync();

        Assert.Equal(["gpt-5-mini", "gpt-5-dear", "gpt-5-mini"], EscalationTests.Asked(gateway));
        Assert.Equal(
            "refusal: the answer opens with the words of a refusal",
            EscalationTests.Text((await gateway.ExplainAsync(first))!["attempts"]![0], "check")
        );
        Assert.Equal(
            "the session's last answer failed a check (refusal: the answer opens with the words of a refusal): it goes to the reference",
            EscalationTests.Text((await gateway.ExplainAsync(next))!["route"], "reason")
        );
    }

    [Fact]
    public async Task A_held_stream_that_breaks_is_tried_elsewhere_as_ever()
    {
        await using var gateway = await EscalationTests.StartAsync(
            (http, isDear) => RecordingUpstream.PartAsync(http, "text/event-stream", Chunk(Refusal, isDear)),
            escalate: "{ hold_stream: true }"
        );
        var key = await gateway.KeyAsync(1m);

        using var response = await gateway.ChatAsync(key, Streamed);
        await gateway.SettledAsync();

        // Nothing had reached the client, so it was tried elsewhere as what broke off before it began; nothing was checked.
        Assert.Equal(["gpt-5-mini", "gpt-5-dear"], EscalationTests.Asked(gateway));
        Assert.Equal("gpt-5-mini; mode=on; policy=auto", EscalationTests.Header(response, "x-purser-route"));
        Assert.Null((await gateway.ExplainAsync(response))!["attempts"]![0]!["check"]);
    }

    public static TheoryData<string, string> Calls
    {
        get
        {
            const string messages = "\"messages\":[{\"role\":\"user\",\"content\":\"hello there\"}]";
            const string contents = """{"contents":[{"role":"user","parts":[{"text":"hello there"}]}]}""";
            const string converse = """{"messages":[{"role":"user","content":[{"text":"hello there"}]}]}""";
            return new TheoryData<string, string>
            {
                { "/v1/chat/completions", $$"""{"model":"auto",{{messages}}}""" },
                { "/v1/chat/completions", $$"""{"model":"auto","stream":true,{{messages}}}""" },
                { "/v1/responses", """{"model":"auto","store":false,"input":"hello there"}""" },
                { "/v1/responses", """{"model":"auto","store":false,"stream":true,"input":"hello there"}""" },
                { "/v1/messages", $$"""{"model":"auto","max_tokens":40,{{messages}}}""" },
                { "/v1/messages", $$"""{"model":"auto","max_tokens":40,"stream":true,{{messages}}}""" },
                { "/v1beta/models/auto:generateContent", contents },
                { "/v1beta/models/auto:streamGenerateContent?alt=sse", contents },
                { "/api/chat", $$"""{"model":"auto","stream":false,{{messages}}}""" },
                { "/api/chat", $$"""{"model":"auto",{{messages}}}""" },
                { "/model/auto/converse", converse },
                { "/model/auto/converse-stream", converse },
            };
        }
    }

    [Theory]
    [MemberData(nameof(Calls))]
    public async Task Every_clients_format_goes_up(string path, string body)
    {
        await using var gateway = await EscalationTests.StartAsync(
            (http, isDear) =>
                RecordingUpstream.BodyOf(http).Contains("\"stream\":true", StringComparison.Ordinal)
                    ? StreamAsync(http, isDear ? "Canberra" : Refusal, isDear)
                    : RecordingUpstream.JsonAsync(http, 200, EscalationTests.Chat(isDear ? "Canberra" : Refusal, isDear)),
            escalate: "{ hold_stream: true }",
            options: ChatAlone
        );
        var key = await gateway.KeyAsync(100m);

        using var response = await gateway.PostAsync(path, body, ("Authorization", $"Bearer {key}"), ("anthropic-version", "2023-06-01"));
        var answer = await response.Content.ReadAsStringAsync();
        await gateway.SettledAsync();

        Assert.True((int)response.StatusCode == 200, answer);
        Assert.Contains("Canberra", answer, StringComparison.Ordinal);
        Assert.DoesNotContain("sorry", answer, StringComparison.Ordinal);
        Assert.Equal(["gpt-5-mini", "gpt-5-dear"], EscalationTests.Asked(gateway));
        Assert.Equal(["completed 0.000025000", "completed 0.000250000"], await EscalationTests.CostsAsync(gateway, response));
        Assert.EndsWith(
            "; escalated from gpt-5-mini: refusal",
            EscalationTests.Header(response, "x-purser-route"),
            StringComparison.Ordinal
        );
    }

    /// <summary>One provider that has chat completions alone, so that every other format is translated.</summary>
    private static GatewayOptions ChatAlone(GatewayOptions options) =>
        options with
        {
            PriceFiles =
            [
                .. options.PriceFiles.Select(file =>
                    file with
                    {
                        Text = file.Text.Replace("provider: openai", "provider: house", StringComparison.Ordinal),
                    }
                ),
            ],
            Providers = [options.Providers[0] with { Name = "house", Api = "openai-compatible" }],
        };

    private static Task StreamAsync(HttpContext http, string text, bool isDear) =>
        RecordingUpstream.EventsAsync(http, Chunk(text, isDear), "data: [DONE]\n\n");

    private static string Chunk(string text, bool isDear) =>
        $$$"""
            data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"{{{(
                isDear ? "gpt-5-dear" : "gpt-5-mini"
            )}}}","choices":[{"index":0,"delta":{"role":"assistant","content":"{{{text}}}"},"finish_reason":"stop"}],"usage":{"prompt_tokens":11,"completion_tokens":7,"total_tokens":18}}


            """;
}
