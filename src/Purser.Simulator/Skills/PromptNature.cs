using System.IO.Hashing;
using System.Runtime.InteropServices;
using System.Text;
using Purser.Simulator.Answers;

namespace Purser.Simulator.Skills;

/// <summary>What a prompt is, behind what can be seen of it.</summary>
public sealed class PromptNature
{
    private const int ShortestWord = 4;
    private const char FirstIdeograph = '\u2E80';

    private readonly ulong seed;
    private readonly int usualTokens;

    private PromptNature(string text, TaskKind? kind, double difficulty, ulong seed)
    {
        Text = text;
        Class = kind?.Name ?? TaskKind.Other;
        usualTokens = kind?.Tokens ?? 120;
        Difficulty = difficulty;
        this.seed = seed;
    }

    /// <summary>Its class.</summary>
    public string Class { get; }

    /// <summary>How hard it is: at this skill, half of the answers are good.</summary>
    public double Difficulty { get; }

    /// <summary>The system's text and the user's.</summary>
    internal string Text { get; }

    /// <summary>What a prompt is by a plan.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="system">The system's text.</param>
    /// <param name="asked">What the user said last.</param>
    /// <param name="last">The last message's text, a tool's result included: what chance is drawn from; null where it is <paramref name="asked"/>.</param>
    public static PromptNature Of(SkillPlan plan, string system, string asked, string? last = null)
    {
        var text = system + "\n" + asked;
        var kind = plan.Classes.FirstOrDefault(each => each.Says.Any(says => text.Contains(says, StringComparison.OrdinalIgnoreCase)));
        var seed = Hash(Squeezed(system + "\n" + asked + "\n" + (last ?? asked)), plan.Seed);
        var chance = new SeededRandom(seed);
        var difficulty =
            (kind?.Offset ?? 0)
            + (plan.Difficulty.Words * WordsPart(asked, plan.Seed))
            + (plan.Difficulty.Form * FormPart(asked))
            + (plan.Difficulty.Chance * Normal(ref chance));
        return new PromptNature(text, kind, difficulty, seed);
    }

    /// <summary>The draws of one model's answer.</summary>
    internal SeededRandom Draws(string model) => new(SeededRandom.Mix(seed ^ Hash(model, 7)));

    /// <summary>How many tokens an answer has.</summary>
    internal int Tokens(double length) => Math.Max(8, (int)(usualTokens * length * (0.5 + new SeededRandom(seed ^ 3).Fraction())));

    // Each word has a weight of its own; the sum over a prompt's different words spreads as much whatever its length. No single one says much.
    private static double WordsPart(string text, ulong seed)
    {
        var words = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < text.Length; )
        {
            // Scripts without blanks between words: each two signs are a word.
            if (text[i] >= FirstIdeograph && i + 1 < text.Length && text[i + 1] >= FirstIdeograph)
            {
                words.Add(text[i..(i + 2)]);
                i++;
                continue;
            }

            var start = i;
            while (i < text.Length && char.IsLetter(text[i]) && text[i] < FirstIdeograph)
            {
                i++;
            }

            if (i - start >= ShortestWord)
            {
                words.Add(text[start..i].ToLowerInvariant());
            }

            i = i == start ? i + 1 : i;
        }

        var sum = 0.0;
        foreach (var word in words)
        {
            var random = new SeededRandom(Hash(word, seed));
            sum += Normal(ref random);
        }

        return words.Count == 0 ? 0 : sum / Math.Sqrt(words.Count);
    }

    private static double FormPart(string text)
    {
        var numbers = 0;
        var sentences = 0;
        var lines = 0;
        for (var i = 0; i < text.Length; i++)
        {
            numbers += char.IsAsciiDigit(text[i]) && (i == 0 || !char.IsAsciiDigit(text[i - 1])) ? 1 : 0;
            sentences += text[i] is '.' or '?' or '!' or ';' ? 1 : 0;
            lines += text[i] == '\n' ? 1 : 0;
        }

        return (0.5 * (Math.Log2(1 + text.Length) - 8.5))
            + (0.4 * (Math.Log2(1 + numbers) - 2))
            + (0.3 * (Math.Log2(1 + sentences) - 2))
            + (0.2 * (Math.Log2(1 + lines) - 1.5));
    }

    // The sum of twelve fractions has a deviation of 1.
    private static double Normal(ref SeededRandom random)
    {
        var sum = -6.0;
        for (var i = 0; i < 12; i++)
        {
            sum += random.Fraction();
        }

        return sum;
    }

    // Formats put blocks of text together in different ways.
    private static string Squeezed(string text)
    {
        var squeezed = new StringBuilder(text.Length);
        foreach (var letter in text.Where(letter => !char.IsWhiteSpace(letter)))
        {
            squeezed.Append(letter);
        }

        return squeezed.ToString();
    }

    private static ulong Hash(string text, ulong seed) =>
        XxHash3.HashToUInt64(MemoryMarshal.AsBytes(text.AsSpan()), (long)SeededRandom.Mix(seed + 1));
}
