namespace Purser.Cli.Api;

/// <summary>An alert, and what became of it.</summary>
internal sealed record AlertView(
    string Id,
    string Type,
    string At,
    string? BudgetId,
    string? BudgetName,
    string? Scope,
    string? WindowStart,
    string? WindowEnd,
    int? ThresholdPercent,
    string? Unit,
    string? Limit,
    string? Spent,
    string? Pending,
    string Message,
    string? Action,
    IReadOnlyList<AlertDeliveryView> Deliveries
);

/// <summary>What became of an alert at one webhook.</summary>
internal sealed record AlertDeliveryView(string Webhook, string State, int Attempts, string? NextAt, int? Status, string? Error);

/// <summary>What a webhook answered to a test.</summary>
internal sealed record AlertTestView(string Webhook, string Origin, bool Delivered, int? Status, string? Error, long DurationMs);
