using Purser.Core.Pricing;
using Purser.Routing.Evidence;

namespace Purser.Cli.Day;

/// <summary>A slice that the gateway took back.</summary>
/// <param name="Class">The kind of work, as the router saw it.</param>
/// <param name="Model">The model that no longer takes it.</param>
/// <param name="At">When.</param>
/// <param name="Since">Since when its answers seemed worse.</param>
/// <param name="Evaluations">How many were judged from then on.</param>
/// <param name="Quality">Their mean.</param>
/// <param name="Leaked">How many requests it served from then on.</param>
internal sealed record DayRevert(
    string Class,
    string Model,
    DateTimeOffset At,
    DateTimeOffset Since,
    long Evaluations,
    double Quality,
    long Leaked
)
{
    /// <inheritdoc/>
    public override string ToString() =>
        FormattableString.Invariant(
            $"{Class} no longer goes to {Model} since {At:HH:mm}: since {Since:HH:mm} {Quality:P0} of {Evaluations} judged answers were good, and {Leaked} requests were served so"
        );
}

/// <summary>What came of a day through a gateway.</summary>
/// <param name="Truth">How the routed sessions' requests were answered and what they cost, beside what the oracle would have done with all.</param>
/// <param name="Verified">The saving as the gateway's operator can know it: the held-out sessions' unit cost less the routed ones'.</param>
/// <param name="OracleUnitSaving">What the oracle would have saved on a request, in nano-dollars.</param>
/// <param name="Unread">Answers that don't say whether they are good, or say other than the skills do.</param>
/// <param name="Overrides">Requests of which the person said where they go.</param>
/// <param name="Ignored">Those that went elsewhere.</param>
/// <param name="Unrecorded">Those of which the gateway doesn't explain that it was said.</param>
/// <param name="Posted">What the ledger has posted.</param>
/// <param name="Billed">What the simulator has billed, by the price book.</param>
/// <param name="Pending">What is still reserved when all is answered.</param>
/// <param name="Reverts">The slices that were taken back.</param>
/// <param name="Drop">Where a model got worse; null where none did.</param>
internal sealed record DayReport(
    DayScore Truth,
    Saving Verified,
    decimal OracleUnitSaving,
    int Unread,
    int Overrides,
    int Ignored,
    int Unrecorded,
    Money Posted,
    Money Billed,
    Money Pending,
    IReadOnlyList<DayRevert> Reverts,
    DayDrop? Drop
)
{
    /// <summary>The verified saving, as a share of the oracle's.</summary>
    public double OfOracle => (double)(Verified.UnitSaving / OracleUnitSaving);

    /// <summary>What isn't as it must be; empty where all is.</summary>
    public IEnumerable<string> Failures()
    {
        if (Drop is not null && Reverts.Count == 0)
        {
            yield return $"drop: nothing was taken back, though {Drop.Model} got worse at {Drop.Class}";
        }

        // What leaks before it's taken back is told by the reverts.
        if (Drop is null && Truth.WorseShare > Truth.Epsilon)
        {
            yield return $"quality: {Truth.Fails}";
        }

        if (Drop is null && OfOracle < DayScore.Goal)
        {
            yield return FormattableString.Invariant(
                $"saving: {OfOracle:P0} of what the oracle saves is verified, and the goal is {DayScore.Goal:P0}"
            );
        }

        if (Verified.Low is null or <= 0)
        {
            yield return "saving: the interval doesn't lie above nothing";
        }

        if (Unread > 0)
        {
            yield return $"truth: {Unread} answers don't carry what the skills say";
        }

        if (Ignored + Unrecorded > 0)
        {
            yield return $"overrides: {Ignored} of {Overrides} weren't honoured, {Unrecorded} weren't recorded";
        }

        if (Posted != Billed || Pending != Money.Zero)
        {
            yield return $"ledger: ${Posted} is posted, ${Billed} was billed, ${Pending} is still reserved";
        }
    }

    /// <summary>Writes it for a person.</summary>
    public void Write(TextWriter output)
    {
        output.WriteLine(
            FormattableString.Invariant(
                $"requests          {Truth.Requests}, of which {(double)Truth.Down / Truth.Requests:P0} went to a cheaper model"
            )
        );
        output.WriteLine(
            FormattableString.Invariant(
                $"quality           {Truth.WorseShare:P1} worse than the reference would have been; {Truth.Epsilon:P1} may be"
            )
        );
        output.WriteLine($"cost              ${Truth.Cost}; on the reference ${Truth.ReferenceCost}; the oracle's ${Truth.OracleCost}");
        output.WriteLine(FormattableString.Invariant($"saving, known     {Truth.OfOracle:P0} of the oracle's, by every answer's truth"));
        output.WriteLine(
            FormattableString.Invariant(
                $"saving, verified  {OfOracle:P0} of the oracle's ({(double)(Verified.Low ?? 0) / (double)OracleUnitSaving:P0} to {(double)(Verified.High ?? 0) / (double)OracleUnitSaving:P0}, {Verified.Confidence:P0}), by {Verified.HeldOutSessions} held-out sessions beside {Verified.TreatedSessions} routed ones"
            )
        );
        output.WriteLine($"overrides         {Overrides}; {Ignored} not honoured, {Unrecorded} not recorded");
        output.WriteLine($"ledger            ${Posted} posted, ${Billed} billed by the upstream, ${Pending} still reserved");
        foreach (var revert in Reverts)
        {
            output.WriteLine($"reverted          {revert}");
        }
    }
}
