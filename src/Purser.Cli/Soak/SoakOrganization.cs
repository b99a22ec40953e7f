using Purser.Cli.Api;

namespace Purser.Cli.Soak;

/// <summary>A key of the soak's organization.</summary>
/// <param name="Secret">What callers send.</param>
/// <param name="Share">How many of a hundred callers use it.</param>
internal sealed record SoakKey(string Secret, int Share);

/// <summary>The organization that a soak sets up: budgets that last, and budgets that run out early, late, and inside one another.</summary>
internal static class SoakOrganization
{
    private const string Document = """
        organization: { name: Soak }
        accounts:
          - path: steady
            kind: department
            budgets: [{ usd: 1000000, window: lifetime }]
          - path: tiny
            kind: team
            budgets: [{ usd: 0.005, window: lifetime }]
          - path: small
            kind: team
            budgets: [{ usd: 0.03, window: lifetime }]
          - path: nested
            kind: department
            budgets: [{ usd: 0.5, window: lifetime }]
          - path: nested/inner
            kind: team
            budgets: [{ usd: 0.05, window: lifetime }]
        keys:
          - { name: steady-1, account: steady }
          - { name: steady-2, account: steady }
          - { name: tiny-1, account: tiny }
          - { name: small-1, account: small }
          - { name: small-2, account: small }
          - { name: nested-1, account: nested }
          - { name: inner-1, account: nested/inner }
          - { name: inner-2, account: nested/inner, budgets: [{ usd: 0.01, window: lifetime }] }
        """;

    private static readonly Dictionary<string, int> Shares = new()
    {
        ["steady-1"] = 40,
        ["steady-2"] = 20,
        ["tiny-1"] = 5,
        ["small-1"] = 5,
        ["small-2"] = 5,
        ["nested-1"] = 10,
        ["inner-1"] = 10,
        ["inner-2"] = 5,
    };

    /// <summary>Makes it.</summary>
    /// <returns>Its keys; their shares are 100 together.</returns>
    public static async Task<IReadOnlyList<SoakKey>> CreateAsync(AdminClient admin, CancellationToken cancellationToken)
    {
        // The first start's limit on the organization would end a long run.
        var unlimited = new
        {
            account = "/",
            unit = "usd",
            window = "month",
            limit = "1000000",
        };
        await admin.SendAsync<BudgetView>(HttpMethod.Put, "budgets", unlimited, cancellationToken);
        var (done, mistakes) = await admin.ApplyAsync(Document, dryRun: false, cancellationToken);
        var keys = done?.Keys ?? throw CliException.Failed($"the gateway refused the soak's organization: {mistakes?.Message}");
        return [.. keys.Select(key => new SoakKey(key.Key, Shares[key.Name]))];
    }
}
