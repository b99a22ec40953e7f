using System.Collections.Frozen;
using Purser.Core.Budgets;
using Purser.Core.Ledger;

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
}

/// <summary>Accounts, keys and budgets at one moment. Requests read it without a lock; a change swaps it whole.</summary>
public sealed class ControlSnapshot(AccountTree accounts, IEnumerable<VirtualKey> keys, IReadOnlyList<Budget> budgets, AdminKey? adminKey)
{
    private readonly FrozenDictionary<string, VirtualKey> keysById = keys.ToFrozenDictionary(key => key.Id, StringComparer.Ordinal);

    /// <summary>The accounts.</summary>
    public AccountTree Accounts => accounts;

    /// <summary>Every key.</summary>
    public IReadOnlyList<VirtualKey> Keys => keysById.Values;

    /// <summary>Every budget.</summary>
    public IReadOnlyList<Budget> Budgets => budgets;

    /// <summary>The administrator's key.</summary>
    public AdminKey? AdminKey => adminKey;

    /// <summary>The key with this id, or null.</summary>
    public VirtualKey? FindKey(string id) => keysById.GetValueOrDefault(id);
}

/// <summary>The key of the admin API.</summary>
/// <param name="Id">The public half.</param>
/// <param name="SecretHash">SHA-256 of the secret half.</param>
public sealed record AdminKey(string Id, byte[] SecretHash);
