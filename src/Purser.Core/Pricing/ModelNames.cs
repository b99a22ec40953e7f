namespace Purser.Core.Pricing;

/// <summary>
/// Names by which providers call one model in many ways: of a fine-tuned model its owner's part is left away, of a path its beginning. Only
/// rules that a provider documents: what merely looks like a known name isn't one.
/// </summary>
internal static class ModelNames
{
    private const string FineTuned = "ft:";

    /// <summary>The name that a price book lists such a model under; null where no rule is for the name.</summary>
    /// <param name="provider">The provider, as the price book names it.</param>
    /// <param name="name">The name on the wire.</param>
    public static string? Listed(string provider, string name) =>
        provider switch
        {
            "openai" => OfOpenAI(name),
            "azure" => OfAzure(name),
            "aws" => OfBedrock(name),
            "google" => OfGoogle(name),
            _ => null,
        };

    // ft:gpt-4o-mini-2024-07-18:my-org:my-suffix:id costs as all models fine-tuned from gpt-4o-mini-2024-07-18 do.
    private static string? OfOpenAI(string name)
    {
        var end = name.StartsWith(FineTuned, StringComparison.Ordinal) ? name.IndexOf(':', FineTuned.Length) : -1;
        return end < 0 ? null : name[..end];
    }

    // gpt-4o-mini-2024-07-18.ft-0123456789abcdef: the same at Azure.
    private static string? OfAzure(string name)
    {
        var end = name.IndexOf(".ft-", StringComparison.Ordinal);
        return end <= 0 ? null : FineTuned + name[..end];
    }

    // arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.claude-…; an application's own profile (application-inference-profile/…)
    // doesn't say its model.
    private static string? OfBedrock(string name)
    {
        // Six parts, of which the last, the resource, has colons of its own.
        var parts = name.Split(':', 6);
        return parts is ["arn", _, "bedrock", _, _, var resource]
            ? After(resource, "inference-profile/") ?? After(resource, "foundation-model/")
            : null;
    }

    // models/gemini-2.5-pro, publishers/google/models/gemini-2.5-pro, projects/P/locations/L/publishers/google/models/gemini-2.5-pro. A tuned model's
    // path (projects/P/locations/L/models/ID) and an endpoint's don't say what it's made from. Vertex's chat completions say google/gemini-2.5-pro.
    private static string? OfGoogle(string name)
    {
        var publishers = name.IndexOf("publishers/", StringComparison.Ordinal);
        if (publishers < 0 || (publishers > 0 && !name.StartsWith("projects/", StringComparison.Ordinal)))
        {
            return After(name, "models/") ?? After(name, "google/");
        }
        var models = name.IndexOf("/models/", publishers, StringComparison.Ordinal);
        return models < 0 ? null : name[(models + "/models/".Length)..];
    }

    private static string? After(string name, string beginning) =>
        name.StartsWith(beginning, StringComparison.Ordinal) ? name[beginning.Length..] : null;
}
