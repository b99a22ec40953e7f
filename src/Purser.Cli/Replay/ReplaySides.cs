using System.Globalization;
using System.Text.Json;
using Purser.Core.Pricing;
using Purser.Core.Usage;

namespace Purser.Cli.Replay;

/// <summary>What the simulator says it served and billed for one request.</summary>
/// <param name="Number">The row's number.</param>
/// <param name="Model">The model asked for.</param>
/// <param name="Usage">What it billed.</param>
internal sealed record ServedRequest(int Number, string Model, TokenUsage Usage);

/// <summary>What the ledger has for one attempt, or one refusal.</summary>
/// <param name="Number">The row's number.</param>
/// <param name="RequestId">The gateway's id, for <c>explain</c>.</param>
/// <param name="At">When the attempt began.</param>
/// <param name="Outcome">How it ended.</param>
/// <param name="Provider">Who served it.</param>
/// <param name="Model">The model that served it.</param>
/// <param name="Usage">What was used.</param>
/// <param name="Cost">What was posted.</param>
/// <param name="Uncertain">Whether it is estimated or unconfirmed.</param>
internal sealed record LedgerRequest(
    int Number,
    string RequestId,
    DateTimeOffset At,
    string Outcome,
    string Provider,
    string Model,
    TokenUsage Usage,
    Money Cost,
    bool Uncertain
)
{
    /// <summary>Whether the gateway refused it.</summary>
    public bool Refused => Outcome == "refused";

    /// <summary>Reads one line of the admin API's events; null where it is of another run.</summary>
    /// <exception cref="FormatException">It isn't an event.</exception>
    public static LedgerRequest? Read(JsonElement line, ReplayRequest requests)
    {
        if (requests.NumberOf(Text(line, "end_user")) is not { } number)
        {
            return null;
        }

        var usage = line.TryGetProperty("usage", out var used) && used.ValueKind == JsonValueKind.Object ? UsageNames.Read(used) : default;
        return new LedgerRequest(
            number,
            Text(line, "request_id") ?? "",
            DateTimeOffset.Parse(Text(line, "at") ?? throw new FormatException("an event has no time"), CultureInfo.InvariantCulture),
            Text(line, "outcome") ?? "",
            Text(line, "provider") ?? "",
            Text(line, "model_served") ?? Text(line, "model_requested") ?? "",
            usage,
            ReadCost(Text(line, "cost_usd")),
            Flag(line, "estimated") || Flag(line, "unconfirmed")
        );
    }

    private static Money ReadCost(string? text)
    {
        if (text is null)
        {
            return Money.Zero;
        }

        return
            decimal.TryParse(
                text,
                NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingSign,
                CultureInfo.InvariantCulture,
                out var usd
            )
            && usd == decimal.Round(usd, 9)
            ? Money.FromUsdRoundedUp(usd)
            : throw new FormatException($"an event's cost is '{text}'");
    }

    private static string? Text(JsonElement line, string name) =>
        line.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static bool Flag(JsonElement line, string name) =>
        line.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.True;
}
