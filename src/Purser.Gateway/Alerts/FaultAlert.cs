namespace Purser.Gateway.Alerts;

/// <summary>The alert that the ledger can't be written any more. Where alerts.db can't be either, it's in the log alone.</summary>
internal static class FaultAlert
{
    /// <summary>One for each time that it happens: a gateway has to be restarted in between.</summary>
    public static Alert Of(Exception cause, DateTimeOffset at) =>
        new()
        {
            Id = Alert.IdOf(AlertKind.LedgerFault, "ledger", windowStart: at),
            Kind = AlertKind.LedgerFault,
            At = at,
            Message = $"The ledger can't be written, so nothing is admitted until this is mended and Purser restarted: {cause.Message}",
            Action = "purser doctor",
        };
}
