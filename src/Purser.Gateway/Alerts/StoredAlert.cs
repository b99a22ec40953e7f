namespace Purser.Gateway.Alerts;

/// <summary>How far a delivery is.</summary>
internal enum DeliveryState
{
    /// <summary>Not delivered yet; tried at its next time.</summary>
    Waiting = 0,

    /// <summary>The receiver answered with success.</summary>
    Delivered = 1,

    /// <summary>Given up.</summary>
    Failed = 2,

    /// <summary>Not sent, because the receiver had answered 410 before.</summary>
    Disabled = 3,
}

/// <summary>What became of one alert at one webhook.</summary>
/// <param name="Webhook">The webhook's name.</param>
/// <param name="State">How far it is.</param>
/// <param name="Attempts">How often it was tried.</param>
/// <param name="NextAt">When it's tried next; null where it isn't.</param>
/// <param name="LastAt">When it was tried last; null for never.</param>
/// <param name="Status">The last answer's status; null where there was none.</param>
/// <param name="Error">Why the last attempt failed; null where it didn't.</param>
internal sealed record Delivery(
    string Webhook,
    DeliveryState State,
    int Attempts,
    DateTimeOffset? NextAt,
    DateTimeOffset? LastAt,
    int? Status,
    string? Error
);

/// <summary>An alert in the outbox.</summary>
/// <param name="Seq">Its number: later alerts have higher ones.</param>
/// <param name="Type">Its type's name.</param>
/// <param name="Payload">Its JSON, as it is sent.</param>
/// <param name="Deliveries">What became of it.</param>
internal sealed record StoredAlert(long Seq, string Type, string Payload, IReadOnlyList<Delivery> Deliveries);

/// <summary>A delivery that is due.</summary>
/// <param name="Seq">The alert's number.</param>
/// <param name="Id">The alert's id.</param>
/// <param name="Payload">What to send.</param>
/// <param name="Attempts">How often it was tried before.</param>
/// <param name="FirstAt">When it was tried first; null for never.</param>
internal sealed record DueDelivery(long Seq, string Id, string Payload, int Attempts, DateTimeOffset? FirstAt);
