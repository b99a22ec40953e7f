using System.Text.Json;

namespace Purser.Providers.OpenAI;

/// <summary>
/// What a provider itself says that a request cost, in its usage object. OpenRouter: <c>"cost":0.0012</c>, and where the caller's own key was used
/// (<c>"is_byok":true</c>) that is its fee alone, and <c>"cost_details":{"upstream_inference_cost":0.02}</c> comes on top. Perplexity:
/// <c>"cost":{"total_cost":0.006}</c>.
/// </summary>
internal struct StatedCost
{
    private decimal? upstream;
    private bool isByok;

    /// <summary>What the provider charges.</summary>
    public decimal? Usd { get; private set; }

    /// <summary>What is billed beside it on the caller's own key.</summary>
    public readonly decimal? UpstreamUsd => isByok ? upstream : null;

    /// <summary>Reads the value of the member that the reader is on, if it is part of a cost. False: it isn't, and nothing was read.</summary>
    public bool TryRead(ref Utf8JsonReader reader)
    {
        if (reader.ValueTextEquals("cost"u8))
        {
            reader.Read();
            Usd = reader.TokenType == JsonTokenType.StartObject ? Member(ref reader, "total_cost"u8) : JsonReading.Amount(ref reader);
        }
        else if (reader.ValueTextEquals("cost_details"u8))
        {
            reader.Read();
            upstream = Member(ref reader, "upstream_inference_cost"u8);
        }
        else if (reader.ValueTextEquals("is_byok"u8))
        {
            reader.Read();
            isByok = reader.TokenType == JsonTokenType.True;
            reader.Skip();
        }
        else
        {
            return false;
        }
        return true;
    }

    private static decimal? Member(ref Utf8JsonReader reader, ReadOnlySpan<byte> name)
    {
        decimal? amount = null;
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            reader.Skip();
            return null;
        }
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            var isIt = reader.ValueTextEquals(name);
            reader.Read();
            if (isIt)
            {
                amount = JsonReading.Amount(ref reader);
            }
            else
            {
                reader.Skip();
            }
        }
        return amount;
    }
}
