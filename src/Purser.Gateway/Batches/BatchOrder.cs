using System.Text.Json;
using Purser.Gateway.Pipeline;

namespace Purser.Gateway.Batches;

/// <summary>What a client of OpenAI's API says of the batch that it wants.</summary>
/// <param name="InputFile">The id of the file that its requests are in.</param>
/// <param name="Endpoint">The path that each of them is for.</param>
/// <param name="Metadata">What the client calls it by; they become tags.</param>
internal sealed record BatchOrder(string InputFile, string Endpoint, IReadOnlyDictionary<string, string> Metadata)
{
    private const string Window = "24h";

    /// <summary>Reads the body, or says what is wrong with it.</summary>
    public static (BatchOrder? Order, Refusal? Refusal) Read(ReadOnlyMemory<byte> body)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            var asked = document.RootElement;
            if (asked.ValueKind != JsonValueKind.Object)
            {
                return (null, Bad("The body is no JSON object."));
            }

            if (asked.EnumerateObject().CountBy(member => member.Name).Any(member => member.Value > 1))
            {
                return (null, Bad("A member of the body is there twice."));
            }

            if (Text(asked, "input_file_id") is not { } file || Text(asked, "endpoint") is not { } endpoint)
            {
                return (null, Bad("A batch needs 'input_file_id', 'endpoint' and 'completion_window'."));
            }

            return Text(asked, "completion_window") == Window
                ? (new BatchOrder(file, endpoint, MetadataOf(asked)), null)
                : (null, Bad($"'completion_window' must be \"{Window}\": for no other is there a price."));
        }
        catch (JsonException)
        {
            return (null, Bad("The body is no JSON."));
        }
    }

    private static Dictionary<string, string> MetadataOf(JsonElement asked) =>
        asked.TryGetProperty("metadata", out var metadata) && metadata.ValueKind == JsonValueKind.Object
            ? metadata
                .EnumerateObject()
                .Where(member => member.Value.ValueKind == JsonValueKind.String)
                .DistinctBy(member => member.Name)
                .ToDictionary(member => member.Name, member => member.Value.GetString()!)
            : [];

    private static string? Text(JsonElement asked, string name) =>
        asked.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static Refusal Bad(string message) => Refusal.BadRequest("invalid_batch", message);
}
