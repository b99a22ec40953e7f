using System.Text;
using System.Text.Json;
using Purser.Gateway.Storage;

namespace Purser.Gateway.Analytics;

/// <summary>What reports group by of an event's detail, in one pass over it.</summary>
internal readonly record struct DetailFacts
{
    public string? ServiceTier { get; private init; }

    public string? PriceEntry { get; private init; }

    public string? RefusalCode { get; private init; }

    public string? RouteMode { get; private init; }

    public string? RoutePolicy { get; private init; }

    /// <summary>What an attempt on the caller's own subscription would have cost, nano-dollars.</summary>
    public long ListCostNanos { get; private init; }

    /// <summary>Reads a detail. What isn't there, or isn't of its type, is null.</summary>
    public static DetailFacts Read(string? detail)
    {
        var facts = default(DetailFacts);
        if (string.IsNullOrEmpty(detail))
        {
            return facts;
        }

        var json = new Utf8JsonReader(Encoding.UTF8.GetBytes(detail), new JsonReaderOptions { MaxDepth = 256 });
        try
        {
            if (!json.Read() || json.TokenType != JsonTokenType.StartObject)
            {
                return facts;
            }

            while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
            {
                facts = facts.With(ref json);
            }
        }
        catch (JsonException)
        {
            // Altered from outside; `ledger verify` says so.
        }

        return facts;
    }

    /// <summary>With the member that is next.</summary>
    private DetailFacts With(ref Utf8JsonReader json)
    {
        if (json.ValueTextEquals("service_tier"))
        {
            return this with { ServiceTier = Text(ref json) };
        }

        if (json.ValueTextEquals("price_entry"))
        {
            return this with { PriceEntry = Text(ref json) };
        }

        if (json.ValueTextEquals(UsageNames.ListCost))
        {
            json.Read();
            return json.TokenType == JsonTokenType.Number && json.TryGetInt64(out var nanos) ? this with { ListCostNanos = nanos } : this;
        }

        if (json.ValueTextEquals("refusal"))
        {
            return this with { RefusalCode = Members(ref json, "code", "code").First };
        }

        if (json.ValueTextEquals("route"))
        {
            var (mode, policy) = Members(ref json, "mode", "policy");
            return this with { RouteMode = mode, RoutePolicy = policy };
        }

        json.Read();
        json.Skip();
        return this;
    }

    private static string? Text(ref Utf8JsonReader json)
    {
        json.Read();
        if (json.TokenType == JsonTokenType.String)
        {
            return json.GetString();
        }

        json.Skip();
        return null;
    }

    private static (string? First, string? Second) Members(ref Utf8JsonReader json, string first, string second)
    {
        (string? First, string? Second) found = default;
        json.Read();
        if (json.TokenType != JsonTokenType.StartObject)
        {
            json.Skip();
            return found;
        }

        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            if (json.ValueTextEquals(first))
            {
                found.First = Text(ref json);
            }
            else if (json.ValueTextEquals(second))
            {
                found.Second = Text(ref json);
            }
            else
            {
                json.Read();
                json.Skip();
            }
        }

        return found;
    }
}
