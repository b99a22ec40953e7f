using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Time.Testing;
using Purser.Gateway.Alerts;
using Purser.Gateway.Configuration;
using Xunit;

namespace Purser.Gateway.Tests.Alerts;

public sealed class AlertCenterTests : IAsyncLifetime
{
    private readonly string directory = Directory.CreateTempSubdirectory("purser-alerts-").FullName;
    private readonly FakeTimeProvider clock = new(Sample.Noon);
    private readonly LogLines log = new();
    private WebhookReceiver receiver = null!;

    public async ValueTask InitializeAsync() => receiver = await WebhookReceiver.StartAsync();

    public async ValueTask DisposeAsync()
    {
        await receiver.DisposeAsync();
        Directory.Delete(directory, recursive: true);
    }

    [Fact]
    public async Task An_alert_raised_many_times_is_delivered_and_logged_once()
    {
        await using (var center = Start(receiver.Webhook()))
        {
            Parallel.For(0, 100, _ => center.Raise(Sample.Threshold()));
            (await receiver.NextAsync()).AssertSigned(Sample.Noon);
            center.Raise(Sample.Threshold());
        }

        await using (var again = Start(receiver.Webhook()))
        {
            again.Raise(Sample.Threshold());
        }

        Assert.Equal(0, receiver.Count);
        Assert.Equal(
            [
                $"Warning: purser.budget.threshold {Sample.Threshold().Id} budget=research monthly scope=research: research has used 80 % of its $200 for November. (do: ./purser budgets set --account research --usd 300 --window month)",
            ],
            log.All
        );
    }

    [Fact]
    public async Task Each_webhook_gets_each_alert_though_one_hangs()
    {
        await using var hanging = await WebhookReceiver.StartAsync();
        hanging.Answer = http => Task.Delay(Timeout.InfiniteTimeSpan, http.RequestAborted);
        await using var center = Start(hanging.Webhook("hanging"), receiver.Webhook("ops"));

        center.Raise(Sample.Threshold("bud_1"), Sample.Threshold("bud_2"));

        var ids = new[] { (await receiver.NextAsync()).Id, (await receiver.NextAsync()).Id };
        Assert.Equal([Sample.Threshold("bud_1").Id, Sample.Threshold("bud_2").Id], ids);
        await hanging.NextAsync();
        Assert.Equal(0, hanging.Count);
    }

    [Fact]
    public async Task What_is_raised_just_before_the_end_is_kept_and_delivered()
    {
        var center = Start(receiver.Webhook());
        center.Raise(Sample.Threshold());
        await center.DisposeAsync();
        center.Raise(Sample.Threshold("bud_late"));

        Assert.Equal(Sample.Threshold().Id, (await receiver.NextAsync()).Id);
    }

    [Fact]
    public async Task While_the_outbox_cannot_be_written_alerts_are_logged_and_wait()
    {
        await using var center = Start(receiver.Webhook());
        using (var other = new SqliteConnection($"Data Source={AlertOutbox.FileIn(directory)};Pooling=False"))
        {
            other.Open();
            Run(other, "CREATE TRIGGER full BEFORE INSERT ON alerts BEGIN SELECT RAISE(FAIL, 'the disk is full'); END");
            center.Raise(Sample.Threshold());
            await UntilAsync(() => log.All.Any(line => line.Contains("alerts.db can't be written", StringComparison.Ordinal)));
            Assert.Contains(log.All, line => line.Contains("80 % of its $200", StringComparison.Ordinal));
            Run(other, "DROP TRIGGER full");
        }

        // The writer waits by the clock; until it does, moving the clock wakes nobody.
        await UntilAsync(() =>
        {
            clock.Advance(TimeSpan.FromSeconds(5));
            return receiver.Count == 1;
        });
        Assert.Single(log.All, line => line.Contains("80 % of its $200", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_test_that_succeeds_sends_what_waits()
    {
        var works = false;
        receiver.Answer = http =>
        {
            http.Response.StatusCode = works ? 200 : 500;
            return Task.CompletedTask;
        };
        var webhook = receiver.Webhook();
        await using var center = Start(webhook);
        center.Raise(Sample.Threshold());
        await UntilAsync(() => center.Newest(null, 1) is [{ Deliveries: [{ Attempts: 1 }] }]);
        await receiver.NextAsync();

        Assert.False((await center.TestAsync(webhook, TestContext.Current.CancellationToken)).Delivered);
        await receiver.NextAsync();
        works = true;
        Assert.True((await center.TestAsync(webhook, TestContext.Current.CancellationToken)).Delivered);
        Assert.StartsWith("alert_test_", (await receiver.NextAsync()).Id, StringComparison.Ordinal);
        Assert.Equal(Sample.Threshold().Id, (await receiver.NextAsync()).Id);
    }

    [Theory]
    [InlineData(null, "")]
    [InlineData(0L, "bud_1 bud_2")]
    [InlineData(1L, "bud_2")]
    [InlineData(2L, "")]
    [InlineData(500L, "bud_1 bud_2")]
    public async Task Who_follows_gets_what_came_after_the_last_it_had(long? after, string budgets)
    {
        await using var center = Start();
        center.Raise(Sample.Threshold("bud_1"), Sample.Threshold("bud_2"));
        await UntilAsync(() => center.Newest(null, 2).Count == 2);
        await using var events = center.FollowAsync(after, TimeSpan.FromSeconds(15), default).GetAsyncEnumerator();
        await events.MoveNextAsync();
        Assert.Null(events.Current);
        // Behind what is asked for, so that the end of it can be seen.
        center.Raise(Sample.Threshold("bud_end"));

        foreach (var budget in budgets.Split(' ', StringSplitOptions.RemoveEmptyEntries).Append("bud_end"))
        {
            await events.MoveNextAsync();
            Assert.Contains($"\"{budget}\"", events.Current!.Payload, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Raising_takes_no_time_whatever_happens_behind_it()
    {
        await using var center = Start();
        using var other = new SqliteConnection($"Data Source={AlertOutbox.FileIn(directory)};Pooling=False");
        other.Open();
        // The outbox waits for this lock; whoever raises must not.
        Run(other, "BEGIN EXCLUSIVE");
        for (var i = 0; i < 10_000; i++)
        {
            center.Raise(Sample.Threshold($"bud_{i}"));
        }

        Assert.Empty(log.All);
        Run(other, "ROLLBACK");
    }

    private static void Run(SqliteConnection connection, string text)
    {
        using var command = connection.CreateCommand();
        command.CommandText = text;
        command.ExecuteNonQuery();
    }

    private static async Task UntilAsync(Func<bool> happened)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(10));
        while (!happened())
        {
            await timer.WaitForNextTickAsync(patience.Token);
        }
    }

    private AlertCenter Start(params WebhookOptions[] webhooks) => AlertCenter.Start(directory, webhooks, clock, log);
}
