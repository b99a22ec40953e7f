namespace Purser.Providers.OpenAI;

/// <summary>What a choice of a stream said last.</summary>
internal enum ChoicePhase : byte
{
    /// <summary>There was no such choice yet.</summary>
    Unseen,

    /// <summary>It began, and has said nothing yet.</summary>
    Opened,

    /// <summary>Text for the reader.</summary>
    Text,

    /// <summary>Reasoning, in a member beside the text.</summary>
    Reasoning,

    /// <summary>A tool's name or arguments.</summary>
    Tool,

    /// <summary>A refusal, audio, or what isn't known.</summary>
    Other,

    /// <summary>It has a <c>finish_reason</c>.</summary>
    Finished,
}

/// <summary>How far a stream of chunks has come: what is needed to end it as its provider would.</summary>
internal sealed class OpenAIChoices
{
    /// <summary>The most choices that a request can ask for; what has a higher index is passed on, but not ended.</summary>
    public const int Most = 128;

    private ChoicePhase[] phases = new ChoicePhase[1];

    /// <summary>The chunks' <c>object</c>.</summary>
    public string? Object { get; set; }

    /// <summary>The chunks' <c>created</c>, in seconds since 1970.</summary>
    public long? Created { get; set; }

    /// <summary>One more than the highest index seen.</summary>
    public int Count { get; private set; }

    /// <summary>Whether there were choices, and all have finished.</summary>
    public bool AllFinished { get; private set; }

    /// <summary>What the choice with this index said last.</summary>
    public ChoicePhase this[int index] => index < Count ? phases[index] : ChoicePhase.Unseen;

    /// <summary>A chunk of a choice went by.</summary>
    /// <param name="index">The choice's index.</param>
    /// <param name="said">What it said; <see cref="ChoicePhase.Opened"/> for nothing.</param>
    /// <returns>Whether the choice is new.</returns>
    public bool Note(long index, ChoicePhase said)
    {
        if (index is < 0 or >= Most)
        {
            return false;
        }
        var place = (int)index;
        if (place >= phases.Length)
        {
            Array.Resize(ref phases, Math.Max(place + 1, Math.Min(Most, phases.Length * 2)));
        }
        Count = Math.Max(Count, place + 1);
        var before = phases[place];
        if (before != ChoicePhase.Finished && (said != ChoicePhase.Opened || before == ChoicePhase.Unseen))
        {
            phases[place] = said;
            AllFinished = !phases.AsSpan(0, Count).ContainsAnyExcept(ChoicePhase.Finished, ChoicePhase.Unseen);
        }
        return before == ChoicePhase.Unseen;
    }
}
