using System.Text.Json;
using Purser.Simulator.Tests.Wire;
using static Purser.Simulator.Tests.SimulatorUnderTest;

namespace Purser.Simulator.Tests.Gemini;

/// <summary>The simulator's answers have the members that Google's have.</summary>
public class GeminiShapeTests
{
    private const string Tool =
        "\"tools\":[{\"functionDeclarations\":[{\"name\":\"weather\",\"parameters\":{\"type\":\"OBJECT\",\"properties\":{\"location\":{\"type\":\"STRING\"}}}}]}],"
        + "\"toolConfig\":{\"functionCallingConfig\":{\"mode\":\"ANY\"}}";

    // The tier is told since 2026; answers recorded before lack it.
    private static readonly string[] Tier = ["usageMetadata.serviceTier"];

    [Fact]
    public async Task A_whole_answer()
    {
        await using var simulator = await StartAsync();
        var json = await JsonAsync(simulator.GeminiAsync("gemini-3.7-flash:generateContent", Ask("hi")));
        Shape.AssertLike("gemini/whole", [json], adds: ["usageMetadata.thoughtsTokenCount"]);
        Shape.AssertLike("gemini/whole-thoughts-counted", [json], adds: Tier);
    }

    [Fact]
    public async Task A_stream()
    {
        await using var simulator = await StartAsync();
        Shape.AssertLike(
            "gemini/stream",
            await EventsAsync(simulator.GeminiAsync("gemini-3.7-flash:streamGenerateContent?alt=sse", Ask("hi")))
        );
        using var array = await simulator.GeminiAsync("gemini-3.7-flash:streamGenerateContent", Ask("hi"));
        Assert.Equal("application/json; charset=UTF-8", array.Content.Headers.ContentType!.ToString());
        Shape.AssertLike("gemini/stream", JsonDocument.Parse(await TextAsync(array)).RootElement.EnumerateArray());
    }

    [Fact]
    public async Task A_call()
    {
        await using var simulator = await StartAsync();
        var body = Ask("hi", Tool);
        Shape.AssertLike("gemini/call", [await JsonAsync(simulator.GeminiAsync("gemini-3-pro-preview:generateContent", body))], adds: Tier);
        var stream = await EventsAsync(simulator.GeminiAsync("gemini-3-pro-preview:streamGenerateContent?alt=sse", body));
        Shape.AssertLike("gemini/call-stream", stream, adds: Tier);

        // Later models give calls ids.
        var later = await JsonAsync(simulator.GeminiAsync("gemini-3.7-flash:generateContent", body));
        Shape.AssertLike("gemini/call", [later], adds: [.. Tier, "candidates[].content.parts[].functionCall.id"]);
        Assert.Matches(
            "^[a-z0-9]{8}$",
            later
                .GetProperty("candidates")[0]
                .GetProperty("content")
                .GetProperty("parts")[0]
                .GetProperty("functionCall")
                .GetProperty("id")
                .GetString()
        );
    }

    [Fact]
    public async Task A_blocked_prompt()
    {
        await using var simulator = await StartAsync();
        var body = Ask("[[simulate:blocked]]");
        Shape.AssertLike("gemini/blocked", [await JsonAsync(simulator.GeminiAsync("gemini-3.7-flash:generateContent", body))]);
        Shape.AssertLike(
            "gemini/blocked",
            await EventsAsync(simulator.GeminiAsync("gemini-3.7-flash:streamGenerateContent?alt=sse", body))
        );
        Assert.All(await simulator.RecordsAsync("?phase=completed"), line => Assert.Equal(new Bill(9, 0, 0, 0, 0, 0), line.Billed));
    }

    [Fact]
    public async Task A_cached_prompt()
    {
        await using var simulator = await StartAsync();
        var body = Ask(string.Concat(Enumerable.Repeat("word ", 1100)));
        await TextAsync(await simulator.GeminiAsync("gemini-2.5-flash:generateContent", body));
        var json = await JsonAsync(simulator.GeminiAsync("gemini-2.5-flash:generateContent", body));
        Shape.AssertLike(
            "gemini/cached-usage",
            [JsonSerializer.SerializeToElement(new { usageMetadata = json.GetProperty("usageMetadata") })],
            lacks: ["usageMetadata.toolUsePromptTokenCount", "usageMetadata.toolUsePromptTokensDetails"]
        );
        Assert.Equal(1024, json.GetProperty("usageMetadata").GetProperty("cachedContentTokenCount").GetInt64());
        Assert.Equal(
            (76L, 1024L),
            ((await simulator.RecordsAsync())[^1].Billed!.Input, (await simulator.RecordsAsync())[^1].Billed!.CacheRead)
        );
    }

    [Fact]
    public async Task Errors()
    {
        await using var simulator = await StartAsync();
        var limited = await simulator.GeminiAsync("gemini-3.7-flash:generateContent", Ask("[[simulate:429]]"));
        Assert.Equal(429, (int)limited.StatusCode);
        Assert.Null(limited.Headers.RetryAfter);
        Shape.AssertLike(
            "gemini/error-429",
            [JsonDocument.Parse(await TextAsync(limited)).RootElement],
            adds:
            [
                "error.details[].violations[].quotaMetric",
                "error.details[].violations[].quotaDimensions",
                "error.details[].violations[].quotaValue",
                "error.details[].links",
            ]
        );
        Shape.AssertLike("gemini/error-404", [await JsonAsync(simulator.GeminiAsync("no-such-model:embedContent", Embed("hi")))]);
    }

    [Fact]
    public async Task Counting_and_embeddings()
    {
        await using var simulator = await StartAsync();
        Shape.AssertLike("gemini/count-tokens", [await JsonAsync(simulator.GeminiAsync("gemini-2.5-flash:countTokens", Ask("hi")))]);
        var batch = $"{{\"requests\":[{Embed("a")},{Embed("b")}]}}";
        Shape.AssertLike("gemini/embed-batch", [await JsonAsync(simulator.GeminiAsync("gemini-embedding-2:batchEmbedContents", batch))]);
    }

    private static string Ask(string text, string? more = null) =>
        $"{{\"contents\":[{{\"role\":\"user\",\"parts\":[{{\"text\":\"{text}\"}}]}}]{(more is null ? "" : "," + more)}}}";

    private static string Embed(string text) =>
        $"{{\"model\":\"models/m\",\"content\":{{\"parts\":[{{\"text\":\"{text}\"}}]}},\"outputDimensionality\":2}}";
}
