using System.Buffers;
using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Purser.Gateway.Pipeline;

namespace Purser.Gateway.Objects;

/// <summary>
/// The lists of an account's files, in OpenAI's form and in Anthropic's. They are made of what the providers said of each file when it was uploaded, for the
/// providers' own lists have everybody's.
/// </summary>
internal static class FileLists
{
    /// <summary>The part of the list that a query asks for, or what is wrong with it.</summary>
    public static (ObjectPage? Page, Refusal? Refusal) Page(IQueryCollection query, bool isAnthropic)
    {
        var (usual, most) = isAnthropic ? (20, 1000) : (10_000, 10_000);
        var limit = usual;
        if (
            query["limit"].ToString() is { Length: > 0 } text
            && (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out limit) || limit < 1 || limit > most)
        )
        {
            return (null, Refusal.BadRequest("invalid_limit", $"'limit' is a number from 1 to {most}."));
        }

        if (isAnthropic)
        {
            var (after, before) = (Text(query, "after_id"), Text(query, "before_id"));
            return after is not null && before is not null
                ? (null, Refusal.BadRequest("invalid_page", "'after_id' and 'before_id' can't be used together."))
                : (new ObjectPage(limit, after, Before: before), null);
        }

        var order = Text(query, "order") ?? "desc";
        return order is not ("asc" or "desc")
            ? (null, Refusal.BadRequest("invalid_order", "'order' is 'asc' or 'desc'."))
            : (new ObjectPage(limit, Text(query, "after"), order == "asc", Purpose: Text(query, "purpose")), null);
    }

    /// <summary>Writes a part of a list.</summary>
    public static ReadOnlyMemory<byte> Write(ObjectList list, bool isAnthropic)
    {
        var output = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(output))
        {
            writer.WriteStartObject();
            if (!isAnthropic)
            {
                writer.WriteString("object", "list");
            }

            writer.WriteStartArray("data");
            foreach (var file in list.Objects)
            {
                // Of what a provider made itself (a batch's answers), no more may be known.
                writer.WriteRawValue(file.Payload ?? JsonSerializer.Serialize(new { id = file.Id }));
            }

            writer.WriteEndArray();
            writer.WriteString("first_id", list.Objects is [var first, ..] ? first.Id : null);
            writer.WriteString("last_id", list.Objects is [.., var last] ? last.Id : null);
            writer.WriteBoolean("has_more", list.HasMore);
            writer.WriteEndObject();
        }

        return output.WrittenMemory;
    }

    /// <summary>The id and the time of expiry in what a provider says of a new file; null where it says no id.</summary>
    public static (string Id, DateTimeOffset? ExpiresAt, string Payload)? Read(byte[] answer)
    {
        try
        {
            using var document = JsonDocument.Parse(answer);
            var file = document.RootElement;
            if (
                file.ValueKind != JsonValueKind.Object
                || !file.TryGetProperty("id", out var id)
                || id.ValueKind != JsonValueKind.String
                || id.GetString() is not { Length: > 0 and <= OwnedObject.LongestId } name
            )
            {
                return null;
            }

            DateTimeOffset? expires =
                file.TryGetProperty("expires_at", out var at) && at.ValueKind == JsonValueKind.Number && at.TryGetInt64(out var seconds)
                    ? DateTimeOffset.FromUnixTimeSeconds(Math.Clamp(seconds, 0, LastSecond))
                    : null;
            var payload = JsonSerializer.Serialize(file);
            return (name, expires, payload.Length <= OwnedObject.LongestPayload ? payload : JsonSerializer.Serialize(new { id = name }));
        }
        catch (JsonException)
        {
            return null;
        }
    }

    // The last one of the year 9000.
    private const long LastSecond = 221_876_841_599;

    private static string? Text(IQueryCollection query, string name) => query[name].ToString() is { Length: > 0 } text ? text : null;
}
