using System.Text.Json;
using Purser.Simulator.Tests.Wire;
using static Purser.Simulator.Tests.SimulatorUnderTest;

namespace Purser.Simulator.Tests.Cohere;

public class CohereTests
{
    private const string Hi = "\"model\":\"command-a-03-2025\",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]";

    private const string Tool =
        "\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"weather\",\"parameters\":{\"type\":\"object\",\"properties\":{\"x\":{\"const\":1}}}}}]";

    [Fact]
    public async Task Chats_have_Coheres_shapes()
    {
        await using var simulator = await StartAsync();
        Shape.AssertLike("cohere/whole", [await JsonAsync(simulator.PostAsync("/v2/chat", $"{{{Hi}}}"))]);
        Shape.AssertLike("cohere/stream", await EventsAsync(simulator.PostAsync("/v2/chat", $"{{{Hi},\"stream\":true}}")));
        var thinking = await JsonAsync(simulator.PostAsync("/v2/chat", $"{{{Hi},\"thinking\":{{\"type\":\"enabled\"}}}}"));
        Shape.AssertLike("cohere/whole-thinking", [thinking]);
        var calls = $"{{\"model\":\"m\",{Tool},\"messages\":[{{\"role\":\"user\",\"content\":\"[[simulate:tools=2]]\"}}]";
        Shape.AssertLike("cohere/calls", [await JsonAsync(simulator.PostAsync("/v2/chat", calls + "}"))]);
        Shape.AssertLike("cohere/calls-stream", await EventsAsync(simulator.PostAsync("/v2/chat", calls + ",\"stream\":true}")));
    }

    [Fact]
    public async Task Others_have_Coheres_shapes()
    {
        await using var simulator = await StartAsync();
        const string Embed = "{\"model\":\"embed-v4.0\",\"input_type\":\"search_document\",\"texts\":[\"sunny day\",\"rain\"]}";
        Shape.AssertLike("cohere/embed", [await JsonAsync(simulator.PostAsync("/v2/embed", Embed))]);
        Shape.AssertLike("cohere/rerank", [await JsonAsync(simulator.PostAsync("/v2/rerank", Rerank("\"a\",\"b\"", "")))]);
        Shape.AssertLike(
            "cohere/error-404",
            [await JsonAsync(simulator.PostAsync("/v2/embed", Embed.Replace("embed-v4.0", "no-such-model", StringComparison.Ordinal)))]
        );
    }

    [Fact]
    public async Task The_bytes_of_a_stream()
    {
        await using var simulator = await StartAsync();
        using var response = await simulator.PostAsync(
            "/v2/chat",
            $"{{{Hi},\"stream\":true,\"max_tokens\":4,\"thinking\":{{\"type\":\"enabled\"}}}}"
        );
        Assert.Equal("text/event-stream; charset=utf-8", response.Content.Headers.ContentType!.ToString());
        var text = Masked(await TextAsync(response));
        var id = (await simulator.RecordsAsync())[^1].Id;
        Assert.Matches("^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}$", id);
        Assert.Equal(
            "event: message-start\ndata: {\"id\":\"ID\",\"type\":\"message-start\",\"delta\":{\"message\":{\"role\":\"assistant\",\"content\":[],\"tool_plan\":\"\",\"tool_calls\":[],\"citations\":[]}}}\n\n"
                + "event: content-start\ndata: {\"type\":\"content-start\",\"index\":0,\"delta\":{\"message\":{\"content\":{\"type\":\"thinking\",\"thinking\":\"\"}}}}\n\n"
                + "event: content-delta\ndata: {\"type\":\"content-delta\",\"index\":0,\"delta\":{\"message\":{\"content\":{\"thinking\":\"W\"}}}}\n\n"
                + "event: content-end\ndata: {\"type\":\"content-end\",\"index\":0}\n\n"
                + "event: content-start\ndata: {\"type\":\"content-start\",\"index\":1,\"delta\":{\"message\":{\"content\":{\"type\":\"text\",\"text\":\"\"}}}}\n\n"
                + "event: content-delta\ndata: {\"type\":\"content-delta\",\"index\":1,\"delta\":{\"message\":{\"content\":{\"text\":\"W\"}}}}\n\n"
                + "event: content-delta\ndata: {\"type\":\"content-delta\",\"index\":1,\"delta\":{\"message\":{\"content\":{\"text\":\" W\"}}}}\n\n"
                + "event: content-delta\ndata: {\"type\":\"content-delta\",\"index\":1,\"delta\":{\"message\":{\"content\":{\"text\":\" W\"}}}}\n\n"
                + "event: content-end\ndata: {\"type\":\"content-end\",\"index\":1}\n\n"
                + "event: message-end\ndata: {\"type\":\"message-end\",\"delta\":{\"finish_reason\":\"MAX_TOKENS\",\"usage\":{\"billed_units\":{\"input_tokens\":1,\"output_tokens\":4},\"tokens\":{\"input_tokens\":65,\"output_tokens\":7},\"cached_tokens\":0}}}\n\n"
                + "data: [DONE]\n\n",
            text.Replace(id!, "ID", StringComparison.Ordinal)
        );
        Assert.Equal(new Bill(1, 0, 0, 0, 3, 1), (await simulator.RecordsAsync())[^1].Billed);
    }

    [Theory]
    [InlineData("\"a\",\"b\"", "", 2, 1)]
    [InlineData("\"a\",\"b\",\"c\"", ",\"top_n\":2", 2, 1)]
    [InlineData("100", "", 100, 1)]
    [InlineData("101", "", 101, 2)]
    [InlineData("long", "", 1, 3)]
    public async Task Reranks_are_billed_by_the_search(string documents, string more, int results, int units)
    {
        // 120,003 tokens (the quotes and the query count too) are 241 chunks of up to 500: three searches of 100.
        documents = documents switch
        {
            "long" => $"\"{new string(',', 120_000)}\"",
            "100" or "101" => string.Join(
                ',',
                Enumerable.Range(0, int.Parse(documents, System.Globalization.CultureInfo.InvariantCulture)).Select(i => $"\"d{i}\"")
            ),
            _ => documents,
        };
        await using var simulator = await StartAsync();
        var json = await JsonAsync(simulator.PostAsync("/v2/rerank", Rerank(documents, more)));
        var scores = json.GetProperty("results")
            .EnumerateArray()
            .Select(result => result.GetProperty("relevance_score").GetDouble())
            .ToList();
        Assert.Equal(results, scores.Count);
        Assert.Equal(scores.OrderDescending(), scores);
        Assert.Equal(units, json.GetProperty("meta").GetProperty("billed_units").GetProperty("search_units").GetInt32());
        var line = (await simulator.RecordsAsync())[^1];
        Assert.Equal((Bill.Nothing, units), (line.Billed!, line.Json.GetProperty("billed").GetProperty("search_units").GetInt32()));
        var summary = await simulator.Client.GetStringAsync("/simulator/summary", TestContext.Current.CancellationToken);
        Assert.Contains($"\"search_units\":{units}}}", summary, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Vectors_come_in_each_type()
    {
        await using var simulator = await StartAsync();
        var json = await JsonAsync(
            simulator.PostAsync(
                "/v2/embed",
                "{\"model\":\"embed-v4.0\",\"input_type\":\"search_query\",\"texts\":[\"a\"],\"output_dimension\":16,\"embedding_types\":[\"float\",\"int8\",\"uint8\",\"binary\",\"ubinary\",\"base64\"]}"
            )
        );
        var embeddings = json.GetProperty("embeddings");
        var floats = embeddings.GetProperty("float")[0].EnumerateArray().Select(x => x.GetSingle()).ToArray();
        Assert.Equal(16, floats.Length);
        Assert.Equal(
            floats.Select(x => (int)Math.Round(x * 127)),
            embeddings.GetProperty("int8")[0].EnumerateArray().Select(x => x.GetInt32())
        );
        var bits = embeddings.GetProperty("ubinary")[0].EnumerateArray().Select(x => x.GetInt32()).ToArray();
        Assert.Equal(floats.Select(x => x > 0), Enumerable.Range(0, 16).Select(i => (bits[i / 8] >> (7 - i % 8) & 1) == 1));
        Assert.Equal(bits.Select(x => x - 128), embeddings.GetProperty("binary")[0].EnumerateArray().Select(x => x.GetInt32()));
        Assert.Equal(64, embeddings.GetProperty("base64")[0].GetBytesFromBase64().Length);
    }

    [Theory]
    [InlineData("/v2/chat", "{}", "invalid request: model is required")]
    [InlineData("/v2/chat", "{\"model\":\"m\"}", "invalid request: messages is required")]
    [InlineData("/v2/chat", "[", "invalid request: invalid json syntax")]
    [InlineData("/v2/embed", "{\"model\":\"m\",\"texts\":[\"a\"]}", "invalid request: input_type is required")]
    [InlineData("/v2/rerank", "{\"model\":\"m\",\"query\":\"q\"}", "invalid request: documents is required")]
    public async Task A_wrong_request_is_refused(string path, string body, string message)
    {
        await using var simulator = await StartAsync();
        using var response = await simulator.PostAsync(path, body);
        Assert.Equal(400, (int)response.StatusCode);
        var json = JsonDocument.Parse(await TextAsync(response)).RootElement;
        Assert.Equal(message, json.GetProperty("message").GetString());
        Assert.Equal(json.GetProperty("id").GetString(), response.Headers.GetValues("x-debug-trace-id").Single());
    }

    [Theory]
    [InlineData("429", 429)]
    [InlineData("503", 503)]
    public async Task Faults_are_Coheres(string fault, int status)
    {
        await using var simulator = await StartAsync();
        foreach (
            var (path, body) in new[]
            {
                ("/v2/chat", Ask(fault)),
                ("/v2/rerank", Rerank("\"a\"", "").Replace("\"q\"", $"\"[[simulate:{fault}]]\"", StringComparison.Ordinal)),
            }
        )
        {
            using var response = await simulator.PostAsync(path, body);
            Assert.Equal(status, (int)response.StatusCode);
        }
    }

    [Fact]
    public async Task A_stream_breaks_with_an_end_that_says_so()
    {
        await using var simulator = await StartAsync();
        var events = await EventsAsync(
            simulator.PostAsync(
                "/v2/chat",
                Ask("stream-error").Replace("{\"model\"", "{\"stream\":true,\"model\"", StringComparison.Ordinal)
            )
        );
        Assert.Equal("ERROR", events[^1].GetProperty("delta").GetProperty("finish_reason").GetString());
        Assert.Equal(
            ("stream_error", "cohere"),
            ((await simulator.RecordsAsync())[^1].Outcome, (await simulator.RecordsAsync())[^1].Json.GetProperty("api").GetString())
        );
    }

    [Fact]
    public async Task Answers_are_JSON_and_tools_are_called_where_that_is_asked()
    {
        await using var simulator = await StartAsync();
        const string Format =
            "\"response_format\":{\"type\":\"json_object\",\"json_schema\":{\"type\":\"object\",\"properties\":{\"x\":{\"const\":1}}}}";
        var json = await JsonAsync(simulator.PostAsync("/v2/chat", $"{{{Hi},{Format}}}"));
        Assert.Equal("{\"x\":1}", json.GetProperty("message").GetProperty("content")[0].GetProperty("text").GetString());
        var called = await JsonAsync(simulator.PostAsync("/v2/chat", $"{{{Hi},{Tool},\"tool_choice\":\"REQUIRED\"}}"));
        Assert.StartsWith(
            "weather_",
            called.GetProperty("message").GetProperty("tool_calls")[0].GetProperty("id").GetString(),
            StringComparison.Ordinal
        );
        Assert.Equal("TOOL_CALL", called.GetProperty("finish_reason").GetString());
    }

    private static string Ask(string fault) =>
        $"{{\"model\":\"m\",\"messages\":[{{\"role\":\"user\",\"content\":\"[[simulate:{fault}]]\"}}]}}";

    private static string Rerank(string documents, string more) =>
        $"{{\"model\":\"rerank-v3.5\",\"query\":\"q\",\"documents\":[{documents}]{more}}}";
}
