using System.Text.Json;
using Purser.Providers.Bodies;

namespace Purser.Providers.Batches;

/// <summary>OpenAI's batches.</summary>
internal sealed class OpenAIBatchFormat : BatchFormat
{
    /// <inheritdoc/>
    public override long MostRequests => 50_000;

    /// <inheritdoc/>
    public override long MostBytes => 200L << 20;

    /// <inheritdoc/>
    public override WireFormat Errors => ProviderCatalog.Chat;

    /// <inheritdoc/>
    public override BodyReader Results { get; } = BodyReaders.Find("openai", "batch", out _)!;

    /// <inheritdoc/>
    public override bool ResultsAreFiles => true;

    /// <inheritdoc/>
    public override string Url(string baseUrl) => string.Concat(baseUrl.AsSpan().TrimEnd('/'), "/batches");

    /// <inheritdoc/>
    public override BatchLine ReadLine(ReadOnlySpan<byte> line) => BatchLine.Read(line, "body"u8);

    private protected override BatchState? ReadState(ReadOnlySpan<byte> body, ref Utf8JsonReader reader)
    {
        if (BodyScan.Text(body, "id"u8) is not { Length: > 0 } id || BodyScan.Text(body, "status"u8) is not { } status)
        {
            return null;
        }
        string?[] files = [BodyScan.Text(body, "output_file_id"u8), BodyScan.Text(body, "error_file_id"u8)];
        return new BatchState(id, status, EndOf(status))
        {
            Answered = status == "failed" ? 0 : Count(body, "completed"u8),
            ResultFiles = [.. files.Where(file => !string.IsNullOrEmpty(file)).Select(file => file!)],
        };
    }

    private static BatchEnd EndOf(string status) =>
        status switch
        {
            "completed" => BatchEnd.Completed,
            "failed" => BatchEnd.Failed,
            "expired" => BatchEnd.Expired,
            "cancelled" => BatchEnd.Cancelled,
            _ => BatchEnd.None,
        };
}
