using CsCheck;
using Purser.Core.Pricing;
using Purser.Core.Usage;
using Xunit;

namespace Purser.Core.Tests.Pricing;

/// <summary>What holds of every contract, whatever is used under it.</summary>
public sealed class ContractLawTests
{
    // What a request's steps are rounded by, times the most steps and requests here.
    private const decimal Rounding = 0.000000000001m;

    private static readonly string[] Models = ["big", "small", "other"];
    private static readonly UsageClass[] Classes = [UsageClass.Input, UsageClass.CacheRead, UsageClass.Output, UsageClass.WebSearch];
    private static readonly DateTimeOffset FirstDay = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private static readonly Gen<ContractPeriod> AnyPeriod = Gen.Enum<ContractPeriod>();

    private static readonly Gen<ContractScope> AnyScope = Gen.Select(Gen.Int[0, 7], Gen.Int[0, 15])
        .Select(bits => new ContractScope(Some(Models, bits.Item1), Some(Classes, bits.Item2)));

    private static readonly Gen<ContractDiscount> AnyDiscount = Gen.Select(
            AnyScope,
            Gen.Int[0, 1000],
            Gen.Int[0, 30],
            Gen.Enum<PriceUnit>()
        )
        .Select((scope, permille, off, unit) => new ContractDiscount(scope, permille / 10m, off > 20 ? Part(off - 20, 3) : 0m, unit));

    private static readonly Gen<VolumeTiers> AnyTiers = Gen.Select(AnyPeriod, Gen.Select(Gen.Int[0, 90], Gen.Int[0, 100]).Array[1, 4])
        .Select(
            (period, steps) =>
                new VolumeTiers(
                    period,
                    [
                        .. steps
                            .DistinctBy(step => step.Item1)
                            .OrderBy(step => step.Item1)
                            .Select(step => new VolumeStep(step.Item1, step.Item2)),
                    ]
                )
        );

    private static readonly Gen<ContractCommitment> AnyCommitment = Gen.Select(AnyPeriod, Gen.Int[1, 60], Gen.Int[-100, 50])
        .Select((period, usd, overage) => new ContractCommitment(period, Part(usd, 3), overage));

    private static readonly Gen<ContractBundle> AnyBundle = Gen.Select(
            AnyPeriod,
            Gen.Int[0, 20],
            Gen.Long[1, 4_000_000],
            AnyScope,
            Gen.Enum<PriceUnit>()
        )
        .Select((period, fee, quantity, scope, unit) => new ContractBundle("", period, Part(fee, 7), quantity, scope, unit));

    private static readonly Gen<ContractCredit> AnyCredit = Gen.Select(
            Gen.Int[1, 40],
            Gen.Int[0, 2],
            Gen.Int[0, 200],
            Gen.Int[0, 200],
            AnyScope
        )
        .Select(
            (usd, priority, from, days, scope) =>
                new ContractCredit(
                    "",
                    Part(usd, 3),
                    priority,
                    FirstDay.AddDays(from),
                    days > 150 ? null : FirstDay.AddDays(from + days + 1),
                    scope
                )
        );

    // It begins on any day of two months, at any hour of a clock of its own, and ends after any number of days.
    private static readonly Gen<Contract> AnyContract = Gen.Select(
            Gen.Select(Gen.Int[0, 60], Gen.Int[0, 23], Gen.Int[-12, 14], Gen.Int[1, 500]),
            AnyDiscount.Array[0, 3],
            AnyTiers,
            AnyCommitment,
            AnyBundle.Array[0, 3],
            AnyCredit.Array[0, 3],
            Gen.Int[0, 3]
        )
        .Select(
            (when, discounts, tiers, commitment, bundles, credits, has) =>
            {
                var start = new DateTimeOffset(FirstDay.Date.AddDays(when.Item1).AddHours(when.Item2), TimeSpan.FromHours(when.Item3));
                return new Contract
                {
                    Id = "any",
                    Provider = "x",
                    Start = start,
                    End = start.AddDays(when.Item4),
                    Discounts = discounts,
                    Tiers = (has & 1) == 0 ? tiers : null,
                    Commitment = (has & 2) == 0 ? commitment : null,
                    Bundles = [.. bundles.Select((bundle, i) => bundle with { Id = $"bundle {i}" })],
                    Credits = [.. credits.Select((credit, i) => credit with { Id = $"credit {i}" })],
                };
            }
        );

    private static readonly Gen<Request> AnyRequest = Gen.Select(
            Gen.Int[0, 9_999],
            Gen.Int[0, 2],
            Gen.Select(Gen.Int[0, 3], Gen.Long[0, 2_000_000], Gen.Int[0, 9_999]).Array[0, 3],
            Gen.Int[-3, 20]
        )
        .Select(
            (when, model, lines, beyond) =>
                new Request(
                    when,
                    Models[model],
                    [
                        .. lines
                            .DistinctBy(line => line.Item1)
                            .Select(line => Line(Classes[line.Item1], line.Item2, Rate(line.Item1, line.Item3))),
                    ],
                    // Mostly none: what a correction or a rounding leaves beside the lines.
                    beyond is < 0 or > 18
                        ? Part(beyond, 7)
                        : 0m
                )
        );

    private static readonly Gen<(Contract Contract, Request[] Requests)> AnyRun = Gen.Select(AnyContract, AnyRequest.Array[0, 40])
        .Select((contract, requests) => (contract, requests.OrderBy(request => request.When).ToArray()));

    [Fact]
    public void The_invoice_is_what_requests_effectively_cost_and_what_none_used_less_credits() =>
        AnyRun.Sample(
            run =>
            {
                var played = Play(run.Contract, run.Requests);
                var statement = played.Statement;

                Assert.Equal(statement.InvoiceUsd, statement.Lines().Sum(line => line.Usd));
                Assert.Equal(
                    statement.InvoiceUsd,
                    played.Charges.Sum(charge => charge.MarginalUsd) + played.Ended.Sum(period => period.BilledUsd)
                );
                Assert.DoesNotContain(statement.Lines(), line => line.Kind == StatementLineKind.OtherSpan);
                Assert.Equal(statement.CreditsUsd, played.State.CreditsUsed.Values.Sum());
            },
            iter: Sampling.Times(3_000)
        );

    [Fact]
    public void Any_span_of_time_comes_to_its_own_invoice_and_two_to_that_of_both() =>
        Gen.Select(AnyRun, Gen.Int[0, 9_999])
            .Sample(
                (run, cut) =>
                {
                    var at = At(run.Contract, cut);
                    var (first, second) = (Play(run.Contract, run.Requests, to: at), Play(run.Contract, run.Requests, from: at));

                    Assert.Equal(first.Statement.InvoiceUsd, first.Statement.Lines().Sum(line => line.Usd));
                    Assert.Equal(second.Statement.InvoiceUsd, second.Statement.Lines().Sum(line => line.Usd));
                    Assert.Equal(
                        Play(run.Contract, run.Requests).Statement.InvoiceUsd,
                        first.Statement.InvoiceUsd + second.Statement.InvoiceUsd
                    );
                },
                iter: Sampling.Times(3_000)
            );

    [Fact]
    public void Nothing_is_negative_and_nothing_is_used_beyond_what_there_is() =>
        AnyRun.Sample(
            run =>
            {
                var played = Play(run.Contract, run.Requests);
                foreach (var charge in played.Charges)
                {
                    Assert.True(
                        charge is { ContractedUsd: >= 0, EffectiveUsd: >= 0, BilledUsd: >= 0, CreditsUsd: >= 0, MarginalUsd: >= 0 }
                            && charge is { TierUsd: >= 0, IncludedUsd: >= 0, CoveredUsd: >= 0, FeeShareUsd: >= 0 },
                        charge.ToString()
                    );
                    Assert.Equal(charge.BilledUsd, charge.ContractedUsd - charge.IncludedUsd - charge.CoveredUsd + charge.OverageUsd);
                }
                Assert.All(played.Ended, period => Assert.InRange(period.UnusedUsd, 0m, period.BilledUsd));
                Assert.All(
                    run.Contract.Credits,
                    credit => Assert.True(played.State.CreditsUsed.GetValueOrDefault(credit.Id) <= credit.Usd)
                );
            },
            iter: Sampling.Times(3_000)
        );

    [Fact]
    public void Each_period_is_invoiced_once_and_ends_where_the_next_begins() =>
        Gen.Select(AnyRun, Gen.Int[0, 9_999].Array[0, 6])
            .Sample(
                (run, looks) =>
                {
                    var (contract, ended) = (run.Contract, new List<PeriodCharge>());
                    var state = ContractState.Begin(contract);
                    // Whenever it's looked at, and twice after its end.
                    foreach (
                        var look in looks
                            .Order()
                            .Select(look => At(contract, look))
                            .Append(contract.End!.Value)
                            .Append(contract.End.Value.AddYears(1))
                    )
                    {
                        (state, var over) = ContractPricer.Advance(contract, state, look);
                        ended.AddRange(over);
                    }

                    foreach (var charges in ended.GroupBy(charge => charge.Id))
                    {
                        var period =
                            charges.Key == contract.Id
                                ? contract.Commitment!.Period
                                : contract.Bundles.First(b => b.Id == charges.Key).Period;
                        Assert.Equal(Periods(contract, period), charges.Select(charge => (charge.PeriodStart, charge.PeriodEnd)));
                    }
                    Assert.Equal(
                        contract.Bundles.Count + (contract.Commitment is null ? 0 : 1),
                        ended.DistinctBy(charge => charge.Id).Count()
                    );
                },
                iter: Sampling.Times(3_000)
            );

    // Where a bundle or a credit is for some models or classes alone, who comes first decides what is left for whom: see the next one.
    [Fact]
    public void The_order_within_an_instant_does_not_change_the_invoice() =>
        Gen.Select(AnyRun, Gen.Int[0, 99_999])
            .Sample(
                (run, seed) =>
                {
                    var contract = run.Contract with
                    {
                        Bundles = [],
                        Credits = [.. run.Contract.Credits.Select(credit => credit with { Scope = ContractScope.All })],
                    };
                    // Four instants, of ten requests each or so.
                    var together = run.Requests.Select(request => request with { When = request.When / 2500 * 2500 }).ToList();
                    var shuffled = together
                        .Select((request, i) => (request, Key: (i * 7919 * (seed + 1)) % 10_007))
                        .OrderBy(pair => pair.Key);

                    var inOrder = Play(contract, together);
                    var otherwise = Play(contract, shuffled.Select(pair => pair.request).OrderBy(request => request.When));

                    Assert.InRange(otherwise.Statement.InvoiceUsd - inOrder.Statement.InvoiceUsd, -Rounding, Rounding);
                },
                iter: Sampling.Times(3_000)
            );

    [Fact]
    public void Usage_in_pieces_comes_to_the_same_but_for_rounding() =>
        Gen.Select(AnyRun, Gen.Long[1, 1_000_000])
            .Sample(
                (run, piece) =>
                {
                    // Of one class each, and nothing taken off later: where a bundle includes several, pieces would take from it in another order.
                    var whole = run
                        .Requests.Select(request =>
                            request with
                            {
                                Lines = [.. request.Lines.Take(1)],
                                BeyondLines = Math.Max(0m, request.BeyondLines),
                            }
                        )
                        .ToList();
                    var pieces = whole.SelectMany(request => Cut(request, piece));

                    var difference = Play(run.Contract, pieces).Statement.InvoiceUsd - Play(run.Contract, whole).Statement.InvoiceUsd;
                    Assert.InRange(difference, -Rounding, Rounding);
                },
                iter: Sampling.Times(1_000)
            );

    private static IEnumerable<Request> Cut(Request request, long piece)
    {
        if (request.Lines is not [{ Quantity: > 0 } line])
        {
            return [request];
        }
        // Ten pieces at the most.
        var size = Math.Max(piece, (line.Quantity / 10) + 1);
        var count = (int)((line.Quantity + size - 1) / size);
        return Enumerable
            .Range(0, count)
            .Select(i =>
                request with
                {
                    Lines = [Line(line.Class, Math.Min(size, line.Quantity - (i * size)), line.UsdPerUnit)],
                    BeyondLines = i == 0 ? request.BeyondLines : 0m,
                }
            );
    }

    // Counted by hand, month by month from the first day.
    private static List<(DateTimeOffset, DateTimeOffset)> Periods(Contract contract, ContractPeriod period)
    {
        var months = period switch
        {
            ContractPeriod.Month => 1,
            ContractPeriod.Quarter => 3,
            ContractPeriod.Year => 12,
            _ => 12 * 100,
        };
        var periods = new List<(DateTimeOffset, DateTimeOffset)>();
        for (var i = 0; contract.Start.AddMonths(i) < contract.End; i += months)
        {
            var next = contract.Start.AddMonths(i + months);
            periods.Add((contract.Start.AddMonths(i), next < contract.End ? next : contract.End!.Value));
        }
        return periods;
    }

    private static Played Play(Contract contract, IEnumerable<Request> requests, DateTimeOffset? from = null, DateTimeOffset? to = null)
    {
        var played = new Played([], [], ContractState.Begin(contract), ContractStatement.Empty(contract));
        foreach (var request in requests)
        {
            var at = At(contract, request.When);
            if (at >= to)
            {
                break;
            }
            var listUsd = Math.Max(0m, request.Lines.Sum(line => line.Usd) + request.BeyondLines);
            var list = new Charge(Money.FromUsdRoundedUp(listUsd), listUsd, request.Lines, "x/m@unknown");
            var before = played.State;
            var (charge, state, ended) = ContractPricer.Price(contract, before, request.Model, list, at);
            End(ended, state);
            if (from is null || at >= from)
            {
                played.Charges.Add(charge);
                played = played with { Statement = played.Statement.With(charge, before, state) };
            }
        }
        var (over, last) = ContractPricer.Advance(contract, played.State, to ?? contract.End!.Value);
        End(last, over);
        return played;

        void End(IReadOnlyList<PeriodCharge> ended, ContractState state)
        {
            foreach (var period in ended.Where(period => from is null || period.PeriodEnd > from))
            {
                played.Ended.Add(period);
                played = played with { Statement = played.Statement.With(period) };
            }
            played = played with { State = state };
        }
    }

    // From the first instant of the contract to its last.
    private static DateTimeOffset At(Contract contract, int when) =>
        contract.Start + ((contract.End!.Value - contract.Start) / 10_000 * when);

    private static ChargeLine Line(UsageClass usageClass, long quantity, decimal usdPerUnit)
    {
        var unit = RateKey.Of(usageClass).Unit;
        return new(usageClass, quantity, usdPerUnit, unit, quantity * usdPerUnit * (unit == PriceUnit.Call ? 1m : 0.000001m));
    }

    // Such as an uplift gives, with more decimals than lists have; a call costs less than a million tokens.
    private static decimal Rate(int index, int tenths) =>
        RateKey.Of(Classes[index]).Unit == PriceUnit.Call ? tenths / 1_000_000_000m : tenths * 0.0011m;

    // Amounts have nine decimals in files.
    private static decimal Part(int usd, int of) => decimal.Round((decimal)usd / of, 9);

    private static HashSet<T> Some<T>(T[] all, int bits) => [.. all.Where((_, i) => (bits & (1 << i)) != 0)];

    private sealed record Request(int When, string Model, IReadOnlyList<ChargeLine> Lines, decimal BeyondLines);

    private sealed record Played(List<ContractCharge> Charges, List<PeriodCharge> Ended, ContractState State, ContractStatement Statement);
}
