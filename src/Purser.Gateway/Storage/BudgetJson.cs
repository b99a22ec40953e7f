using System.Text.Json;
using System.Text.Json.Serialization;
using Purser.Core.Budgets;

namespace Purser.Gateway.Storage;

/// <summary>Budgets and grants as the journal and the tables keep them: one form, so that a row can be compared with its entry.</summary>
internal static class BudgetJson
{
    private static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
    };

    /// <summary>A budget's text.</summary>
    public static string Write(Budget budget) =>
        JsonSerializer.Serialize(
            new StoredBudget(
                budget.Id,
                budget.Name,
                budget.Scope.ToString(),
                budget.Unit,
                budget.Window.Kind,
                budget.Window.TimeZone.Id,
                budget.Window.Length.Ticks / TimeSpan.TicksPerSecond,
                budget.Window.WeekStart,
                budget.Window.YearStart,
                budget.Limit,
                budget.OnExhausted,
                budget.Thresholds,
                budget.ForecastPercent,
                budget.CarryOver?.Percent,
                budget.CarryOver?.Cap,
                budget.Borrow
            ),
            Options
        );

    /// <summary>The budget of a text.</summary>
    /// <exception cref="JsonException">It isn't one.</exception>
    public static Budget ReadBudget(string text)
    {
        var stored = JsonSerializer.Deserialize<StoredBudget>(text, Options) ?? throw new JsonException("A budget is missing.");
        var window = new BudgetWindow(stored.Window, TimeZoneInfo.FindSystemTimeZoneById(stored.TimeZone))
        {
            Length = TimeSpan.FromSeconds(stored.LengthSeconds),
            WeekStart = stored.WeekStart,
            YearStart = stored.YearStart,
        };
        return new Budget(stored.Id, stored.Name, BudgetScope.Parse(stored.Scope), stored.Unit, window, stored.Limit)
        {
            OnExhausted = stored.OnExhausted,
            Thresholds = stored.Thresholds,
            ForecastPercent = stored.ForecastPercent,
            CarryOver = stored is { CarryOverPercent: { } percent, CarryOverCap: { } cap } ? new CarryOver(percent, cap) : null,
            Borrow = stored.Borrow,
        };
    }

    /// <summary>A grant's text.</summary>
    public static string Write(Grant grant) =>
        JsonSerializer.Serialize(
            new StoredGrant(
                grant.Id,
                grant.BudgetId,
                grant.Instance?.ToString(),
                grant.Amount,
                JournalWriter.Microseconds(grant.From),
                grant.Until is { } until ? JournalWriter.Microseconds(until) : null,
                grant.Cause,
                grant.By,
                grant.Reason
            ),
            Options
        );

    /// <summary>The grant of a text.</summary>
    /// <exception cref="JsonException">It isn't one.</exception>
    public static Grant ReadGrant(string text)
    {
        var stored = JsonSerializer.Deserialize<StoredGrant>(text, Options) ?? throw new JsonException("A grant is missing.");
        return new Grant(
            stored.Id,
            stored.BudgetId,
            stored.Instance is { } instance ? BudgetScope.Parse(instance) : null,
            stored.Amount,
            JournalWriter.FromMicroseconds(stored.From),
            stored.Until is { } until ? JournalWriter.FromMicroseconds(until) : null,
            stored.Cause,
            stored.By,
            stored.Reason
        );
    }

    private sealed record StoredBudget(
        string Id,
        string Name,
        string Scope,
        BudgetUnit Unit,
        WindowKind Window,
        string TimeZone,
        long LengthSeconds,
        DayOfWeek WeekStart,
        int YearStart,
        long Limit,
        OnExhausted OnExhausted,
        IReadOnlyList<int> Thresholds,
        int? ForecastPercent,
        int? CarryOverPercent,
        long? CarryOverCap,
        long? Borrow
    );

    private sealed record StoredGrant(
        string Id,
        string BudgetId,
        string? Instance,
        long Amount,
        long From,
        long? Until,
        GrantCause Cause,
        string By,
        string Reason
    );
}
