using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Purser.Providers.Anthropic;
using Purser.Providers.Bodies;

namespace Purser.Providers.Bedrock;

/// <summary>
/// Bedrock's <c>invoke</c> and <c>invoke-with-response-stream</c>: the model's own format with the model in the path, streams in frames. Of Claude's,
/// requests also go to Anthropic's own API, by an edit of the body; <see cref="Prepare"/> makes the format of one request, which knows whose body it is.
/// </summary>
public sealed class InvokeFormat : WireFormat
{
    private const string OutputCount = "x-amzn-bedrock-output-token-count";

    private static readonly string[] Counts =
    [
        "x-amzn-bedrock-input-token-count",
        OutputCount,
        "x-amzn-bedrock-cache-read-input-token-count",
        "x-amzn-bedrock-cache-write-input-token-count",
    ];

    private readonly bool toAnthropic;
    private readonly RequestFacts? facts;

    /// <param name="toAnthropic">Whether the request goes to Anthropic's own API.</param>
    /// <param name="facts">The request's; null in the catalogue.</param>
    internal InvokeFormat(bool toAnthropic, RequestFacts? facts = null)
    {
        (this.toAnthropic, this.facts) = (toAnthropic, facts);
        Rules = facts is null ? [] : OwnThinking.Rules(facts);
    }

    /// <inheritdoc/>
    public override IReadOnlyList<string> Rules { get; }

    private static WireFormat Messages => ProviderCatalog.Messages;

    private static BodyReader Usage { get; } = BodyReaders.Find("aws", "invoke", out _)!;

    private bool IsClaudes => facts?.InvokedAs is null or InvokeRequest.Claude;

    /// <inheritdoc/>
    public override string Name => "invoke";

    /// <summary>Claude's bodies are Anthropic's messages; other models' are translated to nothing.</summary>
    public override string TranslatedAs => Messages.Name;

    /// <inheritdoc/>
    public override IReadOnlyList<ClientRoute> Routes { get; } =
    [new("/model/{model}/invoke", false), new("/model/{model}/invoke-with-response-stream", true)];

    /// <inheritdoc/>
    public override string StreamContentType => FrameRelay.ContentType;

    /// <inheritdoc/>
    public override bool IsStream(string? mediaType) => toAnthropic ? base.IsStream(mediaType) : FrameRelay.IsFrames(mediaType);

    /// <summary>Betas are a header at Anthropic.</summary>
    public override IReadOnlyList<KeyValuePair<string, string>> Headers =>
        toAnthropic && facts?.Betas is { Count: > 0 } betas ? [new("anthropic-beta", string.Join(',', betas))] : [];

    /// <inheritdoc/>
    public override PreparedRequest Prepare(ReadOnlyMemory<byte> body, RequestFacts facts, in Destination destination) =>
        toAnthropic && facts.InvokedAs != InvokeRequest.Claude ? new PreparedRequest(null, NotClaudes)
        : toAnthropic && facts.SaysStream ? new PreparedRequest(null, StreamInBody)
        : !toAnthropic && BedrockBody.RegionFault(facts, destination) is { } fault ? new PreparedRequest(null, fault)
        : new PreparedRequest(new InvokeFormat(toAnthropic, facts), null);

    /// <summary>Why a body can't go to another vendor.</summary>
    internal static RequestFault NotClaudes { get; } =
        new(
            RequestFaults.Unsupported,
            "Only bodies of Claude's, with an anthropic_version, go to other vendors' models. Call converse instead."
        );

    private static RequestFault StreamInBody { get; } =
        new(RequestFaults.Unsupported, "Whether an answer is streamed is in the path: 'stream' can't be in the body.", "stream");

    /// <inheritdoc/>
    public override UnderstandResult Understand(ReadOnlyMemory<byte> body, RequestTarget target = default) =>
        InvokeRequest.Read(body.Span, target);

    /// <inheritdoc/>
    public override bool NeedsRewrite(RequestFacts facts, string upstreamModel, long? maxOutputTokens = null) =>
        toAnthropic || OwnThinking.IsIn(facts) || (maxOutputTokens is { } most && OutputLimit.NeedsLowering(facts, most));

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
        if (toAnthropic)
        {
            AddModel(body, facts, upstreamModel, edits);
        }
        if (maxOutputTokens is { } most)
        {
            OutputLimit.Lower(facts, facts.LimitMember ?? "max_tokens", most, edits);
        }
        OwnThinking.Remove(body, facts, edits);
        BodyEdit.Write(body, edits, output);
    }

    // What Bedrock has in the path takes the place of what only Bedrock has in the body.
    private static void AddModel(ReadOnlySpan<byte> body, RequestFacts facts, string upstreamModel, List<BodyEdit> edits)
    {
        var model = $"\"model\":\"{JsonEncodedText.Encode(upstreamModel, JavaScriptEncoder.UnsafeRelaxedJsonEscaping)}\"";
        var stream = facts.Stream ? "\"stream\":true" : "\"stream\":false";
        JsonSlice[] places = [.. new[] { facts.ModelMember, facts.VersionMember, facts.BetaMember }.Where(place => place.Length > 0)];
        switch (places)
        {
            case []:
                Replace(new JsonSlice(facts.BodyEnd, 0), $",{model},{stream}");
                break;
            case [var only]:
                Replace(only, $"{model},{stream}");
                break;
            default:
                Replace(places[0], model);
                Replace(places[1], stream);
                break;
        }
        if (places is [_, _, var betas])
        {
            edits.Add(BodyEdit.Remove(body, betas));
        }

        void Replace(JsonSlice place, string text) => edits.Add(new BodyEdit(place, Encoding.UTF8.GetBytes(text)));
    }

    /// <inheritdoc/>
    public override void ReadHeaders(Func<string, string?> header, UsageReading reading)
    {
        Dictionary<string, string> found = [];
        foreach (var name in Counts)
        {
            if (header(name) is { } count)
            {
                found.Add(name, count);
            }
        }
        if (found.Count == 0)
        {
            return;
        }
        if (facts?.MaxOutputTokens == 0)
        {
            // Embeddings have no output, and no header that says so.
            found.TryAdd(OutputCount, "0");
        }
        reading.HeaderCounts = JsonSerializer.SerializeToUtf8Bytes(found);
    }

    /// <inheritdoc/>
    public override bool ReadResponse(ReadOnlySpan<byte> body, UsageReading reading)
    {
        if (IsClaudes)
        {
            return Messages.ReadResponse(body, reading);
        }
        reading.MayThinkUnseen = false;
        if (!ConverseEvents.TryReadAnswer(body, reading))
        {
            return false;
        }
        var read = BodyReader.NewReading();
        Usage.ReadInto(reading.HeaderCounts ?? body, facts!.InvokedAs, read);
        if (!read.HasUsage)
        {
            return false;
        }
        reading.TakeUsage(read);
        reading.SetRaw(reading.HeaderCounts);
        reading.UsageIsFinal = true;
        return true;
    }

    /// <inheritdoc/>
    public override StreamRelay CreateStreamRelay(RequestFacts facts, UsageReading reading)
    {
        reading.CacheWrites = facts.CacheWrites;
        return toAnthropic ? Framed(Messages.CreateStreamRelay(facts, reading))
            : IsClaudes ? new ClaudeInvokeRelay(reading, facts)
            : new MetricsRelay(reading, Usage, facts.InvokedAs!);
    }

    /// <inheritdoc/>
    public override StreamRelay Framed(StreamRelay relay) => new ChunkRelay(relay);

    /// <inheritdoc/>
    public override void WriteError(IBufferWriter<byte> output, in WireError error) => BedrockError.Write(output, error);

    /// <inheritdoc/>
    public override IReadOnlyList<KeyValuePair<string, string>> ErrorHeaders(int status) => BedrockError.Headers(status);

    /// <inheritdoc/>
    public override bool Lists(Func<string, bool> serves) => ProviderCatalog.Converse.Lists(serves);

    /// <inheritdoc/>
    public override byte[] ModelList(IReadOnlyList<ListedModel> models) => ProviderCatalog.Converse.ModelList(models);
}
