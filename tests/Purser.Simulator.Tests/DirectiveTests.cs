using System.Text.Json;
using static Purser.Simulator.Tests.SimulatorUnderTest;

namespace Purser.Simulator.Tests;

/// <summary>What a prompt asks to be said, and with which arguments a tool is called; and what a tool's result may ask.</summary>
public class DirectiveTests
{
    private const string Say = "[[simulate:say=two words, and more]]";
    private const string Said = "two words, and more";

    /// <summary>Path and body, where <c>TEXT</c> is what the user, or a tool, says.</summary>
    public static TheoryData<string, string> Conversations { get; } =
        new()
        {
            { "/v1/chat/completions", """{"model":"m","messages":[{"role":"user","content":"TEXT"}]}""" },
            {
                "/v1/chat/completions",
                """{"model":"m","messages":[{"role":"user","content":"hi"},{"role":"assistant","tool_calls":[]},{"role":"tool","tool_call_id":"c","content":"seen: TEXT"}]}"""
            },
            { "/v1/responses", """{"model":"m","input":"TEXT"}""" },
            {
                "/v1/responses",
                """{"model":"m","input":[{"type":"function_call","call_id":"c","name":"f","arguments":"{}"},{"type":"function_call_output","call_id":"c","output":"TEXT"}]}"""
            },
            {
                "/v1/responses",
                """{"model":"m","input":[{"type":"custom_tool_call_output","call_id":"c","output":[{"type":"input_text","text":"TEXT"}]},{"type":"custom_tool_call_output","call_id":"d","output":"x"}]}"""
            },
            { "/v1beta/models/m:generateContent", """{"contents":[{"role":"user","parts":[{"text":"TEXT"}]}]}""" },
            {
                "/v1beta/models/m:generateContent",
                """{"contents":[{"role":"user","parts":[{"text":"hi"}]},{"role":"model","parts":[{"functionCall":{"name":"f","args":{}}}]},{"role":"user","parts":[{"functionResponse":{"name":"f","response":{"output":"TEXT"}}}]}]}"""
            },
            { "/api/chat", """{"model":"m","stream":false,"messages":[{"role":"tool","content":"TEXT"}]}""" },
            { "/v2/chat", """{"model":"m","messages":[{"role":"tool","tool_call_id":"c","content":"TEXT"}]}""" },
            {
                "/model/m/converse",
                """{"messages":[{"role":"user","content":[{"toolResult":{"toolUseId":"c","content":[{"text":"TEXT"}]}}]}]}"""
            },
        };

    [Theory]
    [MemberData(nameof(Conversations))]
    public async Task What_the_user_or_a_tool_asks_to_be_said_is_said(string path, string body)
    {
        await using var simulator = await StartAsync();
        var text = await TextAsync(await simulator.PostAsync(path, body.Replace("TEXT", Say, StringComparison.Ordinal)));
        Assert.Contains($"\"{Said}\"", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[{\"type\":\"text\",\"text\":\"TEXT\"}]")]
    [InlineData("[{\"type\":\"tool_result\",\"tool_use_id\":\"t\",\"content\":\"TEXT\"},{\"type\":\"text\",\"text\":\"reminder\"}]")]
    [InlineData("[{\"type\":\"tool_result\",\"tool_use_id\":\"t\",\"content\":[{\"type\":\"text\",\"text\":\"TEXT\"}]}]")]
    public async Task The_same_of_messages_and_piece_by_piece_in_a_stream(string content)
    {
        await using var simulator = await StartAsync();
        var body =
            $"{{\"model\":\"m\",\"max_tokens\":100,\"messages\":[{{\"role\":\"user\",\"content\":{content.Replace("TEXT", Say, StringComparison.Ordinal)}}}]";
        var whole = await JsonAsync(simulator.AnthropicAsync(body + "}"));
        Assert.Equal(Said, whole.GetProperty("content")[0].GetProperty("text").GetString());
        var stream = await simulator.AnthropicTextAsync(body + ",\"stream\":true}");
        Assert.Contains("\"text\":\" words\"", stream, StringComparison.Ordinal);
        Assert.Equal(5, (await simulator.RecordsAsync("?phase=completed"))[0].Billed!.Output);
    }

    [Theory]
    [InlineData("[[simulate:500]]")]
    [InlineData("[[simulate:tool=f]]")]
    public async Task A_tools_result_can_ask_for_nothing_else(string text)
    {
        await using var simulator = await StartAsync();
        var body = $"{{\"model\":\"m\",\"messages\":[{{\"role\":\"tool\",\"tool_call_id\":\"c\",\"content\":\"{text}\"}}]}}";
        var choice = (await JsonAsync(simulator.OpenAIAsync(body))).GetProperty("choices")[0];
        Assert.Equal("stop", choice.GetProperty("finish_reason").GetString());
    }

    [Fact]
    public async Task Arguments_are_given_as_they_stand()
    {
        await using var simulator = await StartAsync();
        const string Body =
            """{"model":"m","tools":[{"type":"function","function":{"name":"f"}}],"messages":[{"role":"user","content":"[[simulate:tool=f,args={\"a\":[1,2],\"b\":\"x, y\"}]]"}]}""";
        var message = (await JsonAsync(simulator.OpenAIAsync(Body))).GetProperty("choices")[0].GetProperty("message");
        Assert.Equal(
            """{"a":[1,2],"b":"x, y"}""",
            message.GetProperty("tool_calls")[0].GetProperty("function").GetProperty("arguments").GetString()
        );
    }

    // As Codex sends its tools to OpenAI's newest models: among the items, in a namespace, and one that takes plain text.
    [Fact]
    public async Task A_freeform_tool_in_a_namespace_is_called_with_plain_text()
    {
        await using var simulator = await StartAsync();
        const string Body = """
            {"model":"m","input":[
              {"type":"additional_tools","role":"developer","tools":[{"type":"namespace","name":"functions","tools":[{"type":"custom","name":"exec","format":{"type":"text"}}]}]},
              {"type":"message","role":"user","content":[{"type":"input_text","text":"[[simulate:tool=exec,args=text(1);]]"}]}]
            """;
        var item = (await JsonAsync(simulator.ResponsesAsync(Body + "}"))).GetProperty("output")[0];
        Assert.Equal(
            ("custom_tool_call", "exec", "functions", "text(1);"),
            (Text(item, "type"), Text(item, "name"), Text(item, "namespace"), Text(item, "input"))
        );
        Assert.StartsWith("ctc_", Text(item, "id"), StringComparison.Ordinal);
        var events = await EventsAsync(simulator.ResponsesAsync(Body + ",\"stream\":true}"));
        var deltas = events
            .Where(line => Text(line, "type") == "response.custom_tool_call_input.delta")
            .Select(line => Text(line, "delta"));
        Assert.Equal("text(1);", string.Concat(deltas));
        Assert.Equal("text(1);", Text(events.Single(line => Text(line, "type") == "response.custom_tool_call_input.done"), "input"));
    }

    private static string Text(JsonElement json, string name) => json.GetProperty(name).GetString()!;
}
