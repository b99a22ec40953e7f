using System.Text.Json;

namespace Purser.Providers.Bodies;

/// <summary>Where a body has its usage, and what it says beside it. A body without the member is taken for the usage object itself.</summary>
internal ref struct BodyScan
{
    /// <summary>The usage object; empty where the body has the member, and it is no object.</summary>
    public ReadOnlySpan<byte> Usage { get; private set; }

    /// <summary>Whether the body has the member, and so is a whole one.</summary>
    public bool IsWhole { get; private set; }

    /// <summary>Finds the usage, and takes the model and the service tier over into the reading.</summary>
    /// <param name="body">A JSON object.</param>
    /// <param name="member">The member that holds the usage.</param>
    /// <param name="reading">Takes what the body names, and that its usage is missing.</param>
    public static BodyScan Of(ReadOnlySpan<byte> body, ReadOnlySpan<byte> member, UsageReading reading)
    {
        var scan = new BodyScan { Usage = body };
        var (isNamed, isTiered) = (false, false);
        var reader = new Utf8JsonReader(body, BodyReader.Json);
        reader.Read();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            if (reader.ValueTextEquals(member))
            {
                NoteAgain(scan.IsWhole, "the usage is there twice", reading);
                scan.Usage = Value(ref reader, body);
                scan.IsWhole = true;
                if (reader.TokenType != JsonTokenType.EndObject)
                {
                    scan.Usage = default;
                }
            }
            else if (reader.ValueTextEquals("model"u8) || reader.ValueTextEquals("modelVersion"u8))
            {
                reader.Read();
                var model = JsonReading.Text(ref reader, reading.ServedModel);
                NoteAgain(isNamed && model != reading.ServedModel, "the model is named twice, and differs", reading);
                (reading.ServedModel, isNamed) = (model, true);
            }
            else if (reader.ValueTextEquals("service_tier"u8))
            {
                reader.Read();
                var tier = JsonReading.Term(ref reader, reading.ServiceTier, reading);
                NoteAgain(isTiered && tier != reading.ServiceTier, "the service tier is named twice, and differs", reading);
                (reading.ServiceTier, isTiered) = (tier, true);
            }
            else
            {
                reader.Read();
                reader.Skip();
            }
        }
        // Throws for what follows the object.
        reader.Read();
        if (scan.Usage.IsEmpty)
        {
            reading.AddViolation("the usage is missing");
        }
        else if (RepeatedMembers.In(scan.Usage))
        {
            reading.AddViolation("a member of the usage is there twice");
        }
        return scan;
    }

    /// <summary>The value of a member of an object; empty where it isn't there, or the value is no object or empty.</summary>
    public static ReadOnlySpan<byte> Member(ReadOnlySpan<byte> body, ReadOnlySpan<byte> name)
    {
        if (body.IsEmpty)
        {
            return default;
        }
        var reader = new Utf8JsonReader(body, BodyReader.Json);
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            return default;
        }
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            if (reader.ValueTextEquals(name))
            {
                return Value(ref reader, body);
            }
            reader.Read();
            reader.Skip();
        }
        return default;
    }

    /// <summary>The text of a member of an object; null where it isn't there or is no text.</summary>
    public static string? Text(ReadOnlySpan<byte> body, ReadOnlySpan<byte> name)
    {
        var value = Member(body, name);
        if (value.IsEmpty)
        {
            return null;
        }
        var reader = new Utf8JsonReader(value, BodyReader.Json);
        reader.Read();
        return JsonReading.Text(ref reader, null);
    }

    private static void NoteAgain(bool isAgain, string violation, UsageReading reading)
    {
        if (isAgain)
        {
            reading.AddViolation(violation);
        }
    }

    private static ReadOnlySpan<byte> Value(scoped ref Utf8JsonReader reader, ReadOnlySpan<byte> body)
    {
        reader.Read();
        var start = (int)reader.TokenStartIndex;
        reader.Skip();
        return body[start..(int)reader.BytesConsumed];
    }
}
