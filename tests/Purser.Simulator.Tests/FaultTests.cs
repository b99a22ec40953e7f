using System.Net;
using System.Text;

namespace Purser.Simulator.Tests;

/// <summary>Faults as a client meets them, forced by the prompt.</summary>
public class FaultTests
{
    [Theory]
    [InlineData("cut", "cut")]
    [InlineData("stream-error", "stream_error")]
    public async Task A_stream_that_breaks_is_billed_what_it_sent(string fault, string outcome)
    {
        await using var simulator = await SimulatorUnderTest.StartAsync();
        for (var i = 0; i < 10; i++)
        {
            using var response = await simulator.AnthropicAsync(Anthropic($"{i} [[simulate:{fault}]]", stream: true));
            var (text, isWhole) = await ReadAsync(response);
            Assert.Equal(fault != "cut", isWhole);
            Assert.DoesNotContain("message_stop", text, StringComparison.Ordinal);
            var line = (await simulator.RecordsAsync())[^1];
            Assert.Equal((outcome, fault), (line.Outcome, line.Json.GetProperty("fault").GetString()));

            // The token that the fault struck was generated, but its event didn't arrive whole.
            Assert.Equal(text.Split("\"text_delta\",\"text\":\"").Length - 1, line.Billed!.Output - (fault == "cut" ? CutOff(text) : 1));
            Assert.Equal(
                fault == "stream-error",
                text.Contains("event: error\ndata: {\"type\":\"error\",\"error\":{", StringComparison.Ordinal)
            );
        }
    }

    [Fact]
    public async Task A_whole_answer_that_breaks_is_billed_whole()
    {
        await using var simulator = await SimulatorUnderTest.StartAsync();
        using var response = await simulator.AnthropicAsync(Anthropic("[[simulate:cut]]", stream: false));
        var (text, isWhole) = await ReadAsync(response);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.False(isWhole);
        Assert.StartsWith("{\"model\":\"m\",", text, StringComparison.Ordinal);
        Assert.Equal(20, (await simulator.RecordsAsync())[^1].Billed!.Output);
    }

    [Fact]
    public async Task Garbage_is_not_JSON_and_is_billed_whole()
    {
        await using var simulator = await SimulatorUnderTest.StartAsync();
        Assert.StartsWith(
            "<html>",
            await simulator.AnthropicTextAsync(Anthropic("[[simulate:garbage]]", stream: false)),
            StringComparison.Ordinal
        );
        var stream = await simulator.AnthropicTextAsync(Anthropic("[[simulate:garbage]]", stream: true));
        Assert.Contains("data: {\"type\":\"content_blo<html>502 Bad Gateway</html>\n\n", stream, StringComparison.Ordinal);
        Assert.EndsWith("data: {\"type\":\"message_stop\"}\n\n", stream, StringComparison.Ordinal);
        Assert.All(
            await simulator.RecordsAsync("?phase=completed"),
            line => Assert.Equal(("garbage", 20L), (line.Outcome, line.Billed!.Output))
        );
    }

    [Fact]
    public async Task Usage_is_left_out_and_billed_all_the_same()
    {
        await using var simulator = await SimulatorUnderTest.StartAsync();
        foreach (var stream in new[] { true, false })
        {
            Assert.DoesNotContain(
                "usage",
                await simulator.AnthropicTextAsync(Anthropic("[[simulate:no-usage]]", stream)),
                StringComparison.Ordinal
            );
        }

        var openAI =
            "{\"model\":\"m\",\"stream\":true,\"stream_options\":{\"include_usage\":true},\"max_tokens\":20,\"messages\":[{\"role\":\"user\",\"content\":\"[[simulate:no-usage]]\"}]}";
        Assert.DoesNotContain("usage", await simulator.OpenAITextAsync(openAI), StringComparison.Ordinal);
        Assert.All(
            await simulator.RecordsAsync("?phase=completed"),
            line => Assert.Equal(("ok", 20L), (line.Outcome, line.Billed!.Output))
        );
    }

    [Fact]
    public async Task An_overrun_exceeds_the_limit()
    {
        await using var simulator = await SimulatorUnderTest.StartAsync();
        for (var i = 0; i < 20; i++)
        {
            Assert.Contains(
                "\"stop_reason\":\"max_tokens\"",
                await simulator.AnthropicTextAsync(Anthropic($"{i} [[simulate:overrun]]", stream: false)),
                StringComparison.Ordinal
            );
        }

        // More than the limit of 20, by 1 to 8.
        Assert.All(await simulator.RecordsAsync("?phase=completed"), line => Assert.InRange(line.Billed!.Output, 21, 28));
    }

    [Theory]
    [InlineData("[[simulate:tokens=7]]", 200, 7)]
    [InlineData("[[simulate:tokens=70]]", 200, 20)] // the limit goes before
    [InlineData("[[simulate:ok]]", 200, 20)]
    [InlineData("see [[simulate:tokens=7", 200, 20)]
    [InlineData("[[simulate:explode]]", 400, 0)]
    public async Task Markers_are_read(string prompt, int status, int tokens)
    {
        await using var simulator = await SimulatorUnderTest.StartAsync();
        using var response = await simulator.AnthropicAsync(Anthropic(prompt, stream: false));
        Assert.Equal((HttpStatusCode)status, response.StatusCode);
        Assert.Equal(tokens, (await simulator.RecordsAsync())[^1].Billed?.Output ?? 0);
    }

    [Theory]
    [InlineData("{\"role\":\"user\",\"content\":\"[[simulate:500]]\"}", 500)]
    [InlineData(
        "{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"[[simulate:500]]\"}]},{\"role\":\"system\",\"content\":\"x\"}",
        500
    )]
    [InlineData("{\"role\":\"user\",\"content\":\"[[simulate:500]]\"},{\"role\":\"assistant\",\"content\":\"x\"}", 200)]
    [InlineData(
        "{\"role\":\"user\",\"content\":\"[[simulate:500]]\"},{\"role\":\"assistant\",\"content\":\"x\"},{\"role\":\"user\",\"content\":\"y\"}",
        200
    )]
    [InlineData("{\"role\":\"user\",\"content\":[{\"type\":\"tool_result\",\"content\":\"[[simulate:500]]\"}]}", 200)]
    public async Task Only_the_users_last_word_commands(string messages, int status)
    {
        await using var simulator = await SimulatorUnderTest.StartAsync();
        using var response = await simulator.AnthropicAsync($"{{\"model\":\"m\",\"max_tokens\":1,\"messages\":[{messages}]}}");
        Assert.Equal((HttpStatusCode)status, response.StatusCode);
    }

    // A cut event that had got as far as its text is counted by both.
    private static int CutOff(string text) =>
        text[(text.LastIndexOf("\n\n", StringComparison.Ordinal) + 2)..].Contains("\"text\":\"", StringComparison.Ordinal) ? 0 : 1;

    private static string Anthropic(string prompt, bool stream) =>
        $"{{\"model\":\"m\",\"max_tokens\":20,\"stream\":{(stream ? "true" : "false")},\"messages\":[{{\"role\":\"user\",\"content\":\"{prompt}\"}}]}}";

    private static async Task<(string Text, bool IsWhole)> ReadAsync(HttpResponseMessage response)
    {
        var received = new MemoryStream();
        var buffer = new byte[1024];
        await using var stream = await response.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken);
        try
        {
            for (int read; (read = await stream.ReadAsync(buffer, TestContext.Current.CancellationToken)) > 0; )
            {
                received.Write(buffer, 0, read);
            }

            return (Encoding.UTF8.GetString(received.ToArray()), true);
        }
        catch (IOException)
        {
            return (Encoding.UTF8.GetString(received.ToArray()), false);
        }
    }
}
