namespace Purser.Providers.Gemini;

/// <summary>How far a candidate of a stream has come.</summary>
internal enum CandidatePhase
{
    /// <summary>Nothing of it has come.</summary>
    Unseen,

    /// <summary>It has begun, and said nothing yet.</summary>
    Opened,

    /// <summary>The last that came was text for the reader.</summary>
    Text,

    /// <summary>The last that came was a thought.</summary>
    Thought,

    /// <summary>It called a function, or something came that isn't text: text may not follow then.</summary>
    Other,

    /// <summary>It has said why it ends.</summary>
    Finished,
}

/// <summary>How far the candidates of a stream have come: what is needed to end it as its provider would.</summary>
internal sealed class GeminiCandidates
{
    private const int Most = 128;

    private readonly List<CandidatePhase> phases = [];
    private readonly List<bool> texts = [];

    /// <summary>One more than the highest index that was seen.</summary>
    public int Count => phases.Count;

    /// <summary>The phase of a candidate.</summary>
    public CandidatePhase this[int index] => index < phases.Count ? phases[index] : CandidatePhase.Unseen;

    /// <summary>Whether the prompt was refused, so that no candidate comes.</summary>
    public bool IsBlocked { get; set; }

    /// <summary>Bytes of thoughts that were shown since the last signature.</summary>
    public long ThoughtBytes { get; set; }

    /// <summary>Whether nothing more comes.</summary>
    public bool AllFinished =>
        IsBlocked || (phases.Count > 0 && phases.TrueForAll(phase => phase is CandidatePhase.Finished or CandidatePhase.Unseen));

    /// <summary>Whether all that runs was last seen writing text for the reader.</summary>
    public bool AllWrite =>
        phases.Count > 0 && phases.TrueForAll(phase => phase is CandidatePhase.Text or CandidatePhase.Finished or CandidatePhase.Unseen);

    /// <summary>Whether a candidate has written text for the reader.</summary>
    public bool HadText(int index) => index < texts.Count && texts[index];

    /// <summary>Something of a candidate came. A function that was called isn't forgotten for what comes after it.</summary>
    /// <param name="index">The candidate.</param>
    /// <param name="phase">What came last.</param>
    public void Note(long index, CandidatePhase phase)
    {
        var at = (int)Math.Clamp(index, 0, Most - 1);
        while (phases.Count <= at)
        {
            phases.Add(CandidatePhase.Unseen);
            texts.Add(false);
        }
        texts[at] |= phase == CandidatePhase.Text;
        var isKept = phase == CandidatePhase.Opened && phases[at] != CandidatePhase.Unseen;
        var isFinal = phases[at] == CandidatePhase.Other && phase != CandidatePhase.Finished;
        phases[at] = isKept || isFinal ? phases[at] : phase;
    }
}
