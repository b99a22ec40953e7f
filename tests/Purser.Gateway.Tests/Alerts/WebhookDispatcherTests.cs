using Microsoft.Extensions.Time.Testing;
using Purser.Gateway.Alerts;
using Purser.Gateway.Configuration;
using Xunit;

namespace Purser.Gateway.Tests.Alerts;

public sealed class WebhookDispatcherTests : IAsyncLifetime
{
    private readonly string directory = Directory.CreateTempSubdirectory("purser-alerts-").FullName;
    private readonly FakeTimeProvider clock = new(Sample.Noon);
    private readonly LogLines log = new();
    private WebhookReceiver receiver = null!;
    private WebhookSender sender = null!;

    public async ValueTask InitializeAsync()
    {
        receiver = await WebhookReceiver.StartAsync();
        sender = new WebhookSender(clock);
    }

    public async ValueTask DisposeAsync()
    {
        sender.Dispose();
        await receiver.DisposeAsync();
        Directory.Delete(directory, recursive: true);
    }

    [Fact]
    public async Task A_failed_delivery_is_tried_again_on_schedule_with_the_same_id()
    {
        using var outbox = Outbox(receiver.Webhook());
        outbox.Raise([Sample.Threshold()]);
        var dispatcher = Dispatcher(outbox);
        Answer(500);

        Assert.Equal(Sample.Noon.AddSeconds(5), await dispatcher.DeliverDueAsync(default));
        var first = await receiver.NextAsync();
        first.AssertSigned(Sample.Noon);
        Assert.Equal(Sample.Threshold().Id, first.Id);

        clock.Advance(TimeSpan.FromSeconds(4.999));
        await dispatcher.DeliverDueAsync(default);
        Assert.Equal(0, receiver.Count);

        clock.Advance(TimeSpan.FromSeconds(0.001));
        Assert.Equal(Sample.Noon.AddSeconds(20), await dispatcher.DeliverDueAsync(default));
        var second = await receiver.NextAsync();
        Assert.Equal(first.Id, second.Id);
        Assert.Equal(first.Body, second.Body);
        second.AssertSigned(Sample.Noon.AddSeconds(5));

        Answer(200);
        clock.Advance(TimeSpan.FromSeconds(15));
        Assert.Null(await dispatcher.DeliverDueAsync(default));
        Assert.Equal(first.Id, (await receiver.NextAsync()).Id);
        Assert.Equal(new Delivery("ops", DeliveryState.Delivered, 3, null, Sample.Noon.AddSeconds(20), 200, null), DeliveryOf(outbox));

        clock.Advance(TimeSpan.FromDays(2));
        await dispatcher.DeliverDueAsync(default);
        Assert.Equal(0, receiver.Count);
    }

    [Fact]
    public async Task After_a_day_of_failures_it_is_given_up()
    {
        using var outbox = Outbox(receiver.Webhook());
        outbox.Raise([Sample.Threshold()]);
        var dispatcher = Dispatcher(outbox);
        Answer(503);
        var attempts = 1;
        while (await dispatcher.DeliverDueAsync(default) is { } next)
        {
            clock.Advance(next - clock.GetUtcNow());
            attempts++;
        }

        Assert.Equal(13, attempts);
        Assert.Equal(attempts, receiver.Count);
        Assert.Equal(
            new Delivery("ops", DeliveryState.Failed, 13, null, Sample.Noon + new TimeSpan(20, 33, 20), 503, "answered 503"),
            DeliveryOf(outbox)
        );
        Assert.Contains(log.All, line => line.StartsWith("Error: ", StringComparison.Ordinal) && line.Contains("given up"));
    }

    [Fact]
    public async Task What_was_not_delivered_is_after_a_restart()
    {
        using (var before = Outbox(receiver.Webhook()))
        {
            before.Raise([Sample.Threshold()]);
            Answer(500);
            await Dispatcher(before).DeliverDueAsync(default);
        }

        // A week without a gateway: it's tried at least once more.
        clock.Advance(TimeSpan.FromDays(7));
        Answer(200);
        using var outbox = Outbox(receiver.Webhook());
        outbox.Raise([Sample.Threshold()]);
        await Dispatcher(outbox).DeliverDueAsync(default);

        Assert.Equal((await receiver.NextAsync()).Id, (await receiver.NextAsync()).Id);
        Assert.Equal(0, receiver.Count);
        Assert.Equal(DeliveryState.Delivered, DeliveryOf(outbox).State);
    }

    [Fact]
    public async Task A_stop_in_the_middle_leaves_the_delivery_for_the_next_start()
    {
        using var outbox = Outbox(receiver.Webhook());
        outbox.Raise([Sample.Threshold()]);
        receiver.Answer = http => Task.Delay(Timeout.InfiniteTimeSpan, http.RequestAborted);
        using var stopping = new CancellationTokenSource();

        var delivering = Dispatcher(outbox).DeliverDueAsync(stopping.Token);
        await receiver.NextAsync();
        await stopping.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => delivering);
        Assert.Equal(new Delivery("ops", DeliveryState.Waiting, 0, Sample.Noon, null, null, null), DeliveryOf(outbox));
    }

    [Fact]
    public async Task Gone_means_never_again_until_it_is_enabled_or_moves()
    {
        using (var outbox = Outbox(receiver.Webhook()))
        {
            outbox.Raise([Sample.Threshold("bud_1"), Sample.Threshold("bud_2")]);
            Answer(410);
            Assert.Null(await Dispatcher(outbox).DeliverDueAsync(default));
            outbox.Raise([Sample.Threshold("bud_3")]);
            clock.Advance(TimeSpan.FromHours(1));
            Assert.Null(await Dispatcher(outbox).DeliverDueAsync(default));

            Assert.Equal(1, receiver.Count);
            Assert.Equal(
                [DeliveryState.Disabled, DeliveryState.Disabled, DeliveryState.Failed],
                outbox.Newest(null, 10).Select(alert => alert.Deliveries.Single().State)
            );
            outbox.Enable("ops");
            outbox.Raise([Sample.Threshold("bud_4")]);
            Assert.Equal(DeliveryState.Waiting, DeliveryOf(outbox).State);
            await Dispatcher(outbox).DeliverDueAsync(default);
        }

        // Still gone: but with another path it's another receiver.
        using (var same = Outbox(receiver.Webhook()))
        {
            same.Raise([Sample.Threshold("bud_5")]);
            Assert.Equal(DeliveryState.Disabled, DeliveryOf(same).State);
        }

        using var moved = Outbox(receiver.Webhook() with { Url = new Uri(receiver.Address, "/new") });
        moved.Raise([Sample.Threshold("bud_6")]);
        Assert.Equal(DeliveryState.Waiting, DeliveryOf(moved).State);
    }

    [Fact]
    public async Task A_receiver_that_is_down_is_not_asked_for_each_alert()
    {
        using var outbox = Outbox(receiver.Webhook());
        outbox.Raise([.. Enumerable.Range(0, 50).Select(i => Sample.Threshold($"bud_{i}"))]);
        var dispatcher = Dispatcher(outbox);
        Answer(500);

        await dispatcher.DeliverDueAsync(default);
        Assert.Equal(1, receiver.Count);

        Answer(200);
        clock.Advance(TimeSpan.FromSeconds(5));
        await dispatcher.DeliverDueAsync(default);
        Assert.Equal(51, receiver.Count);
    }

    [Fact]
    public async Task Neither_the_log_nor_the_outbox_has_a_secret_or_a_query()
    {
        using var outbox = Outbox(receiver.Webhook());
        outbox.Raise([Sample.Threshold()]);
        Answer(500);
        var dispatcher = Dispatcher(outbox);
        await dispatcher.DeliverDueAsync(default);
        await receiver.DisposeAsync();
        clock.Advance(TimeSpan.FromHours(1));
        await dispatcher.DeliverDueAsync(default);

        Assert.Equal(2, log.All.Count);
        Assert.Contains("can't connect", log.All[1], StringComparison.Ordinal);
        var kept = string.Concat(log.All) + DeliveryOf(outbox) + receiver.Webhook();
        Assert.DoesNotContain("query-secret", kept, StringComparison.Ordinal);
        Assert.DoesNotContain("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", kept, StringComparison.Ordinal);
        Assert.DoesNotContain("whsec_", kept, StringComparison.Ordinal);
    }

    private static Delivery DeliveryOf(AlertOutbox outbox) => outbox.Newest(null, 1).Single().Deliveries.Single();

    private AlertOutbox Outbox(params WebhookOptions[] webhooks) => AlertOutbox.Open(directory, webhooks, clock);

    private WebhookDispatcher Dispatcher(AlertOutbox outbox) =>
        new(receiver.Webhook(), outbox, sender, clock, new RetryScheduleTests.Even(), log);

    private void Answer(int status) =>
        receiver.Answer = http =>
        {
            http.Response.StatusCode = status;
            return Task.CompletedTask;
        };
}
