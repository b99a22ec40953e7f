namespace Purser.Simulator.Skills;

/// <summary>What a simulated model can do.</summary>
public sealed record ModelSkill
{
    /// <summary>The difficulty at which half of its answers are good. <value>−100 to 100.</value></summary>
    public required double Skill { get; init; }

    /// <summary>What it can more (or less, below 0) in a class, by the class's name.</summary>
    public IReadOnlyDictionary<string, double> Classes { get; init; } = new Dictionary<string, double>();

    /// <summary>The share of its answers that are bad however easy the prompt. <value>0 to 1; default 0.01.</value></summary>
    public double Slips { get; init; } = 0.01;

    /// <summary>How long its answers are beside others'. <value>0.1 to 10; default 1.</value></summary>
    public double Length { get; init; } = 1;

    internal string? Wrong() =>
        !(Math.Abs(Skill) <= 100) ? "skill must be from -100 to 100"
        : !(Slips is >= 0 and <= 1) ? "slips must be from 0 to 1"
        : !(Length is >= 0.1 and <= 10) ? "length must be from 0.1 to 10"
        : Classes.Values.Any(value => !(Math.Abs(value) <= 100)) ? "a class's figure must be from -100 to 100"
        : null;
}

/// <summary>What a model made of a prompt.</summary>
/// <param name="Chance">How likely its answer was to be good, 0 to 1.</param>
/// <param name="IsGood">Whether it is.</param>
/// <param name="Flaw">What shows of a bad one; <see cref="AnswerFlaw.None"/> where it looks like a good one.</param>
/// <param name="Tokens">How long it is, in tokens, where the request's limit allows.</param>
public readonly record struct SkillOutcome(double Chance, bool IsGood, AnswerFlaw Flaw, int Tokens);

/// <summary>What a check of its form can see of an answer.</summary>
public enum AnswerFlaw
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>It says that it can't help.</summary>
    Refusal,

    /// <summary>It ends in the middle, as if its limit had been reached.</summary>
    Truncated,

    /// <summary>It is no JSON where JSON was wanted.</summary>
    InvalidJson,
}

/// <summary>How many of the bad answers show that they are bad; the rest look like good ones. <value>Each 0 to 1, 1 together; default 0.</value></summary>
/// <param name="Refusal">Those that refuse.</param>
/// <param name="Truncated">Those that are cut.</param>
/// <param name="InvalidJson">Those that are no JSON, of answers that should be; others look good.</param>
public sealed record FlawShares(double Refusal = 0, double Truncated = 0, double InvalidJson = 0)
{
    internal AnswerFlaw Draw(double draw) =>
        draw < Refusal ? AnswerFlaw.Refusal
        : draw < Refusal + Truncated ? AnswerFlaw.Truncated
        : draw < Refusal + Truncated + InvalidJson ? AnswerFlaw.InvalidJson
        : AnswerFlaw.None;

    internal string? Wrong() =>
        Refusal >= 0 && Truncated >= 0 && InvalidJson >= 0 && Refusal + Truncated + InvalidJson <= 1
            ? null
            : "flaws must be shares from 0 to 1, and 1 together at most";
}

/// <summary>A model's skill drops in a slice.</summary>
/// <param name="Model">The model, or its beginning and <c>*</c>.</param>
/// <param name="By">By how much. <value>−100 to 100.</value></param>
/// <param name="Class">In which class alone; null for all.</param>
/// <param name="Says">Only where the system's or the user's text has this, whatever its case: an application's name; null for all.</param>
/// <param name="From">Since when; null for ever since.</param>
/// <param name="Until">Until when; null for ever.</param>
public sealed record SkillDrop(
    string Model,
    double By,
    string? Class = null,
    string? Says = null,
    DateTimeOffset? From = null,
    DateTimeOffset? Until = null
)
{
    internal bool Strikes(string model, PromptNature nature, DateTimeOffset at) =>
        (Model.EndsWith('*') ? model.StartsWith(Model[..^1], StringComparison.Ordinal) : model == Model)
        && (Class is null || Class == nature.Class)
        && (Says is null || nature.Text.Contains(Says, StringComparison.OrdinalIgnoreCase))
        && !(at < From)
        && !(at >= Until);

    internal string? Wrong() => Math.Abs(By) <= 100 ? null : "a drop's by must be from -100 to 100";
}

/// <summary>How well models compare two answers.</summary>
/// <param name="Accuracy">How often the better of two is named. <value>0.5 to 1; default 0.9.</value></param>
/// <param name="First">How often the one that stands first is named without looking. <value>0 to 1; default 0.</value></param>
public sealed record JudgeSkill(double Accuracy = 0.9, double First = 0)
{
    internal string? Wrong() =>
        !(Accuracy is >= 0.5 and <= 1) ? "the judge's accuracy must be from 0.5 to 1"
        : !(First is >= 0 and <= 1) ? "the judge's first must be from 0 to 1"
        : null;
}
