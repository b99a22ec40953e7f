using System.Buffers;

namespace Purser.Providers.Translation;

/// <summary>What of a translation is the client's format alone: its names, paths, errors and lists.</summary>
/// <param name="client">The client's format.</param>
public abstract class ClientSide(WireFormat client) : WireFormat
{
    /// <inheritdoc/>
    public override string Name => client.Name;

    /// <inheritdoc/>
    public override IReadOnlyList<ClientRoute> Routes => client.Routes;

    /// <inheritdoc/>
    public override bool CachesUnasked => client.CachesUnasked;

    /// <inheritdoc/>
    public override string StreamContentType => client.StreamContentType;

    /// <inheritdoc/>
    public override bool ShowsReasonPhrase => client.ShowsReasonPhrase;

    /// <summary>The client's format.</summary>
    protected WireFormat Client => client;

    /// <inheritdoc/>
    public override UnderstandResult Understand(ReadOnlyMemory<byte> body, RequestTarget target = default) =>
        client.Understand(body, target);

    /// <inheritdoc/>
    public override void WriteError(IBufferWriter<byte> output, in WireError error) => client.WriteError(output, error);

    /// <inheritdoc/>
    public override byte[] ModelList(IReadOnlyList<ListedModel> models) => client.ModelList(models);
}
