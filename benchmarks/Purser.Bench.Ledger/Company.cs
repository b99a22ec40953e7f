using Purser.Core.Budgets;
using Purser.Core.Ledger;
using Purser.Core.Pricing;
using Purser.Core.Usage;
using Purser.Gateway.Storage;

namespace Purser.Bench.Ledger;

/// <summary>
/// A company whose requests count in six budgets at once: those of the key, the member, the project, the team, the department and the
/// organization, each in dollars a month.
/// </summary>
internal static class Company
{
    /// <summary>What an attempt may cost at most, and what it costs.</summary>
    public static readonly Amount Held = new(new Money(12_000_000), 6_000, 1) { Parts = TokenParts.AtMost(4_000, 2_000) };

    public static readonly Amount Spent = new(new Money(3_456_789), 4_400, 1) { Parts = new TokenParts(3_500, 2_000, 500, 900, 300) };

    public static readonly Route Route = new("openai.chat", "gpt-5.4-mini", "openai", "gpt-5.4-mini", "openai/gpt-5.4-mini", "2026-11-01");

    // What the request pipeline writes under six budgets.
    private const string Detail =
        "{\"reserved\":[12000000,4000,2000,12000000,6000,2000,null"
        + ",[\"bud_8Kq0wZr1TnXy\",\"usd\",9000000000000000,123456789012,384000000],[\"bud_Vt5cJm2LpQaB\",\"usd\",9000000000000000,123456789012,384000000]"
        + ",[\"bud_h3RzYx7WdNsE\",\"usd\",9000000000000000,123456789012,384000000],[\"bud_0FgUoK4ibMvC\",\"usd\",9000000000000000,123456789012,384000000]"
        + ",[\"bud_lS9eHjPq6TtD\",\"usd\",9000000000000000,123456789012,384000000],[\"bud_Aw2XnZr8VyGu\",\"usd\",9000000000000000,123456789012,384000000]"
        + "],\"stop_reason\":\"stop\"}";

    private static readonly BudgetWindow Month = new(WindowKind.Month, TimeZoneInfo.Utc);
    private const long Limit = 9_000_000 * Money.NanosPerDollar;

    private static long attempts;

    /// <summary>
    /// A new attempt. Its request's id is made of a counter: random numbers come from the kernel, which would be a good part of what is measured.
    /// </summary>
    public static AttemptId NextAttempt()
    {
        var number = Interlocked.Increment(ref attempts);
        return new AttemptId(new Guid((int)(number >> 16), (short)number, 0x7000, 0x80, 0, 0, 0, 0, 0, 0, 0), 1);
    }

    /// <summary>Makes it in a store, and returns whom a request with its key is for.</summary>
    public static async Task<Subject> MakeAsync(LedgerStore store)
    {
        await store.ChangeAsync(change =>
        {
            var organization = change.CreateOrganization("acme");
            Set(change, new Scope(ScopeKind.Account, organization.Id));
            var path = "";
            foreach (var (name, kind) in Accounts)
            {
                var account = change.CreateAccount(name, kind, path);
                path = path.Length == 0 ? name : $"{path}/{name}";
                Set(change, new Scope(ScopeKind.Account, account.Id));
            }

            var (key, _) = change.CreateKey(path, "bench", null);
            Set(change, new Scope(ScopeKind.Key, key.Id));
            return true;
        });
        return store.Control.Keys.Single().Subject;
    }

    /// <summary>The same budgets without a store.</summary>
    public static (LedgerState State, ScopeSet Scopes) InMemory(DateTimeOffset now)
    {
        var state = new LedgerState();
        state.Advance(now);
        Scope[] scopes =
        [
            new(ScopeKind.Key, "key"),
            .. Enumerable.Range(0, 5).Select(level => new Scope(ScopeKind.Account, $"account{level}")),
        ];
        foreach (var scope in scopes)
        {
            state.AddBudget(new Budget($"bud_{scope.Id}", scope.Id, scope, BudgetUnit.Usd, Month, Limit), []);
        }

        return (state, new ScopeSet([.. scopes, new(ScopeKind.Model, "gpt-5.4-mini"), new(ScopeKind.Provider, "openai")]));
    }

    /// <summary>What is kept of an attempt that is over.</summary>
    public static UsageEvent Event(AttemptId attempt, DateTimeOffset startedAt)
    {
        var usage = default(TokenUsage);
        usage[UsageClass.Input] = 1_000;
        usage[UsageClass.CacheRead] = 2_000;
        usage[UsageClass.CacheWrite5m] = 500;
        usage[UsageClass.Output] = 600;
        usage[UsageClass.ReasoningOutput] = 300;
        return new UsageEvent
        {
            Attempt = attempt,
            StartedAt = JournalWriter.Microseconds(startedAt),
            Outcome = Outcome.Completed,
            Status = 200,
            Stream = true,
            ModelServed = "gpt-5.4-mini-2026-03-05",
            ProviderRequestId = "chatcmpl-Cx8Qz1b2c3d4e5f6g7h8i9j0k1l2m",
            Usage = usage,
            Cost = Spent.Cost,
            Ceiling = Held.Cost,
            TimeToFirstByte = 412_345,
            Duration = 3_456_789,
            Detail = Detail,
        };
    }

    private static IEnumerable<(string Name, AccountKind Kind)> Accounts =>
        [("research", AccountKind.Department), ("search", AccountKind.Team), ("ranking", AccountKind.Project), ("ada", AccountKind.Member)];

    private static void Set(ControlTransaction change, Scope scope) => change.SetBudget(new NewBudget(scope, BudgetUnit.Usd, Month, Limit));
}
