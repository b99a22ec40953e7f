using Xunit;

namespace Purser.Clients.Tests;

/// <summary>One client's use of Purser under a key of its own, and the check of what it was billed.</summary>
internal sealed record ClientSession(PurserProcess Purser, SimulatorProcess Simulator, string Team, string Key, string Home, long StartSeq)
{
    /// <summary>The base URL for clients of the OpenAI API.</summary>
    public string OpenAIBaseUrl => $"{AnthropicBaseUrl}/v1";

    /// <summary>The base URL for clients of the Anthropic API.</summary>
    public string AnthropicBaseUrl => Purser.Address.GetLeftPart(UriPartial.Authority);

    /// <summary>
    /// Whether the ledger has exactly what the simulator billed during this session: each request's tokens class by class, its cost to the
    /// nano-dollar, and their sum in the report.
    /// </summary>
    /// <param name="requests">How many requests the client made; 0 for at least one.</param>
    /// <param name="costHeaders">The <c>x-purser-cost-usd</c> that the client saw, where it could.</param>
    public Task IsBilledExactlyAsync(int requests, params string?[] costHeaders) =>
        IsBilledExactlyAsync(requests, mayBeRefused: false, costHeaders);

    /// <summary>The same of a client that tries what it may ask for: refusals cost nothing, and are no requests in the report.</summary>
    public Task IsBilledExactlyButRefusalsAsync() => IsBilledExactlyAsync(0, mayBeRefused: true, []);

    private async Task IsBilledExactlyAsync(int requests, bool mayBeRefused, string?[] costHeaders)
    {
        var billed = await Simulator.BilledAfterAsync(StartSeq);
        Assert.NotEmpty(billed);
        if (requests > 0)
        {
            Assert.Equal(requests, billed.Count);
        }

        var all = await Purser.EventsAsync(Team, billed.Count);
        var events = all.Where(line => !mayBeRefused || line.GetProperty("outcome").GetString() != "refused").ToList();
        Assert.All(events, line => Assert.Equal("completed", line.GetProperty("outcome").GetString()));
        Assert.Equal(
            billed.Select(bill => (bill.Model, bill.Tokens, bill.CostNanos)).OrderBy(bill => bill.ToString()),
            events
                .Select(line =>
                    (
                        line.GetProperty("model_requested").GetString()!,
                        TokensUsed.Read(line.GetProperty("usage")),
                        PurserProcess.Nanos(line.GetProperty("cost_usd").GetString())
                    )
                )
                .OrderBy(line => line.ToString())
        );
        foreach (var header in costHeaders)
        {
            Assert.Contains(PurserProcess.Nanos(header), billed.Select(bill => bill.CostNanos));
        }

        var spend = await Purser.SpendAsync(Team);
        Assert.Equal(billed.Count, spend.GetProperty("requests").GetInt64());
        Assert.Equal(billed.Sum(bill => bill.CostNanos), PurserProcess.Nanos(spend.GetProperty("cost_usd").GetString()));
    }
}
