using System.Text;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Purser.Gateway.Tests.Pipeline;

public sealed class LongStreamTests
{
    private const int Chunks = 31;

    private const string Body = """{"model":"gpt-5-mini","stream":true,"messages":[{"role":"user","content":"hi"}]}""";

    private const string Chunk = """
        data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"gpt-5-mini","choices":[{"index":0,"delta":{"content":"word "},"finish_reason":null}]}


        """;

    private const string End = """
        data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"gpt-5-mini","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}

        data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"gpt-5-mini","choices":[],"usage":{"prompt_tokens":11,"completion_tokens":14,"total_tokens":25}}

        data: [DONE]


        """;

    [Fact]
    public async Task A_stream_of_two_hours_reaches_its_end_and_is_charged_exactly()
    {
        var clock = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await using var gateway = await TestGateway.StartAsync(clock: clock);
        var key = await gateway.KeyAsync();
        using var step = new SemaphoreSlim(0);
        gateway.Upstream.Answer = async http =>
        {
            for (var chunk = 0; chunk < Chunks; chunk++)
            {
                await RecordingUpstream.EventsAsync(http, Chunk);
                await step.WaitAsync();
            }

            await RecordingUpstream.EventsAsync(http, End);
        };

        using var response = await gateway.ChatAsync(key, Body);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync());
        for (var chunk = 0; chunk < Chunks; chunk++)
        {
            Assert.Contains("word ", await NextAsync(reader), StringComparison.Ordinal);
            // By default a provider may be silent for ten minutes, and the client can have a chunk before the gateway has noted its time.
            clock.Advance(TimeSpan.FromMinutes(4));
            step.Release();
        }

        var rest = await reader.ReadToEndAsync();
        Assert.Contains("[DONE]", rest, StringComparison.Ordinal);
        await gateway.SettledAsync();
        var attempt = (await gateway.ExplainAsync(response))!["attempts"]![0]!;
        Assert.Equal("completed", attempt["outcome"]!.GetValue<string>());
        Assert.Equal("0.000039000", attempt["cost_usd"]!.GetValue<string>());
    }

    [Fact]
    public async Task Of_a_stream_whose_client_does_not_read_only_so_much_is_read_ahead_and_in_the_end_it_is_cancelled_and_settled()
    {
        var clock = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await using var gateway = await TestGateway.StartAsync(clock: clock);
        var key = await gateway.KeyAsync();
        var (sent, cancelled) = (0L, new TaskCompletionSource());
        gateway.Upstream.Answer = async http =>
        {
            http.Response.ContentType = "text/event-stream";
            http.RequestAborted.Register(() => cancelled.TrySetResult());
            var chunk = Encoding.UTF8.GetBytes(Chunk.Replace("word ", new string('w', 32 << 10), StringComparison.Ordinal));
            while (!http.RequestAborted.IsCancellationRequested)
            {
                await http.Response.Body.WriteAsync(chunk, http.RequestAborted);
                await http.Response.Body.FlushAsync(http.RequestAborted);
                Interlocked.Add(ref sent, chunk.Length);
            }
        };

        using var response = await gateway.ChatAsync(key, Body);
        var read = await StandstillAsync(() => Interlocked.Read(ref sent));

        // What is spooled, and what the buffers of four sockets hold.
        Assert.InRange(read, 8 << 20, 64 << 20);
        Assert.False(cancelled.Task.IsCompleted);
        clock.Advance(TimeSpan.FromSeconds(61));
        await cancelled.Task.WaitAsync(TimeSpan.FromSeconds(20));
        await gateway.SettledAsync();
        Assert.Equal("client_closed", (await gateway.ExplainAsync(response))!["outcome"]!.GetValue<string>());
    }

    private static async Task<string> NextAsync(StreamReader reader)
    {
        while (await reader.ReadLineAsync() is { } line)
        {
            if (line.StartsWith("data:", StringComparison.Ordinal))
            {
                return line;
            }
        }

        return "";
    }

    /// <summary>Waits until a figure has grown and grows no more.</summary>
    private static async Task<long> StandstillAsync(Func<long> figure)
    {
        var (before, still) = (0L, 0);
        while (still < 10)
        {
            await Task.Delay(100);
            still = figure() is > 0 and var now && now == before ? still + 1 : 0;
            before = figure();
        }

        return before;
    }
}
