using System.Globalization;
using Purser.Core.Budgets;
using Purser.Core.Pricing;
using YamlDotNet.RepresentationModel;

namespace Purser.Gateway.Configuration;

/// <summary>Reads the blocks <c>shadow</c> and <c>judge</c> of the block <c>routing</c>.</summary>
internal sealed class EvaluationReader(YamlReader yaml)
{
    /// <summary>The block for calls in shadow.</summary>
    public const string ShadowKey = "shadow";

    /// <summary>The block for the judge.</summary>
    public const string JudgeKey = "judge";

    private const decimal UsualShadow = 2;
    private const decimal UsualJudged = 1;
    private const decimal MostDollars = 1_000_000_000;

    private static readonly string[] ShadowKeys = ["sample_percent", "budget", "account", "never_for"];
    private static readonly string[] JudgeKeys = ["model", "sample_percent", "budget", "account", "instructions"];

    private static readonly (string Name, WindowKind Value)[] Periods =
    [
        ("day", WindowKind.Day),
        ("week", WindowKind.Week),
        ("month", WindowKind.Month),
    ];

    /// <summary>Reads what is asked in shadow; null where nothing is.</summary>
    /// <param name="routing">The block <c>routing</c>.</param>
    public ShadowOptions? ReadShadow(YamlMappingNode routing)
    {
        if (Block(routing, ShadowKey) is not { } block)
        {
            return null;
        }

        yaml.CheckKeys(block, ShadowKeys);
        var percent = Percent(block) ?? UsualShadow;
        var never = yaml.Items(block, "never_for").Select(item => (item as YamlScalarNode)?.Value).OfType<string>();
        return ReadBudget(block, ShadowKey) is { } budget ? new ShadowOptions(percent, budget, [.. never]) : null;
    }

    /// <summary>Reads who judges; null where nobody does.</summary>
    /// <param name="routing">The block <c>routing</c>.</param>
    /// <param name="shadow">What is asked in shadow: there is nothing else to compare.</param>
    /// <param name="reference">The model that others are compared with.</param>
    public JudgeOptions? ReadJudge(YamlMappingNode routing, ShadowOptions? shadow, string reference)
    {
        if (Block(routing, JudgeKey) is not { } block)
        {
            return null;
        }

        yaml.CheckKeys(block, JudgeKeys);
        var percent = Percent(block) ?? Math.Min(UsualJudged, shadow?.SamplePercent ?? UsualJudged);
        if (!routing.Children.ContainsKey(ShadowKey))
        {
            yaml.Error(block, "A judge compares answers with those of calls in shadow: 'shadow' must be there too.");
        }
        else if (percent > shadow?.SamplePercent)
        {
            yaml.Error(block, $"A judge's 'sample_percent' can't be above that of 'shadow', which is {shadow.SamplePercent}.");
        }

        var (model, budget) = (yaml.RequiredText(block, "model"), ReadBudget(block, JudgeKey));
        if (model == reference)
        {
            yaml.Error(block["model"], $"'{model}' is the reference: a model doesn't judge its own answers, so it would judge none.");
        }

        return model is null || budget is null ? null : new JudgeOptions(model, percent, budget, yaml.Text(block, "instructions"));
    }

    private YamlMappingNode? Block(YamlMappingNode routing, string key)
    {
        if (!routing.Children.TryGetValue(key, out var node))
        {
            return null;
        }

        if (node is YamlMappingNode block)
        {
            return block;
        }

        yaml.Error(node, $"'{key}' must be a mapping with 'budget', and what is other than usual.");
        return null;
    }

    private EvaluationBudget? ReadBudget(YamlMappingNode block, string whose)
    {
        if (!block.Children.TryGetValue("budget", out var node))
        {
            yaml.Error(block, $"'{whose}' needs a 'budget' of its own: {{ amount_usd: 20, period: month }}.");
            return null;
        }

        if (node is not YamlMappingNode budget)
        {
            yaml.Error(node, "'budget' must be a mapping: { amount_usd: 20, period: month }.");
            return null;
        }

        yaml.CheckKeys(budget, ["amount_usd", "period"]);
        var period = budget.Children.ContainsKey("period") ? yaml.Choice(budget, "period", Periods) : WindowKind.Month;
        var account = yaml.Text(block, "account") ?? EvaluationBudget.UsualAccount;
        return yaml.RequiredText(budget, "amount_usd") is null ? null
            : Decimal(budget, "amount_usd", MostDollars) is { } amount
                ? new EvaluationBudget(Money.FromUsdRoundedUp(amount), period, account)
            : null;
    }

    private decimal? Percent(YamlMappingNode block) => Decimal(block, "sample_percent", 100);

    private decimal? Decimal(YamlMappingNode block, string key, decimal most)
    {
        if (yaml.Text(block, key) is not { } text)
        {
            return null;
        }

        if (
            decimal.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number)
            && number > 0
            && number <= most
        )
        {
            return number;
        }

        yaml.Error(block[key], string.Create(CultureInfo.InvariantCulture, $"'{key}' must be a number above 0, up to {most}."));
        return null;
    }
}
