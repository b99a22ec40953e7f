namespace Purser.Core.Ledger;

/// <summary>What an account is in the organization.</summary>
public enum AccountKind
{
    /// <summary>The root. There is exactly one.</summary>
    Organization,

    /// <summary>A department, often a cost centre.</summary>
    Department,

    /// <summary>A team.</summary>
    Team,

    /// <summary>A project or an application.</summary>
    Project,

    /// <summary>A person or a service.</summary>
    Member,
}

/// <summary>One account of the tree that spend is attributed to, at an instant.</summary>
/// <param name="Id">A stable id, <c>acct_…</c>.</param>
/// <param name="ParentId">The account above it; null for the organization, and where it has no membership.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Name">What people call it; unique among its siblings.</param>
/// <param name="CreatedAt">When it was made.</param>
public sealed record Account(string Id, string? ParentId, AccountKind Kind, string Name, DateTimeOffset CreatedAt);
