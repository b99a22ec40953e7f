using System.Buffers;
using System.Text.Json;
using Purser.Providers.Bodies;

namespace Purser.Providers.Batches;

/// <summary>How a vendor's batches are written: bytes in, bytes out. Stateless and shared.</summary>
public abstract class BatchFormat
{
    /// <summary>OpenAI's: the requests are lines of a file, and so are the answers.</summary>
    public static BatchFormat OpenAI { get; } = new OpenAIBatchFormat();

    /// <summary>Anthropic's: the requests are in the body, the answers are lines.</summary>
    public static BatchFormat Anthropic { get; } = new AnthropicBatchFormat();

    /// <summary>The most requests that a batch may have.</summary>
    public abstract long MostRequests { get; }

    /// <summary>The most bytes that they may have.</summary>
    public abstract long MostBytes { get; }

    /// <summary>The format that its errors are written in.</summary>
    public abstract WireFormat Errors { get; }

    /// <summary>Where its batches are, below the vendor's base URL.</summary>
    /// <param name="baseUrl">The configured base URL, with or without a slash at its end.</param>
    public abstract string Url(string baseUrl);

    /// <summary>Where a file is, of a vendor whose batches are made of files; its content is below it.</summary>
    /// <param name="baseUrl">The configured base URL, with or without a slash at its end.</param>
    /// <param name="id">The file's id.</param>
    public string FileUrl(string baseUrl, string id) =>
        string.Concat(Url(baseUrl).AsSpan()[..^"/batches".Length], "/files/", Uri.EscapeDataString(id));

    /// <summary>Reads one request of a batch. It never throws for what the line holds.</summary>
    public abstract BatchLine ReadLine(ReadOnlySpan<byte> line);

    /// <summary>Reads what the provider says of a batch; null where that is none. It never throws for what the body holds.</summary>
    /// <param name="body">A batch object.</param>
    public BatchState? ReadState(ReadOnlySpan<byte> body)
    {
        try
        {
            var reader = new Utf8JsonReader(body, BodyReader.Json);
            return reader.Read() && reader.TokenType == JsonTokenType.StartObject ? ReadState(body, ref reader) : null;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>Reads a line of a batch's results.</summary>
    public abstract BodyReader Results { get; }

    /// <summary>The client's name for the request that a line of the results answers; null where it has none.</summary>
    public static string? CustomId(ReadOnlySpan<byte> line) => BodyScan.Text(line, "custom_id"u8);

    /// <summary>Whether the answers are in files of the vendor's, which are named in the batch object.</summary>
    public abstract bool ResultsAreFiles { get; }

    /// <summary>Writes a batch object as clients shall have it: the provider's bytes, but for a URL of the provider's own.</summary>
    /// <param name="body">The batch object.</param>
    /// <param name="state">What was read in it.</param>
    /// <param name="url">Where clients find the batch, without a slash at the end.</param>
    /// <param name="output">Takes the object.</param>
    public static void Write(ReadOnlySpan<byte> body, BatchState state, string url, IBufferWriter<byte> output)
    {
        var place = state.ResultsUrl;
        if (place.Length == 0)
        {
            output.Write(body);
            return;
        }
        output.Write(body[..place.Offset]);
        output.Write("\""u8);
        output.Write(JsonEncodedText.Encode(url + "/results").EncodedUtf8Bytes);
        output.Write("\""u8);
        output.Write(body[(place.Offset + place.Length)..]);
    }

    private protected abstract BatchState? ReadState(ReadOnlySpan<byte> body, ref Utf8JsonReader reader);

    private protected static long? Count(ReadOnlySpan<byte> body, ReadOnlySpan<byte> name)
    {
        var counts = BodyScan.Member(body, "request_counts"u8);
        var value = BodyScan.Member(counts, name);
        if (value.IsEmpty)
        {
            return null;
        }
        var reader = new Utf8JsonReader(value);
        return reader.Read() && reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out var count) && count >= 0 ? count : null;
    }
}
