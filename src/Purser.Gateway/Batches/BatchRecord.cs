using System.Text.Json;
using System.Text.Json.Serialization;
using Purser.Core.Ledger;
using Purser.Core.Pricing;
using Purser.Gateway.Objects;

namespace Purser.Gateway.Batches;

/// <summary>The requests of a batch for one model: one attempt in the ledger.</summary>
/// <param name="Attempt">The attempt's number, from 1.</param>
/// <param name="Model">The model, by the provider's name.</param>
/// <param name="Lines">How many requests.</param>
/// <param name="MostNanos">The most that one of them can cost, nano-dollars.</param>
/// <param name="MostInput">The most input tokens of one of them.</param>
/// <param name="MostOutput">The most output tokens of one of them.</param>
internal sealed record BatchPart(byte Attempt, string Model, long Lines, long MostNanos, long MostInput, long MostOutput)
{
    /// <summary>The most that one of them can cost.</summary>
    [JsonIgnore]
    public Money Most => new(MostNanos);
}

/// <summary>What the gateway keeps of a batch, beside who owns it: where its money is, and how far it is.</summary>
/// <param name="Request">The request that made it, by its public name: its attempts hold the money.</param>
/// <param name="Format">The wire format of its requests.</param>
/// <param name="Parts">Its requests by model.</param>
internal sealed record BatchRecord(string Request, string Format, IReadOnlyList<BatchPart> Parts)
{
    /// <summary>What it cost, once it's settled.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? CostUsd { get; init; }

    /// <summary>The member that <see cref="Request"/> is in the payload.</summary>
    public const string RequestMember = "request";

    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    /// <summary>The request's id.</summary>
    [JsonIgnore]
    public Guid RequestId => AttemptId.TryParseRequest(Request, out var id) ? id : throw new FormatException("The batch names no request.");

    /// <summary>How many requests it has.</summary>
    [JsonIgnore]
    public long Lines => Parts.Sum(part => part.Lines);

    /// <summary>Reads what is kept of a batch.</summary>
    /// <exception cref="FormatException">It isn't what the gateway writes.</exception>
    public static BatchRecord Of(OwnedObject batch)
    {
        try
        {
            return JsonSerializer.Deserialize<BatchRecord>(batch.Payload ?? "null", Json)
                ?? throw new FormatException($"Nothing is kept of the batch {batch.Id}.");
        }
        catch (JsonException exception)
        {
            throw new FormatException($"What is kept of the batch {batch.Id} can't be read: {exception.Message}", exception);
        }
    }

    /// <summary>As it's kept.</summary>
    public string ToPayload() => JsonSerializer.Serialize(this, Json);
}
