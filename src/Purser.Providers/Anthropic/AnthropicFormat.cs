using System.Buffers;
using System.Globalization;
using System.Text.Json;
using Purser.Providers.Translation;

namespace Purser.Providers.Anthropic;

/// <summary>Anthropic's messages.</summary>
public sealed class AnthropicFormat : WireFormat
{
    /// <inheritdoc/>
    public override IReadOnlyList<string> Rules { get; }

    /// <summary>The format, for any request.</summary>
    public AnthropicFormat()
        : this([]) { }

    private AnthropicFormat(IReadOnlyList<string> rules) => Rules = rules;

    /// <inheritdoc/>
    public override PreparedRequest Prepare(ReadOnlyMemory<byte> body, RequestFacts facts, in Destination destination) =>
        new(OwnThinking.IsIn(facts) ? new AnthropicFormat(OwnThinking.Rules(facts)) : this, null);

    /// <inheritdoc/>
    public override string Name => "messages";

    /// <inheritdoc/>
    public override IReadOnlyList<ClientRoute> Routes { get; } = [new("/v1/messages")];

    /// <inheritdoc/>
    public override TokenCountForm Counting { get; } = new AnthropicTokenCount([new("/v1/messages/count_tokens")]);

    /// <inheritdoc/>
    public override UnderstandResult Understand(ReadOnlyMemory<byte> body, RequestTarget target = default) =>
        AnthropicRequest.Read(body.Span);

    /// <inheritdoc/>
    public override bool NeedsRewrite(RequestFacts facts, string upstreamModel, long? maxOutputTokens = null) =>
        OwnThinking.IsIn(facts) || OutputLimit.NeedsRewrite(facts, upstreamModel, maxOutputTokens);

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
        if (maxOutputTokens is { } most)
        {
            OutputLimit.Lower(facts, "max_tokens", most, edits);
        }
        OwnThinking.Remove(body, facts, edits);
        BodyEdit.Write(body, edits, output);
    }

    /// <inheritdoc/>
    public override bool ReadResponse(ReadOnlySpan<byte> body, UsageReading reading)
    {
        var usage = new AnthropicUsage();
        var isWhole = AnthropicAnswer.TryWalk(body, reading, usage, blocks: null);
        reading.MayThinkUnseen = false;
        reading.UsageIsFinal = isWhole && reading.HasUsage;
        return reading.UsageIsFinal;
    }

    /// <inheritdoc/>
    public override StreamRelay CreateStreamRelay(RequestFacts facts, UsageReading reading)
    {
        reading.CacheWrites = facts.CacheWrites;
        return new AnthropicRelay(reading, facts);
    }

    /// <inheritdoc/>
    public override void WriteError(IBufferWriter<byte> output, in WireError error)
    {
        using var writer = new Utf8JsonWriter(output, ErrorJson.Options);
        writer.WriteStartObject();
        writer.WriteString("type", "error");
        writer.WriteStartObject("error");
        writer.WriteString("type", ErrorType(error.Status));
        writer.WriteString("message", error.Message);
        writer.WriteString("code", error.Code);
        if (error.Code == TranslationRules.RefuseStoredState.Name)
        {
            // Anthropic's own libraries know this one of theirs, and send the conversation again, whole.
            writer.WriteStartObject("details");
            writer.WriteString("error_code", "thread_not_found");
            writer.WriteEndObject();
        }
        if (error.Param is not null)
        {
            writer.WriteString("param", error.Param);
        }
        ErrorJson.WriteDetails(writer, error, withRequestId: false);
        writer.WriteEndObject();
        if (error.RequestId is not null)
        {
            writer.WriteString("request_id", error.RequestId);
        }
        writer.WriteEndObject();
    }

    /// <inheritdoc/>
    public override byte[] ModelList(IReadOnlyList<ListedModel> models)
    {
        var output = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(output, ErrorJson.Options))
        {
            writer.WriteStartObject();
            writer.WriteStartArray("data");
            foreach (var model in models)
            {
                var createdAt = (model.CreatedAt ?? DateTimeOffset.UnixEpoch).UtcDateTime;
                writer.WriteStartObject();
                writer.WriteString("type", "model");
                writer.WriteString("id", model.Id);
                writer.WriteString("display_name", model.Id);
                writer.WriteString("created_at", createdAt.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture));
                writer.WriteEndObject();
            }
            writer.WriteEndArray();
            writer.WriteBoolean("has_more", false);
            writer.WriteString("first_id", models.Count > 0 ? models[0].Id : null);
            writer.WriteString("last_id", models.Count > 0 ? models[^1].Id : null);
            writer.WriteEndObject();
        }
        return output.WrittenSpan.ToArray();
    }

    private static string ErrorType(int status) =>
        status switch
        {
            401 => "authentication_error",
            402 => "billing_error",
            403 => "permission_error",
            404 => "not_found_error",
            413 => "request_too_large",
            429 => "rate_limit_error",
            504 => "timeout_error",
            529 => "overloaded_error",
            >= 500 => "api_error",
            _ => "invalid_request_error",
        };
}
