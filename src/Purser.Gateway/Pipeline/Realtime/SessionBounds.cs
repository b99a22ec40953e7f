using Purser.Providers.OpenAI.Realtime;

namespace Purser.Gateway.Pipeline.Realtime;

/// <summary>
/// What the next response of a realtime session can be at most, by all that was said so far. What a client has asked for and the provider hasn't
/// confirmed holds beside what it stated, whichever is dearer.
/// </summary>
internal sealed class SessionBounds
{
    // The provider's own instructions, and what frames each item.
    private const long FirstTokens = 2048;

    // Ahead of what was said, so that not every event has to hold more.
    private const long Ahead = 4096;

    private readonly List<RealtimeSettings> asked = [];
    private RealtimeSettings stated = RealtimeSettings.Unstated;
    private long tokens = FirstTokens;
    private bool isUnbounded;

    /// <summary>Whether the provider may start a response by itself.</summary>
    public bool StartsByItself => All.Any(settings => settings is { StartsResponses: true } or { HasRemoteTools: true });

    /// <summary>The models that may transcribe the input; empty where none does.</summary>
    public IReadOnlyList<string> TranscribedBy => [.. All.Select(settings => settings.TranscribedBy).OfType<string>().Distinct()];

    /// <summary>The model that was last said to transcribe the input.</summary>
    public string? Transcriber => All.Select(settings => settings.TranscribedBy).LastOrDefault(model => model is not null);

    /// <summary>The most input tokens of a response now; null where only the model's context bounds them.</summary>
    public long? Input => isUnbounded ? null : tokens;

    /// <summary>What to hold for, so that some more can be said.</summary>
    public long? InputAhead => isUnbounded ? null : Math.Max(tokens + Ahead, tokens * 2);

    /// <summary>The most output tokens of a response by the session's configuration; null: the model's.</summary>
    public long? Output =>
        All.Where(settings => settings.NamesLimit || settings == stated).Select(settings => settings.MaxOutputTokens ?? long.MaxValue).Max()
            is < long.MaxValue
                and var most
            ? most
            : null;

    /// <summary>Takes a client's event.</summary>
    public void Take(RealtimeClientEvent said)
    {
        tokens = Math.Min(tokens + said.InputTokens, int.MaxValue);
        isUnbounded |= said.IsUnbounded;
        if (said.Intent == RealtimeIntent.UpdateSession)
        {
            asked.Add(said.Settings);
        }
    }

    /// <summary>Takes what the provider states of the session.</summary>
    public void Take(RealtimeServerEvent answer)
    {
        stated = answer.Settings.Over(stated);
        isUnbounded |= stated.IsUnbounded;
        if (answer.IsUpdate && asked.Count > 0)
        {
            // Of one that was refused, nothing is stated: it stays, and the dearer of both holds.
            asked.RemoveAt(0);
        }
    }

    /// <summary>The client's latest change of the session doesn't go on.</summary>
    public void Undo() => asked.RemoveAt(asked.Count - 1);

    /// <summary>Takes a response's output, which is input of the next.</summary>
    public void TakeOutput(long output) => tokens = Math.Min(tokens + output, int.MaxValue);

    private IEnumerable<RealtimeSettings> All => asked.Prepend(stated);
}
