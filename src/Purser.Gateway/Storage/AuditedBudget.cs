using System.Text.Json;
using Purser.Core.Budgets;
using Purser.Core.Ledger;

namespace Purser.Gateway.Storage;

/// <summary>A budget as <see cref="LimitAudit"/> knows it, from the journal's text of it.</summary>
internal sealed class AuditedBudget
{
    private readonly Dictionary<string, AuditedLine> lines = new(StringComparer.Ordinal);
    private string[] parts = [];

    public AuditedBudget(string definition)
    {
        Definition = "";
        Id = ScopeText = "";
        Window = null!;
        Define(definition);
    }

    public string Definition { get; private set; }

    public string Id { get; private set; }

    public string ScopeText { get; private set; }

    public BudgetUnit Unit { get; private set; }

    public BudgetWindow Window { get; private set; }

    public long Limit { get; private set; }

    public bool IsHard { get; private set; }

    public bool IsAnchored => Window.Kind == WindowKind.Anchored;

    /// <summary>Takes a definition: the first one, or a change of limit and actions.</summary>
    public void Define(string definition)
    {
        using var document = JsonDocument.Parse(definition);
        var budget = document.RootElement;
        Definition = definition;
        Id = budget.GetProperty("id").GetString()!;
        ScopeText = budget.GetProperty("scope").GetString()!;
        // Inside an id a plus is never written as one.
        parts = ScopeText.Split('+');
        Unit = Named<BudgetUnit>(budget, "unit");
        Limit = budget.GetProperty("limit").GetInt64();
        IsHard = Named<OnExhausted>(budget, "on_exhausted") != OnExhausted.Alert;
        Window = new BudgetWindow(
            Named<WindowKind>(budget, "window"),
            TimeZoneInfo.FindSystemTimeZoneById(budget.GetProperty("time_zone").GetString()!)
        )
        {
            Length = TimeSpan.FromSeconds(budget.GetProperty("length_seconds").GetInt64()),
            WeekStart = Named<DayOfWeek>(budget, "week_start"),
            YearStart = budget.GetProperty("year_start").GetInt32(),
        };
    }

    /// <summary>The lines that a request counts in: one, or for "each" one for every match.</summary>
    public IEnumerable<AuditedLine> LinesFor(IReadOnlySet<string> scopes)
    {
        var first = Matches(parts[0], scopes);
        if (parts.Length == 1)
        {
            return first.Select(Line);
        }

        var second = Matches(parts[1], scopes).ToList();
        return first.SelectMany(one => second.Select(other => Line($"{one}+{other}")));
    }

    public AuditedLine Line(string instance)
    {
        if (!lines.TryGetValue(instance, out var line))
        {
            lines[instance] = line = new AuditedLine(this);
        }

        return line;
    }

    /// <summary>What is spent of it by an amount.</summary>
    public long AmountOf(Amount amount) => amount.In(Unit);

    /// <summary>What is held of it by an amount.</summary>
    public long HeldOf(Amount amount) => Unit == BudgetUnit.Concurrency ? 1 : amount.In(Unit);

    /// <summary>The earliest admission that can count in it at an instant, in microseconds.</summary>
    public long Since(long at) =>
        Window.IsCalendar ? JournalWriter.Microseconds(Window.At(JournalWriter.FromMicroseconds(at)).Start)
        : Window.Kind == WindowKind.Rolling ? at - (Window.Length.Ticks / TimeSpan.TicksPerMicrosecond)
        : long.MinValue;

    private static IEnumerable<string> Matches(string part, IReadOnlySet<string> scopes) =>
        part.EndsWith('*') ? scopes.Where(scope => scope.StartsWith(part[..^1], StringComparison.Ordinal))
        : scopes.Contains(part) ? [part]
        : [];

    /// <summary>An id as scopes write it: what has a meaning there, and control characters, in percent and two hexadecimal digits.</summary>
    public static string Written(string id) =>
        string.Concat(id.Select(sign => sign is '%' or '+' or '*' || char.IsControl(sign) ? $"%{(int)sign:X2}" : sign.ToString()));

    private static T Named<T>(JsonElement budget, string name)
        where T : struct, Enum =>
        Enum.Parse<T>(budget.GetProperty(name).GetString()!.Replace("_", "", StringComparison.Ordinal), ignoreCase: true);
}

/// <summary>A grant as the journal has it; times in microseconds.</summary>
internal sealed class AuditedGrant
{
    public required string Id { get; init; }

    public required long Amount { get; init; }

    public required long From { get; init; }

    public required long Until { get; init; }

    /// <summary>What is left of it once it has expired: only what was spent by then, and no more than is still spent.</summary>
    public Int128? Kept { get; set; }

    /// <summary>Whether it counts at an instant.</summary>
    public bool IsInForce(long at) => From <= at && Until > at;

    public static AuditedGrant Read(JsonElement grant) =>
        new()
        {
            Id = grant.GetProperty("id").GetString()!,
            Amount = grant.GetProperty("amount").GetInt64(),
            From = grant.GetProperty("from").GetInt64(),
            Until = grant.TryGetProperty("until", out var until) ? until.GetInt64() : long.MaxValue,
        };
}

/// <summary>One balance of a budget, from window to window.</summary>
internal sealed class AuditedLine(AuditedBudget budget)
{
    // Seven days, in microseconds.
    private const long RunIdle = 604_800_000_000;

    private readonly List<AuditedGrant> waiting = [];
    private AuditedWindow? window;
    private long? usedAt;

    /// <summary>The window of an instant; an anchored one that has ended is empty until it's used.</summary>
    public AuditedWindow At(long at)
    {
        if (budget.Window.Kind == WindowKind.Run && usedAt is { } used && at - used > RunIdle && window is { Holders: 0 })
        {
            // The run is over; the same name is another one's now.
            window = new AuditedWindow(this, budget, long.MinValue, long.MaxValue);
            usedAt = null;
        }

        if (window is null || at >= window.End)
        {
            if (budget.IsAnchored)
            {
                return new AuditedWindow(this, budget, at, at);
            }

            Open(at);
        }

        return window!;
    }

    /// <summary>The window of an admission, which begins an anchored one.</summary>
    public AuditedWindow Use(long at)
    {
        At(at);
        if (window is null || at >= window.End)
        {
            Open(at);
        }

        if (budget.Window.Kind == WindowKind.Run && usedAt is null)
        {
            window!.Begin(at);
        }

        usedAt = at;

        return window!;
    }

    /// <summary>Whether anything can have been charged to it; a run's name may have been another run's before.</summary>
    public bool HasBegun => budget.Window.Kind != WindowKind.Run || usedAt is not null;

    /// <summary>What was charged before there was the budget is part of it.</summary>
    public void Include(long at) => usedAt = at;

    public void Add(AuditedGrant grant, long at)
    {
        if (!budget.IsAnchored || window is not null)
        {
            At(at);
        }

        waiting.Add(grant);
        TakeWaiting(at);
    }

    private void Open(long at)
    {
        var (start, end) = (long.MinValue, long.MaxValue);
        if (budget.Window.IsCalendar || budget.IsAnchored)
        {
            var span = budget.Window.At(JournalWriter.FromMicroseconds(at));
            (start, end) = (JournalWriter.Microseconds(span.Start), JournalWriter.Microseconds(span.End));
        }

        window = new AuditedWindow(this, budget, start, end);
        TakeWaiting(at);
    }

    private void TakeWaiting(long at)
    {
        if (window is null || at >= window.End)
        {
            return;
        }

        foreach (var grant in waiting.Where(grant => grant.From < window.End).ToList())
        {
            waiting.Remove(grant);
            if (window.Contains(grant.From) || (budget.IsAnchored && grant.Until > at))
            {
                window.Add(grant);
            }
        }
    }
}

/// <summary>What was spent and held in one window; a rolling one forgets what is older than its length, to the microsecond.</summary>
internal sealed class AuditedWindow(AuditedLine line, AuditedBudget budget, long start, long end)
{
    private readonly List<AuditedGrant> grants = [];
    private readonly SortedDictionary<long, Int128> rolling = [];

    public AuditedLine Line => line;

    public AuditedBudget Budget => budget;

    public long End => end;

    public Int128 Posted { get; private set; }

    public Int128 Pending { get; private set; }

    /// <summary>How many attempts under way hold something of it, or nothing yet.</summary>
    public int Holders { get; set; }

    /// <summary>It begins only now.</summary>
    public void Begin(long at) => start = at;

    public bool Contains(long at) => at >= start && at < end;

    public void Add(AuditedGrant grant)
    {
        if (!grants.Exists(known => known.Id == grant.Id))
        {
            grants.Add(grant);
            grants.Sort((left, right) => left.Until.CompareTo(right.Until));
        }
    }

    public void Move(long admittedAt, long posted, long pending, long at)
    {
        // What is held counts until it ends, also where its admission has left a rolling window.
        Pending += pending;
        if (budget.Window.Kind != WindowKind.Rolling || Remember(admittedAt, posted, at))
        {
            Posted += posted;
        }
    }

    /// <summary>The limit and its grants, as they were before an amount was added.</summary>
    public Int128 Allowed(long at, long added)
    {
        Int128 allowed = budget.Limit;
        allowed += grants.Where(grant => grant.Amount < 0 && grant.IsInForce(at)).Aggregate((Int128)0, (sum, grant) => sum + grant.Amount);
        foreach (var grant in grants.Where(grant => grant.Amount > 0 && grant.Until <= at))
        {
            // Spent beyond what came before it, in the order in which they ended.
            var beyond = Posted + Pending - added - allowed;
            grant.Kept = Int128.Clamp(beyond, 0, grant.Kept ?? grant.Amount);
            allowed += grant.Kept.Value;
        }

        return grants.Where(grant => grant.Amount > 0 && grant.IsInForce(at)).Aggregate(allowed, (sum, grant) => sum + grant.Amount);
    }

    /// <summary>Forgets what has left a rolling window, and says whether a charge of an instant is still in it.</summary>
    private bool Remember(long admittedAt, long posted, long at)
    {
        var oldest = at - (budget.Window.Length.Ticks / TimeSpan.TicksPerMicrosecond);
        while (rolling.Count > 0 && rolling.First() is var first && first.Key <= oldest)
        {
            Posted -= first.Value;
            rolling.Remove(first.Key);
        }

        if (admittedAt <= oldest)
        {
            return false;
        }

        rolling[admittedAt] = rolling.GetValueOrDefault(admittedAt) + posted;
        return true;
    }
}
