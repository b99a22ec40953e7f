namespace Purser.Simulator.Tests.OpenAI;

/// <summary>What of a prompt counts.</summary>
public class OpenAIPromptTests
{
    [Theory]
    [InlineData("{\"role\":\"user\",\"content\":\"one two\"}", 2)]
    [InlineData("{\"content\":\"one two\",\"role\":\"user\",\"name\":\"free\"}", 2)]
    [InlineData("{\"role\":\"system\",\"content\":\"one\"},{\"role\":\"user\",\"content\":\"two\"}", 2)]
    [InlineData("{\"role\":\"user\",\"content\":\"a\\u00e9\\n\\\"\"}", 4)] // 1, two bytes, free, 1
    [InlineData("{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"one\"},{\"type\":\"text\",\"text\":\"two\"}]}", 2)]
    [InlineData(
        "{\"role\":\"user\",\"content\":[{\"type\":\"image_url\",\"image_url\":{\"url\":\"data:image/png;base64,AAAAAAAAAAAAAAAA\"}}]}",
        85
    )]
    [InlineData(
        "{\"role\":\"assistant\",\"content\":null,\"tool_calls\":[]},{\"role\":\"tool\",\"tool_call_id\":\"free\",\"content\":\"one\"}",
        3
    )]
    public async Task Messages(string messages, int tokens)
    {
        await using var simulator = await SimulatorUnderTest.StartAsync();
        await simulator.OpenAITextAsync($"{{\"model\":\"m\",\"max_tokens\":1,\"messages\":[{messages}]}}");
        Assert.Equal(tokens, (await simulator.RecordsAsync())[1].Billed!.Input);
    }

    [Fact]
    public async Task Tools_count_as_their_raw_JSON()
    {
        await using var simulator = await SimulatorUnderTest.StartAsync();

        // [{"type":"x"}]: the signs [ { " " : " " } ] and the words type and x.
        await simulator.OpenAITextAsync(
            "{\"model\":\"m\",\"max_tokens\":1,\"tools\":[{\"type\":\"x\"}],\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}"
        );
        Assert.Equal(12, (await simulator.RecordsAsync())[1].Billed!.Input);
    }

    [Theory]
    [InlineData("\"max_tokens\":2048", 2048, "length")]
    [InlineData("\"max_completion_tokens\":1", 1, "length")]
    [InlineData("\"n\":3,\"max_tokens\":10", 30, "length")]
    public async Task A_limit_up_to_2048_is_used_up(string limit, int tokens, string reason)
    {
        await using var simulator = await SimulatorUnderTest.StartAsync();
        var text = await simulator.OpenAITextAsync($"{{\"model\":\"m\",{limit},\"messages\":[{{\"role\":\"user\",\"content\":\"hi\"}}]}}");
        Assert.Contains($"\"finish_reason\": \"{reason}\"", text, StringComparison.Ordinal);
        Assert.Equal(tokens, (await simulator.RecordsAsync())[1].Billed!.Output);
    }

    [Theory]
    [InlineData("\"max_tokens\":2049")]
    [InlineData("\"max_tokens\":null")]
    public async Task Otherwise_an_answer_has_20_to_400_tokens(string limit)
    {
        await using var simulator = await SimulatorUnderTest.StartAsync();
        for (var i = 0; i < 30; i++)
        {
            var text = await simulator.OpenAITextAsync(
                $"{{\"model\":\"m\",{limit},\"messages\":[{{\"role\":\"user\",\"content\":\"hi {i}\"}}]}}"
            );
            Assert.Contains("\"finish_reason\": \"stop\"", text, StringComparison.Ordinal);
        }

        var lengths = (await simulator.RecordsAsync("?phase=completed")).Select(line => line.Billed!.Output).ToList();
        Assert.All(lengths, length => Assert.InRange(length, 20, 400));
        Assert.True(lengths.Distinct().Count() > 20);
    }

    [Fact]
    public async Task A_stop_sequence_ends_the_text_before_it()
    {
        await using var simulator = await SimulatorUnderTest.StartAsync();

        // Every answer of two words has a space.
        var text = await simulator.OpenAITextAsync(
            "{\"model\":\"m\",\"max_tokens\":9,\"stop\":[\"never\\u0000\",\" \"],\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}"
        );
        Assert.Contains("\"content\": \"W\",", SimulatorUnderTest.Masked(text), StringComparison.Ordinal);
        Assert.Contains("\"finish_reason\": \"stop\"", text, StringComparison.Ordinal);
        Assert.Equal(1, (await simulator.RecordsAsync())[1].Billed!.Output);
    }
}
