using System.Text.Json;

namespace Purser.Providers.Batches;

/// <summary>One request of a batch, as its line says it.</summary>
/// <param name="CustomId">The client's name for it; null where it has none.</param>
/// <param name="Method">The HTTP method that it names; null where it names none.</param>
/// <param name="Url">The path that it names; null where it names none.</param>
/// <param name="Body">Where in the line its body is: a JSON object.</param>
/// <param name="Fault">What is wrong with the line, in words that quote nothing of it; null where nothing is.</param>
public readonly record struct BatchLine(string? CustomId, string? Method, string? Url, JsonSlice Body, string? Fault)
{
    private static readonly JsonReaderOptions Json = new() { MaxDepth = 256 };

    /// <summary>
    /// Reads a line. What is said twice is a fault: which of both a provider takes isn't known, and one may cost more than the other. It never throws
    /// for what the line holds.
    /// </summary>
    /// <param name="line">One JSON object.</param>
    /// <param name="bodyName">The member that is the request's body.</param>
    public static BatchLine Read(ReadOnlySpan<byte> line, ReadOnlySpan<byte> bodyName)
    {
        try
        {
            var reader = new Utf8JsonReader(line, Json);
            reader.Read();
            return reader.TokenType == JsonTokenType.StartObject ? ReadObject(ref reader, bodyName) : Broken("it is no JSON object");
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            return Broken("it is no JSON object");
        }
    }

    private static BatchLine ReadObject(ref Utf8JsonReader reader, ReadOnlySpan<byte> bodyName)
    {
        var line = default(BatchLine);
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            if (reader.ValueTextEquals(bodyName))
            {
                if (line.Body.Length > 0)
                {
                    return Broken("its request is there twice");
                }
                reader.Read();
                if (reader.TokenType != JsonTokenType.StartObject)
                {
                    return Broken("its request is no JSON object");
                }
                var start = (int)reader.TokenStartIndex;
                reader.Skip();
                line = line with { Body = new JsonSlice(start, (int)reader.BytesConsumed - start) };
            }
            else if (reader.ValueTextEquals("custom_id"u8))
            {
                line = line with { CustomId = Text(ref reader, line.CustomId, out var isAgain), Fault = isAgain ? Twice : line.Fault };
            }
            else if (reader.ValueTextEquals("method"u8))
            {
                line = line with { Method = Text(ref reader, line.Method, out var isAgain), Fault = isAgain ? Twice : line.Fault };
            }
            else if (reader.ValueTextEquals("url"u8))
            {
                line = line with { Url = Text(ref reader, line.Url, out var isAgain), Fault = isAgain ? Twice : line.Fault };
            }
            else
            {
                reader.Read();
                reader.Skip();
            }
        }
        // Throws for what follows the object.
        reader.Read();
        return line.Body.Length > 0 ? line : Broken("it has no request");
    }

    private const string Twice = "a member of it is there twice";

    private static string? Text(ref Utf8JsonReader reader, string? before, out bool isAgain)
    {
        reader.Read();
        isAgain = before is not null;
        return JsonReading.Text(ref reader, null);
    }

    private static BatchLine Broken(string fault) => new(null, null, null, default, fault);
}
