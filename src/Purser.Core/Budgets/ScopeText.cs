using System.Globalization;
using System.Text;

namespace Purser.Core.Budgets;

/// <summary>How ids are written inside a scope's text, so that any id can be read back.</summary>
internal static class ScopeText
{
    /// <summary>The id in a scope's text.</summary>
    /// <param name="id">The id.</param>
    /// <param name="isEach">Whether its last character is the star of "each", which stays as it is.</param>
    public static string Escape(string id, bool isEach)
    {
        var end = isEach ? id.Length - 1 : id.Length;
        if (!id.AsSpan(0, end).ContainsAny(Special))
        {
            return id;
        }

        var text = new StringBuilder(id.Length + 8);
        for (var i = 0; i < id.Length; i++)
        {
            _ = i < end && Special.Contains(id[i]) ? text.Append(CultureInfo.InvariantCulture, $"%{(int)id[i]:X2}") : text.Append(id[i]);
        }

        return text.ToString();
    }

    /// <summary>The id that was escaped so.</summary>
    /// <exception cref="FormatException">No id is.</exception>
    public static string Unescape(ReadOnlySpan<char> text)
    {
        var id = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] != '%')
            {
                // What has to be escaped and isn't is no id's text: each scope has one text alone.
                _ = Special.Contains(text[i]) ? throw NotAScope(text) : id.Append(text[i]);
                continue;
            }

            var digits = text[(i + 1)..];
            if (
                digits.Length < 2
                || digits[..2].ContainsAnyInRange('a', 'f')
                || !byte.TryParse(digits[..2], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code)
                || !Special.Contains((char)code)
            )
            {
                throw NotAScope(text);
            }

            id.Append((char)code);
            i += 2;
        }

        return id.ToString();
    }

    /// <summary>The kind of this name, or null.</summary>
    public static ScopeKind? KindOf(ReadOnlySpan<char> name)
    {
        foreach (var kind in Enum.GetValues<ScopeKind>())
        {
            if (name.SequenceEqual(kind.ToString().ToLowerInvariant()))
            {
                return kind;
            }
        }

        return null;
    }

    public static FormatException NotAScope(ReadOnlySpan<char> text) => new($"'{text}' isn't a scope.");

    // The signs that mean something in a scope's text, and the control characters.
    private static readonly System.Buffers.SearchValues<char> Special = System.Buffers.SearchValues.Create([
        '%',
        '+',
        '*',
        .. Enumerable.Range(0, 256).Select(code => (char)code).Where(char.IsControl),
    ]);
}
