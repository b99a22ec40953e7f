using Purser.Core.Budgets;

namespace Purser.Gateway.Storage;

/// <summary>A budget as someone wants it.</summary>
/// <param name="Scope">What it limits.</param>
/// <param name="Unit">What it counts.</param>
/// <param name="Window">Over which time.</param>
/// <param name="Limit">The most, in the unit.</param>
/// <param name="Name">What people call it; null for a name that says what it is.</param>
internal sealed record NewBudget(BudgetScope Scope, BudgetUnit Unit, BudgetWindow Window, long Limit, string? Name = null)
{
    public OnExhausted OnExhausted { get; init; }

    public IReadOnlyList<int>? Thresholds { get; init; }

    public int? ForecastPercent { get; init; }

    public CarryOver? CarryOver { get; init; }

    public long? Borrow { get; init; }

    /// <summary>
    /// Whether this takes another's place: there is one for each scope, unit and kind of window (and length of rolling and anchored ones).
    /// An alerting one stands beside a hard one.
    /// </summary>
    public bool Replaces(Budget other) =>
        other.Scope == Scope
        && other.Unit == Unit
        && other.Window.Kind == Window.Kind
        && other.Window.Length == Window.Length
        && other.IsHard == (OnExhausted != OnExhausted.Alert);

    public Budget ToBudget(string id, string name) =>
        new(id, name, Scope, Unit, Window, Limit)
        {
            OnExhausted = OnExhausted,
            Thresholds = Thresholds ?? Budget.DefaultThresholds,
            ForecastPercent = ForecastPercent,
            CarryOver = CarryOver,
            Borrow = Borrow,
        };
}

/// <summary>Which budgets make sense.</summary>
internal static class BudgetRules
{
    /// <summary>The longest rolling or anchored window: ten years.</summary>
    public static readonly TimeSpan LongestLength = TimeSpan.FromDays(3653);

    /// <summary>The longest name that a budget can be for, in characters.</summary>
    public const int LongestName = 256;

    /// <summary>Whether a kind of window has a length of its own.</summary>
    public static bool HasLength(WindowKind kind) => kind is WindowKind.Rolling or WindowKind.Anchored;

    /// <summary>What is wrong with a budget, or null.</summary>
    public static RefusedChangeException? Check(NewBudget budget)
    {
        var kind = budget.Window.Kind;
        var hasLength = HasLength(kind);
        return budget.Limit <= 0
                ? new RefusedChangeException("limit_not_positive", "A limit must be more than zero. To stop a key altogether, disable it.")
            : hasLength && (budget.Window.Length < TimeSpan.FromSeconds(1) || budget.Window.Length > LongestLength)
                ? Invalid("window", $"A {BudgetNames.Of(kind)} window needs a length between 1s and 3653d, such as 5h or 7d.")
            : !hasLength && budget.Window.Length != TimeSpan.Zero ? Invalid("window", "Only rolling and anchored windows have a length.")
            : budget.Unit == BudgetUnit.Concurrency && kind != WindowKind.Lifetime
                ? Invalid("window", "Concurrent attempts are counted at every instant: leave the window out, or say lifetime.")
            : kind == WindowKind.Run && !budget.Scope.Has(ScopeKind.Run)
                ? Invalid("window", "A run's life is the window of a run: give the budget a run, or each run.")
            : budget.Scope.Parts().Select(WrongName).FirstOrDefault(wrong => wrong is not null) is { } misnamed ? misnamed
            : budget.Scope.Second == budget.Scope.First ? Invalid("scope", "The two parts of a scope must differ.")
            : budget.Scope.Parts().Any(scope => scope is { IsEach: true, Kind: ScopeKind.Account })
                ? Invalid("scope", "A budget can be for each member, key, run, tag value, provider or model, but not for each account.")
            : (budget.CarryOver is not null || budget.Borrow is not null)
            && (!budget.Window.IsCalendar || kind is WindowKind.Minute or WindowKind.Hour)
                ? Invalid("rule", "Only days, weeks, months, quarters and years can carry over or borrow.")
            : budget.CarryOver is { } carry && (carry.Percent is < 1 or > 100 || carry.Cap < 1)
                ? Invalid("carry_over", "What is carried over is 1 to 100 percent, up to a cap above zero.")
            : budget.Borrow is { } borrow && (borrow < 1 || borrow > budget.Limit)
                ? Invalid("borrow", "A window can borrow at most the limit of the one after it.")
            : budget.Thresholds is { } thresholds && (thresholds.Count > 16 || thresholds.Any(percent => percent is < 1 or > 100))
                ? Invalid("thresholds", "Thresholds are at most 16 percentages from 1 to 100.")
            : budget.ForecastPercent is < 1 or > 1000 ? Invalid("forecast", "A forecast threshold is 1 to 1000 percent of the limit.")
            : null;
    }

    /// <summary>What no request can ever count under, or null.</summary>
    private static RefusedChangeException? WrongName(Scope scope)
    {
        var (name, kind) = (scope.Id, BudgetNames.Of(scope.Kind));
        if (scope.Kind == ScopeKind.Tag)
        {
            var equals = name.IndexOf('=', StringComparison.Ordinal);
            if (equals < 1 || !IsName(name[..equals]))
            {
                return Invalid("tag", "A tag is name=value, or name=each.");
            }

            name = name[(equals + 1)..];
        }
        else if (scope.Kind == ScopeKind.Run)
        {
            // Behind its key's id.
            name = name[(name.IndexOf('/', StringComparison.Ordinal) + 1)..];
        }

        return IsName(name)
            ? null
            : Invalid(
                scope.Kind == ScopeKind.Tag ? kind : "scope",
                $"The name of a {kind} has 1 to {LongestName} characters, no control characters among them."
            );
    }

    private static bool IsName(string text) => !string.IsNullOrWhiteSpace(text) && text.Length <= LongestName && !text.Any(char.IsControl);

    private static RefusedChangeException Invalid(string what, string message) => new($"invalid_{what}", message);
}
