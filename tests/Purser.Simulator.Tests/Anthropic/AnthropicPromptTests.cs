using Microsoft.Extensions.Time.Testing;

namespace Purser.Simulator.Tests.Anthropic;

/// <summary>What of a prompt counts, and what is cached.</summary>
public class AnthropicPromptTests
{
    private static readonly string Long = string.Join(' ', Enumerable.Repeat("word", 1500));

    [Theory]
    [InlineData("\"messages\":[{\"role\":\"user\",\"content\":\"one two\"}]", 2)]
    [InlineData("\"messages\":[{\"content\":[{\"text\":\"one two\",\"type\":\"text\"}],\"role\":\"user\"}]", 2)]
    [InlineData("\"system\":\"one\",\"messages\":[{\"role\":\"user\",\"content\":\"two\"},{\"role\":\"system\",\"content\":\"three\"}]", 3)]
    [InlineData("\"system\":[{\"type\":\"text\",\"text\":\"one\"}],\"messages\":[{\"role\":\"user\",\"content\":\"two\"}]", 2)]
    [InlineData(
        "\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"image\",\"source\":{\"type\":\"base64\",\"media_type\":\"image/png\",\"data\":\"AAAA\"}}]}]",
        1500
    )]
    [InlineData(
        "\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"document\",\"source\":{\"type\":\"text\",\"media_type\":\"text/plain\",\"data\":\"one two\"}}]}]",
        2
    )]
    [InlineData(
        "\"messages\":[{\"role\":\"assistant\",\"content\":[{\"type\":\"tool_use\",\"id\":\"free\",\"name\":\"run\",\"input\":{}}]}]",
        3
    )]
    [InlineData(
        "\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"tool_result\",\"tool_use_id\":\"free\",\"content\":\"one\"}]}]",
        1
    )]
    [InlineData(
        "\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"tool_result\",\"content\":[{\"type\":\"text\",\"text\":\"one\"},{\"type\":\"text\",\"text\":\"two\"}]}]}]",
        2
    )]
    [InlineData(
        "\"messages\":[{\"role\":\"assistant\",\"content\":[{\"type\":\"thinking\",\"thinking\":\"one\",\"signature\":\"free\"}]}]",
        1
    )]
    [InlineData("\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"new\",\"a\":1}]}]", 15)] // its raw JSON: { " type " : " new " , " a " : 1 }
    public async Task Messages(string prompt, int tokens)
    {
        await using var simulator = await SimulatorUnderTest.StartAsync();
        await simulator.AnthropicTextAsync($"{{\"model\":\"m\",\"max_tokens\":1,{prompt}}}");
        Assert.Equal(tokens, (await simulator.RecordsAsync())[1].Billed!.Input);
        var counted = await simulator.SendAsync(
            "/v1/messages/count_tokens",
            $"{{\"model\":\"m\",{prompt}}}",
            [("x-api-key", "k"), ("anthropic-version", "2023-06-01")]
        );
        Assert.Equal($"{{\"input_tokens\":{tokens}}}", await SimulatorUnderTest.TextAsync(counted));
    }

    [Fact]
    public async Task Tools_count_as_their_raw_JSON()
    {
        await using var simulator = await SimulatorUnderTest.StartAsync();

        // {"name":"x"}: the signs { " " : " " } and the words name and x; and the prompt's one.
        await simulator.AnthropicTextAsync(
            "{\"model\":\"m\",\"max_tokens\":1,\"tools\":[{\"name\":\"x\"}],\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}"
        );
        Assert.Equal(10, (await simulator.RecordsAsync())[1].Billed!.Input);
    }

    [Fact]
    public async Task A_count_is_all_that_the_same_message_is_billed_as_input_cached_or_not()
    {
        await using var simulator = await SimulatorUnderTest.StartAsync();
        var prompt =
            "\"tools\":[{\"name\":\"run\",\"description\":\"Runs it.\",\"input_schema\":{\"type\":\"object\"}}],"
            + $"\"system\":[{{\"type\":\"text\",\"text\":\"{Long}\",\"cache_control\":{{\"type\":\"ephemeral\",\"ttl\":\"1h\"}}}}],"
            + "\"messages\":[{\"role\":\"user\",\"content\":\"Go.\"}]}";
        for (var time = 0; time < 2; time++)
        {
            await simulator.AnthropicTextAsync("{\"model\":\"m\",\"max_tokens\":1," + prompt);
        }

        var counted = await SimulatorUnderTest.TextAsync(
            await simulator.SendAsync(
                "/v1/messages/count_tokens",
                "{\"model\":\"m\"," + prompt,
                [("x-api-key", "k"), ("anthropic-version", "2023-06-01")]
            )
        );

        var billed = (await simulator.RecordsAsync("?phase=completed")).Select(line => line.Billed!).ToList();
        Assert.Equal(2, billed.Count);
        foreach (var bill in billed)
        {
            var input = bill.Input + bill.CacheRead + bill.CacheWrite5m + bill.CacheWrite1h;
            Assert.Equal($"{{\"input_tokens\":{input}}}", counted);
        }
    }

    [Fact]
    public async Task A_conversation_reads_what_its_last_turn_wrote()
    {
        var time = new FakeTimeProvider();
        await using var simulator = await SimulatorUnderTest.StartAsync(time: time);
        const string Mark = "\"cache_control\":{\"type\":\"ephemeral\"}";
        var system = $"\"system\":[{{\"type\":\"text\",\"text\":\"{Long}\",\"cache_control\":{{\"type\":\"ephemeral\",\"ttl\":\"1h\"}}}}]";
        string Turn(string messages) => $"{{\"max_tokens\":1,\"messages\":[{messages}],{system},\"model\":\"m\"}}";

        await simulator.AnthropicTextAsync(Turn($"{{\"role\":\"user\",\"content\":[{{\"type\":\"text\",\"text\":\"one two\",{Mark}}}]}}"));
        var second = Turn(
            "{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"one two\"}]},{\"role\":\"assistant\",\"content\":\"three\"},"
                + $"{{\"role\":\"user\",\"content\":[{{\"type\":\"text\",\"text\":\"four five six\",{Mark}}}]}},{{\"role\":\"system\",\"content\":\"free seven\"}}"
        );
        await simulator.AnthropicTextAsync(second);
        time.Advance(TimeSpan.FromMinutes(30));
        await simulator.AnthropicTextAsync(second);

        Assert.Equal(
            [
                new Bill(0, 0, 2, 1500, 1, 0),
                // Read: 1,502 of the first turn; written: three, four, five, six; new: what follows the mark.
                new Bill(2, 1502, 4, 0, 1, 0),
                // Half an hour later only the system prompt is known.
                new Bill(2, 1500, 6, 0, 1, 0),
            ],
            (await simulator.RecordsAsync("?phase=completed")).Select(line => line.Billed)
        );
    }

    [Fact]
    public async Task Another_key_has_a_cache_of_its_own()
    {
        await using var simulator = await SimulatorUnderTest.StartAsync();
        var body =
            $"{{\"model\":\"m\",\"max_tokens\":1,\"cache_control\":{{\"type\":\"ephemeral\"}},\"messages\":[{{\"role\":\"user\",\"content\":\"{Long}\"}}]}}";
        foreach (var key in new[] { "a", "a", "b" })
        {
            await SimulatorUnderTest.TextAsync(
                await simulator.SendAsync("/v1/messages", body, [("x-api-key", key), ("anthropic-version", "2023-06-01")])
            );
        }

        Assert.Equal(
            [new Bill(0, 0, 1500, 0, 1, 0), new Bill(0, 1500, 0, 0, 1, 0), new Bill(0, 0, 1500, 0, 1, 0)],
            (await simulator.RecordsAsync("?phase=completed")).Select(line => line.Billed)
        );
    }
}
