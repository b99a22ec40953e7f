namespace Purser.Routing.Learning;

/// <summary>The form of a prompt in numbers: lengths, digits, signs, options, question words. No word of it is kept.</summary>
internal static class PromptForm
{
    /// <summary>The names of the features, in order.</summary>
    public static IReadOnlyList<string> Names { get; } =
    [
        "characters",
        "item_characters",
        "words",
        "word_length",
        "lines",
        "sentences",
        "digit_share",
        "numbers",
        "largest_number",
        "decimals",
        "capital_share",
        "sign_share",
        "operators",
        "brackets",
        "code_signs",
        "quotes",
        "commas",
        "blanks",
        "options",
        "option_length",
        "option_spread",
        "question_length",
        "question_marks",
        "not_ascii",
        "latex",
        "percent_money",
        "long_words",
        "distinct_share",
        "what",
        "which",
        "how",
        "why",
        "who_when_where",
        "negation",
        "statement",
        "of_the_following",
        "all_none_of",
        "if_suppose",
        "calculate",
        "prove",
        "compare",
        "each_every",
        "fraction_words",
        "time_words",
        "code_words",
        "person_names",
    ];

    private static readonly string[][] s_cues =
    [
        ["what", "what's"],
        ["which"],
        ["how"],
        ["why", "because", "explain"],
        ["who", "whom", "when", "where"],
        ["not", "except", "least", "never", "incorrect", "false", "without"],
        ["statement", "statements", "true", "argument"],
        ["following"],
        ["none", "both", "neither", "above"],
        ["if", "suppose", "assume", "given", "let", "assuming"],
        ["calculate", "find", "compute", "determine", "estimate", "solve", "evaluate", "simplify"],
        ["prove", "show", "derive", "theorem", "infer", "conclude", "therefore"],
        ["more", "less", "than", "most", "best", "greater", "compared", "likely", "primarily"],
        ["each", "every", "per", "all", "total", "altogether"],
        ["half", "third", "quarter", "twice", "double", "triple", "times", "percent", "ratio", "fraction"],
        ["year", "years", "day", "days", "hour", "hours", "week", "weeks", "month", "months", "minutes", "century"],
        ["function", "return", "def", "class", "python", "code", "array", "string", "int", "algorithm", "test"],
    ];

    // Which signs are counted together, as which feature. The first is of lines: a text has one more than its breaks.
    private static readonly (int Feature, string Symbols)[] s_signs =
    [
        (4, "\n"),
        (5, ".!"),
        (22, "?"),
        (12, "+=*/^<>-"),
        (13, "(["),
        (14, "{};`#"),
        (15, "\"'“’"),
        (16, ","),
        (17, "_"),
        (24, "\\"),
        (25, "$%€£"),
    ];

    private static readonly sbyte[] s_kinds = Kinds();

    private static readonly FrozenCues s_lookup = new(s_cues);

    /// <summary>The features of a prompt, in the order of <see cref="Names"/>; sizes and counts are logarithms.</summary>
    /// <param name="prompt">The prompt's text.</param>
    public static float[] Of(string prompt)
    {
        var item = prompt.AsSpan(FinalItem.Start(prompt));
        var form = new float[Names.Count];
        form[0] = MathF.Log(1 + prompt.Length);
        form[1] = MathF.Log(1 + item.Length);
        Signs(item, form);
        Words(item, form);
        Options(item, form);
        return form;
    }

    private static void Signs(ReadOnlySpan<char> text, float[] form)
    {
        int digits = 0,
            capitals = 0,
            signs = 0,
            foreign = 0;
        Span<int> counts = stackalloc int[s_signs.Length];
        counts[0] = 1;
        foreach (var symbol in text)
        {
            digits += char.IsAsciiDigit(symbol) ? 1 : 0;
            capitals += char.IsAsciiLetterUpper(symbol) ? 1 : 0;
            signs += char.IsAsciiLetterOrDigit(symbol) || char.IsWhiteSpace(symbol) ? 0 : 1;
            foreign += symbol > 127 ? 1 : 0;
            if (symbol < s_kinds.Length && s_kinds[symbol] is >= 0 and var kind)
            {
                counts[kind]++;
            }
        }

        var size = Math.Max(1, text.Length);
        form[6] = (float)digits / size;
        form[10] = (float)capitals / size;
        form[11] = (float)signs / size;
        form[23] = Log(foreign);
        for (var kind = 0; kind < counts.Length; kind++)
        {
            form[s_signs[kind].Feature] = Log(counts[kind]);
        }
    }

    private static void Words(ReadOnlySpan<char> text, float[] form)
    {
        int words = 0,
            letters = 0,
            numbers = 0,
            decimals = 0,
            longWords = 0,
            names = 0;
        double largest = 0;
        var distinct = new HashSet<int>();
        var cues = new int[s_cues.Length];
        for (var at = 0; at < text.Length; )
        {
            var end = at + 1;
            if (char.IsLetter(text[at]))
            {
                for (; end < text.Length && (char.IsLetter(text[end]) || text[end] == '\''); end++) { }
                var word = text[at..end];
                words++;
                letters += word.Length;
                longWords += word.Length >= 9 ? 1 : 0;
                names +=
                    char.IsUpper(word[0]) && word.Length > 1 && at > 1 && text[at - 1] == ' ' && text[at - 2] is not ('.' or '?' or ':')
                        ? 1
                        : 0;
                distinct.Add(Hash(word));
                if (s_lookup.TryFind(word, out var cue))
                {
                    cues[cue]++;
                }
            }
            else if (char.IsAsciiDigit(text[at]))
            {
                for (; end < text.Length && (char.IsAsciiDigit(text[end]) || text[end] is '.' or ','); end++) { }
                var number = text[at..end].TrimEnd(".,");
                numbers++;
                decimals += number.Contains('.') ? 1 : 0;
                largest = Math.Max(largest, Number(number));
            }

            at = end;
        }

        form[2] = Log(words);
        form[3] = (float)letters / Math.Max(1, words);
        form[7] = Log(numbers);
        form[8] = (float)Math.Log(1 + largest);
        form[9] = Log(decimals);
        form[26] = Log(longWords);
        form[27] = (float)distinct.Count / Math.Max(1, words);
        for (var cue = 0; cue < cues.Length; cue++)
        {
            form[28 + cue] = Log(cues[cue]);
        }

        form[28 + cues.Length] = Log(names);
    }

    private static double Number(ReadOnlySpan<char> text) =>
        double.TryParse(text, System.Globalization.NumberStyles.Number, System.Globalization.CultureInfo.InvariantCulture, out var value)
            ? value
            : 0;

    /// <summary>Answer options are lines that begin with a letter and a stop or a bracket, as in "B) …".</summary>
    private static void Options(ReadOnlySpan<char> text, float[] form)
    {
        int count = 0,
            total = 0,
            longest = 0,
            shortest = int.MaxValue,
            asked = 0;
        foreach (var line in text.EnumerateLines())
        {
            var option = line.TrimStart(" (");
            if (option.Length > 1 && char.IsAsciiLetterUpper(option[0]) && option[1] is '.' or ')' or ':')
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

        form[18] = Log(count);
        form[19] = Log(total / Math.Max(1, count));
        form[20] = count == 0 ? 0 : Log(longest) - Log(shortest);
        form[21] = Log(asked);
    }

    /// <summary>For each symbol up to the euro's the kind of sign that it is; below nought for none.</summary>
    private static sbyte[] Kinds()
    {
        var kinds = new sbyte['€' + 1];
        Array.Fill(kinds, (sbyte)-1);
        for (var kind = 0; kind < s_signs.Length; kind++)
        {
            foreach (var symbol in s_signs[kind].Symbols)
            {
                kinds[symbol] = (sbyte)kind;
            }
        }

        return kinds;
    }

    private static int Hash(ReadOnlySpan<char> word)
    {
        var hash = 17;
        foreach (var letter in word)
        {
            hash = unchecked((hash * 31) + char.ToLowerInvariant(letter));
        }

        return hash;
    }

    private static float Log(int count) => MathF.Log(1 + count);
}
