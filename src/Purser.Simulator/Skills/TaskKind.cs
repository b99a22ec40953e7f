namespace Purser.Simulator.Skills;

/// <summary>A class of prompts.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Says">What prompts of it have somewhere in the system's or the user's text, whatever its case: one of these.</param>
/// <param name="Offset">How much harder they are than others. <value>−100 to 100; default 0.</value></param>
/// <param name="Tokens">How long answers are, on average. <value>1 to 10,000 tokens; default 120.</value></param>
public sealed record TaskKind(string Name, IReadOnlyList<string> Says, double Offset = 0, int Tokens = 120)
{
    /// <summary>The class of prompts that fit none.</summary>
    public const string Other = "other";

    /// <summary>
    /// The classes of <see cref="Traffic.MixedTraffic"/>, told by what its prompts ask. Their offsets even out what their usual form alone brings: long texts would all be hard.
    /// </summary>
    public static IReadOnlyList<TaskKind> Usual { get; } =
    [
        new("agent", ["coding agent", "use the tools"], Offset: 0.6, Tokens: 90),
        new("code", ["```", "traceback"], Offset: -2.2, Tokens: 220),
        new("extract", ["extract", "extrahiere", "extrais", "extrae"], Tokens: 60),
        new("classify", ["classify", "label", "klassifiziere", "classe ", "clasifica"], Offset: 0.3, Tokens: 24),
        new("translate", ["translate", "übersetze", "traduis", "traduce"], Tokens: 130),
        new("summarize", ["summarize", "summarise", "fasse", "résume", "resume"], Offset: -2.2, Tokens: 110),
        new(
            "maths",
            ["calculate", "how many", "berechne", "wie viele", "calcule", "calcula", "combien", "cuántos"],
            Offset: 0.3,
            Tokens: 160
        ),
        new("rewrite", ["rewrite", "rephrase", "formuliere", "reformule", "reescribe"], Tokens: 120),
    ];

    internal string? Wrong() =>
        Name.Length == 0 ? "it needs a name"
        : Says.Count == 0 || Says.Any(text => text.Length == 0) ? "says must list what its prompts have in them"
        : !(Math.Abs(Offset) <= 100) ? "offset must be from -100 to 100"
        : Tokens is < 1 or > 10_000 ? "tokens must be from 1 to 10000"
        : null;
}

/// <summary>
/// What a prompt's difficulty is made of, each part spread about 0 with a deviation of about 1 and weighed by these. <value>Each 0 to 100.</value>
/// </summary>
/// <param name="Words">What its words bring: each has a weight of its own.</param>
/// <param name="Form">What its form brings: length, numbers, sentences, line breaks.</param>
/// <param name="Chance">What nothing in it shows.</param>
public sealed record DifficultyParts(double Words = 1, double Form = 0.5, double Chance = 0.3)
{
    internal string? Wrong() =>
        Words is >= 0 and <= 100 && Form is >= 0 and <= 100 && Chance is >= 0 and <= 100
            ? null
            : "difficulty's parts must be from 0 to 100";
}
