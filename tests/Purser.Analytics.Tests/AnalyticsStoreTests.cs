using Xunit;

namespace Purser.Analytics.Tests;

public sealed class AnalyticsStoreTests : IDisposable
{
    private readonly StoreFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_row_is_in_the_answer_before_and_after_its_hour_is_a_segment()
    {
        folder.Append(folder.Row(7, subject: 1), folder.Row(11, subject: 2));
        var tail = Teams();
        var segment = folder.SealTail()!;
        var both = Teams();
        folder.Reopen();

        Assert.Equal(["team1: 1 7", "team2: 1 11"], tail);
        Assert.Equal(tail, both);
        Assert.Equal(tail, Teams());
        Assert.Equal((2, 18, 0, 2, 0), (segment.Rows, (long)segment.Nanos, segment.After, segment.UpTo, folder.Store.TailRows));
        Assert.Equal(["day=2026-11-24/000000000001-000000000002.parquet"], folder.Files());
    }

    [Fact]
    public void An_hour_is_written_when_it_is_over_and_the_next_one_stays_in_the_tail()
    {
        folder.Append(folder.Row(1), folder.Row(2), folder.Row(4, StoreFolder.Noon + StoreFolder.Hour));

        Assert.Null(folder.SealTail(StoreFolder.Noon + StoreFolder.Hour - 1));
        Assert.Equal(2, folder.SealTail(StoreFolder.Noon + StoreFolder.Hour)!.UpTo);
        Assert.Null(folder.SealTail(StoreFolder.Noon + StoreFolder.Hour));
        Assert.Equal((1, 7), (folder.Store.TailRows, (long)Total().CostNanos));
    }

    [Fact]
    public void The_hours_of_a_day_become_one_file_and_nothing_is_kept_twice()
    {
        for (var hour = 0; hour < 3; hour++)
        {
            folder.Append(folder.Row(1 << hour, StoreFolder.Noon + (hour * StoreFolder.Hour)));
            folder.SealTail();
        }

        Assert.Null(folder.Store.WriteDay(new DateOnly(2026, 11, 24)));
        var day = folder.Seal(folder.Store.WriteDay(new DateOnly(2026, 11, 25)))!;

        Assert.Equal((3, 7, 0, 3), (day.Rows, (long)day.Nanos, day.After, day.UpTo));
        Assert.Equal(["day=2026-11-24/000000000001-000000000003-day.parquet"], folder.Files());
        Assert.Null(folder.Store.WriteDay(new DateOnly(2026, 11, 25)));
        Assert.Equal(7, (long)Total().CostNanos);
    }

    [Fact]
    public void The_same_rows_give_the_same_bytes()
    {
        using var other = new StoreFolder();
        UsageRow[] rows = [folder.Row(5, request: Guid.Empty), folder.Row(6, subject: 2, request: Guid.Empty)];
        folder.Append(rows);
        other.Append(rows[0]);
        other.Append(rows[1]);

        Assert.Equal(folder.Store.WriteTail(long.MaxValue)!.Sha256, other.Store.WriteTail(long.MaxValue)!.Sha256);
    }

    [Fact]
    public void What_was_written_and_not_sealed_is_gone_at_the_next_start()
    {
        folder.Append(folder.Row(1));
        folder.SealTail();
        folder.Append(folder.Row(2));
        folder.Store.WriteTail(long.MaxValue);
        Assert.Equal(2, folder.Files().Count);

        folder.Reopen();

        Assert.Single(folder.Files());
        Assert.Equal((1, 1), (folder.Store.Through, (long)Total().CostNanos));
    }

    [Fact]
    public void A_segment_without_the_journals_entry_does_not_count()
    {
        folder.Append(folder.Row(1));
        var written = folder.Store.WriteTail(long.MaxValue)!;

        Assert.Throws<ArgumentException>(() => folder.Store.Take(written));
    }

    [Theory]
    [InlineData("{")]
    [InlineData("{}")]
    [InlineData("""{"version":0,"segments":[]}""")]
    public void A_list_that_cannot_be_read_counts_as_none(string list)
    {
        folder.Append(folder.Row(1));
        folder.SealTail();
        File.WriteAllText(Path.Combine(folder.Path, AnalyticsStore.ListName), list);

        folder.Reopen();

        Assert.Equal(0, folder.Store.Through);
        Assert.Empty(folder.Files());
    }

    [Fact]
    public void Costs_are_exact_to_the_nano_dollar_up_to_the_largest()
    {
        const long largest = 999_999_999_999_999_999;
        folder.Append(folder.Row(largest), folder.Row(-largest + 1), folder.Row(largest));
        var tail = Total().CostNanos;
        folder.SealTail();

        Assert.Equal(largest + (Int128)1, tail);
        Assert.Equal(tail, Total().CostNanos);
        folder.Append(folder.Row(largest + 1));
        Assert.ThrowsAny<Exception>(() => Total());
    }

    [Fact]
    public void The_cost_of_account_model_and_day_is_read_from_the_files_alone()
    {
        folder.Append(folder.Row(5), folder.Row(6, subject: 3), folder.Row(7));
        folder.SealTail();

        var totals = SegmentTotals.Read(folder.Path, new AnalyticsLimits(), folder.Store.Segments);

        Assert.Equal(
            [("team1", "model2", 20781, 12), ("team3", "model2", 20781, 6)],
            totals.Select(pair => (pair.Key.Account, pair.Key.Model, pair.Key.Day, (long)pair.Value)).Order()
        );
    }

    private Sums Total() => folder.Store.Query(new UsageQuery()).Total;

    private List<string> Teams() =>
        [
            .. folder
                .Store.Query(new UsageQuery { By = ["team"] })
                .Groups.Select(group => $"{group.Values[0]}: {group.Sums.Requests} {group.Sums.CostNanos}")
                .Order(StringComparer.Ordinal),
        ];
}
