using Purser.Core.Budgets;
using Purser.Core.Routing;
using Purser.Providers;

namespace Purser.Gateway.Pipeline;

/// <summary>Why Purser itself doesn't serve a request. Every refusal has a code, says why, and what to do.</summary>
/// <param name="Status">The HTTP status: 402 for money, 429 for rates, 401, 400, 404, 409, 413, 422, 502, 503, 504.</param>
/// <param name="Code">A stable name.</param>
/// <param name="Message">For people.</param>
public sealed record Refusal(int Status, string Code, string Message)
{
    /// <summary>The code where a model, or this use of it, has no price.</summary>
    public const string NotPriced = "model_not_priced";

    /// <summary>The code where no provider has the model.</summary>
    public const string NotFound = "model_not_found";

    /// <summary>The code where a provider has no credential that can be used.</summary>
    public const string WithoutCredential = "no_provider_credential";

    /// <summary>The rule of the translation that refuses it, where one does: the code that its client is told.</summary>
    public string? Rule { get; init; }

    /// <summary>Where the request's id goes, which who refuses doesn't know.</summary>
    public const string RequestIdPlace = "REQUEST_ID";

    /// <summary>More members for machines, in the client's error format.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Members { get; init; } = [];

    /// <summary>The same with the request's id where it goes.</summary>
    public Refusal Of(string requestId) =>
        this with
        {
            Message = Message.Replace(RequestIdPlace, requestId, StringComparison.Ordinal),
            Members =
            [
                .. Members.Select(member =>
                    KeyValuePair.Create(member.Key, member.Value.Replace(RequestIdPlace, requestId, StringComparison.Ordinal))
                ),
            ],
        };

    /// <summary>The budget that has no room, where one is why; never shown to the caller as it is.</summary>
    public BalanceSnapshot? StoppedBy { get; init; }

    /// <summary>What the request needed of that budget, in its unit.</summary>
    public long Needed { get; init; }

    /// <summary>A cheaper candidate that budget has room for, or null.</summary>
    public Candidate? Cheaper { get; init; }

    /// <summary>When trying again can help, if it can.</summary>
    public DateTimeOffset? ResetsAt { get; init; }

    /// <summary>Whether a client's own retry can help.</summary>
    public bool RetryHelps { get; init; }

    /// <summary>One and the same for unknown, wrong, disabled, expired and malformed keys.</summary>
    public static Refusal InvalidKey { get; } =
        new(401, "invalid_api_key", "The Purser key is missing or isn't valid. Send a key made with 'purser keys create'.");

    /// <summary>The key's account hangs below no other, so nobody pays for it.</summary>
    public static Refusal NoMembership { get; } =
        new(
            403,
            "no_membership",
            "The account of this key has no membership in force, so nothing can be spent with it. "
                + "Ask the operator to give it one: purser accounts move ACCOUNT --to PARENT."
        );

    /// <summary>The ledger takes nothing.</summary>
    public static Refusal LedgerDown { get; } =
        new(503, "ledger_unavailable", "The ledger can't be written, so nothing is sent that couldn't be accounted for. Ask the operator.")
        {
            RetryHelps = true,
        };

    /// <summary>The caller's own subscription may not be used, and is no reason to spend the organization's money unasked.</summary>
    public static Refusal SubscriptionNotAllowed { get; } =
        new(
            403,
            "subscription_not_allowed",
            "The account of this key doesn't allow a subscription of your own. Sign out of it in your client, so that the gateway's credential is used; "
                + "or ask the operator to allow it: purser accounts set ACCOUNT --subscription-passthrough allow."
        );

    /// <summary>Nothing can be sent to a provider.</summary>
    public static Refusal NoCredential(string provider) =>
        new(
            503,
            WithoutCredential,
            $"The gateway has no credential for the provider '{provider}' that can be used. Ask the operator to add or enable one: purser credentials add {provider}"
        );

    /// <summary>A malformed request.</summary>
    public static Refusal BadRequest(string code, string message) => new(400, code, message);

    /// <summary>A request that can't be carried to a provider.</summary>
    public static Refusal NotCarried(RequestFault fault) => new(400, fault.Code, fault.Message) { Rule = fault.Rule };

    /// <summary>The body is larger than the gateway takes.</summary>
    public static Refusal TooLarge(long limit) =>
        new(413, "request_too_large", $"The request body is larger than {limit} bytes, the most that this gateway takes (max_body_mb).");

    /// <summary>The body is too large for memory, and the disk has no room for it.</summary>
    public static readonly Refusal NoRoom = new(
        503,
        "no_room_for_body",
        "The gateway's disk has no room for a request body of this size; nothing was sent. Ask the operator to free some in its data folder."
    )
    {
        RetryHelps = true,
    };

    /// <summary>A request that can't be routed.</summary>
    public static Refusal From(RouteDecision route) =>
        route.Refusal switch
        {
            RouteRefusal.UnknownModel => new Refusal(404, NotFound, route.Reason),
            RouteRefusal.OtherFormat => new Refusal(400, "model_in_other_format", route.Reason),
            RouteRefusal.Unpriced => new Refusal(402, NotPriced, route.Reason),
            RouteRefusal.NoneAble => new Refusal(400, "no_model_able", route.Reason),
            _ => new Refusal(400, "cost_not_bounded", route.Reason),
        };
}
