using System.Text.Json;
using Purser.Core.Ledger;
using Purser.Core.Pricing;
using Purser.Core.Usage;
using Purser.Gateway.Batches;
using Purser.Providers;

namespace Purser.Gateway.Pipeline;

/// <summary>What an attempt used, and what else its price depends on, as its entry of the journal has it.</summary>
/// <param name="Provider">Where it went.</param>
/// <param name="Usage">By class.</param>
/// <param name="Terms">The terms, without a time.</param>
/// <param name="Entry">The price of the model that answered, where it wasn't the route's.</param>
/// <param name="Others">What was billed on other models; null where that isn't recorded by class.</param>
internal readonly record struct RecordedUsage(
    string Provider,
    TokenUsage Usage,
    PricingTerms Terms,
    string? Entry,
    IReadOnlyList<OtherModelUsage>? Others
)
{
    /// <summary>Of a batch: whether its cost is that of the sum of what its requests used; null where it's no batch's.</summary>
    public bool? IsBatchSum { get; init; }

    private const string OthersMember = "other_models";
    private const string UsageMember = "usage";

    /// <summary>Reads an entry that posted an attempt.</summary>
    /// <exception cref="InvalidDataException">Its usage event isn't as the gateway writes it.</exception>
    public static RecordedUsage Read(JournalEntry posted, string provider)
    {
        var used = posted.Event!;
        if (used.Detail is null)
        {
            return new RecordedUsage(provider, used.Usage, default, null, []);
        }

        try
        {
            using var document = JsonDocument.Parse(used.Detail);
            var detail = document.RootElement;
            return new RecordedUsage(
                provider,
                used.Usage,
                new PricingTerms(
                    Text(detail, "service_tier"),
                    Text(detail, "inference_geo"),
                    Text(detail, "speed"),
                    Variant: Text(detail, "variant")
                ),
                Text(detail, "price_entry"),
                detail.TryGetProperty(OthersMember, out var others) ? ReadOthers(others) : []
            )
            {
                IsBatchSum = detail.TryGetProperty(BatchDetail.Member, out var batch)
                    ? batch.GetProperty(BatchDetail.SumMember).GetBoolean()
                    : null,
            };
        }
        catch (Exception exception)
            when (exception is JsonException or KeyNotFoundException or InvalidOperationException or FormatException or ArgumentException)
        {
            throw new InvalidDataException(
                $"The detail of entry {posted.Seq} of the journal can't be read: {exception.Message}",
                exception
            );
        }
    }

    /// <summary>Writes what was billed on other models as a member of an event's detail.</summary>
    public static void WriteOthers(Utf8JsonWriter json, IReadOnlyList<OtherModelUsage> others)
    {
        if (others.Count == 0)
        {
            return;
        }

        json.WriteStartArray(OthersMember);
        foreach (var (model, usage) in others)
        {
            json.WriteStartObject();
            json.WriteString("model", model);
            json.WriteNumber("input_tokens", usage.InputTokens);
            json.WriteNumber("output_tokens", usage.OutputTokens);
            json.WriteStartObject(UsageMember);
            foreach (var usageClass in Enum.GetValues<UsageClass>())
            {
                if (usage[usageClass] is not 0 and var quantity)
                {
                    json.WriteNumber(UsageClassNames.Of(usageClass), quantity);
                }
            }

            json.WriteEndObject();
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static List<OtherModelUsage>? ReadOthers(JsonElement others)
    {
        var read = new List<OtherModelUsage>();
        foreach (var other in others.EnumerateArray())
        {
            if (!other.TryGetProperty(UsageMember, out var classes))
            {
                return null;
            }

            var usage = default(TokenUsage);
            foreach (var quantity in classes.EnumerateObject())
            {
                var usageClass =
                    UsageClassNames.Find(quantity.Name) ?? throw new KeyNotFoundException($"'{quantity.Name}' is no class of usage");
                usage[usageClass] = quantity.Value.GetInt64();
            }

            read.Add(new OtherModelUsage(other.GetProperty("model").GetString()!, usage));
        }

        return read;
    }

    private static string? Text(JsonElement detail, string name) => detail.TryGetProperty(name, out var value) ? value.GetString() : null;
}
