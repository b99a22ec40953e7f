using Purser.Core.Usage;

namespace Purser.Core.Pricing.Audit;

/// <summary>
/// Joins the usage and the costs of a provider, which exports state apart: by day and model, and as far as both say by class, tier, context
/// and place.
/// </summary>
internal sealed class BucketJoin(PriceBook book, FindingTally findings, SavingTally savings, Action<AuditRow> addRow)
{
    private readonly BillCheck check = new(findings);

    /// <summary>Joins all usage and all bills of a provider.</summary>
    public void Join(string provider, IReadOnlyList<AuditUsage> usages, IReadOnlyList<AuditBill> bills)
    {
        var usageByDay = usages.ToLookup(usage => usage.Period.Day);
        var billsByDay = bills.ToLookup(bill => bill.Period.Day);
        foreach (var day in usageByDay.Select(group => group.Key).Union(billsByDay.Select(group => group.Key)).Order())
        {
            JoinDay(new(provider, day, bills.Count > 0, usages.Count > 0), [.. usageByDay[day]], [.. billsByDay[day]]);
        }
        if (usages.Count == 0 || bills.Count == 0)
        {
            findings.Add(
                new()
                {
                    Name = usages.Count == 0 ? "no_usage_file" : "no_cost_file",
                    Kind = FindingKind.Open,
                    Provider = provider,
                    Evidence = usages.Count == 0 ? "the files have costs and no usage" : "the files have usage and no costs",
                    Action = "Give both exports of the same days: they are joined (docs/audit.md).",
                }
            );
        }
    }

    private void JoinDay(DayOf day, IReadOnlyList<AuditUsage> usages, IReadOnlyList<AuditBill> bills)
    {
        var isSplit = bills.Any(bill => bill.Kind == AuditBillKind.Model);
        foreach (var bill in bills)
        {
            if (bill.Kind == AuditBillKind.Other || (isSplit && bill.Kind == AuditBillKind.Everything))
            {
                AddSpendWithoutUsage(day, bill.Label, bill.Usd);
            }
        }
        var searches = bills.Where(bill => bill.Kind == AuditBillKind.WebSearch).ToList();
        if (searches.Count > 0)
        {
            JoinSearches(day, usages, searches);
            usages = [.. usages.Select(usage => usage.Without(UsageClass.WebSearch))];
        }
        if (isSplit)
        {
            foreach (var search in usages.Where(usage => usage.Usage.TotalTokens == 0 && usage.Usage[UsageClass.WebSearch] > 0))
            {
                var of = new ModelDay(day, $"{Subject(day, search.Model)}, web searches", null, HasWhole: false);
                AddUsageWithoutCost(of, "the costs of the day have no web searches", null);
            }
            usages = [.. usages.Where(usage => usage.Usage.TotalTokens > 0)];
        }
        var whole = bills.Where(bill => !isSplit && bill.Kind == AuditBillKind.Everything).ToList();
        if (whole.Count > 0)
        {
            JoinWhole(day, usages, whole);
        }
        var ofModels = bills.Where(bill => bill.Kind == AuditBillKind.Model).ToLookup(bill => Subject(day, bill.Model!));
        var used = usages.ToLookup(usage => Subject(day, usage.Model));
        foreach (var subject in used.Select(group => group.Key).Union(ofModels.Select(group => group.Key)))
        {
            var ofModel = new ModelDay(day, subject, book.FindModel(day.Provider, subject), HasWhole: whole.Count > 0);
            JoinModel(ofModel, [.. used[subject]], [.. ofModels[subject]]);
        }
    }

    private void JoinModel(ModelDay of, IReadOnlyList<AuditUsage> usages, IReadOnlyList<AuditBill> bills)
    {
        decimal? billed = bills.Count > 0 ? bills.Sum(bill => bill.Usd) : null;
        if (of.Model is not { } model)
        {
            check.AddUnknownModel(of.Bill(billed ?? 0m, 0m));
            addRow(of.Row(usages) with { Billed = billed, IsPartlyUnpriced = true });
            return;
        }
        var apart = usages.Where(usage => usage.NotInCosts is not null).ToList();
        apart.ForEach(usage => AddUsageWithoutCost(of, usage.NotInCosts!, null));
        var parts = usages
            .Where(usage => usage.NotInCosts is null)
            .Select(usage => (Usage: usage, Quote: AuditQuote.Of(model, usage)))
            .ToList();
        parts.Where(part => part.Quote.Range is not null).ToList().ForEach(part => savings.Add(model, part.Usage, part.Quote.First));
        var row = of.Row(usages) with
        {
            Billed = billed,
            Book = Sum(parts),
            IsPartlyUnpriced = apart.Count > 0 || parts.Any(part => part.Quote.Range is null),
        };
        if (bills.Count == 0)
        {
            AddUnbilled(of, parts);
            addRow(row);
            return;
        }
        var units = BillUnits.Of(model, [.. parts.Select(part => part.Usage)], bills);
        if (usages.Count == 0)
        {
            var stated = units.SelectMany(unit => unit.Parts).ToList();
            row = of.Row([.. stated.Select(part => part.Usage)]) with { Billed = billed, Book = Sum(stated) };
        }
        addRow(row with { Difference = Compare(of, units) });
    }

    private decimal? Compare(ModelDay of, IReadOnlyList<BillUnit> units)
    {
        decimal? difference = null;
        foreach (var unit in units)
        {
            var found =
                unit.Bills.Count == 0 ? NotBilled(of, unit)
                : unit.Parts.Count == 0 ? NotUsed(of, unit)
                : check.Compare(of.Bill(unit.Usd, unit.Precision, unit.Class), of.Model, unit.Parts);
            difference = found is null ? difference : (difference ?? 0m) + found;
        }
        return difference;
    }

    private decimal? NotBilled(ModelDay of, BillUnit unit)
    {
        if (Sum(unit.Parts) is not { Low: > 0m } book)
        {
            return null;
        }
        AddUsageWithoutCost(of, $"the costs of the day have no line for {unit}", book.Low);
        return -book.Low;
    }

    private decimal? NotUsed(ModelDay of, BillUnit unit)
    {
        if (unit.Usd != 0m)
        {
            AddSpendWithoutUsage(of.Day, unit.Class is null ? of.Subject : $"{of.Subject}, {unit}", unit.Usd, addsRow: false);
        }
        return null;
    }

    private void JoinSearches(DayOf day, IReadOnlyList<AuditUsage> usages, IReadOnlyList<AuditBill> bills)
    {
        var parts = usages
            .Where(usage => usage.Usage[UsageClass.WebSearch] > 0 && usage.NotInCosts is null)
            .Select(usage => usage.Of(UsageClass.WebSearch) with { OtherReadings = [] })
            .Select(usage => (Usage: usage, Model: book.FindModel(day.Provider, usage.Model)))
            .Where(part => part.Model is not null)
            .Select(part => (part.Usage, Quote: AuditQuote.Of(part.Model!, part.Usage)))
            .ToList();
        var billed = bills.Sum(bill => bill.Usd);
        if (parts.Count == 0)
        {
            AddSpendWithoutUsage(day, "web searches", billed);
            return;
        }
        var of = new ModelDay(day, "(web searches)", null, HasWhole: false);
        addRow(
            of.Row([.. parts.Select(part => part.Usage with { Requests = 0 })]) with
            {
                Billed = billed,
                Book = Sum(parts),
                Difference = check.Compare(of.Bill(billed, bills.Sum(bill => bill.Precision)), null, parts),
            }
        );
    }

    private void JoinWhole(DayOf day, IReadOnlyList<AuditUsage> usages, IReadOnlyList<AuditBill> bills)
    {
        var of = new ModelDay(day, "(all models)", null, HasWhole: true);
        var billed = bills.Sum(bill => bill.Usd);
        var unknown = usages.FirstOrDefault(usage => book.FindModel(day.Provider, usage.Model) is null);
        findings.Add(
            new()
            {
                Name = "costs_not_split",
                Kind = FindingKind.Open,
                Provider = day.Provider,
                Usd = billed,
                Evidence = "the costs aren't split by model, and may have searches, storage and more in them",
                Action = "Export costs grouped by line item or description (docs/audit.md).",
            },
            $"{day.Date:yyyy-MM-dd}",
            "days"
        );
        decimal? difference = null;
        if (unknown is null && usages.Count > 0)
        {
            var parts = usages.Select(usage => (usage, AuditQuote.Of(book.FindModel(day.Provider, usage.Model)!, usage))).ToList();
            difference = check.Compare(of.Bill(billed, bills.Sum(bill => bill.Precision)), null, parts);
        }
        // The models' own rows have the usage and what it costs by the book.
        addRow(of.Row([]) with { Billed = billed, Difference = difference });
    }

    private void AddUnbilled(ModelDay of, List<(AuditUsage Usage, AuditQuote Quote)> parts)
    {
        foreach (var failed in parts.Where(part => part.Quote.Range is null))
        {
            check.AddUnpriced(of.Bill(0m, 0m), failed.Quote.Failure!);
        }
        if (of.Day.HasBills && !of.HasWhole && Sum(parts) is { High: > 0m } book)
        {
            AddUsageWithoutCost(of, "the costs of the day have no line for the model", book.Low);
        }
    }

    private void AddUsageWithoutCost(ModelDay of, string why, decimal? usd) =>
        findings.Add(
            new()
            {
                Name = "usage_without_cost",
                Kind = FindingKind.Unexplained,
                Provider = of.Day.Provider,
                Subject = of.Subject,
                Usd = usd,
                Evidence = $"used and not billed: {why}",
                Action = usd is null
                    ? "Compare it with your contract."
                    : "Look for it on the invoice; a cost export of fewer days or projects lacks it too.",
            },
            $"{of.Day.Date:yyyy-MM-dd}",
            "days"
        );

    private void AddSpendWithoutUsage(DayOf day, string label, decimal usd, bool addsRow = true)
    {
        if (day.HasUsage)
        {
            findings.Add(
                new()
                {
                    Name = "spend_without_usage",
                    Kind = FindingKind.Unexplained,
                    Provider = day.Provider,
                    Subject = label,
                    Usd = usd,
                    Evidence = "billed, and no usage in the files explains it",
                    Action = "See what it is, and whether it is needed; the price book has no rate to hold it against.",
                },
                $"{day.Date:yyyy-MM-dd}",
                "days"
            );
        }
        if (addsRow)
        {
            addRow(new ModelDay(day, $"({label})", null, HasWhole: false).Row([]) with { Billed = usd });
        }
    }

    private string Subject(DayOf day, string model) => book.FindModel(day.Provider, model)?.Id ?? model;

    private static UsdRange? Sum(IEnumerable<(AuditUsage Usage, AuditQuote Quote)> parts)
    {
        UsdRange? sum = null;
        foreach (var (_, quote) in parts)
        {
            sum = quote.Range is { } range ? (sum ?? default) + range : sum;
        }
        return sum;
    }

    private readonly record struct DayOf(string Provider, DateOnly Date, bool HasBills, bool HasUsage);

    private sealed record ModelDay(DayOf Day, string Subject, PricedModel? Model, bool HasWhole)
    {
        public CheckedBill Bill(decimal usd, decimal precision, UsageClass? of = null) =>
            CheckedBill.OfDay(Day.Provider, Subject, usd, precision, Day.Date, of);

        public AuditRow Row(IReadOnlyList<AuditUsage> usages)
        {
            var row = new AuditRow
            {
                Provider = Day.Provider,
                Model = Subject,
                From = Day.Date,
                To = Day.Date,
            };
            return usages.Aggregate(row, (sum, usage) => sum.Plus(row with { Requests = usage.Requests, Usage = usage.Usage }));
        }
    }
}
