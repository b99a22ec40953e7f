using System.Text.Json;
using Purser.Providers.Bodies;

namespace Purser.Providers.Batches;

/// <summary>Anthropic's message batches.</summary>
internal sealed class AnthropicBatchFormat : BatchFormat
{
    /// <inheritdoc/>
    public override long MostRequests => 100_000;

    /// <inheritdoc/>
    public override long MostBytes => 256L << 20;

    /// <inheritdoc/>
    public override WireFormat Errors => ProviderCatalog.Messages;

    /// <inheritdoc/>
    public override BodyReader Results { get; } = BodyReaders.Find("anthropic", "batch", out _)!;

    /// <inheritdoc/>
    public override bool ResultsAreFiles => false;

    /// <inheritdoc/>
    public override string Url(string baseUrl)
    {
        var root = baseUrl.AsSpan().TrimEnd('/');
        return string.Concat(root, root.EndsWith("/v1", StringComparison.Ordinal) ? "" : "/v1", "/messages/batches");
    }

    /// <inheritdoc/>
    public override BatchLine ReadLine(ReadOnlySpan<byte> line) => BatchLine.Read(line, "params"u8);

    private protected override BatchState? ReadState(ReadOnlySpan<byte> body, ref Utf8JsonReader reader)
    {
        if (BodyScan.Text(body, "id"u8) is not { Length: > 0 } id || BodyScan.Text(body, "processing_status"u8) is not { } status)
        {
            return null;
        }
        var end =
            status != "ended" ? BatchEnd.None
            : BodyScan.Text(body, "cancel_initiated_at"u8) is not null ? BatchEnd.Cancelled
            : Count(body, "expired"u8) > 0 ? BatchEnd.Expired
            : BatchEnd.Completed;
        return new BatchState(id, status, end) { Answered = Count(body, "succeeded"u8), ResultsUrl = UrlIn(ref reader) };
    }

    private static JsonSlice UrlIn(ref Utf8JsonReader reader)
    {
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            var isUrl = reader.ValueTextEquals("results_url"u8);
            reader.Read();
            if (isUrl && reader.TokenType == JsonTokenType.String)
            {
                return new JsonSlice((int)reader.TokenStartIndex, (int)(reader.BytesConsumed - reader.TokenStartIndex));
            }
            reader.Skip();
        }
        return default;
    }
}
