using Purser.Providers.Passthrough;

namespace Purser.Providers.Cohere;

/// <summary>Cohere's own API, in its second version.</summary>
public sealed class CohereApi : ProviderApi
{
    /// <inheritdoc/>
    public override string Name => "cohere";

    /// <inheritdoc/>
    public override string? DefaultBaseUrl => "https://api.cohere.com";

    /// <inheritdoc/>
    public override IReadOnlyList<string> EnvironmentPrefixes => ["COHERE", "CO"];

    /// <inheritdoc/>
    public override IReadOnlyList<WireFormat> Formats => ProviderCatalog.CohereFormats;

    /// <inheritdoc/>
    public override string Url(string baseUrl, WireFormat format, string model, bool stream) =>
        Below(
            baseUrl,
            baseUrl.AsSpan().TrimEnd('/').EndsWith("/v2", StringComparison.Ordinal) ? Path(format)["/v2".Length..] : Path(format)
        );

    /// <summary>What a model does is in its name.</summary>
    public override bool Speaks(WireFormat format, string model) =>
        format is not CohereFormat cohere
        || cohere.Task
            == (
                model.StartsWith("embed", StringComparison.Ordinal) ? CohereTask.Embed
                : model.StartsWith("rerank", StringComparison.Ordinal) ? CohereTask.Rerank
                : CohereTask.Chat
            );

    /// <summary>Turning text into tokens and back isn't billed; for lists it has the first version alone.</summary>
    public override IReadOnlyList<PassthroughRoute> PassthroughRoutes { get; } =
    [.. PassthroughRoute.Models("/v1"), new("POST", "/v1/tokenize"), new("POST", "/v1/detokenize")];

    /// <inheritdoc/>
    public override string PassthroughUrl(string baseUrl, string path)
    {
        var address = baseUrl.TrimEnd('/');
        return base.PassthroughUrl(address.EndsWith("/v2", StringComparison.Ordinal) ? address[..^"/v2".Length] : address, path);
    }

    private static string Path(WireFormat format) => format.Routes[0].Template;
}
