namespace Purser.Providers;

/// <summary>The tags of a request, or the reason why they are refused: exactly one of the two.</summary>
/// <param name="Tags">The tags in their order, or null.</param>
/// <param name="Fault">What is wrong, for the client, or null.</param>
public readonly record struct TagListResult(IReadOnlyList<KeyValuePair<string, string>>? Tags, RequestFault? Fault);

/// <summary>The value of <c>x-purser-tags</c>: <c>team=search,feature=autocomplete</c>.</summary>
public static class TagList
{
    /// <summary>The name of the fault that <see cref="Parse"/> reports.</summary>
    public const string InvalidTags = "invalid_tags";

    private const string Header = "x-purser-tags";
    private const int MaxTags = 32;
    private const int MaxKeyLength = 64;
    private const int MaxValueLength = 256;

    /// <summary>
    /// Reads tags: at most 32, keys of 1 to 64 characters of <c>a-z 0-9 _ . -</c>, values of 1 to 256 printable characters
    /// without commas. White space around keys and values doesn't count.
    /// </summary>
    /// <param name="value">The header's value; null or empty: no tags.</param>
    public static TagListResult Parse(string? value)
    {
        if (string.IsNullOrWhiteSpace(value))
        {
            return new TagListResult([], null);
        }
        var tags = new List<KeyValuePair<string, string>>();
        foreach (var part in value.Split(','))
        {
            if (tags.Count == MaxTags)
            {
                return Refused($"There are more than {MaxTags} tags.");
            }
            var equals = part.IndexOf('=', StringComparison.Ordinal);
            if (equals < 0)
            {
                return Refused($"Tag {tags.Count + 1} has no '='; write key=value,key=value.");
            }
            var key = part[..equals].Trim();
            var tag = part[(equals + 1)..].Trim();
            if (key.Length is 0 or > MaxKeyLength || !IsKey(key))
            {
                return Refused($"The key of tag {tags.Count + 1} must have 1 to {MaxKeyLength} characters of a-z 0-9 _ . -");
            }
            if (tag.Length is 0 or > MaxValueLength || tag.Any(char.IsControl))
            {
                return Refused($"The value of tag '{key}' must have 1 to {MaxValueLength} printable characters.");
            }
            if (tags.Exists(known => known.Key == key))
            {
                return Refused($"Tag '{key}' is there more than once.");
            }
            tags.Add(new(key, tag));
        }
        return new TagListResult(tags, null);
    }

    private static bool IsKey(string key) =>
        key.All(character => char.IsAsciiLetterLower(character) || char.IsAsciiDigit(character) || character is '_' or '.' or '-');

    private static TagListResult Refused(string message) => new(null, new RequestFault(InvalidTags, message, Header));
}
