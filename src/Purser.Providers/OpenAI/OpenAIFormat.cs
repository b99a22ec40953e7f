using System.Buffers;
using System.Text.Json;

namespace Purser.Providers.OpenAI;

/// <summary>OpenAI's chat completions, as OpenAI and the many vendors that copy it speak them.</summary>
/// <param name="dialect">How the vendor differs; null: OpenAI's own.</param>
public sealed class OpenAIFormat(ChatDialect? dialect = null) : WireFormat
{
    private readonly ChatDialect dialect = dialect ?? ChatDialect.OpenAI;

    /// <inheritdoc/>
    public override string Name => "chat";

    /// <inheritdoc/>
    public override IReadOnlyList<ClientRoute> Routes { get; } =
    [
        new("/v1/chat/completions"),
        // Azure's: its older form names the deployment in the path, and its inference API has no version there.
        new("/openai/deployments/{model}/chat/completions"),
        new("/openai/v1/chat/completions"),
        new("/chat/completions"),
    ];

    /// <inheritdoc/>
    public override bool CachesUnasked => true;

    /// <inheritdoc/>
    public override UnderstandResult Understand(ReadOnlyMemory<byte> body, RequestTarget target = default) =>
        OpenAIRequest.Read(body.Span, target.Model);

    /// <inheritdoc/>
    public override bool NeedsRewrite(RequestFacts facts, string upstreamModel, long? maxOutputTokens = null) =>
        (facts.UsageEditText is not null && dialect.TakesStreamOptions)
        || (facts.StreamOptions.Length > 0 && !dialect.TakesStreamOptions)
        || (facts.MaxCompletionTokens.Length > 0 && dialect.LimitIsMaxTokens)
        || BodyEdit.RenamesModel(facts, upstreamModel)
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
        List<BodyEdit> edits = [BodyEdit.Model(facts, upstreamModel)];
        if (dialect.TakesStreamOptions)
        {
            edits.Add(new BodyEdit(facts.UsageEdit, facts.UsageEditText));
        }
        else if (facts.StreamOptions.Length > 0)
        {
            edits.Add(new BodyEdit(facts.StreamOptions, "{}"u8.ToArray()));
        }
        var gone = Doubled(facts);
        if (maxOutputTokens is { } most)
        {
            OutputLimit.Lower(facts, dialect.LimitIsMaxTokens ? "max_tokens" : "max_completion_tokens", most, edits, gone);
        }
        if (gone.Length > 0)
        {
            edits.Add(BodyEdit.Remove(body, gone));
        }
        if (dialect.LimitIsMaxTokens && facts.MaxCompletionTokens.Length > 0 && gone != facts.MaxCompletionTokens)
        {
            edits.Add(new BodyEdit(facts.MaxCompletionTokensName, "\"max_tokens\""u8.ToArray()));
        }
        BodyEdit.Write(body, edits, output);
    }

    /// <inheritdoc/>
    public override void WriteAdapted(ReadOnlyMemory<byte> body, IBufferWriter<byte> output)
    {
        if (Understand(body).Facts is { } facts && NeedsRewrite(facts, facts.Model))
        {
            WriteRequest(body.Span, facts, facts.Model, output);
            return;
        }
        output.Write(body.Span);
    }

    // Of two limits that come to have one name, the one to take out: that which says nothing, or the older one.
    private JsonSlice Doubled(RequestFacts facts)
    {
        if (!dialect.LimitIsMaxTokens || facts.MaxTokens.Length == 0 || facts.MaxCompletionTokens.Length == 0)
        {
            return default;
        }
        var isEmpty = facts.OutputLimits.Any(limit => limit.Tokens is null && facts.MaxCompletionTokens.Holds(limit.Place));
        return isEmpty ? facts.MaxCompletionTokens : facts.MaxTokens;
    }

    /// <inheritdoc/>
    public override bool ReadResponse(ReadOnlySpan<byte> body, UsageReading reading) => OpenAIAnswer.Read(body, reading, dialect);

    /// <inheritdoc/>
    public override StreamRelay CreateStreamRelay(RequestFacts facts, UsageReading reading) => new OpenAIRelay(reading, facts, dialect);

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
