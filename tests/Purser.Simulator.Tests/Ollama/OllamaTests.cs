using System.Text.Json;
using Purser.Simulator.Tests.Wire;
using static Purser.Simulator.Tests.SimulatorUnderTest;

namespace Purser.Simulator.Tests.Ollama;

public class OllamaTests
{
    private const string Hi = "\"model\":\"llama3.2\",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]";

    private const string Tool =
        "\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"weather\",\"parameters\":{\"type\":\"object\",\"properties\":{\"format\":{\"type\":\"string\"},\"location\":{\"type\":\"string\"}}}}}]";

    [Fact]
    public async Task Chats_have_Ollamas_shapes()
    {
        await using var simulator = await StartAsync();
        var whole = await JsonAsync(PostAsync(simulator, "/api/chat", $"{{{Hi},\"stream\":false}}"));
        Shape.AssertLike("ollama/chat", [whole]);

        // It streams unless told not to.
        using var response = await PostAsync(simulator, "/api/chat", $"{{{Hi}}}");
        Assert.Equal("application/x-ndjson", response.Content.Headers.ContentType!.ToString());
        Shape.AssertLike("ollama/chat-stream", Lines(await TextAsync(response)));
        var call = $"{{\"model\":\"m\",{Tool},\"stream\":false,\"messages\":[{{\"role\":\"user\",\"content\":\"[[simulate:tool]]\"}}]}}";

        // The documentation is older than ids and indexes of calls.
        Shape.AssertLike(
            "ollama/chat-call",
            [await JsonAsync(PostAsync(simulator, "/api/chat", call))],
            adds: ["message.tool_calls[].id", "message.tool_calls[].function.index"]
        );
    }

    [Fact]
    public async Task Completions_have_Ollamas_shapes()
    {
        await using var simulator = await StartAsync();
        const string Prompt = "\"model\":\"gpt-oss:20b\",\"prompt\":\"hi\"";
        Shape.AssertLike("ollama/generate", [await JsonAsync(PostAsync(simulator, "/api/generate", $"{{{Prompt},\"stream\":false}}"))]);
        var stream = await TextAsync(await PostAsync(simulator, "/api/generate", $"{{{Prompt},\"think\":true}}"));
        Shape.AssertLike("ollama/generate-thinking-stream", Lines(stream));
    }

    [Fact]
    public async Task Others_have_Ollamas_shapes()
    {
        await using var simulator = await StartAsync();
        var embed = await JsonAsync(PostAsync(simulator, "/api/embed", "{\"model\":\"all-minilm\",\"input\":[\"a\",\"b c\"]}"));
        Shape.AssertLike("ollama/embed", [embed]);
        Assert.Equal((2, 384), (embed.GetProperty("embeddings").GetArrayLength(), embed.GetProperty("embeddings")[1].GetArrayLength()));
        Shape.AssertLike("ollama/tags", [await GetAsync(simulator, "/api/tags")]);
        Assert.Matches("^[0-9.]+$", (await GetAsync(simulator, "/api/version")).GetProperty("version").GetString());
        var show = await JsonAsync(PostAsync(simulator, "/api/show", "{\"model\":\"llama3.2\"}"));
        Assert.Equal(131072, show.GetProperty("model_info").GetProperty("llama.context_length").GetInt32());
        Assert.Equal(
            "{\"error\":\"model 'no-such-one' not found\"}",
            await TextAsync(await PostAsync(simulator, "/api/show", "{\"model\":\"no-such-one\"}"))
        );
    }

    [Fact]
    public async Task The_bytes_of_a_stream()
    {
        await using var simulator = await StartAsync();
        var text = await TextAsync(
            await PostAsync(simulator, "/api/chat", $"{{{Hi},\"think\":\"low\",\"options\":{{\"num_predict\":4}}}}")
        );
        const string Start =
            "{\"model\":\"llama3.2\",\"created_at\":\"2026-01-01T00:00:00.000000Z\",\"message\":{\"role\":\"assistant\",\"content\":\"";
        Assert.Equal(
            Start
                + "\",\"thinking\":\"W\"},\"done\":false}\n"
                + Start
                + "W\"},\"done\":false}\n"
                + Start
                + " W\"},\"done\":false}\n"
                + Start
                + " W\"},\"done\":false}\n"
                + Start
                + "\"},\"done\":true,\"done_reason\":\"length\",\"total_duration\":41100000,\"load_duration\":1000000,\"prompt_eval_count\":1,"
                + "\"prompt_eval_duration\":100000,\"eval_count\":4,\"eval_duration\":40000000}\n",
            Masked(text)
        );
        var line = (await simulator.RecordsAsync())[^1];
        Assert.Equal((new Bill(1, 0, 0, 0, 3, 1), "ollama", null), (line.Billed!, line.Json.GetProperty("api").GetString(), line.Id));
    }

    [Fact]
    public async Task Calls_at_once_and_JSON()
    {
        await using var simulator = await StartAsync();
        var body = $"{{\"model\":\"m\",{Tool},\"messages\":[{{\"role\":\"user\",\"content\":\"[[simulate:tools=2]]\"}}]}}";
        var calls = Lines(await TextAsync(await PostAsync(simulator, "/api/chat", body)))
            .Where(line => line.GetProperty("message").TryGetProperty("tool_calls", out _))
            .Select(line => line.GetProperty("message").GetProperty("tool_calls")[0].GetProperty("function"))
            .ToList();
        Assert.Equal([0, 1], calls.Select(call => call.GetProperty("index").GetInt32()));
        Assert.All(calls, call => Assert.Equal(JsonValueKind.Object, call.GetProperty("arguments").ValueKind));

        const string Format = "\"format\":{\"type\":\"object\",\"properties\":{\"x\":{\"const\":1}}},\"stream\":false";
        var json = await JsonAsync(PostAsync(simulator, "/api/chat", $"{{{Hi},{Format}}}"));
        Assert.Equal("{\"x\":1}", json.GetProperty("message").GetProperty("content").GetString());
    }

    [Theory]
    [InlineData("/api/chat", "{\"messages\":[]}", 400, "model is required")]
    [InlineData("/api/chat", "{\"model\":\"no-such-one\",\"messages\":[]}", 404, "model 'no-such-one' not found")]
    [InlineData("/api/generate", "nonsense", 400, "invalid character at the start or the end of the JSON body")]
    [InlineData("/api/embed", "{\"model\":\"m\",\"input\":1}", 400, "invalid input type")]
    [InlineData(
        "/api/generate",
        "{\"model\":\"m\",\"prompt\":\"[[simulate:503]]\"}",
        503,
        "server busy, please try again.  maximum pending requests exceeded"
    )]
    public async Task Errors_are_a_message(string path, string body, int status, string message)
    {
        await using var simulator = await StartAsync();
        using var response = await PostAsync(simulator, path, body);
        Assert.Equal(status, (int)response.StatusCode);
        Assert.Equal($"{{\"error\":\"{message}\"}}", await TextAsync(response));
    }

    [Fact]
    public async Task A_stream_breaks_with_a_line_that_says_so()
    {
        await using var simulator = await StartAsync();
        var body = "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"[[simulate:stream-error]]\"}]}";
        var lines = Lines(await TextAsync(await PostAsync(simulator, "/api/chat", body))).ToList();
        Assert.True(lines[^1].TryGetProperty("error", out _));
        Assert.Equal("stream_error", (await simulator.RecordsAsync())[^1].Outcome);
    }

    private static Task<HttpResponseMessage> PostAsync(SimulatorUnderTest simulator, string path, string body) =>
        simulator.SendAsync(path, body, []);

    private static async Task<JsonElement> GetAsync(SimulatorUnderTest simulator, string path) =>
        JsonDocument.Parse(await simulator.Client.GetStringAsync(path, TestContext.Current.CancellationToken)).RootElement;

    private static IEnumerable<JsonElement> Lines(string text) =>
        text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement);
}
