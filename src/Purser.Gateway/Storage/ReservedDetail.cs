using System.Text.Json;
using System.Text.Json.Nodes;
using Purser.Core.Budgets;
using Purser.Core.Pricing;

namespace Purser.Gateway.Storage;

/// <summary>What was reserved for an attempt, as its usage event keeps it: figures alone, since every attempt has it.</summary>
/// <param name="Ceiling">The most that the candidate could cost, nano-dollars.</param>
/// <param name="MaxInputTokens">The most input that it was reckoned with.</param>
/// <param name="MaxOutputTokens">The most output.</param>
/// <param name="HeldNanos">What was held in the end, nano-dollars.</param>
/// <param name="HeldTokens">The same, in tokens.</param>
/// <param name="HeldOutput">The output tokens of it.</param>
/// <param name="LoweredLimit">The request's output limit, where it was lowered to what was affordable.</param>
/// <param name="Balances">The budgets at the reservation.</param>
internal sealed record ReservedDetail(
    long Ceiling,
    long MaxInputTokens,
    long MaxOutputTokens,
    long HeldNanos,
    long HeldTokens,
    long HeldOutput,
    long? LoweredLimit,
    IReadOnlyList<BalanceSnapshot> Balances
)
{
    private const string Member = "reserved";

    /// <summary>Writes it as a member of an event's detail.</summary>
    public void WriteTo(Utf8JsonWriter json)
    {
        json.WriteStartArray(Member);
        foreach (var figure in (ReadOnlySpan<long>)[Ceiling, MaxInputTokens, MaxOutputTokens, HeldNanos, HeldTokens, HeldOutput])
        {
            json.WriteNumberValue(figure);
        }

        if (LoweredLimit is { } limit)
        {
            json.WriteNumberValue(limit);
        }
        else
        {
            json.WriteNullValue();
        }

        foreach (var balance in Balances)
        {
            json.WriteStartArray();
            json.WriteStringValue(balance.Budget.Id);
            json.WriteStringValue(BudgetNames.Of(balance.Budget.Unit));
            json.WriteNumberValue(balance.Limit);
            json.WriteNumberValue(balance.Posted);
            json.WriteNumberValue(balance.Pending);
            json.WriteEndArray();
        }

        json.WriteEndArray();
    }

    /// <summary>
    /// Takes it out of an event's detail, and puts in what people read: <c>decision</c>, <c>candidates</c> and <c>reservation</c>.
    /// </summary>
    /// <param name="detail">The detail.</param>
    /// <param name="provider">Where the attempt went.</param>
    /// <param name="model">The model that it asked for.</param>
    /// <param name="priceEntry">Its price.</param>
    /// <param name="nameOf">The present name of a budget, or null.</param>
    public static void Expand(JsonObject detail, string? provider, string? model, string? priceEntry, Func<string, string?> nameOf)
    {
        if (!detail.Remove(Member, out var kept) || kept is not JsonArray { Count: >= 7 } figures)
        {
            return;
        }

        // What is so of every attempt until there are policy documents and routes to choose from isn't kept with each.
        detail["decision"] = new JsonObject { ["action"] = "allow", ["policy_version"] = "none" };
        detail["candidates"] = new JsonArray(
            new JsonObject
            {
                ["provider"] = provider,
                ["model"] = model,
                ["price_entry"] = priceEntry,
                ["ceiling_usd"] = Usd(figures[0]),
                ["max_input_tokens"] = (long)figures[1]!,
                ["max_output_tokens"] = (long)figures[2]!,
                ["chosen"] = true,
                ["reason"] = "named by the client",
            }
        );
        var reservation = new JsonObject
        {
            ["usd"] = Usd(figures[3]),
            ["tokens"] = (long)figures[4]!,
            ["output_tokens"] = (long)figures[5]!,
        };
        if (figures[6] is { } lowered)
        {
            reservation["lowered_max_output_tokens"] = (long)lowered;
        }

        reservation["budgets"] = new JsonArray([.. figures.Skip(7).OfType<JsonArray>().Select(budget => Budget(budget, nameOf))]);
        detail["reservation"] = reservation;
    }

    private static JsonObject Budget(JsonArray budget, Func<string, string?> nameOf)
    {
        var id = (string)budget[0]!;
        var isUsd = (string?)budget[1] == BudgetNames.Of(BudgetUnit.Usd);
        string Figure(int place) => isUsd ? Usd(budget[place]) : budget[place]!.ToJsonString();
        return new JsonObject
        {
            ["id"] = id,
            ["name"] = nameOf(id),
            ["limit"] = Figure(2),
            ["posted"] = Figure(3),
            ["pending"] = Figure(4),
        };
    }

    private static string Usd(JsonNode? nanos) => new Money((long)nanos!).ToString();
}
