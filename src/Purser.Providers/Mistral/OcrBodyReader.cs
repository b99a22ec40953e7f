using Purser.Core.Usage;
using Purser.Providers.Bodies;

namespace Purser.Providers.Mistral;

/// <summary>Mistral's reading of documents: pages that were read, and pages that were annotated beside that.</summary>
internal sealed class OcrBodyReader : BodyReader
{
    private static readonly FigurePaths Pages = new("pages_processed", "pages_processed_annotation");

    private protected override VideoInput Read(ReadOnlySpan<byte> body, string? model, UsageReading reading)
    {
        var scan = BodyScan.Of(body, "usage_info"u8, reading);
        if (scan.Usage.IsEmpty)
        {
            return default;
        }
        Span<long> found = stackalloc long[Pages.Count];
        Pages.Read(scan.Usage, found, reading);
        if (found[0] < 0)
        {
            reading.AddViolation("the usage lacks pages_processed");
            return default;
        }
        if (scan.IsWhole && found[1] < 0 && BodyScan.Member(body, "document_annotation"u8) is [not (byte)'n', ..])
        {
            reading.AddViolation("the document was annotated, and the usage doesn't say on how many pages");
        }
        var usage = default(TokenUsage);
        usage[UsageClass.OcrPage] = found[0];
        usage[UsageClass.AnnotatedPage] = Math.Max(0, found[1]);
        Set(reading, usage);
        return default;
    }
}
