using System.Collections.Frozen;
using Purser.Core.Ledger;

namespace Purser.Gateway.Credentials;

/// <summary>Which accounts let their callers use subscriptions of their own at providers. One that says nothing has what the account above it has.</summary>
/// <param name="said">What accounts say, by their ids.</param>
public sealed class SubscriptionSettings(IEnumerable<KeyValuePair<string, bool>> said)
{
    private readonly FrozenDictionary<string, bool> said = said.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>The accounts that say something.</summary>
    public IEnumerable<string> Accounts => said.Keys;

    /// <summary>What an account says itself, or null.</summary>
    public bool? Of(string account) => said.TryGetValue(account, out var allowed) ? allowed : null;

    /// <summary>Whether a subject may; no, where no account above it says anything.</summary>
    public bool Allow(Subject subject)
    {
        if (said.Count > 0)
        {
            foreach (var account in subject.Accounts)
            {
                if (Of(account.Id) is { } allowed)
                {
                    return allowed;
                }
            }
        }

        return false;
    }

    /// <summary>How a setting is spelt.</summary>
    public static string NameOf(bool? allowed) =>
        allowed switch
        {
            true => "allow",
            false => "deny",
            null => "inherit",
        };
}
