using System.Buffers;
using System.Text.Json;

namespace Purser.Providers.Gemini;

/// <summary>
/// Gemini's <c>embedContent</c>, and <c>batchEmbedContents</c> of several texts at once. Nothing is generated, so that only the input costs. Older
/// models state no usage: they are charged for what the body's bytes can be at most.
/// </summary>
public sealed class GeminiEmbeddingsFormat : WireFormat
{
    /// <summary>The method of several at once.</summary>
    internal const string Batch = "batchEmbedContents";

    /// <summary>The method of one.</summary>
    internal const string Single = "embedContent";

    private const int Model = 0;
    private const int Content = 1;
    private const int Requests = 2;

    private static readonly TopLevelMembers Members = new("model", "content", "requests");

    /// <inheritdoc/>
    public override string Name => "gemini-embeddings";

    /// <inheritdoc/>
    public override IReadOnlyList<ClientRoute> Routes { get; } =
    [
        new($"/v1beta/models/{{model}}:{Single}", false),
        new($"/v1beta/models/{{model}}:{Batch}", false),
        new($"/v1/models/{{model}}:{Single}", false),
        new($"/v1/models/{{model}}:{Batch}", false),
    ];

    /// <inheritdoc/>
    public override PreparedRequest Prepare(ReadOnlyMemory<byte> body, RequestFacts facts, in Destination destination) =>
        new(facts.IsBatch ? ProviderCatalog.GeminiBatchEmbeddings : ProviderCatalog.GeminiEmbeddings, null);

    /// <inheritdoc/>
    public override UnderstandResult Understand(ReadOnlyMemory<byte> body, RequestTarget target = default)
    {
        if (target.Model is null)
        {
            return new UnderstandResult(null, new RequestFault(RequestFaults.ModelMissing, "The path names no model.", "model"));
        }
        var result = RequestScan.Read(body.Span, Members, ReadMember, GeminiRequest.NameIn(target.Model));
        if (result.Facts is { } facts)
        {
            facts.MaxOutputTokens = 0;
        }
        return result;
    }

    private static bool ReadMember(ref RequestScan scan, int member)
    {
        switch (member)
        {
            case Model:
                return GeminiRequest.ReadRepeatedModel(ref scan);
            case Content:
                return scan.WalkGeminiContents();
            case Requests:
                scan.Facts.IsBatch = true;
                return ReadRequests(ref scan);
            default:
                return scan.Walk(WalkRules.None);
        }
    }

    private static bool ReadRequests(ref RequestScan scan)
    {
        if (scan.Token != JsonTokenType.StartArray)
        {
            return scan.Refuse(RequestFaults.InvalidMember, "'requests' must be a list of requests.", "requests");
        }
        var requests = 0L;
        while (scan.NextElement())
        {
            requests++;
            if (scan.Token != JsonTokenType.StartObject)
            {
                return scan.Refuse(RequestFaults.InvalidMember, "'requests' must be a list of requests.", "requests");
            }
            while (scan.NextMember(out var name))
            {
                var isRead = name switch
                {
                    "model" => GeminiRequest.ReadRepeatedModel(ref scan),
                    "content" => scan.WalkGeminiContents(),
                    _ => scan.Walk(WalkRules.None),
                };
                if (!isRead)
                {
                    return false;
                }
            }
            if (scan.Fault is not null)
            {
                return false;
            }
        }
        scan.Facts.Inputs = Math.Max(1, requests);
        return true;
    }

    /// <inheritdoc/>
    public override bool NeedsRewrite(RequestFacts facts, string upstreamModel, long? maxOutputTokens = null) =>
        GeminiFormat.NamesOther(facts, upstreamModel);

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
        GeminiFormat.AddModels(facts, upstreamModel, edits);
        BodyEdit.Write(body, edits, output);
    }

    /// <inheritdoc/>
    public override bool ReadResponse(ReadOnlySpan<byte> body, UsageReading reading)
    {
        reading.MayThinkUnseen = false;
        // What is read of an answer of another kind does for this one: its usage has the same form.
        if (!GeminiAnswer.TryWalk(body, reading, new GeminiCandidates(), out var found))
        {
            return false;
        }
        GeminiFormat.ReadUsage(body, found.Usage, reading);
        return reading.UsageIsFinal;
    }

    /// <summary>There are no such streams: what comes as one is relayed unread, and costs the most that was held.</summary>
    public override StreamRelay CreateStreamRelay(RequestFacts facts, UsageReading reading) =>
        ProviderCatalog.Gemini.CreateStreamRelay(facts, reading);

    /// <inheritdoc/>
    public override void WriteError(IBufferWriter<byte> output, in WireError error) => GeminiError.Write(output, error);

    /// <inheritdoc/>
    public override byte[] ModelList(IReadOnlyList<ListedModel> models) => ProviderCatalog.Gemini.ModelList(models);
}
