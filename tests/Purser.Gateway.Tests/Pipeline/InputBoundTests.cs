using System.Text.Json.Nodes;
using Xunit;

namespace Purser.Gateway.Tests.Pipeline;

/// <summary>
/// A prompt of 20,000 bytes and about 4,000 tokens, with 100 tokens of output. At $1 and $2 per million it needs $0.0202 by its bytes, and no more
/// than $0.006 by its tokens.
/// </summary>
public sealed class InputBoundTests
{
    private static readonly string Text = string.Concat(Enumerable.Repeat("All the books are kept in order here. ", 20_000 / 38));

    private static string Chat(string model = "gpt-5-mini", string more = "") =>
        $$"""{"model":"{{model}}","max_tokens":100,"messages":[{"role":"user","content":"{{Text}}"}]{{more}}}""";

    [Theory]
    [InlineData("/v1/chat/completions")]
    [InlineData("/v1/responses")]
    public async Task A_prompt_whose_bytes_dont_fit_is_admitted_by_its_tokens(string path)
    {
        await using var gateway = await TestGateway.StartAsync();
        var key = await gateway.KeyAsync(0.01m);
        var body =
            path == "/v1/responses"
                ? $$"""{"model":"gpt-5-mini","max_output_tokens":100,"instructions":"Read.","input":"{{Text}}"}"""
                : Chat();

        using var response = await gateway.PostAsync(path, body, ("Authorization", $"Bearer {key}"));

        Assert.Equal(200, (int)response.StatusCode);
        await gateway.SettledAsync();
        var candidate = (await gateway.ExplainAsync(response))!["candidates"]![0]!;
        Assert.InRange(candidate["max_input_tokens"]!.GetValue<long>(), 4_000, 6_000);
    }

    [Fact]
    public async Task A_prompt_whose_bytes_fit_isnt_tokenized()
    {
        await using var gateway = await TestGateway.StartAsync();
        var key = await gateway.KeyAsync(0.03m);

        using var response = await gateway.ChatAsync(key, Chat());

        await gateway.SettledAsync();
        var candidate = (await gateway.ExplainAsync(response))!["candidates"]![0]!;
        Assert.Equal(Chat().Length, candidate["max_input_tokens"]!.GetValue<long>());
    }

    [Theory]
    // Too little for the tokens as well; a picture, whose tokens nobody knows; a model whose tokenizer nobody knows.
    [InlineData(0.003, "gpt-5-mini", "")]
    [InlineData(0.01, "gpt-5-mini", """,{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/png;base64,AA"}}]}""")]
    [InlineData(0.01, "other-model", "")]
    public async Task A_prompt_that_doesnt_fit_or_isnt_known_is_refused(double budget, string model, string message)
    {
        await using var gateway = await TestGateway.StartAsync(
            provider => provider with { Models = ["gpt-5-mini", "other-model"] },
            options =>
                options with
                {
                    PriceFiles =
                    [
                        new(
                            "openai.yml",
                            TestGateway.Prices
                                + "\n"
                                + TestGateway
                                    .Prices[TestGateway.Prices.IndexOf("  - id", StringComparison.Ordinal)..]
                                    .Replace("gpt-5-mini", "other-model", StringComparison.Ordinal)
                        ),
                        new("anthropic.yml", TestGateway.AnthropicPrices),
                    ],
                }
        );
        var key = await gateway.KeyAsync((decimal)budget);
        var body = Chat(model).Replace("}]}", "}" + message + "]}", StringComparison.Ordinal);
        Assert.NotNull(JsonNode.Parse(body));

        using var response = await gateway.ChatAsync(key, body);

        Assert.Equal(402, (int)response.StatusCode);
        Assert.Empty(gateway.Upstream.Requests);
    }
}
