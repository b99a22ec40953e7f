using System.Text.Json;
using Purser.Core.Usage;
using Purser.Providers.Bodies;
using Purser.Providers.Passthrough;

namespace Purser.Providers.Mistral;

/// <summary>
/// Mistral's reading of documents, billed by the page. A request that lists its pages has no more; any other is held at the 1,000 pages that Mistral
/// takes at most. Annotations are billed for each page beside.
/// </summary>
internal sealed class OcrMeter() : ReaderMeter(new OcrBodyReader(), null, default)
{
    private const long MostPages = 1000;

    /// <inheritdoc/>
    public override PassthroughAsk Ask(ReadOnlyMemory<byte> body)
    {
        var json = body.Span;
        var pages = Listed(BodyScan.Member(json, "pages"u8));
        var usage = default(TokenUsage);
        usage[UsageClass.OcrPage] = pages;
        usage[UsageClass.AnnotatedPage] =
            IsAsked(BodyScan.Member(json, "bbox_annotation_format"u8)) || IsAsked(BodyScan.Member(json, "document_annotation_format"u8))
                ? pages
                : 0;
        return new PassthroughAsk(BodyModel.Of(json), usage);
    }

    private static bool IsAsked(ReadOnlySpan<byte> format) => format is [not (byte)'n', ..];

    private static long Listed(ReadOnlySpan<byte> pages)
    {
        if (pages is not [(byte)'[', ..])
        {
            return MostPages;
        }
        var reader = new Utf8JsonReader(pages);
        var count = 0L;
        while (reader.Read())
        {
            count += reader.TokenType == JsonTokenType.Number ? 1 : 0;
        }
        // An empty list is none.
        return count == 0 ? MostPages : Math.Min(count, MostPages);
    }
}
