using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Purser.Simulator.Skills;

/// <summary>
/// How well simulated models answer. Each prompt has a hidden difficulty and a class; whether a model's answer is good is one draw by its skill against
/// that difficulty, always the same for the same prompt, model and plan. Models that the plan doesn't name answer as they do without one.
/// </summary>
public sealed record SkillPlan
{
    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        AllowTrailingCommas = true,
        ReadCommentHandling = JsonCommentHandling.Skip,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
    };

    /// <summary>What difficulties, draws and marks are made of. <value>Any number; default 1.</value></summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>What a prompt's difficulty is made of.</summary>
    public DifficultyParts Difficulty { get; init; } = new();

    /// <summary>How sharply a model's chance falls where difficulty passes its skill. <value>Above 0, up to 100; default 3.</value></summary>
    public double Sharpness { get; init; } = 3;

    /// <summary>The classes, of which a prompt has the first that it fits. <value>Default <see cref="TaskKind.Usual"/>.</value></summary>
    public IReadOnlyList<TaskKind> Classes { get; init; } = TaskKind.Usual;

    /// <summary>The models that have a skill, by their name, or by a beginning and <c>*</c>: the longest that fits counts.</summary>
    public IReadOnlyDictionary<string, ModelSkill> Models { get; init; } = new Dictionary<string, ModelSkill>();

    /// <summary>How many of the bad answers a check of their form can see.</summary>
    public FlawShares Flaws { get; init; } = new();

    /// <summary>When a model's skill drops, and in which slice.</summary>
    public IReadOnlyList<SkillDrop> Drops { get; init; } = [];

    /// <summary>How well models compare two answers.</summary>
    public JudgeSkill Judge { get; init; } = new();

    /// <summary>Reads a plan.</summary>
    /// <param name="json">The text of its file, JSON; comments and trailing commas are allowed.</param>
    /// <param name="plan">The plan, when it is right.</param>
    /// <param name="error">What is wrong and what to write instead, when it isn't.</param>
    public static bool TryParse(string json, [NotNullWhen(true)] out SkillPlan? plan, [NotNullWhen(false)] out string? error) =>
        TryRead(json, out plan, out error) && (error = plan.Wrong()) is null;

    /// <summary>Reads drops, as <c>POST /simulator/drops</c> takes them: an array.</summary>
    /// <param name="utf8">The JSON.</param>
    /// <param name="plan">This plan with those drops in place of its own, when they are right.</param>
    /// <param name="error">What is wrong, when they aren't.</param>
    public bool TryDrop(ReadOnlySpan<byte> utf8, [NotNullWhen(true)] out SkillPlan? plan, [NotNullWhen(false)] out string? error)
    {
        plan = null;
        if (!TryRead<IReadOnlyList<SkillDrop>>(System.Text.Encoding.UTF8.GetString(utf8), out var drops, out error))
        {
            return false;
        }

        plan = this with { Drops = drops };
        return (error = plan.Wrong()) is null;
    }

    /// <summary>The skill of a model; null where it has none.</summary>
    public ModelSkill? SkillOf(string model)
    {
        if (Models.TryGetValue(model, out var exact))
        {
            return exact;
        }

        var longest = Models
            .Keys.Where(name => name.EndsWith('*') && model.StartsWith(name[..^1], StringComparison.Ordinal))
            .MaxBy(name => name.Length);
        return longest is null ? null : Models[longest];
    }

    /// <summary>What a model makes of a prompt.</summary>
    /// <param name="model">The model's name as the request gives it.</param>
    /// <param name="nature">The prompt.</param>
    /// <param name="at">When it's asked; drops go by it.</param>
    /// <returns>Null where the model has no skill.</returns>
    public SkillOutcome? Outcome(string model, PromptNature nature, DateTimeOffset at)
    {
        if (SkillOf(model) is not { } skill)
        {
            return null;
        }

        var level = skill.Skill + skill.Classes.GetValueOrDefault(nature.Class);
        level -= Drops.Where(drop => drop.Strikes(model, nature, at)).Sum(drop => drop.By);
        var chance = (1 - skill.Slips) / (1 + Math.Exp(-Sharpness * (level - nature.Difficulty)));
        var random = nature.Draws(model);
        var isGood = random.Fraction() < chance;
        var flaw = isGood ? AnswerFlaw.None : Flaws.Draw(random.Fraction());
        var tokens = nature.Tokens(skill.Length);
        return new SkillOutcome(chance, isGood, flaw, tokens);
    }

    private static bool TryRead<T>(string json, [NotNullWhen(true)] out T? value, [NotNullWhen(false)] out string? error)
        where T : class
    {
        (value, error) = (null, null);
        try
        {
            value = JsonSerializer.Deserialize<T>(json, Json);
            error = value is null ? "it is null: write an object" : null;
        }
        catch (JsonException wrong)
        {
            error = wrong.Message;
        }

        return value is not null;
    }

    private string? Wrong() =>
        Null() is { } empty ? $"{empty} has null in it: leave it out"
        : !(Sharpness is > 0 and <= 100) ? "sharpness must be above 0, and at most 100"
        : Difficulty.Wrong() is { } parts ? parts
        : Models.Count == 0 ? "models is empty: name a model and its skill, such as {\"gpt-4.1-mini\": {\"skill\": 1}}"
        : Models
            .Where(model => model.Value.Wrong() is not null)
            .Select(model => $"model '{model.Key}': {model.Value.Wrong()}")
            .FirstOrDefault()
            is { } skill
            ? skill
        : Classes.FirstOrDefault(kind => kind.Wrong() is not null) is { } kind ? $"class '{kind.Name}': {kind.Wrong()}"
        : Unknown() is { } name ? $"class '{name}' isn't one of classes: use one of {string.Join(", ", ClassNames())}"
        : Flaws.Wrong() ?? Drops.Select(drop => drop.Wrong()).FirstOrDefault(wrong => wrong is not null) ?? Judge.Wrong();

    // What a list or a map has in it may be null whatever its type says.
    private string? Null() =>
        Models.Values.Any(skill => skill is null) ? "models"
        : Classes.Any(kind => kind is null || kind.Says.Any(text => text is null)) ? "classes"
        : Drops.Any(drop => drop is null) ? "drops"
        : null;

    private IEnumerable<string> ClassNames() => Classes.Select(kind => kind.Name).Append(TaskKind.Other);

    private string? Unknown() =>
        Models
            .Values.SelectMany(model => model.Classes.Keys)
            .Concat(Drops.Select(drop => drop.Class).OfType<string>())
            .FirstOrDefault(name => !ClassNames().Contains(name));
}
