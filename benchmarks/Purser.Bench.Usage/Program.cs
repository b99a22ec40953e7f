using System.Globalization;
using System.Text;
using System.Text.Json;
using Purser.Bench.Usage;
using Purser.Core.Pricing;
using Purser.Providers.Bodies;
using Purser.Providers.Streams;

const int rounds = 9;
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
var prices = args is [var folder] ? folder : "prices/providers";
var book = PriceBook.Parse([.. Directory.GetFiles(prices, "*.yml").Select(path => new PriceFile(path, File.ReadAllText(path)))]).Book!;
var at = new DateTimeOffset(2026, 10, 1, 0, 0, 0, TimeSpan.Zero);

Console.WriteLine("a quote: an answer's bytes read and priced");
Run([.. Samples.Answers.Select(sample => (sample.Name, Quote(sample), (Measured[])[Json(sample.Answer)]))]);
Console.WriteLine();
Console.WriteLine("the scan of a stream, for each chunk");
Run([.. Samples.Streams.Select(sample => (sample.Name, Scan(sample), (Measured[])[Copy(sample.Chunk), Json(sample.Data)]))]);
Console.WriteLine();
Console.WriteLine("the translation of a stream into another format, for each event");
Run([.. Translated.All.Select(stream => (stream.Name, stream.Measured(), (Measured[])[Copy(stream.Event), Json(stream.Data)]))]);

static void Run((string Name, Measured Own, Measured[] Baselines)[] rows)
{
    Measured[] all = [.. rows.SelectMany(row => (Measured[])[row.Own, .. row.Baselines])];
    Array.ForEach(all, measured => measured.WarmUp());
    for (var round = 0; round < rounds; round++)
    {
        Array.ForEach(all, measured => measured.Measure());
    }
    foreach (var (name, own, baselines) in rows)
    {
        var ratios = baselines.Select(baseline =>
            $"{own.Nanoseconds / baseline.Nanoseconds:0.0} x {baseline.Name} ({baseline.Nanoseconds:0} ns)"
        );
        Console.WriteLine($"{name, -22} {own.Nanoseconds, 6:0} ns {own.Bytes, 6:0} B   {string.Join(", ", ratios)}");
    }
}

Measured Quote(Sample sample)
{
    var reader = BodyReaders.Find(sample.Provider, sample.Api, out _)!;
    return new Measured(
        sample.Name,
        calls: 100,
        () =>
        {
            for (var i = 0; i < 100; i++)
            {
                var usage = reader.Read(sample.Answer, model: null);
                var price = book.FindModel(sample.Provider, usage.ServedModel!)!.PriceAt(at)!;
                if (PriceCalculator.Price(price, usage.Usage, usage.Terms with { At = at }).Charge is null)
                {
                    throw new InvalidOperationException($"{sample.Name} isn't priced: {usage.Error}");
                }
            }
        }
    );
}

static Measured Scan(Sample sample)
{
    var stream = StreamScans.Open(sample.Provider, sample.Api, "m", out _)!;
    return new Measured(
        sample.Name,
        calls: 1000,
        () =>
        {
            for (var i = 0; i < 1000; i++)
            {
                stream.Feed(sample.Chunk);
            }
        }
    );
}

static Measured Copy(byte[] bytes)
{
    var buffer = new byte[bytes.Length];
    return new Measured(
        "a copy",
        calls: 1000,
        () =>
        {
            for (var i = 0; i < 1000; i++)
            {
                bytes.CopyTo(buffer, 0);
            }
        }
    );
}

static Measured Json(byte[] bytes) =>
    new(
        "Utf8JsonReader",
        calls: 1000,
        () =>
        {
            for (var i = 0; i < 1000; i++)
            {
                var reader = new Utf8JsonReader(bytes);
                while (reader.Read()) { }
            }
        }
    );

/// <summary>An answer, or a chunk of one.</summary>
internal sealed record Sample(string Name, string Provider, string Api, string Text, bool IsSse = true)
{
    public byte[] Answer { get; } = Encoding.UTF8.GetBytes(Text);
    public byte[] Data => Answer;
    public byte[] Chunk { get; } = Encoding.UTF8.GetBytes(IsSse ? $"data: {Text}\n\n" : Text);
}

internal static class Samples
{
    public static readonly Sample[] Answers =
    [
        new(
            "openai chat",
            "openai",
            "chat",
            """{"id":"chatcmpl-1","object":"chat.completion","created":1,"model":"gpt-5-mini","choices":[{"index":0,"message":{"role":"assistant","content":"An answer of some length, as they are."},"finish_reason":"stop"}],"usage":{"prompt_tokens":600,"completion_tokens":300,"total_tokens":900,"prompt_tokens_details":{"cached_tokens":100,"audio_tokens":0},"completion_tokens_details":{"reasoning_tokens":200,"audio_tokens":0}},"service_tier":"default"}"""
        ),
        new(
            "anthropic messages",
            "anthropic",
            "default",
            """{"id":"msg_1","type":"message","role":"assistant","model":"claude-sonnet-4-6","content":[{"type":"text","text":"An answer of some length, as they are."}],"stop_reason":"end_turn","usage":{"input_tokens":50,"cache_creation_input_tokens":300,"cache_read_input_tokens":1000,"cache_creation":{"ephemeral_5m_input_tokens":100,"ephemeral_1h_input_tokens":200},"output_tokens":30,"service_tier":"standard"}}"""
        ),
        new(
            "gemini",
            "google",
            "default",
            """{"candidates":[{"content":{"parts":[{"text":"An answer of some length, as they are."}],"role":"model"},"finishReason":"STOP","index":0}],"usageMetadata":{"promptTokenCount":1000,"candidatesTokenCount":100,"thoughtsTokenCount":200,"totalTokenCount":1300,"promptTokensDetails":[{"modality":"TEXT","tokenCount":1000}],"cachedContentTokenCount":100},"modelVersion":"gemini-3.8-flash"}"""
        ),
    ];

    public static readonly Sample[] Streams =
    [
        new(
            "openai chat",
            "openai",
            "chat",
            """{"id":"chatcmpl-1","object":"chat.completion.chunk","created":1760000000,"model":"gpt-5-mini","service_tier":"default","system_fingerprint":"fp_1","choices":[{"index":0,"delta":{"content":" token"},"logprobs":null,"finish_reason":null}],"usage":null}"""
        ),
        new(
            "openai responses",
            "openai",
            "responses",
            """{"type":"response.output_text.delta","sequence_number":7,"item_id":"msg_1","output_index":0,"content_index":0,"delta":" token","logprobs":[]}"""
        ),
        new(
            "anthropic messages",
            "anthropic",
            "default",
            """{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":" token"}}"""
        ),
        new(
            "gemini",
            "google",
            "default",
            """{"candidates":[{"content":{"parts":[{"text":" some tokens more"}],"role":"model"},"index":0}],"usageMetadata":{"promptTokenCount":1000,"candidatesTokenCount":100,"totalTokenCount":1100,"promptTokensDetails":[{"modality":"TEXT","tokenCount":1000}]},"modelVersion":"gemini-3.8-flash","responseId":"r"}"""
        ),
    ];
}
