namespace Purser.Core.Ledger;

/// <summary>Where an account hangs from an instant on, until its next membership.</summary>
/// <param name="AccountId">The account.</param>
/// <param name="ParentId">The account above it; null where it is below none: nothing can be spent for it then.</param>
/// <param name="From">From when on, this instant included.</param>
public sealed record Membership(string AccountId, string? ParentId, DateTimeOffset From);
