namespace Purser.Routing.Understanding;

/// <summary>What is common to cues.</summary>
internal static class Cues
{
    /// <summary>How many there are.</summary>
    public const int Count = (int)Cue.Steps + 1;

    /// <summary>Whether it's a verb that can lead a text.</summary>
    public static bool IsVerb(this Cue cue) => cue is > Cue.None and < Cue.Greet;
}
