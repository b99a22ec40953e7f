using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Purser.Providers.Translation;

/// <summary>Writes server-sent events whose data is one JSON object. One JSON writer serves all events.</summary>
internal sealed class SseWriter : IDisposable
{
    private readonly Utf8JsonWriter json = new(
        Stream.Null,
        new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true }
    );

    /// <summary>Begins an event and its object.</summary>
    /// <param name="name">The event's name; empty: it has none.</param>
    /// <param name="output">Takes the event.</param>
    public Utf8JsonWriter Begin(ReadOnlySpan<byte> name, IBufferWriter<byte> output)
    {
        if (!name.IsEmpty)
        {
            output.Write("event: "u8);
            output.Write(name);
            output.Write("\n"u8);
        }
        output.Write("data: "u8);
        json.Reset(output);
        json.WriteStartObject();
        return json;
    }

    /// <summary>Ends the object and the event.</summary>
    public void End(IBufferWriter<byte> output)
    {
        json.WriteEndObject();
        json.Flush();
        output.Write("\n\n"u8);
    }

    /// <inheritdoc/>
    public void Dispose() => json.Dispose();
}
