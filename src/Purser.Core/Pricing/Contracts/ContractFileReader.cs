using System.Collections.Frozen;
using Purser.Core.Usage;

namespace Purser.Core.Pricing;

/// <summary>A contract as a file states it, with the lines that later errors point at.</summary>
internal sealed record StatedContract(Contract Contract, string File, int IdLine, int StartLine);

/// <summary>Reads one contract file; whatever is wrong in it is reported, all at once.</summary>
internal sealed class ContractFileReader
{
    private const string Period = "period";
    private const string Models = "models";
    private const string Classes = "classes";
    private const string Percent = "percent";

    private static readonly string[] FileKeys =
    [
        "id",
        "provider",
        "start",
        "end",
        "currency",
        "note",
        "discounts",
        "tiers",
        "commitment",
        "credits",
        "bundles",
    ];
    private static readonly string[] DiscountKeys = [Models, Classes, Percent, .. ContractUnit.All.Select(unit => unit.UsdOff), "note"];
    private static readonly string[] TierKeys = [Period, "steps", "note"];
    private static readonly string[] StepKeys = ["from_usd", Percent];
    private static readonly string[] CommitmentKeys = [Period, "usd", "overage_percent", "note"];
    private static readonly string[] CreditKeys = ["id", "usd", "priority", "start", "expires", Models, "note"];
    private static readonly string[] BundleKeys =
    [
        "id",
        Period,
        "fee_usd",
        .. ContractUnit.All.Select(unit => unit.Included),
        Models,
        Classes,
        "note",
    ];

    private readonly PriceFile file;
    private readonly PriceBook prices;
    private readonly List<PriceError> errors;
    private readonly List<PriceError> warnings;

    private ContractFileReader(PriceFile file, PriceBook prices, List<PriceError> errors, List<PriceError> warnings)
    {
        (this.file, this.prices, this.errors, this.warnings) = (file, prices, errors, warnings);
    }

    /// <summary>The contract; null where it can't be read as far as others can be compared with it.</summary>
    public static StatedContract? Read(PriceFile file, PriceBook prices, List<PriceError> errors, List<PriceError> warnings) =>
        PriceNode.Read(file, errors, "id: NAME", "docs/contracts.md") is { } root
            ? new ContractFileReader(file, prices, errors, warnings).Contract(root)
            : null;

    private StatedContract? Contract(PriceNode root)
    {
        var section = new PriceSection(file.Name, root, "the contract", FileKeys, errors);
        var id = section.RequiredText("id", "add 'id: NAME', any name that stays");
        var provider = section.RequiredText("provider", "add 'provider: NAME', the provider's name in the price book");
        var (start, end) = (ContractAmounts.RequiredInstant(section, "start"), PriceDates.KnownInstant(section, "end"));
        if (end <= start)
        {
            Wrong(section, "end", "the contract ends before it starts", "'end' is the first instant after the contract");
        }
        if (section.Text("currency") is { } currency and not "USD")
        {
            Wrong(section, "currency", $"'currency' is '{currency}'", "prices are in USD: write the amounts in USD, and 'currency: USD'");
        }
        if (provider is not null && prices.Models.All(model => model.Provider != provider))
        {
            Warn(
                section.LineOf("provider"),
                provider,
                prices.Models.Select(model => model.Provider).Distinct(),
                "the price book has no provider"
            );
        }
        var contract = new Contract
        {
            Id = id ?? "",
            Provider = provider ?? "",
            Start = start ?? default,
            End = end,
            Discounts = Discounts(section, provider),
            Tiers = Tiers(section),
            Commitment = Commitment(section, end),
            Credits = Credits(section, provider, start, end),
            Bundles = Bundles(section, provider, end),
        };
        if (id is null || provider is null || start is null || end <= start)
        {
            return null;
        }
        WarnOfShortPeriods(section, contract);
        return new(contract, file.Name, section.LineOf("id"), section.LineOf("start"));
    }

    private List<ContractDiscount> Discounts(PriceSection contract, string? provider)
    {
        var discounts = new List<ContractDiscount>();
        foreach (var node in contract.List("discounts"))
        {
            var section = new PriceSection(file.Name, node, "a discount", DiscountKeys, errors);
            var scope = Scope(section, provider);
            var percent = ContractAmounts.Percent(section, Percent) ?? 0m;
            var amounts = ContractUnit.All.Where(unit => section.Has(unit.UsdOff)).ToList();
            var off = amounts.Count > 0 ? ContractAmounts.Usd(section, amounts[0].UsdOff) ?? 0m : 0m;
            if (amounts.Count > 1)
            {
                Wrong(
                    section,
                    amounts[1].UsdOff,
                    $"a discount has '{amounts[0].UsdOff}' and '{amounts[1].UsdOff}'",
                    "make two discounts of it"
                );
            }
            if (!section.Has(Percent) && amounts.Count == 0)
            {
                section.Report(
                    PriceErrorKind.MissingKey,
                    section.Line,
                    "a discount takes nothing off",
                    "add 'percent: 10' or 'usd_off_per_mtok: 0.5'"
                );
            }
            var discount = new ContractDiscount(scope, percent, off, amounts is [var given, ..] ? given.Unit : PriceUnit.MillionTokens);
            if (off > 0m)
            {
                CheckUnit(section, scope, discount.Unit, amounts[0].UsdOff);
            }
            if (discounts.Exists(earlier => IsHidden(discount, earlier)))
            {
                warnings.Add(
                    new(
                        PriceErrorKind.WrongValue,
                        file.Name,
                        section.Line,
                        "a discount before this one covers all that it does",
                        "put the narrower one first"
                    )
                );
            }
            discounts.Add(discount);
        }
        return discounts;
    }

    private static bool IsHidden(ContractDiscount discount, ContractDiscount earlier) =>
        (earlier.UsdOffPerUnit == 0m || (discount.UsdOffPerUnit > 0m && earlier.Unit == discount.Unit))
        && Contains(earlier.Scope.Models, discount.Scope.Models)
        && Contains(earlier.Scope.Classes, discount.Scope.Classes);

    private static bool Contains<T>(IReadOnlySet<T> all, IReadOnlySet<T> some) =>
        all.Count == 0 || (some.Count > 0 && some.IsSubsetOf(all));

    private VolumeTiers? Tiers(PriceSection contract)
    {
        if (contract.Node("tiers") is not { } node)
        {
            return null;
        }
        var section = new PriceSection(file.Name, node, "the tiers", TierKeys, errors);
        var period = ContractAmounts.Period(section, Period);
        var steps = new List<VolumeStep>();
        foreach (var item in section.List("steps"))
        {
            var step = new PriceSection(file.Name, item, "a step", StepKeys, errors);
            var from = ContractAmounts.RequiredUsd(step, "from_usd", "100", mayBeZero: true);
            var percent = ContractAmounts.RequiredPercent(step, Percent);
            if (steps.Count > 0 && from <= steps[^1].FromUsd)
            {
                Wrong(step, "from_usd", "the steps don't rise", "order them by 'from_usd'");
            }
            steps.Add(new(from, percent));
        }
        if (steps.Count == 0)
        {
            section.Report(
                PriceErrorKind.MissingKey,
                section.Line,
                "the tiers have no steps",
                "add 'steps:' and a list of 'from_usd' and 'percent'"
            );
        }
        return new(period, steps);
    }

    private ContractCommitment? Commitment(PriceSection contract, DateTimeOffset? end)
    {
        if (contract.Node("commitment") is not { } node)
        {
            return null;
        }
        var section = new PriceSection(file.Name, node, "the commitment", CommitmentKeys, errors);
        var period = ContractAmounts.Period(section, Period);
        CheckHasEnd(section, period, end);
        var overage = ContractAmounts.Number(section, "overage_percent", -100m, 1000m, "a percentage from -100 to 1000") ?? 0m;
        return new(period, ContractAmounts.RequiredUsd(section, "usd", "150"), overage);
    }

    private List<ContractCredit> Credits(PriceSection contract, string? provider, DateTimeOffset? start, DateTimeOffset? end)
    {
        var credits = new List<ContractCredit>();
        foreach (var node in contract.List("credits"))
        {
            var section = new PriceSection(file.Name, node, "a credit", CreditKeys, errors);
            var id = Id(section, credits.Select(credit => credit.Id));
            var usd = ContractAmounts.RequiredUsd(section, "usd", "20");
            var priority = ContractAmounts.Number(
                section,
                "priority",
                -1_000_000m,
                1_000_000m,
                "a whole number: lower ones pay first",
                decimals: 0
            );
            var from = PriceDates.KnownInstant(section, "start") ?? start;
            var expires = PriceDates.KnownInstant(section, "expires");
            if (expires <= from || from >= end || expires <= start)
            {
                var key = expires is null ? "start" : "expires";
                Wrong(section, key, $"the credit '{id}' never pays", "it has to begin before it expires, and hold while the contract does");
            }
            credits.Add(new(id, usd, (int)(priority ?? 0m), from ?? default, expires, Scope(section, provider)));
        }
        return credits;
    }

    private List<ContractBundle> Bundles(PriceSection contract, string? provider, DateTimeOffset? end)
    {
        var bundles = new List<ContractBundle>();
        foreach (var node in contract.List("bundles"))
        {
            var section = new PriceSection(file.Name, node, "a bundle", BundleKeys, errors);
            var id = Id(section, bundles.Select(bundle => bundle.Id));
            var period = ContractAmounts.Period(section, Period);
            CheckHasEnd(section, period, end);
            var fee = ContractAmounts.RequiredUsd(section, "fee_usd", "10", mayBeZero: true);
            var scope = Scope(section, provider);
            var units = ContractUnit.All.Where(unit => section.Has(unit.Included)).ToList();
            if (units.Count != 1)
            {
                var all = string.Join(" or ", ContractUnit.All.Select(unit => $"'{unit.Included}: 1000000'"));
                section.Report(
                    PriceErrorKind.MissingKey,
                    section.Line,
                    $"the bundle '{id}' includes {units.Count} kinds of usage",
                    $"write {all}"
                );
                continue;
            }
            CheckUnit(section, scope, units[0].Unit, units[0].Included);
            bundles.Add(new(id, period, fee, section.Tokens(units[0].Included) ?? 1, scope, units[0].Unit));
        }
        return bundles;
    }

    private static string Id(PriceSection section, IEnumerable<string> earlier)
    {
        var id = section.RequiredText("id", "add 'id: NAME', any name that stays") ?? "";
        if (id.Length > 0 && earlier.Contains(id))
        {
            section.Report(PriceErrorKind.DuplicateName, section.LineOf("id"), $"'{id}' is there twice", "give each an id of its own");
        }
        return id;
    }

    private ContractScope Scope(PriceSection section, string? provider)
    {
        var (models, classes) = (new HashSet<string>(StringComparer.Ordinal), new HashSet<UsageClass>());
        foreach (var node in section.List(Models))
        {
            var name = node.Text ?? "";
            if (prices.FindModel(provider ?? "", name) is not { } model)
            {
                Warn(
                    node.Line,
                    name,
                    prices.Models.Where(known => known.Provider == provider).Select(known => known.Id),
                    $"{provider} has no model"
                );
                models.Add(name);
                continue;
            }
            models.Add(model.Id);
        }
        foreach (var node in section.List(Classes))
        {
            if (UsageClassNames.Find(node.Text ?? "") is { } usageClass)
            {
                classes.Add(usageClass);
                continue;
            }
            var nearest = NearestName.Of(node.Text ?? "", UsageClassNames.All);
            var suggestion = nearest is null ? $"known are {string.Join(", ", UsageClassNames.All)}" : $"did you mean '{nearest}'?";
            section.Report(PriceErrorKind.WrongValue, node.Line, $"'{node.Text ?? node.Kind}' is no class of usage", suggestion);
        }
        foreach (var key in (string[])[Models, Classes])
        {
            if (section.Node(key) is { Items.Count: 0 } none)
            {
                section.Report(PriceErrorKind.WrongValue, none.Line, $"'{key}' is empty", "leave it out where all are meant");
            }
        }
        return models.Count == 0 && classes.Count == 0
            ? ContractScope.All
            : new(models.ToFrozenSet(StringComparer.Ordinal), classes.ToFrozenSet());
    }

    private static void CheckUnit(PriceSection section, ContractScope scope, PriceUnit unit, string key)
    {
        foreach (var usageClass in scope.Classes.Where(usageClass => RateKey.Of(usageClass).Unit != unit).Order())
        {
            Wrong(section, Classes, $"'{UsageClassNames.Of(usageClass)}' isn't counted in the unit of '{key}'", "leave one of them out");
        }
    }

    private static void CheckHasEnd(PriceSection section, ContractPeriod period, DateTimeOffset? end)
    {
        if (period == ContractPeriod.Term && end is null)
        {
            Wrong(
                section,
                Period,
                "the period is the contract's term, which has no end",
                "add 'end' to the contract, or take month, quarter or year"
            );
        }
    }

    private void WarnOfShortPeriods(PriceSection section, Contract contract)
    {
        if (contract.End is not { } end)
        {
            return;
        }
        var paid = contract.Bundles.Select(bundle => bundle.Period).Concat(contract.Commitment is { } some ? [some.Period] : []);
        foreach (var period in paid.Distinct().Where(period => period != ContractPeriod.Term))
        {
            var last = contract.PeriodStart(period, end.AddTicks(-1));
            if ((contract with { End = null }).PeriodEnd(period, last) > end)
            {
                warnings.Add(
                    new(
                        PriceErrorKind.WrongValue,
                        file.Name,
                        section.LineOf("end"),
                        $"the end cuts the last {period.ToString().ToLowerInvariant()} short, which is owed whole",
                        "is the end right? Whole periods are counted from the start"
                    )
                );
            }
        }
    }

    private void Warn(int line, string name, IEnumerable<string> known, string what)
    {
        var nearest = NearestName.Of(name, known);
        warnings.Add(
            new(
                PriceErrorKind.UnknownName,
                file.Name,
                line,
                $"{what} '{name}'",
                nearest is null ? "`./purser prices list` shows what the price book has" : $"did you mean '{nearest}'?"
            )
        );
    }

    private static void Wrong(PriceSection section, string key, string message, string suggestion) =>
        section.Report(PriceErrorKind.WrongValue, section.LineOf(key), message, suggestion);
}
