using System.Globalization;
using System.Text;

namespace Purser.Routing.Understanding;

/// <summary>
/// The form of the question itself in numbers: lengths, digits, signs, options, question words. Examples before it are left out. Used again for
/// the next request.
/// </summary>
internal sealed class ItemForm
{
    private const int LongWord = 9;

    // What is counted by its words; a word is in one group.
    private static readonly (string Name, string Words)[] Groups =
    [
        ("what", "what"),
        ("which", "which"),
        ("how", "how"),
        ("why", "why because explain"),
        ("who_when_where", "who whom when where"),
        ("negation", "not except least never incorrect false without"),
        ("statement", "statement statements true argument"),
        ("following", "following"),
        ("none_both", "none both neither above"),
        ("if_suppose", "if suppose assume given let assuming"),
        ("calculate", "calculate find compute determine estimate solve evaluate simplify"),
        ("prove", "prove show derive theorem infer conclude therefore"),
        ("compare", "more less than most best greater compared likely primarily"),
        ("each_every", "each every per all total altogether"),
        ("fractions", "half third quarter twice double triple times percent ratio fraction"),
        ("times", "year years day days hour hours week weeks month months minutes century"),
        ("code_words", "function return def class python code array string int algorithm test"),
    ];

    // Which signs are counted together.
    private static readonly (Measure Measure, string Signs)[] Kinds =
    [
        (Measure.Lines, "\n"),
        (Measure.Sentences, ".!"),
        (Measure.Questions, "?"),
        (Measure.Operators, "+=*/^<>-"),
        (Measure.Brackets, "(["),
        (Measure.CodeSigns, "{};`#"),
        (Measure.Quotes, "\"'"),
        (Measure.Commas, ","),
        (Measure.Blanks, "_"),
        (Measure.Backslashes, "\\"),
        (Measure.PercentMoney, "$%"),
    ];

    private static readonly sbyte[] KindOf = KindTable();
    private static readonly Dictionary<ulong, int> GroupOf = GroupTable();

    private readonly HashSet<ulong> distinct = [];
    private readonly int[] groups = new int[Groups.Length];

    private enum Measure
    {
        TextBytes,
        Bytes,
        Words,
        WordLength,
        LongWords,
        DistinctShare,
        Names,
        Lines,
        Sentences,
        Questions,
        Operators,
        Brackets,
        CodeSigns,
        Quotes,
        Commas,
        Blanks,
        Backslashes,
        PercentMoney,
        DigitShare,
        CapitalShare,
        SignShare,
        ForeignBytes,
        Numbers,
        Decimals,
        LargestNumber,
        Options,
        OptionBytes,
        OptionSpread,
        AskedBytes,
    }

    private const int MeasureCount = (int)Measure.AskedBytes + 1;

    /// <summary>The names of what <see cref="Write"/> writes, in its order.</summary>
    public static IEnumerable<string> Names { get; } =
    [.. Enum.GetNames<Measure>().Select(name => "item" + FeatureNames.Snake(name)), .. Groups.Select(group => "item_says_" + group.Name)];

    /// <summary>How many there are.</summary>
    public static int Count => MeasureCount + Groups.Length;

    /// <summary>Writes the form of an item; sizes and counts are ln(1 + n).</summary>
    /// <param name="text">The text, in UTF-8.</param>
    /// <param name="itemStart">Where the question itself begins.</param>
    /// <param name="form">Where to; <see cref="Count"/> long.</param>
    public void Write(ReadOnlySpan<byte> text, int itemStart, Span<float> form)
    {
        var item = text[itemStart..];
        form[(int)Measure.TextBytes] = Log(text.Length);
        form[(int)Measure.Bytes] = Log(item.Length);
        WriteSigns(item, form);
        WriteWords(item, form);
        WriteOptions(item, form);
    }

    private static void WriteSigns(ReadOnlySpan<byte> text, Span<float> form)
    {
        int digits = 0,
            capitals = 0,
            signs = 0,
            foreign = 0;
        Span<int> counts = stackalloc int[Kinds.Length];
        counts.Clear();
        foreach (var symbol in text)
        {
            if (char.IsAsciiLetterLower((char)symbol) || symbol == ' ')
            {
                continue;
            }
            digits += char.IsAsciiDigit((char)symbol) ? 1 : 0;
            capitals += char.IsAsciiLetterUpper((char)symbol) ? 1 : 0;
            foreign += symbol >= 0x80 ? 1 : 0;
            signs += symbol is > (byte)' ' and < 0x7F && !char.IsAsciiLetterOrDigit((char)symbol) ? 1 : 0;
            if (KindOf[symbol] is >= 0 and var kind)
            {
                counts[kind]++;
            }
        }
        var size = Math.Max(1, text.Length);
        form[(int)Measure.DigitShare] = (float)digits / size;
        form[(int)Measure.CapitalShare] = (float)capitals / size;
        form[(int)Measure.SignShare] = (float)signs / size;
        form[(int)Measure.ForeignBytes] = Log(foreign);
        for (var kind = 0; kind < counts.Length; kind++)
        {
            form[(int)Kinds[kind].Measure] = Log(counts[kind]);
        }
    }

    private void WriteWords(ReadOnlySpan<byte> text, Span<float> form)
    {
        int words = 0,
            letters = 0,
            longWords = 0,
            names = 0,
            numbers = 0,
            decimals = 0;
        double largest = 0;
        distinct.Clear();
        Array.Clear(groups);
        var next = new Words(text);
        for (var word = next.Next(); word != Word.End; word = next.Next())
        {
            var length = next.At - next.Start;
            if (word == Word.Letters)
            {
                words++;
                letters += length;
                longWords += length >= LongWord ? 1 : 0;
                names += length > 1 && IsName(text, next.Start) ? 1 : 0;
                distinct.Add(next.Hash);
                if (GroupOf.TryGetValue(next.Hash, out var group))
                {
                    groups[group]++;
                }
            }
            else if (word == Word.Number)
            {
                var number = text[next.Start..next.At];
                numbers++;
                decimals += number.Contains((byte)'.') ? 1 : 0;
                largest = Math.Max(largest, Number(number));
            }
        }
        form[(int)Measure.Words] = Log(words);
        form[(int)Measure.WordLength] = letters / (float)Math.Max(1, words);
        form[(int)Measure.LongWords] = Log(longWords);
        form[(int)Measure.DistinctShare] = distinct.Count / (float)Math.Max(1, words);
        form[(int)Measure.Names] = Log(names);
        form[(int)Measure.Numbers] = Log(numbers);
        form[(int)Measure.Decimals] = Log(decimals);
        form[(int)Measure.LargestNumber] = (float)Math.Log(1 + largest);
        for (var group = 0; group < groups.Length; group++)
        {
            form[MeasureCount + group] = Log(groups[group]);
        }
    }

    // A capital within a sentence.
    private static bool IsName(ReadOnlySpan<byte> text, int start) =>
        start > 1
        && char.IsAsciiLetterUpper((char)text[start])
        && text[start - 1] == ' '
        && text[start - 2] is not ((byte)'.' or (byte)'?' or (byte)':');

    private static double Number(ReadOnlySpan<byte> text) =>
        double.TryParse(text, NumberStyles.Number, CultureInfo.InvariantCulture, out var value) ? value : 0;

    // Options are lines that begin with a capital and a stop or a bracket, as in "B) …".
    private static void WriteOptions(ReadOnlySpan<byte> text, Span<float> form)
    {
        int count = 0,
            total = 0,
            longest = 0,
            shortest = int.MaxValue,
            asked = 0;
        for (var rest = text; !rest.IsEmpty; )
        {
            var end = rest.IndexOf((byte)'\n');
            var line = end < 0 ? rest : rest[..end];
            rest = end < 0 ? default : rest[(end + 1)..];
            var option = line.TrimStart(" ("u8);
            if (option.Length > 1 && char.IsAsciiLetterUpper((char)option[0]) && option[1] is (byte)'.' or (byte)')' or (byte)':')
            {
                count++;
                total += option.Length;
                longest = Math.Max(longest, option.Length);
                shortest = Math.Min(shortest, option.Length);
            }
            else if (count == 0)
            {
                asked += line.Length + 1;
            }
        }
        form[(int)Measure.Options] = Log(count);
        form[(int)Measure.OptionBytes] = Log(total / Math.Max(1, count));
        form[(int)Measure.OptionSpread] = count == 0 ? 0 : Log(longest) - Log(shortest);
        form[(int)Measure.AskedBytes] = Log(asked);
    }

    private static float Log(int count) => MathF.Log(1 + count);

    // For each byte the kind of sign that it is; below nought for none.
    private static sbyte[] KindTable()
    {
        var kinds = new sbyte[256];
        Array.Fill(kinds, (sbyte)-1);
        for (var kind = 0; kind < Kinds.Length; kind++)
        {
            foreach (var sign in Kinds[kind].Signs)
            {
                kinds[sign] = (sbyte)kind;
            }
        }
        return kinds;
    }

    private static Dictionary<ulong, int> GroupTable()
    {
        var table = new Dictionary<ulong, int>();
        for (var group = 0; group < Groups.Length; group++)
        {
            var words = new Words(Encoding.UTF8.GetBytes(Groups[group].Words));
            while (words.Next() == Word.Letters)
            {
                table.Add(words.Hash, group);
            }
        }
        return table;
    }
}
