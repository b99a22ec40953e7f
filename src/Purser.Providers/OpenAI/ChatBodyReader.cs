using System.Text.Json;
using Purser.Core.Usage;
using Purser.Providers.Bodies;

namespace Purser.Providers.OpenAI;

/// <summary>
/// OpenAI's chat completions and embeddings, and those of the many vendors that speak its format with figures of their own.
/// </summary>
/// <param name="place">Where the vendor counts reasoning.</param>
/// <param name="hasOutput">Whether there is output that is billed: not where embeddings are made, or texts ranked.</param>
internal sealed class ChatBodyReader(ReasoningPlace place = ReasoningPlace.Inside, bool hasOutput = true) : BodyReader
{
    /// <summary>Groq's word for its standard tier.</summary>
    internal const string GroqStandard = "on_demand";

    private protected override VideoInput Read(ReadOnlySpan<byte> body, string? model, UsageReading reading)
    {
        var scan = BodyScan.Of(body, "usage"u8, reading);
        var json = scan.IsWhole ? scan.Usage : Groq(body);
        if (json.IsEmpty)
        {
            return default;
        }
        if (TryRead(body, json, model, reading, out var split))
        {
            Set(reading, split);
        }
        if (reading.ServiceTier is GroqStandard)
        {
            reading.ServiceTier = null;
        }
        return default;
    }

    /// <summary>Splits the usage object of an answer, or of a chunk of one, into disjoint classes. False where that can't be done.</summary>
    /// <param name="body">The answer or the chunk; its model and tier are in the reading already.</param>
    /// <param name="json">The usage object in it.</param>
    /// <param name="model">The model that was asked for, if that is known.</param>
    /// <param name="reading">Takes what is odd.</param>
    /// <param name="split">The usage.</param>
    internal bool TryRead(ReadOnlySpan<byte> body, ReadOnlySpan<byte> json, string? model, UsageReading reading, out TokenUsage split)
    {
        var reader = new Utf8JsonReader(json, Json);
        reader.Read();
        var usage = OpenAIUsage.Read(ref reader, reading);
        var figures = VendorFigures.Read(json, reading);
        usage.Add(figures, place, reading);
        var seconds =
            json.IndexOf("prompt_audio_seconds"u8) < 0 ? 0 : AudioSeconds.Read(BodyScan.Member(json, "prompt_audio_seconds"u8), reading);
        if (seconds > 0)
        {
            usage.LeaveOutAudio();
        }
        if (body.IndexOf("usage_breakdown"u8) >= 0 && BodyScan.Member(body, "usage_breakdown"u8) is [(byte)'{', ..])
        {
            reading.AddViolation("the usage is that of several models");
        }
        if (!hasOutput)
        {
            usage.HasOnlyInput();
        }
        if (!usage.TrySplit(reading, out split))
        {
            return false;
        }
        split[UsageClass.AudioSecond] = seconds;
        split[UsageClass.WebSearch] = Math.Max(0, figures.Searches);
        split[UsageClass.SearchSource] = Math.Max(0, figures.Sources);
        ServerTools.Add(json, figures.ServerTools, reading, ref split);
        AddSearch(figures, reading.ServedModel ?? model, reading, ref split);
        return true;
    }

    // The last chunk of Groq's streams has its usage in a member of its own.
    private static ReadOnlySpan<byte> Groq(ReadOnlySpan<byte> body)
    {
        if (body.IndexOf("x_groq"u8) < 0 && !body.Contains((byte)'\\'))
        {
            return body;
        }
        var own = BodyScan.Member(body, "x_groq"u8);
        var usage = own.IsEmpty ? default : BodyScan.Member(own, "usage"u8);
        return !usage.IsEmpty && usage[0] == (byte)'{' ? usage : body;
    }

    // Perplexity: deep research has a fee for each search, all other models that search one for the request, by the size of its context.
    private void AddSearch(in VendorFigures figures, string? model, UsageReading reading, ref TokenUsage usage)
    {
        var sizes = usage[UsageClass.LowContextRequest] + usage[UsageClass.MediumContextRequest] + usage[UsageClass.HighContextRequest];
        var isSonar = model?.StartsWith("sonar", StringComparison.Ordinal) ?? false;
        var isBySearch = isSonar ? model!.Contains("deep-research", StringComparison.Ordinal) : figures.SearchQueries >= 0;
        // r1-1776 states a size too, and never searches.
        if (place != ReasoningPlace.Beside || isBySearch || model is "r1-1776")
        {
            usage[UsageClass.LowContextRequest] = 0;
            usage[UsageClass.MediumContextRequest] = 0;
            usage[UsageClass.HighContextRequest] = 0;
        }
        if (place != ReasoningPlace.Beside)
        {
            return;
        }
        usage[UsageClass.Citation] = Math.Max(0, figures.Citations);
        usage[UsageClass.WebSearch] = isBySearch ? Math.Max(0, figures.SearchQueries) : 0;
        if (isSonar && isBySearch && figures.SearchQueries < 0)
        {
            reading.AddViolation("the usage lacks num_search_queries, which have a fee");
        }
        if (isSonar && !isBySearch && sizes == 0)
        {
            reading.AddViolation("the usage doesn't say the size of its search's context, which the fee of the request depends on");
        }
        if (model is not null && model.EndsWith("-online", StringComparison.Ordinal))
        {
            reading.AddViolation("the fee of a request of this model is not known");
        }
    }
}
