using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace Purser.Providers.Translation;

/// <summary>A JSON string's text in UTF-8, without a string where it needs none. The text is valid until the next one is read.</summary>
internal sealed class TextScratch
{
    private byte[] buffer = [];

    /// <summary>
    /// The text of the string that the reader is on; empty where the token is none. Halves of surrogate pairs become U+FFFD: some vendors cut
    /// text between them.
    /// </summary>
    /// <exception cref="InvalidOperationException">The bytes are not UTF-8.</exception>
    public ReadOnlySpan<byte> Read(scoped ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.String)
        {
            reader.Skip();
            return default;
        }
        var raw = reader.ValueSpan;
        if (!Utf8.IsValid(raw))
        {
            throw new InvalidOperationException("The text is not UTF-8.");
        }
        if (!reader.ValueIsEscaped)
        {
            return raw;
        }
        if (!JsonReading.EscapesArePaired(raw))
        {
            return Encoding.UTF8.GetBytes(Unescape(raw));
        }
        if (buffer.Length < raw.Length)
        {
            buffer = new byte[Math.Max(raw.Length, 1024)];
        }
        return buffer.AsSpan(0, reader.CopyString(buffer));
    }

    private static string Unescape(ReadOnlySpan<byte> raw)
    {
        var escaped = Encoding.UTF8.GetString(raw);
        var text = new StringBuilder(escaped.Length);
        for (var index = 0; index < escaped.Length; index++)
        {
            if (escaped[index] != '\\')
            {
                text.Append(escaped[index]);
                continue;
            }
            index++;
            if (escaped[index] == 'u')
            {
                text.Append((char)ushort.Parse(escaped.AsSpan(index + 1, 4), NumberStyles.HexNumber, CultureInfo.InvariantCulture));
                index += 4;
                continue;
            }
            text.Append(
                escaped[index] switch
                {
                    'n' => '\n',
                    't' => '\t',
                    'r' => '\r',
                    'b' => '\b',
                    'f' => '\f',
                    var other => other,
                }
            );
        }
        return text.ToString();
    }
}
