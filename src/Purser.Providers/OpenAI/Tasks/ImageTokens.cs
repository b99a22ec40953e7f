namespace Purser.Providers.OpenAI.Tasks;

/// <summary>
/// How many output tokens an image has, by OpenAI's guide to images ("Cost and latency"): the models of gpt-image-1 alone have a table there. A size or
/// quality that isn't in it, or is left to the model, counts as the largest.
/// </summary>
internal static class ImageTokens
{
    private static readonly (string Quality, long Square, long Portrait, long Landscape)[] Table =
    [
        ("low", 272, 408, 400),
        ("medium", 1056, 1584, 1568),
        ("high", 4160, 6240, 6208),
    ];

    /// <summary>The most tokens of one image; null of models that no table is known of.</summary>
    public static long? Of(string model, string? size, string? quality)
    {
        var name = model.AsSpan(model.LastIndexOf('/') + 1);
        if (!name.StartsWith("gpt-image-1", StringComparison.OrdinalIgnoreCase))
        {
            return null;
        }
        var row = Table[^1];
        foreach (var known in Table)
        {
            row = known.Quality == quality ? known : row;
        }
        return size switch
        {
            "1024x1024" => row.Square,
            "1536x1024" => row.Landscape,
            _ => row.Portrait,
        };
    }
}
