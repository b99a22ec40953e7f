using Purser.Cli.Api;

namespace Purser.Cli.Connect;

/// <summary>What accounts say of callers' own subscriptions: the nearest one that says something counts, and none means no.</summary>
internal static class SubscriptionPolicy
{
    /// <summary>The account of a path or an id; null where there is none.</summary>
    public static AccountView? Find(IReadOnlyList<AccountView> accounts, string account) =>
        accounts.FirstOrDefault(known => known.Id == account || (known.Path?.Trim('/') ?? "-") == account.Trim('/'));

    /// <summary>Whether callers of an account may use subscriptions of their own.</summary>
    public static bool Allows(IReadOnlyList<AccountView> accounts, string account)
    {
        for (var path = Find(accounts, account)?.Path?.Trim('/'); path is not null; path = Above(path))
        {
            if (Find(accounts, path)?.SubscriptionPassthrough is { } said)
            {
                return said == "allow";
            }
        }

        return false;
    }

    private static string? Above(string path) =>
        path.Length == 0 ? null
        : path.LastIndexOf('/') is >= 0 and var slash ? path[..slash]
        : "";
}
