using CsCheck;
using Purser.Core.Pricing;
using Purser.Core.Usage;
using Xunit;

namespace Purser.Core.Tests.Pricing;

public sealed class ContractPricerTests
{
    private static readonly DateTimeOffset Start = new(2026, 7, 1, 0, 0, 0, TimeSpan.Zero);

    // 10 % off the big model; 5 % off what is spent from $100 a month on, 10 % from $200 on; $150 a month are committed, and what is above
    // costs 2 % more; a credit of $20.
    private static readonly Contract Worked = new()
    {
        Id = "acme",
        Provider = "x",
        Start = Start,
        End = Start.AddYears(1),
        Discounts = [new(ContractScope.All with { Models = new HashSet<string> { "big" } }, Percent: 10m)],
        Tiers = new(ContractPeriod.Month, [new(100m, 5m), new(200m, 10m)]),
        Commitment = new(ContractPeriod.Month, 150m, OveragePercent: 2m),
        Credits = [new("launch", 20m, 1, Start, Start.AddMonths(3), ContractScope.All)],
    };

    [Theory]
    [InlineData(UsageClass.AudioSecond, PriceUnit.Hour, 60, "0.36", "0.0045")] // 60 × 0.36 / 3,600 × 0.75
    [InlineData(UsageClass.SpeechCharacter, PriceUnit.MillionCharacters, 1000, "15", "0.01125")] // 1,000 × 15 µ$ × 0.75
    [InlineData(UsageClass.OcrPage, PriceUnit.Page, 4, "0.002", "0.006")] // 4 × 0.002 × 0.75
    public void A_discount_is_of_any_unit(UsageClass usageClass, PriceUnit unit, long quantity, string rate, string usd)
    {
        var contract = new Contract
        {
            Id = "c",
            Provider = "p",
            Start = Start,
            Discounts = [new(ContractScope.All, 25m)],
        };
        var usdPerUnit = decimal.Parse(rate, System.Globalization.CultureInfo.InvariantCulture);
        var line = new ChargeLine(usageClass, quantity, usdPerUnit, unit, PriceUnits.Usd(quantity, usdPerUnit, unit));

        var charge = ContractPricer
            .Price(
                contract,
                ContractState.Begin(contract),
                "m",
                new Charge(Money.FromUsdRoundedUp(line.Usd), line.Usd, [line], "p/m@unknown"),
                Start
            )
            .Charge;

        Assert.Equal(decimal.Parse(usd, System.Globalization.CultureInfo.InvariantCulture), charge.ContractedUsd);
    }

    [Fact]
    public void A_worked_contract_is_its_hand_calculation()
    {
        var run = new Run(Worked);

        // List $120, 10 % off: $108. Of that $100 at no step and $8 at 5 %: 108 - 0.40 = 107.60, all from the commitment.
        Assert.Equal(new ContractCharge(120m, 107.60m, 107.60m, 0m, 0m), run.Request(Start.AddDays(3), "big", 120m));
        // $108 to $216: $92 at 5 % and $16 at 10 %, 108 - 4.60 - 1.60 = 101.80. The commitment has 150 - 107.60 = 42.40 left; 59.40 are above
        // it and cost 59.40 x 1.02 = 60.588, of which the credit pays 20.
        Assert.Equal(new ContractCharge(120m, 101.80m, 102.988m, 60.588m, 20m), run.Request(Start.AddDays(9), "big", 120m));
        // $216 to $324, all at 10 %: 97.20, all above the commitment: x 1.02 = 99.144.
        Assert.Equal(new ContractCharge(120m, 97.20m, 99.144m, 99.144m, 0m), run.Request(Start.AddDays(20), "big", 120m));
        // August begins anew; the small model has no discount: 120 - 20 x 5 % = 119, from the commitment.
        Assert.Equal(new ContractCharge(120m, 119m, 119m, 0m, 0m), run.Request(Start.AddMonths(1), "small", 120m));
        run.End(Start.AddMonths(2));

        Assert.Equal(
            [
                new(PeriodChargeKind.Commitment, "acme", Start, 150m, 0m),
                new(PeriodChargeKind.Commitment, "acme", Start.AddMonths(1), 150m, 31m),
            ],
            run.Ended
        );
        // July's invoice: 150 + 60.588 + 99.144 - 20 = 289.732. August's: 150.
        Assert.Equal(439.732m, run.Invoice);
        Assert.Equal(439.732m, run.Allocated);
        Assert.Equal(40.588m, run.Charges[1].MarginalUsd);
    }

    [Fact]
    public void A_bundle_includes_usage_for_its_fee()
    {
        var run = new Run(
            new Contract
            {
                Id = "acme",
                Provider = "x",
                Start = Start,
                Bundles =
                [
                    // 3 million tokens of output for $10, where they'd cost $30.
                    new(
                        "seat",
                        ContractPeriod.Month,
                        10m,
                        3_000_000,
                        ContractScope.All with
                        {
                            Classes = new HashSet<UsageClass> { UsageClass.Output },
                        }
                    ),
                ],
            }
        );

        // A third of the fee; the contracted cost is what it would be without the bundle.
        var first = run.Tokens(Start, "big", UsageClass.Output, 1_000_000, 10m);
        Assert.Equal((10m, 10m, 0m), (first.ListUsd, first.ContractedUsd, first.BilledUsd));
        Assert.Equal(3.333333333333m, first.EffectiveUsd);
        // 2 million are included, the fourth million costs $10: the rest of the fee and $10.
        var second = run.Tokens(Start, "big", UsageClass.Output, 3_000_000, 10m);
        Assert.Equal((30m, 30m, 10m), (second.ListUsd, second.ContractedUsd, second.BilledUsd));
        Assert.Equal(20m, first.EffectiveUsd + second.EffectiveUsd);
        // Input isn't included.
        Assert.Equal(7m, run.Tokens(Start, "big", UsageClass.Input, 7_000_000, 1m).BilledUsd);
        run.End(Start.AddMonths(1));
        Assert.Equal(new PeriodCharge(PeriodChargeKind.Bundle, "seat", Start, 10m, 0m), Assert.Single(run.Ended));
        Assert.Equal(run.Invoice, run.Allocated);
    }

    [Fact]
    public void An_amount_off_a_rate_comes_after_the_percentage_and_never_pays_anyone()
    {
        var output = ContractScope.All with { Classes = new HashSet<UsageClass> { UsageClass.Output } };
        var contract = new Contract
        {
            Id = "acme",
            Provider = "x",
            Start = Start,
            Discounts = [new(output, Percent: 20m, UsdOffPerUnit: 1m)],
        };

        // $10 a million, 20 % off, $1 off: $7.
        Assert.Equal(7m, new Run(contract).Tokens(Start, "m", UsageClass.Output, 1_000_000, 10m).ContractedUsd);
        Assert.Equal(0m, new Run(contract).Tokens(Start, "m", UsageClass.Output, 1_000_000, 1m).ContractedUsd);
        Assert.Equal(10m, new Run(contract).Tokens(Start, "m", UsageClass.Input, 1_000_000, 10m).ContractedUsd);
    }

    [Fact]
    public void Credits_pay_by_priority_then_by_what_expires_first_and_only_while_they_last()
    {
        var run = new Run(
            new Contract
            {
                Id = "acme",
                Provider = "x",
                Start = Start,
                Credits =
                [
                    new("third", 10m, 2, Start, null, ContractScope.All),
                    new("second", 10m, 1, Start, null, ContractScope.All),
                    new("first", 10m, 1, Start, Start.AddDays(1), ContractScope.All),
                    new("other", 10m, 0, Start, null, ContractScope.All with { Models = new HashSet<string> { "small" } }),
                    new("later", 10m, 0, Start.AddDays(2), null, ContractScope.All),
                ],
            }
        );

        Assert.Equal(12m, run.Request(Start, "big", 12m).CreditsUsd);
        Assert.Equal([("first", 10m), ("second", 2m)], run.CreditsUsed);
        // What is left of the first one expires with it: nothing is.
        Assert.Equal(18m, run.Request(Start.AddDays(1), "big", 50m).CreditsUsd);
        Assert.Equal([("first", 10m), ("second", 10m), ("third", 10m)], run.CreditsUsed);
    }

    [Theory]
    [InlineData("2026-07-31T23:59:59.9999999Z", "2026-07-01T00:00:00Z", "2026-07-01T00:00:00Z")]
    [InlineData("2026-08-01T00:00:00Z", "2026-08-01T00:00:00Z", "2026-07-01T00:00:00Z")]
    [InlineData("2026-10-01T00:00:00Z", "2026-10-01T00:00:00Z", "2026-10-01T00:00:00Z")]
    [InlineData("2027-06-30T12:00:00Z", "2027-06-01T00:00:00Z", "2027-04-01T00:00:00Z")]
    public void Periods_are_counted_from_the_first_day(string at, string month, string quarter)
    {
        var instant = DateTimeOffset.Parse(at, System.Globalization.CultureInfo.InvariantCulture);

        Assert.Equal(
            month,
            Worked
                .PeriodStart(ContractPeriod.Month, instant)
                .ToString("yyyy-MM-ddTHH:mm:ssK", null)
                .Replace("+00:00", "Z", StringComparison.Ordinal)
        );
        Assert.Equal(
            quarter,
            Worked
                .PeriodStart(ContractPeriod.Quarter, instant)
                .ToString("yyyy-MM-ddTHH:mm:ssK", null)
                .Replace("+00:00", "Z", StringComparison.Ordinal)
        );
        Assert.Equal(Start, Worked.PeriodStart(ContractPeriod.Year, instant));
        Assert.Equal(Start, Worked.PeriodStart(ContractPeriod.Term, instant));
    }

    [Fact]
    public void Months_from_a_31st_on_end_with_their_month()
    {
        var contract = Worked with { Start = new(2026, 1, 31, 0, 0, 0, TimeSpan.Zero), End = null };
        var february = new DateTimeOffset(2026, 2, 28, 0, 0, 0, TimeSpan.Zero);

        Assert.Equal(february, contract.PeriodStart(ContractPeriod.Month, february.AddDays(5)));
        Assert.Equal(new(2026, 3, 31, 0, 0, 0, TimeSpan.Zero), contract.PeriodEnd(ContractPeriod.Month, february));
    }

    [Fact]
    public void Outside_of_the_contract_there_is_no_price() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new Run(Worked).Request(Start.AddYears(1), "big", 1m));

    [Fact]
    public void What_is_invoiced_is_what_requests_and_unused_commitments_cost() =>
        Gen.Select(Gen.Int[0, 700], Gen.Int[0, 1], Gen.Int[1, 5_000_000], Gen.Int[1, 90])
            .Array[0, 60]
            .Sample(requests =>
            {
                var run = new Run(Worked with { Bundles = [new("seat", ContractPeriod.Quarter, 7m, 9_000_001, ContractScope.All)] });
                foreach (var (hours, model, tokens, rate) in requests.OrderBy(request => request.Item1))
                {
                    var at = Start.AddHours(hours * 6);
                    var charge = run.Tokens(at, model == 0 ? "big" : "small", UsageClass.Output, tokens, rate);
                    Assert.True(
                        charge is { ContractedUsd: >= 0, EffectiveUsd: >= 0, BilledUsd: >= 0, CreditsUsd: >= 0, MarginalUsd: >= 0 }
                    );
                    Assert.True(charge.ContractedUsd <= charge.ListUsd);
                }

                run.End(Start.AddYears(1));
                Assert.Equal(run.Invoice, run.Allocated);
                Assert.Equal(12 * 150m, run.Ended.Where(ended => ended.Kind == PeriodChargeKind.Commitment).Sum(ended => ended.BilledUsd));
                Assert.Equal(4 * 7m, run.Ended.Where(ended => ended.Kind == PeriodChargeKind.Bundle).Sum(ended => ended.BilledUsd));
            });

    /// <summary>Requests under a contract, one after another.</summary>
    private sealed class Run(Contract contract)
    {
        private readonly List<PeriodCharge> ended = [];
        private ContractState state = ContractState.Begin(contract);

        public List<ContractCharge> Charges { get; } = [];

        public IReadOnlyList<PeriodCharge> Ended => ended;

        public IEnumerable<(string, decimal)> CreditsUsed =>
            state.CreditsUsed.OrderBy(used => used.Key).Select(used => (used.Key, used.Value));

        /// <summary>What the provider is paid.</summary>
        public decimal Invoice => Charges.Sum(charge => charge.MarginalUsd) + ended.Sum(charge => charge.BilledUsd);

        /// <summary>What requests cost, and what no request used, less credits.</summary>
        public decimal Allocated => Charges.Sum(charge => charge.EffectiveUsd - charge.CreditsUsd) + ended.Sum(charge => charge.UnusedUsd);

        public ContractCharge Request(DateTimeOffset at, string model, decimal usd) => Tokens(at, model, UsageClass.Input, 1_000_000, usd);

        public ContractCharge Tokens(DateTimeOffset at, string model, UsageClass usageClass, long tokens, decimal usdPerMillion)
        {
            var usd = tokens * usdPerMillion * 0.000001m;
            var line = new ChargeLine(usageClass, tokens, usdPerMillion, PriceUnit.MillionTokens, usd);
            var list = new Charge(Money.FromUsdRoundedUp(usd), usd, [line], "x/m@unknown");
            (var charge, state, var over) = ContractPricer.Price(contract, state, model, list, at);
            Charges.Add(charge);
            ended.AddRange(over);
            return charge;
        }

        public void End(DateTimeOffset at)
        {
            (state, var over) = ContractPricer.Advance(contract, state, at);
            ended.AddRange(over);
        }
    }
}
