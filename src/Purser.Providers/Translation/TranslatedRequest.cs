using System.Buffers;
using Purser.Providers.Bedrock;

namespace Purser.Providers.Translation;

/// <summary>One request on its way to a provider of another format, and its answer on the way back. For one attempt alone.</summary>
internal sealed class TranslatedRequest : ClientSide
{
    private readonly WireFormat provider;
    private readonly FormatTranslator from;
    private readonly FormatTranslator to;
    private readonly CanonicalRequest request;
    private readonly RuleNotes readNotes;
    private readonly Destination destination;
    private readonly RuleNotes notes = new();
    private ArrayBufferWriter<byte> written = new();
    private long? writtenLimit;
    private AnswerContext context;

    public TranslatedRequest(
        WireFormat client,
        WireFormat provider,
        FormatTranslator from,
        FormatTranslator to,
        CanonicalRequest request,
        RuleNotes readNotes,
        in Destination destination
    )
        : base(client)
    {
        this.provider = provider;
        this.from = from;
        this.to = to;
        this.request = request;
        this.readNotes = readNotes;
        this.destination = destination;
        context = new AnswerContext(request, destination.RequestId, destination.At.ToUnixTimeSeconds());
    }

    /// <inheritdoc/>
    public override WireFormat Upstream => provider;

    /// <inheritdoc/>
    public override string StreamContentType => request.StreamIsArray ? "application/json" : base.StreamContentType;

    /// <inheritdoc/>
    public override IReadOnlyList<string> Rules => notes.Names;

    /// <summary>Writes the request, or says why the provider's format can't carry it.</summary>
    /// <param name="maxOutputTokens">The most output tokens that it may ask for; null: as many as the client says.</param>
    public RequestFault? Write(long? maxOutputTokens)
    {
        written = new ArrayBufferWriter<byte>(1024);
        writtenLimit = maxOutputTokens;
        var target = new TranslationTarget(destination.Model, Lowest(maxOutputTokens));
        target = destination.MaxOutputTokens is { } most ? target with { DefaultMaxOutputTokens = most } : target;
        var result = to.WriteRequest(request, target, written);
        notes.AddAll(readNotes);
        notes.AddAll(result.Notes);
        context = context with { RenamedTools = result.RenamedTools };
        return result.Fault;
    }

    // A client asks for what its own vendor's models give; a model of another may refuse so much.
    private long? Lowest(long? maxOutputTokens) =>
        request.MaxOutputTokens is not null && destination.MaxOutputTokens is { } most
            ? Math.Min(most, maxOutputTokens ?? most)
            : maxOutputTokens;

    /// <inheritdoc/>
    public override bool NeedsRewrite(RequestFacts facts, string upstreamModel, long? maxOutputTokens = null) => true;

    /// <inheritdoc/>
    public override void WriteRequest(
        ReadOnlySpan<byte> body,
        RequestFacts facts,
        string upstreamModel,
        IBufferWriter<byte> output,
        long? maxOutputTokens = null
    )
    {
        if (maxOutputTokens != writtenLimit)
        {
            // It was carried whole before; a lower limit changes nothing about that.
            Write(maxOutputTokens);
        }
        provider.WriteAdapted(written.WrittenMemory, output);
    }

    /// <inheritdoc/>
    public override bool ReadResponse(ReadOnlySpan<byte> body, UsageReading reading) => provider.ReadResponse(body, reading);

    /// <inheritdoc/>
    public override int? WriteAnswer(ReadOnlyMemory<byte> body, int status, IBufferWriter<byte> output)
    {
        if (status is < 200 or > 299)
        {
            var error = to.ReadError(status, body.Span) with { RequestId = destination.RequestId };
            return Client is InvokeFormat ? BedrockError.Write(output, error) : from.WriteError(error, output);
        }
        var read = to.ReadResponse(body, context);
        if (read.Response is not { } response)
        {
            return null;
        }
        notes.AddAll(from.WriteResponse(response, context, output));
        return status;
    }

    /// <inheritdoc/>
    public override StreamRelay CreateStreamRelay(RequestFacts facts, UsageReading reading) =>
        Client.Framed(
            new TranslatingRelay(
                provider.CreateStreamRelay(facts, reading),
                to.CreateStreamReader(context),
                from.CreateStreamWriter(context),
                facts.TextIsJson
            )
        );
}
