using Xunit;

namespace Purser.Gateway.Tests.Pipeline;

/// <summary>What a provider says of its own cost is told beside ours, and changes nothing.</summary>
public sealed class ProviderCostTests
{
    private const string Chat = """{"model":"gpt-5-mini","max_tokens":50,"messages":[{"role":"user","content":"hi"}]}""";

    [Fact]
    public async Task The_providers_own_cost_is_kept_beside_ours()
    {
        await using var gateway = await TestGateway.StartAsync();
        var key = await gateway.KeyAsync(0.5m);
        gateway.Upstream.Answer = http =>
            RecordingUpstream.JsonAsync(
                http,
                200,
                RecordingUpstream.ChatAnswer.Replace(
                    "\"usage\":{",
                    "\"usage\":{\"cost\":3.25e-06,\"is_byok\":true,\"cost_details\":{\"upstream_inference_cost\":0.5},",
                    StringComparison.Ordinal
                )
            );

        using var response = await gateway.ChatAsync(key, Chat);
        await gateway.SettledAsync();

        var attempt = (await gateway.ExplainAsync(response))!["attempts"]![0]!;
        Assert.Equal("0.000025000", attempt["cost_usd"]!.GetValue<string>());
        Assert.Equal("0.00000325", attempt["provider_cost_usd"]!.GetValue<string>());
        Assert.Equal("0.5", attempt["provider_upstream_cost_usd"]!.GetValue<string>());
    }
}
