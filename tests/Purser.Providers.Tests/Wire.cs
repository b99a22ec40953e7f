using System.Buffers;
using System.Text;

namespace Purser.Providers.Tests;

/// <summary>Shorthands for tests: text in, text out.</summary>
internal static class Wire
{
    public static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    public static RequestFacts Facts(this WireFormat format, string body)
    {
        var result = format.Understand(Bytes(body));
        Assert.Null(result.Fault);
        return result.Facts!;
    }

    public static RequestFault Fault(this WireFormat format, string body)
    {
        var result = format.Understand(Bytes(body));
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
