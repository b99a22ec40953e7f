using System.Text.Json;
using Purser.Core.Pricing;
using Purser.Core.Pricing.Import;
using Xunit;

namespace Purser.Core.Tests.Pricing.Import;

public sealed class PriceTableTests
{
    private const string LiteLlm = """
        {
          "xai/grok-9": {
            "litellm_provider": "xai", "max_input_tokens": 200000, "max_output_tokens": 30000, "supports_reasoning": true,
            "input_cost_per_token": 1.1e-06, "output_cost_per_token": 3e-06, "cache_read_input_token_cost": 2.75e-07,
            "input_cost_per_token_above_128k_tokens": 2.2e-06, "output_cost_per_token_above_128k_tokens": 6e-06,
            "input_cost_per_token_batches": 5.5e-07, "output_cost_per_token_batches": 1.5e-06,
            "input_cost_per_token_priority": 5e-06,
            "search_context_cost_per_query": {"search_context_size_low": 0.01, "search_context_size_high": 0.01},
            "input_cost_per_image": 0.0048
          },
          "grok-9": {"litellm_provider": "xai", "input_cost_per_token": 7e-06, "output_cost_per_token": 9e-06},
          "xai/grok-search": {"litellm_provider": "xai", "input_cost_per_token": 1e-06, "output_cost_per_second": 1, "input_cost_per_request": 0.00000000005},
          "gpt-4o": {"litellm_provider": "openai", "input_cost_per_token": 2.5e-06, "output_cost_per_token": 1e-05}
        }
        """;

    [Fact]
    public void LiteLlm_rates_are_exact_decimals_per_million_with_their_tiers()
    {
        var table = Read(PriceTableKind.LiteLlm, LiteLlm, "x-ai");

        var model = Assert.Single(table.Models);
        Assert.Equal("grok-9", model.Id);
        Assert.Equal((230_000L, 30_000L, true), (model.ContextTokens, model.MaxOutputTokens, model.Reasoning));
        // 1.1e-06 dollars a token, a million times, is 1.1: as a double it would be 1.0999999999999999.
        Assert.Equal(
            [
                "input_per_mtok 1.1",
                "cache_read_per_mtok 0.275",
                "output_per_mtok 3",
                "web_search_per_call 0.01",
                "above 128000 input_per_mtok 2.2",
                "above 128000 output_per_mtok 6",
                "above 128000 web_search_per_call 0.01",
                "batch input_per_mtok 0.55",
                "batch output_per_mtok 1.5",
                "batch web_search_per_call 0.01",
            ],
            Rates(Assert.Single(model.Prices))
        );
    }

    [Fact]
    public void What_cannot_be_carried_over_is_refused_by_name()
    {
        var refused = Read(PriceTableKind.LiteLlm, LiteLlm, "x-ai")
            .Refused.Select(figure => (figure.Model, figure.Figure, figure.WholeModel));

        Assert.Equal(
            [
                ("grok-9", "input_cost_per_image", false),
                ("grok-9", "tier priority", false),
                ("grok-9", "id", true),
                ("grok-search", "output_cost_per_second", false),
                ("grok-search", "input_cost_per_request", false),
                ("grok-search", "input_cost_per_request", true),
            ],
            refused
        );
    }

    [Fact]
    public void Genai_prices_gives_start_dates_thresholds_and_exact_names()
    {
        var table = Read(
            PriceTableKind.GenaiPrices,
            """
            [{"id": "zai", "models": [{
              "id": "glm-9",
              "match": {"or": [{"equals": "GLM-9"}, {"starts_with": "glm-9-"}]},
              "prices": [
                {"prices": {"input_mtok": {"base": 1.25, "tiers": [{"start": 200000, "price": 2.5}]}, "output_mtok": 10, "web_searches_kcount": 14}},
                {"constraint": {"start_date": "2026-09-01"}, "prices": {"input_mtok": 2, "output_mtok": 12}}
              ]}]}]
            """,
            "zai"
        );

        var model = Assert.Single(table.Models);
        Assert.Equal(["GLM-9"], model.Aliases);
        Assert.Equal(["zai/glm-9@unknown", "zai/glm-9@2026-09-01"], model.Prices.Select(price => price.Entry));
        Assert.Equal(model.Prices[1].Start, model.Prices[0].End);
        // The output rate has no threshold: it holds at every length. Fourteen dollars a thousand searches are 0.014 a search.
        Assert.Equal(
            [
                "input_per_mtok 1.25",
                "output_per_mtok 10",
                "web_search_per_call 0.014",
                "above 200000 input_per_mtok 2.5",
                "above 200000 output_per_mtok 10",
                "above 200000 web_search_per_call 0.014",
            ],
            Rates(model.Prices[0])
        );
        Assert.Equal([("glm-9", "match starts_with glm-9-")], table.Refused.Select(figure => (figure.Model, figure.Figure)));
    }

    [Theory]
    // Worked by hand from LiteLLM's units: a token, a request, a second, a character, a page.
    [InlineData(
        """{"mode": "chat", "input_cost_per_token": 2e-06, "citation_cost_per_token": 2e-06, "search_context_cost_per_query": {"search_context_size_high": 0.014, "search_context_size_low": 0.006, "search_context_size_medium": 0.01}}""",
        "input_per_mtok 2|citation_per_mtok 2|low_context_request_per_call 0.006|medium_context_request_per_call 0.01|high_context_request_per_call 0.014"
    )]
    [InlineData(
        """{"mode": "chat", "input_cost_per_token": 1e-06, "input_cost_per_request": 0.005}""",
        "input_per_mtok 1|request_per_call 0.005"
    )]
    [InlineData("""{"mode": "rerank", "input_cost_per_query": 0.002}""", "search_unit_per_call 0.002")]
    [InlineData(
        """{"mode": "ocr", "ocr_cost_per_page": 0.004, "annotation_cost_per_page": 0.005}""",
        "ocr_per_page 0.004|annotation_per_page 0.005"
    )]
    [InlineData("""{"mode": "audio_transcription", "input_cost_per_second": 0.0002833333333333333}""", "audio_input_per_hour 1.02")]
    [InlineData("""{"mode": "audio_speech", "input_cost_per_character": 1.5e-05}""", "speech_per_mchar 15")]
    [InlineData("""{"mode": "image_generation", "output_cost_per_image": 0.04}""", "generated_image_per_image 0.04")]
    [InlineData(
        """{"mode": "embedding", "input_cost_per_token": 1e-07, "input_cost_per_image": 0.0001}""",
        "input_per_mtok 0.1|input_image_per_image 0.0001"
    )]
    [InlineData(
        """{"code_interpreter_cost_per_session": 0.03, "input_cost_per_token": 1e-06}""",
        "input_per_mtok 1|container_per_session 0.03"
    )]
    public void LiteLlm_has_rates_that_are_not_by_the_token(string figures, string rates)
    {
        var json = $$"""{"perplexity/m": {"litellm_provider": "perplexity", {{figures[1..]}}}""";

        var table = Read(PriceTableKind.LiteLlm, json, "perplexity");

        Assert.Equal(rates.Split('|'), Rates(Assert.Single(Assert.Single(table.Models).Prices)));
    }

    [Fact]
    public void Genai_prices_has_rates_that_are_not_by_the_token()
    {
        const string Prices =
            """{"input_mtok": 2, "output_citation_mtok": 2, "input_video_mtok": 12, "output_video_mtok": 17.5, "requests_kcount": 12, "rerank_searches_kcount": 2, "storage_searches_kcount": 2.5, "social_searches_kcount": 5, "code_executions_kcount": 30}""";
        var json = $$"""[{"id": "zai", "models": [{"id": "m", "match": {"equals": "m"}, "prices": {{Prices}} }]}]""";

        var table = Read(PriceTableKind.GenaiPrices, json, "zai");

        Assert.Equal(
            [
                "input_per_mtok 2",
                "video_input_per_mtok 12",
                "video_output_per_mtok 17.5",
                "citation_per_mtok 2",
                "request_per_call 0.012",
                "file_search_per_call 0.0025",
                "x_search_per_call 0.005",
                "code_execution_per_call 0.03",
                "search_unit_per_call 0.002",
            ],
            Rates(Assert.Single(Assert.Single(table.Models).Prices))
        );
    }

    [Theory]
    [InlineData("""{"input_mtok": 1, "output_mtok": 1, "input_text_messages_kcount": 12}""", "input_text_messages_kcount")]
    [InlineData("""{"input_mtok": 1, "output_text_citation_mtok": 2}""", "output_text_citation_mtok")]
    [InlineData("{}", "prices")]
    [InlineData("""[{"constraint": {"start_time": "00:30:00Z", "end_time": "16:30:00Z"}, "prices": {"input_mtok": 1}}]""", "constraint")]
    public void A_price_that_would_be_too_low_refuses_the_model(string prices, string figure)
    {
        var json = $$"""[{"id": "zai", "models": [{"id": "m", "match": {"equals": "m"}, "prices": {{prices}} }]}]""";

        var table = Read(PriceTableKind.GenaiPrices, json, "zai");

        Assert.Empty(table.Models);
        Assert.Contains(table.Refused, refused => refused.Figure == figure && refused.WholeModel);
    }

    [Fact]
    public void OpenRouter_texts_lose_their_binary_noise_and_nothing_else()
    {
        var table = Read(
            PriceTableKind.OpenRouter,
            """
            {"data": [
              {"id": "a/b", "canonical_slug": "a/b-20260101", "context_length": 1000, "top_provider": {"max_completion_tokens": 100},
               "pricing": {"prompt": "0.0000001", "completion": "0.0000006000000000000001", "input_cache_write": "0.00000008333333333333334",
                 "image": "0.00005", "overrides": [{"min_prompt_tokens": 272000, "prompt": "0.0000002"}]}},
              {"id": "a/free", "pricing": {"prompt": "0", "completion": "0"}},
              {"id": "a/auto", "pricing": {"prompt": "-1", "completion": "-1"}}
            ]}
            """,
            "openrouter"
        );

        var model = Assert.Single(table.Models);
        Assert.Equal(["a/b-20260101"], model.Aliases);
        Assert.Equal(
            ["input_per_mtok 0.1", "output_per_mtok 0.6", "above 272000 input_per_mtok 0.2", "above 272000 output_per_mtok 0.6"],
            Rates(Assert.Single(model.Prices))
        );
        Assert.Equal(
            [
                "a/b input_cache_write",
                "a/b image",
                "a/free prompt",
                "a/free completion",
                "a/free pricing",
                "a/auto prompt",
                "a/auto completion",
                "a/auto pricing",
            ],
            table.Refused.Select(figure => $"{figure.Model} {figure.Figure}")
        );
    }

    [Fact]
    public void Models_dev_is_per_million()
    {
        var table = Read(
            PriceTableKind.ModelsDev,
            """
            {"xai": {"models": {"grok-9": {"reasoning": true, "limit": {"context": 256000, "output": 64000},
              "cost": {"input": 3, "output": 15, "cache_read": 0.75, "context_over_200k": {"input": 6, "output": 30}, "tts": 1}}}}}
            """,
            "x-ai"
        );

        var model = Assert.Single(table.Models);
        Assert.Equal((256_000L, 64_000L, true), (model.ContextTokens, model.MaxOutputTokens, model.Reasoning));
        Assert.Equal(
            [
                "input_per_mtok 3",
                "cache_read_per_mtok 0.75",
                "output_per_mtok 15",
                "above 200000 input_per_mtok 6",
                "above 200000 cache_read_per_mtok 0.75",
                "above 200000 output_per_mtok 30",
            ],
            Rates(Assert.Single(model.Prices))
        );
        Assert.Equal("tts", Assert.Single(table.Refused).Figure);
    }

    [Theory]
    [InlineData(PriceTableKind.LiteLlm, "[]")]
    [InlineData(PriceTableKind.GenaiPrices, "{}")]
    [InlineData(PriceTableKind.GenaiPrices, """[{"id": "zai", "models": [{"id": "m", "prices": [{"constraint": null}]}]}]""")]
    [InlineData(PriceTableKind.OpenRouter, "{}")]
    [InlineData(PriceTableKind.ModelsDev, "[]")]
    public void Another_kind_of_file_is_refused(PriceTableKind kind, string json) =>
        Assert.Throws<FormatException>(() => Read(kind, json, "zai"));

    internal static PriceTable Read(PriceTableKind kind, string json, string provider)
    {
        using var document = JsonDocument.Parse(json);
        return PriceTable.Read(kind, document.RootElement, provider, "the test");
    }

    private static IEnumerable<string> Rates(SkuPrice price) =>
        NamedRates.Of(price).Where(rate => rate.Listed).Select(rate => FormattableString.Invariant($"{rate.Name} {rate.Rate:0.#########}"));
}
