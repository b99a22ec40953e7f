using System.Buffers;

namespace Purser.Providers.Bedrock;

/// <summary>Bedrock's <c>converse</c> and <c>converse-stream</c>: one format for all its models that converse. The model is in the path.</summary>
public sealed class ConverseFormat : WireFormat
{
    /// <inheritdoc/>
    public override string Name => "converse";

    /// <inheritdoc/>
    public override IReadOnlyList<ClientRoute> Routes { get; } =
    [new("/model/{model}/converse", false), new("/model/{model}/converse-stream", true)];

    /// <inheritdoc/>
    public override string StreamContentType => FrameRelay.ContentType;

    /// <inheritdoc/>
    public override bool IsStream(string? mediaType) => FrameRelay.IsFrames(mediaType);

    /// <inheritdoc/>
    public override PreparedRequest Prepare(ReadOnlyMemory<byte> body, RequestFacts facts, in Destination destination) =>
        BedrockBody.RegionFault(facts, destination) is { } fault ? new PreparedRequest(null, fault) : new PreparedRequest(this, null);

    /// <inheritdoc/>
    public override UnderstandResult Understand(ReadOnlyMemory<byte> body, RequestTarget target = default) =>
        ConverseRequest.Read(body.Span, target);

    /// <inheritdoc/>
    public override bool NeedsRewrite(RequestFacts facts, string upstreamModel, long? maxOutputTokens = null) =>
        maxOutputTokens is { } most && OutputLimit.NeedsLowering(facts, most);

    /// <inheritdoc/>
    public override void WriteRequest(
        ReadOnlySpan<byte> body,
        RequestFacts facts,
        string upstreamModel,
        IBufferWriter<byte> output,
        long? maxOutputTokens = null
    )
    {
        List<BodyEdit> edits = [];
        if (maxOutputTokens is { } most)
        {
            OutputLimit.Lower(facts, "maxTokens", most, edits);
        }
        BodyEdit.Write(body, edits, output);
    }

    /// <inheritdoc/>
    public override bool ReadResponse(ReadOnlySpan<byte> body, UsageReading reading)
    {
        reading.MayThinkUnseen = false;
        if (!ConverseEvents.TryReadAnswer(body, reading))
        {
            return false;
        }
        ConverseEvents.ReadUsage(body, reading);
        return reading.UsageIsFinal;
    }

    /// <inheritdoc/>
    public override StreamRelay CreateStreamRelay(RequestFacts facts, UsageReading reading)
    {
        reading.CacheWrites = facts.CacheWrites;
        return new ConverseRelay(reading, facts);
    }

    /// <inheritdoc/>
    public override void WriteError(IBufferWriter<byte> output, in WireError error) => BedrockError.Write(output, error);

    /// <inheritdoc/>
    public override IReadOnlyList<KeyValuePair<string, string>> ErrorHeaders(int status) => BedrockError.Headers(status);

    /// <inheritdoc/>
    public override bool Lists(Func<string, bool> serves) => serves(Name) || serves(ProviderCatalog.Invoke.Name);

    /// <inheritdoc/>
    public override byte[] ModelList(IReadOnlyList<ListedModel> models) => BedrockLists.Models(models, BedrockLists.AnyRegion);
}
