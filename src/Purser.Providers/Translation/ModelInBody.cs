using System.Buffers;
using System.Text.Json;

namespace Purser.Providers.Translation;

/// <summary>The value of <c>model</c> at the top of a body: where it is, and a body with another in its place.</summary>
internal static class ModelInBody
{
    /// <summary>Where the value is, quotes included; nowhere (length 0) where there is none, or it's no string.</summary>
    /// <param name="body">A JSON object.</param>
    public static JsonSlice Find(ReadOnlySpan<byte> body)
    {
        var reader = new Utf8JsonReader(body, new JsonReaderOptions { MaxDepth = RequestScan.MaxDepth });
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isModel = reader.ValueTextEquals("model"u8);
            reader.Read();
            if (isModel && reader.TokenType == JsonTokenType.String)
            {
                return new JsonSlice((int)reader.TokenStartIndex, (int)(reader.BytesConsumed - reader.TokenStartIndex));
            }
            reader.Skip();
        }
        return default;
    }

    /// <summary>Writes a body with another model.</summary>
    public static void Write(ReadOnlySpan<byte> body, JsonSlice place, string model, IBufferWriter<byte> output)
    {
        if (place.Length == 0 || JsonDocument.Parse(body.Slice(place.Offset, place.Length).ToArray()).RootElement.ValueEquals(model))
        {
            output.Write(body);
            return;
        }
        var encoded = JsonEncodedText.Encode(model, System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping);
        byte[] quoted = [(byte)'"', .. encoded.EncodedUtf8Bytes, (byte)'"'];
        BodyEdit.Write(body, [new BodyEdit(place, quoted)], output);
    }
}
