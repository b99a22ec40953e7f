using System.Text.Json;
using Purser.Core.Pricing;
using Purser.Core.Usage;

namespace Purser.Providers.Bodies;

/// <summary>
/// Reads what one format says of its usage, from a whole answer or from the usage object alone. Nothing is guessed: what is missing,
/// contradicts itself or has no class is an error. <see cref="BodyReaders"/> has one for each provider and api.
/// </summary>
public abstract class BodyReader
{
    private protected BodyReader() { }

    internal static JsonReaderOptions Json { get; } = new() { MaxDepth = 256 };

    /// <summary>Reads a body. It never throws for what the body holds.</summary>
    /// <param name="body">A JSON value: the whole answer, or its usage object.</param>
    /// <param name="model">The model that was asked for, if that is known: fees may depend on it where the body names none.</param>
    public BodyUsage Read(ReadOnlySpan<byte> body, string? model)
    {
        var reading = NewReading();
        var video = ReadInto(body, model, reading);
        return BodyUsage.Of(reading, video);
    }

    // Only answers of hosts or times without one-hour writes leave them unsplit: they are written for five minutes.
    internal static UsageReading NewReading() => new() { CacheWrites = CacheWriteHint.FiveMinutes };

    /// <summary>Reads a body into a reading. It never throws for what the body holds: what can't be billed exactly is a violation.</summary>
    internal VideoInput ReadInto(ReadOnlySpan<byte> body, string? model, UsageReading reading)
    {
        try
        {
            var reader = new Utf8JsonReader(body, Json);
            reader.Read();
            if (reader.TokenType == JsonTokenType.StartObject)
            {
                return Read(body, model, reading);
            }
            reading.AddViolation("the usage is missing");
        }
        catch (JsonException)
        {
            reading.AddViolation("the usage is no JSON");
        }
        catch (InvalidOperationException)
        {
            reading.AddViolation("the usage is not UTF-8");
        }
        return default;
    }

    /// <summary>Reads an object into a reading; what can't be billed exactly is a violation. May throw what a JSON reader throws.</summary>
    private protected abstract VideoInput Read(ReadOnlySpan<byte> body, string? model, UsageReading reading);

    private protected static void Set(UsageReading reading, in TokenUsage usage)
    {
        reading.Usage = usage;
        reading.HasUsage = true;
    }
}
