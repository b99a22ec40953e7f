using System.Text;

namespace Purser.Providers.Context;

/// <summary>
/// A <c>baggage</c> header as W3C has it: what a program says of the work that a request belongs to. Members that are malformed are passed
/// over, each by itself; a header beyond the limits that everyone has to keep to (64 members, 8,192 bytes) is passed over whole.
/// </summary>
public sealed class Baggage
{
    private const int MostMembers = 64;
    private const int MostBytes = 8192;

    // What a name may have (RFC 9110, "token"), and a value (W3C, "baggage-octet").
    private const string NameMarks = "!#$%&'*+-.^_`|~";
    private const string NotInValues = " \",;\\";
    private const string Own = "purser.";

    private static readonly Baggage None = new([]);

    private readonly Dictionary<string, string> members;

    private Baggage(Dictionary<string, string> members) => this.members = members;

    /// <summary>A member's value, at most 256 characters without control characters; null where there is none.</summary>
    public string? this[string name] => members.TryGetValue(name, out var value) ? JsonReading.Clean(value, ClientHints.MaxLength) : null;

    /// <summary>A member's value with its line breaks and its whole length, for what is read further; null where there is none.</summary>
    public string? Whole(string name) => members.GetValueOrDefault(name);

    /// <summary>Reads a header.</summary>
    /// <param name="header">Its value; several of them are joined by commas. Null: there is none.</param>
    public static Baggage Parse(string? header)
    {
        if (string.IsNullOrEmpty(header) || header.Length > MostBytes)
        {
            return None;
        }
        var members = new Dictionary<string, string>(StringComparer.Ordinal);
        var count = 0;
        foreach (var part in header.AsSpan().Split(','))
        {
            if (++count > MostMembers)
            {
                return None;
            }
            var member = header.AsSpan()[part];
            // Properties say something of the member; nothing that is read here has any.
            var end = member.IndexOf(';');
            member = end < 0 ? member : member[..end];
            var equals = member.IndexOf('=');
            if (equals <= 0)
            {
                continue;
            }
            var name = member[..equals].Trim(" \t");
            if (IsName(name) && Decoded(member[(equals + 1)..].Trim(" \t")) is { } value)
            {
                members.TryAdd(name.ToString(), value);
            }
        }
        return members.Count == 0 ? None : new Baggage(members);
    }

    /// <summary>
    /// A header without the members that are Purser's own (<c>purser.…</c>), which are nobody else's business; the others stay as they came.
    /// </summary>
    /// <returns>The same string where there are none; empty where nothing else is there.</returns>
    public static string WithoutOwn(string header) =>
        header.Contains(Own, StringComparison.Ordinal)
            ? string.Join(
                ',',
                header.Split(',').Where(member => !member.AsSpan().TrimStart(" \t").StartsWith(Own, StringComparison.Ordinal))
            )
            : header;

    private static bool IsName(ReadOnlySpan<char> name)
    {
        foreach (var character in name)
        {
            if (!char.IsAsciiLetterOrDigit(character) && !NameMarks.Contains(character, StringComparison.Ordinal))
            {
                return false;
            }
        }
        return name.Length > 0;
    }

    private static string? Decoded(ReadOnlySpan<char> value)
    {
        if (value.ContainsAnyExceptInRange('!', '~') || value.ContainsAny(NotInValues))
        {
            return null;
        }
        if (!value.Contains('%'))
        {
            return value.ToString();
        }
        var bytes = new byte[value.Length];
        var length = 0;
        for (var i = 0; i < value.Length; i++)
        {
            var isEscape =
                value[i] == '%' && i + 2 < value.Length && char.IsAsciiHexDigit(value[i + 1]) && char.IsAsciiHexDigit(value[i + 2]);
            bytes[length++] = isEscape ? Convert.FromHexString(value.Slice(i + 1, 2))[0] : (byte)value[i];
            i += isEscape ? 2 : 0;
        }
        // As the specification has it: what isn't UTF-8 becomes U+FFFD.
        return Encoding.UTF8.GetString(bytes, 0, length);
    }
}
