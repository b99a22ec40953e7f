using System.Text.Json;
using static Purser.Simulator.Tests.SimulatorUnderTest;

namespace Purser.Simulator.Tests.Gemini;

/// <summary>What Gemini's requests ask for, and what is refused.</summary>
public class GeminiRequestTests
{
    private const string Call =
        "{\"role\":\"model\",\"parts\":[{\"functionCall\":{\"name\":\"a\",\"args\":{}}},{\"functionCall\":{\"name\":\"b\",\"args\":{}}}]}";

    private const string Signed =
        "{\"role\":\"model\",\"parts\":[{\"functionCall\":{\"name\":\"a\",\"args\":{}},\"thoughtSignature\":\"c2ln\"},{\"functionCall\":{\"name\":\"b\",\"args\":{}}}]}";

    private const string Results =
        "{\"role\":\"user\",\"parts\":[{\"functionResponse\":{\"name\":\"a\",\"response\":{}}},{\"functionResponse\":{\"name\":\"b\",\"response\":{}}}]}";

    [Theory]
    [InlineData("gemini-2.5-flash", Call, Results, null)]
    [InlineData("gemini-3.7-flash", Signed, Results, null)]
    [InlineData("gemini-3.7-flash", Call, Results, "Function call is missing a thought_signature in functionCall parts.")]
    [InlineData(
        "gemini-2.5-flash",
        Call,
        "{\"role\":\"user\",\"parts\":[{\"functionResponse\":{\"name\":\"a\",\"response\":{}}}]}",
        "Please ensure that the number of function response parts is equal to the number of function call parts"
    )]
    [InlineData("gemini-2.5-flash", Call, "{\"role\":\"assistant\",\"parts\":[]}", "Please use a valid role: user, model.")]
    public async Task Turns_are_checked_as_Google_does(string model, string call, string next, string? error)
    {
        await using var simulator = await StartAsync();
        var json = await JsonAsync(
            simulator.GeminiAsync(
                model + ":generateContent",
                $"{{\"contents\":[{{\"role\":\"user\",\"parts\":[{{\"text\":\"hi\"}}]}},{call},{next}]}}"
            )
        );
        if (error is null)
        {
            Assert.True(json.TryGetProperty("candidates", out _), json.ToString());
        }
        else
        {
            Assert.Equal("INVALID_ARGUMENT", json.GetProperty("error").GetProperty("status").GetString());
            Assert.StartsWith(error, json.GetProperty("error").GetProperty("message").GetString(), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("{}", 400, "INVALID_ARGUMENT")]
    [InlineData("[]", 400, "INVALID_ARGUMENT")]
    [InlineData(
        "{\"contents\":[{\"parts\":[{\"text\":\"x\"}]}],\"generationConfig\":{\"maxOutputTokens\":\"many\"}}",
        400,
        "INVALID_ARGUMENT"
    )]
    [InlineData("{\"contents\":[{\"parts\":[{\"text\":\"x\"}]}],\"generationConfig\":{\"maxOutputTokens\":0}}", 400, "INVALID_ARGUMENT")]
    [InlineData(
        "{\"contents\":[{\"parts\":[{\"text\":\"x\"}]}],\"generation_config\":{\"thinking_config\":{\"thinking_budget\":1,\"thinking_level\":\"LOW\"}}}",
        400,
        "INVALID_ARGUMENT"
    )]
    public async Task A_wrong_request_is_refused(string body, int status, string name)
    {
        await using var simulator = await StartAsync();
        using var response = await simulator.GeminiAsync("gemini-2.5-flash:generateContent", body);
        Assert.Equal(status, (int)response.StatusCode);
        var error = JsonDocument.Parse(await TextAsync(response)).RootElement.GetProperty("error");
        Assert.Equal((status, name), (error.GetProperty("code").GetInt32(), error.GetProperty("status").GetString()));
        Assert.Equal("rejected", (await simulator.RecordsAsync())[^1].Phase);
    }

    [Theory]
    [InlineData("/v1beta/models/m:generateContent", null, 403)]
    [InlineData("/v1beta/models/m:generateContent?key=k", null, 200)]
    [InlineData("/v1/models/m:generateContent", "x-goog-api-key", 200)]
    [InlineData("/v1beta/models/m:explode", "x-goog-api-key", 404)]
    public async Task Keys_are_in_the_header_or_in_the_URL(string path, string? header, int status)
    {
        await using var simulator = await StartAsync();
        using var response = await simulator.SendAsync(path, Ask("hi"), header is null ? [] : [(header, "k")]);
        Assert.Equal(status, (int)response.StatusCode);
    }

    [Fact]
    public async Task Answers_can_be_JSON_by_a_schema()
    {
        await using var simulator = await StartAsync();
        var text = await TextOfAsync(
            simulator,
            "\"generationConfig\":{\"responseMimeType\":\"application/json\",\"responseSchema\":{\"type\":\"OBJECT\",\"properties\":{\"age\":{\"type\":\"INTEGER\"},\"name\":{\"type\":\"STRING\"}},\"required\":[\"age\"]}}"
        );
        Assert.Equal(JsonValueKind.Number, JsonDocument.Parse(text).RootElement.GetProperty("age").ValueKind);
        Assert.False(JsonDocument.Parse(text).RootElement.TryGetProperty("name", out _));
    }

    [Fact]
    public async Task Several_calls_at_once_are_signed_on_the_first()
    {
        await using var simulator = await StartAsync();
        const string Tools =
            "\"tools\":[{\"functionDeclarations\":[{\"name\":\"a\",\"parametersJsonSchema\":{\"type\":\"object\",\"properties\":{\"x\":{\"const\":1}}}},{\"name\":\"b\"}]}]";
        var json = await JsonAsync(simulator.GeminiAsync("gemini-3.7-flash:generateContent", Ask("[[simulate:tools=3]]", Tools)));
        var parts = json.GetProperty("candidates")[0].GetProperty("content").GetProperty("parts").EnumerateArray().ToList();
        Assert.Equal(["a", "b", "a"], parts.Select(part => part.GetProperty("functionCall").GetProperty("name").GetString()));
        Assert.Equal([true, false, false], parts.Select(part => part.TryGetProperty("thoughtSignature", out _)));
        Assert.Equal(3, parts.Select(part => part.GetProperty("functionCall").GetProperty("id").GetString()).Distinct().Count());

        // {"x":1} is seven tokens, {} is two.
        Assert.Equal(16, json.GetProperty("usageMetadata").GetProperty("candidatesTokenCount").GetInt32());
    }

    [Fact]
    public async Task Media_count_flat_and_by_modality()
    {
        await using var simulator = await StartAsync();
        var json = await JsonAsync(
            simulator.GeminiAsync(
                "gemini-2.5-flash:countTokens",
                "{\"contents\":[{\"parts\":[{\"inlineData\":{\"mimeType\":\"image/png\",\"data\":\"AAAA\"}},{\"text\":\"hi\"},{\"file_data\":{\"mime_type\":\"audio/wav\",\"file_uri\":\"x\"}}]}]}"
            )
        );
        Assert.Equal(517, json.GetProperty("totalTokens").GetInt32());
        Assert.Equal(
            ["TEXT 1", "IMAGE 258", "AUDIO 258"],
            json.GetProperty("promptTokensDetails")
                .EnumerateArray()
                .Select(item => $"{item.GetProperty("modality")} {item.GetProperty("tokenCount")}")
        );
    }

    [Fact]
    public async Task Media_are_recorded_apart()
    {
        await using var simulator = await StartAsync();
        await TextAsync(
            await simulator.GeminiAsync(
                "gemini-2.5-flash:generateContent",
                "{\"contents\":[{\"parts\":[{\"inlineData\":{\"mimeType\":\"application/pdf\",\"data\":\"AAAA\"}},{\"text\":\"hi\"}]}]}"
            )
        );
        Assert.Equal("{\"document\":258}", (await simulator.RecordsAsync())[^1].Json.GetProperty("prompt_media").ToString());
    }

    [Theory]
    [InlineData("\"thinkingBudget\":0", 0, 20)]
    [InlineData("\"thinkingBudget\":2", 2, 18)]
    [InlineData("\"thinkingBudget\":-1", 5, 15)]
    public async Task Thoughts_are_within_their_budget_and_count_towards_the_limit(string thinking, int thoughts, int output)
    {
        await using var simulator = await StartAsync();
        await TextOfAsync(simulator, $"\"generationConfig\":{{\"maxOutputTokens\":20,\"thinkingConfig\":{{{thinking}}}}}");
        Assert.Equal(new Bill(1, 0, 0, 0, output, thoughts), (await simulator.RecordsAsync())[^1].Billed);
    }

    [Theory]
    [InlineData("cut", "cut")]
    [InlineData("stream-error", "stream_error")]
    [InlineData("garbage", "garbage")]
    [InlineData("no-usage", "ok")]
    [InlineData("overrun", "ok")]
    public async Task Streams_go_wrong_as_others_do(string fault, string outcome)
    {
        await using var simulator = await StartAsync();
        foreach (var path in new[] { "gemini-2.5-flash:streamGenerateContent?alt=sse", "gemini-2.5-flash:streamGenerateContent" })
        {
            using var response = await simulator.GeminiAsync(
                path,
                Ask($"[[simulate:{fault}]]", "\"generationConfig\":{\"maxOutputTokens\":20}")
            );
            var text = "";
            try
            {
                text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
            }
            catch (HttpRequestException) when (fault == "cut") { }

            Assert.Equal(fault == "stream-error", text.Contains("\"error\": {", StringComparison.Ordinal));
            Assert.Equal(fault == "garbage", text.Contains("502 Bad Gateway", StringComparison.Ordinal));
            var line = (await simulator.RecordsAsync())[^1];
            Assert.Equal((outcome, "gemini"), (line.Outcome, line.Json.GetProperty("api").GetString()));
        }
    }

    [Fact]
    public async Task A_stream_error_in_an_array_leaves_it_whole()
    {
        await using var simulator = await StartAsync();
        for (var i = 0; i < 10; i++)
        {
            var body = Ask($"{i} [[simulate:stream-error]]", "\"generationConfig\":{\"maxOutputTokens\":8}");
            var array = await JsonAsync(simulator.GeminiAsync("gemini-2.5-flash:streamGenerateContent", body));
            Assert.Equal(500, array[array.GetArrayLength() - 1].GetProperty("error").GetProperty("code").GetInt32());
        }
    }

    [Fact]
    public async Task Models_are_listed_in_Googles_shape_for_its_keys()
    {
        await using var simulator = await StartAsync();
        foreach (var path in new[] { "/v1beta/models?key=k", "/v1/models?key=k" })
        {
            var json = JsonDocument.Parse(await simulator.Client.GetStringAsync(path, TestContext.Current.CancellationToken)).RootElement;
            Assert.StartsWith("models/gemini-", json.GetProperty("models")[0].GetProperty("name").GetString(), StringComparison.Ordinal);
        }

        var one = await simulator.Client.GetStringAsync("/v1beta/models/gemini-2.5-pro?key=k", TestContext.Current.CancellationToken);
        Assert.Equal("models/gemini-2.5-pro", JsonDocument.Parse(one).RootElement.GetProperty("name").GetString());
    }

    [Fact]
    public async Task The_same_text_has_the_same_vector_of_unit_length()
    {
        await using var simulator = await StartAsync();
        var first = await VectorAsync(simulator, "hello");
        Assert.Equal(3072, first.Count);
        Assert.Equal(1.0, Math.Sqrt(first.Sum(x => x * x)), 4);
        Assert.Equal(first, await VectorAsync(simulator, "hello"));
        Assert.NotEqual(first, await VectorAsync(simulator, "other"));
        Assert.Equal(new Bill(1, 0, 0, 0, 0, 0), (await simulator.RecordsAsync())[^1].Billed);
    }

    private static async Task<List<double>> VectorAsync(SimulatorUnderTest simulator, string text)
    {
        var json = await JsonAsync(
            simulator.GeminiAsync("gemini-embedding-001:embedContent", $"{{\"content\":{{\"parts\":[{{\"text\":\"{text}\"}}]}}}}")
        );
        return [.. json.GetProperty("embedding").GetProperty("values").EnumerateArray().Select(value => value.GetDouble())];
    }

    private static async Task<string> TextOfAsync(SimulatorUnderTest simulator, string more)
    {
        var json = await JsonAsync(simulator.GeminiAsync("gemini-2.5-flash:generateContent", Ask("hi", more)));
        return json.GetProperty("candidates")[0].GetProperty("content").GetProperty("parts")[0].GetProperty("text").GetString()!;
    }

    private static string Ask(string text, string? more = null) =>
        $"{{\"contents\":[{{\"role\":\"user\",\"parts\":[{{\"text\":\"{text}\"}}]}}]{(more is null ? "" : "," + more)}}}";
}
