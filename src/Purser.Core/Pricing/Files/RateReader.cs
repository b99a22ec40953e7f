using System.Collections.Frozen;
using System.Globalization;
using Purser.Core.Usage;

namespace Purser.Core.Pricing;

/// <summary>Reads the rates of a price, and of the long-context tiers, service tiers and speeds inside it.</summary>
/// <param name="file">The file's name.</param>
/// <param name="errors">Receives what is wrong.</param>
/// <param name="beside">Fees that hold where the price lists none of its own.</param>
/// <param name="usdPerUnit">What a unit of the currency that the file has is in USD.</param>
internal sealed class RateReader(
    string file,
    ICollection<PriceError> errors,
    IReadOnlyDictionary<UsageClass, decimal>? beside = null,
    decimal usdPerUnit = 1m
)
{
    public const string LongContext = "long_context";
    public const string Variants = "variants";

    private const string Above = "above_input_tokens";
    private const string Marginal = "marginal";
    private const int MaxDecimals = 9;
    private const decimal MaxRate = 1_000_000m;

    public static IReadOnlyList<string> RateNames { get; } = [.. RateKey.All.Select(key => key.Name)];

    /// <summary>The keys of a card.</summary>
    public static IReadOnlyList<string> CardKeys { get; } = [.. PartNames, LongContext, "source", "note"];

    private static readonly string[] LongContextKeys = [Above, Marginal, .. PartNames, "source", "note"];

    private static IEnumerable<string> PartNames => RateNames.Where(name => name != MachineHour.Key);

    /// <summary>The card in a map that may hold rates and long-context tiers among other keys.</summary>
    /// <param name="section">The map.</param>
    /// <param name="inherited">Fees that hold where the map doesn't name its own.</param>
    /// <param name="free">Whether whatever isn't listed is free.</param>
    public RateCard Card(PriceSection section, IReadOnlyDictionary<UsageClass, decimal> inherited, bool free)
    {
        var rates = Rates(section, inherited, free);
        var fees = Fees(rates);
        var input = rates.Where(rate => MarginalTiers.IsInput(rate.Key)).ToDictionary();
        var tiers = new List<LongContextRates>();
        foreach (var node in section.List(LongContext))
        {
            var tier = new PriceSection(file, node, "a long-context tier", LongContextKeys, errors);
            var marginal = tier.Flag(Marginal);
            var tierRates = marginal ? MarginalRates(tier, input, free) : Set(Rates(tier, fees, free), free);
            if (!tier.Has(Above))
            {
                tier.Report(PriceErrorKind.MissingKey, tier.Line, $"{tier.What} has no '{Above}'", $"add '{Above}: 200000'");
            }
            else if (tier.Tokens(Above) is { } above)
            {
                CheckOrder(tier, tiers, above, marginal);
                tiers.Add(new(above, tierRates, marginal));
            }
        }
        return new(Set(rates, free), tiers);
    }

    /// <summary>The fees in a map that may hold no rate for tokens.</summary>
    public IReadOnlyDictionary<UsageClass, decimal> FeesOf(PriceSection section) =>
        Rates(section, new Dictionary<UsageClass, decimal>(), free: false);

    /// <summary>The card of a map beside the standard one, whose fees hold where the map doesn't name its own.</summary>
    public RateCard CardBeside(PriceSection section, RateCard standard) => Card(section, Fees(standard.Rates), free: false);

    /// <summary>The cards in a map from names to cards; a name may also stand for another name's card.</summary>
    public IReadOnlyDictionary<string, RateCard> Cards(PriceSection section, string key, RateCard standard, Func<string?, bool> isStandard)
    {
        var cards = new Dictionary<string, RateCard>(StringComparer.OrdinalIgnoreCase);
        var sameAs = new List<(PriceNode Name, PriceNode Other)>();
        foreach (var (name, value) in Pairs(section, key))
        {
            var text = name.Text ?? "";
            if (isStandard(text))
            {
                section.Report(
                    PriceErrorKind.WrongValue,
                    name.Line,
                    $"'{text}' is the standard price",
                    "put its rates into the price itself"
                );
            }
            else if (value.Text is not null)
            {
                sameAs.Add((name, value));
            }
            else if (!cards.TryAdd(text, CardBeside(new(file, value, $"'{text}'", CardKeys, errors), standard)))
            {
                section.Report(PriceErrorKind.DuplicateKey, name.Line, $"'{text}' is there twice in {key}", "keep one of them");
            }
        }
        foreach (var (name, other) in sameAs)
        {
            if (!cards.TryGetValue(other.Text!, out var card))
            {
                var nearest = NearestName.Of(other.Text!, cards.Keys);
                var suggestion = nearest is null ? "write its rates here" : $"did you mean '{nearest}'?";
                section.Report(
                    PriceErrorKind.WrongValue,
                    other.Line,
                    $"'{name.Text}' is the same as '{other.Text}', which isn't there",
                    suggestion
                );
            }
            else if (!cards.TryAdd(name.Text!, card))
            {
                section.Report(PriceErrorKind.DuplicateKey, name.Line, $"'{name.Text}' is there twice in {key}", "keep one of them");
            }
        }
        return cards.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);
    }

    /// <summary>The uplifts of a map from places to factors.</summary>
    public static IReadOnlyDictionary<string, decimal> Uplifts(PriceSection section, string key)
    {
        var uplifts = new Dictionary<string, decimal>(StringComparer.OrdinalIgnoreCase);
        foreach (var (name, value) in Pairs(section, key))
        {
            if (Amount(section, $"the uplift of '{name.Text}'", value) is not { } factor)
            {
                continue;
            }
            if (factor is <= 0m or > 10m)
            {
                section.Report(
                    PriceErrorKind.WrongValue,
                    value.Line,
                    $"the uplift of '{name.Text}' is {value.Text}",
                    "write a factor such as 1.1"
                );
            }
            else if (!uplifts.TryAdd(name.Text ?? "", factor))
            {
                section.Report(PriceErrorKind.DuplicateKey, name.Line, $"'{name.Text}' is there twice in {key}", "keep one of them");
            }
        }
        return uplifts.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);
    }

    private RateSet Set(IReadOnlyDictionary<UsageClass, decimal> rates, bool free) => new(rates, free, beside);

    // What a marginal tier doesn't list costs as in the tier before; input is passed on from tier to tier.
    private RateSet MarginalRates(PriceSection tier, Dictionary<UsageClass, decimal> input, bool free)
    {
        foreach (var (usageClass, rate) in Rates(tier, new Dictionary<UsageClass, decimal>(), free))
        {
            if (MarginalTiers.IsInput(usageClass))
            {
                input[usageClass] = rate;
                continue;
            }
            var name = RateKey.Of(usageClass).Name;
            tier.Report(
                PriceErrorKind.WrongValue,
                tier.LineOf(name),
                $"'{name}' is in a marginal tier",
                "only input tokens above its threshold cost other rates: leave it out, or leave out 'marginal'"
            );
        }
        return new(input, free);
    }

    private static void CheckOrder(PriceSection tier, List<LongContextRates> before, long above, bool marginal)
    {
        if (before.Count > 0 && above <= before[^1].AboveInputTokens)
        {
            tier.Report(PriceErrorKind.WrongValue, tier.LineOf(Above), "the tiers don't rise", "order them by their threshold");
        }
        if (before.Count > 0 && marginal != before[0].Marginal)
        {
            tier.Report(
                PriceErrorKind.WrongValue,
                tier.LineOf(Marginal),
                "some of the tiers are marginal, and some are of the whole request",
                "write 'marginal: true' in all of them, or in none"
            );
        }
    }

    private Dictionary<UsageClass, decimal> Rates(PriceSection section, IReadOnlyDictionary<UsageClass, decimal> inherited, bool free)
    {
        var rates = new Dictionary<UsageClass, decimal>(inherited);
        var any = false;
        foreach (var key in RateKey.All)
        {
            if (section.Node(key.Name) is not { } node)
            {
                continue;
            }
            any = true;
            if (Amount(section, $"'{key.Name}'", node) is { } rate)
            {
                rates[key.Class] = rate * usdPerUnit;
                CheckFree(section, key.Name, node.Line, rate, free);
            }
        }
        if (!any && !free && !section.Has(Variants))
        {
            section.Report(
                PriceErrorKind.NotFree,
                section.Line,
                $"{section.What} has no rate",
                "add 'input_per_mtok: …' and so on; if it costs nothing say 'free: true' in the price"
            );
        }
        return rates;
    }

    private static void CheckFree(PriceSection section, string name, int line, decimal rate, bool free)
    {
        if (rate == 0m && !free)
        {
            section.Report(
                PriceErrorKind.NotFree,
                line,
                $"'{name}' is 0",
                "nothing is free by accident: say 'free: true' in the price, or leave the key out"
            );
        }
        else if (rate > 0m && free)
        {
            section.Report(
                PriceErrorKind.WrongValue,
                line,
                $"'{name}' is {rate} and the price is free",
                "remove 'free: true', or the rate"
            );
        }
    }

    /// <summary>A decimal that isn't negative; null, and an error, where it isn't one.</summary>
    public static decimal? Amount(PriceSection section, string what, PriceNode node)
    {
        const NumberStyles Style = NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingSign;
        if (node.Text is null || !decimal.TryParse(node.Text, Style, CultureInfo.InvariantCulture, out var amount))
        {
            section.Report(
                PriceErrorKind.WrongValue,
                node.Line,
                $"{what} is {node.Text ?? node.Kind}",
                "write a plain decimal number, such as 0.25"
            );
            return null;
        }
        if (amount < 0m)
        {
            section.Report(PriceErrorKind.Negative, node.Line, $"{what} is {node.Text}", "a price can't be less than nothing");
            return null;
        }
        if (amount > MaxRate || decimal.Round(amount, MaxDecimals) != amount)
        {
            section.Report(
                PriceErrorKind.WrongValue,
                node.Line,
                $"{what} is {node.Text}",
                $"at most {MaxRate} with {MaxDecimals} decimals"
            );
            return null;
        }
        return amount;
    }

    private static IEnumerable<(PriceNode Key, PriceNode Value)> Pairs(PriceSection section, string key)
    {
        var node = section.Node(key);
        if (node is not null && node.Pairs is null)
        {
            section.Report(
                PriceErrorKind.WrongValue,
                node.Line,
                $"'{key}' is {node.Kind}",
                $"write a map: each name on a line of its own under '{key}:'"
            );
        }
        return node?.Pairs ?? [];
    }

    private static Dictionary<UsageClass, decimal> Fees(IReadOnlyDictionary<UsageClass, decimal> rates) =>
        rates.Where(rate => RateKey.Of(rate.Key).IsFee).ToDictionary(rate => rate.Key, rate => rate.Value);

    private static Dictionary<UsageClass, decimal> Fees(RateSet rates) =>
        RateKey
            .All.Where(key => key.IsFee && rates.Listed(key.Class) is not null)
            .ToDictionary(key => key.Class, key => rates.Rate(key.Class));
}
