using System.Text.Json;
using static Purser.Simulator.Tests.SimulatorUnderTest;

namespace Purser.Simulator.Tests;

/// <summary>Several calls in one answer, and answers that are JSON, in the formats of OpenAI and Anthropic.</summary>
public class ParallelCallTests
{
    // {"x":1} is seven tokens.
    private const string Schema = "{\"type\":\"object\",\"properties\":{\"x\":{\"const\":1}}}";

    private const string Functions =
        "\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"a\",\"parameters\":"
        + Schema
        + "}},{\"type\":\"function\",\"function\":{\"name\":\"b\",\"parameters\":"
        + Schema
        + "}}],";

    private const string Tools =
        "\"tools\":[{\"type\":\"function\",\"name\":\"a\",\"parameters\":"
        + Schema
        + "},{\"type\":\"function\",\"name\":\"b\",\"parameters\":"
        + Schema
        + "}],";

    private const string AnthropicTools =
        "\"tools\":[{\"name\":\"a\",\"input_schema\":" + Schema + "},{\"name\":\"b\",\"input_schema\":" + Schema + "}],";

    [Fact]
    public async Task Chat_completions()
    {
        await using var simulator = await StartAsync();
        var body = "{\"model\":\"m\"," + Functions + "\"messages\":[{\"role\":\"user\",\"content\":\"[[simulate:tools=2]]\"}]";
        var calls = (await JsonAsync(simulator.OpenAIAsync(body + "}")))
            .GetProperty("choices")[0]
            .GetProperty("message")
            .GetProperty("tool_calls");
        Assert.Equal(["a {\"x\":1}", "b {\"x\":1}"], calls.EnumerateArray().Select(call => call.GetProperty("function")).Select(Call));
        var streamed = new Dictionary<int, string>();
        foreach (var chunk in await EventsAsync(simulator.OpenAIAsync(body + ",\"stream\":true}")))
        {
            if (chunk.GetProperty("choices")[0].GetProperty("delta").TryGetProperty("tool_calls", out var deltas))
            {
                var index = deltas[0].GetProperty("index").GetInt32();
                var function = deltas[0].GetProperty("function");
                var name = function.TryGetProperty("name", out var said) ? said.GetString() + " " : "";
                streamed[index] = streamed.GetValueOrDefault(index) + name + function.GetProperty("arguments").GetString();
            }
        }

        Assert.Equal(["a {\"x\":1}", "b {\"x\":1}"], streamed.Values);
        Assert.All(await simulator.RecordsAsync("?phase=completed"), line => Assert.Equal(14, line.Billed!.Output));
    }

    [Fact]
    public async Task Responses()
    {
        await using var simulator = await StartAsync();
        var body = "{\"model\":\"m\"," + Tools + "\"input\":\"[[simulate:tools=2]]\"";
        var output = (await JsonAsync(simulator.ResponsesAsync(body + "}"))).GetProperty("output").EnumerateArray().ToList();
        Assert.Equal(["a {\"x\":1}", "b {\"x\":1}"], output.Select(Call));
        var done = (await EventsAsync(simulator.ResponsesAsync(body + ",\"stream\":true}")))
            .Where(item => item.GetProperty("type").GetString() == "response.output_item.done")
            .ToList();
        Assert.Equal([0, 1], done.Select(item => item.GetProperty("output_index").GetInt32()));
        Assert.Equal(["a {\"x\":1}", "b {\"x\":1}"], done.Select(item => Call(item.GetProperty("item"))));
        Assert.Equal(2, done.Select(item => item.GetProperty("item").GetProperty("id").GetString()).Distinct().Count());
    }

    [Fact]
    public async Task Messages()
    {
        await using var simulator = await StartAsync();
        var body =
            "{\"model\":\"m\",\"max_tokens\":4096,"
            + AnthropicTools
            + "\"messages\":[{\"role\":\"user\",\"content\":\"[[simulate:tools=2]]\"}]";
        var content = (await JsonAsync(simulator.AnthropicAsync(body + "}"))).GetProperty("content").EnumerateArray();
        Assert.Equal(["a 1", "b 1"], content.Select(block => $"{block.GetProperty("name")} {block.GetProperty("input").GetProperty("x")}"));
        var text = await simulator.AnthropicTextAsync(body + ",\"stream\":true}");
        Assert.Contains("\"index\":1,\"content_block\":{\"type\":\"tool_use\"", text, StringComparison.Ordinal);
        Assert.Contains("{\"type\":\"content_block_stop\",\"index\":1}", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_limit_cuts_the_calls_together()
    {
        await using var simulator = await StartAsync();
        var body =
            "{\"model\":\"m\",\"max_tokens\":9," + Functions + "\"messages\":[{\"role\":\"user\",\"content\":\"[[simulate:tools=3]]\"}]}";
        var choice = (await JsonAsync(simulator.OpenAIAsync(body))).GetProperty("choices")[0];
        Assert.Equal("length", choice.GetProperty("finish_reason").GetString());
        var calls = choice.GetProperty("message").GetProperty("tool_calls").EnumerateArray().Select(call => call.GetProperty("function"));
        Assert.Equal(["a {\"x\":1}", "b {\""], calls.Select(Call));
        Assert.Equal(9, (await simulator.RecordsAsync())[^1].Billed!.Output);
    }

    [Fact]
    public async Task Answers_are_JSON_where_that_is_asked()
    {
        await using var simulator = await StartAsync();
        const string Message = "\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]";
        var chat = await JsonAsync(
            simulator.OpenAIAsync(
                $"{{\"model\":\"m\",\"response_format\":{{\"type\":\"json_schema\",\"json_schema\":{{\"name\":\"n\",\"schema\":{Schema}}}}},{Message}}}"
            )
        );
        Assert.Equal("{\"x\":1}", chat.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString());
        var response = await JsonAsync(
            simulator.ResponsesAsync(
                $"{{\"model\":\"m\",\"text\":{{\"format\":{{\"type\":\"json_schema\",\"name\":\"n\",\"schema\":{Schema}}}}},\"input\":\"hi\"}}"
            )
        );
        Assert.Equal("{\"x\":1}", response.GetProperty("output")[0].GetProperty("content")[0].GetProperty("text").GetString());
        var message = await JsonAsync(
            simulator.AnthropicAsync(
                $"{{\"model\":\"m\",\"max_tokens\":99,\"output_config\":{{\"format\":{{\"type\":\"json_schema\",\"schema\":{Schema}}}}},{Message}}}"
            )
        );
        Assert.Equal("{\"x\":1}", message.GetProperty("content")[0].GetProperty("text").GetString());
        var streamed = await EventsAsync(
            simulator.OpenAIAsync($"{{\"model\":\"m\",\"stream\":true,\"response_format\":{{\"type\":\"json_object\"}},{Message}}}")
        );
        var text = string.Concat(
            streamed
                .Select(chunk => chunk.GetProperty("choices")[0].GetProperty("delta"))
                .Select(delta => delta.TryGetProperty("content", out var piece) ? piece.GetString() : "")
        );
        Assert.Equal(JsonValueKind.Object, JsonDocument.Parse(text).RootElement.ValueKind);
    }

    [Fact]
    public async Task A_schema_may_refer_to_its_own_parts()
    {
        await using var simulator = await StartAsync();
        const string Referring =
            "{\"$defs\":{\"p\":{\"type\":\"object\",\"properties\":{\"x\":{\"const\":1},\"more\":{\"$ref\":\"#/$defs/none\"}}}},\"$ref\":\"#/$defs/p\"}";
        var json = await JsonAsync(
            simulator.AnthropicAsync(
                $"{{\"model\":\"m\",\"max_tokens\":99,\"output_format\":{{\"type\":\"json_schema\",\"schema\":{Referring}}},\"messages\":[{{\"role\":\"user\",\"content\":\"hi\"}}]}}"
            )
        );
        var text = JsonDocument.Parse(json.GetProperty("content")[0].GetProperty("text").GetString()!).RootElement;
        Assert.Equal((1, JsonValueKind.String), (text.GetProperty("x").GetInt32(), text.GetProperty("more").ValueKind));
    }

    [Fact]
    public async Task A_blocked_answer_is_empty_and_says_so()
    {
        await using var simulator = await StartAsync();
        const string Message = "\"messages\":[{\"role\":\"user\",\"content\":\"[[simulate:blocked]]\"}]";
        var chat = await JsonAsync(simulator.OpenAIAsync($"{{\"model\":\"m\",{Message}}}"));
        Assert.Equal("content_filter", chat.GetProperty("choices")[0].GetProperty("finish_reason").GetString());
        var message = await JsonAsync(simulator.AnthropicAsync($"{{\"model\":\"m\",\"max_tokens\":9,{Message}}}"));
        Assert.Equal("refusal", message.GetProperty("stop_reason").GetString());
        var response = await JsonAsync(simulator.ResponsesAsync("{\"model\":\"m\",\"input\":\"[[simulate:blocked]]\"}"));
        Assert.Equal("content_filter", response.GetProperty("incomplete_details").GetProperty("reason").GetString());
        Assert.All(await simulator.RecordsAsync("?phase=completed"), line => Assert.Equal(new Bill(9, 0, 0, 0, 0, 0), line.Billed));
    }

    private static string Call(JsonElement call) => $"{call.GetProperty("name")} {call.GetProperty("arguments")}";
}
