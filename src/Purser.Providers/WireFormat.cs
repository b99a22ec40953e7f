using System.Buffers;

namespace Purser.Providers;

/// <summary>
/// One provider's wire format: what Purser reads in a request and a response, and the few bytes of them that it owns.
/// Bytes in, bytes out; instances are stateless and shared (<see cref="ProviderCatalog"/>).
/// </summary>
public abstract class WireFormat
{
    /// <summary>
    /// The name in the configuration of the API that the format is part of: <c>openai</c> (chat completions and responses) or <c>anthropic</c>.
    /// A provider serves all formats of its API.
    /// </summary>
    public abstract string Api { get; }

    /// <summary>The path of the one endpoint of this format that clients call, from the root: <c>/v1/chat/completions</c>, <c>/v1/responses</c>, <c>/v1/messages</c>.</summary>
    public abstract string ClientPath { get; }

    /// <summary>Headers that the provider needs and that are sent only where the client sent none of that name.</summary>
    public virtual IReadOnlyList<KeyValuePair<string, string>> DefaultHeaders => [];

    /// <summary>
    /// Finds in a request's body, in one forward pass, what routing, budgets and metering need. No object tree is built.
    /// </summary>
    /// <param name="body">The whole body as the client sent it, without content encoding.</param>
    /// <returns>The facts, or a refusal with a name and a message that the client may see.</returns>
    public abstract UnderstandResult Understand(ReadOnlyMemory<byte> body);

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

    /// <summary>
    /// The path to append to a configured base URL. OpenAI's base URL includes <c>/v1</c>; Anthropic's may or may not.
    /// </summary>
    /// <param name="baseUrl">The configured base URL, with or without a slash at its end.</param>
    public abstract string RequestPath(string baseUrl);

    /// <summary>The URL to send a request to: <paramref name="baseUrl"/> and <see cref="RequestPath"/>.</summary>
    /// <param name="baseUrl">The configured base URL, with or without a slash at its end.</param>
    public string RequestUrl(string baseUrl) => string.Concat(baseUrl.AsSpan().TrimEnd('/'), RequestPath(baseUrl));

    /// <summary>Adds the header that carries the provider's credential.</summary>
    /// <param name="apiKey">The provider's key.</param>
    /// <param name="addHeader">Takes a header's name and value.</param>
    public abstract void AddCredential(string apiKey, Action<string, string> addHeader);

    /// <summary>Reads the usage in a whole answer that was not streamed.</summary>
    /// <param name="body">The answer's body, decoded.</param>
    /// <param name="reading">Takes what was found.</param>
    /// <returns>False where the body is not JSON or has no usage that can be read; what else was found is in <paramref name="reading"/>.</returns>
    public abstract bool ReadResponse(ReadOnlySpan<byte> body, UsageReading reading);

    /// <summary>Makes the relay of one streamed answer.</summary>
    /// <param name="facts">The facts of the request that is answered.</param>
    /// <param name="reading">Takes what is found while the stream runs.</param>
    public abstract StreamRelay CreateStreamRelay(RequestFacts facts, UsageReading reading);

    /// <summary>Writes an error body as this format's clients expect it.</summary>
    /// <param name="output">Takes the body: one JSON object.</param>
    /// <param name="error">What went wrong.</param>
    public abstract void WriteError(IBufferWriter<byte> output, in WireError error);

    /// <summary>The body of <c>GET /v1/models</c> in this format.</summary>
    /// <param name="models">The models that the caller may use, in the order to list them.</param>
    public abstract byte[] ModelList(IReadOnlyList<ListedModel> models);
}
