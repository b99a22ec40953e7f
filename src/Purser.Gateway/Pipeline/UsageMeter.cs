using Purser.Core.Budgets;
using Purser.Core.Ledger;
using Purser.Core.Pricing;
using Purser.Core.Routing;
using Purser.Core.Usage;
using Purser.Providers;
using Purser.Providers.Bodies;

namespace Purser.Gateway.Pipeline;

/// <summary>What an attempt used, and how sure that is.</summary>
/// <param name="Usage">By class.</param>
/// <param name="Terms">What else the price depends on, as the response says.</param>
/// <param name="Estimated">Whether the provider gave no final figures.</param>
/// <param name="Others">What was billed on other models, each with its own usage.</param>
/// <param name="ServedModel">The model that the answer names, or null.</param>
internal readonly record struct Metered(
    TokenUsage Usage,
    PricingTerms Terms,
    bool Estimated,
    IReadOnlyList<OtherModelUsage> Others,
    string? ServedModel
)
{
    /// <summary>Whether there was an answer that is billed, so that the fee of a request is due even where no token was used.</summary>
    public bool WasServed { get; init; }

    /// <summary>Video input, billed as the price says; null where the format knows none.</summary>
    public VideoInput? Video { get; init; }

    /// <summary>How long the provider's machine worked on it, in milliseconds, never 0 of what was served; it is billed where that is the price.</summary>
    public long ComputeMilliseconds { get; init; }

    /// <summary>All tokens, those of other models included.</summary>
    public long TotalTokens => Usage.TotalTokens + Others.Sum(other => other.Usage.TotalTokens);

    /// <summary>All tokens by the classes that budgets count.</summary>
    public TokenParts Parts => Others.Aggregate(Of(Usage), static (sum, other) => sum + Of(other.Usage));

    private static TokenParts Of(TokenUsage usage) =>
        new(
            usage.InputTokens,
            usage.CachedInputTokens,
            usage[UsageClass.CacheWrite5m] + usage[UsageClass.CacheWrite1h],
            usage.OutputTokens,
            usage[UsageClass.ReasoningOutput]
        );
}

/// <summary>Turns how a call went into what it used.</summary>
internal static class UsageMeter
{
    public static Metered Read(CallResult call, Reservation reservation, TaskProfile asked)
    {
        var reading = call.Reading;
        // What a translation left out wasn't asked for there.
        var isKept = reservation.Candidate.Model.Formats.Keep(asked.Format);
        var terms = new PricingTerms(
            reading.ServiceTier ?? (isKept || !reservation.Candidate.Model.Formats.DropsTier ? asked.Terms.ServiceTier : null),
            reading.InferenceGeo ?? asked.Terms.InferenceGeo,
            reading.Speed ?? (isKept ? asked.Terms.Speed : null),
            reservation.AdmittedAt,
            reading.Variant ?? asked.Terms.Variant
        );
        if (!call.Dispatched || (call.Status >= 400 && !reading.HasUsage))
        {
            // Not sent, or answered with an error: providers bill neither.
            return new Metered(default, terms, false, [], null);
        }

        // What counts nothing costs nothing only where the price says so.
        var isStated = reading is { HasUsage: true, UsageIsFinal: true, LacksFigures: false };
        var metered =
            isStated && (!reading.CountsNothing || reservation.Candidate.Price.Free)
                ? new Metered(reading.Usage, terms, reading.Violation is not null, reading.OtherModels, reading.ServedModel)
                : new Metered(Estimate(call, reservation, asked.CacheWrites), terms, true, reading.OtherModels, reading.ServedModel);
        return metered with { WasServed = true, Video = reading.Video, ComputeMilliseconds = Milliseconds(call, reservation) };
    }

    /// <summary>
    /// The provider's own figure where it gives one for the whole answer, else what was measured, the way there and back included. The call was
    /// cut off at its limit, and no more than that is held for it.
    /// </summary>
    private static long Milliseconds(CallResult call, Reservation reservation)
    {
        var most = reservation.Candidate.TimeLimit is { } limit ? (long)limit.TotalMilliseconds : UsageReading.MaxCount;
        var stated = call.Reading.ComputeMilliseconds;
        var isWhole = stated > 0 && call.Reading is { HasUsage: true, UsageIsFinal: true };
        var measured = call.ProviderUs == 0 ? most : (call.ProviderUs + 999) / 1000;
        return Math.Min(most, isWhole ? stated : Math.Max(stated, measured));
    }

    /// <summary>The safe side of what can't be known: never less than the provider can have billed for what was seen.</summary>
    private static TokenUsage Estimate(CallResult call, Reservation reservation, CacheWriteHint asked)
    {
        var reading = call.Reading;
        var candidate = reservation.Candidate;
        var usage = reading.Usage;
        if (candidate.Price.IsByPiece(candidate.Bounds.Pieces))
        {
            return candidate.Price.AllPieces(candidate.Bounds.Pieces);
        }

        if (usage.InputTokens == 0)
        {
            usage[InputClass(candidate, asked)] = candidate.MaxInputTokens;
        }

        usage[UsageClass.SearchUnit] = Math.Max(usage[UsageClass.SearchUnit], candidate.Bounds.SearchUnits);
        var stated = reading.Usage.OutputTokens;
        var shown = Math.Max(call.BodyBytes, reading.RelayedOutputBytes + reading.StructureTokens);
        // The hold was kept ahead of what could be generated: only what was really seen can be beyond it.
        var most = Math.Max(reservation.OutputHeld, Math.Max(stated, Math.Min(shown, reservation.MaxOutput)));
        // What was on its way when the answer broke off may be billed too. Without a stream's beginning, nothing says how far it was.
        usage[UsageClass.Output] = 0;
        usage[UsageClass.ReasoningOutput] = 0;
        usage[OutputClass(candidate)] = call.Streamed
            ? Math.Min(most, Math.Max(stated, shown + call.HiddenTokens) + (reading.Terminated ? 0 : OutputSlices.Ahead))
            : most;
        return usage;
    }

    /// <summary>What the output is, where it isn't text.</summary>
    private static UsageClass OutputClass(Candidate candidate)
    {
        var (rates, bounds) = (candidate.Price.Standard.Rates, candidate.Bounds);
        return bounds.Pieces.Images > 0 && rates.IsPriced(UsageClass.ImageOutput) ? UsageClass.ImageOutput
            : bounds.Pieces.Characters > 0 && rates.IsPriced(UsageClass.AudioOutput) ? UsageClass.AudioOutput
            : UsageClass.Output;
    }

    /// <summary>The dearest class that the input can have been.</summary>
    private static UsageClass InputClass(Candidate candidate, CacheWriteHint asked)
    {
        var (rates, pieces) = (candidate.Price.Standard.Rates, candidate.Bounds.Pieces);
        return pieces.AudioSeconds > 0 && rates.IsPriced(UsageClass.AudioInput) ? UsageClass.AudioInput
            : pieces.InputImages > 0 && rates.IsPriced(UsageClass.ImageInput) ? UsageClass.ImageInput
            : WriteClass(asked);
    }

    private static UsageClass WriteClass(CacheWriteHint asked) =>
        asked switch
        {
            CacheWriteHint.OneHour => UsageClass.CacheWrite1h,
            CacheWriteHint.FiveMinutes => UsageClass.CacheWrite5m,
            _ => UsageClass.Input,
        };
}
