namespace Purser.Providers.Tokens;

/// <summary>
/// What of a text drives its tokens, whatever the tokenizer. Each is a count that only grows as the text does, so that an estimate
/// made of them does too. The order is that of the weights in <see cref="TokenFamily"/> and of the script that fits them.
/// </summary>
internal enum TextFeature
{
    /// <summary>Beginnings of words of any script that has letters.</summary>
    Words,

    /// <summary>The third and fourth ASCII letters of words.</summary>
    ThirdLetters,

    /// <summary>The fifth and sixth ASCII letters of words.</summary>
    FifthLetters,

    /// <summary>ASCII letters beyond the sixth of a word.</summary>
    LongLetters,

    /// <summary>Capitals that follow a small letter: fooBar, and random letters.</summary>
    Switches,

    /// <summary>Capitals that follow a capital.</summary>
    Capitals,

    /// <summary>Beginnings of numbers.</summary>
    Numbers,

    /// <summary>ASCII digits.</summary>
    Digits,

    /// <summary>Runs of two or more spaces or tabs.</summary>
    SpaceRuns,

    /// <summary>Spaces and tabs beyond the first of a run.</summary>
    ExtraSpaces,

    /// <summary>Runs of line ends.</summary>
    LineRuns,

    /// <summary>Line ends beyond the first of a run.</summary>
    ExtraLines,

    /// <summary>Runs of ASCII signs.</summary>
    SignRuns,

    /// <summary>ASCII signs.</summary>
    Signs,

    /// <summary>Latin letters beyond ASCII.</summary>
    LatinMarks,

    /// <summary>Greek letters.</summary>
    Greek,

    /// <summary>Cyrillic letters.</summary>
    Cyrillic,

    /// <summary>Hebrew letters.</summary>
    Hebrew,

    /// <summary>Arabic letters.</summary>
    Arabic,

    /// <summary>Devanagari letters: Hindi, Marathi, Nepali.</summary>
    Devanagari,

    /// <summary>Letters of India's other scripts.</summary>
    Indic,

    /// <summary>Thai and Lao letters.</summary>
    Thai,

    /// <summary>Typographic signs, arrows and symbols.</summary>
    Symbols,

    /// <summary>Signs of Chinese and Japanese, and full-width forms.</summary>
    WideSigns,

    /// <summary>Hiragana and Katakana.</summary>
    Kana,

    /// <summary>Chinese characters.</summary>
    Han,

    /// <summary>Korean syllables.</summary>
    Hangul,

    /// <summary>Any other character of up to three bytes.</summary>
    Others,

    /// <summary>Characters of four bytes: emoji, rare characters.</summary>
    FourBytes,
}
