using System.Collections.Concurrent;
using Purser.Gateway.Pipeline.Resilience;

namespace Purser.Gateway.Credentials;

/// <summary>A credential that a request can be sent with.</summary>
/// <param name="Id">Its id, which may be told and kept.</param>
/// <param name="Secret">Its secret, which is sent to its provider and nowhere else; empty where a provider needs none.</param>
/// <param name="Weight">How often it's used in relation to the provider's others.</param>
internal sealed record UpstreamCredential(string Id, string Secret, int Weight = 1)
{
    /// <summary>The id of the key in the configuration.</summary>
    public const string Configured = "config";

    /// <summary>The id of a cloud account that the machine or a file has; its secret is a token of the moment.</summary>
    public const string Account = "account";

    /// <summary>The id of a caller's own, which is kept nowhere.</summary>
    public const string Callers = "caller";

    /// <summary>The id where a provider needs none.</summary>
    public const string None = "none";

    private SecretMask? mask;

    /// <summary>What it is; all but keys are of the provider's matter, which makes of it what is sent.</summary>
    public CredentialKind Kind { get; init; }

    /// <summary>
    /// What is known of the models that were called with it, by their names. It's known as long as the secret is: one that was removed or rotated
    /// leaves nothing behind. Null for what is no longer than a request: a caller's own, and a token of the moment.
    /// </summary>
    public ConcurrentDictionary<string, Lane>? Lanes { get; init; }

    /// <summary>The header as the caller sent it, where it's the caller's own subscription; else null.</summary>
    public string? Authorization { get; init; }

    /// <summary>Finds the secret in what the provider answers.</summary>
    public SecretMask Mask => mask ??= new SecretMask(Secret);

    /// <inheritdoc/>
    /// <remarks>Without the secret.</remarks>
    public override string ToString() => Id;
}

/// <summary>The credentials of one provider that can be used now: stored ones where there are any, else the configuration's key. Immutable.</summary>
/// <param name="all">Those that aren't switched off.</param>
internal sealed class ProviderCredentials(IReadOnlyList<UpstreamCredential> all)
{
    /// <summary>Those that can be used.</summary>
    public IReadOnlyList<UpstreamCredential> All => all;

    /// <summary>The one with this id, or null.</summary>
    public UpstreamCredential? Find(string id)
    {
        foreach (var credential in all)
        {
            if (credential.Id == id)
            {
                return credential;
            }
        }

        return null;
    }

    /// <summary>Draws one by weight. Null where there is none.</summary>
    /// <param name="random">Draws from 0 (included) to 1 (excluded); asked once at most.</param>
    public UpstreamCredential? Pick(Func<double> random) =>
        all.Count switch
        {
            0 => null,
            1 => all[0],
            _ => Draw(all, random),
        };

    /// <summary>
    /// Draws one by weight among those that needn't be avoided; among all where every one should be, for a provider may serve sooner than it
    /// said. Null where there is none.
    /// </summary>
    /// <param name="isToAvoid">Whether a credential should be left alone for now.</param>
    /// <param name="random">Draws from 0 (included) to 1 (excluded); asked once at most.</param>
    public UpstreamCredential? Pick(Func<UpstreamCredential, bool> isToAvoid, Func<double> random)
    {
        if (all.Count < 2)
        {
            return Pick(random);
        }

        var free = all.Where(credential => !isToAvoid(credential)).ToList();
        return Draw(free.Count == 0 ? all : free, random);
    }

    private static UpstreamCredential Draw(IReadOnlyList<UpstreamCredential> among, Func<double> random)
    {
        var drawn = (long)(random() * among.Sum(static credential => (long)credential.Weight));
        foreach (var credential in among)
        {
            drawn -= credential.Weight;
            if (drawn < 0)
            {
                return credential;
            }
        }

        return among[^1];
    }
}
