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
    [InlineData(UsageClass.ComputeMillisecond, PriceUnit.MachineHour, 10_000, "1.8", "0.00375")] // 10,000 × 1.8 / 3,600,000 × 0.75
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
        Assert.Equal((120m, 107.60m, 107.60m, 0m, 0m), Figures(run.Request(Start.AddDays(3), "big", 120m)));
        // $108 to $216: $92 at 5 % and $16 at 10 %, 108 - 4.60 - 1.60 = 101.80. The commitment has 150 - 107.60 = 42.40 left; 59.40 are above
        // it and cost 59.40 x 1.02 = 60.588, of which the credit pays 20.
        Assert.Equal((120m, 101.80m, 102.988m, 60.588m, 20m), Figures(run.Request(Start.AddDays(9), "big", 120m)));
        // $216 to $324, all at 10 %: 97.20, all above the commitment: x 1.02 = 99.144.
        Assert.Equal((120m, 97.20m, 99.144m, 99.144m, 0m), Figures(run.Request(Start.AddDays(20), "big", 120m)));
        // August begins anew; the small model has no discount: 120 - 20 x 5 % = 119, from the commitment.
        Assert.Equal((120m, 119m, 119m, 0m, 0m), Figures(run.Request(Start.AddMonths(1), "small", 120m)));
        run.End(Start.AddMonths(2));

        Assert.Equal(
            [
                new(PeriodChargeKind.Commitment, "acme", Start, Start.AddMonths(1), 150m, 0m),
                new(PeriodChargeKind.Commitment, "acme", Start.AddMonths(1), Start.AddMonths(2), 150m, 31m),
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
        Assert.Equal(3.333333333333333m, first.EffectiveUsd);
        // 2 million are included, the fourth million costs $10: the rest of the fee and $10.
        var second = run.Tokens(Start, "big", UsageClass.Output, 3_000_000, 10m);
        Assert.Equal((30m, 30m, 10m), (second.ListUsd, second.ContractedUsd, second.BilledUsd));
        Assert.Equal(20m, first.EffectiveUsd + second.EffectiveUsd);
        // Input isn't included.
        Assert.Equal(7m, run.Tokens(Start, "big", UsageClass.Input, 7_000_000, 1m).BilledUsd);
        run.End(Start.AddMonths(1));
        Assert.Equal(new PeriodCharge(PeriodChargeKind.Bundle, "seat", Start, Start.AddMonths(1), 10m, 0m), Assert.Single(run.Ended));
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
    public void Months_begin_by_the_clock_that_the_start_is_written_in()
    {
        var berlin = TimeSpan.FromHours(2);
        var contract = Worked with { Start = new(2026, 7, 1, 0, 0, 0, berlin), End = null };
        var august = new DateTimeOffset(2026, 8, 1, 0, 0, 0, berlin);

        // In UTC the contract begins on 30 June, and its second month would begin on 30 July.
        Assert.Equal(contract.Start, contract.PeriodStart(ContractPeriod.Month, august.AddTicks(-1)));
        Assert.Equal(august, contract.PeriodStart(ContractPeriod.Month, august.ToUniversalTime()));
        Assert.Equal(august, contract.PeriodEnd(ContractPeriod.Month, contract.Start.ToUniversalTime()));
    }

    [Fact]
    public void What_ended_with_the_contract_is_invoiced_once()
    {
        var run = new Run(Worked with { End = Start.AddDays(40) });

        run.End(Start.AddDays(40));
        run.End(Start.AddDays(41));
        run.End(Start.AddYears(1));

        Assert.Equal([Start.AddMonths(1), Start.AddDays(40)], run.Ended.Select(charge => charge.PeriodEnd));
        // There is no commitment left that it could be drawn from.
        Assert.Throws<ArgumentOutOfRangeException>(() => run.Request(Start.AddDays(39), "big", 1m));
    }

    [Fact]
    public void An_amount_off_a_million_tokens_is_not_taken_off_a_call()
    {
        var contract = new Contract
        {
            Id = "acme",
            Provider = "x",
            Start = Start,
            Discounts = [new(ContractScope.All, UsdOffPerUnit: 1m), new(ContractScope.All, Percent: 10m)],
        };

        // A search costs $2; the first discount is for tokens, the second for what is left.
        Assert.Equal(1.80m, Line(UsageClass.WebSearch, 1, 2m, PriceUnit.Call).ContractedUsd);
        Assert.Equal(1m, Line(UsageClass.Output, 1_000_000, 2m, PriceUnit.MillionTokens).ContractedUsd);

        ContractCharge Line(UsageClass usageClass, long quantity, decimal rate, PriceUnit unit) =>
            Priced(contract, new ChargeLine(usageClass, quantity, rate, unit, 2m), 2m);
    }

    [Fact]
    public void A_bundle_of_tokens_includes_no_calls()
    {
        var contract = new Contract
        {
            Id = "acme",
            Provider = "x",
            Start = Start,
            Bundles = [new("seat", ContractPeriod.Month, 10m, 1000, ContractScope.All)],
        };

        Assert.Equal(2m, Priced(contract, new ChargeLine(UsageClass.WebSearch, 1, 2m, PriceUnit.Call, 2m), 2m).BilledUsd);
    }

    [Fact]
    public void A_bundle_of_several_classes_takes_from_the_first_and_the_next_bundle_from_what_is_left()
    {
        var output = ContractScope.All with
        {
            Classes = new HashSet<UsageClass> { UsageClass.Output, UsageClass.ReasoningOutput },
        };
        var contract = new Contract
        {
            Id = "acme",
            Provider = "x",
            Start = Start,
            Bundles =
            [
                new("first", ContractPeriod.Month, 9m, 3_000_000, output),
                new("second", ContractPeriod.Quarter, 8m, 4_000_000, ContractScope.All),
            ],
        };
        ChargeLine[] lines =
        [
            new(UsageClass.Input, 1_000_000, 1m, PriceUnit.MillionTokens, 1m),
            new(UsageClass.Output, 2_000_000, 10m, PriceUnit.MillionTokens, 20m),
            new(UsageClass.ReasoningOutput, 6_000_000, 20m, PriceUnit.MillionTokens, 120m),
        ];

        var list = new Charge(Money.FromUsdRoundedUp(141m), 141m, lines, "x/m@unknown");
        var (charge, state, _) = ContractPricer.Price(contract, ContractState.Begin(contract), "m", list, Start);

        // A million of input from the second; 2 of output and 1 of reasoning from the first, 3 more from the second; 2 are billed at $20.
        Assert.Equal((141m, 141m, 9m + 8m + 40m, 40m, 0m), Figures(charge));
        Assert.Equal((1m + 20m + 20m + 60m, 17m), (charge.IncludedUsd, charge.FeeShareUsd));
        Assert.Equal(new BundleUse(3_000_000, 9m), state.BundlesUsed["first"]);
        Assert.Equal(new BundleUse(4_000_000, 8m), state.BundlesUsed["second"]);
        // The first begins anew after a month, the second after three.
        var (next, ended) = ContractPricer.Advance(contract, state, Start.AddMonths(1));
        Assert.Equal(new PeriodCharge(PeriodChargeKind.Bundle, "first", Start, Start.AddMonths(1), 9m, 0m), Assert.Single(ended));
        Assert.Equal(["second"], next.BundlesUsed.Keys);
    }

    [Fact]
    public void What_is_of_no_class_has_the_discounts_for_all_classes_alone()
    {
        var output = ContractScope.All with { Classes = new HashSet<UsageClass> { UsageClass.Output } };
        var contract = new Contract
        {
            Id = "acme",
            Provider = "x",
            Start = Start,
            Discounts = [new(output, Percent: 50m), new(ContractScope.All, Percent: 10m)],
        };
        var line = new ChargeLine(UsageClass.Output, 1_000_000, 4m, PriceUnit.MillionTokens, 4m);

        // $4 of output at half, and $6 of no class at 10 % off; then a correction of $1 down: -$1 at 10 % off.
        Assert.Equal(7.40m, Priced(contract, line, 10m).ContractedUsd);
        Assert.Equal(1.10m, Priced(contract, line, 3m).ContractedUsd);
    }

    [Fact]
    public void An_uplifted_rate_is_discounted_with_its_uplift_and_summed_exactly()
    {
        var contract = new Contract
        {
            Id = "acme",
            Provider = "x",
            Start = Start,
            Discounts = [new(ContractScope.All, Percent: 33.3333m, UsdOffPerUnit: 0.000000001m)],
        };
        // $0.007 x 1.1 a million: 7 tokens cost 5.39e-8.
        var charge = Priced(contract, new ChargeLine(UsageClass.Input, 7, 0.0077m, PriceUnit.MillionTokens, 0.0000000539m), 0.0000000539m);

        // 5.39e-8 x 0.666667 = 3.59333513e-8, less 7e-6 x 1e-9 = 7e-15: 0.0000000359333443, of which 15 decimals are kept.
        Assert.Equal(0.000000035933344m, charge.ContractedUsd);
        Assert.Equal(charge.ListUsd, charge.ContractedUsd + charge.DiscountUsd);
    }

    [Fact]
    public void A_late_request_counts_in_the_present_period_and_credits_of_its_own_time_pay_it()
    {
        var run = new Run(
            Worked with
            {
                Credits = [new("july", 500m, 1, Start, Start.AddMonths(1), ContractScope.All)],
                Discounts = [],
                Tiers = null,
            }
        );
        run.Request(Start.AddMonths(1), "big", 200m);

        // August's commitment is used up: 10 x 1.02, paid by the credit of July.
        Assert.Equal((10m, 10m, 10.2m, 10.2m, 10.2m), Figures(run.Request(Start.AddDays(30), "big", 10m)));
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

    private static ContractCharge Priced(Contract contract, ChargeLine line, decimal listUsd) =>
        ContractPricer
            .Price(
                contract,
                ContractState.Begin(contract),
                "m",
                new Charge(Money.FromUsdRoundedUp(listUsd), listUsd, [line], "x/m@unknown"),
                Start
            )
            .Charge;

    private static (decimal, decimal, decimal, decimal, decimal) Figures(ContractCharge charge) =>
        (charge.ListUsd, charge.ContractedUsd, charge.EffectiveUsd, charge.BilledUsd, charge.CreditsUsd);

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
