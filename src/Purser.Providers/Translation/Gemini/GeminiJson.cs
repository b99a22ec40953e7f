using System.Text.Json;

namespace Purser.Providers.Translation.Gemini;

/// <summary>Members of Google's JSON, which may be written in camel case or in snake case.</summary>
internal static class GeminiJson
{
    /// <summary>A member that isn't null, by its name in camel case.</summary>
    public static bool Has(JsonElement owner, string name, out JsonElement value) =>
        owner.Has(name, out value) || owner.Has(Snake(name), out value);

    /// <summary>A member that is a string.</summary>
    public static string? Text(JsonElement owner, string name) => owner.Text(name) ?? owner.Text(Snake(name));

    /// <summary>The elements of a member that is a list.</summary>
    public static IEnumerable<JsonElement> List(JsonElement owner, string name) =>
        Has(owner, name, out var value) && value.ValueKind == JsonValueKind.Array ? value.EnumerateArray() : [];

    /// <summary>A name in camel case.</summary>
    public static string Camel(string name)
    {
        if (!name.Contains('_', StringComparison.Ordinal))
        {
            return name;
        }
        var words = name.Split('_', StringSplitOptions.RemoveEmptyEntries);
        return string.Concat(words.Select((word, index) => index == 0 ? word : char.ToUpperInvariant(word[0]) + word[1..]));
    }

    private static string Snake(string name) =>
        string.Concat(name.Select(letter => char.IsAsciiLetterUpper(letter) ? "_" + char.ToLowerInvariant(letter) : letter.ToString()));
}
