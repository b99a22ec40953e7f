using System.Collections.Frozen;
using Purser.Core.Ledger;

namespace Purser.Gateway.Routing;

/// <summary>What routing may do with an account's requests.</summary>
public enum RoutingMode
{
    /// <summary>Nothing: a request goes to the model that it names, and <c>auto</c> to the reference.</summary>
    Off,

    /// <summary>The same, and what another model would have cost is recorded.</summary>
    Suggest,

    /// <summary><c>auto</c> goes to the model that is chosen, and so do named models that a policy is for.</summary>
    On,

    /// <summary>As <see cref="Suggest"/>, and of a sample the model that would have been chosen is asked too, after the client has its answer.</summary>
    Shadow,
}

/// <summary>What accounts say of routing. One that says nothing has what the account above it has.</summary>
/// <param name="said">What accounts say, by their ids.</param>
public sealed class RoutingModes(IEnumerable<KeyValuePair<string, RoutingMode>> said)
{
    /// <summary>How "as the account above has it" is spelt.</summary>
    public const string Inherit = "inherit";

    private readonly FrozenDictionary<string, RoutingMode> said = said.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>The accounts that say something.</summary>
    public IEnumerable<string> Accounts => said.Keys;

    /// <summary>What an account says itself, or null.</summary>
    public RoutingMode? Of(string account) => said.TryGetValue(account, out var mode) ? mode : null;

    /// <summary>The account whose word counts for a subject; the organization where none says anything.</summary>
    public string AccountFor(Subject subject)
    {
        foreach (var account in subject.Accounts)
        {
            if (Of(account.Id) is not null)
            {
                return account.Id;
            }
        }

        return subject.Accounts[^1].Id;
    }

    /// <summary>A subject's mode; off, where no account above it says anything.</summary>
    public RoutingMode For(Subject subject)
    {
        if (said.Count > 0)
        {
            foreach (var account in subject.Accounts)
            {
                if (Of(account.Id) is { } mode)
                {
                    return mode;
                }
            }
        }

        return RoutingMode.Off;
    }

    /// <summary>How a mode is spelt.</summary>
    public static string NameOf(RoutingMode? mode) =>
        mode switch
        {
            null => Inherit,
            RoutingMode.Off => "off",
            RoutingMode.Suggest => "suggest",
            RoutingMode.Shadow => "shadow",
            _ => "on",
        };

    /// <summary>Reads a mode; null is <see cref="Inherit"/>.</summary>
    /// <returns>Whether it's one.</returns>
    public static bool TryRead(string? name, out RoutingMode? mode)
    {
        (var isOne, mode) = name switch
        {
            Inherit => (true, default(RoutingMode?)),
            "off" => (true, RoutingMode.Off),
            "suggest" => (true, RoutingMode.Suggest),
            "shadow" => (true, RoutingMode.Shadow),
            "on" => (true, RoutingMode.On),
            _ => (false, null),
        };
        return isOne;
    }
}
