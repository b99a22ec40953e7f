using System.Text.Json.Nodes;
using Purser.Core.Pricing;
using Xunit;

namespace Purser.Gateway.Tests.Pipeline;

/// <summary>The model that the answer names is the one that's priced. 11 input and 7 output tokens at $1 and $2, or $10 and $20.</summary>
public sealed class ServedModelTests
{
    private const string Chat = """{"model":"gpt-5-mini","max_tokens":50,"messages":[{"role":"user","content":"hi"}]}""";

    private const string Dear = """
        provider: openai
        models:
          - id: gpt-5-dear
            prices:
              - start: unknown
                source: made up for tests
                input_per_mtok: 10
                output_per_mtok: 20
        """;

    private const string WithFee = """
        provider: openai
        models:
          - id: gpt-5-fee
            context_tokens: 1000
            max_output_tokens: 100
            prices:
              - start: unknown
                source: made up for tests
                input_per_mtok: 1
                output_per_mtok: 2
                request_per_call: 0.005
        """;

    [Theory]
    [InlineData("\"prompt_tokens\":11,\"completion_tokens\":7,\"total_tokens\":18", "0.005025000")] // 11 × 1 + 7 × 2 = 25 µ$
    [InlineData("\"prompt_tokens\":0,\"completion_tokens\":0,\"total_tokens\":0", "0.005000000")]
    public async Task The_fee_of_a_request_is_charged_once_even_without_a_token(string usage, string usd)
    {
        await using var gateway = await TestGateway.StartAsync(
            provider => provider.Models is null ? provider : provider with { Models = [.. provider.Models, "gpt-5-fee"] },
            options => options with { PriceFiles = [.. options.PriceFiles, new PriceFile("fee.yml", WithFee)] }
        );
        var key = await gateway.KeyAsync(0.5m);
        gateway.Upstream.Answer = http =>
            RecordingUpstream.JsonAsync(
                http,
                200,
                $$$"""{"id":"c","object":"chat.completion","created":1,"model":"gpt-5-fee","choices":[{"index":0,"message":{"role":"assistant","content":"x"},"finish_reason":"stop"}],"usage":{ {{{usage}}} }}"""
            );

        using var response = await gateway.ChatAsync(key, Chat.Replace("gpt-5-mini", "gpt-5-fee", StringComparison.Ordinal));
        await gateway.SettledAsync();

        var attempt = (await gateway.ExplainAsync(response))!["attempts"]![0]!;
        Assert.Equal(usd, attempt["cost_usd"]!.GetValue<string>());
    }

    [Theory]
    [InlineData("gpt-5-mini", "0.000025000", null)]
    [InlineData("gpt-5-mini-2025-08-07", "0.000025000", "openai/gpt-5-mini@unknown")] // the same model by its dated name
    [InlineData("gpt-5-dear", "0.000250000", "openai/gpt-5-dear@unknown")]
    [InlineData("/models/mini.gguf", "0.000025000", "openai/gpt-5-mini@unknown")] // no name of the price book's
    public async Task An_answer_is_priced_by_the_model_that_it_names(string served, string usd, string? entry)
    {
        await using var gateway = await TestGateway.StartAsync(
            provider => provider.Models is null ? provider : provider with { Models = [.. provider.Models, "gpt-5-dear"] },
            options => options with { PriceFiles = [.. options.PriceFiles, new PriceFile("dear.yml", Dear)] }
        );
        var key = await gateway.KeyAsync(0.5m);
        gateway.Upstream.Answer = http =>
            RecordingUpstream.JsonAsync(
                http,
                200,
                RecordingUpstream.ChatAnswer.Replace("gpt-5-mini-2025-08-07", served, StringComparison.Ordinal)
            );

        using var response = await gateway.ChatAsync(key, Chat);
        await gateway.SettledAsync();

        var attempt = (await gateway.ExplainAsync(response))!["attempts"]![0]!;
        Assert.Equal(usd, attempt["cost_usd"]!.GetValue<string>());
        Assert.Equal(served, attempt["model_served"]!.GetValue<string>());
        var rows = (await gateway.AdminAsync(HttpMethod.Get, "/reports/served"))!["data"]!.AsArray();
        if (entry is null)
        {
            Assert.Empty(rows);
            return;
        }

        var expected = new JsonObject
        {
            ["provider"] = "openai",
            ["model"] = "gpt-5-mini",
            ["model_served"] = served,
            ["price_entry"] = entry,
            ["requests"] = 1,
            ["cost_usd"] = usd,
        };
        Assert.True(JsonNode.DeepEquals(expected, Assert.Single(rows)), rows.ToJsonString());
    }
}
