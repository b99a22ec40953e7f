using System.Text;

namespace Purser.Routing.Understanding;

/// <summary>
/// The names of <see cref="RequestFeatures.Dense"/>, in its order: first sizes, counts, shares and flags; then, for each cue (a kind of word, such as
/// <c>summarize</c> or <c>code_noun</c>), how sure the last user's turn gives it (<c>says_</c>), whether it leads that turn
/// (<c>leads_</c>), and how sure the system's text gives it (<c>system_</c>); and last the form of the question itself in the last user's turn
/// (<c>item_</c>), which is all that the learner sees of these.
/// </summary>
public static class FeatureNames
{
    private const int CueCount = Cues.Count - 1;

    internal const int Plain = (int)Feature.IsOtherScript + 1;

    /// <summary>All names.</summary>
    public static IReadOnlyList<string> All { get; } =
    [
        .. Enum.GetNames<Feature>().Select(Snake),
        .. CueNames().Select(name => "says_" + name),
        .. CueNames().Select(name => "leads_" + name),
        .. CueNames().Select(name => "system_" + name),
        .. ItemForm.Names,
    ];

    /// <summary>How many places the hashed space of <see cref="RequestFeatures.Grams"/> has.</summary>
    public const int GramPlaces = GramTable.Size;

    internal static int Says(Cue cue) => Plain + (int)cue - 1;

    internal static int Leads(Cue cue) => Plain + CueCount + (int)cue - 1;

    internal static int InSystem(Cue cue) => Plain + 2 * CueCount + (int)cue - 1;

    /// <summary>Where the form of the question begins; it goes on to the end.</summary>
    internal const int Item = Plain + 3 * CueCount;

    private static IEnumerable<string> CueNames() => Enum.GetNames<Cue>().Skip(1).Select(Snake);

    internal static string Snake(string name)
    {
        var snake = new StringBuilder();
        foreach (var character in name)
        {
            if (char.IsAsciiLetterUpper(character) && snake.Length > 0)
            {
                snake.Append('_');
            }
            snake.Append(char.ToLowerInvariant(character));
        }
        return snake.ToString();
    }
}
