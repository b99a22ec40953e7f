using System.Buffers;
using System.Globalization;
using System.Text;
using Purser.Providers.Bodies;
using Purser.Providers.Translation;

namespace Purser.Providers.OpenAIResponses;

/// <summary>OpenAI's responses. Errors and the list of models are those of its chat completions.</summary>
/// <param name="vendor">Whose usage is read, by its name in <see cref="BodyReaders"/>.</param>
public sealed class ResponsesFormat(string vendor = "openai") : WireFormat
{
    private static readonly string[] WithoutOwnReasoning = [TranslationRules.DropReasoningContent.Name];

    private readonly ResponsesBodyReader figures = (ResponsesBodyReader)BodyReaders.Find(vendor, "responses", out _)!;

    /// <inheritdoc/>
    public override string Name => "responses";

    /// <inheritdoc/>
    public override IReadOnlyList<ClientRoute> Routes { get; } =
    [new("/v1/responses"), new("/openai/deployments/{model}/responses"), new("/openai/v1/responses"), new("/openai/responses")];

    /// <inheritdoc/>
    public override bool CachesUnasked => true;

    /// <inheritdoc/>
    public override UnderstandResult Understand(ReadOnlyMemory<byte> body, RequestTarget target = default) =>
        ResponsesRequest.Read(body.Span, target.Model);

    /// <inheritdoc/>
    public override IReadOnlyList<string> Rules => rules ?? [];

    private IReadOnlyList<string>? rules;

    /// <summary>Reasoning of another vendor that Purser gave the client in this format's items is left out: this vendor can't decrypt it.</summary>
    public override PreparedRequest Prepare(ReadOnlyMemory<byte> body, RequestFacts facts, in Destination destination) =>
        new(facts.OwnReasoning.Count > 0 ? new ResponsesFormat(vendor) { rules = WithoutOwnReasoning } : this, null);

    /// <inheritdoc/>
    public override bool NeedsRewrite(RequestFacts facts, string upstreamModel, long? maxOutputTokens = null) =>
        LacksToolCallLimit(facts)
        || facts.OwnReasoning.Count > 0
        || BodyEdit.RenamesModel(facts, upstreamModel)
        || (maxOutputTokens is { } most && OutputLimit.NeedsLowering(facts, most));

    /// <inheritdoc/>
    public override void WriteRequest(
        ReadOnlySpan<byte> body,
        RequestFacts facts,
        string upstreamModel,
        IBufferWriter<byte> output,
        long? maxOutputTokens = null
    )
    {
        List<BodyEdit> edits = [BodyEdit.Model(facts, upstreamModel)];
        if (LacksToolCallLimit(facts))
        {
            var limit = facts.HostedToolCalls.ToString(CultureInfo.InvariantCulture);
            edits.Add(
                facts.ToolCallLimit.Length > 0
                    ? new BodyEdit(facts.ToolCallLimit, Encoding.ASCII.GetBytes(limit))
                    : new BodyEdit(new JsonSlice(facts.BodyEnd, 0), Encoding.ASCII.GetBytes($",\"max_tool_calls\":{limit}"))
            );
        }
        if (maxOutputTokens is { } most)
        {
            OutputLimit.Lower(facts, "max_output_tokens", most, edits);
        }
        OwnReasoning.Remove(body, facts, "", edits);
        BodyEdit.Write(body, edits, output);
    }

    /// <inheritdoc/>
    public override bool ReadResponse(ReadOnlySpan<byte> body, UsageReading reading)
    {
        var isWhole = ResponsesAnswer.TryRead(body, figures, reading);
        reading.MayThinkUnseen = false;
        reading.UsageIsFinal = isWhole && reading.HasUsage;
        return reading.UsageIsFinal;
    }

    /// <inheritdoc/>
    public override StreamRelay CreateStreamRelay(RequestFacts facts, UsageReading reading) => new ResponsesRelay(reading, facts, figures);

    /// <inheritdoc/>
    public override void WriteError(IBufferWriter<byte> output, in WireError error) => ProviderCatalog.Chat.WriteError(output, error);

    /// <inheritdoc/>
    public override byte[] ModelList(IReadOnlyList<ListedModel> models) => ProviderCatalog.Chat.ModelList(models);

    // The calls that the ceiling was reckoned with become a limit that the provider keeps.
    private static bool LacksToolCallLimit(RequestFacts facts) => facts is { HostedToolCalls: > 0, MaxToolCalls: null };
}
