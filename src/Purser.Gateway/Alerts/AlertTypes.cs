namespace Purser.Gateway.Alerts;

/// <summary>The names that kinds of alerts have outside. Receivers filter by them: they don't change.</summary>
public static class AlertTypes
{
    private static readonly (AlertKind Kind, string Name)[] Names =
    [
        (AlertKind.Threshold, "purser.budget.threshold"),
        (AlertKind.Forecast, "purser.budget.forecast"),
        (AlertKind.Exhausted, "purser.budget.exhausted"),
        (AlertKind.Overage, "purser.budget.overage"),
        (AlertKind.Asked, "purser.budget.asked"),
        (AlertKind.Unpriced, "purser.model.unpriced"),
        (AlertKind.UsageViolation, "purser.usage.violation"),
        (AlertKind.CredentialRefused, "purser.credential.refused"),
        (AlertKind.BatchUnsettled, "purser.batch.unsettled"),
        (AlertKind.SliceReverted, "purser.routing.reverted"),
        (AlertKind.LedgerFault, "purser.ledger.fault"),
        (AlertKind.Test, "purser.alert.test"),
    ];

    /// <summary>Those that a webhook can choose: all but the test, which is sent to whoever it's meant for.</summary>
    public static IReadOnlyList<string> Selectable { get; } =
    [.. Names.Where(pair => pair.Kind != AlertKind.Test).Select(pair => pair.Name)];

    /// <summary>A kind's name.</summary>
    public static string NameOf(AlertKind kind) => Names.First(pair => pair.Kind == kind).Name;
}
