using System.Collections.Concurrent;
using System.Collections.Frozen;
using Purser.Simulator.Record;

namespace Purser.Simulator.Models;

/// <summary>The models that the lists show, the aliases that answers give a dated name, and what is known of each model seen so far.</summary>
internal sealed class ModelTable(ulong seed)
{
    /// <summary>Past this many names, a new name shares one line of totals: a client can't fill the memory with names.</summary>
    public const int MostModels = 4096;

    /// <summary>OpenAI's list: id, created (Unix seconds), owner.</summary>
    public static readonly (string Id, long Created, string Owner)[] OpenAI =
    [
        ("gpt-4o", 1715367049, "system"),
        ("gpt-4o-2024-08-06", 1722814719, "system"),
        ("gpt-4o-mini", 1721172741, "system"),
        ("gpt-4o-mini-2024-07-18", 1721172717, "system"),
        ("gpt-4.1", 1744316542, "system"),
        ("gpt-4.1-mini", 1744318173, "system"),
        ("gpt-4.1-nano", 1744321707, "system"),
        ("o3", 1744225308, "system"),
        ("o4-mini", 1744225351, "system"),
        ("gpt-5", 1754425777, "system"),
        ("gpt-5-mini", 1754425928, "system"),
        ("gpt-5-nano", 1754426384, "system"),
        ("gpt-5.1", 1762800673, "system"),
        ("gpt-5.2", 1765313051, "system"),
        ("gpt-5.4", 1772691852, "system"),
        ("gpt-5.4-mini", 1773451123, "system"),
        ("gpt-5.6-sol", 1782864000, "system"),
        ("gpt-5.6-terra", 1782864000, "system"),
        ("gpt-5.6-luna", 1782864000, "system"),
    ];

    /// <summary>Anthropic's list, newest first: id, display name, created (RFC 3339).</summary>
    public static readonly (string Id, string DisplayName, string Created)[] Anthropic =
    [
        ("claude-opus-5-5", "Claude Opus 5.5", "2026-10-01T00:00:00Z"),
        ("claude-sonnet-5-5", "Claude Sonnet 5.5", "2026-10-01T00:00:00Z"),
        ("claude-haiku-5-5", "Claude Haiku 5.5", "2026-10-01T00:00:00Z"),
        ("claude-opus-5", "Claude Opus 5", "2026-07-01T00:00:00Z"),
        ("claude-sonnet-5", "Claude Sonnet 5", "2026-06-01T00:00:00Z"),
        ("claude-opus-4-8", "Claude Opus 4.8", "2026-05-01T00:00:00Z"),
        ("claude-opus-4-7", "Claude Opus 4.7", "2026-04-16T00:00:00Z"),
        ("claude-sonnet-4-6", "Claude Sonnet 4.6", "2026-02-17T00:00:00Z"),
        ("claude-opus-4-6", "Claude Opus 4.6", "2026-02-05T00:00:00Z"),
        ("claude-opus-4-5-20251101", "Claude Opus 4.5", "2025-11-24T00:00:00Z"),
        ("claude-haiku-4-5-20251001", "Claude Haiku 4.5", "2025-10-15T00:00:00Z"),
        ("claude-sonnet-4-5-20250929", "Claude Sonnet 4.5", "2025-09-29T00:00:00Z"),
    ];

    /// <summary>The dated name that answers give for an alias.</summary>
    public static readonly FrozenDictionary<string, string> Snapshots = new Dictionary<string, string>
    {
        ["gpt-3.5-turbo"] = "gpt-3.5-turbo-0125",
        ["gpt-4"] = "gpt-4-0613",
        ["gpt-4-turbo"] = "gpt-4-turbo-2024-04-09",
        ["gpt-4o"] = "gpt-4o-2024-08-06",
        ["gpt-4o-mini"] = "gpt-4o-mini-2024-07-18",
        ["gpt-4.1"] = "gpt-4.1-2025-04-14",
        ["gpt-4.1-mini"] = "gpt-4.1-mini-2025-04-14",
        ["gpt-4.1-nano"] = "gpt-4.1-nano-2025-04-14",
        ["o1"] = "o1-2024-12-17",
        ["o3"] = "o3-2025-04-16",
        ["o3-mini"] = "o3-mini-2025-01-31",
        ["o4-mini"] = "o4-mini-2025-04-16",
        ["gpt-5"] = "gpt-5-2025-08-07",
        ["gpt-5-mini"] = "gpt-5-mini-2025-08-07",
        ["gpt-5-nano"] = "gpt-5-nano-2025-08-07",
        ["gpt-5.1"] = "gpt-5.1-2025-11-13",
        ["gpt-5.2"] = "gpt-5.2-2025-12-11",
        ["gpt-5.4"] = "gpt-5.4-2026-03-05",
        ["gpt-5.4-mini"] = "gpt-5.4-mini-2026-03-17",
        ["gpt-5.4-nano"] = "gpt-5.4-nano-2026-03-17",
        ["gpt-5.5"] = "gpt-5.5-2026-04-23",
        ["claude-opus-4-1"] = "claude-opus-4-1-20250805",
        ["claude-opus-4-5"] = "claude-opus-4-5-20251101",
        ["claude-sonnet-4-5"] = "claude-sonnet-4-5-20250929",
        ["claude-haiku-4-5"] = "claude-haiku-4-5-20251001",
    }.ToFrozenDictionary();

    private readonly ConcurrentDictionary<string, ModelFacts> known = new(StringComparer.Ordinal);
    private readonly ModelTotals others = new("(other models)");

    /// <summary>Facts about a model, by the name that a request gives.</summary>
    public ModelFacts Get(string name) =>
        known.TryGetValue(name, out var facts) ? facts
        : known.Count >= MostModels ? new ModelFacts(name, seed, others)
        : known.GetOrAdd(name, static (name, seed) => new ModelFacts(name, seed, new ModelTotals(name)), seed);

    /// <summary>The totals of every model seen, in the order of their names.</summary>
    public IEnumerable<ModelTotals> Totals() =>
        known.Values.Select(facts => facts.Totals).Append(others).OrderBy(totals => totals.Model, StringComparer.Ordinal);
}
