using System.Globalization;
using System.IO.Hashing;
using System.Text;

namespace Purser.Providers.Translation;

/// <summary>Ids of tool calls, where a format has none or others than the provider takes. The same call has the same id every time.</summary>
internal static class ToolCallIds
{
    /// <summary>The id of a call in an answer whose format has none.</summary>
    /// <param name="answerId">The answer's id, as <see cref="AnswerContext.Id"/>.</param>
    /// <param name="index">The call's place among the answer's calls, from 0.</param>
    public static string Of(string answerId, int index) => Hash(string.Create(CultureInfo.InvariantCulture, $"{answerId}/{index}"));

    /// <summary>
    /// The id of a call in a conversation whose format has none, by its place there. Calls and results come in the same order, so that the n-th
    /// result of a tool belongs to its n-th call.
    /// </summary>
    /// <param name="name">The tool's name.</param>
    /// <param name="occurrence">How many calls of that name are before it, from 0.</param>
    public static string OfOccurrence(string name, int occurrence) =>
        Hash(string.Create(CultureInfo.InvariantCulture, $"{name}#{occurrence}"));

    /// <summary>An id that a provider takes: the id itself, or a hash of it where it's too long or has other characters than letters, digits, underscores and hyphens.</summary>
    /// <param name="id">The id.</param>
    /// <param name="longest">The longest that the provider takes.</param>
    /// <param name="notes">Takes the rule where the id is replaced.</param>
    public static string Fit(string id, int longest, RuleNotes notes)
    {
        if (ToolNames.IsPlain(id, longest))
        {
            return id;
        }
        notes.Note(TranslationRules.ChangeToolId);
        return Hash(id);
    }

    private static string Hash(string text) =>
        string.Create(CultureInfo.InvariantCulture, $"call_{XxHash3.HashToUInt64(Encoding.UTF8.GetBytes(text)):x16}");
}
