using System.Text.Json;

namespace Purser.Clients.Tests;

/// <summary>What a provider billed for one request.</summary>
internal sealed record Billed(string Model, TokensUsed Tokens)
{
    /// <summary>Its cost in nano-dollars by the public prices, worked out here anew.</summary>
    public long CostNanos => PublicPrices.NanosOf(Model, Tokens);
}

/// <summary>Tokens in disjoint classes.</summary>
internal sealed record TokensUsed(long Input, long CacheRead, long CacheWrite5m, long CacheWrite1h, long Output, long Reasoning)
{
    /// <summary>Reads them from JSON; a class that isn't there is zero.</summary>
    public static TokensUsed Read(JsonElement json)
    {
        return new(
            Of("input"),
            Of("cache_read"),
            Of("cache_write_5m"),
            Of("cache_write_1h"),
            Of("output"),
            Of("reasoning") + Of("reasoning_output")
        );

        long Of(string name) => json.TryGetProperty(name, out var value) ? value.GetInt64() : 0;
    }
}

/// <summary>The vendors' public prices in USD per million tokens, copied by hand: the program under test has no part in them.</summary>
internal static class PublicPrices
{
    private static readonly Dictionary<
        string,
        (decimal Input, decimal CacheRead, decimal Write5m, decimal Write1h, decimal Output)
    > PerMillion = new()
    {
        ["gpt-5-mini"] = (0.25m, 0.025m, 0.25m, 0.25m, 2m),
        ["gpt-realtime"] = (4m, 0.4m, 4m, 4m, 16m),
        ["claude-opus-5-5"] = (4m, 0.2m, 5m, 8m, 20m),
        // Its cache-read rate was 0.2 until 2026-10-07.
        ["claude-sonnet-5-5"] = (2m, 0.1m, 2.5m, 4m, 10m),
        ["claude-haiku-5-5"] = (0.1m, 0.01m, 0.125m, 0.2m, 0.5m),
        // At Bedrock, within a region: Claude Code tries all of them at its start.
        ["us.anthropic.claude-opus-5"] = (5.5m, 0.55m, 6.875m, 11m, 27.5m),
        ["us.anthropic.claude-opus-4-8"] = (5.5m, 0.55m, 6.875m, 11m, 27.5m),
        ["us.anthropic.claude-opus-4-7"] = (5.5m, 0.55m, 6.875m, 11m, 27.5m),
        ["us.anthropic.claude-opus-4-6-v1"] = (5.5m, 0.55m, 6.875m, 11m, 27.5m),
        ["us.anthropic.claude-opus-4-5-20251101-v1:0"] = (5.5m, 0.55m, 6.875m, 11m, 27.5m),
        ["us.anthropic.claude-opus-4-1-20250805-v1:0"] = (15m, 1.5m, 18.75m, 30m, 75m),
        ["us.anthropic.claude-opus-4-20250514-v1:0"] = (15m, 1.5m, 18.75m, 30m, 75m),
        ["us.anthropic.claude-sonnet-5"] = (2.2m, 0.22m, 2.75m, 4.4m, 11m),
        ["us.anthropic.claude-sonnet-4-5-20250929-v1:0"] = (3.3m, 0.33m, 4.125m, 6.6m, 16.5m),
        ["us.anthropic.claude-sonnet-4-20250514-v1:0"] = (3m, 0.3m, 3.75m, 6m, 15m),
        ["us.anthropic.claude-fable-5"] = (11m, 1.1m, 13.75m, 22m, 55m),
        ["us.anthropic.claude-sonnet-4-6"] = (3.3m, 0.33m, 4.125m, 6.6m, 16.5m),
        ["us.anthropic.claude-haiku-4-5-20251001-v1:0"] = (1.1m, 0.11m, 1.375m, 2.2m, 5.5m),
    };

    /// <summary>The cost, rounded up once to a whole nano-dollar.</summary>
    public static long NanosOf(string model, TokensUsed tokens) => (long)decimal.Ceiling(MicroDollars(model, tokens) * 1000);

    /// <summary>The cost of requests of a batch, at half the price, rounded up once to a whole nano-dollar.</summary>
    public static long OfBatch(IEnumerable<Billed> requests) =>
        (long)decimal.Ceiling(requests.Sum(request => MicroDollars(request.Model, request.Tokens)) * 500);

    private static decimal MicroDollars(string model, TokensUsed tokens)
    {
        var rate = PerMillion[model];
        return (tokens.Input * rate.Input)
            + (tokens.CacheRead * rate.CacheRead)
            + (tokens.CacheWrite5m * rate.Write5m)
            + (tokens.CacheWrite1h * rate.Write1h)
            + ((tokens.Output + tokens.Reasoning) * rate.Output);
    }
}
