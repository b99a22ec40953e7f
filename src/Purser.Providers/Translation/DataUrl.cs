using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;

namespace Purser.Providers.Translation;

/// <summary>Media in a JSON string: a URL, a <c>data:</c> URL with base64, or base64 alone. Large content is copied once, and never made a string.</summary>
internal static class DataUrl
{
    private const int LongestHead = 256;

    /// <summary>A medium from a string that is a URL or a <c>data:</c> URL.</summary>
    /// <param name="kind">What it is.</param>
    /// <param name="value">The string.</param>
    public static MediaPart Read(MediaKind kind, JsonElement value)
    {
        var raw = JsonMarshal.GetRawUtf8Value(value)[1..^1];
        if (!raw.StartsWith("data:"u8))
        {
            return new MediaPart(kind, null) { Url = value.GetString() };
        }
        var comma = raw[..Math.Min(raw.Length, LongestHead)].IndexOf((byte)',');
        if (comma < 0)
        {
            return new MediaPart(kind, null) { Url = value.GetString() };
        }
        // Some encoders write the slash of the media type as \/.
        var head = Encoding.UTF8.GetString(raw[5..comma]).Replace("\\/", "/", StringComparison.Ordinal);
        if (!head.EndsWith(";base64", StringComparison.OrdinalIgnoreCase))
        {
            return new MediaPart(kind, null) { Url = value.GetString() };
        }
        // Parameters, such as a character set, are no part of the type.
        var type = head[..^";base64".Length].Split(';')[0].ToLowerInvariant();
        return new MediaPart(kind, type.Length > 0 ? type : null) { Base64 = Unescaped(raw[(comma + 1)..]) };
    }

    /// <summary>The base64 that a string is.</summary>
    public static ReadOnlyMemory<byte> Base64(JsonElement value) => Unescaped(JsonMarshal.GetRawUtf8Value(value)[1..^1]);

    /// <summary>Writes a medium with its content in base64 as a <c>data:</c> URL.</summary>
    /// <param name="writer">The writer, where a value is due.</param>
    /// <param name="media">The medium.</param>
    /// <param name="otherwise">The media type where none is said.</param>
    public static void Write(Utf8JsonWriter writer, MediaPart media, string otherwise)
    {
        var base64 = media.Base64 ?? default;
        var head = Encoding.UTF8.GetBytes($"data:{media.MediaType ?? otherwise};base64,");
        var whole = new byte[head.Length + base64.Length];
        head.CopyTo(whole, 0);
        base64.Span.CopyTo(whole.AsSpan(head.Length));
        writer.WriteStringValue(whole);
    }

    // Base64 has no character that JSON must escape; what encoders escape all the same is the slash.
    private static byte[] Unescaped(ReadOnlySpan<byte> raw)
    {
        if (!raw.Contains((byte)'\\'))
        {
            return raw.ToArray();
        }
        return Encoding.UTF8.GetBytes(JsonDocument.Parse((byte[])[(byte)'"', .. raw, (byte)'"']).RootElement.GetString() ?? "");
    }
}
