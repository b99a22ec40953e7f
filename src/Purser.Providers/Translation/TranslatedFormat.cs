using System.Buffers;
using System.Collections.Concurrent;

namespace Purser.Providers.Translation;

/// <summary>A client's format that is served by a provider of another. <see cref="Prepare"/> translates one request.</summary>
public sealed class TranslatedFormat : ClientSide
{
    private static readonly ConcurrentDictionary<(WireFormat Client, WireFormat Provider), TranslatedFormat> Known = [];

    private readonly WireFormat provider;
    private readonly FormatTranslator from;
    private readonly FormatTranslator to;

    private TranslatedFormat(WireFormat client, WireFormat provider, FormatTranslator from, FormatTranslator to)
        : base(client)
    {
        this.provider = provider;
        this.from = from;
        this.to = to;
    }

    /// <inheritdoc/>
    public override WireFormat Upstream => provider;

    /// <summary>The translation to the first of a provider's formats that can be translated to; null where none can.</summary>
    /// <param name="client">The client's format.</param>
    /// <param name="formats">The provider's, the best first.</param>
    public static WireFormat? Between(WireFormat client, IReadOnlyList<WireFormat> formats)
    {
        if (FormatTranslators.Find(client.Name) is not { } from)
        {
            return null;
        }
        foreach (var provider in formats)
        {
            if (FormatTranslators.Find(provider.Name) is { } to)
            {
                return Known.GetOrAdd(
                    (client, provider),
                    static (pair, both) => new TranslatedFormat(pair.Client, pair.Provider, both.from, both.to),
                    (from, to)
                );
            }
        }
        return null;
    }

    /// <inheritdoc/>
    public override PreparedRequest Prepare(ReadOnlyMemory<byte> body, RequestFacts facts, in Destination destination)
    {
        var read = from.ReadRequest(body, new PathFacts(facts.Model, facts.Stream, facts.StreamIsArray));
        if (read.Request is not { } request)
        {
            return new PreparedRequest(null, read.Fault);
        }
        var translated = new TranslatedRequest(Client, provider, from, to, request, read.Notes, destination);
        return translated.Write(null) is { } fault
            ? new PreparedRequest(null, fault with { Code = RequestFaults.Unsupported, Rule = fault.Code })
            : new PreparedRequest(translated, null);
    }

    /// <inheritdoc/>
    public override bool NeedsRewrite(RequestFacts facts, string upstreamModel, long? maxOutputTokens = null) => true;

    /// <inheritdoc/>
    public override void WriteRequest(
        ReadOnlySpan<byte> body,
        RequestFacts facts,
        string upstreamModel,
        IBufferWriter<byte> output,
        long? maxOutputTokens = null
    ) => throw new InvalidOperationException("A request is translated by what Prepare returns.");

    /// <inheritdoc/>
    public override bool ReadResponse(ReadOnlySpan<byte> body, UsageReading reading) => provider.ReadResponse(body, reading);

    /// <inheritdoc/>
    public override StreamRelay CreateStreamRelay(RequestFacts facts, UsageReading reading) =>
        throw new InvalidOperationException("A stream is translated by what Prepare returns.");
}
