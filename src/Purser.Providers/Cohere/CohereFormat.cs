using System.Buffers;
using System.Text.Json;

namespace Purser.Providers.Cohere;

/// <summary>What clients of Cohere's second API ask for.</summary>
internal enum CohereTask
{
    /// <summary><c>/v2/chat</c>.</summary>
    Chat,

    /// <summary><c>/v2/embed</c>.</summary>
    Embed,

    /// <summary><c>/v2/rerank</c>.</summary>
    Rerank,
}

/// <summary>Cohere's second API: its chats, embeddings or rerankings.</summary>
public sealed class CohereFormat : WireFormat
{
    private static readonly CohereBodyReader Embedded = new(CohereCounts.EmbeddedUnits);
    private static readonly CohereBodyReader Other = new(CohereCounts.OtherUnits);

    internal CohereFormat(CohereTask task)
    {
        Task = task;
        (Name, var path) = task switch
        {
            CohereTask.Embed => ("cohere-embed", "/v2/embed"),
            CohereTask.Rerank => ("cohere-rerank", "/v2/rerank"),
            _ => ("cohere", "/v2/chat"),
        };
        Routes = [new ClientRoute(path)];
    }

    /// <summary>Which of them.</summary>
    internal CohereTask Task { get; }

    /// <inheritdoc/>
    public override string Name { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<ClientRoute> Routes { get; }

    /// <inheritdoc/>
    public override UnderstandResult Understand(ReadOnlyMemory<byte> body, RequestTarget target = default) =>
        Task switch
        {
            CohereTask.Embed => CohereRequest.ReadEmbed(body.Span),
            CohereTask.Rerank => CohereRequest.ReadRerank(body.Span),
            _ => CohereRequest.ReadChat(body.Span),
        };

    /// <inheritdoc/>
    public override bool NeedsRewrite(RequestFacts facts, string upstreamModel, long? maxOutputTokens = null) =>
        OutputLimit.NeedsRewrite(facts, upstreamModel, maxOutputTokens);

    /// <inheritdoc/>
    public override void WriteRequest(
        ReadOnlySpan<byte> body,
        RequestFacts facts,
        string upstreamModel,
        IBufferWriter<byte> output,
        long? maxOutputTokens = null
    ) => OutputLimit.WriteRequest(body, facts, upstreamModel, "max_tokens", maxOutputTokens, output);

    /// <inheritdoc/>
    public override bool ReadResponse(ReadOnlySpan<byte> body, UsageReading reading)
    {
        reading.MayThinkUnseen = false;
        if (!CohereAnswer.TryWalk(body, reading, out _))
        {
            return false;
        }
        if (Task == CohereTask.Chat)
        {
            CohereAnswer.ReadUsage(body, reading);
        }
        else if (!Bodies.BodyScan.Member(body, "meta"u8).IsEmpty)
        {
            var read = Bodies.BodyReader.NewReading();
            (Task == CohereTask.Embed ? Embedded : Other).ReadInto(body, model: null, read);
            reading.TakeUsage(read);
            reading.UsageIsFinal = reading.HasUsage;
        }
        return reading.UsageIsFinal;
    }

    /// <inheritdoc/>
    public override StreamRelay CreateStreamRelay(RequestFacts facts, UsageReading reading) => new CohereRelay(reading, facts);

    /// <inheritdoc/>
    public override void WriteError(IBufferWriter<byte> output, in WireError error) => CohereError.Write(output, error);

    /// <inheritdoc/>
    public override byte[] ModelList(IReadOnlyList<ListedModel> models)
    {
        var output = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(output, ErrorJson.Options))
        {
            writer.WriteStartObject();
            writer.WriteStartArray("models"u8);
            foreach (var model in models)
            {
                writer.WriteStartObject();
                writer.WriteString("name"u8, model.Id);
                writer.WriteEndObject();
            }
            writer.WriteEndArray();
            writer.WriteEndObject();
        }
        return output.WrittenSpan.ToArray();
    }
}
