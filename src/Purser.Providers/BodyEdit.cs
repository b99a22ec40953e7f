using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Purser.Providers;

/// <summary>One change to a client's body: the bytes at <paramref name="Place"/> become <paramref name="Text"/>; nothing where that is null.</summary>
internal readonly record struct BodyEdit(JsonSlice Place, byte[]? Text)
{
    /// <summary>The edit that renames the model, if it must be renamed.</summary>
    public static BodyEdit Model(RequestFacts facts, string upstreamModel)
    {
        if (string.Equals(facts.Model, upstreamModel, StringComparison.Ordinal))
        {
            return default;
        }
        var encoded = JsonEncodedText.Encode(upstreamModel, JavaScriptEncoder.UnsafeRelaxedJsonEscaping);
        return new BodyEdit(facts.ModelToken, [(byte)'"', .. encoded.EncodedUtf8Bytes, (byte)'"']);
    }

    /// <summary>Writes a body with up to two edits, which don't overlap.</summary>
    public static void Write(ReadOnlySpan<byte> body, BodyEdit one, BodyEdit other, IBufferWriter<byte> output)
    {
        var (first, second) = one.Place.Offset <= other.Place.Offset ? (one, other) : (other, one);
        var position = first.WriteUpTo(body, 0, output);
        position = second.WriteUpTo(body, position, output);
        output.Write(body[position..]);
    }

    private int WriteUpTo(ReadOnlySpan<byte> body, int position, IBufferWriter<byte> output)
    {
        if (Text is null)
        {
            return position;
        }
        output.Write(body[position..Place.Offset]);
        output.Write(Text);
        return Place.Offset + Place.Length;
    }
}
