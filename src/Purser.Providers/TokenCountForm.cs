using System.Buffers;
using System.Text.Json;

namespace Purser.Providers;

/// <summary>How clients of a wire format ask how many tokens a request has, and how they are answered. Stateless and shared.</summary>
public abstract class TokenCountForm
{
    /// <summary>The paths that clients call; never empty. The body is understood as that of the format's requests.</summary>
    public abstract IReadOnlyList<ClientRoute> Routes { get; }

    /// <summary>Why a body can't be counted here; null where it can.</summary>
    /// <param name="body">A body that the format has understood.</param>
    public abstract RequestFault? Check(ReadOnlySpan<byte> body);

    /// <summary>The count in a provider's answer, ≥ 0; null where it has none.</summary>
    /// <param name="answer">The answer's body, decoded.</param>
    public abstract long? Read(ReadOnlySpan<byte> answer);

    /// <summary>Writes an answer.</summary>
    /// <param name="output">Takes the body: one JSON object.</param>
    /// <param name="tokens">The count, ≥ 0.</param>
    public abstract void Write(IBufferWriter<byte> output, long tokens);

    /// <summary>
    /// Whether a 404 speaks of a thing in the request, such as a model: that is an answer. Else the provider has no such endpoint.
    /// </summary>
    /// <param name="error">Its body.</param>
    public abstract bool IsAboutRequest(JsonElement error);

    /// <summary>The last member of this name in a JSON object that is a count; null where there is none, or no JSON object.</summary>
    private protected static long? Count(ReadOnlySpan<byte> json, ReadOnlySpan<byte> name)
    {
        try
        {
            var reader = new Utf8JsonReader(json);
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            {
                return null;
            }
            long? tokens = null;
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var isCount = reader.ValueTextEquals(name);
                reader.Read();
                tokens =
                    isCount && reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out var number) && number >= 0
                        ? number
                        : tokens;
                reader.Skip();
            }
            return tokens;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            return null;
        }
    }
}
