namespace Purser.Providers.Streams;

/// <summary>Which of an answer's choices have been seen, and which have said why they end.</summary>
internal struct ChoiceEnds
{
    private const int Most = 128;

    private UInt128 seen;
    private UInt128 finished;

    /// <summary>Whether there are choices, and all have ended.</summary>
    public readonly bool AllFinished => seen != UInt128.Zero && seen == finished;

    /// <summary>Notes a choice. No provider gives more than 128; what is beyond counts as the last.</summary>
    public void Note(long index, bool isFinished)
    {
        var bit = UInt128.One << (int)Math.Clamp(index, 0, Most - 1);
        seen |= bit;
        finished |= isFinished ? bit : UInt128.Zero;
    }
}
