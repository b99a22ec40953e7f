using Purser.Core.Budgets;
using Purser.Core.Ledger;
using Purser.Core.Pricing;

namespace Purser.Gateway.Storage;

/// <summary>Why an attempt isn't posted anew.</summary>
internal enum LeftReason
{
    /// <summary>It stands at what the price book in use makes of it.</summary>
    Unchanged,

    /// <summary>It was posted on the safe side, and waits to be confirmed.</summary>
    Unconfirmed,

    /// <summary>It was confirmed by whoever had the provider's bill.</summary>
    Confirmed,

    /// <summary>The price book in use has no price for its usage.</summary>
    Unpriced,

    /// <summary>Its caller's own subscription paid for it.</summary>
    Subscription,

    /// <summary>It was billed on other models besides, whose usage wasn't kept by class.</summary>
    OtherModels,

    /// <summary>It's a batch's, whose cost isn't that of the sum of what its requests used.</summary>
    Batch,
}

/// <summary>What the price book in use makes of an attempt that was posted.</summary>
/// <param name="Posted">The entry that posted it, with its usage event.</param>
/// <param name="Route">Where it went.</param>
/// <param name="PostedBy">The price that it was posted by.</param>
internal sealed record Repricing(JournalEntry Posted, StoredRoute Route, PriceName PostedBy)
{
    /// <summary>The price now.</summary>
    public PriceName Price { get; init; }

    /// <summary>What it costs by that price.</summary>
    public Money Cost { get; init; }

    /// <summary>
    /// What else is right: the price changes between the instant when the request came in and the one when it was admitted, and which of
    /// them decided isn't recorded.
    /// </summary>
    public IReadOnlyList<Money> AlsoRight { get; init; } = [];

    /// <summary>Why it has no cost; null where it has one.</summary>
    public LeftReason? Left { get; init; }

    /// <summary>The same in words; null where there is no more to say.</summary>
    public string? Detail { get; init; }
}

/// <summary>What became of an attempt.</summary>
/// <param name="Repricing">What the price book makes of it.</param>
/// <param name="Stood">What stood for it until then.</param>
/// <param name="Left">Why that still stands; null where it was corrected.</param>
internal readonly record struct Rerated(Repricing Repricing, Standing Stood, LeftReason? Left)
{
    /// <summary>By how much it's corrected; zero where it's left.</summary>
    public Money Difference => Left is null ? Repricing.Cost - Stood.Cost : Money.Zero;

    /// <summary>Compares what stands for an attempt with what the price book makes of it.</summary>
    /// <exception cref="InvalidDataException">What stands can't be read.</exception>
    public static Rerated Compare(Standings standings, Repricing repricing)
    {
        var stood = standings.Of(repricing.Posted, repricing.PostedBy);
        LeftReason? left = stood.Kind switch
        {
            StandingKind.Unconfirmed => LeftReason.Unconfirmed,
            StandingKind.Confirmed => LeftReason.Confirmed,
            _ when repricing.Left is { } reason => reason,
            _ => stood.Cost == repricing.Cost || repricing.AlsoRight.Contains(stood.Cost) ? LeftReason.Unchanged : (LeftReason?)null,
        };
        return new Rerated(repricing, stood, left);
    }
}

/// <summary>
/// Posts what attempts cost by other prices than they were posted by. What stands for each is worked out here, in the writer's turn, so that
/// whoever else corrects the same attempts meanwhile doesn't do it twice.
/// </summary>
internal sealed class RerateCommand(IReadOnlyList<Repricing> attempts, string by, string? reason) : RefusableCommand<IReadOnlyList<Rerated>>
{
    protected override IReadOnlyList<Rerated> Check(JournalWriter journal)
    {
        using var standings = new Standings(journal.Connection);
        return [.. attempts.Select(attempt => Rerated.Compare(standings, attempt))];
    }

    protected override void Apply(JournalWriter journal, IReadOnlyList<Rerated> compared)
    {
        foreach (var rerated in compared.Where(rerated => rerated.Left is null))
        {
            var (posted, price) = (rerated.Repricing.Posted, rerated.Repricing.Price);
            var overLimit = rerated.Difference > Money.Zero ? OverLimit(journal, posted, rerated.Difference) : null;
            var note = RerateNote.Write(posted.Seq, rerated.Stood.Price, price, by, reason, overLimit);
            journal.Adjust(posted, new Amount(rerated.Difference, 0, 0), note);
        }
    }

    /// <summary>The hard budgets whose limit is below what is spent once so much is added; null for none.</summary>
    private static string[]? OverLimit(JournalWriter journal, JournalEntry posted, Money added)
    {
        var admitted = JournalWriter.FromMicroseconds(posted.AdmittedAt);
        var over = journal
            .State.Balances(journal.Definitions.Scopes(posted.SubjectId, posted.RouteId), journal.Now)
            .Where(balance =>
                balance.Budget is { IsHard: true, Unit: BudgetUnit.Usd }
                && balance.Window.Contains(admitted)
                && (Int128)balance.Posted + added.Nanos > balance.Limit
            )
            .Select(balance => balance.Budget.Id)
            .ToArray();
        return over.Length > 0 ? over : null;
    }
}
