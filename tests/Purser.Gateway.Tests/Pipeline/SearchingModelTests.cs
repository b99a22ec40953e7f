using System.Text.Json.Nodes;
using Purser.Core.Pricing;
using Xunit;

namespace Purser.Gateway.Tests.Pipeline;

/// <summary>
/// Models that search the web for each request: 11 input and 7 output tokens at $1 and $2 per million are 25 µ$, and the search 10,000, 20,000 or
/// 50,000 µ$.
/// </summary>
public sealed class SearchingModelTests
{
    private const string Prices = """
        provider: openai
        fees:
          - models: [searching]
            source: made up for tests
            low_context_request_per_call: 0.01
            medium_context_request_per_call: 0.02
            high_context_request_per_call: 0.05
        models:
          - id: searching
            context_tokens: 8000
            max_output_tokens: 500
            always_searches: true
            default_search_context: medium
            prices: [{ start: unknown, source: made up for tests, input_per_mtok: 1, output_per_mtok: 2 }]
          - id: undecided
            context_tokens: 8000
            max_output_tokens: 500
            prices: [{ start: unknown, source: made up for tests, input_per_mtok: 1, output_per_mtok: 2,
              low_context_request_per_call: 0.01, medium_context_request_per_call: 0.02, high_context_request_per_call: 0.05 }]
          - id: without-a-fee
            context_tokens: 8000
            max_output_tokens: 500
            always_searches: true
            prices: [{ start: unknown, source: made up for tests, input_per_mtok: 1, output_per_mtok: 2 }]
        """;

    private const string Usage = "\"usage\":{\"prompt_tokens\":11,\"completion_tokens\":7,\"total_tokens\":18}";

    [Theory]
    [InlineData("", "0.020025000")]
    [InlineData("\"web_search_options\":null,", "0.020025000")]
    [InlineData("\"web_search_options\":{},", "0.020025000")]
    [InlineData("\"web_search_options\":{\"user_location\":{\"search_context_size\":\"low\"}},", "0.020025000")]
    [InlineData("\"web_search_options\":{\"search_context_size\":null},", "0.020025000")]
    [InlineData("\"web_search_options\":{\"search_context_size\":\"low\"},", "0.010025000")]
    [InlineData("\"web_search_options\":{\"search_context_size\":\"medium\"},", "0.020025000")]
    [InlineData("\"web_search_options\":{\"search_context_size\":\"high\"},", "0.050025000")]
    public async Task The_fee_is_that_of_the_size_that_the_request_names_or_of_the_default(string options, string usd)
    {
        await using var gateway = await StartAsync();
        Answer(gateway, "searching", Usage);

        using var response = await gateway.ChatAsync(await gateway.KeyAsync(1m), Body("searching", options));

        Assert.Equal(200, (int)response.StatusCode);
        await gateway.SettledAsync();
        var attempt = (await gateway.ExplainAsync(response))!["attempts"]![0]!;
        Assert.Equal((usd, false), (attempt["cost_usd"]!.GetValue<string>(), attempt["estimated"]!.GetValue<bool>()));
    }

    [Theory]
    [InlineData("searching", "\"web_search_options\":{\"search_context_size\":\"huge\"},")]
    [InlineData("searching", "\"web_search_options\":{\"search_context_size\":3},")]
    [InlineData("undecided", "\"web_search_options\":{},")]
    [InlineData("undecided", "")]
    public async Task Where_nobody_knows_the_size_the_dearest_fee_is_posted_as_an_estimate(string model, string options)
    {
        await using var gateway = await StartAsync();
        Answer(gateway, model, Usage);

        using var response = await gateway.ChatAsync(await gateway.KeyAsync(1m), Body(model, options));
        await gateway.SettledAsync();

        var attempt = (await gateway.ExplainAsync(response))!["attempts"]![0]!;
        Assert.Equal(("0.050025000", true), (attempt["cost_usd"]!.GetValue<string>(), attempt["estimated"]!.GetValue<bool>()));
    }

    [Fact]
    public async Task A_size_that_the_answer_states_goes_before_the_requests()
    {
        await using var gateway = await StartAsync("perplexity");
        Answer(gateway, "undecided", Usage.Replace("18}", "18,\"search_context_size\":\"low\"}", StringComparison.Ordinal));

        using var response = await gateway.ChatAsync(
            await gateway.KeyAsync(1m),
            Body("undecided", "\"web_search_options\":{\"search_context_size\":\"high\"},")
        );
        await gateway.SettledAsync();

        var attempt = (await gateway.ExplainAsync(response))!["attempts"]![0]!;
        Assert.Equal(("0.010025000", false), (attempt["cost_usd"]!.GetValue<string>(), attempt["estimated"]!.GetValue<bool>()));
    }

    [Theory]
    [InlineData("")]
    [InlineData("\"web_search_options\":{\"search_context_size\":\"low\"},")]
    public async Task The_dearest_fee_is_held_before_and_no_search_besides(string options)
    {
        await using var gateway = await StartAsync();
        Answer(gateway, "searching", Usage);
        var body = Body("searching", options);
        // A token is at least a byte: the body's bytes × 1 µ$ + 100 × 2 µ$ + $0.05.
        var ceiling = (body.Length + 200 + 50_000) * 0.000001m;

        using var response = await gateway.ChatAsync(await gateway.KeyAsync(1m), body);
        await gateway.SettledAsync();

        var attempt = (await gateway.ExplainAsync(response))!["attempts"]![0]!;
        Assert.Equal(ceiling, decimal.Parse(attempt["ceiling_usd"]!.GetValue<string>(), System.Globalization.CultureInfo.InvariantCulture));
    }

    [Fact]
    public async Task What_the_fee_does_not_fit_into_is_refused_and_nothing_is_sent()
    {
        await using var gateway = await StartAsync();

        using var refused = await gateway.ChatAsync(await gateway.KeyAsync(0.05m), Body("searching", ""));

        Assert.Equal(402, (int)refused.StatusCode);
        Assert.Empty(gateway.Upstream.Requests);
    }

    [Theory]
    [InlineData("")]
    [InlineData("\"web_search_options\":{},")]
    public async Task Without_a_known_fee_nothing_is_sent(string options)
    {
        await using var gateway = await StartAsync();

        using var refused = await gateway.ChatAsync(await gateway.KeyAsync(1m), Body("without-a-fee", options));

        var error = JsonNode.Parse(await refused.Content.ReadAsStringAsync())!["error"]!;
        Assert.Equal("model_not_priced", error["code"]!.GetValue<string>());
        Assert.Contains("always searches the web", error["message"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Empty(gateway.Upstream.Requests);
    }

    [Fact]
    public async Task A_stream_that_is_cut_has_the_fee_too()
    {
        await using var gateway = await StartAsync();
        gateway.Upstream.Answer = http =>
            RecordingUpstream.EventsAsync(
                http,
                "data: {\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"model\":\"searching\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"he\"}}]}\n\n"
            );

        using var response = await gateway.ChatAsync(await gateway.KeyAsync(1m), Body("searching", "\"stream\":true,"));
        await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        await gateway.SettledAsync();

        var attempt = (await gateway.ExplainAsync(response))!["attempts"]![0]!;
        Assert.True(attempt["estimated"]!.GetValue<bool>());
        var cost = decimal.Parse(attempt["cost_usd"]!.GetValue<string>(), System.Globalization.CultureInfo.InvariantCulture);
        Assert.InRange(cost, 0.02m, 0.021m);
    }

    [Fact]
    public async Task What_is_refused_with_an_error_has_no_fee()
    {
        await using var gateway = await StartAsync();
        gateway.Upstream.Answer = http => RecordingUpstream.JsonAsync(http, 400, """{"error":{"message":"no"}}""");

        using var response = await gateway.ChatAsync(await gateway.KeyAsync(1m), Body("searching", ""));
        await gateway.SettledAsync();

        Assert.Equal("0.000000000", (await gateway.ExplainAsync(response))!["attempts"]![0]!["cost_usd"]!.GetValue<string>());
    }

    [Theory]
    [InlineData("\"search_context_size\":\"low\",\"search_context_size\":\"high\"")]
    [InlineData("\"search_context_size\":\"low\",\"Search_Context_Size\":\"high\"")]
    [InlineData("\"SEARCH_CONTEXT_SIZE\":\"low\"")]
    public async Task A_size_that_is_there_twice_or_spelt_otherwise_is_refused(string options)
    {
        await using var gateway = await StartAsync();

        using var refused = await gateway.ChatAsync(
            await gateway.KeyAsync(1m),
            Body("searching", $"\"web_search_options\":{{{options}}},")
        );

        Assert.Equal(400, (int)refused.StatusCode);
        Assert.Empty(gateway.Upstream.Requests);
    }

    private static void Answer(TestGateway gateway, string model, string usage) =>
        gateway.Upstream.Answer = http =>
            RecordingUpstream.JsonAsync(
                http,
                200,
                $$"""{"id":"c","object":"chat.completion","model":"{{model}}","choices":[{"index":0,"message":{"role":"assistant","content":"x"},"finish_reason":"stop"}],{{usage}}}"""
            );

    private static Task<TestGateway> StartAsync(string api = "openai") =>
        TestGateway.StartAsync(
            provider =>
                provider.Models is null
                    ? provider
                    : provider with
                    {
                        Api = api,
                        Models = [.. provider.Models, "searching", "undecided", "without-a-fee"],
                    },
            options => options with { PriceFiles = [.. options.PriceFiles, new PriceFile("searching.yml", Prices)] }
        );

    private static string Body(string model, string members) =>
        $$"""{"model":"{{model}}",{{members}}"max_tokens":100,"messages":[{"role":"user","content":"hi"}]}""";
}
