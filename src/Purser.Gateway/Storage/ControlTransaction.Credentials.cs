using System.Security.Cryptography;
using Purser.Core.Ledger;
using Purser.Gateway.Configuration;
using Purser.Gateway.Credentials;
using Purser.Gateway.Routing;

namespace Purser.Gateway.Storage;

/// <content>Providers' credentials. The journal says of each what people may know, and a hash of what is stored of the secret.</content>
internal sealed partial class ControlTransaction
{
    /// <summary>Adds a credential, encrypted.</summary>
    /// <param name="provider">The name of the provider that it's for.</param>
    /// <param name="label">What people call it; may be empty.</param>
    /// <param name="kind">What it is.</param>
    /// <param name="weight">1 to 1000.</param>
    /// <param name="secret">The secret.</param>
    /// <param name="master">The master key, or null where none is given: then it's refused.</param>
    public ProviderCredential AddCredential(
        string provider,
        string label,
        CredentialKind kind,
        int weight,
        string secret,
        MasterKey? master
    )
    {
        CheckLabel(label);
        CheckWeight(weight);
        CheckSecret(kind, secret);
        var id = Ids.New("cred");
        var made = SealWith(master).Seal(id, provider, secret);
        Run(
            "INSERT INTO credentials VALUES($id, $provider, $label, $kind, $weight, 0, $now, NULL, $last_four, $sealed)",
            ("$id", id),
            ("$provider", provider),
            ("$label", label),
            ("$kind", (int)kind),
            ("$weight", weight),
            ("$now", JournalWriter.Microseconds(Now)),
            ("$last_four", (object?)ProviderCredential.LastFourOf(kind, secret) ?? DBNull.Value),
            ("$sealed", made)
        );
        NoteCredential("add", id);
        return ResolveCredential(id);
    }

    /// <summary>Replaces a credential's secret.</summary>
    public ProviderCredential RotateCredential(string id, string secret, MasterKey? master)
    {
        var credential = ResolveCredential(id);
        CheckSecret(credential.Kind, secret);
        Run(
            "UPDATE credentials SET sealed = $sealed, last_four = $last_four, rotated_at = $now WHERE id = $id",
            ("$id", id),
            ("$sealed", SealWith(master).Seal(id, credential.Provider, secret)),
            ("$last_four", (object?)ProviderCredential.LastFourOf(credential.Kind, secret) ?? DBNull.Value),
            ("$now", JournalWriter.Microseconds(Now))
        );
        NoteCredential("rotate", id);
        return ResolveCredential(id);
    }

    /// <summary>Changes what isn't secret of a credential; null leaves it.</summary>
    public ProviderCredential ChangeCredential(string id, string? label, int? weight, bool? disabled)
    {
        var credential = ResolveCredential(id);
        CheckLabel(label ?? "");
        CheckWeight(weight ?? credential.Weight);
        Run(
            "UPDATE credentials SET label = $label, weight = $weight, disabled = $disabled WHERE id = $id",
            ("$id", id),
            ("$label", label ?? credential.Label),
            ("$weight", weight ?? credential.Weight),
            ("$disabled", disabled ?? credential.Disabled ? 1 : 0)
        );
        NoteCredential("set", id);
        return ResolveCredential(id);
    }

    /// <summary>Removes a credential, with its secret. The master key's check value goes with the last one.</summary>
    public void RemoveCredential(string id)
    {
        var credential = ResolveCredential(id);
        Run("DELETE FROM credentials WHERE id = $id", ("$id", credential.Id));
        Note(new { credential = "remove", id });
        if (Current.Credentials.All.Count == 0)
        {
            KeepMasterKey(null);
        }
    }

    /// <summary>Encrypts every credential under another master key. Says how many.</summary>
    /// <exception cref="InvalidConfigurationException">The old master key isn't the store's, or one of the credentials was altered.</exception>
    public int ChangeMasterKey(MasterKey old, MasterKey other)
    {
        var stored = Current.Credentials;
        if (stored.All.Count == 0)
        {
            return 0;
        }

        var (from, to) = (CredentialVault.SealOf(old, stored.MasterKey), CredentialSeal.New(other));
        KeepMasterKey(to.Stored);
        foreach (var credential in stored.All)
        {
            Run(
                "UPDATE credentials SET sealed = $sealed WHERE id = $id",
                ("$id", credential.Id),
                ("$sealed", to.Seal(credential.Id, credential.Provider, CredentialVault.Secret(from, credential)))
            );
            NoteCredential("rekey", credential.Id);
        }

        return stored.All.Count;
    }

    /// <summary>Says whether callers of an account, and of those below it that say nothing else, may use subscriptions of their own; null for as the account above has it.</summary>
    public Account SetSubscriptions(string account, bool? allowed)
    {
        var id = ResolveAccount(account).Id;
        Run(
            "UPDATE accounts SET subscriptions = $allowed WHERE id = $id",
            ("$id", id),
            ("$allowed", allowed is { } said ? (said ? 1 : 0) : DBNull.Value)
        );
        Note(new { subscription_passthrough = SubscriptionSettings.NameOf(allowed), id });
        return ResolveAccount(id);
    }

    /// <summary>Says what routing may do with the requests of an account, and of those below it that say nothing else; null for as the account above has it.</summary>
    public Account SetRouting(string account, RoutingMode? mode)
    {
        var id = ResolveAccount(account).Id;
        Run("UPDATE accounts SET routing = $mode WHERE id = $id", ("$id", id), ("$mode", mode is { } said ? (int)said : DBNull.Value));
        Note(new { routing = RoutingModes.NameOf(mode), id });
        return ResolveAccount(id);
    }

    /// <summary>The credential with this id.</summary>
    public ProviderCredential ResolveCredential(string id) =>
        Current.Credentials.All.FirstOrDefault(credential => credential.Id == id)
        ?? throw new RefusedChangeException("unknown_credential", $"There is no credential '{id}'.", "purser credentials list");

    /// <summary>The seal of the store's credentials; where there are none yet, one under this master key.</summary>
    private CredentialSeal SealWith(MasterKey? master)
    {
        if (master is null)
        {
            throw new RefusedChangeException(
                "no_master_key",
                "The gateway has no master key to encrypt credentials under.",
                $"Make one: {MasterKey.HowToMake}. Then start the gateway with it, in {MasterKey.Variable} or the file of 'master_key_file' in purser.yml."
            );
        }

        if (Current.Credentials is { All.Count: > 0, MasterKey: var setting })
        {
            return CredentialVault.SealOf(master, setting);
        }

        var seal = CredentialSeal.New(master);
        KeepMasterKey(seal.Stored);
        return seal;
    }

    private void KeepMasterKey(string? setting)
    {
        if (setting is null)
        {
            Run("DELETE FROM meta WHERE name = $name", ("$name", CredentialSeal.Setting));
        }
        else
        {
            SetMeta(CredentialSeal.Setting, setting);
        }

        Note(new { master_key = setting is null ? "remove" : "set", check = setting is null ? null : HashOf(setting) });
    }

    private void NoteCredential(string action, string id)
    {
        var credential = ResolveCredential(id);
        Note(
            new
            {
                credential = action,
                id,
                provider = credential.Provider,
                label = credential.Label,
                kind = ProviderCredential.NameOf(credential.Kind),
                weight = credential.Weight,
                disabled = credential.Disabled,
                last_four = credential.LastFour,
                @sealed = AuditedAccess.HashOf(credential.Sealed),
            }
        );
    }

    private static string HashOf(string text) => Convert.ToHexStringLower(SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(text)));

    private static void CheckLabel(string label)
    {
        if (label.Length > 128 || label.Any(char.IsControl))
        {
            throw new RefusedChangeException("invalid_label", "A label has at most 128 characters, without line ends.");
        }
    }

    private static void CheckWeight(int weight)
    {
        if (weight is < 1 or > ProviderCredential.LargestWeight)
        {
            throw new RefusedChangeException("invalid_weight", $"A weight is 1 to {ProviderCredential.LargestWeight}.");
        }
    }

    private static void CheckSecret(CredentialKind kind, string secret)
    {
        if (ProviderCredential.ProblemOf(kind, secret) is { } problem)
        {
            throw new RefusedChangeException("invalid_secret", problem);
        }
    }
}
