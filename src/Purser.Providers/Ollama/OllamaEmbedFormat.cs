using System.Buffers;
using System.Text.Json;
using Purser.Core.Usage;
using Purser.Providers.Bodies;

namespace Purser.Providers.Ollama;

/// <summary>Ollama's embeddings (<c>/api/embed</c>). Nothing is generated.</summary>
public sealed class OllamaEmbedFormat : WireFormat
{
    /// <inheritdoc/>
    public override string Name => "ollama-embed";

    /// <inheritdoc/>
    public override IReadOnlyList<ClientRoute> Routes { get; } = [new("/api/embed")];

    /// <inheritdoc/>
    public override bool IsStream(string? mediaType) => false;

    /// <inheritdoc/>
    public override UnderstandResult Understand(ReadOnlyMemory<byte> body, RequestTarget target = default) =>
        OllamaRequest.ReadInputs(body.Span);

    /// <inheritdoc/>
    public override bool NeedsRewrite(RequestFacts facts, string upstreamModel, long? maxOutputTokens = null) =>
        BodyEdit.RenamesModel(facts, upstreamModel);

    /// <inheritdoc/>
    public override void WriteRequest(
        ReadOnlySpan<byte> body,
        RequestFacts facts,
        string upstreamModel,
        IBufferWriter<byte> output,
        long? maxOutputTokens = null
    ) => BodyEdit.Write(body, [BodyEdit.Model(facts, upstreamModel)], output);

    /// <inheritdoc/>
    public override bool ReadResponse(ReadOnlySpan<byte> body, UsageReading reading)
    {
        reading.MayThinkUnseen = false;
        try
        {
            reading.ServedModel = BodyScan.Text(body, "model"u8);
            reading.SawError = !BodyScan.Member(body, "error"u8).IsEmpty;
            reading.ComputeMilliseconds = ComputeTime.OfTotal(BodyScan.Member(body, "total_duration"u8));
            ReadCount(BodyScan.Member(body, "prompt_eval_count"u8), reading);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            reading.AddViolation("the usage is no JSON");
        }
        return reading.UsageIsFinal;
    }

    private static void ReadCount(ReadOnlySpan<byte> stated, UsageReading reading)
    {
        if (stated.IsEmpty)
        {
            return;
        }
        var reader = new Utf8JsonReader(stated);
        reader.Read();
        if (JsonReading.Count(ref reader, reading) is { } count)
        {
            var usage = default(TokenUsage);
            usage[UsageClass.Input] = count;
            reading.Usage = usage;
            reading.HasUsage = true;
            reading.UsageIsFinal = true;
        }
    }

    /// <summary>There are none of these.</summary>
    public override StreamRelay CreateStreamRelay(RequestFacts facts, UsageReading reading) =>
        ProviderCatalog.Ollama.CreateStreamRelay(facts, reading);

    /// <inheritdoc/>
    public override void WriteError(IBufferWriter<byte> output, in WireError error) => OllamaError.Write(output, error);

    /// <inheritdoc/>
    public override byte[] ModelList(IReadOnlyList<ListedModel> models) => ProviderCatalog.Ollama.ModelList(models);
}
