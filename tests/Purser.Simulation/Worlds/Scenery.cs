using Purser.Core.Budgets;
using Purser.Core.Ledger;
using Purser.Core.Pricing;

namespace Purser.Simulation.Worlds;

/// <summary>What there is in a world: an organization, its keys and runs, providers and models, and budgets of every kind over them.</summary>
internal sealed class Scenery(Chance chance)
{
    private static readonly Scope Root = new(ScopeKind.Account, "acct_0");

    // Each has something that an ordinary calendar doesn't: half an hour of summer, no midnight, two of them, a day that never was.
    private static readonly (string Zone, DateTimeOffset Near)[] Places =
    [
        ("Europe/Berlin", At(2026, 3, 28)),
        ("Europe/Berlin", At(2026, 10, 24)),
        ("America/New_York", At(2026, 11, 1)),
        ("Australia/Lord_Howe", At(2026, 4, 4)),
        ("America/Havana", At(2026, 11, 1)),
        ("America/Santiago", At(2026, 9, 5)),
        ("Asia/Beirut", At(2026, 3, 28)),
        ("Africa/Cairo", At(2026, 10, 29)),
        ("Pacific/Apia", At(2011, 12, 28)),
        ("Asia/Kathmandu", At(2026, 12, 31)),
        ("Atlantic/Azores", At(2026, 10, 24)),
        ("UTC", At(2028, 2, 28)),
    ];

    private readonly int place = (int)chance.Of(0, Places.Length - 1);
    private readonly int keys = (int)chance.Of(1, 4);
    private readonly List<ScopeSet> routes = [];
    private int made;

    /// <summary>When the world begins.</summary>
    public DateTimeOffset Start => Places[place].Near.AddMinutes(chance.Of(0, 2000)).AddTicks(chance.Of(0, 1_000_000_000) * 10);

    /// <summary>The budgets that a world begins with: two that mirror each other, one of all that is ever posted, and some that limit.</summary>
    public IEnumerable<Budget> First()
    {
        var window = new BudgetWindow(chance.Of([WindowKind.Day, WindowKind.Month, WindowKind.Week, WindowKind.Lifetime]), Zone());
        yield return Alert("bud_root", Root, BudgetUnit.Usd, new BudgetWindow(WindowKind.Lifetime, TimeZoneInfo.Utc));
        yield return Alert("bud_parent", Root, BudgetUnit.Tokens, window);
        yield return Alert("bud_children", Scope.EachOf(ScopeKind.Key), BudgetUnit.Tokens, window);
        yield return NewBudget() with
        {
            Scope = Root,
            Unit = BudgetUnit.Usd,
            OnExhausted = OnExhausted.Block,
        };
        var more = chance.Of(1, 6);
        for (var i = 0; i < more; i++)
        {
            yield return NewBudget();
        }
    }

    /// <summary>A budget of any scope, window and unit.</summary>
    public Budget NewBudget()
    {
        var unit = chance.Percent(55) ? BudgetUnit.Usd : (BudgetUnit)chance.Of(0, 8);
        var scope = NewScope();
        var window = unit == BudgetUnit.Concurrency ? new BudgetWindow(WindowKind.Lifetime, TimeZoneInfo.Utc) : NewWindow(scope);
        var budget = new Budget($"bud_{made++}", "", scope, unit, window, NewLimit(unit))
        {
            OnExhausted = chance.Percent(15) ? OnExhausted.Alert : chance.Of([OnExhausted.Block, OnExhausted.Ask, OnExhausted.Queue]),
            ForecastPercent = chance.Percent(20) ? 90 : null,
        };
        if (!window.IsCalendar || unit == BudgetUnit.Concurrency)
        {
            return budget;
        }

        return budget with
        {
            CarryOver =
                (window.Kind is not (WindowKind.Minute or WindowKind.Hour) && chance.Percent(35))
                    ? new CarryOver((int)chance.Of(1, 100), chance.Of(1, budget.Limit * 2))
                    : null,
            Borrow = chance.Percent(30) ? chance.Of(1, budget.Limit * 2) : null,
        };
    }

    /// <summary>What such a budget may be limited to.</summary>
    public long NewLimit(BudgetUnit unit) =>
        unit switch
        {
            BudgetUnit.Concurrency => chance.Of(1, 6),
            BudgetUnit.Requests => chance.Of(1, 12),
            _ => chance.Of(20, 600),
        };

    /// <summary>What an attempt counts under: the same object again for some, as a gateway keeps it.</summary>
    public ScopeSet NewRoute()
    {
        if (routes.Count > 0 && chance.Percent(60))
        {
            return chance.Of(routes);
        }

        var key = chance.Of(0, keys - 1);
        var scopes = new List<Scope>
        {
            new(ScopeKind.Key, $"key_{key}"),
            new(ScopeKind.Member, $"acct_{3 + (key % 2)}"),
            new(ScopeKind.Account, $"acct_{3 + (key % 2)}"),
            new(ScopeKind.Account, $"acct_{1 + (key % 2)}"),
            Root,
        };
        if (chance.Percent(50))
        {
            scopes.Add(new(ScopeKind.Run, Run(chance.Of(0, 2))));
        }

        if (chance.Percent(40))
        {
            scopes.Add(new(ScopeKind.Tag, $"team={chance.Of(["a", "*"])}"));
        }

        scopes.Add(new(ScopeKind.Provider, $"prov_{chance.Of(0, 1)}"));
        scopes.Add(new(ScopeKind.Model, $"model_{chance.Of(0, 2)}"));
        var route = new ScopeSet(scopes);
        routes.Add(route);
        return route;
    }

    /// <summary>An amount of which each part is at most so much.</summary>
    public Amount NewAmount(long most)
    {
        var (input, output) = (chance.Of(0, most / 2), chance.Of(0, most / 2));
        return new Amount(new Money(chance.Of(0, most)), input + output, chance.Of(0, 1))
        {
            Parts = new TokenParts(input, chance.Of(0, input), chance.Of(0, input), output, chance.Of(0, output)),
        };
    }

    private static DateTimeOffset At(int year, int month, int day) => new(year, month, day, 0, 0, 0, TimeSpan.Zero);

    private static Budget Alert(string id, Scope scope, BudgetUnit unit, BudgetWindow window) =>
        new(id, "", scope, unit, window, 1_000) { OnExhausted = OnExhausted.Alert };

    private TimeZoneInfo Zone() => TimeZoneInfo.FindSystemTimeZoneById(chance.Percent(70) ? Places[place].Zone : chance.Of(Places).Zone);

    private BudgetWindow NewWindow(BudgetScope scope)
    {
        if (scope.Has(ScopeKind.Run) && chance.Percent(50))
        {
            return new BudgetWindow(WindowKind.Run, TimeZoneInfo.Utc);
        }

        var kind = chance.Of([
            WindowKind.Minute,
            WindowKind.Hour,
            WindowKind.Day,
            WindowKind.Day,
            WindowKind.Day,
            WindowKind.Week,
            WindowKind.Month,
            WindowKind.Quarter,
            WindowKind.Year,
            WindowKind.Lifetime,
            WindowKind.Rolling,
            WindowKind.Rolling,
            WindowKind.Anchored,
            WindowKind.Anchored,
        ]);
        var length = kind is WindowKind.Rolling or WindowKind.Anchored
            ? TimeSpan.FromSeconds(chance.Of([60L, 3600, 5 * 3600, 86_400, 7 * 86_400, chance.Of(1, 1_000_000)]))
            : TimeSpan.Zero;
        return new BudgetWindow(kind, Zone())
        {
            Length = length,
            WeekStart = (DayOfWeek)chance.Of(0, 6),
            YearStart = (int)chance.Of(1, 12),
        };
    }

    private BudgetScope NewScope()
    {
        var first = NewPart();
        if (chance.Percent(65))
        {
            return first;
        }

        var second = NewPart();
        return first.Kind == second.Kind ? first : new BudgetScope(first, second);
    }

    private Scope NewPart() =>
        chance.Of(0, 6) switch
        {
            0 => new(ScopeKind.Account, $"acct_{chance.Of(0, 4)}"),
            1 => EachOr(ScopeKind.Key, $"key_{chance.Of(0, keys - 1)}"),
            2 => EachOr(ScopeKind.Member, $"acct_{chance.Of(3, 4)}"),
            3 => chance.Percent(50) ? Scope.EachTag("team") : new(ScopeKind.Tag, chance.Of(["team=a", "team=*"])),
            4 => EachOr(ScopeKind.Run, Run(chance.Of(0, 2))),
            5 => EachOr(ScopeKind.Provider, $"prov_{chance.Of(0, 1)}"),
            _ => EachOr(ScopeKind.Model, $"model_{chance.Of(0, 2)}"),
        };

    private Scope EachOr(ScopeKind kind, string one) => chance.Percent(40) ? Scope.EachOf(kind) : new Scope(kind, one);

    // Clients name runs and tags as they like.
    private static string Run(long number) => number == 2 ? "run+model:model_1" : $"run_{number}";
}
