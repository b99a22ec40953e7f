using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Time.Testing;
using Purser.Gateway.Alerts;
using Purser.Gateway.Configuration;
using Xunit;

namespace Purser.Gateway.Tests.Alerts;

public sealed class AlertOutboxTests : IDisposable
{
    private readonly string directory = Directory.CreateTempSubdirectory("purser-alerts-").FullName;
    private readonly FakeTimeProvider clock = new(Sample.Noon);

    public void Dispose() => Directory.Delete(directory, recursive: true);

    [Fact]
    public void The_same_alert_is_kept_once_across_restarts()
    {
        using (var outbox = Open(Webhook("ops")))
        {
            Assert.Single(outbox.Raise([Sample.Threshold(), Sample.Threshold()]));
            Assert.Empty(outbox.Raise([Sample.Threshold()]));
        }

        using var again = Open(Webhook("ops"));
        Assert.Equal(["bud_2"], again.Raise([Sample.Threshold(), Sample.Threshold("bud_2")]).Select(alert => alert.BudgetId));
        Assert.Equal(2, again.Head());
        Assert.Equal([2, 1], again.Newest(null, 10).Select(alert => alert.Seq));
        Assert.Equal([1], again.Newest(2, 10).Select(alert => alert.Seq));
        Assert.Equal([2], again.After(1, 10).Select(alert => alert.Seq));
    }

    [Fact]
    public void A_webhook_gets_what_it_asked_for()
    {
        using var outbox = Open(Webhook("all"), Webhook("faults") with { Events = ["purser.ledger.fault"] });
        outbox.Raise([Sample.Threshold()]);
        Assert.Equal(["all"], outbox.Newest(null, 1).Single().Deliveries.Select(delivery => delivery.Webhook));
        Assert.NotNull(outbox.NextDue("all"));
        Assert.Null(outbox.NextDue("faults"));
    }

    [Fact]
    public void What_waits_for_a_webhook_that_went_is_given_up()
    {
        using (var outbox = Open(Webhook("ops"), Webhook("old")))
        {
            outbox.Raise([Sample.Threshold()]);
        }

        using var without = Open(Webhook("ops"));
        Assert.Equal(
            [
                new Delivery("old", DeliveryState.Failed, 0, null, null, null, "the webhook is no longer configured"),
                new Delivery("ops", DeliveryState.Waiting, 0, Sample.Noon, null, null, null),
            ],
            without.Newest(null, 1).Single().Deliveries
        );
    }

    [Fact]
    public void A_file_of_a_newer_version_is_left_alone()
    {
        using (var connection = new SqliteConnection($"Data Source={AlertOutbox.FileIn(directory)};Pooling=False"))
        {
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText = "PRAGMA user_version = 99";
            command.ExecuteNonQuery();
        }

        Assert.Contains("schema 99", Assert.Throws<InvalidDataException>(() => Open()).Message, StringComparison.Ordinal);
    }

    private static WebhookOptions Webhook(string name) =>
        new()
        {
            Name = name,
            Url = new Uri("https://hooks.example.com/"),
            Secrets = [new byte[32]],
        };

    private AlertOutbox Open(params WebhookOptions[] webhooks) => AlertOutbox.Open(directory, webhooks, clock);
}
