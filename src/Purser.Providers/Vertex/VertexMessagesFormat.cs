using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Purser.Providers.Anthropic;

namespace Purser.Providers.Vertex;

/// <summary>Which way a request for Claude goes.</summary>
internal enum VertexWay
{
    /// <summary>From a client of Vertex to Vertex.</summary>
    Native,

    /// <summary>From a client of Anthropic's to Vertex.</summary>
    ToVertex,

    /// <summary>From a client of Vertex to Anthropic.</summary>
    FromVertex,
}

/// <summary>
/// Claude on Vertex (<c>rawPredict</c> and <c>streamRawPredict</c>): Anthropic's messages with the model in the path and an
/// <c>anthropic_version</c> in the body. Requests go either way between it and Anthropic's own API by an edit of the body; answers are the same.
/// </summary>
public sealed class VertexMessagesFormat : WireFormat
{
    private const string Version = "\"anthropic_version\":\"vertex-2023-10-16\"";
    private const string Models = "/projects/{project}/locations/{location}/publishers/anthropic/models/";

    // Google's clients call either.
    private static readonly string[] Versions = ["/v1", "/v1beta1"];

    private readonly VertexWay way;

    internal VertexMessagesFormat(VertexWay way, IReadOnlyList<string>? rules = null) => (this.way, Rules) = (way, rules ?? []);

    /// <inheritdoc/>
    public override IReadOnlyList<string> Rules { get; }

    /// <inheritdoc/>
    public override PreparedRequest Prepare(ReadOnlyMemory<byte> body, RequestFacts facts, in Destination destination) =>
        new(OwnThinking.IsIn(facts) ? new VertexMessagesFormat(way, OwnThinking.Rules(facts)) : this, null);

    private static WireFormat Messages => ProviderCatalog.Messages;

    /// <inheritdoc/>
    public override string Name => way == VertexWay.ToVertex ? Messages.Name : "vertex-messages";

    /// <inheritdoc/>
    public override IReadOnlyList<ClientRoute> Routes { get; } =
    [
        .. Versions.SelectMany(version =>
            (ClientRoute[])[new($"{version}{Models}{{model}}:rawPredict", false), new($"{version}{Models}{{model}}:streamRawPredict", true)]
        ),
    ];

    /// <inheritdoc/>
    public override TokenCountForm Counting { get; } =
        new AnthropicTokenCount([.. Versions.Select(version => new ClientRoute($"{version}{Models}count-tokens:rawPredict"))]);

    /// <inheritdoc/>
    public override UnderstandResult Understand(ReadOnlyMemory<byte> body, RequestTarget target = default)
    {
        var result = AnthropicRequest.Read(body.Span, target.Model);
        if (result.Facts is { SaysStream: false } facts)
        {
            facts.Stream = target.Stream == true;
            facts.ClientAskedForUsage = facts.Stream;
        }
        return result;
    }

    /// <inheritdoc/>
    public override bool NeedsRewrite(RequestFacts facts, string upstreamModel, long? maxOutputTokens = null) =>
        way != VertexWay.Native
        || OwnThinking.IsIn(facts)
        || IsRenamed(facts, upstreamModel)
        || (maxOutputTokens is { } most && OutputLimit.NeedsLowering(facts, most));

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
        if (way == VertexWay.ToVertex)
        {
            // The one takes the other's place.
            edits.Add(
                facts.VersionMember.Length > 0
                    ? BodyEdit.Remove(body, facts.ModelMember)
                    : new BodyEdit(facts.ModelMember, Encoding.ASCII.GetBytes(Version))
            );
        }
        else if (way == VertexWay.FromVertex)
        {
            AddModel(body, facts, upstreamModel, edits);
        }
        else if (IsRenamed(facts, upstreamModel))
        {
            edits.Add(BodyEdit.Model(facts, upstreamModel));
        }
        if (maxOutputTokens is { } most)
        {
            OutputLimit.Lower(facts, "max_tokens", most, edits);
        }
        OwnThinking.Remove(body, facts, edits);
        BodyEdit.Write(body, edits, output);
    }

    // Only where the body names the model, because its path (that of counting) names none.
    private static bool IsRenamed(RequestFacts facts, string upstreamModel) =>
        facts.ModelToken.Length > 0 && !string.Equals(facts.Model, upstreamModel, StringComparison.Ordinal);

    private static void AddModel(ReadOnlySpan<byte> body, RequestFacts facts, string upstreamModel, List<BodyEdit> edits)
    {
        var model = $"\"model\":\"{JsonEncodedText.Encode(upstreamModel, JavaScriptEncoder.UnsafeRelaxedJsonEscaping)}\"";
        var (repeated, version) = (facts.ModelMember, facts.VersionMember);
        if (repeated.Length > 0)
        {
            edits.Add(new BodyEdit(repeated, Encoding.UTF8.GetBytes(model)));
            if (version.Length > 0)
            {
                edits.Add(BodyEdit.Remove(body, version));
            }
        }
        else
        {
            edits.Add(
                version.Length > 0
                    ? new BodyEdit(version, Encoding.UTF8.GetBytes(model))
                    : new BodyEdit(new JsonSlice(facts.BodyEnd, 0), Encoding.UTF8.GetBytes("," + model))
            );
        }
        if (facts.Stream && !facts.SaysStream)
        {
            edits.Add(new BodyEdit(new JsonSlice(facts.BodyEnd, 0), Encoding.ASCII.GetBytes(",\"stream\":true")));
        }
    }

    /// <inheritdoc/>
    public override bool ReadResponse(ReadOnlySpan<byte> body, UsageReading reading) => Messages.ReadResponse(body, reading);

    /// <inheritdoc/>
    public override StreamRelay CreateStreamRelay(RequestFacts facts, UsageReading reading) => Messages.CreateStreamRelay(facts, reading);

    /// <inheritdoc/>
    public override void WriteError(IBufferWriter<byte> output, in WireError error) => Messages.WriteError(output, error);

    /// <inheritdoc/>
    public override byte[] ModelList(IReadOnlyList<ListedModel> models) => Messages.ModelList(models);
}
