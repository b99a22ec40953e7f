using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Purser.Gateway.Alerts;

/// <summary>What an alert is about.</summary>
public enum AlertKind
{
    /// <summary>A budget's spent and pending amount reached one of its thresholds.</summary>
    Threshold,

    /// <summary>At the present pace a budget is exhausted before its window ends.</summary>
    Forecast,

    /// <summary>A budget refused a request.</summary>
    Exhausted,

    /// <summary>A provider billed more than a request was allowed.</summary>
    Overage,

    /// <summary>Someone asks for more.</summary>
    Asked,

    /// <summary>A request named a model without a price, or an answer can't be priced.</summary>
    Unpriced,

    /// <summary>The usage that an answer states contradicts itself.</summary>
    UsageViolation,

    /// <summary>A provider refused one of the gateway's credentials.</summary>
    CredentialRefused,

    /// <summary>A batch can't be settled: what it may cost stays held.</summary>
    BatchUnsettled,

    /// <summary>A model's answers to requests of one kind were shown to be worse than they may be: they go to the reference again.</summary>
    SliceReverted,

    /// <summary>The ledger can't be written: nothing is admitted.</summary>
    LedgerFault,

    /// <summary>An administrator tries a webhook out.</summary>
    Test,
}

/// <summary>One thing that someone should know, raised once.</summary>
public sealed record Alert
{
    /// <summary>
    /// What makes it the same alert: the receiver's idempotency key. Make it with <see cref="IdOf"/>. Letters, digits, <c>_</c> and
    /// <c>-</c> alone: it's signed with a full stop behind it.
    /// </summary>
    public required string Id { get; init; }

    /// <summary>What it's about.</summary>
    public required AlertKind Kind { get; init; }

    /// <summary>When it happened.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>The budget's id; empty where no budget is concerned.</summary>
    public string BudgetId { get; init; } = "";

    /// <summary>The budget's name, as people gave it.</summary>
    public string BudgetName { get; init; } = "";

    /// <summary>What the budget covers: an account's path, a key, …</summary>
    public string Scope { get; init; } = "";

    /// <summary>The start of the budget's window; null without one.</summary>
    public DateTimeOffset? WindowStart { get; init; }

    /// <summary>The end of the budget's window; null where it has none.</summary>
    public DateTimeOffset? WindowEnd { get; init; }

    /// <summary>The threshold that was reached, in percent of the limit. 1 to 100; null for other kinds.</summary>
    public int? ThresholdPercent { get; init; }

    /// <summary>What the amounts count: <c>usd</c>, <c>tokens</c>, <c>requests</c>, …</summary>
    public string Unit { get; init; } = "";

    /// <summary>The limit, as a decimal string in <see cref="Unit"/>.</summary>
    public string Limit { get; init; } = "";

    /// <summary>What is posted, as a decimal string in <see cref="Unit"/>.</summary>
    public string Spent { get; init; } = "";

    /// <summary>What requests under way hold, as a decimal string in <see cref="Unit"/>.</summary>
    public string Pending { get; init; } = "";

    /// <summary>The alert in one sentence, for people.</summary>
    public required string Message { get; init; }

    /// <summary>What to do about it: a command; null where there is nothing to do.</summary>
    public string? Action { get; init; }

    /// <summary>
    /// The id of a crossing: the same crossing has the same one, whoever raises it and however often, before and after a restart.
    /// </summary>
    /// <param name="kind">What it's about.</param>
    /// <param name="budgetId">The budget; or what else is concerned (a model, the ledger).</param>
    /// <param name="instance">Which of the budget's balances, where it has several (one an end user, say); else empty.</param>
    /// <param name="windowStart">The start of the window; null for a life-time.</param>
    /// <param name="thresholdPercent">The threshold, for kinds that have one.</param>
    public static string IdOf(
        AlertKind kind,
        string budgetId,
        string instance = "",
        DateTimeOffset? windowStart = null,
        int? thresholdPercent = null
    )
    {
        // Each part with its length in front: no two different crossings give the same text.
        var text = new StringBuilder();
        foreach (var part in new[] { AlertTypes.NameOf(kind), budgetId, instance, Number(windowStart?.UtcTicks), Number(thresholdPercent) })
        {
            text.Append(CultureInfo.InvariantCulture, $"{part.Length}:{part}");
        }

        var hash = SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString()));
        return $"alert_{Base64Url.EncodeToString(hash.AsSpan(0, 18))}";
    }

    private static string Number(long? value) => value?.ToString(CultureInfo.InvariantCulture) ?? "";
}
