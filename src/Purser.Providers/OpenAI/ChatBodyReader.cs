using System.Text.Json;
using Purser.Core.Usage;
using Purser.Providers.Bodies;

namespace Purser.Providers.OpenAI;

/// <summary>
/// OpenAI's chat completions and embeddings, and those of the many vendors that speak its format with figures of their own.
/// </summary>
/// <param name="place">Where the vendor counts reasoning.</param>
internal sealed class ChatBodyReader(ReasoningPlace place = ReasoningPlace.Inside) : BodyReader
{
    private protected override VideoInput Read(ReadOnlySpan<byte> body, string? model, UsageReading reading)
    {
        var scan = BodyScan.Of(body, "usage"u8, reading);
        var json = scan.IsWhole ? scan.Usage : Groq(body);
        if (json.IsEmpty)
        {
            return default;
        }
        var reader = new Utf8JsonReader(json, Json);
        reader.Read();
        var usage = OpenAIUsage.Read(ref reader, reading);
        var figures = VendorFigures.Read(json, reading);
        usage.Add(figures, place, reading);
        NoteFees(body, json, figures, reading.ServedModel ?? model, reading);
        if (usage.TrySplit(reading, out var split))
        {
            split[UsageClass.WebSearch] = Math.Max(0, figures.Searches);
            if (place == ReasoningPlace.Beside)
            {
                split[UsageClass.WebSearch] = Math.Max(0, figures.SearchQueries);
            }
            Set(reading, split);
        }
        if (reading.ServiceTier is "on_demand")
        {
            // Groq's word for it.
            reading.ServiceTier = null;
        }
        return default;
    }

    // The last chunk of Groq's streams has its usage in a member of its own.
    private static ReadOnlySpan<byte> Groq(ReadOnlySpan<byte> body)
    {
        var own = BodyScan.Member(body, "x_groq"u8);
        var usage = own.IsEmpty ? default : BodyScan.Member(own, "usage"u8);
        return !usage.IsEmpty && usage[0] == (byte)'{' ? usage : body;
    }

    private void NoteFees(ReadOnlySpan<byte> body, ReadOnlySpan<byte> json, in VendorFigures figures, string? model, UsageReading reading)
    {
        figures.NoteFees(reading);
        if (json.IndexOf("prompt_audio_seconds"u8) >= 0 && Number(BodyScan.Member(json, "prompt_audio_seconds"u8)))
        {
            reading.AddViolation("the price book has no class for seconds of audio");
        }
        if (body.IndexOf("usage_breakdown"u8) >= 0 && BodyScan.Member(body, "usage_breakdown"u8) is [(byte)'{', ..])
        {
            reading.AddViolation("the usage is that of several models");
        }
        if (place == ReasoningPlace.Beside && HasRequestFee(json, figures, model))
        {
            reading.AddViolation("the price book has no class for a fee per request");
        }
    }

    // Perplexity: all models that search, but for deep research (a fee a search), have a fee by the size of the search's context.
    private static bool HasRequestFee(ReadOnlySpan<byte> json, in VendorFigures figures, string? model)
    {
        if (model is not null && model.StartsWith("sonar", StringComparison.Ordinal))
        {
            return !model.Contains("deep-research", StringComparison.Ordinal);
        }
        return figures.SearchQueries < 0
            && (
                model is null
                || model.EndsWith("-online", StringComparison.Ordinal)
                || BodyScan.Text(json, "search_context_size"u8) is not null
            );
    }

    private static bool Number(ReadOnlySpan<byte> value) => value is [>= (byte)'1' and <= (byte)'9', ..] || value.StartsWith("0."u8);
}
