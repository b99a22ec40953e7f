using Purser.Providers.Bodies;
using Purser.Providers.LlamaCpp;

namespace Purser.Providers.OpenAI;

/// <summary>How a vendor's chat completions differ from OpenAI's, as far as Purser must know.</summary>
/// <param name="Vendor">Whose usage is read, by its name in <see cref="BodyReaders"/>.</param>
public sealed record ChatDialect(string Vendor)
{
    /// <summary>OpenAI's own.</summary>
    public static ChatDialect OpenAI { get; } = new("openai");

    /// <summary>
    /// Whether the limit of output tokens is <c>max_tokens</c> alone. <c>max_completion_tokens</c> is renamed then: where a vendor passes over
    /// what it doesn't know, the limit that the ceiling was reckoned from wouldn't hold.
    /// </summary>
    public bool LimitIsMaxTokens { get; init; }

    /// <summary>Whether <c>stream_options</c> is taken. Where it isn't, it's left out, and usage comes without being asked for.</summary>
    public bool TakesStreamOptions { get; init; } = true;

    /// <summary>Reads the usage as <c>prices quote --usage</c> does.</summary>
    internal ChatBodyReader Figures { get; } = Reader(Vendor) as ChatBodyReader ?? (ChatBodyReader)Reader("openai");

    /// <summary>Reads answers without usage that have timings in its place; null where there are none such.</summary>
    internal LlamaCppBodyReader? TimingsReader { get; } = Reader(Vendor) as LlamaCppBodyReader;

    private static BodyReader Reader(string vendor) =>
        BodyReaders.Find(vendor, "chat", out var error) ?? throw new ArgumentException($"{vendor}: {error}", nameof(vendor));
}
