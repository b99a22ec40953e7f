using System.Text.Json;
using Purser.Providers.Passthrough;

namespace Purser.Providers.OpenAI.Realtime;

/// <summary>What a client's event does to a session's cost.</summary>
public enum RealtimeIntent
{
    /// <summary>It adds to the conversation, or does nothing that costs.</summary>
    Other,

    /// <summary>It starts a response.</summary>
    CreateResponse,

    /// <summary>It adds sound, at whose end the provider may start a response.</summary>
    AppendAudio,

    /// <summary>It makes the sound so far a turn, which may be transcribed.</summary>
    CommitAudio,

    /// <summary>It changes the session's configuration.</summary>
    UpdateSession,
}

/// <summary>A client's event of a realtime session, as far as money is concerned. Read without keeping any of its content.</summary>
public readonly record struct RealtimeClientEvent
{
    // A second of sound has ten tokens at OpenAI. At the lowest rate that is taken (8 kB a second) those are 10,667 characters of base64.
    private const int CharactersPerToken = 512;

    private static readonly JsonDocumentOptions Options = new() { MaxDepth = 64 };

    /// <summary>What it does.</summary>
    public RealtimeIntent Intent { get; private init; }

    /// <summary>The client's id of it, or null.</summary>
    public string? EventId { get; private init; }

    /// <summary>The most tokens that it adds to the input of later responses: a token is at least a byte, or a fifth of a second of sound.</summary>
    public long InputTokens { get; private init; }

    /// <summary>Whether it adds what its bytes don't bound: images, stored prompts, what remote tools answer.</summary>
    public bool IsUnbounded { get; private init; }

    /// <summary>The member that names what the provider keeps for the organization (a file of a stored prompt's variables); null where none does.</summary>
    public string? Kept { get; private init; }

    /// <summary>The limit of the response that it starts; null where that has none of its own.</summary>
    public long? MaxOutputTokens { get; private init; }

    /// <summary>Whether the response that it starts says that there is no limit (<c>"inf"</c>).</summary>
    public bool IsUnlimited { get; private init; }

    /// <summary>What it changes of the session.</summary>
    public RealtimeSettings Settings { get; private init; }

    /// <summary>Reads an event.</summary>
    /// <param name="message">The whole message.</param>
    /// <returns>Null where it isn't one JSON object with one <c>type</c>: another reader could take it for another event.</returns>
    public static RealtimeClientEvent? Read(ReadOnlyMemory<byte> message)
    {
        try
        {
            using var document = JsonDocument.Parse(message, Options);
            var root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object || root.EnumerateObject().Count(member => member.NameEquals("type")) != 1)
            {
                return null;
            }
            return RealtimeSettings.Text(root, "type") is { } type
                ? Read(root, type, message.Length) with
                {
                    // Sound is all of it that is long, and names nothing.
                    Kept = type == "input_audio_buffer.append" ? null : KeptThings.Find(message.Span),
                }
                : null;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    private static RealtimeClientEvent Read(JsonElement root, string type, int length)
    {
        var read = new RealtimeClientEvent { EventId = RealtimeSettings.Text(root, "event_id"), InputTokens = length };
        switch (type)
        {
            case "response.create":
                var response = RealtimeSettings.Member(root, "response");
                var limit = RealtimeSettings.Member(response, "max_output_tokens");
                return read with
                {
                    Intent = RealtimeIntent.CreateResponse,
                    MaxOutputTokens = RealtimeSettings.Limit(limit),
                    IsUnlimited = limit.ValueKind == JsonValueKind.String,
                    IsUnbounded =
                        RealtimeSettings.Member(response, "prompt").ValueKind == JsonValueKind.Object
                        || RealtimeSettings.HasRemote(RealtimeSettings.Member(response, "tools"))
                        || HasOther(RealtimeSettings.Member(response, "input")),
                };
            case "input_audio_buffer.append":
                return read with { Intent = RealtimeIntent.AppendAudio, InputTokens = 1 + (length / CharactersPerToken) };
            case "input_audio_buffer.commit":
                return read with { Intent = RealtimeIntent.CommitAudio };
            case "session.update":
                var settings = RealtimeSettings.Read(RealtimeSettings.Member(root, "session"));
                return read with { Intent = RealtimeIntent.UpdateSession, Settings = settings, IsUnbounded = settings.IsUnbounded };
            case "conversation.item.create":
                var (isUnbounded, sound) = Item(RealtimeSettings.Member(root, "item"));
                return read with { IsUnbounded = isUnbounded, InputTokens = length - sound + (sound / CharactersPerToken) };
            case "response.cancel"
            or "input_audio_buffer.clear"
            or "output_audio_buffer.clear"
            or "conversation.item.retrieve"
            or "conversation.item.truncate"
            or "conversation.item.delete":
                return read with { InputTokens = 0 };
            default:
                return read;
        }
    }

    private static bool HasOther(JsonElement items) =>
        items.ValueKind == JsonValueKind.Array && items.EnumerateArray().Any(item => Item(item).IsUnbounded);

    /// <summary>Whether an item has what its bytes don't bound, and how many characters of it are sound.</summary>
    private static (bool IsUnbounded, int Sound) Item(JsonElement item)
    {
        var sound = 0;
        var content = RealtimeSettings.Member(item, "content");
        if (content.ValueKind != JsonValueKind.Array)
        {
            return (false, 0);
        }
        foreach (var part in content.EnumerateArray())
        {
            if (
                RealtimeSettings.Text(part, "type")
                is not ("input_text" or "input_audio" or "output_text" or "output_audio" or "text" or "audio")
            )
            {
                return (true, 0);
            }
            if (RealtimeSettings.Member(part, "audio") is { ValueKind: JsonValueKind.String } audio)
            {
                // Its raw text has no more characters than the message has bytes.
                sound += audio.GetRawText().Length;
            }
        }
        return (false, sound);
    }
}
