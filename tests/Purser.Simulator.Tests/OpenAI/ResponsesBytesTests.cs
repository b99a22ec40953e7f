using System.Net;
using System.Text.Json;

namespace Purser.Simulator.Tests.OpenAI;

/// <summary>The bytes of OpenAI's responses, but for ids and words.</summary>
public class ResponsesBytesTests
{
    private const string Echo =
        "\"parallel_tool_calls\":true,\"previous_response_id\":null,\"prompt_cache_key\":null,\"reasoning\":{\"effort\":null,\"summary\":null},\"safety_identifier\":null,\"store\":true,\"temperature\":1.0,\"text\":{\"format\":{\"type\":\"text\"},\"verbosity\":\"medium\"},\"tool_choice\":\"auto\",\"tools\":[],\"top_logprobs\":0,\"top_p\":1.0,\"truncation\":\"disabled\"";

    private static string Response(string status, string details, string output, string tier, string usage) =>
        "{\"id\":\"resp_ID\",\"object\":\"response\",\"created_at\":1767225600,\"status\":\""
        + status
        + "\",\"background\":false,\"error\":null,\"incomplete_details\":"
        + details
        + ",\"instructions\":null,\"max_output_tokens\":16,\"max_tool_calls\":null,\"model\":\"gpt-5-mini-2025-08-07\",\"output\":["
        + output
        + "],"
        + Echo
        + ",\"service_tier\":\""
        + tier
        + "\",\"usage\":"
        + usage
        + ",\"user\":null,\"metadata\":{}}";

    [Fact]
    public async Task A_stream()
    {
        await using var simulator = await SimulatorUnderTest.StartAsync();

        // 16 tokens of which a quarter is reasoning: twelve words.
        var response = await simulator.ResponsesAsync(
            """{"model":"gpt-5-mini","stream":true,"max_output_tokens":16,"input":"Say hi, please"}"""
        );

        Assert.Equal("text/event-stream; charset=utf-8", response.Content.Headers.ContentType!.ToString());
        var words = string.Join(' ', Enumerable.Repeat("W", 12));
        var part = "{\"type\":\"output_text\",\"annotations\":[],\"logprobs\":[],\"text\":\"" + words + "\"}";
        const string reasoning = "{\"id\":\"rs_ID\",\"type\":\"reasoning\",\"summary\":[]}";
        var message =
            "{\"id\":\"msg_ID\",\"type\":\"message\",\"status\":\"incomplete\",\"content\":[" + part + "],\"role\":\"assistant\"}";
        const string place = "\"item_id\":\"msg_ID\",\"output_index\":1,\"content_index\":0";
        var began = Response("in_progress", "null", "", "auto", "null");
        var ended = Response(
            "incomplete",
            "{\"reason\":\"max_output_tokens\"}",
            reasoning + "," + message,
            "default",
            "{\"input_tokens\":5,\"input_tokens_details\":{\"cached_tokens\":0},\"output_tokens\":16,\"output_tokens_details\":{\"reasoning_tokens\":4},\"total_tokens\":21}"
        );
        (string Type, string Members)[] events =
        [
            ("response.created", "\"response\":" + began),
            ("response.in_progress", "\"response\":" + began),
            ("response.output_item.added", "\"output_index\":0,\"item\":" + reasoning),
            ("response.output_item.done", "\"output_index\":0,\"item\":" + reasoning),
            (
                "response.output_item.added",
                "\"output_index\":1,\"item\":{\"id\":\"msg_ID\",\"type\":\"message\",\"status\":\"in_progress\",\"content\":[],\"role\":\"assistant\"}"
            ),
            (
                "response.content_part.added",
                place + ",\"part\":{\"type\":\"output_text\",\"annotations\":[],\"logprobs\":[],\"text\":\"\"}"
            ),
            .. Enumerable
                .Range(0, 12)
                .Select(word => ("response.output_text.delta", $"{place},\"delta\":\"{(word == 0 ? "" : " ")}W\",\"logprobs\":[]")),
            ("response.output_text.done", place + ",\"text\":\"" + words + "\",\"logprobs\":[]"),
            ("response.content_part.done", place + ",\"part\":" + part),
            ("response.output_item.done", "\"output_index\":1,\"item\":" + message),
            ("response.incomplete", "\"response\":" + ended),
        ];
        var expected = string.Concat(
            events.Select(
                (sent, number) => $"event: {sent.Type}\ndata: {{\"type\":\"{sent.Type}\",\"sequence_number\":{number},{sent.Members}}}\n\n"
            )
        );
        Assert.Equal(expected, SimulatorUnderTest.Masked(await SimulatorUnderTest.TextAsync(response)));
    }

    [Fact]
    public async Task A_whole_answer_and_one_that_goes_on_from_it()
    {
        await using var simulator = await SimulatorUnderTest.StartAsync();
        var first = await SendAsync(
            simulator,
            """{"model":"gpt-4o","max_output_tokens":20,"input":[{"role":"user","content":"one two"}]}"""
        );
        var id = first.GetProperty("id").GetString();
        var second = await SendAsync(
            simulator,
            $$"""{"model":"gpt-4o","max_output_tokens":20,"previous_response_id":"{{id}}","input":"three"}"""
        );

        Assert.Equal((2, 20), Tokens(first));
        Assert.Equal((2 + 20 + 1, 20), Tokens(second));
        Assert.Equal(
            [id, second.GetProperty("id").GetString()],
            (await simulator.RecordsAsync("?phase=completed")).Select(line => line.Id)
        );
    }

    [Fact]
    public async Task A_function_call()
    {
        await using var simulator = await SimulatorUnderTest.StartAsync();
        var response = await SendAsync(
            simulator,
            """{"model":"gpt-4o","tool_choice":{"type":"function","name":"set_on"},"tools":[{"type":"function","name":"set_on","parameters":{"type":"object","properties":{"on":{"const":true}}}}],"input":"x"}"""
        );

        var call = Assert.Single(response.GetProperty("output").EnumerateArray());
        Assert.Equal(("function_call", "set_on"), (call.GetProperty("type").GetString(), call.GetProperty("name").GetString()));
        Assert.Equal("{\"on\":true}", call.GetProperty("arguments").GetString());
    }

    [Theory]
    [InlineData("""{"model":"m"}""", "Missing required parameter: 'input'.")]
    [InlineData("""{"input":"x"}""", "Missing required parameter: 'model'.")]
    [InlineData("""{"model":"m","input":"x","background":true}""", "The simulator has no background mode.")]
    [InlineData("""{"model":"m","input":"x","previous_response_id":"resp_0"}""", "Previous response with id 'resp_0' not found.")]
    [InlineData(
        """{"model":"m","input":"x","max_output_tokens":15}""",
        "Invalid 'max_output_tokens': integer below minimum value. Expected a value >= 16, but got 15 instead."
    )]
    public async Task A_request_that_is_refused(string body, string message)
    {
        await using var simulator = await SimulatorUnderTest.StartAsync();
        var response = await simulator.ResponsesAsync(body);

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        using var json = JsonDocument.Parse(await SimulatorUnderTest.TextAsync(response));
        Assert.Equal(message, json.RootElement.GetProperty("error").GetProperty("message").GetString());
    }

    [Fact]
    public async Task An_error_in_a_stream()
    {
        await using var simulator = await SimulatorUnderTest.StartAsync();
        var response = await simulator.ResponsesAsync("""{"model":"gpt-4o","stream":true,"input":"[[simulate:stream-error]]"}""");

        Assert.Contains("event: error\ndata: {\"type\":\"error\",", await SimulatorUnderTest.TextAsync(response), StringComparison.Ordinal);
    }

    private static async Task<JsonElement> SendAsync(SimulatorUnderTest simulator, string body) =>
        JsonSerializer.Deserialize<JsonElement>(await SimulatorUnderTest.TextAsync(await simulator.ResponsesAsync(body)));

    private static (long Input, long Output) Tokens(JsonElement response)
    {
        var usage = response.GetProperty("usage");
        return (usage.GetProperty("input_tokens").GetInt64(), usage.GetProperty("output_tokens").GetInt64());
    }
}
