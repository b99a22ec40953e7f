namespace Purser.Core.Ledger;

/// <summary>Which rule of the tree is broken.</summary>
public enum AccountRule
{
    /// <summary>The kind of an account can't be below that of its parent.</summary>
    Kind,

    /// <summary>An account is above itself.</summary>
    Cycle,

    /// <summary>Two accounts below one parent have the same name, whatever its case.</summary>
    Name,
}

/// <summary>What breaks the rules of the tree at an instant.</summary>
/// <param name="Rule">Which rule.</param>
/// <param name="Account">The account that breaks it.</param>
/// <param name="Above">Its parent.</param>
/// <param name="At">The instant.</param>
public sealed record AccountFault(AccountRule Rule, Account Account, Account Above, DateTimeOffset At);
