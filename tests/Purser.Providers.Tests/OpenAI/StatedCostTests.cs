using System.Globalization;

namespace Purser.Providers.Tests.OpenAI;

public sealed class StatedCostTests
{
    [Theory]
    [InlineData("0.092374", "0.092374")]
    [InlineData("6.5e-05", "0.000065")]
    [InlineData("0", "0")]
    [InlineData("0.0000000000000000000000000001", "0.0000000000000000000000000001")]
    [InlineData("0.00000000000000000000000000001", null)]
    [InlineData("1e400", null)]
    [InlineData("1e99999999999999999999", null)]
    [InlineData("12345678901234567890123456789", null)]
    [InlineData("-0.5", null)]
    [InlineData("\"0.5\"", null)]
    [InlineData("null", null)]
    [InlineData("[0.5]", null)]
    [InlineData("{\"total_cost\":0.006,\"currency\":\"USD\"}", "0.006")]
    public void A_cost_is_read_exactly_or_left_out(string written, string? expected)
    {
        var reading = ProviderCatalog.Chat.Read(
            $$$"""{"choices":[],"usage":{"prompt_tokens":1,"completion_tokens":1,"cost":{{{written}}}}}"""
        );

        Assert.True(reading.HasUsage);
        Assert.Null(reading.Violation);
        Assert.Equal(expected is null ? null : decimal.Parse(expected, CultureInfo.InvariantCulture), reading.ProviderCostUsd);
    }

    [Theory]
    [InlineData("true", "0.02")]
    [InlineData("false", null)]
    public void The_upstreams_cost_counts_where_the_key_is_the_callers_own(string isByok, string? expected)
    {
        var (_, reading) = ProviderCatalog.Chat.Relay(
            """{"model":"m","stream":true}""",
            "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n",
            $$$"""data: {"choices":[],"usage":{"prompt_tokens":1,"completion_tokens":1,"is_byok":{{{isByok}}},"cost":0.001,"cost_details":{"upstream_inference_cost":0.02} } }"""
                + "\n\ndata: [DONE]\n\n"
        );

        Assert.Equal(0.001m, reading.ProviderCostUsd);
        Assert.Equal(expected, reading.UpstreamCostUsd?.ToString(CultureInfo.InvariantCulture));
    }
}
