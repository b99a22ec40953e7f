namespace Purser.Simulator.OpenAIImages;

/// <summary>What a request asks of its images, from JSON or from a form.</summary>
/// <param name="Model">The model's name; null where the request leaves it to the provider.</param>
/// <param name="Prompt">The prompt; null where it is missing.</param>
/// <param name="Count">How many images; null where it isn't said.</param>
/// <param name="Size">Their size; null where it isn't said.</param>
/// <param name="Quality">Their quality; null where it isn't said.</param>
/// <param name="Background">Their background; null where it isn't said.</param>
/// <param name="OutputFormat">Their format; null where it isn't said.</param>
/// <param name="ResponseFormat"><c>url</c> or <c>b64_json</c>, for DALL·E alone; null where it isn't said.</param>
/// <param name="Stream">Whether the answer is streamed.</param>
/// <param name="Partial">How many images a stream shows before the last one; null where it isn't said.</param>
/// <param name="User">The end user; null where it isn't said.</param>
internal sealed record ImageSettings(
    string? Model,
    string? Prompt,
    long? Count,
    string? Size,
    string? Quality,
    string? Background,
    string? OutputFormat,
    string? ResponseFormat,
    bool Stream,
    long? Partial,
    string? User
)
{
    /// <summary>What an image that a prompt has counts in tokens.</summary>
    public const int InputImageTokens = 323;

    /// <summary>What each image that a stream shows before the last one adds, in tokens.</summary>
    public const int PartialImageTokens = 100;

    /// <summary>Whether the model is billed by the image, and doesn't say its usage.</summary>
    public bool IsDallE => Name.StartsWith("dall-e", StringComparison.Ordinal);

    /// <summary>The model's name, or the provider's own choice.</summary>
    public string Name => Model ?? "dall-e-2";

    /// <summary>The size that is made where <c>auto</c> is asked.</summary>
    public string ServedSize => Size is null or "auto" ? "1024x1024" : Size;

    /// <summary>The quality that is made where <c>auto</c> is asked.</summary>
    public string ServedQuality =>
        IsDallE ? Quality ?? "standard"
        : Quality is null or "auto" or "standard" or "hd" ? "high"
        : Quality;

    /// <summary>What an image counts in tokens, by OpenAI's table for gpt-image-1; for other sizes by the area.</summary>
    public int OutputTokens
    {
        get
        {
            var (square, portrait, landscape) = ServedQuality switch
            {
                "low" => (272, 408, 400),
                "medium" => (1056, 1584, 1568),
                _ => (4160, 6240, 6208),
            };
            return IsDallE
                ? 0
                : ServedSize switch
                {
                    "1024x1024" => square,
                    "1024x1536" => portrait,
                    "1536x1024" => landscape,
                    _ => (int)(square * Area(ServedSize) / (1024 * 1024)),
                };
        }
    }

    private static long Area(string size) =>
        size.Split('x') is [var width, var height] && int.TryParse(width, out var w) && int.TryParse(height, out var h) ? (long)w * h : 0;
}
