using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Security.Cryptography;
using Purser.Gateway.Configuration;
using Purser.Gateway.Pipeline.Resilience;
using Purser.Providers;

namespace Purser.Gateway.Credentials;

/// <summary>The credentials of every provider, decrypted, as the store has them at the moment. Safe for parallel calls.</summary>
internal sealed class CredentialVault
{
    private readonly Func<StoredCredentials> stored;
    private readonly MasterKey? master;
    private readonly IReadOnlyList<ProviderOptions> providers;
    private readonly Lock gate = new();
    private volatile Opened opened;

    /// <param name="stored">The stored ones as they are now; the same object as long as they are the same.</param>
    /// <param name="master">What they are encrypted under; null where none is given.</param>
    /// <param name="providers">The providers of the configuration.</param>
    /// <exception cref="InvalidConfigurationException">There are credentials that can't be decrypted: the master key is missing or another one.</exception>
    public CredentialVault(Func<StoredCredentials> stored, MasterKey? master, IReadOnlyList<ProviderOptions> providers)
    {
        (this.stored, this.master, this.providers) = (stored, master, providers);
        opened = Open(stored(), null);
    }

    /// <summary>A provider's credentials. One whose secret is the same as before keeps what is known of it.</summary>
    /// <param name="provider">One of the configuration's providers, by its name.</param>
    public ProviderCredentials Of(string provider)
    {
        var current = opened;
        return (ReferenceEquals(current.Stored, stored()) ? current : OpenAgain()).ByProvider[provider];
    }

    /// <summary>What an operator should know at the start.</summary>
    public IEnumerable<string> Warnings()
    {
        foreach (var provider in providers.Where(provider => Of(provider.Name).All.Count == 0))
        {
            yield return $"The provider '{provider.Name}' has no credential that can be used, so no request goes there. Add one: purser credentials add {provider.Name}";
        }

        var unknown = stored().All.Where(credential => providers.All(provider => provider.Name != credential.Provider));
        foreach (var credential in unknown)
        {
            yield return $"The credential {credential.Id} is of the provider '{credential.Provider}', which isn't configured.";
        }
    }

    // One at a time: of a new credential there is one object, and so one set of lanes.
    private Opened OpenAgain()
    {
        lock (gate)
        {
            var now = stored();
            return ReferenceEquals(opened.Stored, now) ? opened : opened = Open(now, opened);
        }
    }

    private Opened Open(StoredCredentials stored, Opened? before)
    {
        var seal = stored.All.Count == 0 ? null : SealOf(master, stored.MasterKey);
        var secrets = stored.All.ToDictionary(credential => credential.Id, credential => Secret(seal!, credential), StringComparer.Ordinal);
        return new Opened(
            stored,
            providers.ToFrozenDictionary(
                provider => provider.Name,
                provider => new ProviderCredentials([
                    .. UsableBy(provider, stored.All, secrets).Select(usable => Kept(usable, before?.ByProvider[provider.Name])),
                ]),
                StringComparer.Ordinal
            )
        );
    }

    private static UpstreamCredential Kept(UpstreamCredential usable, ProviderCredentials? before) =>
        before?.Find(usable.Id) is { } known && known.Secret == usable.Secret
            ? (known.Weight == usable.Weight ? known : known with { Weight = usable.Weight })
            : usable with
            {
                Lanes = new ConcurrentDictionary<string, Lane>(StringComparer.Ordinal),
            };

    private static List<UpstreamCredential> UsableBy(
        ProviderOptions provider,
        IReadOnlyList<ProviderCredential> stored,
        Dictionary<string, string> secrets
    )
    {
        var own = stored.Where(credential => credential.Provider == provider.Name).ToList();
        if (own.Count > 0)
        {
            // Also where all are switched off: whoever did that doesn't want the configuration's instead.
            return
            [
                .. own.Where(credential => !credential.Disabled)
                    .Select(credential => new UpstreamCredential(credential.Id, secrets[credential.Id], credential.Weight)
                    {
                        Kind = credential.Kind,
                    }),
            ];
        }

        return provider.ApiKey.Length > 0
            ? [new UpstreamCredential(UpstreamCredential.Configured, provider.ApiKey)]
            : ProviderCatalog.FindApi(provider.Api) switch
            {
                { TakesGoogleAccount: true } => [new UpstreamCredential(UpstreamCredential.Account, "")],
                _ when provider.Entra.Use != EntraUse.Stored => [new UpstreamCredential(UpstreamCredential.Account, "")],
                { NeedsNoKey: true } => [new UpstreamCredential(UpstreamCredential.None, "")],
                _ => [],
            };
    }

    /// <summary>The seal of stored credentials.</summary>
    /// <param name="master">The master key that is given, or null.</param>
    /// <param name="setting">What the store keeps of its own.</param>
    /// <exception cref="InvalidConfigurationException">It isn't the store's.</exception>
    public static CredentialSeal SealOf(MasterKey? master, string? setting) =>
        master is null
            ? throw new InvalidConfigurationException([
                $"The data folder has stored credentials, which can't be used without the master key that they are encrypted under. Set {MasterKey.Variable}, or 'master_key_file' in purser.yml.",
            ])
            : CredentialSeal.Of(master, setting ?? "")
                ?? throw new InvalidConfigurationException([
                    "The data folder's stored credentials are encrypted under another master key than the one that is given. Give that one; it can be changed by: purser credentials rekey",
                ]);

    /// <summary>Decrypts a stored credential.</summary>
    /// <exception cref="InvalidConfigurationException">It was altered.</exception>
    public static string Secret(CredentialSeal seal, ProviderCredential credential)
    {
        try
        {
            return seal.Open(credential.Id, credential.Provider, credential.Sealed);
        }
        catch (CryptographicException)
        {
            throw new InvalidConfigurationException([
                $"The stored credential {credential.Id} of '{credential.Provider}' was altered and can't be decrypted. Start on a backup, or see: purser ledger verify",
            ]);
        }
    }

    private sealed record Opened(StoredCredentials Stored, FrozenDictionary<string, ProviderCredentials> ByProvider);
}
