namespace Purser.Providers.Translation;

/// <summary>
/// The rules that were applied to one message, each once, in the order in which they were met: what the response header
/// <c>x-purser-translation</c> says. They are at most 32; more are counted as <c>more</c>.
/// </summary>
public sealed class RuleNotes
{
    private const int Most = 32;
    private const int LongestMember = 64;

    private readonly List<string> names = [];
    private int left;

    /// <summary>The rules' names; the last may be <c>more</c>.</summary>
    public IReadOnlyList<string> Names => left == 0 ? names : [.. names, "more"];

    /// <summary>The rule that refuses the request, the first one; null while none does.</summary>
    public TranslationRule? Refusal { get; private set; }

    /// <summary>The member that is at fault, if one is.</summary>
    public string? RefusedMember { get; private set; }

    /// <summary>The header's value: the names with commas between them; empty where there are none.</summary>
    public string ToHeader() => string.Join(", ", Names);

    /// <summary>A rule was applied.</summary>
    public void Note(TranslationRule rule) => Add(rule.Name);

    /// <summary>A rule was applied if something is so.</summary>
    public void NoteIf(bool isSo, TranslationRule rule)
    {
        if (isSo)
        {
            Add(rule.Name);
        }
    }

    /// <summary>A rule refuses the request; the first that does counts.</summary>
    /// <param name="rule">The rule; its name begins with <c>refuse:</c>.</param>
    /// <param name="member">The member of the request, if one is at fault.</param>
    public void Refuse(TranslationRule rule, string? member = null)
    {
        Add(rule.Name);
        if (Refusal is null)
        {
            (Refusal, RefusedMember) = (rule, member);
        }
    }

    /// <summary>A member was left out that Purser doesn't know. Its name is cleaned and shortened.</summary>
    /// <param name="path">Its name, with those of the objects that it's in before it: <c>tools.input_examples</c>.</param>
    public void Unknown(string path) => Add(TranslationRules.UnknownPrefix + HeaderSafe(path));

    /// <summary>Takes over the notes of another message.</summary>
    public void AddAll(RuleNotes other)
    {
        foreach (var name in other.names)
        {
            Add(name);
        }
        left += other.left;
    }

    private void Add(string name)
    {
        if (names.Contains(name))
        {
            return;
        }
        if (names.Count < Most)
        {
            names.Add(name);
        }
        else
        {
            left++;
        }
    }

    // A header has ASCII alone, and a comma ends a name there.
    private static string HeaderSafe(string name)
    {
        var text = name.Length > LongestMember ? name.AsSpan(0, LongestMember) : name;
        return string.Create(
            text.Length,
            text,
            (safe, from) =>
            {
                for (var index = 0; index < from.Length; index++)
                {
                    safe[index] = char.IsAsciiLetterOrDigit(from[index]) || from[index] is '_' or '-' or '.' ? from[index] : '?';
                }
            }
        );
    }
}
