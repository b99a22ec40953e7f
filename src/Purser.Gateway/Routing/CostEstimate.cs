using Purser.Core.Pricing;
using Purser.Core.Routing;
using Purser.Core.Usage;

namespace Purser.Gateway.Routing;

/// <summary>What a request is expected to cost at a model: an estimate to compare models by, never a bound on what it may cost.</summary>
/// <param name="Expected">With what the session's prompt cache holds of it.</param>
/// <param name="Cold">Without a prompt cache.</param>
/// <param name="WarmTokens">How many input tokens are expected from the prompt cache.</param>
internal readonly record struct CostEstimate(Money Expected, Money Cold, long WarmTokens)
{
    // A token of English or of code has about four bytes.
    private const int BytesPerToken = 4;

    /// <summary>How long an answer is taken to be before there were any, in tokens.</summary>
    public const long UsualOutput = 500;

    /// <summary>Roughly how many input tokens a request has: as many for its bytes as its session's last one, where there was one.</summary>
    public static long InputOf(TaskProfile profile, SessionModel? session) =>
        session is { BodyBytes: > 0, InputTokens: > 0 }
            ? Math.Max(1, (long)((Int128)profile.BodyBytes * session.InputTokens / session.BodyBytes))
            : (profile.BodyBytes / BytesPerToken) + 1;

    /// <summary>Reckons a request at a candidate.</summary>
    /// <param name="profile">The request.</param>
    /// <param name="candidate">The model.</param>
    /// <param name="output">How many output tokens are expected.</param>
    /// <param name="session">Its session's last answer, or null.</param>
    /// <param name="seconds">How long its answers take, as measured; null where nothing was.</param>
    /// <param name="now">When.</param>
    public static CostEstimate Of(
        TaskProfile profile,
        Candidate candidate,
        long output,
        SessionModel? session,
        double? seconds,
        DateTimeOffset now
    )
    {
        if (candidate.Price.ChargesTime)
        {
            var cost = TimeCost(profile, candidate, seconds);
            return new CostEstimate(cost, cost, 0);
        }

        var input = Math.Min(InputOf(profile, session), candidate.MaxInputTokens);
        var isWarm = session is not null && session.Until > now && IsAt(session, candidate.Model);
        var warm = isWarm ? Math.Min(session!.WarmTokens, input) : 0;
        output = Math.Min(output, candidate.MaxOutputTokens);
        var cold = CostOf(profile, candidate, input, 0, output);
        return new CostEstimate(warm > 0 ? CostOf(profile, candidate, input, warm, output) : cold, cold, warm);
    }

    private static bool IsAt(SessionModel session, CatalogModel model) =>
        session.Provider == model.Provider && session.Model == model.Model;

    private static Money CostOf(TaskProfile profile, Candidate candidate, long input, long warm, long output)
    {
        var rates = candidate.Price.Standard.Rates;
        var written = profile.CacheWrites == CacheWriteHint.OneHour ? UsageClass.CacheWrite1h : UsageClass.CacheWrite5m;
        var isWritten = profile.CacheWrites != CacheWriteHint.None && rates.IsPriced(written) && rates.Listed(written) is not null;
        var usage = new TokenUsage
        {
            [UsageClass.CacheRead] = warm,
            [isWritten ? written : UsageClass.Input] = input - warm,
            [UsageClass.Output] = output * profile.Choices,
        };
        return PriceCalculator.TryCost(candidate.Price, usage, profile.Terms, out var cost, out _) ? cost : candidate.Ceiling;
    }

    /// <summary>The time is the price: as long as its answers take, and before one was measured, as long as one may.</summary>
    private static Money TimeCost(TaskProfile profile, Candidate candidate, double? seconds)
    {
        var usage = new TokenUsage { [UsageClass.ComputeMillisecond] = (long)(1000 * seconds ?? 0) };
        return seconds is not null && PriceCalculator.TryCost(candidate.Price, usage, profile.Terms, out var cost, out _)
            ? cost
            : candidate.Ceiling;
    }
}
