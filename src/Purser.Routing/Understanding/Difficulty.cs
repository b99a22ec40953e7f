namespace Purser.Routing.Understanding;

/// <summary>
/// How hard a request seems by its form. Each class starts at a height of its own; each signal then takes a share of what is left to 1. So it's
/// always in [0, 1), and never falls when a signal rises: more text, more constraints, more tools, more turns, a larger answer, thinking asked for.
/// It knows nothing of the matter: a short question can be the hardest.
/// </summary>
internal static class Difficulty
{
    // Feature, where it begins to count, where it counts in whole, and the most share that it takes.
    private static readonly (Feature Feature, float From, float Full, float Share)[] Signals =
    [
        (Feature.EstimatedTokens, 7, 17, 0.40f),
        (Feature.LastUserBytes, 6, 14, 0.15f),
        (Feature.Constraints, 1, 5, 0.20f),
        (Feature.QuestionMarks, 1, 4, 0.08f),
        (Feature.ListItems, 1, 5, 0.10f),
        (Feature.HasCode, 0, 1, 0.08f),
        (Feature.HasTrace, 0, 1, 0.10f),
        (Feature.MathsSignShare, 0, 0.1f, 0.10f),
        (Feature.Numbers, 1, 5, 0.08f),
        (Feature.Tools, 1, 6, 0.12f),
        (Feature.ToolResults, 1, 6, 0.10f),
        (Feature.UserTurns, 1, 6, 0.08f),
        (Feature.SchemaBytes, 8, 14, 0.10f),
        (Feature.Images, 0, 2, 0.08f),
        (Feature.Files, 0, 2, 0.08f),
        (Feature.OutputLimit, 12, 17, 0.06f),
        (Feature.AsksThinking, 0, 1, 0.15f),
    ];

    // The words that ask for thought.
    private static readonly (Cue Cue, float Share)[] Words =
    [
        (Cue.Prove, 0.25f),
        (Cue.Steps, 0.08f),
        (Cue.Explain, 0.06f),
        (Cue.ThoughtNoun, 0.06f),
        (Cue.MathsNoun, 0.08f),
        (Cue.FaultNoun, 0.05f),
        (Cue.PlanNoun, 0.05f),
    ];

    /// <summary>The names of the features that it rises with.</summary>
    public static IEnumerable<string> SignalNames =>
        Signals
            .Select(signal => FeatureNames.All[(int)signal.Feature])
            .Concat(Words.Select(word => FeatureNames.All[FeatureNames.Says(word.Cue)]));

    /// <summary>The difficulty.</summary>
    /// <param name="taskClass">The request's class.</param>
    /// <param name="dense">Its dense features.</param>
    public static float Of(TaskClass taskClass, ReadOnlySpan<float> dense)
    {
        var left = 1 - StartOf(taskClass);
        foreach (var (feature, from, full, share) in Signals)
        {
            left *= 1 - share * Math.Clamp((dense[(int)feature] - from) / (full - from), 0, 1);
        }
        foreach (var (cue, share) in Words)
        {
            left *= 1 - share * Math.Clamp(dense[FeatureNames.Says(cue)], 0, 1);
        }
        return 1 - left;
    }

    private static float StartOf(TaskClass taskClass) =>
        taskClass switch
        {
            TaskClass.Chat => 0.05f,
            TaskClass.Classify or TaskClass.Translate or TaskClass.Extract => 0.10f,
            TaskClass.Summarize or TaskClass.Rewrite or TaskClass.Format => 0.12f,
            TaskClass.Other or TaskClass.Creative => 0.18f,
            TaskClass.CodeEdit or TaskClass.CodeReview or TaskClass.Reasoning => 0.25f,
            TaskClass.Debug or TaskClass.Plan or TaskClass.Maths or TaskClass.AgentStep => 0.28f,
            _ => 0.18f,
        };
}
