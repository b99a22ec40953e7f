using System.Text.Json;

namespace Purser.Routing.Checks;

/// <summary>Why a model stopped, as far as checks go by it.</summary>
public enum AnswerStop
{
    /// <summary>It was done, or nothing is said.</summary>
    Done,

    /// <summary>It reached a limit of its output, or its context was full.</summary>
    Limit,

    /// <summary>It, or a filter, refused.</summary>
    Refusal,

    /// <summary>It paused in a turn that goes on when the answer is sent back.</summary>
    Pause,
}

/// <summary>One of an answer's choices, as its client gets it.</summary>
/// <param name="Text">Its text, without what the model thought.</param>
/// <param name="Calls">The client's tools that it calls.</param>
/// <param name="Stop">Why it stopped.</param>
/// <param name="HasRefusal">Whether it has a part that is said to be a refusal.</param>
/// <param name="HasOther">Whether it has something else than text, calls and thoughts: what the provider's own tools did, media.</param>
public sealed record CheckedChoice(string Text, IReadOnlyList<CheckedCall> Calls, AnswerStop Stop, bool HasRefusal, bool HasOther);

/// <summary>A call of a tool.</summary>
/// <param name="Tool">The tool's name.</param>
/// <param name="Arguments">What it's called with, as the model wrote it.</param>
/// <param name="IsText">Whether that is plain text by the tool's definition.</param>
public sealed record CheckedCall(string Tool, string Arguments, bool IsText);

/// <summary>What a request asks of its answer.</summary>
/// <param name="WantsJson">Whether the text shall be JSON.</param>
/// <param name="Schema">Its schema; null: any JSON object.</param>
/// <param name="Tools">The schemas of the client's tools by their names; null where a tool's arguments are of no known form.</param>
/// <param name="HasOpenTools">Whether there are tools beside those, whose names the request doesn't say.</param>
/// <param name="MustCall">Whether a tool must be called.</param>
/// <param name="HasLimit">Whether something other than the model set a limit to the answer's length.</param>
public sealed record AnswerDemand(
    bool WantsJson,
    JsonElement? Schema,
    IReadOnlyDictionary<string, JsonElement?> Tools,
    bool HasOpenTools,
    bool MustCall,
    bool HasLimit
);
