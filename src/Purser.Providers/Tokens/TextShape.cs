using System.Runtime.CompilerServices;

namespace Purser.Providers.Tokens;

/// <summary>Counts the <see cref="TextFeature"/>s of texts: one pass over their bytes, no allocation.</summary>
internal struct TextShape
{
    /// <summary>How many features there are.</summary>
    public const int FeatureCount = (int)TextFeature.FourBytes + 1;

    private enum Kind : byte
    {
        Start,
        Small,
        Capital,
        Letter,
        Digit,
        Space,
        Line,
        Sign,
        Wide,
    }

    private static readonly Kind[] AsciiKinds = CreateAsciiKinds();

    private Counts counts;
    private Kind before;
    private int run;

    /// <summary>How often a feature was met.</summary>
    public readonly long this[TextFeature feature] => counts[(int)feature];

    /// <summary>Takes one more text, which begins anew.</summary>
    /// <param name="text">UTF-8; what isn't valid is counted in some way.</param>
    public void Add(ReadOnlySpan<byte> text)
    {
        before = Kind.Start;
        run = 0;
        for (var at = 0; at < text.Length; )
        {
            var first = text[at];
            if (IsSmall(first))
            {
                var start = at;
                do
                {
                    at++;
                } while (at < text.Length && IsSmall(text[at]));
                AddLetters(at - start);
                before = Kind.Small;
            }
            else if (first < 0x80)
            {
                AddAscii(AsciiKinds[first]);
                at++;
            }
            else
            {
                at += AddWide(text[at..]);
            }
        }
    }

    private void AddAscii(Kind kind)
    {
        switch (kind)
        {
            case Kind.Capital:
                counts[(int)TextFeature.Capitals] += before == Kind.Capital ? 1 : 0;
                counts[(int)TextFeature.Switches] += before == Kind.Small ? 1 : 0;
                run = before == Kind.Small ? 0 : run;
                AddLetters(1);
                break;
            case Kind.Digit:
                counts[(int)TextFeature.Numbers] += before == Kind.Digit ? 0 : 1;
                counts[(int)TextFeature.Digits]++;
                break;
            case Kind.Space:
                run = before == Kind.Space ? run + 1 : 1;
                counts[(int)TextFeature.SpaceRuns] += run == 2 ? 1 : 0;
                counts[(int)TextFeature.ExtraSpaces] += run > 1 ? 1 : 0;
                break;
            case Kind.Line:
                counts[(int)(before == Kind.Line ? TextFeature.ExtraLines : TextFeature.LineRuns)]++;
                break;
            default:
                counts[(int)TextFeature.SignRuns] += before == Kind.Sign ? 0 : 1;
                counts[(int)TextFeature.Signs]++;
                break;
        }
        before = kind;
    }

    // Most bytes of most texts are here, so a run of letters is taken at once.
    private void AddLetters(int count)
    {
        var isNew = !IsLetter(before);
        var from = isNew ? 0 : run;
        run = from + count;
        counts[(int)TextFeature.Words] += isNew ? 1 : 0;
        if (run > 2)
        {
            counts[(int)TextFeature.ThirdLetters] += Math.Clamp(run, 2, 4) - Math.Clamp(from, 2, 4);
            counts[(int)TextFeature.FifthLetters] += Math.Clamp(run, 4, 6) - Math.Clamp(from, 4, 6);
            counts[(int)TextFeature.LongLetters] += Math.Max(run, 6) - Math.Max(from, 6);
        }
    }

    private static bool IsSmall(byte character) => (uint)(character - 'a') <= 'z' - 'a';

    private static bool IsLetter(Kind kind) => kind is Kind.Small or Kind.Capital or Kind.Letter;

    // What starts with a byte above 127; gives how many bytes it takes.
    private int AddWide(ReadOnlySpan<byte> text)
    {
        var first = text[0];
        var length = Math.Min(
            text.Length,
            first < 0xC0 ? 1
                : first < 0xE0 ? 2
                : first < 0xF0 ? 3
                : 4
        );
        var feature = length switch
        {
            2 => OfTwo((first & 0x1F) << 6 | text[1] & 0x3F),
            3 => OfThree((first & 0x0F) << 12 | (text[1] & 0x3F) << 6 | text[2] & 0x3F),
            4 => TextFeature.FourBytes,
            _ => TextFeature.Others,
        };
        counts[(int)feature]++;
        if (feature is >= TextFeature.LatinMarks and <= TextFeature.Indic)
        {
            counts[(int)TextFeature.Words] += IsLetter(before) ? 0 : 1;
            run = IsLetter(before) ? run + 1 : 1;
            before = Kind.Letter;
        }
        else
        {
            before = Kind.Wide;
        }
        return length;
    }

    private static TextFeature OfTwo(int character) =>
        character switch
        {
            < 0xC0 => TextFeature.Symbols,
            < 0x250 => TextFeature.LatinMarks,
            < 0x370 => TextFeature.Others,
            < 0x400 => TextFeature.Greek,
            < 0x530 => TextFeature.Cyrillic,
            < 0x590 => TextFeature.Others,
            < 0x600 => TextFeature.Hebrew,
            _ => TextFeature.Arabic,
        };

    private static TextFeature OfThree(int character) =>
        character switch
        {
            < 0x900 => TextFeature.Arabic,
            < 0x980 => TextFeature.Devanagari,
            < 0xE00 => TextFeature.Indic,
            < 0xF00 => TextFeature.Thai,
            >= 0x1E00 and < 0x1F00 => TextFeature.LatinMarks,
            >= 0x1F00 and < 0x2000 => TextFeature.Greek,
            < 0x2000 => TextFeature.Others,
            < 0x2E00 => TextFeature.Symbols,
            < 0x3000 => TextFeature.Others,
            < 0x3040 => TextFeature.WideSigns,
            < 0x3100 => TextFeature.Kana,
            < 0x3400 => TextFeature.WideSigns,
            < 0xA000 => TextFeature.Han,
            < 0xAC00 => TextFeature.Others,
            < 0xD7B0 => TextFeature.Hangul,
            >= 0xF900 and < 0xFB00 => TextFeature.Han,
            >= 0xFF00 and < 0xFFF0 => TextFeature.WideSigns,
            _ => TextFeature.Others,
        };

    private static Kind[] CreateAsciiKinds()
    {
        var kinds = new Kind[128];
        for (var character = 0; character < kinds.Length; character++)
        {
            kinds[character] = (char)character switch
            {
                >= 'A' and <= 'Z' => Kind.Capital,
                >= '0' and <= '9' => Kind.Digit,
                ' ' or '\t' => Kind.Space,
                '\n' or '\r' => Kind.Line,
                _ => Kind.Sign,
            };
        }
        return kinds;
    }

    [InlineArray(FeatureCount)]
    private struct Counts
    {
        private long first;
    }
}
