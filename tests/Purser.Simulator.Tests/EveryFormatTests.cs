using System.Text.RegularExpressions;
using static Purser.Simulator.Tests.SimulatorUnderTest;

namespace Purser.Simulator.Tests;

/// <summary>What each format has in common: the seed, faults, hidden thinking, and what a client that leaves is billed.</summary>
public partial class EveryFormatTests
{
    private const string Vertex = "/v1/projects/p/locations/l/publishers/";

    /// <summary>Path and body, where <c>TEXT</c> stands for the prompt; the model reasons, and the answer has up to 20 tokens.</summary>
    public static TheoryData<string, string> Streams { get; } =
        new()
        {
            {
                "/v1/chat/completions",
                "{\"model\":\"o3\",\"stream\":true,\"stream_options\":{\"include_usage\":true},\"max_completion_tokens\":20,MESSAGES}"
            },
            { "/v1/responses", "{\"model\":\"o3\",\"stream\":true,\"max_output_tokens\":20,\"input\":\"TEXT\"}" },
            {
                "/openai/deployments/o3/chat/completions?api-version=1",
                "{\"stream\":true,\"stream_options\":{\"include_usage\":true},\"max_completion_tokens\":20,MESSAGES}"
            },
            {
                Vertex + "anthropic/models/claude-opus-5-5:streamRawPredict",
                "{\"anthropic_version\":\"vertex-2023-10-16\",\"stream\":true,\"thinking\":{\"type\":\"adaptive\"},\"max_tokens\":20,MESSAGES}"
            },
            { "/v1beta/models/gemini-3.7-flash:streamGenerateContent?alt=sse", "{CONTENTS}" },
            { "/v1beta/models/gemini-3.7-flash:streamGenerateContent", "{CONTENTS}" },
            { Vertex + "google/models/gemini-3.7-flash:streamGenerateContent?alt=sse", "{CONTENTS}" },
            { "/api/chat", "{\"model\":\"m\",\"think\":true,\"options\":{\"num_predict\":20},MESSAGES}" },
            { "/api/generate", "{\"model\":\"m\",\"think\":true,\"options\":{\"num_predict\":20},\"prompt\":\"TEXT\"}" },
            {
                "/model/us.anthropic.claude-sonnet-4-6/converse-stream",
                "{\"additionalModelRequestFields\":{\"thinking\":{\"type\":\"adaptive\"}},\"inferenceConfig\":{\"maxTokens\":20},\"messages\":[{\"role\":\"user\",\"content\":[{\"text\":\"TEXT\"}]}]}"
            },
            { "/v2/chat", "{\"model\":\"command-a-reasoning-08-2025\",\"stream\":true,\"max_tokens\":20,MESSAGES}" },
        };

    [Theory]
    [MemberData(nameof(Streams))]
    public async Task The_same_seed_gives_the_same_bytes_and_another_seed_others(string path, string body)
    {
        var texts = new List<string>();
        foreach (var seed in new ulong[] { 7, 7, 8 })
        {
            await using var simulator = await StartAsync(new SimulatorOptions { Seed = seed });
            texts.Add(await TextAsync(await simulator.PostAsync(path, Body(body, "hi"))));
        }

        Assert.Equal(texts[0], texts[1]);
        Assert.NotEqual(texts[0], texts[2]);
    }

    [Theory]
    [MemberData(nameof(Streams))]
    public async Task Hidden_thinking_is_billed_and_not_shown(string path, string body)
    {
        await using var simulator = await StartAsync();
        var text = await TextAsync(await simulator.PostAsync(path, Body(body, "[[simulate:think=6]]")));
        Assert.DoesNotMatch(ShownThought(), text);
        var billed = (await simulator.RecordsAsync())[^1].Billed!;
        Assert.Equal((14, 6), (billed.Output, billed.Reasoning));
    }

    [Theory]
    [MemberData(nameof(Streams))]
    public async Task Usage_is_left_out_where_that_is_asked(string path, string body)
    {
        await using var simulator = await StartAsync();
        Assert.DoesNotMatch(Usage(), await TextAsync(await simulator.PostAsync(path, Body(body, "[[simulate:no-usage]]"))));
        Assert.Matches(Usage(), await TextAsync(await simulator.PostAsync(path, Body(body, "hi"))));
    }

    [Theory]
    [MemberData(nameof(Streams))]
    public async Task A_cut_stream_is_billed_in_part(string path, string body)
    {
        await using var simulator = await StartAsync();
        using var response = await simulator.PostAsync(path, Body(body, "[[simulate:cut]]"));
        await Assert.ThrowsAsync<HttpRequestException>(() => response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        var line = (await simulator.RecordsAsync())[^1];
        Assert.Equal("cut", line.Outcome);
        Assert.InRange(line.Billed!.Output + line.Billed.Reasoning, 1, 20);
    }

    [Theory]
    [MemberData(nameof(Streams))]
    public async Task An_overrun_exceeds_the_limit(string path, string body)
    {
        await using var simulator = await StartAsync();
        await TextAsync(await simulator.PostAsync(path, Body(body, "[[simulate:overrun]]")));
        var billed = (await simulator.RecordsAsync())[^1].Billed!;
        Assert.InRange(billed.Output + billed.Reasoning, 21, 28);
    }

    [Theory]
    [MemberData(nameof(Streams))]
    public async Task An_unknown_directive_is_a_400(string path, string body)
    {
        await using var simulator = await StartAsync();
        using var response = await simulator.PostAsync(path, Body(body, "[[simulate:explode]]"));
        Assert.Equal(400, (int)response.StatusCode);
        Assert.Contains(
            "simulator doesn't know 'explode'",
            (await TextAsync(response)).Replace("\\u0027", "'", StringComparison.Ordinal),
            StringComparison.Ordinal
        );
    }

    private static string Body(string body, string text) =>
        body.Replace("MESSAGES", "\"messages\":[{\"role\":\"user\",\"content\":\"TEXT\"}]", StringComparison.Ordinal)
            .Replace(
                "CONTENTS",
                "\"generationConfig\":{\"maxOutputTokens\":20,\"thinkingConfig\":{\"includeThoughts\":true}},\"contents\":[{\"role\":\"user\",\"parts\":[{\"text\":\"TEXT\"}]}]",
                StringComparison.Ordinal
            )
            .Replace("TEXT", text, StringComparison.Ordinal);

    [GeneratedRegex("\"thinking\": ?\"[a-z]|\"thought\": ?true|reasoningContent\":.\"text")]
    private static partial Regex ShownThought();

    [GeneratedRegex("\"usage\": ?\\{|usageMetadata|eval_count")]
    private static partial Regex Usage();
}
