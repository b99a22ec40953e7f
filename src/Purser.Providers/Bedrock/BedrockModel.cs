namespace Purser.Providers.Bedrock;

/// <summary>What a client of Bedrock's names in a path.</summary>
/// <param name="Name">The model's id or its profile's; an ARN that says neither stays as it is.</param>
/// <param name="Region">The region that an ARN is of; null where the path names none.</param>
internal readonly record struct BedrockModel(string Name, string? Region)
{
    private const int ArnParts = 6;

    // The areas that profiles spread their load over.
    private static readonly string[] Areas = ["us", "eu", "apac", "jp", "au", "ca", "global", "us-gov"];

    /// <summary>
    /// Reads <c>us.anthropic.claude-…</c>, or the ARN of a model or of a profile that AWS made
    /// (<c>arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.claude-…</c>), which says the same. What else has an ARN
    /// (<c>application-inference-profile/…</c>) doesn't say its model.
    /// </summary>
    /// <param name="path">The part of the path, of which a slash alone may still be escaped.</param>
    public static BedrockModel Read(string path)
    {
        var name = path.Replace("%2F", "/", StringComparison.OrdinalIgnoreCase);
        // The last part, the resource, has colons of its own.
        return
            name.Split(':', ArnParts) is ["arn", _, "bedrock", var region, _, var resource]
            && (After(resource, "inference-profile/") ?? After(resource, "foundation-model/")) is { Length: > 0 } listed
            ? new BedrockModel(listed, region.Length > 0 ? region : null)
            : new BedrockModel(name, null);
    }

    /// <summary>Whether an id is that of a profile that AWS made: it begins with an area.</summary>
    public static bool IsProfile(string id) =>
        id.IndexOf('.', StringComparison.Ordinal) is > 0 and var dot && Areas.Contains(id[..dot], StringComparer.Ordinal);

    private static string? After(string text, string beginning) =>
        text.StartsWith(beginning, StringComparison.Ordinal) ? text[beginning.Length..] : null;
}
