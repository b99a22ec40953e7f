using System.Text;
using System.Text.Json;
using Purser.Providers.Bodies;

namespace Purser.Providers.Streams;

/// <summary>A format whose last event says so by a flag, and has the counts: Ollama's <c>"done":true</c>, llama.cpp's <c>"stop":true</c>.</summary>
/// <param name="body">Reads that event.</param>
/// <param name="model">The model that was asked for, if that is known.</param>
/// <param name="flagName">The flag's name.</param>
internal sealed class FlaggedStream(BodyReader body, string? model, string flagName) : LastUsage(body, model)
{
    private readonly byte[] flag = Encoding.UTF8.GetBytes(flagName);

    /// <inheritdoc/>
    public override bool IsFinal => HasKept;

    /// <inheritdoc/>
    protected override bool Read(ReadOnlySpan<byte> name, ReadOnlySpan<byte> data)
    {
        if (IsDone(data))
        {
            return true;
        }
        var reader = new Utf8JsonReader(data, BodyReader.Json);
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            return false;
        }
        var isLast = false;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            var isFlag = reader.ValueTextEquals(flag);
            var isError = reader.ValueTextEquals("error"u8);
            reader.Read();
            isLast |= isFlag && reader.TokenType == JsonTokenType.True;
            Reading.SawError |= isError && reader.TokenType != JsonTokenType.Null;
            reader.Skip();
        }
        // Throws for what follows the object.
        reader.Read();
        if (isLast)
        {
            Keep(data);
        }
        return true;
    }
}
