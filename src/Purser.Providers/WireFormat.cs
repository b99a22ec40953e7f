using System.Buffers;

namespace Purser.Providers;

/// <summary>
/// One provider's wire format: what Purser reads in a request and a response, and the few bytes of them that it owns.
/// Bytes in, bytes out; instances are stateless and shared (<see cref="ProviderCatalog"/>).
/// </summary>
public abstract class WireFormat
{
    /// <summary>
    /// The format's own name, as it stands in the ledger, in metrics and in the command line's tables: <c>chat</c>, <c>responses</c>,
    /// <c>messages</c>. Stable.
    /// </summary>
    public abstract string Name { get; }

    /// <summary>The paths that clients call; never empty.</summary>
    public abstract IReadOnlyList<ClientRoute> Routes { get; }

    /// <summary>The format that the provider is called in: this one, unless this translates between two.</summary>
    public virtual WireFormat Upstream => this;

    /// <summary>How clients of this format ask for a count of tokens; null where they can't.</summary>
    public virtual TokenCountForm? Counting => null;

    /// <summary>Whether input is cached by providers of this format without being asked to, at a price that may be another.</summary>
    public virtual bool CachesUnasked => false;

    /// <summary>Whether an answer of this content type is a stream that <see cref="CreateStreamRelay"/> relays.</summary>
    /// <param name="mediaType">Without parameters, or null.</param>
    public virtual bool IsStream(string? mediaType) => string.Equals(mediaType, "text/event-stream", StringComparison.OrdinalIgnoreCase);

    /// <summary>The content type of this format's streams, as its clients expect it.</summary>
    public virtual string StreamContentType => "text/event-stream";

    /// <summary>Whether a client of this format shows the status line of an error alone: then its reason phrase says what the body says.</summary>
    public virtual bool ShowsReasonPhrase => false;

    /// <summary>By which rules the request was changed to be written, in fixed words (<c>drop:top_k</c>); empty where nothing was lost.</summary>
    public virtual IReadOnlyList<string> Rules => [];

    /// <summary>
    /// Makes this format ready for one request: itself where the client's bytes go on nearly as they are, or a translation of this very request.
    /// </summary>
    /// <param name="body">The whole body as the client sent it; it must stay as it is until the request has ended.</param>
    /// <param name="facts">What <see cref="Understand"/> found in it.</param>
    /// <param name="destination">Where it goes.</param>
    public virtual PreparedRequest Prepare(ReadOnlyMemory<byte> body, RequestFacts facts, in Destination destination) => new(this, null);

    /// <summary>
    /// Finds in a request's body, in one forward pass, what routing, budgets and metering need. No object tree is built.
    /// </summary>
    /// <param name="body">The whole body as the client sent it, without content encoding.</param>
    /// <param name="target">What the path and the headers say beside it.</param>
    /// <returns>The facts, or a refusal with a name and a message that the client may see.</returns>
    public abstract UnderstandResult Understand(ReadOnlyMemory<byte> body, RequestTarget target = default);

    /// <summary>Whether the client's bytes must be changed before they are sent. False: send them as they are.</summary>
    /// <param name="facts">What <see cref="Understand"/> found in this body.</param>
    /// <param name="upstreamModel">The model name that the provider knows.</param>
    /// <param name="maxOutputTokens">The most output tokens that the request may ask for, ≥ 1; null: as many as the client says.</param>
    public abstract bool NeedsRewrite(RequestFacts facts, string upstreamModel, long? maxOutputTokens = null);

    /// <summary>
    /// Writes the body to send: the client's bytes, but for what Purser owns (the model where it is renamed,
    /// <c>stream_options.include_usage</c> of OpenAI streams, <c>max_tool_calls</c> where a response may run tools without limit, and the output
    /// limit where it is lowered). A limit is never raised.
    /// </summary>
    /// <param name="body">The very bytes that <paramref name="facts"/> were read from.</param>
    /// <param name="facts">What <see cref="Understand"/> found in this body.</param>
    /// <param name="upstreamModel">The model name that the provider knows.</param>
    /// <param name="output">Takes the body.</param>
    /// <param name="maxOutputTokens">
    /// The most output tokens that the request may ask for, ≥ 1; null: as many as the client says. Below
    /// <see cref="RequestFacts.LowestOutputLimit"/> it's written all the same, and the provider will refuse the request.
    /// </param>
    public abstract void WriteRequest(
        ReadOnlySpan<byte> body,
        RequestFacts facts,
        string upstreamModel,
        IBufferWriter<byte> output,
        long? maxOutputTokens = null
    );

    /// <summary>Writes a body of this format that wasn't the client's, as this vendor takes it.</summary>
    /// <param name="body">The body.</param>
    /// <param name="output">Takes the body.</param>
    public virtual void WriteAdapted(ReadOnlyMemory<byte> body, IBufferWriter<byte> output) => output.Write(body.Span);

    /// <summary>Reads the usage in a whole answer that was not streamed.</summary>
    /// <param name="body">The answer's body, decoded.</param>
    /// <param name="reading">Takes what was found.</param>
    /// <returns>False where the body is not JSON or has no usage that can be read; what else was found is in <paramref name="reading"/>.</returns>
    public abstract bool ReadResponse(ReadOnlySpan<byte> body, UsageReading reading);

    /// <summary>
    /// Writes a whole answer, or a provider's error, as the client shall get it.
    /// </summary>
    /// <param name="body">The answer's body, decoded. It must stay as it is until this returns.</param>
    /// <param name="status">Its HTTP status.</param>
    /// <param name="output">Takes the client's body; its content type is <c>application/json</c>.</param>
    /// <returns>The client's HTTP status; null: nothing is written, and the provider's own bytes are what the client gets.</returns>
    public virtual int? WriteAnswer(ReadOnlyMemory<byte> body, int status, IBufferWriter<byte> output) => null;

    /// <summary>Makes the relay of one streamed answer.</summary>
    /// <param name="facts">The facts of the request that is answered.</param>
    /// <param name="reading">Takes what is found while the stream runs.</param>
    public abstract StreamRelay CreateStreamRelay(RequestFacts facts, UsageReading reading);

    /// <summary>Writes an error body as this format's clients expect it.</summary>
    /// <param name="output">Takes the body: one JSON object.</param>
    /// <param name="error">What went wrong.</param>
    public abstract void WriteError(IBufferWriter<byte> output, in WireError error);

    /// <summary>Whether a model belongs into this format's list of models.</summary>
    /// <param name="serves">Whether the model can be asked in a format, by its name.</param>
    public virtual bool Lists(Func<string, bool> serves) => true;

    /// <summary>The body of <c>GET /v1/models</c> in this format.</summary>
    /// <param name="models">The models that the caller may use, in the order to list them.</param>
    public abstract byte[] ModelList(IReadOnlyList<ListedModel> models);
}
