namespace Purser.Cli.Api;

/// <summary>What a budget covers.</summary>
internal sealed record ScopeView(string Kind, string Id, string? Path);

/// <summary>A budget and how much of it is used in the present window; one for each instance, where it is for each of a kind.</summary>
internal sealed record BudgetView(
    string Id,
    string? Name,
    ScopeView Scope,
    string Unit,
    string Window,
    string? TimeZone,
    string Limit,
    string? Allowed,
    bool Hard,
    string? OnExhausted,
    IReadOnlyList<int>? Thresholds,
    int? Forecast,
    string? Posted,
    string? Pending,
    string? Remaining,
    string? WindowStart,
    string? ResetsAt
);

/// <summary>An addition to a budget's limit, or, where it is negative, what was given away.</summary>
internal sealed record GrantView(
    string Id,
    string BudgetId,
    string? Instance,
    string Amount,
    string? From,
    string? Until,
    string? Cause,
    string? By,
    string? Reason
);

/// <summary>The worst case that all limits allow. <paramref name="TotalUsd"/> is null where there is no bound.</summary>
internal sealed record ExposureView(int Days, string? TotalUsd, IReadOnlyList<AccountExposureView> Accounts);

/// <summary>
/// The worst case of one account. <paramref name="CapUsd"/> is null where it has no limit of its own, <paramref name="ExposureUsd"/> where
/// there is no bound; it is covered by a hard dollar limit at or above it.
/// </summary>
internal sealed record AccountExposureView(string? Account, string? Kind, long? Keys, string? CapUsd, string? ExposureUsd, bool Covered);

/// <summary>An attempt whose cost isn't known for certain.</summary>
internal sealed record UnconfirmedView(
    string RequestId,
    int Attempt,
    string? AdmittedAt,
    string? Key,
    string? Account,
    string? Provider,
    string? Model,
    string PostedUsd
);

/// <summary>An attempt whose cost was confirmed.</summary>
internal sealed record ConfirmedView(string RequestId, int Attempt, string PostedUsd, string ConfirmedUsd, string? DifferenceUsd);

/// <summary>A request for more of a budget.</summary>
internal sealed record AskView(
    string Id,
    string State,
    string? BudgetId,
    string? Budget,
    string? Unit,
    string? Amount,
    string? Reason,
    string? Key,
    string? Account,
    string? RequestId,
    string? At,
    string? DecidedBy,
    bool WaitedAlready = false
);
