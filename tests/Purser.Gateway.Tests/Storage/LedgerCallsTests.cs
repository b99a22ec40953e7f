using Purser.Core.Ledger;
using Purser.Core.Usage;
using Purser.Gateway.Storage;
using Xunit;

namespace Purser.Gateway.Tests.Storage;

public sealed class LedgerCallsTests
{
    private static readonly Route Claude = new(
        "anthropic.messages",
        "opus",
        "anthropic",
        "claude-opus-5",
        "anthropic/claude-opus-5@unknown",
        "1"
    );

    [Fact]
    public async Task Calls_are_read_beside_a_running_gateway_with_what_they_used()
    {
        await using var fixture = await StoreFixture.CreateAsync();
        var attempt = fixture.NextAttempt();
        await fixture.ReserveAsync(attempt, 50, fixture.Subject(session: "s1"), Claude);
        var usage = new TokenUsage
        {
            [UsageClass.Input] = 7,
            [UsageClass.CacheRead] = 5,
            [UsageClass.Output] = 3,
        };
        await fixture.PostAsync(
            attempt,
            20,
            known => known with { Usage = usage, ProviderRequestId = "req_9", Detail = """{"service_tier":"priority","speed":"fast"}""" }
        );
        // Nothing was used.
        await fixture.ReserveAsync(fixture.NextAttempt(), 1);
        // A report, which waits until all that was posted is among the events.
        Assert.Equal(1, fixture.Number("SELECT COUNT(*) FROM usage_events"));

        var call = Assert.Single(LedgerCalls.Read(fixture.Directory));

        Assert.Equal((attempt.RequestName, "s1", "anthropic", "claude-opus-5"), (call.Request, call.Run, call.Provider, call.Model));
        Assert.Equal(("req_9", usage, fixture.Clock.GetUtcNow()), (call.ProviderRequestId, call.Usage, call.At));
        Assert.Equal(("priority", null, "fast"), (call.Terms.ServiceTier, call.Terms.InferenceGeo, call.Terms.Speed));
    }

    [Fact]
    public void A_folder_without_a_ledger_says_so()
    {
        var folder = Directory.CreateTempSubdirectory("purser-");
        try
        {
            Assert.Throws<FileNotFoundException>(() => LedgerCalls.Read(folder.FullName));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
