using System.Collections.Frozen;
using Purser.Providers.OpenAI.Tasks;
using Purser.Providers.Passthrough;

namespace Purser.Providers.OpenAI;

/// <summary>An API that has OpenAI's formats at its own paths, and takes the key as a bearer token, as most vendors do.</summary>
public abstract class OpenAICompatibleApi : ProviderApi
{
    private readonly FrozenDictionary<string, string> paths;

    /// <summary>An API with these formats.</summary>
    /// <param name="formats">Each with its path below the base URL, the best to translate to first.</param>
    protected OpenAICompatibleApi(params ReadOnlySpan<(WireFormat Format, string Path)> formats)
    {
        var (all, known) = (new List<WireFormat>(), new Dictionary<string, string>());
        foreach (var (format, path) in formats)
        {
            all.Add(format);
            known.Add(format.Name, path);
        }
        Formats = all;
        paths = known.ToFrozenDictionary(StringComparer.Ordinal);
    }

    /// <inheritdoc/>
    public override IReadOnlyList<WireFormat> Formats { get; }

    /// <inheritdoc/>
    public override string Url(string baseUrl, WireFormat format, string model, bool stream) => Below(baseUrl, Path(format));

    /// <inheritdoc/>
    public override string? ObjectUrl(string baseUrl, string path) => Below(baseUrl, path);

    /// <inheritdoc/>
    public override IReadOnlyList<PassthroughRoute> PassthroughRoutes { get; } = PassthroughRoute.Models("/v1");

    /// <summary>The path of a format below the base URL.</summary>
    protected string Path(WireFormat format) => paths[format.Name];

    /// <summary>Chat completions in a vendor's dialect, at their usual path.</summary>
    protected static (WireFormat Format, string Path) Chat(ChatDialect dialect, string path = "/chat/completions") =>
        (new OpenAIFormat(dialect), path);

    /// <summary>Embeddings, read as the vendor states them.</summary>
    protected static (WireFormat Format, string Path) Embeddings(string vendor) => At(new EmbeddingsFormat(vendor));

    /// <summary>Rankings.</summary>
    protected static (WireFormat Format, string Path) Rerank(string vendor) => At(new RerankFormat(vendor));

    /// <summary>Images made of a text.</summary>
    protected static (WireFormat Format, string Path) Images(string vendor) => At(new ImagesFormat(ImageTask.Generation, vendor));

    /// <summary>Images changed.</summary>
    protected static (WireFormat Format, string Path) ImageEdits(string vendor) => At(new ImagesFormat(ImageTask.Edit, vendor));

    /// <summary>Images like another.</summary>
    protected static (WireFormat Format, string Path) Variations() => At(new ImagesFormat(ImageTask.Variation));

    /// <summary>Transcriptions.</summary>
    protected static (WireFormat Format, string Path) Transcriptions(string vendor) => At(new TranscriptionFormat(false, vendor));

    /// <summary>Transcriptions into English.</summary>
    protected static (WireFormat Format, string Path) Translations(string vendor) => At(new TranscriptionFormat(true, vendor));

    /// <summary>Speech.</summary>
    protected static (WireFormat Format, string Path) Speech(string vendor) => At(new SpeechFormat(vendor));

    /// <summary>Moderations.</summary>
    protected static (WireFormat Format, string Path) Moderations(string vendor) => At(new ModerationsFormat(vendor));

    private static (WireFormat Format, string Path) At(OpenAITask task) => (task, task.Path);

    /// <summary>Anthropic's messages, which many vendors have beside.</summary>
    protected static (WireFormat Format, string Path) Messages(string path) => (ProviderCatalog.Messages, path);
}
