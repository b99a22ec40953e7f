using Purser.Core.Budgets;

namespace Purser.Core.Ledger;

/// <content>The ledger as a value.</content>
public sealed partial class LedgerState
{
    /// <summary>Makes a ledger from an image.</summary>
    /// <param name="image">The image.</param>
    /// <param name="scopes">The scopes of a subject and a route, by their numbers.</param>
    /// <param name="mostIdle">See the constructor.</param>
    public static LedgerState From(LedgerImage image, Func<long, long, ScopeSet> scopes, int mostIdle = 4096)
    {
        var state = new LedgerState(mostIdle) { HighWater = image.HighWater };
        foreach (var budget in image.Budgets)
        {
            state.budgets.Add(budget, image.HighWater);
        }

        // A line that is no longer found belonged to a budget that may have changed since; its own doesn't matter any more.
        var lines = image.Lines.Select(line => state.Line(line, image.HighWater)).ToList();
        var balances = image.Balances.Select(balance => new BudgetBalance(lines[balance.Line], balance)).ToList();
        for (var i = 0; i < lines.Count; i++)
        {
            lines[i].Restore(image.Lines[i], balances);
        }

        foreach (var open in image.Open)
        {
            var set = scopes(open.SubjectId, open.RouteId);
            var held = open.Balances.Select(balance => balances[balance]).ToArray();
            state.open.Add(
                open.Id,
                new Reservation(open.Id, open.Held, open.AdmittedAt, set, held) { SubjectId = open.SubjectId, RouteId = open.RouteId }
            );
        }

        return state;
    }

    /// <summary>The ledger as it is now. What rules granted and what was reached has to be taken before.</summary>
    public LedgerImage Capture()
    {
        var lines = new Places<BudgetLine>();
        var balances = new Places<BudgetBalance>();
        foreach (var line in budgets.Lines)
        {
            lines.Of(line);
        }

        var found = lines.Items.Count;
        var reservations = open.Values.Select(reservation => Capture(reservation, lines, balances)).ToList();
        // Lines are added by reservations alone, so all of them are known by now.
        var lineImages = lines.Items.Select((line, place) => line.Capture(place < found, balance => balances.Of(balance))).ToList();
        var balanceImages = balances.Items.Select(balance => balance.Capture(lines.Of(balance.Line))).ToList();
        return new LedgerImage(HighWater, [.. budgets.Budgets], lineImages, balanceImages, reservations);
    }

    private static ReservationImage Capture(Reservation reservation, Places<BudgetLine> lines, Places<BudgetBalance> balances)
    {
        foreach (var balance in reservation.Balances)
        {
            lines.Of(balance.Line);
        }

        return new ReservationImage(
            reservation.Id,
            reservation.Held,
            reservation.AdmittedAt,
            reservation.SubjectId,
            reservation.RouteId,
            [.. reservation.Balances.Select(balances.Of)]
        );
    }

    private BudgetLine Line(LineImage line, DateTimeOffset now)
    {
        var budget = budgets.Find(line.BudgetId) ?? throw new FormatException($"The image has no budget '{line.BudgetId}'.");
        return line.Found ? budgets.Line(budget, line.Instance, now) : new BudgetLine(budget, line.Instance, now);
    }

    /// <summary>Numbers things in the order in which they are first met.</summary>
    private sealed class Places<T>
        where T : class
    {
        private readonly Dictionary<T, int> places = [];

        public List<T> Items { get; } = [];

        public int Of(T item)
        {
            if (!places.TryGetValue(item, out var place))
            {
                places[item] = place = Items.Count;
                Items.Add(item);
            }

            return place;
        }
    }
}
