using CsCheck;
using Xunit;

namespace Purser.Analytics.Tests;

public sealed class UsageQueryTests : IDisposable
{
    private readonly StoreFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Tokens_are_counted_by_class()
    {
        folder.Append(folder.Row(1), folder.Row(0, attempt: 0));

        var total = folder.Store.Query(new UsageQuery()).Total;

        Assert.Equal(
            new Sums(
                Requests: 1,
                0,
                0,
                RefusedRequests: 1,
                InputTokens: 7,
                CachedInputTokens: 4,
                0,
                OutputTokens: 7,
                ReasoningTokens: 2,
                1,
                0
            ),
            total
        );
    }

    [Fact]
    public void A_correction_changes_the_cost_and_nothing_else()
    {
        folder.Append(folder.Row(10), folder.Row(-4) with { IsCorrection = true, Usage = default });

        var total = folder.Store.Query(new UsageQuery()).Total;

        Assert.Equal((1, 6, 7), ((long)total.Requests, (long)total.CostNanos, (long)total.InputTokens));
    }

    [Fact]
    public void Time_is_half_open_and_of_the_requests_start()
    {
        folder.Append(folder.Row(1, StoreFolder.Noon), folder.Row(2, StoreFolder.Noon + StoreFolder.Hour));
        folder.SealTail();
        folder.Append(folder.Row(4, StoreFolder.Noon + (2 * StoreFolder.Hour)));

        Assert.Equal(2, Cost(StoreFolder.Noon + 1, StoreFolder.Noon + (2 * StoreFolder.Hour)));
        Assert.Equal(5, Cost(StoreFolder.Noon + (2 * StoreFolder.Hour), long.MaxValue) + Cost(long.MinValue, StoreFolder.Noon + 1));

        long Cost(long from, long to) => (long)folder.Store.Query(new UsageQuery { From = from, To = to }).Total.CostNanos;
    }

    [Fact]
    public void Every_dimension_groups_and_the_rows_add_up()
    {
        folder.Append(folder.Row(1, subject: 1), folder.Row(2, subject: 2, route: 3), folder.Row(0, attempt: 0));

        Assert.All(
            Dimensions.Names.Append("tag:x"),
            dimension =>
                Assert.Equal(3, folder.Store.Query(new UsageQuery { By = [dimension] }).Groups.Sum(group => (long)group.Sums.CostNanos))
        );
    }

    [Theory]
    [InlineData("tag:a/b~c\"d", "v'1", 1)]
    [InlineData("session", "s'2", 2)]
    [InlineData("session", "s'2' OR ''='", 0)]
    [InlineData("tag:x') OR 1=1 --", "y", 0)]
    public void A_callers_text_is_a_value_and_never_a_part_of_the_query(string dimension, string value, long cost)
    {
        folder.Append(folder.Row(1, subject: 1), folder.Row(2, subject: 2));

        var found = folder.Store.Query(
            new UsageQuery
            {
                By = [dimension],
                Where = new Dictionary<string, IReadOnlyList<string>> { [dimension] = [value] },
            }
        );

        Assert.Equal(cost, (long)found.Total.CostNanos);
    }

    [Theory]
    [InlineData("teem")]
    [InlineData("tag:")]
    [InlineData("\"purser.team\"")]
    public void What_is_no_dimension_is_refused(string dimension) =>
        Assert.Throws<ArgumentException>(() => folder.Store.Query(new UsageQuery { By = [dimension] }));

    [Fact]
    public void Several_values_can_be_asked_for_where_a_request_has_one()
    {
        folder.Append(folder.Row(1, subject: 1), folder.Row(2, subject: 2), folder.Row(4, subject: 3));

        Assert.Equal(5, (long)Where("team", "team1", "team3").Total.CostNanos);
        Assert.Throws<ArgumentException>(() => Where("model", "model2", "model3"));
        Assert.Throws<ArgumentException>(() => Where("day", "2026-11-24"));
    }

    /// <summary>Requests of up to four attempts, counted by the traits of their rows, and by looking at all attempts of each.</summary>
    [Fact]
    public void A_request_counts_once_in_each_row_however_it_is_grouped_and_filtered()
    {
        var attempts = Gen.Select(Gen.Long[2, 3], Gen.Bool.Select(cut => cut ? "cut" : "completed"), Gen.Bool).List[1, 4];
        attempts.List[1, 20].Sample(CountOnce, iter: 8, threads: 1);
    }

    private static void CountOnce(List<List<(long Route, string Outcome, bool Estimated)>> requests)
    {
        using var folder = new StoreFolder();
        var all = new List<(Guid Request, string Provider, string Outcome, bool Estimated)>();
        foreach (var attempts in requests)
        {
            var request = Guid.NewGuid();
            for (var i = 0; i < attempts.Count; i++)
            {
                var own = attempts[i];
                var row = folder.Row(1, attempt: (byte)(i + 1), route: own.Route, request: request) with
                {
                    Outcome = own.Outcome,
                    Estimated = own.Estimated,
                    Repeats = i == 0 ? null : [.. attempts.Take(i).Select(earlier => Same(own, earlier))],
                };
                folder.Append(row);
                all.Add((request, $"provider{own.Route}", own.Outcome, own.Estimated));
            }
        }

        var byProvider = folder.Store.Query(new UsageQuery { By = ["provider"] });
        foreach (var group in byProvider.Groups)
        {
            var expected = all.Where(row => row.Provider == (string)group.Values[0]!).ToList();
            Assert.Equal(expected.Select(row => row.Request).Distinct().Count(), (int)group.Sums.Requests);
            Assert.Equal(
                expected.Where(row => row.Estimated).Select(row => row.Request).Distinct().Count(),
                (int)group.Sums.EstimatedRequests
            );
        }

        Assert.Equal(requests.Count, (int)byProvider.Total.Requests);
        Assert.Equal(requests.Count(attempts => attempts.Any(attempt => attempt.Estimated)), (int)byProvider.Total.EstimatedRequests);
        var cut = folder.Store.Query(
            new UsageQuery
            {
                By = ["team"],
                Where = new Dictionary<string, IReadOnlyList<string>> { ["outcome"] = ["cut"] },
            }
        );
        Assert.Equal(requests.Count(attempts => attempts.Any(attempt => attempt.Outcome == "cut")), (int)cut.Total.Requests);
    }

    private static int Same((long Route, string Outcome, bool Estimated) own, (long Route, string Outcome, bool Estimated) earlier)
    {
        var same = AttemptTraits.ServiceTier | AttemptTraits.ModelServed | AttemptTraits.ModelRequested | AttemptTraits.Routing;
        same |= own.Route == earlier.Route ? AttemptTraits.Provider | AttemptTraits.Model | AttemptTraits.PriceEntry : AttemptTraits.None;
        same |= own.Outcome == earlier.Outcome ? AttemptTraits.Outcome : AttemptTraits.None;
        return (int)(same | (earlier.Estimated ? AttemptTraits.Estimated : AttemptTraits.None));
    }

    private UsageSums Where(string dimension, params string[] values) =>
        folder.Store.Query(new UsageQuery { Where = new Dictionary<string, IReadOnlyList<string>> { [dimension] = values } });
}
