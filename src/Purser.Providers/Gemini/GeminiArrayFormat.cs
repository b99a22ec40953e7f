using System.Buffers;

namespace Purser.Providers.Gemini;

/// <summary>
/// Gemini's format for one request whose client wants its stream as a JSON array (no <c>alt=sse</c>): the provider is asked for events, and each of
/// them is an element.
/// </summary>
internal sealed class GeminiArrayFormat : WireFormat
{
    private static WireFormat Inner => ProviderCatalog.Gemini;

    /// <inheritdoc/>
    public override string Name => Inner.Name;

    /// <inheritdoc/>
    public override IReadOnlyList<ClientRoute> Routes => Inner.Routes;

    /// <inheritdoc/>
    public override string StreamContentType => "application/json";

    /// <inheritdoc/>
    public override UnderstandResult Understand(ReadOnlyMemory<byte> body, RequestTarget target = default) =>
        Inner.Understand(body, target);

    /// <inheritdoc/>
    public override bool NeedsRewrite(RequestFacts facts, string upstreamModel, long? maxOutputTokens = null) =>
        Inner.NeedsRewrite(facts, upstreamModel, maxOutputTokens);

    /// <inheritdoc/>
    public override void WriteRequest(
        ReadOnlySpan<byte> body,
        RequestFacts facts,
        string upstreamModel,
        IBufferWriter<byte> output,
        long? maxOutputTokens = null
    ) => Inner.WriteRequest(body, facts, upstreamModel, output, maxOutputTokens);

    /// <inheritdoc/>
    public override bool ReadResponse(ReadOnlySpan<byte> body, UsageReading reading) => Inner.ReadResponse(body, reading);

    /// <inheritdoc/>
    public override StreamRelay CreateStreamRelay(RequestFacts facts, UsageReading reading) =>
        new GeminiArrayRelay(Inner.CreateStreamRelay(facts, reading));

    /// <inheritdoc/>
    public override void WriteError(IBufferWriter<byte> output, in WireError error) => Inner.WriteError(output, error);

    /// <inheritdoc/>
    public override byte[] ModelList(IReadOnlyList<ListedModel> models) => Inner.ModelList(models);
}
