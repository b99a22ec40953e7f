using System.Text;
using System.Text.Encodings.Web;

namespace Purser.Gateway.Credentials;

/// <summary>Writes asterisks over secrets wherever they stand: as they are, and as JSON and addresses spell them.</summary>
internal sealed class SecretMask
{
    // Shorter ones are no secrets, and could be part of any word.
    private const int ShortestSecret = 8;

    private readonly string[] spellings;
    private readonly byte[][] patterns;

    public SecretMask(params string[] secrets)
    {
        spellings = [.. secrets.Where(secret => secret.Length >= ShortestSecret).SelectMany(Spellings).Distinct(StringComparer.Ordinal)];
        patterns = [.. spellings.Select(Encoding.UTF8.GetBytes)];
        Longest = patterns.Select(pattern => pattern.Length).DefaultIfEmpty(0).Max();
    }

    /// <summary>The length of the longest spelling, in bytes; 0 where there is nothing to mask.</summary>
    public int Longest { get; }

    /// <summary>A provider's answer with the secret masked.</summary>
    public Stream Over(Stream answer) => Longest == 0 ? answer : new MaskedStream(answer, this);

    /// <summary>Masks what is whole in these bytes.</summary>
    public void Apply(Span<byte> bytes)
    {
        foreach (var pattern in patterns)
        {
            for (var rest = bytes; rest.IndexOf(pattern) is >= 0 and var at; rest = rest[(at + pattern.Length)..])
            {
                rest.Slice(at, pattern.Length).Fill((byte)'*');
            }
        }
    }

    /// <summary>A text with the secret masked.</summary>
    public string Apply(string text)
    {
        foreach (var spelling in spellings)
        {
            text = text.Replace(spelling, "***", StringComparison.Ordinal);
        }

        return text;
    }

    /// <summary>How many of the last bytes may be the beginning of the secret, which what follows may make whole.</summary>
    public int BegunAtEnd(ReadOnlySpan<byte> bytes)
    {
        var begun = 0;
        foreach (var pattern in patterns)
        {
            for (var length = Math.Min(pattern.Length - 1, bytes.Length); length > begun; length--)
            {
                if (bytes[^length] == pattern[0] && bytes[^length..].SequenceEqual(pattern.AsSpan(0, length)))
                {
                    begun = length;
                }
            }
        }

        return begun;
    }

    private static IEnumerable<string> Spellings(string secret)
    {
        yield return secret;
        yield return JavaScriptEncoder.Default.Encode(secret);
        yield return JavaScriptEncoder.Default.Encode(secret).Replace("/", "\\/", StringComparison.Ordinal);
        yield return secret.Replace("/", "\\/", StringComparison.Ordinal);
        yield return Uri.EscapeDataString(secret);
    }
}
