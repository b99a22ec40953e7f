using System.Collections.Frozen;
using Microsoft.Extensions.Logging.Abstractions;
using Purser.Gateway.Alerts;
using Purser.Gateway.Batches;
using Purser.Gateway.Objects;
using Purser.Gateway.Pipeline;
using Purser.Gateway.Tests.Alerts;
using Purser.Gateway.Tests.Storage;
using Xunit;

namespace Purser.Gateway.Tests.Batches;

/// <summary>What becomes of a batch that can't be settled.</summary>
public sealed class BatchWatchTests
{
    [Fact]
    public async Task A_batch_that_can_not_be_settled_for_an_hour_is_told_of_once_a_day()
    {
        await using var fixture = await StoreFixture.CreateAsync();
        var (clock, objects) = (fixture.Clock, new OwnedObjects(fixture.Store, fixture.Clock));
        await using var center = AlertCenter.Start(fixture.Directory, [], clock, new LogLines());
        var (alerts, upstream) = (new RequestAlerts(center, clock), new BatchUpstream(clock));
        var (catalog, _, _) = CatalogBuilder.Build(new() { PriceFiles = BatchGateway.Prices });
        var settlement = new BatchSettlement(fixture.Store, catalog, upstream, null, alerts, clock);
        // Its provider was taken out of the configuration.
        await using var watch = new BatchWatch(
            FrozenDictionary<string, Provider>.Empty,
            objects,
            settlement,
            upstream,
            TimeSpan.FromMinutes(5),
            alerts,
            clock,
            NullLogger<BatchWatch>.Instance
        );
        watch.Add(
            new OwnedObject(OwnedKind.Batch, "batch_1", "openai")
            {
                Credential = "config",
                KeyId = fixture.Key.Id,
                AccountId = fixture.Key.Subject.Accounts[0].Id,
                CreatedAt = clock.GetUtcNow(),
                IsOpen = true,
            }
        );
        watch.Start();

        await AdvanceAsync(clock.GetUtcNow() + BatchWatch.LongestTrouble - TimeSpan.FromMinutes(1));
        Assert.Empty(center.Newest(null, 10));
        // The watch runs beside: it may look later than the clock says.
        for (var end = clock.GetUtcNow().AddHours(8); clock.GetUtcNow() < end && center.Newest(null, 10).Count == 0; )
        {
            await AdvanceAsync(clock.GetUtcNow().AddMinutes(1));
        }

        var alert = Assert.Single(center.Newest(null, 10));
        Assert.Equal("purser.batch.unsettled", alert.Type);
        Assert.Contains("batch_1 at openai", alert.Payload, StringComparison.Ordinal);

        async Task AdvanceAsync(DateTimeOffset end)
        {
            using var pace = new PeriodicTimer(TimeSpan.FromMilliseconds(1));
            while (clock.GetUtcNow() < end)
            {
                clock.Advance(TimeSpan.FromSeconds(10));
                await pace.WaitForNextTickAsync();
            }
        }
    }
}
