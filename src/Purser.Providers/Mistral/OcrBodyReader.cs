using System.Text.Json;
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
        if (scan.IsWhole && Count(BodyScan.Member(body, "pages"u8)) > found[0])
        {
            reading.AddViolation("the answer has more pages than were processed");
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

    private static long Count(ReadOnlySpan<byte> list)
    {
        var count = 0L;
        var reader = new Utf8JsonReader(list.IsEmpty ? "[]"u8 : list, Json);
        reader.Read();
        while (reader.TokenType != JsonTokenType.EndArray && reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            reader.Skip();
            count++;
        }
        return count;
    }
}
