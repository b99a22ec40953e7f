using System.Text.Json;
using Purser.Providers.Bodies;

namespace Purser.Providers.Streams;

/// <summary>Reads what one format's events say of their usage. What isn't an event of the format is a violation, and never thrown.</summary>
/// <param name="reading">Takes what the stream says.</param>
internal abstract class StreamEvents(UsageReading reading) : IDisposable
{
    /// <summary>The violation of a stream that was cut off.</summary>
    public const string Cut = "the stream ended within an event";

    // What can't be read is refused; to go on and on with it would be of no use to anyone.
    private const int MostBroken = 8;

    private int broken;

    /// <summary>Events with a reading of their own.</summary>
    protected StreamEvents()
        : this(BodyReader.NewReading()) { }

    /// <summary>What the stream has said so far.</summary>
    public UsageReading Reading { get; } = reading;

    /// <summary>Whether all has come that the usage depends on.</summary>
    public abstract bool IsFinal { get; }

    /// <summary>Why a usage that isn't final isn't.</summary>
    public virtual string WhyNotFinal =>
        Reading.SawError
            ? "the provider ended the stream with an error, before its final usage"
            : "the stream ended before its final usage";

    /// <summary>Takes an event.</summary>
    /// <param name="name">Its name in the framing; empty where it has none.</param>
    /// <param name="data">Its bytes.</param>
    /// <param name="isCut">Whether the stream ended before the framing said that the event is whole.</param>
    public void Take(ReadOnlySpan<byte> name, ReadOnlySpan<byte> data, bool isCut)
    {
        if (broken >= MostBroken)
        {
            return;
        }
        try
        {
            if (Read(name, data))
            {
                return;
            }
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // Not JSON; or bytes that are no UTF-8, met in a comparison.
        }
        broken++;
        Reading.AddViolation(isCut ? Cut : "an event of the stream is not a JSON object");
    }

    /// <summary>Takes an exception, which some framings tell apart from events. By itself it only counts as an error.</summary>
    /// <param name="name">Its type; empty where it has none.</param>
    /// <param name="data">Its bytes.</param>
    public virtual void TakeError(ReadOnlySpan<byte> name, ReadOnlySpan<byte> data) => Reading.SawError = true;

    /// <summary>Reads an event. False where it's no JSON object; what a JSON reader throws says the same.</summary>
    protected abstract bool Read(ReadOnlySpan<byte> name, ReadOnlySpan<byte> data);

    /// <summary>The stream ended: the usage goes into the reading, as far as it came.</summary>
    public virtual VideoInput End() => default;

    /// <inheritdoc/>
    public virtual void Dispose() { }

    /// <summary>The <c>type</c> of an event, in quotes and escaped as it came; empty where it has none. Throws where the event is no JSON.</summary>
    /// <param name="data">The event.</param>
    /// <param name="isObject">False where it's no object.</param>
    protected static ReadOnlySpan<byte> TypeOf(ReadOnlySpan<byte> data, out bool isObject)
    {
        var reader = new Utf8JsonReader(data, BodyReader.Json);
        reader.Read();
        isObject = reader.TokenType == JsonTokenType.StartObject;
        ReadOnlySpan<byte> type = default;
        while (isObject && reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            var isType = reader.ValueTextEquals("type"u8);
            reader.Read();
            if (isType && reader.TokenType == JsonTokenType.String)
            {
                type = reader.ValueSpan;
            }
            reader.Skip();
        }
        // Throws for what follows the object; only an event that is whole counts.
        while (reader.Read()) { }
        return type;
    }

    /// <summary>Whether an event is the mark of the stream's end that OpenAI's format has.</summary>
    protected static bool IsDone(ReadOnlySpan<byte> data) => data.Trim(" \t"u8).SequenceEqual("[DONE]"u8);
}
