namespace Purser.Simulation;

/// <summary>A bug, as a change of the engine's source.</summary>
/// <param name="Name">What is wrong.</param>
/// <param name="File">The file below <c>src/Purser.Core</c>.</param>
/// <param name="Text">What stands there, once.</param>
/// <param name="Instead">What is put in its place.</param>
public sealed record PlantedBug(string Name, string File, string Text, string Instead)
{
    /// <summary>Bugs that ledgers have had, or nearly.</summary>
    public static IReadOnlyList<PlantedBug> All { get; } =
    [
        new(
            "check then act: what is admitted isn't held",
            "Ledger/LedgerState.cs",
            "balances[i].Move(now, 0, amount.HeldIn(lines[i].Budget.Unit), now);",
            ""
        ),
        new(
            "a void leaves the hold",
            "Ledger/LedgerState.cs",
            "0, -reservation.Held.HeldIn(balance.Line.Budget.Unit), HighWater);",
            "0, 0, HighWater);"
        ),
        new(
            "a settlement can be repeated",
            "Ledger/LedgerState.cs",
            """
            if (!open.Remove(id, out var reservation))
                    {
                        return new SettleResult(SettleStatus.NotOpen, Amount.Zero);
                    }

                    foreach (var balance in reservation.Balances)
                    {
                        var unit
            """,
            """
            if (!open.TryGetValue(id, out var reservation))
                    {
                        return new SettleResult(SettleStatus.NotOpen, Amount.Zero);
                    }

                    foreach (var balance in reservation.Balances)
                    {
                        var unit
            """
        ),
        new(
            "an extension isn't checked",
            "Ledger/LedgerState.cs",
            "more.In(budget.Unit) > 0 && balance.Room(now) < more.In(budget.Unit)",
            "more.In(budget.Unit) > 0 && balance.Room(now) < 0"
        ),
        new(
            "an overage is posted only up to the hold",
            "Ledger/LedgerState.cs",
            "actual.In(unit), -reservation.Held.HeldIn(unit), HighWater",
            "Math.Min(actual.In(unit), reservation.Held.In(unit)), -reservation.Held.HeldIn(unit), HighWater"
        ),
        new(
            "a clock that steps back opens a window again",
            "Ledger/LedgerState.cs",
            "HighWater = now > HighWater ? now : HighWater;",
            "HighWater = now;"
        ),
        new("a replay rations again", "Ledger/LedgerState.cs", "Replaying ? null : rationed", "rationed"),
        new(
            "what is borrowed isn't lent",
            "Ledger/LedgerState.cs",
            "foreach (var grant in (Grant[])[taken, lent])",
            "foreach (var grant in lent is null ? [] : (Grant[])[taken])"
        ),
        new(
            "each of a kind shares one balance",
            "Ledger/BudgetIndex.cs",
            "AddOnce(Line(budget, concrete, now));",
            "AddOnce(Line(budget, budget.Scope, now));"
        ),
        new("a grant that comes twice counts twice", "Budgets/BudgetBalance.cs", "|| grants.Any(known => known.Id == grant.Id)", ""),
        new(
            "a grant doesn't end by itself",
            "Budgets/BudgetBalance.cs",
            "begun ? grant.Until ?? DateTimeOffset.MaxValue : grant.From",
            "begun ? DateTimeOffset.MaxValue : grant.From"
        ),
        new("what an ended grant was spent on stays for ever", "Budgets/BudgetBalance.cs", "if (residue > 0)", "if (residue < 0)"),
        new("what was carried over can be spent in the old window too", "Budgets/BudgetLine.cs", "before.CarryOn(amount);", ""),
        new(
            "what is held is carried over too",
            "Budgets/BudgetLine.cs",
            "before.Room(before.Window.End.AddTicks(-1));",
            "before.Room(before.Window.End.AddTicks(-1)) + before.Pending;"
        ),
        new(
            "a rolling window forgets a stretch early",
            "Budgets/RollingBuckets.cs",
            "(Int128)(key + 1) * width + window.Length.Ticks",
            "(Int128)key * width + window.Length.Ticks"
        ),
        new(
            "a rolling window lets go of what is still under way",
            "Budgets/BudgetBalance.cs",
            "Pending += addPending;",
            "Pending += rolling is null || admittedAt + line.Budget.Window.Length + line.Budget.Window.Granularity > now ? addPending : 0;"
        ),
        new(
            "a rolling window never gets back what it gave",
            "Budgets/BudgetBalance.cs",
            "residue += Int128.Clamp(beyond, 0, Math.Max(0, grant.Amount));",
            "residue += Int128.Clamp(beyond, 0, Math.Max(0, grant.Amount)) + Math.Min(0, grant.Amount);"
        ),
        new(
            "every day has 24 hours",
            "Budgets/BudgetWindow.cs",
            "var span = new WindowSpan(ToInstant(first), ToInstant(Next(first)));",
            "var span = new WindowSpan(ToInstant(first), Kind == WindowKind.Day ? ToInstant(first).AddHours(24) : ToInstant(Next(first)));"
        ),
        new(
            "what is under way doesn't count in a new budget",
            "Ledger/LedgerState.cs",
            "reservation.Balances = [.. reservation.Balances, balance];",
            ""
        ),
        new(
            "a snapshot forgets what ended grants were spent on",
            "Budgets/BudgetBalance.cs",
            "(residue, granted, givenAway, carriedOn) = (image.Residue, ",
            "(residue, granted, givenAway, carriedOn) = (0, "
        ),
        new(
            "a snapshot holds what is under way in the windows of the present",
            "Ledger/LedgerState.Image.cs",
            "var held = open.Balances.Select(balance => balances[balance]).ToArray();",
            "var held = open.Balances.Select(balance => balances[image.Lines[image.Balances[balance].Line].Balance]).ToArray();"
        ),
        new(
            "a balance that only a grant was added to is forgotten",
            "Budgets/BudgetBalance.cs",
            "return grants.Count == 0 && Posted == 0 && Pending == 0",
            "return Posted == 0 && Pending == 0"
        ),
        new("a run never ends", "Budgets/BudgetLine.cs", "&& now - used > BudgetWindow.RunIdle", "&& false"),
    ];
}
