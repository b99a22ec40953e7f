using System.Text.Json;
using Purser.Providers.Bodies;

namespace Purser.Providers.OpenAI.Realtime;

/// <summary>What a provider's event says of a session's cost.</summary>
public enum RealtimeNews
{
    /// <summary>Nothing.</summary>
    Other,

    /// <summary>The session's configuration is stated.</summary>
    Session,

    /// <summary>A response began, or is done.</summary>
    ResponseCreated,

    /// <inheritdoc cref="ResponseCreated"/>
    ResponseDone,

    /// <summary>A part of a response's output.</summary>
    Output,

    /// <summary>The sound so far became a turn.</summary>
    AudioCommitted,

    /// <summary>A turn was transcribed.</summary>
    Transcribed,

    /// <summary>A turn couldn't be transcribed.</summary>
    NotTranscribed,

    /// <summary>An event of the client's was refused.</summary>
    Error,
}

/// <summary>A provider's event of a realtime session, as far as money is concerned.</summary>
public readonly record struct RealtimeServerEvent
{
    // As RealtimeClientEvent has it; the output has twenty tokens a second.
    private const int CharactersPerToken = 256;

    /// <summary>What it says.</summary>
    public RealtimeNews News { get; private init; }

    /// <summary>The response or the conversation's item that it is about; empty where it's about none.</summary>
    public string Id { get; private init; }

    /// <summary>The most tokens of output that it shows.</summary>
    public long OutputTokens { get; private init; }

    /// <summary>The code of an error, or null.</summary>
    public string? Code { get; private init; }

    /// <summary>The client's event that an error is about, or null.</summary>
    public string? EventId { get; private init; }

    /// <summary>What is stated of the session.</summary>
    public RealtimeSettings Settings { get; private init; }

    /// <summary>Whether that answers a client's change of it.</summary>
    public bool IsUpdate { get; private init; }

    /// <summary>Reads an event. It never throws for what the message holds: what can't be read says nothing.</summary>
    /// <param name="message">The whole message.</param>
    public static RealtimeServerEvent Read(ReadOnlySpan<byte> message)
    {
        try
        {
            var type = BodyScan.Text(message, "type"u8) ?? "";
            return Of(type, message) with { Id = Named(type, message) ?? "" };
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            return default(RealtimeServerEvent) with { Id = "" };
        }
    }

    private static RealtimeServerEvent Of(string type, ReadOnlySpan<byte> message)
    {
        switch (type)
        {
            case "session.created" or "session.updated":
                var reader = new Utf8JsonReader(BodyScan.Member(message, "session"u8));
                using (var session = JsonDocument.ParseValue(ref reader))
                {
                    return new RealtimeServerEvent
                    {
                        News = RealtimeNews.Session,
                        IsUpdate = type == "session.updated",
                        Settings = RealtimeSettings.Read(session.RootElement),
                    };
                }
            case "response.created":
                return new RealtimeServerEvent { News = RealtimeNews.ResponseCreated };
            case "response.done":
                return new RealtimeServerEvent { News = RealtimeNews.ResponseDone };
            case "input_audio_buffer.committed":
                return new RealtimeServerEvent { News = RealtimeNews.AudioCommitted };
            case "conversation.item.input_audio_transcription.completed":
                return new RealtimeServerEvent { News = RealtimeNews.Transcribed };
            case "conversation.item.input_audio_transcription.failed":
                return new RealtimeServerEvent { News = RealtimeNews.NotTranscribed };
            case "error":
                var error = BodyScan.Member(message, "error"u8);
                return new RealtimeServerEvent
                {
                    News = RealtimeNews.Error,
                    Code = BodyScan.Text(error, "code"u8),
                    EventId = BodyScan.Text(error, "event_id"u8),
                };
            default:
                return type.EndsWith(".delta", StringComparison.Ordinal) && type.StartsWith("response.", StringComparison.Ordinal)
                    ? new RealtimeServerEvent { News = RealtimeNews.Output, OutputTokens = Shown(type, message) }
                    : default;
        }
    }

    private static string? Named(string type, ReadOnlySpan<byte> message) =>
        type is "response.created" or "response.done"
            ? BodyScan.Text(BodyScan.Member(message, "response"u8), "id"u8)
            : BodyScan.Text(message, "response_id"u8) ?? BodyScan.Text(message, "item_id"u8);

    // The beginning of an event, which isn't output, is far longer than a delta that is a token.
    private static long Shown(string type, ReadOnlySpan<byte> message)
    {
        var delta = BodyScan.Member(message, "delta"u8).Length;
        return type is "response.output_audio.delta" or "response.audio.delta" ? 1 + (delta / CharactersPerToken) : delta;
    }
}
