using System.Buffers;
using System.Text;
using Purser.Providers.OpenAI.Tasks;

namespace Purser.Providers.Tests;

/// <summary>Shorthands for tests: text in, text out.</summary>
internal static class Wire
{
    /// <summary>Those whose requests are JSON: the others' are forms alone.</summary>
    public static WireFormat[] OfJson { get; } = [.. ProviderCatalog.Formats.Where(format => format is not TranscriptionFormat)];

    /// <summary>Those whose output is limited, watched and cut off.</summary>
    public static WireFormat[] Conversations { get; } = [.. ProviderCatalog.Formats.Except(ProviderCatalog.Tasks)];

    public static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    /// <summary>What stands beside the body: Gemini's formats and Bedrock's have the model and the wish for a stream in the path.</summary>
    private static RequestTarget Target(WireFormat format) =>
        format == ProviderCatalog.Invoke ? new RequestTarget("anthropic.claude-test", Stream: true)
        : format.Routes[0].Template.Contains("{model}", StringComparison.Ordinal)
            ? new RequestTarget("gemini-2.5-flash", Stream: true, Query: "?alt=sse")
        : default;

    public static RequestFacts Facts(this WireFormat format, string body)
    {
        var result = format.Understand(Bytes(body), Target(format));
        Assert.Null(result.Fault);
        return result.Facts!;
    }

    public static RequestFault Fault(this WireFormat format, string body)
    {
        var result = format.Understand(Bytes(body), Target(format));
        Assert.Null(result.Facts);
        return result.Fault!;
    }

    public static string Rewrite(this WireFormat format, string body, string upstreamModel)
    {
        var output = new ArrayBufferWriter<byte>();
        format.WriteRequest(Bytes(body), format.Facts(body), upstreamModel, output);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }

    public static (string Output, UsageReading Reading) Relay(this WireFormat format, string request, params string[] chunks)
    {
        var (output, reading) = format.RelayBytes(request, [.. chunks.Select(Bytes)]);
        return (Encoding.UTF8.GetString(output), reading);
    }

    public static (byte[] Output, UsageReading Reading) RelayBytes(this WireFormat format, string request, params byte[][] chunks)
    {
        var reading = new UsageReading();
        var relay = format.CreateStreamRelay(format.Facts(request), reading);
        var output = new ArrayBufferWriter<byte>();
        foreach (var chunk in chunks)
        {
            relay.Relay(chunk, output);
        }
        relay.Complete(output);
        return (output.WrittenSpan.ToArray(), reading);
    }

    /// <summary>What a client gets after <paramref name="sent"/> when the stream is cut off there.</summary>
    public static string CutOff(this WireFormat format, string request, string sent, string notice = "out of budget")
    {
        var relay = format.CreateStreamRelay(format.Facts(request), new UsageReading());
        var output = new ArrayBufferWriter<byte>();
        relay.Relay(Bytes(sent), output);
        var before = output.WrittenCount;
        relay.CutOff(new CutOff(notice), output);
        return Encoding.UTF8.GetString(output.WrittenSpan[before..]);
    }

    /// <summary>What a closing text adds between <paramref name="sent"/> and <paramref name="ending"/>; null where it was not safe.</summary>
    public static string? Closing(this WireFormat format, string request, string sent, string ending, string text = "Half is used.")
    {
        var relay = format.CreateStreamRelay(format.Facts(request), new UsageReading());
        relay.CloseWith(text);
        var output = new ArrayBufferWriter<byte>();
        relay.Relay(Bytes(sent), output);
        // What is relayed up to here is no end of a text.
        Assert.False(relay.IsClosed);
        relay.Relay(Bytes(ending), output);
        var all = Encoding.UTF8.GetString(output.WrittenSpan);
        Assert.StartsWith(sent, all, StringComparison.Ordinal);
        if (!relay.IsClosed)
        {
            Assert.Equal(sent + ending, all);
            return null;
        }
        return all[sent.Length..all.LastIndexOf(ending, StringComparison.Ordinal)];
    }

    public static string Limited(this WireFormat format, string body, long maxOutputTokens)
    {
        var output = new ArrayBufferWriter<byte>();
        var facts = format.Facts(body);
        format.WriteRequest(Bytes(body), facts, facts.Model, output, maxOutputTokens);
        var limited = Encoding.UTF8.GetString(output.WrittenSpan);
        Assert.Equal(limited != body, format.NeedsRewrite(facts, facts.Model, maxOutputTokens));
        return limited;
    }

    public static UsageReading Read(this WireFormat format, string body)
    {
        var reading = new UsageReading();
        format.ReadResponse(Bytes(body), reading);
        return reading;
    }

    public static string Error(this WireFormat format, WireError error)
    {
        var output = new ArrayBufferWriter<byte>();
        format.WriteError(output, error);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }
}
