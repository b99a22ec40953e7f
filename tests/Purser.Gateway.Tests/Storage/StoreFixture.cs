using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Purser.Core.Budgets;
using Purser.Core.Ledger;
using Purser.Core.Pricing;
using Purser.Core.Usage;
using Purser.Gateway.Storage;

namespace Purser.Gateway.Tests.Storage;

/// <summary>
/// A data folder of its own: the organization Acme with 1,000 nano-dollars a month, the department research, its team search with a
/// key, and a clock that stands at noon of 24 November 2026.
/// </summary>
public sealed class StoreFixture : IAsyncDisposable
{
    public static readonly Route Route = new("openai.chat", "gpt-x", "openai", "gpt-x-2026", "openai/gpt-x", "2026-11-01");
    private int requests;

    private StoreFixture(string directory) => Directory = directory;

    public string Directory { get; }

    public FakeTimeProvider Clock { get; } = new(new DateTimeOffset(2026, 11, 24, 12, 0, 0, TimeSpan.Zero));

    public LedgerStore Store { get; private set; } = null!;

    public VirtualKey Key => Store.Control.Keys.First(key => key.Name == "ci");

    public Scope Organization => new(ScopeKind.Account, Store.Control.Accounts.Root.Id);

    public static async Task<StoreFixture> CreateAsync(long limit = 1000)
    {
        var fixture = new StoreFixture(System.IO.Directory.CreateTempSubdirectory("purser-").FullName);
        fixture.Open();
        await fixture.Store.ChangeAsync(change =>
        {
            var root = change.CreateOrganization("Acme");
            var month = new BudgetWindow(WindowKind.Month, TimeZoneInfo.Utc);
            change.SetBudget(new NewBudget(new Scope(ScopeKind.Account, root.Id), BudgetUnit.Usd, month, limit, "acme"));
            change.CreateAccount("research", AccountKind.Department, "");
            change.CreateAccount("search", AccountKind.Team, "research");
            change.CreateKey("research/search", "ci", null);
            return true;
        });
        return fixture;
    }

    public async Task ReopenAsync()
    {
        await Store.DisposeAsync();
        Open();
    }

    public AttemptId NextAttempt(byte attempt = 1) => new(Guid.CreateVersion7(Clock.GetUtcNow().AddMilliseconds(++requests)), attempt);

    public Subject Subject(string? endUser = null, string? session = null, params KeyValuePair<string, string>[] tags) =>
        new()
        {
            KeyId = Key.Id,
            Accounts = Key.Subject.Accounts,
            EndUser = endUser,
            Session = session,
            Tags = tags,
        };

    public Task<AdmissionResult> ReserveAsync(AttemptId attempt, long nanos, Subject? subject = null, Route? route = null) =>
        Store.ReserveAsync(
            new Admission(attempt, subject ?? Key.Subject, route ?? Route, new Amount(new Money(nanos), nanos, 1), Clock.GetUtcNow())
        );

    public Task<SettleResult> PostAsync(AttemptId attempt, long nanos, Func<UsageEvent, UsageEvent>? change = null)
    {
        var usage = default(TokenUsage);
        usage[UsageClass.Input] = nanos;
        var usageEvent = Event(attempt) with { Usage = usage, Cost = new Money(nanos), Status = 200 };
        return Store.PostAsync(change?.Invoke(usageEvent) ?? usageEvent, new Amount(new Money(nanos), nanos, 1));
    }

    public UsageEvent Event(AttemptId attempt, Outcome outcome = Outcome.Completed) =>
        new()
        {
            Attempt = attempt,
            StartedAt = JournalWriter.Microseconds(Clock.GetUtcNow()),
            Outcome = outcome,
        };

    /// <summary>Reserves and posts one attempt.</summary>
    public async Task<AttemptId> SpendAsync(long nanos, Subject? subject = null, Route? route = null)
    {
        var attempt = NextAttempt();
        await ReserveAsync(attempt, nanos, subject, route);
        await PostAsync(attempt, nanos);
        return attempt;
    }

    public async Task<(long Posted, long Pending)> BalanceAsync()
    {
        var balance = (await Store.BalancesAsync()).Single(balance => balance.Budget.Scope == Organization);
        return (balance.Posted, balance.Pending);
    }

    public Task<Budget> SetBudgetAsync(Scope scope, long limit, WindowKind window = WindowKind.Day) =>
        SetBudgetAsync(new NewBudget(scope, BudgetUnit.Usd, new BudgetWindow(window, TimeZoneInfo.Utc), limit));

    internal Task<Budget> SetBudgetAsync(NewBudget budget) => Store.ChangeAsync(change => change.SetBudget(budget));

    /// <summary>Changes the database behind the store's back.</summary>
    public void Tamper(string sql)
    {
        using var connection = new SqliteConnection($"Data Source={LedgerStore.FileIn(Directory)};Pooling=false");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = $"ATTACH DATABASE '{EventProjection.FileIn(Directory)}' AS events; {sql}";
        command.ExecuteNonQuery();
    }

    public long Number(string sql)
    {
        using var connection = Store.OpenReader();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return Convert.ToInt64(command.ExecuteScalar(), System.Globalization.CultureInfo.InvariantCulture);
    }

    public LedgerStore OpenAt(string directory) => LedgerStore.Open(directory, Durability.ProcessCrash, Clock, NullLogger.Instance);

    public async ValueTask DisposeAsync()
    {
        await Store.DisposeAsync();
        System.IO.Directory.Delete(Directory, recursive: true);
    }

    private void Open() => Store = OpenAt(Directory);
}
