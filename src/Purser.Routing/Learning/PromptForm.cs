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
        int lines = 1,
            sentences = 0,
            digits = 0,
            capitals = 0,
            signs = 0,
            operators = 0,
            brackets = 0;
        int code = 0,
            quotes = 0,
            commas = 0,
            blanks = 0,
            questions = 0,
            foreign = 0,
            latex = 0,
            money = 0;
        foreach (var symbol in text)
        {
            digits += char.IsAsciiDigit(symbol) ? 1 : 0;
            capitals += char.IsAsciiLetterUpper(symbol) ? 1 : 0;
            signs += char.IsAsciiLetterOrDigit(symbol) || char.IsWhiteSpace(symbol) ? 0 : 1;
            foreign += symbol > 127 ? 1 : 0;
            switch (symbol)
            {
                case '\n':
                    lines++;
                    break;
                case '.' or '!':
                    sentences++;
                    break;
                case '?':
                    questions++;
                    break;
                case '+' or '=' or '*' or '/' or '^' or '<' or '>' or '-':
                    operators++;
                    break;
                case '(' or '[':
                    brackets++;
                    break;
                case '{' or '}' or ';' or '`' or '#':
                    code++;
                    break;
                case '"' or '\'' or '“' or '’':
                    quotes++;
                    break;
                case ',':
                    commas++;
                    break;
                case '_':
                    blanks++;
                    break;
                case '\\':
                    latex++;
                    break;
                case '$' or '%' or '€' or '£':
                    money++;
                    break;
                default:
                    break;
            }
        }

        var size = Math.Max(1, text.Length);
        form[4] = Log(lines);
        form[5] = Log(sentences);
        form[6] = (float)digits / size;
        form[10] = (float)capitals / size;
        form[11] = (float)signs / size;
        form[12] = Log(operators);
        form[13] = Log(brackets);
        form[14] = Log(code);
        form[15] = Log(quotes);
        form[16] = Log(commas);
        form[17] = Log(blanks);
        form[22] = Log(questions);
        form[23] = Log(foreign);
        form[24] = Log(latex);
        form[25] = Log(money);
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
                largest = double.TryParse(
                    number,
                    System.Globalization.NumberStyles.Number,
                    System.Globalization.CultureInfo.InvariantCulture,
                    out var value
                )
                    ? Math.Max(largest, value)
                    : largest;
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
