namespace Purser.Providers.Bedrock;

/// <summary>Whose format a model of Bedrock's InvokeModel speaks.</summary>
internal enum ModelFamily
{
    /// <summary>The name says nothing that is known.</summary>
    Unknown,

    /// <summary>Claude: messages.</summary>
    Anthropic,

    /// <summary>Amazon's Nova: like Converse.</summary>
    Nova,

    /// <summary>Amazon's Titan: text and its embeddings.</summary>
    Titan,

    /// <summary>Meta's Llama.</summary>
    Llama,

    /// <summary>Those that speak OpenAI's format, with or without usage: Mistral, AI21, DeepSeek, OpenAI, Qwen and others.</summary>
    Chat,

    /// <summary>Those whose answers count nothing: Cohere, and models of images.</summary>
    Uncounted,
}

/// <summary>Finds the family in a model's name.</summary>
internal static class ModelFamilies
{
    private static readonly (string Part, ModelFamily Family)[] Known =
    [
        ("anthropic.", ModelFamily.Anthropic),
        ("amazon.nova-canvas", ModelFamily.Uncounted),
        ("amazon.nova-reel", ModelFamily.Uncounted),
        ("amazon.nova-sonic", ModelFamily.Uncounted),
        ("amazon.nova-2-sonic", ModelFamily.Uncounted),
        ("amazon.nova-2-multimodal-embeddings", ModelFamily.Uncounted),
        ("amazon.nova", ModelFamily.Nova),
        ("amazon.titan-image", ModelFamily.Uncounted),
        ("amazon.titan-embed-image", ModelFamily.Uncounted),
        ("amazon.rerank", ModelFamily.Uncounted),
        ("amazon.titan", ModelFamily.Titan),
        ("meta.llama", ModelFamily.Llama),
        ("cohere.", ModelFamily.Uncounted),
        ("stability.", ModelFamily.Uncounted),
        ("twelvelabs.", ModelFamily.Uncounted),
        ("mistral.", ModelFamily.Chat),
        ("ai21.", ModelFamily.Chat),
        ("deepseek.", ModelFamily.Chat),
        ("openai.", ModelFamily.Chat),
        ("qwen.", ModelFamily.Chat),
        ("google.", ModelFamily.Chat),
        ("minimax.", ModelFamily.Chat),
        ("moonshot.", ModelFamily.Chat),
        ("moonshotai.", ModelFamily.Chat),
        ("nvidia.", ModelFamily.Chat),
        ("writer.", ModelFamily.Chat),
        ("zai.", ModelFamily.Chat),
    ];

    /// <summary>
    /// The family of a model's id, alone (<c>meta.llama3-8b-instruct-v1:0</c>), of a region (<c>eu.amazon.nova-lite-v1:0</c>), or at the end of
    /// the ARN of a model or of a profile of one.
    /// </summary>
    public static ModelFamily Of(string? model)
    {
        var name = model.AsSpan();
        name = name[(name.LastIndexOf('/') + 1)..];
        foreach (var (part, family) in Known)
        {
            var at = name.IndexOf(part, StringComparison.Ordinal);
            if (at == 0 || (at > 0 && name[at - 1] == '.'))
            {
                return family;
            }
        }
        return ModelFamily.Unknown;
    }

    /// <summary>Whether a model makes embeddings, by its name.</summary>
    public static bool IsEmbedding(string model) => model.Contains("embed", StringComparison.Ordinal);

    /// <summary>
    /// Whether what an invocation costs is known: the model's own body counts it, or the headers do, which count text alone. Images, sounds, videos
    /// and rerankings are billed otherwise.
    /// </summary>
    public static bool CanBeInvoked(string model) =>
        Of(model) switch
        {
            ModelFamily.Unknown => false,
            ModelFamily.Uncounted => model.Contains("cohere.", StringComparison.Ordinal)
                && !model.Contains("rerank", StringComparison.Ordinal),
            _ => true,
        };

    /// <summary>Whether a model converses, by its name; one that an operator named does.</summary>
    public static bool Converses(string model) =>
        !IsEmbedding(model)
        && Of(model) switch
        {
            ModelFamily.Uncounted => model.Contains("cohere.command", StringComparison.Ordinal),
            _ => true,
        };
}
