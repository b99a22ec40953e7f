using Purser.Core.Budgets;
using Purser.Core.Pricing;

namespace Purser.Gateway.Configuration;

/// <summary>What calls that no client asked for may cost: a budget of their own.</summary>
/// <param name="Amount">The most, above zero.</param>
/// <param name="Period">In which time: a day, a week or a month of UTC.</param>
/// <param name="Account">The path of the account that they are charged to; it's made where it isn't there.</param>
public sealed record EvaluationBudget(Money Amount, WindowKind Period, string Account)
{
    /// <summary>The account where none is named.</summary>
    public const string UsualAccount = "purser/evaluation";
}

/// <summary>Which requests another model is asked too, after the client has its answer: the block <c>routing: shadow</c> of <c>purser.yml</c>.</summary>
/// <param name="SamplePercent">The share of routed requests, above 0 up to 100.</param>
/// <param name="Budget">What that may cost.</param>
/// <param name="NeverFor">Paths of accounts whose requests go to no other model than the one that serves them; those below are meant too.</param>
public sealed record ShadowOptions(decimal SamplePercent, EvaluationBudget Budget, IReadOnlyList<string> NeverFor);

/// <summary>Who compares the two answers: the block <c>routing: judge</c> of <c>purser.yml</c>.</summary>
/// <param name="Model">The model that judges.</param>
/// <param name="SamplePercent">The share of routed requests, above 0; at most as many as are asked in shadow.</param>
/// <param name="Budget">What that may cost.</param>
/// <param name="Instructions">What a good answer is, in the operator's words; null where nothing is said.</param>
public sealed record JudgeOptions(string Model, decimal SamplePercent, EvaluationBudget Budget, string? Instructions);
