using YamlDotNet.RepresentationModel;

namespace Purser.Gateway.Configuration;

/// <summary>Reads what a provider's mapping in <c>purser.yml</c> says about time-outs, retries and load.</summary>
internal static class ResilienceReader
{
    /// <summary>The keys that it reads.</summary>
    public static IReadOnlyList<string> Keys { get; } =
    [
        "attempt_timeout_seconds",
        "first_token_timeout_seconds",
        "retries",
        "retry_wait_seconds",
        "retry_broken",
        "max_concurrency",
        "max_concurrency_per_key",
        "queue_wait_seconds",
        "hedge_after_seconds",
        "weight",
        "break_after",
        "break_seconds",
    ];

    /// <summary>Reads a provider's options; what is wrong is noted, and stands at its default.</summary>
    public static ResilienceOptions Read(YamlReader yaml, YamlMappingNode provider)
    {
        var usual = new ResilienceOptions();
        return new ResilienceOptions
        {
            AttemptTimeout = Seconds("attempt_timeout_seconds", 1, 86_400),
            FirstTokenTimeout = Seconds("first_token_timeout_seconds", 1, 3_600),
            Retries = (int?)yaml.Number(provider, "retries", 0, 10) ?? usual.Retries,
            RetryWait = Seconds("retry_wait_seconds", 0, 600) ?? usual.RetryWait,
            RetryBroken = yaml.Choice(
                provider,
                "retry_broken",
                [("streams", RetryBroken.Streams), ("always", RetryBroken.Always), ("never", RetryBroken.Never)]
            ),
            MaxConcurrency = (int?)yaml.Number(provider, "max_concurrency", 1, 100_000),
            MaxConcurrencyPerKey = (int?)yaml.Number(provider, "max_concurrency_per_key", 1, 100_000),
            QueueWait = Seconds("queue_wait_seconds", 0, 600) ?? usual.QueueWait,
            HedgeAfter = Seconds("hedge_after_seconds", 1, 3_600),
            Weight = (int?)yaml.Number(provider, "weight", 1, 1_000),
            BreakAfter = BreakAfter() ?? usual.BreakAfter,
            BreakTime = Seconds("break_seconds", 1, 600) ?? usual.BreakTime,
        };

        TimeSpan? Seconds(string key, long least, long most) =>
            yaml.Number(provider, key, least, most) is { } seconds ? TimeSpan.FromSeconds(seconds) : null;

        int? BreakAfter()
        {
            var attempts = (int?)yaml.Number(provider, "break_after", 0, 10_000);
            if (attempts == 1)
            {
                yaml.Error(provider["break_after"], "'break_after' can't be 1: one failure says nothing. 0 switches it off.");
            }

            return attempts == 1 ? null : attempts;
        }
    }
}
