using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.Data.Sqlite;
using Purser.Gateway.Credentials;
using Purser.Gateway.Routing;

namespace Purser.Gateway.Storage;

/// <summary>The providers' credentials that the journal's changes make, the check value of their master key, and what accounts say of callers' own and of routing.</summary>
internal sealed class AuditedCredentials
{
    private readonly Dictionary<string, Audited> credentials = new(StringComparer.Ordinal);
    private readonly Dictionary<string, bool> subscriptions = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> routing = new(StringComparer.Ordinal);
    private string? check;

    /// <summary>Takes a change of the control plane.</summary>
    public void Take(JsonElement note)
    {
        if (note.TryGetProperty("master_key", out _))
        {
            check = note.GetProperty("check").GetString();
        }
        else if (note.TryGetProperty("subscription_passthrough", out var setting))
        {
            var account = note.GetProperty("id").GetString()!;
            subscriptions.Remove(account);
            if (setting.GetString() is not "inherit" and var said)
            {
                subscriptions[account] = said == "allow";
            }
        }
        else if (note.TryGetProperty("routing", out var mode))
        {
            routing[note.GetProperty("id").GetString()!] = mode.GetString()!;
        }
        else if (note.TryGetProperty("credential", out var action))
        {
            var id = note.GetProperty("id").GetString()!;
            if (action.GetString() == "remove")
            {
                credentials.Remove(id);
            }
            else
            {
                credentials[id] = new Audited(
                    note.GetProperty("provider").GetString()!,
                    note.GetProperty("label").GetString()!,
                    note.GetProperty("kind").GetString()!,
                    note.GetProperty("weight").GetInt32(),
                    note.GetProperty("disabled").GetBoolean(),
                    note.GetProperty("last_four").GetString(),
                    note.GetProperty("sealed").GetString()!
                );
            }
        }
    }

    /// <summary>Rows that aren't what the journal says.</summary>
    public IEnumerable<string> Compare(SqliteConnection connection)
    {
        var stored = ControlTables.Credentials(connection);
        var rows = stored.All.ToDictionary(
            credential => credential.Id,
            credential => new Audited(
                credential.Provider,
                credential.Label,
                ProviderCredential.NameOf(credential.Kind),
                credential.Weight,
                credential.Disabled,
                credential.LastFour,
                AuditedAccess.HashOf(credential.Sealed)
            ),
            StringComparer.Ordinal
        );
        foreach (var id in rows.Keys.Union(credentials.Keys).Order(StringComparer.Ordinal))
        {
            if (rows.GetValueOrDefault(id) != credentials.GetValueOrDefault(id))
            {
                yield return $"credential {id}: its row isn't what the journal recorded";
            }
        }

        var settings = ControlTables.Subscriptions(connection);
        foreach (var account in settings.Accounts.Union(subscriptions.Keys).Order(StringComparer.Ordinal))
        {
            if (settings.Of(account) != (subscriptions.TryGetValue(account, out var allowed) ? allowed : null))
            {
                yield return $"account {account}: what it says of subscriptions isn't what the journal recorded";
            }
        }

        var modes = ControlTables.Routing(connection);
        foreach (var account in modes.Accounts.Union(routing.Keys).Order(StringComparer.Ordinal))
        {
            if (RoutingModes.NameOf(modes.Of(account)) != routing.GetValueOrDefault(account, RoutingModes.Inherit))
            {
                yield return $"account {account}: what it says of routing isn't what the journal recorded";
            }
        }

        var setting = stored.MasterKey is { } text ? Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text))) : null;
        if (setting != check)
        {
            yield return "the check value of the master key isn't the one that the journal recorded";
        }
    }

    private sealed record Audited(string Provider, string Label, string Kind, int Weight, bool Disabled, string? LastFour, string Sealed);
}
