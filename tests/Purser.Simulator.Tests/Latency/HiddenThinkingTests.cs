using System.Text.RegularExpressions;
using Purser.Simulator.Latency;

namespace Purser.Simulator.Tests.Latency;

public class HiddenThinkingTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("2000", 2000, null)]
    [InlineData("1,ping=1ms", 1, 1)]
    [InlineData(" 100000 , ping=1.5s", 100_000, 1500)]
    public void It_is_read(string text, int tokens, int? pingMilliseconds)
    {
        Assert.True(HiddenThinking.TryParse(text, out var thinking, out _));
        Assert.Equal(new HiddenThinking(tokens, pingMilliseconds is { } every ? TimeSpan.FromMilliseconds(every) : null), thinking);
    }

    [Theory]
    [InlineData("", "thinking '' can't be read: use a number of tokens up to 100000, and ,ping=1s for keep-alives")]
    [InlineData("0", "thinking '0' can't be read: use a number of tokens up to 100000, and ,ping=1s for keep-alives")]
    [InlineData("100001", "thinking '100001' can't be read: use a number of tokens up to 100000, and ,ping=1s for keep-alives")]
    [InlineData("5,ping=0ms", "thinking '5,ping=0ms': 'ping=0ms' can't be read: use ping=1s (units us, ms, s; at least 1 ms)")]
    [InlineData("5,pong=1s", "thinking '5,pong=1s': 'pong=1s' can't be read: use ping=1s (units us, ms, s; at least 1 ms)")]
    public void What_is_wrong_is_said(string text, string message)
    {
        Assert.False(HiddenThinking.TryParse(text, out _, out var error));
        Assert.Equal(message, error);
    }

    [Theory]
    // A large limit: a natural answer of 20 to 400 tokens follows the thinking.
    [InlineData("gpt-5-mini", "\"max_completion_tokens\":9000,", "hi", 300, 20, 400, "stop")]
    // A small one is used up, by thinking first.
    [InlineData("gpt-5-mini", "\"max_completion_tokens\":310,", "hi", 300, 10, 10, "length")]
    [InlineData("gpt-5-mini", "\"max_completion_tokens\":30,", "hi", 30, 0, 0, "length")]
    [InlineData("gpt-5-mini", "", "[[simulate:think=7,tokens=9]]", 7, 2, 2, "stop")]
    // These don't reason.
    [InlineData("gpt-4o", "\"max_tokens\":10,", "hi", 0, 10, 10, "length")]
    [InlineData("gpt-5-mini", "\"reasoning_effort\":\"minimal\",\"max_tokens\":10,", "hi", 0, 10, 10, "length")]
    public async Task Models_that_reason_think_first(
        string model,
        string limit,
        string prompt,
        int reasoning,
        int least,
        int most,
        string finish
    )
    {
        await using var simulator = await SimulatorUnderTest.StartAsync(new SimulatorOptions { Thinking = new HiddenThinking(300) });
        var body = $$$"""{"model":"{{{model}}}",{{{limit}}}"messages":[{"role":"user","content":"{{{prompt}}}"}]""";
        var whole = await simulator.OpenAITextAsync(body + "}");
        var streamed = await simulator.OpenAITextAsync(body + ",\"stream\":true,\"stream_options\":{\"include_usage\":true}}");

        foreach (
            var (text, billed) in new[] { whole, streamed }.Zip((await simulator.RecordsAsync("?phase=completed")).Select(l => l.Billed!))
        )
        {
            Assert.Equal(reasoning, billed.Reasoning);
            Assert.InRange(billed.Output, least, most);
            Assert.Matches($"\"reasoning_tokens\": ?{reasoning}\\b", text);
            Assert.Matches($"\"completion_tokens\": ?{reasoning + billed.Output}\\b", text);
            Assert.Matches($"\"finish_reason\": ?\"{finish}\"", text);
        }
    }

    [Fact]
    public async Task An_open_stream_shows_nothing_of_it_but_keep_alives()
    {
        var options = new SimulatorOptions
        {
            Latency = LatencyProfile.Parse("token=1ms"),
            Thinking = new HiddenThinking(400, TimeSpan.FromMilliseconds(50)),
        };
        await using var simulator = await SimulatorUnderTest.StartAsync(options, TimeProvider.System);

        var text = await simulator.OpenAITextAsync(
            """{"model":"gpt-5-mini","max_tokens":402,"stream":true,"messages":[{"role":"user","content":"hi"}]}"""
        );

        // The role, two tokens, the reason, the end.
        Assert.Matches("^(: keep-alive\n\n)+(data: .*\n\n){5}$", text);
    }

    [Fact]
    public async Task Without_keep_alives_the_stream_is_open_and_silent()
    {
        var options = new SimulatorOptions { Latency = LatencyProfile.Parse("token=10ms"), Thinking = new HiddenThinking(100_000) };
        await using var simulator = await SimulatorUnderTest.StartAsync(options, TimeProvider.System);

        // It returns with the headers, a quarter of an hour before the first chunk.
        using var response = await simulator.OpenAIAsync(
            """{"model":"gpt-5-mini","stream":true,"messages":[{"role":"user","content":"hi"}]}"""
        );

        Assert.Equal("text/event-stream; charset=utf-8", response.Content.Headers.ContentType!.ToString());
    }

    [Fact]
    public async Task Anthropic_thinking_shows_no_text()
    {
        var options = new SimulatorOptions
        {
            Latency = LatencyProfile.Parse("token=1ms"),
            Thinking = new HiddenThinking(400, TimeSpan.FromMilliseconds(50)),
        };
        await using var simulator = await SimulatorUnderTest.StartAsync(options, TimeProvider.System);

        var text = await simulator.AnthropicTextAsync(
            """{"model":"claude-opus-5-5","max_tokens":1500,"thinking":{"type":"enabled","budget_tokens":1024},"stream":true,"messages":[{"role":"user","content":"hi [[simulate:tokens=402]]"}]}"""
        );

        Assert.DoesNotContain("thinking_delta", text, StringComparison.Ordinal);
        Assert.Contains("\"output_tokens\":402,\"output_tokens_details\":{\"thinking_tokens\":400}", text, StringComparison.Ordinal);
        // One belongs to the first block's start; the others keep the connection alive.
        Assert.InRange(Regex.Count(text, "event: ping\ndata: {\"type\": \"ping\"}\n\n"), 2, 10);
        var billed = (await simulator.RecordsAsync("?phase=completed"))[0].Billed!;
        Assert.Equal((2, 400), (billed.Output, billed.Reasoning));
    }

    [Theory]
    [InlineData("0", 1, 1999, 0)]
    [InlineData("100", 101, 1999, 0)]
    [InlineData("all", 2000, 2000, 7)]
    public async Task Who_leaves_while_it_thinks_is_billed_what_was_thought(string billAfterCancel, int least, int most, int output)
    {
        Assert.True(BillAfterCancel.TryParse(billAfterCancel, out var bill, out _));
        var options = new SimulatorOptions
        {
            Latency = LatencyProfile.Parse("token=5ms"),
            Thinking = new HiddenThinking(2000, TimeSpan.FromMilliseconds(5)),
            BillAfterCancel = bill,
        };
        await using var simulator = await SimulatorUnderTest.StartAsync(options, TimeProvider.System);

        var response = await simulator.OpenAIAsync(
            """{"model":"gpt-5-mini","max_tokens":2007,"stream":true,"messages":[{"role":"user","content":"hi"}]}"""
        );
        using (var reader = new StreamReader(await response.Content.ReadAsStreamAsync(Cancelled)))
        {
            for (var pings = 0; pings < 3; )
            {
                pings += (await reader.ReadLineAsync(Cancelled)) == ": keep-alive" ? 1 : 0;
            }
        }

        response.Dispose();
        var line = (await simulator.RecordsWhenIdleAsync())[1];
        Assert.Equal("client_closed", line.Outcome);
        Assert.InRange(line.Billed!.Reasoning, least, most);
        Assert.Equal(output, line.Billed.Output);
    }
}
