using Purser.Simulator.Caching;

namespace Purser.Simulator.Record;

/// <summary>What a request was billed, in disjoint classes of tokens.</summary>
/// <param name="Prompt">The prompt's tokens.</param>
/// <param name="Output">Visible output tokens.</param>
/// <param name="Reasoning">Output tokens spent on reasoning.</param>
/// <param name="Units">What is billed where it isn't tokens; null where it is.</param>
internal readonly record struct Billed(PromptUsage Prompt, long Output, long Reasoning, BilledUnits? Units = null);

/// <summary>What is billed where it isn't tokens.</summary>
/// <param name="Name">What it is: <c>search_units</c>, <c>images</c>, <c>seconds</c> or <c>characters</c>.</param>
/// <param name="Count">How many.</param>
internal sealed record BilledUnits(string Name, long Count);

/// <summary>What one model served and billed since the start. Guarded by the record's lock.</summary>
internal sealed class ModelTotals(string model)
{
    /// <summary>The model's name as requests give it.</summary>
    public string Model { get; } = model;

    /// <summary>How many requests were completed, rejected ones not included.</summary>
    public long Requests { get; private set; }

    /// <summary>Prompt tokens neither read from nor written to a cache.</summary>
    public long Input { get; private set; }

    /// <summary>Prompt tokens read from a cache.</summary>
    public long CacheRead { get; private set; }

    /// <summary>Prompt tokens written to a cache for five minutes, or for the provider's own time.</summary>
    public long CacheWrite5m { get; private set; }

    /// <summary>Prompt tokens written to a cache for one hour.</summary>
    public long CacheWrite1h { get; private set; }

    /// <summary>Visible output tokens.</summary>
    public long Output { get; private set; }

    /// <summary>Output tokens spent on reasoning.</summary>
    public long Reasoning { get; private set; }

    /// <summary>What isn't billed by tokens, by its name.</summary>
    public SortedDictionary<string, long> Units { get; } = new(StringComparer.Ordinal);

    /// <summary>Adds one completed request.</summary>
    public void Add(in Billed billed)
    {
        Requests++;
        Input += billed.Prompt.Input;
        CacheRead += billed.Prompt.CacheRead;
        CacheWrite5m += billed.Prompt.CacheWrite5m;
        CacheWrite1h += billed.Prompt.CacheWrite1h;
        Output += billed.Output;
        Reasoning += billed.Reasoning;
        Add(billed.Units?.Name, billed.Units?.Count ?? 0);
    }

    /// <summary>Adds another model's totals.</summary>
    public void Add(ModelTotals other)
    {
        Requests += other.Requests;
        Input += other.Input;
        CacheRead += other.CacheRead;
        CacheWrite5m += other.CacheWrite5m;
        CacheWrite1h += other.CacheWrite1h;
        Output += other.Output;
        Reasoning += other.Reasoning;
        foreach (var (name, count) in other.Units)
        {
            Add(name, count);
        }
    }

    private void Add(string? unit, long count)
    {
        if (unit is not null)
        {
            Units[unit] = Units.GetValueOrDefault(unit) + count;
        }
    }
}
