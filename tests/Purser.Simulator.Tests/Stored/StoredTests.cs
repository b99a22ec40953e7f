using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Time.Testing;
using Purser.Simulator.Tests.Wire;
using static Purser.Simulator.Tests.SimulatorUnderTest;

namespace Purser.Simulator.Tests.Stored;

/// <summary>Files, batches and responses that are kept.</summary>
public class StoredTests
{
    private const string Chat = "\"body\":{\"model\":\"gpt-4o\",\"max_tokens\":4,\"messages\":[{\"role\":\"user\",\"content\":\"TEXT\"}]}";

    private static readonly SimulatorOptions AtOnce = new() { BatchDelay = TimeSpan.Zero };

    [Fact]
    public async Task A_file_is_kept_listed_fetched_and_deleted()
    {
        await using var simulator = await StartAsync();
        var file = await UploadAsync(simulator, "one\ntwo\n");
        Shape.AssertLike("openai/file", [file]);
        var id = file.GetProperty("id").GetString();
        Assert.Equal(file.GetRawText(), (await AskAsync(simulator, "GET", $"/v1/files/{id}")).GetRawText());
        var list = await AskAsync(simulator, "GET", "/v1/files?purpose=batch");
        Assert.Equal(id, list.GetProperty("data")[0].GetProperty("id").GetString());
        Assert.Equal("one\ntwo\n", await TextAsync(simulator, "GET", $"/v1/files/{id}/content"));
        Assert.True((await AskAsync(simulator, "DELETE", $"/v1/files/{id}")).GetProperty("deleted").GetBoolean());
        Assert.Contains("No such File object", await TextAsync(simulator, "GET", $"/v1/files/{id}"), StringComparison.Ordinal);
        Assert.Equal(0, (await AskAsync(simulator, "GET", "/v1/files")).GetProperty("data").GetArrayLength());
    }

    [Fact]
    public async Task A_list_goes_on_after_an_id()
    {
        await using var simulator = await StartAsync();
        var ids = new List<string?>();
        for (var i = 0; i < 3; i++)
        {
            ids.Add((await UploadAsync(simulator, "x")).GetProperty("id").GetString());
        }

        var first = await AskAsync(simulator, "GET", "/v1/files?limit=2");
        Assert.Equal([ids[2], ids[1]], first.GetProperty("data").EnumerateArray().Select(file => file.GetProperty("id").GetString()));
        Assert.True(first.GetProperty("has_more").GetBoolean());
        var rest = await AskAsync(simulator, "GET", $"/v1/files?limit=2&after={ids[1]}");
        Assert.Equal([ids[0]], rest.GetProperty("data").EnumerateArray().Select(file => file.GetProperty("id").GetString()));
        Assert.False(rest.GetProperty("has_more").GetBoolean());
    }

    [Fact]
    public async Task A_batch_runs_through_the_simulators_own_endpoints()
    {
        await using var simulator = await StartAsync(AtOnce);
        var created = await BatchAsync(simulator, Line("a", "hi"), Line("b", "[[simulate:500]]"), Line("c", "hi"));
        Assert.Equal("validating", created.GetProperty("status").GetString());
        var batch = await EndedAsync(simulator, $"/v1/batches/{created.GetProperty("id").GetString()}", "status", "completed");
        Shape.AssertLike("openai/batch", [batch]);
        Assert.Equal("{\"total\":3,\"completed\":2,\"failed\":1}", Compact(batch.GetProperty("request_counts")));
        Assert.Equal(10, batch.GetProperty("usage").GetProperty("total_tokens").GetInt32());
        var output = await LinesAsync(simulator, batch, "output_file_id");
        Shape.AssertLike("openai/batch-output", output, lacks: ["response.body"], adds: ["response.body"]);
        Assert.Equal(["a", "c"], output.Select(line => line.GetProperty("custom_id").GetString()));
        Assert.Equal(
            4,
            output[0].GetProperty("response").GetProperty("body").GetProperty("usage").GetProperty("completion_tokens").GetInt32()
        );
        var error = Assert.Single(await LinesAsync(simulator, batch, "error_file_id"));
        Assert.Equal(500, error.GetProperty("response").GetProperty("status_code").GetInt32());
        var records = (await simulator.RecordsAsync($"?phase=completed&batch={batch.GetProperty("id").GetString()}")).ConvertAll(line =>
            (line.Json.GetProperty("batch").GetString(), line.Billed!.Output)
        );
        var id = batch.GetProperty("id").GetString();
        Assert.Equal([(id, 4L), (id, 0L), (id, 4L)], records);
    }

    [Fact]
    public async Task A_batch_waits_as_long_as_it_is_told()
    {
        var time = new FakeTimeProvider(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
        await using var simulator = await StartAsync(new SimulatorOptions { BatchDelay = TimeSpan.FromHours(2) }, time);
        var path = $"/v1/batches/{(await BatchAsync(simulator, Line("a", "hi"))).GetProperty("id").GetString()}";
        await EndedAsync(simulator, path, "status", "in_progress");
        time.Advance(TimeSpan.FromHours(1));
        Assert.Equal("in_progress", (await AskAsync(simulator, "GET", path)).GetProperty("status").GetString());
        time.Advance(TimeSpan.FromHours(1));
        var batch = await EndedAsync(simulator, path, "status", "completed");
        Assert.Equal(7200, batch.GetProperty("completed_at").GetInt64() - batch.GetProperty("created_at").GetInt64());
    }

    [Fact]
    public async Task A_cancelled_batch_runs_nothing_more()
    {
        await using var simulator = await StartAsync(new SimulatorOptions { BatchDelay = TimeSpan.FromHours(2) });
        var path = $"/v1/batches/{(await BatchAsync(simulator, Line("a", "hi"))).GetProperty("id").GetString()}";
        await EndedAsync(simulator, path, "status", "in_progress");
        await AskAsync(simulator, "POST", path + "/cancel");
        var batch = await EndedAsync(simulator, path, "status", "cancelled");
        var line = Assert.Single(await LinesAsync(simulator, batch, "error_file_id"));
        Assert.Equal("batch_cancelled", line.GetProperty("error").GetProperty("code").GetString());
        Assert.Empty(await simulator.RecordsAsync());
        Assert.Contains("Cannot cancel a batch", await TextAsync(simulator, "POST", path + "/cancel"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_batch_whose_lines_are_wrong_fails()
    {
        await using var simulator = await StartAsync(AtOnce);
        var created = await BatchAsync(
            simulator,
            Line("a", "hi"),
            "{",
            Line("a", "hi"),
            Line("b", "hi").Replace("/v1/chat/completions", "/v1/responses", StringComparison.Ordinal)
        );
        var batch = await EndedAsync(simulator, $"/v1/batches/{created.GetProperty("id").GetString()}", "status", "failed");
        Assert.Equal(
            [("invalid_json_line", 2), ("duplicate_custom_id", 3), ("mismatched_endpoint", 4)],
            batch
                .GetProperty("errors")
                .GetProperty("data")
                .EnumerateArray()
                .Select(error => (error.GetProperty("code").GetString(), error.GetProperty("line").GetInt32()))
        );
        Assert.Empty(await simulator.RecordsAsync());
    }

    [Fact]
    public async Task A_batch_of_messages_has_results()
    {
        await using var simulator = await StartAsync(AtOnce);
        const string Message =
            "{\"custom_id\":\"ID\",\"params\":{\"model\":\"claude-opus-5-5\",\"max_tokens\":3,\"messages\":[{\"role\":\"user\",\"content\":\"TEXT\"}]}}";
        var body =
            "{\"requests\":["
            + Message.Replace("ID", "a", StringComparison.Ordinal).Replace("TEXT", "hi", StringComparison.Ordinal)
            + ","
            + Message.Replace("ID", "b", StringComparison.Ordinal).Replace("TEXT", "[[simulate:529]]", StringComparison.Ordinal)
            + "]}";
        var created = await AskAsync(simulator, "POST", "/v1/messages/batches", body, anthropic: true);
        var path = $"/v1/messages/batches/{created.GetProperty("id").GetString()}";
        var batch = await EndedAsync(simulator, path, "processing_status", "ended", anthropic: true);
        Shape.AssertLike("anthropic/batch", [batch]);
        Assert.Equal(
            "{\"processing\":0,\"succeeded\":1,\"errored\":1,\"canceled\":0,\"expired\":0}",
            Compact(batch.GetProperty("request_counts"))
        );
        var url = new Uri(batch.GetProperty("results_url").GetString()!);
        Assert.Equal(path + "/results", url.AbsolutePath);
        var text = await TextAsync(simulator, "GET", url.AbsolutePath, anthropic: true);
        var results = text.TrimEnd().Split('\n').Select(line => JsonDocument.Parse(line).RootElement.GetProperty("result")).ToList();
        Assert.Equal("batch", results[0].GetProperty("message").GetProperty("usage").GetProperty("service_tier").GetString());
        Assert.Equal("errored", results[1].GetProperty("type").GetString());
        Assert.Equal("overloaded_error", results[1].GetProperty("error").GetProperty("error").GetProperty("type").GetString());
        var deleted = await AskAsync(simulator, "DELETE", path, anthropic: true);
        Assert.Equal("message_batch_deleted", deleted.GetProperty("type").GetString());
        Assert.Contains("not_found_error", await TextAsync(simulator, "GET", path, anthropic: true), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Anthropics_files_are_apart_from_OpenAIs()
    {
        await using var simulator = await StartAsync();
        await UploadAsync(simulator, "x");
        var file = await UploadAsync(simulator, "{}", anthropic: true);
        Shape.AssertLike("anthropic/file", [file]);
        var list = await AskAsync(simulator, "GET", "/v1/files", anthropic: true);
        Assert.Equal(file.GetRawText(), Compact(Assert.Single(list.GetProperty("data").EnumerateArray().ToList())));
        var refused = await TextAsync(simulator, "GET", $"/v1/files/{file.GetProperty("id").GetString()}/content", anthropic: true);
        Assert.Contains("is not downloadable", refused, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_response_is_kept_with_its_input()
    {
        await using var simulator = await StartAsync();
        var response = await JsonAsync(simulator.ResponsesAsync("{\"model\":\"gpt-4o\",\"input\":\"hi\"}"));
        var path = $"/v1/responses/{response.GetProperty("id").GetString()}";
        Assert.Equal(Compact(response), Compact(await AskAsync(simulator, "GET", path)));
        var items = await AskAsync(simulator, "GET", path + "/input_items");
        Shape.AssertLike("openai/input-items", [items]);
        Assert.Contains("Cannot cancel", await TextAsync(simulator, "POST", path + "/cancel"), StringComparison.Ordinal);
        Assert.True((await AskAsync(simulator, "DELETE", path)).GetProperty("deleted").GetBoolean());
        Assert.Contains("not found", await TextAsync(simulator, "GET", path), StringComparison.Ordinal);
        var unstored = await JsonAsync(simulator.ResponsesAsync("{\"model\":\"gpt-4o\",\"input\":\"hi\",\"store\":false}"));
        Assert.Contains(
            "not found",
            await TextAsync(simulator, "GET", $"/v1/responses/{unstored.GetProperty("id").GetString()}"),
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData("/v1/responses/resp_1/input_items")]
    [InlineData("/v1/batches/batch_1")]
    [InlineData("/v1/files/file-1/content")]
    [InlineData("/v1/messages/batches/msgbatch_1/results")]
    public async Task What_is_not_there_is_a_404(string path)
    {
        await using var simulator = await StartAsync();
        using var response = await SendAsync(simulator, "GET", path, null, anthropic: path.Contains("messages", StringComparison.Ordinal));
        Assert.Equal(404, (int)response.StatusCode);
    }

    private static string Line(string id, string text) =>
        $"{{\"custom_id\":\"{id}\",\"method\":\"POST\",\"url\":\"/v1/chat/completions\",{Chat.Replace("TEXT", text, StringComparison.Ordinal)}}}";

    private static string Compact(JsonElement json) => JsonSerializer.Serialize(json);

    private static async Task<JsonElement> BatchAsync(SimulatorUnderTest simulator, params string[] lines)
    {
        var file = (await UploadAsync(simulator, string.Join('\n', lines))).GetProperty("id").GetString();
        return await AskAsync(
            simulator,
            "POST",
            "/v1/batches",
            $"{{\"input_file_id\":\"{file}\",\"endpoint\":\"/v1/chat/completions\",\"completion_window\":\"24h\",\"metadata\":{{\"a\":\"b\"}}}}"
        );
    }

    private static async Task<JsonElement> EndedAsync(
        SimulatorUnderTest simulator,
        string path,
        string member,
        string status,
        bool anthropic = false
    )
    {
        while (true)
        {
            var batch = await AskAsync(simulator, "GET", path, anthropic: anthropic);
            if (batch.GetProperty(member).GetString() == status)
            {
                return batch;
            }

            await Task.Yield();
        }
    }

    private static async Task<List<JsonElement>> LinesAsync(SimulatorUnderTest simulator, JsonElement batch, string file)
    {
        var text = await TextAsync(simulator, "GET", $"/v1/files/{batch.GetProperty(file).GetString()}/content");
        return [.. text.TrimEnd().Split('\n').Select(line => JsonDocument.Parse(line).RootElement)];
    }

    private static async Task<JsonElement> UploadAsync(SimulatorUnderTest simulator, string content, bool anthropic = false)
    {
        var file = new ByteArrayContent(Encoding.UTF8.GetBytes(content));
        file.Headers.ContentType = new MediaTypeHeaderValue("application/jsonl");
        using var form = new MultipartFormDataContent { { new StringContent("batch"), "purpose" }, { file, "file", "lines.jsonl" } };
        using var response = await SendAsync(simulator, "POST", "/v1/files", form, anthropic);
        return JsonDocument.Parse(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).RootElement;
    }

    private static async Task<JsonElement> AskAsync(
        SimulatorUnderTest simulator,
        string method,
        string path,
        string? body = null,
        bool anthropic = false
    ) => JsonDocument.Parse(await TextAsync(simulator, method, path, body, anthropic)).RootElement;

    private static async Task<string> TextAsync(
        SimulatorUnderTest simulator,
        string method,
        string path,
        string? body = null,
        bool anthropic = false
    )
    {
        using var content = body is null ? null : new StringContent(body, Encoding.UTF8, "application/json");
        using var response = await SendAsync(simulator, method, path, content, anthropic);
        return await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
    }

    private static async Task<HttpResponseMessage> SendAsync(
        SimulatorUnderTest simulator,
        string method,
        string path,
        HttpContent? content,
        bool anthropic
    )
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path) { Content = content };
        request.Headers.Add(anthropic ? "x-api-key" : "Authorization", anthropic ? "sk-ant-test" : "Bearer sk-test");
        if (anthropic)
        {
            request.Headers.Add("anthropic-version", "2023-06-01");
        }

        return await simulator.Client.SendAsync(request, TestContext.Current.CancellationToken);
    }
}
