using System.Buffers;
using System.Text.Json;

namespace Purser.Providers.OpenAI;

/// <summary>OpenAI's chat completions, as OpenAI and the many vendors that copy it speak them.</summary>
public sealed class OpenAIFormat : WireFormat
{
    /// <inheritdoc/>
    public override string Name => "chat";

    /// <inheritdoc/>
    public override IReadOnlyList<ClientRoute> Routes { get; } = [new("/v1/chat/completions")];

    /// <inheritdoc/>
    public override bool CachesUnasked => true;

    /// <inheritdoc/>
    public override UnderstandResult Understand(ReadOnlyMemory<byte> body, RequestTarget target = default) => OpenAIRequest.Read(body.Span);

    /// <inheritdoc/>
    public override bool NeedsRewrite(RequestFacts facts, string upstreamModel, long? maxOutputTokens = null) =>
        facts.UsageEditText is not null
        || !string.Equals(facts.Model, upstreamModel, StringComparison.Ordinal)
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
        List<BodyEdit> edits = [BodyEdit.Model(facts, upstreamModel), new BodyEdit(facts.UsageEdit, facts.UsageEditText)];
        if (maxOutputTokens is { } most)
        {
            OutputLimit.Lower(facts, "max_completion_tokens", most, edits);
        }
        BodyEdit.Write(body, edits, output);
    }

    /// <inheritdoc/>
    public override bool ReadResponse(ReadOnlySpan<byte> body, UsageReading reading) => OpenAIAnswer.Read(body, reading);

    /// <inheritdoc/>
    public override StreamRelay CreateStreamRelay(RequestFacts facts, UsageReading reading) => new OpenAIRelay(reading, facts);

    /// <inheritdoc/>
    public override void WriteError(IBufferWriter<byte> output, in WireError error)
    {
        using var writer = new Utf8JsonWriter(output, ErrorJson.Options);
        writer.WriteStartObject();
        writer.WriteStartObject("error");
        writer.WriteString("message", error.Message);
        writer.WriteString("type", ErrorType(error.Status));
        writer.WriteString("param", error.Param);
        writer.WriteString("code", error.Code);
        ErrorJson.WriteDetails(writer, error, withRequestId: true);
        writer.WriteEndObject();
        writer.WriteEndObject();
    }

    /// <inheritdoc/>
    public override byte[] ModelList(IReadOnlyList<ListedModel> models)
    {
        var output = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(output, ErrorJson.Options))
        {
            writer.WriteStartObject();
            writer.WriteString("object", "list");
            writer.WriteStartArray("data");
            foreach (var model in models)
            {
                writer.WriteStartObject();
                writer.WriteString("id", model.Id);
                writer.WriteString("object", "model");
                writer.WriteNumber("created", model.CreatedAt?.ToUnixTimeSeconds() ?? 0);
                writer.WriteString("owned_by", model.OwnedBy);
                writer.WriteEndObject();
            }
            writer.WriteEndArray();
            writer.WriteEndObject();
        }
        return output.WrittenSpan.ToArray();
    }

    private static string ErrorType(int status) =>
        status switch
        {
            401 or 403 => "authentication_error",
            402 => "insufficient_quota",
            429 => "rate_limit_error",
            >= 500 => "server_error",
            _ => "invalid_request_error",
        };
}
