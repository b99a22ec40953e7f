using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.ML.Tokenizers;

namespace Purser.Providers.Tokens;

/// <summary>
/// An encoding of OpenAI's tiktoken whose vocabulary comes with Purser. The first use loads the vocabulary, which takes a second and
/// some 70 MB.
/// </summary>
internal sealed partial class TiktokenEncoding
{
    /// <summary>
    /// The longest piece that is merged as a whole, in UTF-16 units: the time that merging takes grows with the square of it. A word, a number or
    /// a run of signs or white space is a piece, so hardly any text has longer ones.
    /// </summary>
    public const int LongestPiece = 512;

    private static readonly TiktokenEncoding O200k = new("o200k_base", O200kPieces());
    private static readonly TiktokenEncoding Cl100k = new("cl100k_base", Cl100kPieces());

    private static readonly string[] O200kModels =
    [
        "gpt-4o",
        "gpt-4.1",
        "gpt-4.5",
        "gpt-5",
        "gpt-5.1",
        "gpt-5.2",
        "gpt-5.3",
        "gpt-5.4",
        "gpt-5.5",
        "chatgpt-4o",
        "o1",
        "o3",
        "o4",
    ];
    private static readonly string[] Cl100kModels = ["gpt-4", "gpt-3.5", "gpt-35"];

    // Those that OpenAI's cookbook compares with the API's own counts.
    private static readonly string[] FramedModels = ["gpt-4o", "gpt-4", "gpt-3.5-turbo", "gpt-35-turbo"];

    private readonly Regex pieces;
    private readonly Lazy<Tokenizer> tokenizer;

    private TiktokenEncoding(string name, Regex pieces)
    {
        Name = name;
        this.pieces = pieces;
        tokenizer = new Lazy<Tokenizer>(() => TiktokenTokenizer.CreateForEncoding(name));
    }

    /// <summary>tiktoken's name of it.</summary>
    public string Name { get; }

    /// <summary>The tokenizer, which doesn't keep the time linear and takes pairs of surrogates for signs.</summary>
    public Tokenizer Tokenizer => tokenizer.Value;

    /// <summary>The encoding of a model; null where it isn't known.</summary>
    /// <param name="model">The model name that the provider knows.</param>
    public static TiktokenEncoding? Of(string model)
    {
        var name = BaseOf(model);
        return StartsWithAny(name, O200kModels) ? O200k
            : StartsWithAny(name, Cl100kModels) ? Cl100k
            : null;
    }

    /// <summary>Whether the model's encoding is this one's vocabulary, though its messages are framed in another way (gpt-oss).</summary>
    public static TiktokenEncoding? OfText(string model) =>
        model.Contains("gpt-oss", StringComparison.OrdinalIgnoreCase) ? O200k : Of(model);

    /// <summary>Whether OpenAI documents what frames the messages of a model.</summary>
    public static bool HasDocumentedFrame(string model) => StartsWithAny(BaseOf(model), FramedModels);

    /// <summary>
    /// The tokens of a text that no message frames. Exact but for pieces longer than <see cref="LongestPiece"/>: these are cut, and what they
    /// count is in <paramref name="cutTokens"/> as well.
    /// </summary>
    public long Count(ReadOnlySpan<char> text, out long cutTokens)
    {
        cutTokens = 0;
        long tokens = 0;
        var shadow = Shadow(text);
        var at = 0;
        foreach (var match in pieces.EnumerateMatches(shadow is null ? text : shadow))
        {
            var length = shadow is null ? match.Length : LengthOf(text[at..], match.Length);
            var piece = text.Slice(at, length);
            at += length;
            if (length <= LongestPiece)
            {
                tokens += CountPiece(piece);
                continue;
            }
            var cut = CountCut(piece);
            tokens += cut;
            cutTokens += cut;
        }
        return tokens;
    }

    private int CountPiece(ReadOnlySpan<char> piece) =>
        Tokenizer.CountTokens(piece, considerPreTokenization: false, considerNormalization: false);

    private long CountCut(ReadOnlySpan<char> piece)
    {
        long tokens = 0;
        while (!piece.IsEmpty)
        {
            var length = Math.Min(LongestPiece, piece.Length);
            length -= length < piece.Length && char.IsHighSurrogate(piece[length - 1]) ? 1 : 0;
            tokens += CountPiece(piece[..length]);
            piece = piece[length..];
        }
        return tokens;
    }

    // .NET's expressions see the two halves of a pair of surrogates, tiktoken's the one character that they are. So the expression runs over
    // the text with a stand-in of the same category in each pair's place.
    private static string? Shadow(ReadOnlySpan<char> text)
    {
        if (!text.ContainsAnyInRange('\uD800', '\uDFFF'))
        {
            return null;
        }
        var shadow = new System.Text.StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            shadow.Append(rune.IsBmp ? (char)rune.Value : StandIn(System.Text.Rune.GetUnicodeCategory(rune)));
        }
        return shadow.ToString();
    }

    // None of them is a letter that ends a contraction.
    private static char StandIn(UnicodeCategory category) =>
        category switch
        {
            UnicodeCategory.UppercaseLetter => '\u00C0',
            UnicodeCategory.LowercaseLetter => '\u00E0',
            UnicodeCategory.TitlecaseLetter => '\u01C5',
            UnicodeCategory.ModifierLetter => '\u02B0',
            UnicodeCategory.OtherLetter => '\u00AA',
            UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark => '\u0300',
            UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber => '\u00B2',
            _ => '\uFFFD',
        };

    // How many units so many characters have.
    private static int LengthOf(ReadOnlySpan<char> text, int characters)
    {
        var length = 0;
        for (; characters > 0; characters--)
        {
            length += length + 1 < text.Length && char.IsSurrogatePair(text[length], text[length + 1]) ? 2 : 1;
        }
        return length;
    }

    private static ReadOnlySpan<char> BaseOf(string model) => model.StartsWith("ft:", StringComparison.Ordinal) ? model.AsSpan(3) : model;

    // The name must end there or go on with what no other family has: "gpt-4" is "gpt-4-turbo", but not "gpt-40".
    private static bool StartsWithAny(ReadOnlySpan<char> name, string[] families)
    {
        foreach (var family in families)
        {
            var fits = name.StartsWith(family, StringComparison.Ordinal);
            if (fits && (name.Length == family.Length || name[family.Length] is '-' or ':'))
            {
                return true;
            }
        }
        return false;
    }

    // The expressions that tiktoken splits text by.
    [GeneratedRegex(
        @"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
            + @"|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
            + @"|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+",
        RegexOptions.CultureInvariant
    )]
    private static partial Regex O200kPieces();

    [GeneratedRegex(
        @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+",
        RegexOptions.CultureInvariant
    )]
    private static partial Regex Cl100kPieces();
}
