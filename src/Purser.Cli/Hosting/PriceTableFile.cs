using System.Text;
using System.Text.Json;
using Purser.Core.Pricing.Import;

namespace Purser.Cli.Hosting;

/// <summary>Somebody's table of prices, as a file.</summary>
internal sealed class PriceTableFile
{
    private readonly PriceTableKind kind;
    private readonly string path;
    private readonly string source;
    private readonly JsonElement root;

    private PriceTableFile(PriceTableKind kind, string path, string source, JsonElement root)
    {
        (this.kind, this.path, this.source, this.root) = (kind, path, source, root);
    }

    /// <summary>The kinds, by their names on the command line.</summary>
    public static IReadOnlyDictionary<string, PriceTableKind> Kinds { get; } =
        new Dictionary<string, PriceTableKind>(StringComparer.Ordinal)
        {
            ["litellm"] = PriceTableKind.LiteLlm,
            ["genai-prices"] = PriceTableKind.GenaiPrices,
            ["openrouter"] = PriceTableKind.OpenRouter,
            ["models.dev"] = PriceTableKind.ModelsDev,
        };

    /// <summary>Reads a file.</summary>
    /// <param name="kind">A name of <see cref="Kinds"/>.</param>
    /// <param name="path">The file.</param>
    /// <param name="source">What its prices say as their source; null for the kind and the file's name.</param>
    /// <exception cref="CliException">There is no such kind or file, or it isn't JSON.</exception>
    public static PriceTableFile Read(string kind, string path, string? source = null)
    {
        if (!Kinds.TryGetValue(kind, out var known))
        {
            throw CliException.Usage($"'{kind}' is no kind of table", $"Known are {string.Join(", ", Kinds.Keys)}.");
        }
        try
        {
            var bytes = File.ReadAllBytes(path).AsMemory();
            using var document = JsonDocument.Parse(
                bytes.Span.StartsWith(Encoding.UTF8.Preamble) ? bytes[Encoding.UTF8.Preamble.Length..] : bytes
            );
            return new(known, path, source ?? $"{kind}, {Path.GetFileName(path)}", document.RootElement.Clone());
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or JsonException)
        {
            throw CliException.Usage($"{path} can't be read: {exception.Message}", $"Give a copy of the table of {kind}, as JSON.");
        }
    }

    /// <summary>One provider's part of the table.</summary>
    /// <exception cref="CliException">It isn't a table of the kind.</exception>
    public PriceTable Of(string provider)
    {
        try
        {
            return PriceTable.Read(kind, root, provider, source);
        }
        catch (FormatException exception)
        {
            throw CliException.Usage($"{path}: {exception.Message}", "Say whose table it is with --from.");
        }
    }
}
