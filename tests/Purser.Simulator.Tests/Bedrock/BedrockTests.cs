using System.Text;
using System.Text.Json;
using Purser.Simulator.Tests.Wire;
using static Purser.Simulator.Tests.SimulatorUnderTest;

namespace Purser.Simulator.Tests.Bedrock;

public class BedrockTests
{
    private const string Claude = "/model/us.anthropic.claude-sonnet-4-5-20250929-v1%3A0/";
    private const string Hi = "\"messages\":[{\"role\":\"user\",\"content\":[{\"text\":\"hi\"}]}]";
    private const string Version = "\"anthropic_version\":\"bedrock-2023-05-31\",\"max_tokens\":4,";
    private const string Messages = "{" + Version + "\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}";
    private const string Tool =
        "\"toolConfig\":{\"tools\":[{\"toolSpec\":{\"name\":\"weather\",\"inputSchema\":{\"json\":{\"type\":\"object\",\"properties\":{\"x\":{\"const\":1}}}}}}],\"toolChoice\":{\"any\":{}}}";

    private static readonly string Cached =
        "{\"system\":[{\"text\":\""
        + string.Join(' ', Enumerable.Repeat("word", 1100))
        + "\"},{\"cachePoint\":{\"type\":\"default\"}}],\"inferenceConfig\":{\"maxTokens\":5},"
        + Hi
        + "}";

    [Fact]
    public void The_tests_own_reader_reads_a_recorded_stream()
    {
        var text = File.ReadAllText(Path.Combine(GuideTests.Root(), "tests", "vectors", "wire", "bedrock", "converse-stream.json"));
        var golden = JsonDocument.Parse(text).RootElement;
        var read = Message.Named(Message.ReadAll(golden.GetProperty("body").GetBytesFromBase64()));
        Assert.Equal(golden.GetProperty("answers").EnumerateArray().Select(Compact), read.Select(Compact));
    }

    [Fact]
    public async Task Converse_has_Bedrocks_shape()
    {
        await using var simulator = await StartAsync();
        Shape.AssertLike("bedrock/converse", [await JsonAsync(simulator.PostAsync(Claude + "converse", Cached))]);
        var again = await JsonAsync(simulator.PostAsync(Claude + "converse", Cached));
        Assert.Equal(1100, again.GetProperty("usage").GetProperty("cacheReadInputTokens").GetInt32());
        Assert.Equal(1, again.GetProperty("usage").GetProperty("inputTokens").GetInt32());
        var thinking = $"{{\"additionalModelRequestFields\":{{\"thinking\":{{\"type\":\"enabled\",\"budget_tokens\":1024}}}},{Hi}}}";
        Shape.AssertLike("bedrock/converse-thinking", [await JsonAsync(simulator.PostAsync(Claude + "converse", thinking))]);
        Shape.AssertLike(
            "bedrock/converse-thinking-stream",
            Message.Named(await StreamAsync(simulator, Claude + "converse-stream", thinking))
        );
    }

    [Fact]
    public async Task A_converse_stream_has_Bedrocks_shape()
    {
        await using var simulator = await StartAsync();
        var messages = await StreamAsync(simulator, Claude + "converse-stream", $"{{\"inferenceConfig\":{{\"maxTokens\":4}},{Hi}}}");

        // What a request asks for in additionalModelResponseFieldPaths.
        Shape.AssertLike("bedrock/converse-stream", Message.Named(messages), lacks: ["messageStop.additionalModelResponseFields"]);
        Assert.All(messages, message => Assert.Equal("event", message.Headers[":message-type"]));
        Assert.All(messages, message => Assert.Equal("application/json", message.Headers[":content-type"]));
        Assert.Equal(
            ["messageStart", .. Enumerable.Repeat("contentBlockDelta", 4), "contentBlockStop", "messageStop", "metadata"],
            messages.Select(message => message.Type)
        );
        Assert.Equal(
            "{\"inputTokens\":1,\"outputTokens\":4,\"serverToolUsage\":{},\"totalTokens\":5}",
            messages[^1].Json.GetProperty("usage").GetRawText()
        );
        var line = (await simulator.RecordsAsync())[^1];
        Assert.Equal(new Bill(1, 0, 0, 0, 4, 0), line.Billed);
        Assert.Equal("bedrock", line.Json.GetProperty("api").GetString());
        Assert.Equal("us.anthropic.claude-sonnet-4-5-20250929-v1:0", line.Json.GetProperty("model").GetString());
    }

    [Fact]
    public async Task Converse_calls_tools()
    {
        await using var simulator = await StartAsync();
        var whole = await JsonAsync(simulator.PostAsync(Claude + "converse", $"{{{Tool},{Hi}}}"));
        var call = whole.GetProperty("output").GetProperty("message").GetProperty("content")[0].GetProperty("toolUse");
        Assert.Equal("{\"x\":1}", call.GetProperty("input").GetRawText());
        Assert.Matches("^tooluse_[-_0-9A-Za-z]{22}$", call.GetProperty("toolUseId").GetString());
        Assert.Equal("tool_use", whole.GetProperty("stopReason").GetString());
        var streamed = await StreamAsync(simulator, Claude + "converse-stream", $"{{{Tool},{Hi}}}");
        Assert.Equal("weather", streamed[1].Json.GetProperty("start").GetProperty("toolUse").GetProperty("name").GetString());
        Assert.Equal(
            "{\"x\":1}",
            string.Concat(
                streamed
                    .Where(message => message.Type == "contentBlockDelta")
                    .Select(message => message.Json.GetProperty("delta").GetProperty("toolUse").GetProperty("input").GetString())
            )
        );
    }

    [Fact]
    public async Task Converse_answers_JSON_by_a_schema()
    {
        await using var simulator = await StartAsync();
        const string Format =
            "\"outputConfig\":{\"textFormat\":{\"type\":\"json_schema\",\"structure\":{\"jsonSchema\":{\"name\":\"n\",\"schema\":\"{\\\"type\\\":\\\"object\\\",\\\"properties\\\":{\\\"y\\\":{\\\"const\\\":2}}}\"}}}}";
        var whole = await JsonAsync(simulator.PostAsync(Claude + "converse", $"{{{Format},{Hi}}}"));
        Assert.Equal(
            "{\"y\":2}",
            whole.GetProperty("output").GetProperty("message").GetProperty("content")[0].GetProperty("text").GetString()
        );
    }

    [Fact]
    public async Task Claude_is_invoked_with_its_own_messages()
    {
        await using var simulator = await StartAsync();
        using var response = await simulator.PostAsync(Claude + "invoke", Messages);
        Assert.Equal("1", response.Headers.GetValues("x-amzn-bedrock-input-token-count").Single());
        Assert.Equal("4", response.Headers.GetValues("x-amzn-bedrock-output-token-count").Single());
        var whole = JsonDocument.Parse(await TextAsync(response)).RootElement;
        Assert.Equal("claude-sonnet-4-5-20250929", whole.GetProperty("model").GetString());
        Assert.Matches("^msg_bdrk_01", whole.GetProperty("id").GetString());
        var chunks = Message.Chunks(await StreamAsync(simulator, Claude + "invoke-with-response-stream", Messages));
        Assert.Equal(
            [
                "message_start",
                "content_block_start",
                .. Enumerable.Repeat("content_block_delta", 4),
                "content_block_stop",
                "message_delta",
                "message_stop",
            ],
            chunks.Select(chunk => chunk.GetProperty("type").GetString())
        );
        const string Metrics = "amazon-bedrock-invocationMetrics";
        Shape.AssertLike(
            "bedrock/invoke-metrics",
            [chunks[^1]],
            lacks: [Metrics + ".cacheReadInputTokenCount", Metrics + ".cacheWriteInputTokenCount"]
        );
        Assert.Equal(4, chunks[^1].GetProperty(Metrics).GetProperty("outputTokenCount").GetInt32());
    }

    [Theory]
    [InlineData(Messages, "\"stream\":true,", "stream: Extra inputs are not permitted")]
    [InlineData(Messages, "\"model\":\"m\",", "model: Extra inputs are not permitted")]
    [InlineData("{\"max_tokens\":4," + Hi + "}", "", "anthropic_version: Field required")]
    [InlineData("{\"max_tokens\":4," + Hi + "}", "\"anthropic_version\":\"x\",", "anthropic_version: Input should be 'bedrock-2023-05-31'")]
    [InlineData("{" + Hi + "}", "", "max_tokens: Field required")]
    public async Task Claude_refuses_what_is_not_Bedrocks(string body, string first, string message)
    {
        await using var simulator = await StartAsync();
        using var response = await simulator.PostAsync(Claude + "invoke", "{" + first + body[1..]);
        Assert.Equal(400, (int)response.StatusCode);
        Assert.Equal(
            "ValidationException:http://internal.amazon.com/coral/com.amazon.bedrock/",
            response.Headers.GetValues("x-amzn-errortype").Single()
        );
        Assert.Equal(message, JsonDocument.Parse(await TextAsync(response)).RootElement.GetProperty("message").GetString());
    }

    [Fact]
    public async Task Nova_and_Llama_are_invoked_in_their_formats()
    {
        await using var simulator = await StartAsync();
        const string Nova = "{\"schemaVersion\":\"messages-v1\",\"inferenceConfig\":{\"max_new_tokens\":4}," + Hi + "}";
        var whole = await JsonAsync(simulator.PostAsync("/model/amazon.nova-lite-v1:0/invoke", Nova));
        Assert.Equal(
            "{\"inputTokens\":1,\"outputTokens\":4,\"totalTokens\":5,\"cacheReadInputTokenCount\":0,\"cacheWriteInputTokenCount\":0}",
            whole.GetProperty("usage").GetRawText()
        );
        var nova = Message.Chunks(await StreamAsync(simulator, "/model/us.amazon.nova-lite-v1:0/invoke-with-response-stream", Nova));
        Assert.Equal("{\"messageStart\":{\"role\":\"assistant\"}}", nova[0].GetRawText());
        Assert.Equal(4, nova[^1].GetProperty("metadata").GetProperty("usage").GetProperty("outputTokens").GetInt32());
        Assert.Equal(4, nova[^1].GetProperty("amazon-bedrock-invocationMetrics").GetProperty("outputTokenCount").GetInt32());

        const string Llama = "{\"prompt\":\"hi\",\"max_gen_len\":3}";
        const string Path = "/model/meta.llama3-3-70b-instruct-v1:0/";
        Assert.Equal(3, (await JsonAsync(simulator.PostAsync(Path + "invoke", Llama))).GetProperty("generation_token_count").GetInt32());
        var llama = Message.Chunks(await StreamAsync(simulator, Path + "invoke-with-response-stream", Llama));
        Assert.Equal(["1", "2", "3", "3"], llama.Select(chunk => chunk.GetProperty("generation_token_count").GetRawText()));
        Assert.Equal("length", llama[^1].GetProperty("stop_reason").GetString());
    }

    [Theory]
    [InlineData("429", 429, "ThrottlingException")]
    [InlineData("500", 500, "InternalServerException")]
    [InlineData("529", 503, "ServiceUnavailableException")]
    public async Task Faults_have_AWSs_names(string fault, int status, string type)
    {
        await using var simulator = await StartAsync();
        foreach (var operation in new[] { "converse", "converse-stream" })
        {
            using var response = await simulator.PostAsync(Claude + operation, Body($"[[simulate:{fault}]]"));
            Assert.Equal(status, (int)response.StatusCode);
            Assert.StartsWith(type, response.Headers.GetValues("x-amzn-errortype").Single(), StringComparison.Ordinal);
            Shape.AssertLike("bedrock/error-400", [JsonDocument.Parse(await TextAsync(response)).RootElement]);
        }
    }

    [Fact]
    public async Task A_stream_error_is_an_exception_in_the_stream()
    {
        await using var simulator = await StartAsync();
        var types = new HashSet<string>();
        for (var i = 0; i < 12; i++)
        {
            var last = (await StreamAsync(simulator, Claude + "converse-stream", Body("[[simulate:stream-error]]")))[^1];
            Assert.Equal("exception", last.Headers[":message-type"]);
            types.Add(last.Headers[":exception-type"]);
        }

        Assert.Equal(["modelStreamErrorException", "throttlingException"], types.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Garbage_comes_in_a_frame_that_is_right()
    {
        await using var simulator = await StartAsync();
        foreach (var operation in new[] { "converse-stream", "invoke-with-response-stream" })
        {
            var body =
                operation == "converse-stream"
                    ? Body("[[simulate:garbage]]")
                    : Messages.Replace("hi", "[[simulate:garbage]]", StringComparison.Ordinal);
            var messages = await StreamAsync(simulator, Claude + operation, body);
            Assert.Single(messages, message => Encoding.UTF8.GetString(message.Payload).Contains("502 Bad", StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task Tools_that_are_no_list_are_none()
    {
        await using var simulator = await StartAsync();
        var body = $"{{\"toolConfig\":{{\"tools\":{{}},\"toolChoice\":{{\"any\":{{}}}}}},{Hi}}}";
        Assert.Equal("end_turn", (await JsonAsync(simulator.PostAsync(Claude + "converse", body))).GetProperty("stopReason").GetString());
    }

    [Fact]
    public async Task Models_and_profiles_are_listed()
    {
        await using var simulator = await StartAsync();
        Shape.AssertLike("bedrock/foundation-models", [await GetAsync(simulator, "/foundation-models")]);
        var profiles = await GetAsync(simulator, "/inference-profiles?type=SYSTEM_DEFINED");
        Shape.AssertLike("bedrock/inference-profiles", [profiles]);
        Assert.StartsWith(
            "us.anthropic.claude",
            profiles.GetProperty("inferenceProfileSummaries")[0].GetProperty("inferenceProfileId").GetString(),
            StringComparison.Ordinal
        );
        var own = await GetAsync(simulator, "/inference-profiles?type=APPLICATION");
        Assert.Equal("{\"inferenceProfileSummaries\":[]}", own.GetRawText());
    }

    [Fact]
    public async Task A_model_may_be_named_by_an_ARN()
    {
        await using var simulator = await StartAsync();
        var arn = Uri.EscapeDataString("arn:aws:bedrock:us-east-1:1:inference-profile/eu.anthropic.claude-sonnet-4-6");
        var whole = await JsonAsync(simulator.PostAsync($"/model/{arn}/invoke", Messages));
        Assert.Equal("claude-sonnet-4-6", whole.GetProperty("model").GetString());
        using var response = await simulator.PostAsync("/model/anthropic.no-such-model/converse", $"{{{Hi}}}");
        Assert.Equal(400, (int)response.StatusCode);
        Assert.Equal("{\"message\":\"The provided model identifier is invalid.\"}", await TextAsync(response));
    }

    private static string Body(string text) => "{" + Hi.Replace("hi", text, StringComparison.Ordinal) + "}";

    private static string Compact(JsonElement json) => JsonSerializer.Serialize(json);

    private static async Task<List<Message>> StreamAsync(SimulatorUnderTest simulator, string path, string body)
    {
        using var response = await simulator.PostAsync(path, body);
        Assert.Equal("application/vnd.amazon.eventstream", response.Content.Headers.ContentType?.ToString());
        return Message.ReadAll(await response.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));
    }

    private static async Task<JsonElement> GetAsync(SimulatorUnderTest simulator, string path)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Add("Authorization", "Bearer bedrock-api-key");
        using var response = await simulator.Client.SendAsync(request, TestContext.Current.CancellationToken);
        return JsonDocument.Parse(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).RootElement;
    }
}
