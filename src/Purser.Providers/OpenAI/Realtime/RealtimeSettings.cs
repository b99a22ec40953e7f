using System.Text.Json;

namespace Purser.Providers.OpenAI.Realtime;

/// <summary>
/// What a session's configuration says of its cost, as a client asks for it or the provider states it. A member that isn't there leaves what was:
/// the flags say which were.
/// </summary>
public readonly record struct RealtimeSettings
{
    /// <summary>The session's type (<c>realtime</c>, <c>transcription</c>), or null.</summary>
    public string? Type { get; private init; }

    /// <summary>The model, or null.</summary>
    public string? Model { get; private init; }

    /// <summary>Whether the limit of a response's output is named.</summary>
    public bool NamesLimit { get; private init; }

    /// <summary>That limit in tokens, ≥ 1; null: none (<c>"inf"</c>).</summary>
    public long? MaxOutputTokens { get; private init; }

    /// <summary>Whether the transcription of the input is named.</summary>
    public bool NamesTranscription { get; private init; }

    /// <summary>The model that transcribes the input, or null where none does; empty where one does that isn't named.</summary>
    public string? TranscribedBy { get; private init; }

    /// <summary>Whether it is named who decides when a turn has ended.</summary>
    public bool NamesTurns { get; private init; }

    /// <summary>Whether the provider starts responses by itself when it hears the end of a turn.</summary>
    public bool StartsResponses { get; private init; }

    /// <summary>Whether tools are named that the provider runs itself.</summary>
    public bool HasRemoteTools { get; private init; }

    /// <summary>Whether the input has parts that the event's bytes don't bound: a stored prompt, or what remote tools answer.</summary>
    public bool IsUnbounded { get; private init; }

    /// <summary>What holds of a session of which nothing is stated yet: the provider may start responses by itself.</summary>
    public static RealtimeSettings Unstated { get; } = new() { NamesTurns = true, StartsResponses = true };

    /// <summary>The configuration after this was stated of it.</summary>
    /// <param name="before">The configuration before.</param>
    public RealtimeSettings Over(RealtimeSettings before) =>
        new()
        {
            Type = Type ?? before.Type,
            Model = Model ?? before.Model,
            NamesLimit = NamesLimit || before.NamesLimit,
            MaxOutputTokens = NamesLimit ? MaxOutputTokens : before.MaxOutputTokens,
            NamesTranscription = NamesTranscription || before.NamesTranscription,
            TranscribedBy = NamesTranscription ? TranscribedBy : before.TranscribedBy,
            NamesTurns = NamesTurns || before.NamesTurns,
            StartsResponses = NamesTurns ? StartsResponses : before.StartsResponses,
            HasRemoteTools = HasRemoteTools || before.HasRemoteTools,
            IsUnbounded = IsUnbounded || before.IsUnbounded,
        };

    internal static RealtimeSettings Read(JsonElement session)
    {
        if (session.ValueKind != JsonValueKind.Object)
        {
            return default;
        }
        var input = Member(Member(session, "audio"), "input");
        var namesLimit = TryMember(session, ["max_output_tokens", "max_response_output_tokens"], out var limit);
        var namesTranscription =
            TryMember(input, ["transcription"], out var transcription)
            || TryMember(session, ["input_audio_transcription"], out transcription);
        var namesTurns = TryMember(input, ["turn_detection"], out var turns) || TryMember(session, ["turn_detection"], out turns);
        var hasRemote = HasRemote(Member(session, "tools"));
        return new RealtimeSettings
        {
            Type = Text(session, "type"),
            Model = Text(session, "model"),
            NamesLimit = namesLimit,
            MaxOutputTokens = namesLimit ? Limit(limit) : null,
            NamesTranscription = namesTranscription,
            TranscribedBy = transcription.ValueKind == JsonValueKind.Object ? Text(transcription, "model") ?? "" : null,
            NamesTurns = namesTurns,
            StartsResponses = turns.ValueKind == JsonValueKind.Object && Member(turns, "create_response").ValueKind != JsonValueKind.False,
            HasRemoteTools = hasRemote,
            IsUnbounded = hasRemote || Member(session, "prompt").ValueKind == JsonValueKind.Object,
        };
    }

    /// <summary>A limit of output as an event names it: null for none, and for what isn't one.</summary>
    internal static long? Limit(JsonElement value) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var tokens) && tokens > 0 ? tokens : null;

    internal static JsonElement Member(JsonElement of, string name) =>
        of.ValueKind == JsonValueKind.Object && of.TryGetProperty(name, out var value) ? value : default;

    internal static string? Text(JsonElement of, string name) =>
        Member(of, name) is { ValueKind: JsonValueKind.String } text ? text.GetString() : null;

    internal static bool HasRemote(JsonElement tools) =>
        tools.ValueKind == JsonValueKind.Array && tools.EnumerateArray().Any(tool => Text(tool, "type") is not (null or "function"));

    private static bool TryMember(JsonElement of, ReadOnlySpan<string> names, out JsonElement value)
    {
        value = default;
        foreach (var name in names)
        {
            if (of.ValueKind == JsonValueKind.Object && of.TryGetProperty(name, out value))
            {
                return true;
            }
        }
        return false;
    }
}
