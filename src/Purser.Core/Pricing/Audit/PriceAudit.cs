namespace Purser.Core.Pricing.Audit;

/// <summary>
/// Compares what was billed with what a price book says. Usage and bills come in any order; a request that states both is compared at once
/// and not kept, so that a log may be as long as it likes. Nothing is guessed: where the figures leave something open the book's price is a
/// range, and what is within it isn't called wrong.
/// </summary>
/// <param name="book">The price book.</param>
public sealed class PriceAudit(PriceBook book)
{
    private readonly FindingTally findings = new();
    private readonly SavingTally savings = new();
    private readonly Dictionary<(string Provider, string Model, DateOnly Day), AuditRow> rows = [];
    private readonly Dictionary<
        (string Provider, string Model, AuditPeriod Period, AuditTerms Terms, string? NotInCosts),
        AuditUsage
    > usages = [];
    private readonly List<AuditBill> bills = [];

    /// <summary>Adds usage whose bill is in other rows.</summary>
    public void Add(AuditUsage usage)
    {
        var key = (usage.Provider, usage.Model, usage.Period, usage.Terms, usage.NotInCosts);
        // Exports split by key, project or user: the price is of the sum.
        usages[key] = usages.TryGetValue(key, out var earlier) ? earlier.Plus(usage) : usage;
    }

    /// <summary>Adds a bill whose usage is in other rows.</summary>
    public void Add(AuditBill bill) => bills.Add(bill);

    /// <summary>Adds usage together with its bill: a request, or a row that states both.</summary>
    /// <param name="usage">The usage.</param>
    /// <param name="billed">The bill in USD.</param>
    /// <param name="name">What findings call it: the request's id, the day.</param>
    public void Add(AuditUsage usage, decimal billed, string name)
    {
        var model = book.FindModel(usage.Provider, usage.Model);
        var bill = CheckedBill.OfRequest(usage.Provider, model?.Id ?? usage.Model, billed, name);
        var check = new BillCheck(findings);
        if (model is null)
        {
            check.AddUnknownModel(bill);
            AddRow(Row(usage, bill.Subject) with { Billed = billed, IsPartlyUnpriced = true });
            return;
        }
        var quote = AuditQuote.Of(model, usage);
        AddRow(
            Row(usage, model.Id) with
            {
                Billed = billed,
                Book = quote.Range,
                IsPartlyUnpriced = quote.Range is null,
                Difference = Compare(check, bill, model, usage, quote),
            }
        );
        if (quote.Range is not null)
        {
            savings.Add(model, usage, quote.First);
        }
    }

    /// <summary>Adds usage together with a bill that can't be compared with it; a finding of the caller's says why.</summary>
    public void AddUncompared(AuditUsage usage, decimal billed) =>
        AddRow(Row(usage, book.FindModel(usage.Provider, usage.Model)?.Id ?? usage.Model) with { Billed = billed });

    /// <summary>Adds what a reader of exports found: money apart from usage, figures that have no class.</summary>
    /// <param name="finding">The finding; another of the same name and subject is added to it.</param>
    /// <param name="where">Where: a day, a request.</param>
    /// <param name="many">What several of them are: <c>days</c>.</param>
    public void Add(Finding finding, string where, string many) => findings.Add(finding, where, many);

    /// <summary>Compares what is left, and says what was found.</summary>
    public AuditReport Finish()
    {
        var join = new BucketJoin(book, findings, savings, AddRow);
        foreach (var provider in usages.Values.Select(usage => usage.Provider).Concat(bills.Select(bill => bill.Provider)).Distinct())
        {
            join.Join(
                provider,
                [.. usages.Values.Where(usage => usage.Provider == provider)],
                [.. bills.Where(bill => bill.Provider == provider)]
            );
        }
        savings.AddTo(findings);
        var sorted = rows
            .Values.OrderBy(row => row.Provider, StringComparer.Ordinal)
            .ThenBy(row => row.Model, StringComparer.Ordinal)
            .ThenBy(row => row.From);
        return new([.. sorted], findings.All());
    }

    private decimal? Compare(BillCheck check, CheckedBill bill, PricedModel model, AuditUsage usage, AuditQuote quote)
    {
        // A log that records no spend for tokens that have a price knew no price for them.
        if (bill.Usd == 0m && quote.Range is { Low: > 0m } range)
        {
            findings.Add(
                new()
                {
                    Name = "recorded_as_free",
                    Kind = FindingKind.Unexplained,
                    Provider = bill.Provider,
                    Subject = bill.Subject,
                    Usd = range.Low,
                    Evidence = "usage with a price is recorded at no cost",
                    Action =
                        "The vendor bills it: give whatever wrote the file a price of the model. Budgets that count by it are too low.",
                },
                bill.Where,
                bill.Many
            );
            return -range.Low;
        }
        return check.Compare(bill, model, [(usage, quote)]);
    }

    private static AuditRow Row(AuditUsage usage, string model) =>
        new()
        {
            Provider = usage.Provider,
            Model = model,
            From = usage.Period.Day,
            To = usage.Period.Day,
            Requests = usage.Requests,
            Usage = usage.Usage,
        };

    private void AddRow(AuditRow row)
    {
        var key = (row.Provider, row.Model, row.From);
        rows[key] = rows.TryGetValue(key, out var earlier) ? earlier.Plus(row) : row;
    }
}
