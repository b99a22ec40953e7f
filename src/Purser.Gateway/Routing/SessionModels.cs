using Purser.Core.Ledger;
using Purser.Core.Pricing;
using Purser.Core.Usage;

namespace Purser.Gateway.Routing;

/// <summary>What a session's last answer says about its next request.</summary>
/// <param name="Provider">Where it was served.</param>
/// <param name="Model">By which model.</param>
/// <param name="BodyBytes">How many bytes its request had.</param>
/// <param name="InputTokens">How many tokens that was.</param>
/// <param name="WarmTokens">How many of them the provider's prompt cache holds, as far as the usage says.</param>
/// <param name="Until">Until when it holds them.</param>
internal sealed record SessionModel(string Provider, string Model, int BodyBytes, long InputTokens, long WarmTokens, DateTimeOffset Until);

/// <summary>
/// The model that each session was served by last. In memory alone, and bounded: where there are too many, those that were not used for the longest
/// time are forgotten. Safe for parallel calls.
/// </summary>
internal sealed class SessionModels
{
    // Providers cache no shorter prompts, where they cache unasked.
    private const long FewestCached = 1024;

    private static readonly TimeSpan Usual = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan Long = TimeSpan.FromHours(1);

    // 20 MB at most.
    private readonly RecentValues<(string Key, string Session), SessionModel> recent = new();

    /// <summary>The model of a subject's session; null where it has none, or nothing is known of it.</summary>
    public SessionModel? Find(Subject subject)
    {
        if (SessionOf(subject) is not { } session)
        {
            return null;
        }

        return recent.TryFind((subject.KeyId, session), out var known) ? known : null;
    }

    /// <summary>Takes what an answer used.</summary>
    /// <param name="subject">Whose it is.</param>
    /// <param name="provider">Where it was served.</param>
    /// <param name="model">By which model.</param>
    /// <param name="price">By which price.</param>
    /// <param name="usage">What it used.</param>
    /// <param name="bodyBytes">How many bytes its request had.</param>
    /// <param name="now">When.</param>
    public void Keep(Subject subject, string provider, string model, SkuPrice price, in TokenUsage usage, int bodyBytes, DateTimeOffset now)
    {
        if (SessionOf(subject) is not { } session)
        {
            return;
        }

        var held = usage[UsageClass.CacheWrite1h] > 0 ? Long : Usual;
        var kept = new SessionModel(provider, model, bodyBytes, usage.InputTokens, WarmTokens(price, usage), now + held);
        recent.Keep((subject.KeyId, session), kept);
    }

    // Where writes have a price, the usage says what was written; elsewhere the provider caches what is long enough, unasked.
    private static long WarmTokens(SkuPrice price, in TokenUsage usage)
    {
        var rates = price.Standard.Rates;
        var seen = usage.CachedInputTokens + usage[UsageClass.CacheWrite5m] + usage[UsageClass.CacheWrite1h];
        return rates.Listed(UsageClass.CacheRead) is null ? 0
            : rates.Listed(UsageClass.CacheWrite5m) is not null ? seen
            : usage.InputTokens >= FewestCached ? usage.InputTokens
            : 0;
    }

    private static string? SessionOf(Subject subject) => subject.Session ?? subject.Run;
}
