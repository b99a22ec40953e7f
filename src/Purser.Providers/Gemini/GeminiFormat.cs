using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Purser.Providers.Bodies;

namespace Purser.Providers.Gemini;

/// <summary>
/// Gemini's <c>generateContent</c> and <c>streamGenerateContent</c>, on AI Studio and on Vertex. The model is in the path. A stream is asked for as
/// server-sent events whatever the client wants; <see cref="Prepare"/> gives those a format of their own that want one JSON array.
/// </summary>
public sealed class GeminiFormat : WireFormat
{
    private static readonly string[] Methods = ["generateContent", "streamGenerateContent"];

    // Google's clients call either version; those that are set up for Vertex have the project in the path.
    private static readonly string[] Paths =
    [
        "/v1beta/models/{model}",
        "/v1/models/{model}",
        "/v1/projects/{project}/locations/{location}/publishers/google/models/{model}",
        "/v1beta1/projects/{project}/locations/{location}/publishers/google/models/{model}",
    ];

    /// <summary>Reads what an answer says of its usage.</summary>
    internal static GeminiBodyReader Usage { get; } = new();

    /// <inheritdoc/>
    public override string Name => "gemini";

    /// <inheritdoc/>
    public override IReadOnlyList<ClientRoute> Routes { get; } =
    [.. Paths.SelectMany(path => Methods.Select(method => new ClientRoute($"{path}:{method}", method == Methods[1])))];

    /// <inheritdoc/>
    public override TokenCountForm Counting { get; } = new GeminiTokenCount(Paths);

    /// <inheritdoc/>
    public override PreparedRequest Prepare(ReadOnlyMemory<byte> body, RequestFacts facts, in Destination destination) =>
        new(facts.StreamIsArray ? ProviderCatalog.GeminiArray : this, null);

    /// <inheritdoc/>
    public override UnderstandResult Understand(ReadOnlyMemory<byte> body, RequestTarget target = default) =>
        GeminiRequest.Read(body.Span, target);

    /// <inheritdoc/>
    public override bool NeedsRewrite(RequestFacts facts, string upstreamModel, long? maxOutputTokens = null) =>
        NamesOther(facts, upstreamModel) || (maxOutputTokens is { } most && OutputLimit.NeedsLowering(facts, most));

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
        AddModels(facts, upstreamModel, edits);
        if (maxOutputTokens is { } most)
        {
            OutputLimit.Lower(facts, "maxOutputTokens", most, edits);
        }
        BodyEdit.Write(body, edits, output);
    }

    /// <inheritdoc/>
    public override bool ReadResponse(ReadOnlySpan<byte> body, UsageReading reading)
    {
        reading.MayThinkUnseen = false;
        if (!GeminiAnswer.TryWalk(body, reading, new GeminiCandidates(), out var found))
        {
            return false;
        }
        ReadUsage(body, found.Usage, reading);
        return reading.UsageIsFinal;
    }

    /// <inheritdoc/>
    public override StreamRelay CreateStreamRelay(RequestFacts facts, UsageReading reading) => new GeminiRelay(reading, facts);

    /// <inheritdoc/>
    public override void WriteError(IBufferWriter<byte> output, in WireError error) => GeminiError.Write(output, error);

    /// <inheritdoc/>
    public override bool Lists(Func<string, bool> serves) => serves(Name) || serves(ProviderCatalog.GeminiEmbeddings.Name);

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
                WriteModel(writer, model);
            }
            writer.WriteEndArray();
            writer.WriteEndObject();
        }
        return output.WrittenSpan.ToArray();
    }

    /// <summary>Whether a model makes embeddings, by its name: such models do nothing else.</summary>
    internal static bool IsEmbedding(string model) => model.Contains("embedding", StringComparison.Ordinal);

    /// <summary>Reads the usage of a whole answer.</summary>
    internal static void ReadUsage(ReadOnlySpan<byte> body, JsonSlice place, UsageReading reading)
    {
        if (place.Length == 0)
        {
            return;
        }
        reading.SetRaw(body.Slice(place.Offset, place.Length));
        var read = BodyReader.NewReading();
        reading.Video = Usage.ReadInto(body, model: null, read);
        reading.TakeUsage(read);
        reading.UsageIsFinal = reading.HasUsage;
    }

    /// <summary>Whether a body repeats the model that its path names, and the provider knows it by another name.</summary>
    internal static bool NamesOther(RequestFacts facts, string upstreamModel) =>
        facts.ModelTokens is not null && !string.Equals(facts.Model, upstreamModel, StringComparison.Ordinal);

    /// <summary>Adds the edits that name the model as the provider knows it wherever the body does.</summary>
    internal static void AddModels(RequestFacts facts, string upstreamModel, List<BodyEdit> edits)
    {
        if (!NamesOther(facts, upstreamModel))
        {
            return;
        }
        var name = Encoding.UTF8.GetBytes(
            string.Create(CultureInfo.InvariantCulture, $"\"models/{JsonEncodedText.Encode(upstreamModel)}\"")
        );
        edits.AddRange(facts.ModelTokens!.Select(token => new BodyEdit(token, name)));
    }

    private static void WriteModel(Utf8JsonWriter writer, ListedModel model)
    {
        writer.WriteStartObject();
        writer.WriteString("name"u8, $"models/{model.Id}");
        writer.WriteString("version"u8, "001"u8);
        writer.WriteString("displayName"u8, model.Id);
        if (model.ContextTokens is { } context)
        {
            writer.WriteNumber("inputTokenLimit"u8, context);
        }
        if (model.MaxOutputTokens is { } most)
        {
            writer.WriteNumber("outputTokenLimit"u8, most);
        }
        writer.WriteStartArray("supportedGenerationMethods"u8);
        string[] methods = IsEmbedding(model.Id) ? ["embedContent", "batchEmbedContents"] : [.. Methods, "countTokens"];
        foreach (var method in methods)
        {
            writer.WriteStringValue(method);
        }
        writer.WriteEndArray();
        writer.WriteEndObject();
    }
}
