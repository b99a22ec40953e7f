using Purser.Core.Pricing;
using Purser.Gateway.Storage;

namespace Purser.Gateway.Admin;

/// <summary>Sums what became of attempts, by what they have in common: as many sums as there are prices and reasons, however many attempts.</summary>
internal sealed class RerateTally
{
    private readonly Dictionary<Group, Sums> groups = [];

    /// <summary>Those that were corrected, by where they went and by their prices.</summary>
    public IEnumerable<object> Rerated =>
        Ordered(left: false)
            .Select(pair => new
            {
                pair.Key.Provider,
                pair.Key.Model,
                FromEntry = pair.Key.From.Entry,
                FromBook = pair.Key.From.Book,
                ToEntry = pair.Key.To.Entry,
                ToBook = pair.Key.To.Book,
                pair.Value.Attempts,
                pair.Value.Tokens,
                WasUsd = Text(pair.Value.Was),
                IsUsd = Text(pair.Value.Is),
                DifferenceUsd = Text(pair.Value.Is - pair.Value.Was),
            });

    /// <summary>Those that stand as they were, by where they went and why.</summary>
    public IEnumerable<object> Left =>
        Ordered(left: true)
            .Select(pair => new
            {
                pair.Key.Provider,
                pair.Key.Model,
                Why = NameOf(pair.Key.Left!.Value),
                pair.Key.Detail,
                pair.Value.Attempts,
                pair.Value.Tokens,
                WasUsd = Text(pair.Value.Was),
            });

    /// <summary>Counts an attempt.</summary>
    public void Add(Rerated rerated)
    {
        var (repricing, isLeft) = (rerated.Repricing, rerated.Left is not null);
        var group = new Group(
            repricing.Route.Provider,
            repricing.Route.Model,
            isLeft ? default : rerated.Stood.Price,
            isLeft ? default : repricing.Price,
            rerated.Left,
            // What is left for another reason may have no price either: that says nothing then.
            rerated.Left == repricing.Left
                ? repricing.Detail
                : null
        );
        if (!groups.TryGetValue(group, out var sums))
        {
            groups[group] = sums = new Sums();
        }

        sums.Attempts++;
        sums.Tokens += repricing.Posted.Event!.Usage.TotalTokens;
        sums.Was += rerated.Stood.Cost.Nanos;
        sums.Is += rerated.Stood.Cost.Nanos + rerated.Difference.Nanos;
    }

    private IEnumerable<KeyValuePair<Group, Sums>> Ordered(bool left) =>
        groups
            .Where(pair => pair.Key.Left is not null == left)
            .OrderBy(pair => pair.Key.Provider, StringComparer.Ordinal)
            .ThenBy(pair => pair.Key.Model, StringComparer.Ordinal)
            .ThenBy(pair => pair.Key.Left)
            .ThenBy(pair => pair.Key.From.Entry, StringComparer.Ordinal)
            .ThenBy(pair => pair.Key.To.Entry, StringComparer.Ordinal)
            .ThenBy(pair => pair.Key.Detail, StringComparer.Ordinal);

    private static string NameOf(LeftReason reason) =>
        reason switch
        {
            LeftReason.Unchanged => "unchanged",
            LeftReason.Unconfirmed => "unconfirmed",
            LeftReason.Confirmed => "confirmed",
            LeftReason.Unpriced => "unpriced",
            LeftReason.OtherModels => "other_models",
            LeftReason.Subscription => "subscription",
            LeftReason.Batch => "batch",
            _ => throw new ArgumentOutOfRangeException(nameof(reason)),
        };

    private static string Text(Int128 nanos) => nanos < 0 ? $"-{Money.Format(-nanos)}" : Money.Format(nanos);

    private sealed record Group(string Provider, string Model, PriceName From, PriceName To, LeftReason? Left, string? Detail);

    private sealed class Sums
    {
        public long Attempts { get; set; }

        public Int128 Tokens { get; set; }

        public Int128 Was { get; set; }

        public Int128 Is { get; set; }
    }
}
