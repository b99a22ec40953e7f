using System.Net;
using System.Text.Json.Nodes;
using Xunit;

namespace Purser.Gateway.Tests.Pipeline;

/// <summary>A client of one format and a provider of another: what is sent, what comes back, and what is charged.</summary>
public sealed class TranslationTests
{
    private const string Message =
        """{"id":"msg_1","type":"message","role":"assistant","model":"claude-test","content":[{"type":"text","text":"hello"}],"stop_reason":"end_turn","stop_sequence":null,"usage":{"input_tokens":11,"output_tokens":7}}""";

    private const string MessageStream =
        "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\"msg_1\",\"type\":\"message\",\"role\":\"assistant\",\"model\":\"claude-test\",\"content\":[],\"stop_reason\":null,\"stop_sequence\":null,\"usage\":{\"input_tokens\":11,\"output_tokens\":1}}}\n\n"
        + "event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"\"}}\n\n"
        + "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"hello\"}}\n\n"
        + "event: content_block_stop\ndata: {\"type\":\"content_block_stop\",\"index\":0}\n\n"
        + "event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\",\"stop_sequence\":null},\"usage\":{\"output_tokens\":7}}\n\n"
        + "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n";

    private const string ChatStream =
        "data: {\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"gpt-5-mini\",\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"hello\"},\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":11,\"completion_tokens\":7,\"total_tokens\":18}}\n\n"
        + "data: [DONE]\n\n";

    [Fact]
    public async Task Chat_to_messages_then_each_side_sees_its_own_format()
    {
        await using var gateway = await TestGateway.StartAsync();
        var key = await gateway.KeyAsync(1m);
        gateway.Upstream.Answer = http => RecordingUpstream.JsonAsync(http, 200, Message);

        using var response = await gateway.PostAsync(
            "/v1/chat/completions?beta=true",
            """{"model":"claude-test","max_completion_tokens":100,"seed":3,"messages":[{"role":"user","content":"hi"}]}""",
            ("Authorization", $"Bearer {key}"),
            ("openai-beta", "x")
        );

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        var answer = JsonNode.Parse(await response.Content.ReadAsStringAsync())!;
        Assert.Equal("hello", (string?)answer["choices"]![0]!["message"]!["content"]);
        Assert.Equal(18, (int?)answer["usage"]!["total_tokens"]);
        Assert.Equal("0.000025000", Header(response, "x-purser-cost-usd"));
        Assert.Equal("drop:seed", Header(response, "x-purser-translation"));
        Assert.True(gateway.Upstream.Requests.TryDequeue(out var sent));
        Assert.Equal("/v1/messages", sent.Target);
        Assert.Equal(100, (int?)JsonNode.Parse(sent.Body)!["max_tokens"]);
        Assert.Equal("2023-06-01", sent.Headers["anthropic-version"]);
        Assert.DoesNotContain("openai-beta", sent.Headers.Keys);
    }

    [Fact]
    public async Task Streamed_then_chunks_of_the_clients_format_and_the_exact_cost()
    {
        await using var gateway = await TestGateway.StartAsync();
        var key = await gateway.KeyAsync(1m);
        gateway.Upstream.Answer = http => RecordingUpstream.EventsAsync(http, MessageStream);

        using var response = await gateway.ChatAsync(
            key,
            """{"model":"claude-test","stream":true,"messages":[{"role":"user","content":"hi"}]}"""
        );

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        var body = await response.Content.ReadAsStringAsync();
        Assert.Contains("\"content\":\"hello\"", body, StringComparison.Ordinal);
        Assert.Contains("data: [DONE]", body, StringComparison.Ordinal);
        Assert.Contains(": x-purser-cost-usd=0.000025000", body, StringComparison.Ordinal);
        Assert.DoesNotContain("message_start", body, StringComparison.Ordinal);
    }

    // Anthropic's tool runners keep their conversations there, and send them whole where they are told that there is none.
    [Fact]
    public async Task A_thread_of_Anthropics_that_another_provider_cannot_continue_then_the_rule_and_the_error_that_clients_know()
    {
        await using var gateway = await TestGateway.StartAsync();
        var key = await gateway.KeyAsync(1m);

        using var response = await gateway.PostAsync(
            "/v1/messages",
            """{"model":"gpt-5-mini","max_tokens":100,"messages":[{"role":"user","content":"go on"}],"thread":{"type":"continue","previous_message_id":"msg_1"}}""",
            ("x-api-key", key)
        );

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        var error = JsonNode.Parse(await response.Content.ReadAsStringAsync())!["error"]!;
        Assert.Equal("refuse:stored_state", (string?)error["code"]);
        Assert.Equal("thread_not_found", (string?)error["details"]!["error_code"]);
        Assert.Empty(gateway.Upstream.Requests);
    }

    // As Codex asks: streamed, with tools of its own, and nothing kept.
    [Fact]
    public async Task Responses_to_messages_then_the_events_of_a_response_and_the_exact_cost()
    {
        await using var gateway = await TestGateway.StartAsync();
        var key = await gateway.KeyAsync(1m);
        gateway.Upstream.Answer = http => RecordingUpstream.EventsAsync(http, MessageStream);

        using var response = await gateway.PostAsync(
            "/v1/responses",
            """{"model":"claude-test","instructions":"Be brief.","input":[{"type":"message","role":"user","content":[{"type":"input_text","text":"hi"}]}],"tools":[{"type":"custom","name":"apply_patch","description":"d"}],"tool_choice":"auto","parallel_tool_calls":true,"max_output_tokens":100,"store":false,"stream":true,"include":["reasoning.encrypted_content"],"prompt_cache_key":"k"}""",
            ("Authorization", $"Bearer {key}")
        );

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("change:freeform_tool, drop:prompt_cache_key", Header(response, "x-purser-translation"));
        var body = await response.Content.ReadAsStringAsync();
        var events = body.Split('\n')
            .Where(line => line.StartsWith("event: ", StringComparison.Ordinal))
            .Select(line => line["event: ".Length..]);
        Assert.Equal(
            [
                "response.created",
                "response.in_progress",
                "response.output_item.added",
                "response.content_part.added",
                "response.output_text.delta",
                "response.output_text.done",
                "response.content_part.done",
                "response.output_item.done",
                "response.completed",
            ],
            events
        );
        Assert.Contains(": x-purser-cost-usd=0.000025000", body, StringComparison.Ordinal);
        Assert.True(gateway.Upstream.Requests.TryDequeue(out var sent));
        Assert.Equal("/v1/messages", sent.Target);
        Assert.Equal("Be brief.", (string?)JsonNode.Parse(sent.Body)!["system"]);
    }

    [Theory]
    [InlineData("/openai/deployments/claude-test/chat/completions?api-version=2024-10-21")]
    [InlineData("/chat/completions?api-version=2024-05-01-preview")]
    public async Task An_Azure_client_gets_a_model_of_another_format(string path)
    {
        await using var gateway = await TestGateway.StartAsync();
        gateway.Upstream.Answer = http => RecordingUpstream.JsonAsync(http, 200, Message);
        var model = path.StartsWith("/chat", StringComparison.Ordinal) ? "\"model\":\"claude-test\"," : "";

        using var response = await gateway.PostAsync(
            path,
            $$"""{{{model}}"messages":[{"role":"user","content":"hi"}]}""",
            ("api-key", await gateway.KeyAsync(1m))
        );

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        var sent = Assert.Single(gateway.Upstream.Requests);
        Assert.Equal("/v1/messages", sent.Target);
        Assert.Equal("claude-test", (string?)JsonNode.Parse(sent.Body)!["model"]);
    }

    [Fact]
    public async Task A_vendor_gets_what_is_translated_in_its_dialect()
    {
        await using var gateway = await TestGateway.StartAsync(provider =>
            provider.Name == "openai" ? provider with { Api = "mistral", PriceProvider = "openai" } : provider
        );
        gateway.Upstream.Answer = http => RecordingUpstream.EventsAsync(http, ChatStream);

        using var response = await gateway.MessagesAsync(
            await gateway.KeyAsync(1m),
            """{"model":"gpt-5-mini","stream":true,"max_tokens":50,"messages":[{"role":"user","content":"hi"}]}"""
        );

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        var sent = JsonNode.Parse(Assert.Single(gateway.Upstream.Requests).Body)!;
        Assert.Equal(50, (int?)sent["max_tokens"]);
        Assert.Null(sent["max_completion_tokens"]);
        Assert.Equal("{}", sent["stream_options"]!.ToJsonString());
    }

    [Fact]
    public async Task A_Gemini_client_gets_an_array_where_it_wants_one()
    {
        await using var gateway = await TestGateway.StartAsync();
        gateway.Upstream.Answer = http => RecordingUpstream.EventsAsync(http, MessageStream);

        using var response = await gateway.PostAsync(
            "/v1beta/models/claude-test:streamGenerateContent",
            """{"contents":[{"role":"user","parts":[{"text":"hi"}]}]}""",
            ("x-goog-api-key", await gateway.KeyAsync(1m))
        );

        Assert.Equal((HttpStatusCode.OK, "application/json"), (response.StatusCode, response.Content.Headers.ContentType?.MediaType));
        var answers = JsonNode.Parse(await response.Content.ReadAsStringAsync())!.AsArray();
        Assert.Equal("hello", (string?)answers[0]!["candidates"]![0]!["content"]!["parts"]![0]!["text"]);
    }

    [Fact]
    public async Task Provider_refuses_then_the_clients_form_of_error_and_no_charge()
    {
        await using var gateway = await TestGateway.StartAsync();
        var key = await gateway.KeyAsync(1m);
        gateway.Upstream.Answer = http =>
            RecordingUpstream.JsonAsync(
                http,
                400,
                """{"error":{"message":"no such tool","type":"invalid_request_error","param":null,"code":null}}"""
            );

        using var response = await gateway.MessagesAsync(
            key,
            """{"model":"gpt-5-mini","max_tokens":100,"messages":[{"role":"user","content":"hi"}]}"""
        );

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        var body = await response.Content.ReadAsStringAsync();
        Assert.Equal("error", (string?)JsonNode.Parse(body)!["type"]);
        Assert.Equal("no such tool", (string?)JsonNode.Parse(body)!["error"]!["message"]);
        Assert.Equal("0.000000000", Header(response, "x-purser-cost-usd"));
    }

    private static string Header(HttpResponseMessage response, string name) => response.Headers.GetValues(name).Single();
}
