using System.Collections.Frozen;
using Purser.Core.Budgets;
using Purser.Core.Ledger;
using Purser.Gateway.Credentials;
using Purser.Gateway.Evaluations;
using Purser.Gateway.Routing;

namespace Purser.Gateway.Storage;

/// <summary>A virtual key. The secret itself is shown once, when it's made, and kept nowhere.</summary>
/// <param name="Id">The public half, before the dot.</param>
/// <param name="Name">What people call it.</param>
/// <param name="SecretHash">SHA-256 of the secret half, 32 bytes.</param>
/// <param name="CreatedAt">When it was made.</param>
/// <param name="ExpiresAt">When it ends, if it does.</param>
/// <param name="Disabled">Whether it was switched off.</param>
/// <param name="Subject">Whom a plain request with it is for.</param>
public sealed record VirtualKey(
    string Id,
    string Name,
    byte[] SecretHash,
    DateTimeOffset CreatedAt,
    DateTimeOffset? ExpiresAt,
    bool Disabled,
    Subject Subject
)
{
    /// <summary>The account that it belongs to.</summary>
    public string AccountId => Subject.Accounts[0].Id;

    internal RecentSubjects Recent { get; } = new();
}

/// <summary>
/// Accounts, keys and budgets at one moment, and for as long as no planned membership begins. Requests read it without a lock; a change
/// swaps it whole.
/// </summary>
public sealed class ControlSnapshot
{
    private readonly FrozenDictionary<string, VirtualKey> keysById;
    private readonly Lazy<ControlSnapshot?> next;

    /// <summary>Takes what there is, as of an instant.</summary>
    /// <param name="history">The accounts with their memberships.</param>
    /// <param name="from">The instant.</param>
    /// <param name="keys">Every key, whatever the accounts above its own.</param>
    /// <param name="budgets">Every budget.</param>
    /// <param name="adminKey">The administrator's key.</param>
    /// <param name="credentials">The providers' credentials.</param>
    /// <param name="subscriptions">What accounts say of callers' own subscriptions.</param>
    /// <param name="routing">What accounts say of routing.</param>
    /// <param name="slices">How far models are let into requests.</param>
    public ControlSnapshot(
        AccountHistory history,
        DateTimeOffset from,
        IEnumerable<VirtualKey> keys,
        IReadOnlyList<Budget> budgets,
        AdminKey? adminKey,
        StoredCredentials credentials,
        SubscriptionSettings subscriptions,
        RoutingModes routing,
        SliceStates slices
    )
    {
        History = history;
        From = from;
        Until = history.NextChange(from);
        Accounts = history.At(from);
        keysById = keys.Select(Placed).ToFrozenDictionary(key => key.Id, StringComparer.Ordinal);
        Budgets = budgets;
        AdminKey = adminKey;
        Credentials = credentials;
        Subscriptions = subscriptions;
        Routing = routing;
        Slices = slices;
        next = new Lazy<ControlSnapshot?>(() =>
            Until < DateTimeOffset.MaxValue
                ? new ControlSnapshot(History, Until, keysById.Values, Budgets, AdminKey, Credentials, Subscriptions, Routing, Slices)
                : null
        );
    }

    /// <summary>The accounts with their memberships, past and planned.</summary>
    public AccountHistory History { get; }

    /// <summary>The instant that it's of.</summary>
    public DateTimeOffset From { get; }

    /// <summary>The instant that it doesn't hold any more, because a planned membership begins; or <see cref="DateTimeOffset.MaxValue"/>.</summary>
    public DateTimeOffset Until { get; }

    /// <summary>What follows it by itself, or null.</summary>
    public ControlSnapshot? Next => next.Value;

    /// <summary>The accounts.</summary>
    public AccountTree Accounts { get; }

    /// <summary>Every key.</summary>
    public IReadOnlyList<VirtualKey> Keys => keysById.Values;

    /// <summary>Every budget.</summary>
    public IReadOnlyList<Budget> Budgets { get; }

    /// <summary>The administrator's key.</summary>
    public AdminKey? AdminKey { get; }

    /// <summary>The providers' credentials.</summary>
    public StoredCredentials Credentials { get; }

    /// <summary>What accounts say of callers' own subscriptions.</summary>
    public SubscriptionSettings Subscriptions { get; }

    /// <summary>What accounts say of routing.</summary>
    public RoutingModes Routing { get; }

    /// <summary>How far models are let into requests.</summary>
    public SliceStates Slices { get; }

    /// <summary>The key with this id, or null.</summary>
    public VirtualKey? FindKey(string id) => keysById.GetValueOrDefault(id);

    /// <summary>What it has become by an instant; itself for an instant before <see cref="From"/>.</summary>
    public ControlSnapshot At(DateTimeOffset instant)
    {
        var snapshot = this;
        while (instant >= snapshot.Until)
        {
            snapshot = snapshot.Next!;
        }

        return snapshot;
    }

    /// <summary>This, and all that follows it by itself.</summary>
    public IEnumerable<ControlSnapshot> Moments()
    {
        for (var moment = this; moment is not null; moment = moment.Next)
        {
            yield return moment;
        }
    }

    /// <summary>
    /// A subject under the accounts that are in force: its request may have been read before they were. Null where its key's account has no
    /// membership.
    /// </summary>
    public Subject? Present(Subject subject) =>
        FindKey(subject.KeyId)?.Subject is not { } own ? subject
        : own.IsPlaced ? subject.Under(own.Accounts)
        : null;

    private VirtualKey Placed(VirtualKey key)
    {
        IReadOnlyList<Account> accounts = [.. Accounts.WithAncestors(key.AccountId)];
        // Whose accounts are the same keeps its subject, with what is looked up by it.
        return accounts.SequenceEqual(key.Subject.Accounts)
            ? key
            : key with
            {
                Subject = new Subject { KeyId = key.Id, Accounts = accounts },
            };
    }
}

/// <summary>The key of the admin API.</summary>
/// <param name="Id">The public half.</param>
/// <param name="SecretHash">SHA-256 of the secret half.</param>
public sealed record AdminKey(string Id, byte[] SecretHash);
