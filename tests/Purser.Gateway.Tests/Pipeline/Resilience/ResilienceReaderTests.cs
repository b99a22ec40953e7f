using Purser.Gateway.Configuration;
using Xunit;

namespace Purser.Gateway.Tests.Pipeline.Resilience;

public sealed class ResilienceReaderTests
{
    [Fact]
    public void Without_options_the_defaults_hold()
    {
        var file = Parse("");

        Assert.Empty(file.Errors);
        Assert.Equal(new ResilienceOptions(), file.Providers[0].Resilience);
        Assert.Equal((Balance.Order, (long?)null), (file.Balance, file.TotalTimeoutSeconds));
    }

    [Fact]
    public void Options_are_read()
    {
        var file = Parse(
            """
                attempt_timeout_seconds: 1800
                first_token_timeout_seconds: 30
                retries: 0
                retry_wait_seconds: 20
                retry_broken: never
                max_concurrency: 50
                max_concurrency_per_key: 5
                hedge_after_seconds: 8
                queue_wait_seconds: 0
                weight: 3
                break_after: 0
                break_seconds: 60
            balance: least-loaded
            total_timeout_seconds: 120
            """
        );

        Assert.Empty(file.Errors);
        Assert.Equal(
            new ResilienceOptions
            {
                AttemptTimeout = TimeSpan.FromMinutes(30),
                FirstTokenTimeout = TimeSpan.FromSeconds(30),
                Retries = 0,
                RetryWait = TimeSpan.FromSeconds(20),
                RetryBroken = RetryBroken.Never,
                MaxConcurrency = 50,
                MaxConcurrencyPerKey = 5,
                HedgeAfter = TimeSpan.FromSeconds(8),
                QueueWait = TimeSpan.Zero,
                Weight = 3,
                BreakAfter = 0,
                BreakTime = TimeSpan.FromSeconds(60),
            },
            file.Providers[0].Resilience
        );
        Assert.Equal((Balance.LeastLoaded, 120L), (file.Balance, file.TotalTimeoutSeconds!.Value));
    }

    [Theory]
    [InlineData("retries: 11", "'retries' must be a whole number from 0 to 10.")]
    [InlineData("break_after: 1", "'break_after' can't be 1: one failure says nothing. 0 switches it off.")]
    [InlineData("retry_broken: sometimes", "'retry_broken' can't be 'sometimes'. (one of streams, always, never)")]
    [InlineData("weigth: 3", "'weigth' isn't known here. (did you mean 'weight'?)")]
    public void What_is_wrong_is_said(string option, string error) =>
        Assert.EndsWith(error, Assert.Single(Parse("    " + option).Errors).ToString(), StringComparison.Ordinal);

    private static ConfigurationFile Parse(string options) =>
        ConfigurationFile.Parse("purser.yml", $"providers:\n  - name: openai\n    api_key: k\n{options}\n", _ => null);
}
