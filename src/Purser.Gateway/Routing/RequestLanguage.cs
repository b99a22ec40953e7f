using Purser.Routing;
using Purser.Routing.Understanding;

namespace Purser.Gateway.Routing;

/// <summary>The language of a request, as far as its words and letters show it.</summary>
internal static class RequestLanguage
{
    private static readonly (string Name, int Place)[] Languages =
    [
        ("en", PlaceOf("is_english")),
        ("de", PlaceOf("is_german")),
        ("fr", PlaceOf("is_french")),
        ("es", PlaceOf("is_spanish")),
        ("latin", PlaceOf("is_other_latin")),
        ("cyrillic", PlaceOf("is_cyrillic")),
        ("east-asian", PlaceOf("is_east_asian")),
        ("other", PlaceOf("is_other_script")),
    ];

    /// <summary>All names: four languages, and scripts for the rest.</summary>
    public static IReadOnlyList<string> All { get; } = [.. Languages.Select(language => language.Name)];

    /// <summary>The language of a request; null where it has no words to tell it by.</summary>
    public static string? Of(RequestFeatures features)
    {
        foreach (var (name, place) in Languages)
        {
            if (place < features.Dense.Length && features.Dense[place] > 0)
            {
                return name;
            }
        }

        return null;
    }

    private static int PlaceOf(string feature) => FeatureNames.All.Index().First(named => named.Item == feature).Index;
}
