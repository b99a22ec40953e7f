using System.Text.Json;
using Purser.Gateway.Configuration;
using Xunit;

namespace Purser.Gateway.Tests.Pipeline;

/// <summary>What people read of their budgets in an answer's text. A key has $0.01 a day; the first answer spends 92 % of it.</summary>
public sealed class BudgetNoticeTests
{
    private const string ChatText =
        "data: {\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"gpt-5-mini\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Hello.\"},\"finish_reason\":null}]}\n\n";
    private const string ChatTool =
        "data: {\"id\":\"c\",\"choices\":[{\"index\":0,\"delta\":{\"tool_calls\":[{\"index\":0,\"id\":\"t\",\"function\":{\"name\":\"f\",\"arguments\":\"{}\"}}]},\"finish_reason\":null}]}\n\n";
    private const string ChatEnd =
        "data: {\"id\":\"c\",\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n"
        + "data: {\"id\":\"c\",\"choices\":[],\"usage\":{\"prompt_tokens\":10,\"completion_tokens\":5,\"total_tokens\":15}}\n\ndata: [DONE]\n\n";
    private const string MessageStart =
        "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\"m\",\"type\":\"message\",\"role\":\"assistant\",\"model\":\"claude-test\",\"content\":[],\"usage\":{\"input_tokens\":10,\"output_tokens\":1}}}\n\n";
    private const string MessageText =
        "event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"\"}}\n\n"
        + "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"Hello.\"}}\n\n";
    private const string MessageEnd =
        "event: content_block_stop\ndata: {\"type\":\"content_block_stop\",\"index\":0}\n\n"
        + "event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"},\"usage\":{\"output_tokens\":5}}\n\n"
        + "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n";
    private const string ResponseText =
        "data: {\"type\":\"response.created\",\"sequence_number\":0,\"response\":{\"id\":\"resp_1\",\"status\":\"in_progress\",\"output\":[]}}\n\n"
        + "data: {\"type\":\"response.output_item.added\",\"sequence_number\":1,\"output_index\":0,\"item\":{\"id\":\"msg_1\",\"type\":\"message\",\"content\":[]}}\n\n"
        + "data: {\"type\":\"response.output_text.delta\",\"sequence_number\":2,\"item_id\":\"msg_1\",\"output_index\":0,\"content_index\":0,\"delta\":\"Hello.\"}\n\n";
    private const string ResponseEnd =
        "data: {\"type\":\"response.output_text.done\",\"sequence_number\":3,\"item_id\":\"msg_1\",\"output_index\":0,\"content_index\":0,\"text\":\"Hello.\"}\n\n"
        + "data: {\"type\":\"response.completed\",\"sequence_number\":4,\"response\":{\"id\":\"resp_1\",\"status\":\"completed\",\"output\":[],\"usage\":{\"input_tokens\":10,\"output_tokens\":5}}}\n\n";

    public static TheoryData<string> Formats => new("chat", "messages", "responses");

    private static (string Path, string Body, string[] Stream) Of(string format, string more = "") =>
        format switch
        {
            "chat" => (
                "/v1/chat/completions",
                $$"""{"model":"gpt-5-mini","stream":true,"max_tokens":100,"messages":[{"role":"user","content":"hi"}]{{more}}}""",
                [ChatText, ChatEnd]
            ),
            "messages" => (
                "/v1/messages",
                $$"""{"model":"claude-test","stream":true,"max_tokens":100,"messages":[{"role":"user","content":"hi"}]{{more}}}""",
                [MessageStart + MessageText, MessageEnd]
            ),
            _ => (
                "/v1/responses",
                $$"""{"model":"gpt-5-mini","stream":true,"max_output_tokens":100,"input":"hi"{{more}}}""",
                [ResponseText, ResponseEnd]
            ),
        };

    [Theory]
    [MemberData(nameof(Formats))]
    public async Task Before_the_limit_a_streamed_text_ends_with_a_notice_once_a_window(string format)
    {
        await using var gateway = await TestGateway.StartAsync(options: options => options with { BudgetNotice = BudgetNotice.Stream });
        var key = await SpentKeyAsync(gateway);
        var (path, body, stream) = Of(format);
        gateway.Upstream.Answer = http => RecordingUpstream.EventsAsync(http, stream);

        var first = await SendAsync(gateway, key, path, body);
        var second = await SendAsync(gateway, key, path, body);

        Assert.Matches(
            @"^Hello\.\n\n\[Purser: 92% of the budget '.*' is used\. It resets at .*T00:00:00Z\. Ask for more with: purser asks create req_\S+ --amount … --reason …\]$",
            Text(first)
        );
        Assert.Equal("Hello.", Text(second));
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public async Task Unasked_no_answer_that_ends_by_itself_has_a_notice(string format)
    {
        await using var gateway = await TestGateway.StartAsync();
        var key = await SpentKeyAsync(gateway);
        var (path, body, stream) = Of(format);
        gateway.Upstream.Answer = http => RecordingUpstream.EventsAsync(http, stream);

        Assert.Equal("Hello.", Text(await SendAsync(gateway, key, path, body)));
    }

    [Theory]
    [InlineData("chat", ""","response_format":{"type":"json_schema","json_schema":{"name":"x"}}""")]
    [InlineData("messages", ""","output_config":{"format":{"type":"json_schema"}}""")]
    [InlineData("responses", ""","text":{"format":{"type":"json_schema","name":"x"}}""")]
    public async Task Text_that_must_be_JSON_stays_as_it_is(string format, string schema)
    {
        await using var gateway = await TestGateway.StartAsync(options: options => options with { BudgetNotice = BudgetNotice.Stream });
        var key = await SpentKeyAsync(gateway);
        var (path, body, stream) = Of(format, schema);
        gateway.Upstream.Answer = http => RecordingUpstream.EventsAsync(http, stream);

        Assert.Equal("Hello.", Text(await SendAsync(gateway, key, path, body)));
    }

    [Fact]
    public async Task A_tools_call_gets_no_notice_and_the_next_text_does()
    {
        await using var gateway = await TestGateway.StartAsync(options: options => options with { BudgetNotice = BudgetNotice.Stream });
        var key = await SpentKeyAsync(gateway);
        var (path, body, stream) = Of("chat");
        gateway.Upstream.Answer = http => RecordingUpstream.EventsAsync(http, ChatTool, ChatEnd);
        var called = await SendAsync(gateway, key, path, body);
        gateway.Upstream.Answer = http => RecordingUpstream.EventsAsync(http, stream);
        var said = await SendAsync(gateway, key, path, body);

        Assert.DoesNotContain("[Purser", called, StringComparison.Ordinal);
        Assert.Contains("[Purser", said, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(BudgetNotice.CutOff, "chat")]
    [InlineData(BudgetNotice.CutOff, "messages")]
    [InlineData(BudgetNotice.CutOff, "responses")]
    [InlineData(BudgetNotice.Off, "chat")]
    [InlineData(BudgetNotice.Off, "messages")]
    [InlineData(BudgetNotice.Off, "responses")]
    public async Task At_a_cut_off_the_answer_says_why_unless_told_otherwise(BudgetNotice where, string format)
    {
        await using var gateway = await TestGateway.StartAsync(options: options => options with { BudgetNotice = where });
        var key = await gateway.KeyAsync(0.02m, "day");
        var (path, body, stream) = Of(format);
        gateway.Upstream.Answer = async http =>
        {
            // More text than there is money for: a token is at least a byte.
            var much = stream[0].Replace("Hello.", new string('x', 40_000), StringComparison.Ordinal);
            await RecordingUpstream.EventsAsync(http, much);
            await Task.Delay(Timeout.Infinite, http.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
        };

        var answer = await SendAsync(
            gateway,
            key,
            path,
            body.Replace("\"max_tokens\":100", "\"max_tokens\":60000", StringComparison.Ordinal)
                .Replace("\"max_output_tokens\":100", "\"max_output_tokens\":60000", StringComparison.Ordinal)
        );

        const string notice =
            @"The budget '.*' has no room for more of this answer\. It resets at .*T00:00:00Z\. Ask for more with: purser asks create req_\S+ --amount … --reason …";
        Assert.Matches("(?m)^: " + notice + "$", answer);
        Assert.Matches(where == BudgetNotice.Off ? "x$" : @"x\n\n\[Purser: " + notice + @"\]$", Text(answer));
    }

    /// <summary>A key with $0.01 a day, of which $0.0092 are spent.</summary>
    private static async Task<string> SpentKeyAsync(TestGateway gateway)
    {
        var key = await gateway.KeyAsync(0.01m, "day");
        const string dear =
            """{"id":"c","object":"chat.completion","created":1,"model":"gpt-5-mini","choices":[{"index":0,"message":{"role":"assistant","content":"x"},"finish_reason":"stop"}],"usage":{"prompt_tokens":9200,"completion_tokens":0,"total_tokens":9200}}""";
        gateway.Upstream.Answer = http => RecordingUpstream.JsonAsync(http, 200, dear);
        using var response = await gateway.ChatAsync(
            key,
            """{"model":"gpt-5-mini","max_tokens":10,"messages":[{"role":"user","content":"hi"}]}"""
        );
        Assert.Equal(200, (int)response.StatusCode);
        await gateway.SettledAsync();
        return key;
    }

    private static async Task<string> SendAsync(TestGateway gateway, string key, string path, string body)
    {
        using var response = await gateway.PostAsync(path, body, ("Authorization", $"Bearer {key}"));
        var answer = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, answer);
        await gateway.SettledAsync();
        return answer;
    }

    /// <summary>All text that a client shows.</summary>
    private static string Text(string stream)
    {
        var text = "";
        foreach (var line in stream.Split('\n').Where(line => line.StartsWith("data: {", StringComparison.Ordinal)))
        {
            var json = JsonSerializer.Deserialize<JsonElement>(line[6..]);
            if (json.TryGetProperty("choices", out var choices) && choices.GetArrayLength() > 0)
            {
                text += choices[0].GetProperty("delta").TryGetProperty("content", out var content) ? content.GetString() : "";
            }
            else if (json.TryGetProperty("delta", out var delta))
            {
                text +=
                    delta.ValueKind == JsonValueKind.String ? delta.GetString()
                    : delta.TryGetProperty("text", out var said) ? said.GetString()
                    : "";
            }
        }

        return text;
    }
}
