namespace Purser.Providers;

/// <summary>
/// An error to write in a client's own format. <see cref="Details"/> are members for machines, beside the message for
/// people: <c>budget</c>, <c>limit_usd</c>, <c>spent_usd</c>, <c>pending_usd</c>, <c>resets_at</c>, <c>how_to_ask</c>,
/// <c>cheaper_model</c> and the like.
/// </summary>
/// <param name="Status">The HTTP status, 400 to 599. In a stream it only chooses the error's type.</param>
/// <param name="Code">A stable name in lower case, such as <c>budget_exceeded</c>.</param>
/// <param name="Message">What happened and what to do, for a person.</param>
/// <param name="Param">The request's member that is at fault, if one is.</param>
/// <param name="RequestId">Purser's id of the request.</param>
/// <param name="Details">More members, in the order to write them; names that the format itself uses are left out.</param>
public readonly record struct WireError(
    int Status,
    string Code,
    string Message,
    string? Param = null,
    string? RequestId = null,
    IReadOnlyList<KeyValuePair<string, string>>? Details = null
);
