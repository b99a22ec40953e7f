using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Purser.Providers.Anthropic;

/// <summary><c>POST /v1/messages/count_tokens</c>, and the same on Vertex.</summary>
/// <param name="routes">The paths.</param>
internal sealed class AnthropicTokenCount(IReadOnlyList<ClientRoute> routes) : TokenCountForm
{
    /// <inheritdoc/>
    public override IReadOnlyList<ClientRoute> Routes => routes;

    /// <inheritdoc/>
    public override RequestFault? Check(ReadOnlySpan<byte> body) =>
        HasMessages(body)
            ? null
            : new RequestFault(RequestFaults.InvalidMember, "'messages' must be a list of messages, each an object.", "messages");

    /// <inheritdoc/>
    public override long? Read(ReadOnlySpan<byte> answer) => Count(answer, "input_tokens"u8);

    /// <inheritdoc/>
    public override void Write(IBufferWriter<byte> output, long tokens) =>
        output.Write(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{{\"input_tokens\":{tokens}}}")));

    /// <summary>Anthropic says "Not Found" alone of a path.</summary>
    public override bool IsAboutRequest(JsonElement error) =>
        error.TryGetProperty("type", out var type)
        && type.ValueKind == JsonValueKind.String
        && type.ValueEquals("not_found_error"u8)
        && error.TryGetProperty("message", out var message)
        && message is { ValueKind: JsonValueKind.String }
        && !message.ValueEquals("Not Found"u8)
        && !message.GetString()!.Contains("count_tokens", StringComparison.Ordinal);

    /// <summary>Whether a body's messages are ones as far as their kind, so that counting them here says something.</summary>
    private static bool HasMessages(ReadOnlySpan<byte> body)
    {
        var reader = new Utf8JsonReader(body);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isMessages = reader.ValueTextEquals("messages"u8);
            reader.Read();
            if (isMessages)
            {
                return reader.TokenType == JsonTokenType.StartArray && HoldsObjects(ref reader);
            }
            reader.Skip();
        }
        return false;
    }

    private static bool HoldsObjects(ref Utf8JsonReader list)
    {
        while (list.Read() && list.TokenType == JsonTokenType.StartObject)
        {
            list.Skip();
        }
        return list.TokenType == JsonTokenType.EndArray;
    }
}
