using System.Buffers;
using System.Text;
using System.Text.Json;
using Purser.Providers.Bodies;

namespace Purser.Providers.OpenAI.Tasks;

/// <summary>
/// One of OpenAI's operations that is no conversation: embeddings, moderations, images, audio, rankings. Its requests are JSON or forms, of which the
/// model alone is changed; what its answers used is read as <c>prices quote --usage</c> reads it.
/// </summary>
public abstract class OpenAITask : WireFormat
{
    private readonly BodyReader figures;

    /// <summary>An operation.</summary>
    /// <param name="name">The format's own name.</param>
    /// <param name="path">Its path behind <c>/v1</c>.</param>
    /// <param name="vendor">Whose usage is read, by its name in <see cref="BodyReaders"/>.</param>
    /// <param name="api">The vendor's api there; OpenAI's of this name where the vendor has none.</param>
    private protected OpenAITask(string name, string path, string vendor, string api)
    {
        Name = name;
        Path = path;
        Routes = [new($"/v1{path}"), new($"/openai/deployments/{{model}}{path}"), new($"/openai/v1{path}")];
        figures = BodyReaders.Find(vendor, api, out _) ?? BodyReaders.Find("openai", api, out _)!;
    }

    /// <inheritdoc/>
    public override string Name { get; }

    /// <summary>The path behind <c>/v1</c>.</summary>
    public string Path { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<ClientRoute> Routes { get; }

    /// <summary>The types of the event that ends a stream and has the usage; none where there are no streams.</summary>
    private protected virtual IReadOnlyList<string> EndTypes => [];

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
    )
    {
        var edit = facts.FormBoundary is { } boundary ? FormEdit(facts, boundary, upstreamModel) : BodyEdit.Model(facts, upstreamModel);
        BodyEdit.Write(body, [edit], output);
    }

    private static BodyEdit FormEdit(RequestFacts facts, string boundary, string upstreamModel) =>
        !BodyEdit.RenamesModel(facts, upstreamModel) ? default
        : facts.ModelInBody is null
            ? new BodyEdit(
                default,
                Encoding.UTF8.GetBytes($"--{boundary}\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\n{upstreamModel}\r\n")
            )
        : new BodyEdit(facts.ModelToken, Encoding.UTF8.GetBytes(upstreamModel));

    /// <inheritdoc/>
    public override bool ReadResponse(ReadOnlySpan<byte> body, UsageReading reading)
    {
        reading.MayThinkUnseen = false;
        try
        {
            if (BodyScan.Member(body, "error"u8) is [(byte)'{' or (byte)'"', ..])
            {
                reading.SawError = true;
                return false;
            }
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            return false;
        }
        ReadFigures(body, reading);
        reading.UsageIsFinal = reading.HasUsage;
        return reading.HasUsage;
    }

    /// <summary>Reads what a whole answer, or the event that ends a stream, says of its usage.</summary>
    internal virtual void ReadFigures(ReadOnlySpan<byte> body, UsageReading reading)
    {
        var read = BodyReader.NewReading();
        figures.ReadInto(body, model: null, read);
        reading.TakeAnswer(read);
        if (BodyScan.Member(body, "usage"u8) is [(byte)'{', ..] usage)
        {
            reading.SetRaw(usage);
        }
    }

    /// <inheritdoc/>
    public override StreamRelay CreateStreamRelay(RequestFacts facts, UsageReading reading) => new TaskRelay(reading, this, EndTypes);

    /// <inheritdoc/>
    public override void WriteError(IBufferWriter<byte> output, in WireError error) => ProviderCatalog.Chat.WriteError(output, error);

    /// <inheritdoc/>
    public override byte[] ModelList(IReadOnlyList<ListedModel> models) => ProviderCatalog.Chat.ModelList(models);
}
