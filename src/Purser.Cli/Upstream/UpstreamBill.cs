using Purser.Core.Pricing;

namespace Purser.Cli.Upstream;

/// <summary>The sum of what an upstream billed, read as it grows.</summary>
internal sealed class UpstreamBill(UpstreamRecord record, UpstreamPrices prices)
{
    private long since;

    /// <summary>How many requests reached the upstream and were finished there.</summary>
    public long Requests { get; private set; }

    /// <summary>How many of them the client, which is the gateway, left before their end.</summary>
    public long Cut { get; private set; }

    /// <summary>What they were billed.</summary>
    public Money Billed { get; private set; }

    /// <summary>Adds what was finished since the last time.</summary>
    /// <exception cref="CliException">Something billed has no price.</exception>
    public async Task ReadAsync(CancellationToken cancellationToken)
    {
        await foreach (var call in record.CallsAsync(since, cancellationToken))
        {
            since = call.Seq;
            Requests++;
            Cut += call.Outcome == "client_closed" ? 1 : 0;
            Billed +=
                prices.Cost(call)
                ?? throw CliException.Failed(
                    $"the upstream billed for the model '{call.Model}', which has no price",
                    "The gateway renames models: say what it costs with --input-usd-per-million and --output-usd-per-million."
                );
        }
    }
}
