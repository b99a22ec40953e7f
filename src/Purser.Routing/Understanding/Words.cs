using System.Runtime.CompilerServices;
using System.Text;

namespace Purser.Routing.Understanding;

/// <summary>What comes next in a text.</summary>
internal enum Word
{
    /// <summary>Nothing.</summary>
    End,

    /// <summary>Letters, in small ones; or one sign of a script that has no spaces.</summary>
    Letters,

    /// <summary>A number. All of as many digits are the same.</summary>
    Number,

    /// <summary>A sign that is neither.</summary>
    Sign,
}

/// <summary>The scripts that are told apart.</summary>
internal enum Script
{
    Latin,
    Cyrillic,
    Han,
    Hiragana,
    Katakana,
    Hangul,
    Arabic,
    Indic,
    Other,
}

/// <summary>Cuts a text into words: forwards, once, without copies. Any bytes will do.</summary>
internal ref struct Words(ReadOnlySpan<byte> text)
{
    private const ulong Offset = 14695981039346656037;
    private const ulong Prime = 1099511628211;
    private const int StemLetters = 5;

    private readonly ReadOnlySpan<byte> text = text;

    /// <summary>Where the next word is looked for.</summary>
    public int At { get; private set; }

    /// <summary>Where this one began.</summary>
    public int Start { get; private set; }

    /// <summary>What it's known by.</summary>
    public ulong Hash { get; private set; }

    /// <summary>What its first letters are known by; 0 where it has no more than these.</summary>
    public ulong Stem { get; private set; }

    /// <summary>How many capitals it has.</summary>
    public int Capitals { get; private set; }

    /// <summary>The script of its last letter.</summary>
    public Script Script { get; private set; }

    /// <summary>The sign, where it is one.</summary>
    public Rune Sign { get; private set; }

    /// <summary>What a sign is known by, where it counts as a word.</summary>
    public static ulong HashOf(Rune sign) => (Offset ^ (uint)sign.Value) * Prime;

    /// <summary>Two words as one.</summary>
    public static ulong Pair(ulong first, ulong second) => (first ^ (second >> 7 | second << 57)) * Prime + 1;

    /// <summary>Goes on.</summary>
    public Word Next()
    {
        while (At < text.Length)
        {
            Start = At;
            var first = text[At];
            if (IsLetter(first))
            {
                ReadLetters();
                return Word.Letters;
            }
            if (IsDigit(first))
            {
                ReadNumber();
                return Word.Number;
            }
            if (first < 0x80)
            {
                At++;
                if (first > ' ')
                {
                    Sign = new Rune(first);
                    return Word.Sign;
                }
                continue;
            }
            Rune.DecodeFromUtf8(text[At..], out var rune, out var length);
            if (!Rune.IsLetter(rune))
            {
                At += length;
                Sign = rune;
                return Word.Sign;
            }
            ReadLetters();
            return Word.Letters;
        }
        return Word.End;
    }

    private void ReadLetters()
    {
        var hash = Offset;
        Capitals = 0;
        Stem = 0;
        Script = Script.Latin;
        for (var letters = 0; At < text.Length; letters++)
        {
            var unit = text[At];
            if (IsLetter(unit) || IsDigit(unit))
            {
                if (IsEastAsian(Script))
                {
                    break;
                }
                Capitals += (uint)(unit - 'A') <= 'Z' - 'A' ? 1 : 0;
                Stem = letters == StemLetters ? hash : Stem;
                hash = (hash ^ (byte)(IsLetter(unit) ? unit | 0x20 : unit)) * Prime;
                At++;
                continue;
            }
            if (unit < 0x80)
            {
                break;
            }
            Rune.DecodeFromUtf8(text[At..], out var rune, out var length);
            if (!Rune.IsLetter(rune) && !IsMark(rune.Value))
            {
                break;
            }
            var script = ScriptOf(rune.Value);
            // Scripts without spaces: each sign of Han is a word, and a run of kana is one.
            if (At > Start && script != Script && (IsEastAsian(script) || IsEastAsian(Script)))
            {
                break;
            }
            Script = script;
            Stem = letters == StemLetters ? hash : Stem;
            hash = (hash ^ (uint)Rune.ToLowerInvariant(rune).Value) * Prime;
            At += length;
            if (script == Script.Han)
            {
                break;
            }
        }
        Hash = hash;
    }

    private void ReadNumber()
    {
        Script = Script.Latin;
        (Capitals, Stem) = (0, 0);
        while (
            At < text.Length && (IsDigit(text[At]) || (text[At] is (byte)'.' or (byte)',' && At + 1 < text.Length && IsDigit(text[At + 1])))
        )
        {
            At++;
        }
        Hash = (Offset ^ (ulong)Math.Min(At - Start, 12)) * Prime;
    }

    // The signs within words of Indic scripts and of decomposed Latin are no letters to Unicode.
    private static bool IsMark(int character) => character is (>= 0x300 and < 0x370) or (>= 0x900 and < 0xE00);

    private static Script ScriptOf(int character) =>
        character switch
        {
            < 0x370 or (>= 0x1E00 and < 0x1F00) => Script.Latin,
            >= 0x400 and < 0x530 => Script.Cyrillic,
            >= 0x600 and < 0x700 => Script.Arabic,
            >= 0x900 and < 0xE00 => Script.Indic,
            >= 0x3040 and < 0x30A0 => Script.Hiragana,
            >= 0x30A0 and < 0x3100 => Script.Katakana,
            >= 0x3400 and < 0xA000 => Script.Han,
            >= 0xAC00 and < 0xD7B0 => Script.Hangul,
            _ => Script.Other,
        };

    private static bool IsEastAsian(Script script) => script is Script.Han or Script.Hiragana or Script.Katakana;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool IsLetter(byte unit) => (uint)((unit | 0x20) - 'a') <= 'z' - 'a';

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool IsDigit(byte unit) => (uint)(unit - '0') <= 9;
}
