using System.Buffers;
using System.Text;
using System.Text.Json.Nodes;
using Purser.Core.Pricing;
using Purser.Providers;
using Purser.Providers.Bodies;
using Purser.Providers.Streams;

namespace Purser.Cli.Tests.Quoting;

/// <summary>What the gateway reads in an answer is what <c>prices quote --usage</c> reads: the ledger can't differ from the quote.</summary>
public sealed class GatewayReadingTests
{
    private const string Request = """{"model":"asked","stream":true,"stream_options":{"include_usage":true},"messages":[],"input":"x"}""";

    public static TheoryData<string, string> Bodies => Cases(vector => vector.Usage is not null);

    public static TheoryData<string, string> Streams => Cases(vector => vector.Stream is not null);

    [Theory]
    [MemberData(nameof(Bodies))]
    public void A_whole_answer_is_read_as_the_quote_reads_it(string file, string name)
    {
        var vector = UsageVectors.Of(file, name);
        var (format, provider) = FormatOf(vector);
        var body = WholeBody(vector);

        var reading = new UsageReading { CacheWrites = CacheWriteHint.FiveMinutes };
        format.ReadResponse(body, reading);

        var quoted = BodyReaders.Find(provider, format.Name, out _)!.Read(body, vector.Model);
        AssertSame(quoted, reading);
    }

    [Theory]
    [MemberData(nameof(Streams))]
    public void A_stream_is_read_as_the_quote_reads_it(string file, string name)
    {
        var vector = UsageVectors.Of(file, name);
        var (format, provider) = FormatOf(vector);
        var bytes = vector.StreamBytes()!;
        using var scan = StreamScans.Open(provider, format.Name, vector.Model, out _)!;
        scan.Feed(bytes);
        var quoted = scan.Complete();
        foreach (var size in new[] { 1, 7, bytes.Length })
        {
            var request = Encoding.UTF8.GetBytes(Request.Replace("asked", vector.Model ?? "asked", StringComparison.Ordinal));
            var reading = new UsageReading();
            var relay = format.CreateStreamRelay(format.Understand(request).Facts!, reading);
            var output = new ArrayBufferWriter<byte>();
            foreach (var chunk in bytes.Chunk(size))
            {
                relay.Relay(chunk, output);
            }
            relay.Complete(output);

            AssertSame(quoted, reading);
        }
    }

    private static void AssertSame(BodyUsage quoted, UsageReading reading)
    {
        if (quoted.Error is not null)
        {
            // The gateway has to charge something: it says that it isn't sure.
            Assert.True(reading.Violation is not null || !reading.UsageIsFinal || !reading.HasUsage, quoted.Error);
            return;
        }
        Assert.Null(reading.Violation);
        Assert.True(reading is { HasUsage: true, UsageIsFinal: true });
        Assert.Equal(quoted.Usage, reading.Usage);
        Assert.Equal(quoted.ServedModel, reading.ServedModel);
        Assert.Equal(quoted.Terms.ServiceTier, reading.ServiceTier);
        Assert.Equal(quoted.ProviderCostUsd, reading.ProviderCostUsd);
        Assert.Equal(quoted.UpstreamCostUsd, reading.UpstreamCostUsd);
        Assert.Equal(quoted.ComputeMilliseconds, reading.ComputeMilliseconds);
    }

    /// <summary>An answer that has the usage alone is made whole, as providers send it.</summary>
    private static byte[] WholeBody(UsageVector vector)
    {
        var json = JsonNode.Parse(vector.Usage!)!.AsObject();
        var isWhole = json.ContainsKey("usage") || json.ContainsKey("x_groq") || json.ContainsKey("timings");
        return isWhole
            ? Encoding.UTF8.GetBytes(vector.Usage!)
            : Encoding.UTF8.GetBytes($$"""{"model":{{JsonValue.Create(vector.Model ?? "m")!.ToJsonString()}},"usage":{{vector.Usage}}}""");
    }

    private static TheoryData<string, string> Cases(Func<UsageVector, bool> has)
    {
        var cases = new TheoryData<string, string>();
        foreach (var (file, vector) in UsageVectors.All)
        {
            if (has(vector) && Names(vector) is { } names && Find(names.Provider, names.Api) is not null)
            {
                cases.Add(file, vector.Name);
            }
        }
        return cases;
    }

    // 'default' is chat completions with vendors that have no format of their own.
    private static (string Provider, string Api)? Names(UsageVector vector)
    {
        var (provider, api) = (vector.Line.GetValueOrDefault("provider"), vector.Line.GetValueOrDefault("api"));
        return provider is null || api is null ? null : (provider, api == "default" ? "chat" : api);
    }

    private static WireFormat? Find(string provider, string api) =>
        api is "chat" or "responses"
            ? ProviderCatalog
                .Apis.Where(vendor => vendor.Prices == provider)
                .SelectMany(vendor => vendor.Formats)
                .FirstOrDefault(format => format.Name == api)
            : null;

    private static (WireFormat Format, string Provider) FormatOf(UsageVector vector)
    {
        var (provider, api) = Names(vector)!.Value;
        return (Find(provider, api)!, provider);
    }
}
