using System.Globalization;
using System.Text.Json.Nodes;
using NJsonSchema;
using Purser.Core.Pricing;
using Purser.Core.Usage;
using Xunit;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Purser.Core.Tests.Pricing;

public sealed class ShippedPricesTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 24, 12, 0, 0, TimeSpan.Zero);

    public static TheoryData<string> FileNames() => [.. ShippedPrices.Files.Select(file => file.Name)];

    [Fact]
    public void Every_shipped_file_parses_without_error()
    {
        var result = PriceBook.Parse(ShippedPrices.Files);

        Assert.Empty(result.Errors);
        Assert.NotNull(result.Book);
    }

    [Theory]
    [MemberData(nameof(FileNames))]
    public async Task A_shipped_file_is_valid_by_the_published_schema(string name)
    {
        var schema = await Schema();
        var file = ShippedPrices.Files.Single(file => file.Name == name);

        Assert.Empty(schema.Validate(Json(file.Text)));
    }

    [Theory]
    [InlineData("provider: x\nmodels: [{ id: m, prices: [{ start: unknown, source: s, input_per_mtok: -1 }] }]")]
    [InlineData("provider: x\nmodels: [{ id: m, prices: [{ start: soon, source: s, input_per_mtok: 1 }] }]")]
    [InlineData("provider: x\nmodels: [{ id: m, prices: [{ start: unknown, input_per_mtok: 1 }] }]")]
    [InlineData("provider: x\nmodels: [{ id: m, prices: [{ start: unknown, source: s, input_per_ktok: 1 }] }]")]
    [InlineData("provider: x\nmodels: [{ prices: [{ start: unknown, source: s, input_per_mtok: 1 }] }]")]
    [InlineData("models: []")]
    [InlineData("provider: x\nfees: [{ web_search_per_call: 1 }]\nmodels: []")]
    [InlineData("provider: x\nfees: [{ source: s, input_per_mtok: 1 }]\nmodels: []")]
    public async Task What_the_reader_refuses_the_schema_refuses_too(string text)
    {
        Assert.NotEmpty((await Schema()).Validate(Json(text)));
        Assert.NotEmpty(PriceBook.Parse([new("x.yml", text)]).Errors);
    }

    [Fact]
    public void The_list_of_units_says_what_the_code_does()
    {
        var yaml = new YamlStream();
        yaml.Load(new StringReader(File.ReadAllText(Path.Combine(ShippedPrices.Folder, "units.yml"))));
        var units = (YamlMappingNode)yaml.Documents[0].RootNode["units"];

        var listed = units.Children.Select(unit => (unit.Key.ToString(), unit.Value["class"].ToString(), unit.Value["unit"].ToString()));

        Assert.Equal(RateKey.All.Select(key => (key.Name, key.Class.ToString(), key.Unit.ToString())), listed);
        Assert.Equal(Enum.GetValues<UsageClass>(), RateKey.All.Select(key => key.Class));
    }

    [Theory]
    [InlineData("anthropic", "claude-opus-5-5")]
    [InlineData("anthropic", "claude-sonnet-5-5")]
    [InlineData("anthropic", "claude-haiku-5-5")]
    [InlineData("anthropic", "claude-haiku-4-5-20251001")]
    [InlineData("anthropic", "claude-fable-5-2")]
    [InlineData("openai", "gpt-5-mini")]
    [InlineData("openai", "gpt-5.3-codex")]
    [InlineData("openai", "gpt-6.2-sol")]
    [InlineData("google", "gemini-3.8-flash")]
    public void The_models_that_clients_ask_for_by_default_have_a_price_now(string provider, string model) =>
        Assert.NotNull(ShippedPrices.Book.FindModel(provider, model)?.PriceAt(Now));

    [Fact]
    public void Every_model_has_a_price_now_and_no_two_entries_share_an_id()
    {
        Assert.All(ShippedPrices.Book.Models, model => Assert.NotNull(model.PriceAt(Now)));
        var entries = ShippedPrices.Book.Models.SelectMany(model => model.Prices).Select(price => price.Entry).ToList();
        Assert.Equal(entries.Count, entries.Distinct().Count());
    }

    // Prompt caching came with Claude 3.
    [Fact]
    public void Every_model_of_Anthropic_lists_both_kinds_of_cache_writes() =>
        Assert.All(
            ShippedPrices.Book.Models.Where(model => model is { Provider: "anthropic", Id: not "claude-2.1" }).SelectMany(AllRates),
            rates =>
            {
                Assert.NotNull(rates.Listed(UsageClass.CacheWrite5m));
                Assert.NotNull(rates.Listed(UsageClass.CacheWrite1h));
                Assert.True(rates.Rate(UsageClass.CacheWrite1h) > rates.Rate(UsageClass.CacheWrite5m));
            }
        );

    [Fact]
    public void Rates_keep_the_order_that_all_vendors_keep() =>
        Assert.All(
            ShippedPrices.Book.Models.SelectMany(model => AllRates(model).Select(rates => (Model: model, Rates: rates))),
            of =>
            {
                var (model, rates) = of;
                // What is billed by page, time, character, image or query has no rate for tokens.
                Assert.True(rates.IsPriced(UsageClass.Input) || RateKey.All.All(key => key.IsFee || rates.Listed(key.Class) is null));
                Assert.True(rates.Rate(UsageClass.CacheRead) <= rates.Rate(UsageClass.Input));
                // Embeddings have no output, and OpenAI's image models sell text output below text input.
                Assert.True(
                    !rates.IsPriced(UsageClass.Output)
                        || rates.Rate(UsageClass.Input) <= rates.Rate(UsageClass.Output)
                        || model.Id.EndsWith("gpt-5-image-mini", StringComparison.Ordinal)
                );
                Assert.True(
                    !rates.IsPriced(UsageClass.CacheWrite5m) || rates.Rate(UsageClass.CacheWrite5m) >= rates.Rate(UsageClass.Input)
                );
            }
        );

    [Fact]
    public void Every_chat_model_of_the_makers_has_an_output_rate() =>
        Assert.All(
            ShippedPrices
                .Book.Models.Where(model => model.Provider is "openai" or "anthropic" or "google" && model.MaxOutputTokens is not null)
                .SelectMany(AllRates),
            rates => Assert.True(rates.IsPriced(UsageClass.Output) || rates.IsPriced(UsageClass.AudioOutput))
        );

    [Theory]
    [InlineData("aws", "us.anthropic.claude-sonnet-4-5-20250929-v1:0", "3.3", "16.5")]
    [InlineData("aws", "global.anthropic.claude-sonnet-4-5-20250929-v1:0", "3", "15")]
    [InlineData("azure", "gpt-4o-2024-08-06", "2.5", "10")]
    [InlineData("google", "claude-haiku-4-5@20251001", "1", "5")]
    [InlineData("mistral", "codestral-2508", "0.3", "0.9")]
    [InlineData("x-ai", "grok-4-latest", "3", "15")]
    [InlineData("groq", "openai/gpt-oss-safeguard-20b", "0.075", "0.3")]
    [InlineData("moonshotai", "kimi-k2.5", "0.6", "3")]
    [InlineData("zai", "glm-5.2", "1.4", "4.4")]
    [InlineData("perplexity", "r1-1776", "2", "8")]
    public void Models_at_their_hosts_cost_what_the_tables_say(string provider, string model, string input, string output)
    {
        var rates = ShippedPrices.Book.FindModel(provider, model)?.PriceAt(Now)?.Standard.Rates;

        Assert.Equal(decimal.Parse(input, CultureInfo.InvariantCulture), rates?.Listed(UsageClass.Input));
        Assert.Equal(decimal.Parse(output, CultureInfo.InvariantCulture), rates?.Listed(UsageClass.Output));
    }

    [Theory]
    [InlineData("aws", "amazon.nova-canvas-v1:0")]
    [InlineData("openrouter", "openrouter/auto")]
    public void A_model_whose_price_the_book_cannot_say_is_not_in_it(string provider, string model) =>
        Assert.Null(ShippedPrices.Book.FindModel(provider, model));

    [Fact]
    public void Batch_and_flex_are_cheaper_and_priority_and_fast_are_dearer_than_standard()
    {
        foreach (var price in ShippedPrices.Book.Models.SelectMany(model => model.Prices))
        {
            foreach (var (name, card) in price.ServiceTiers.Concat(price.Speeds))
            {
                var cheaper = name is "batch" or "flex";
                // Speech has no rate for text that comes out.
                var output = price.Standard.Rates.IsPriced(UsageClass.Output) ? UsageClass.Output : UsageClass.AudioOutput;
                foreach (var usageClass in new[] { UsageClass.Input, output })
                {
                    var (theirs, standard) = (card.Rates.Rate(usageClass), price.Standard.Rates.Rate(usageClass));
                    Assert.True(cheaper ? theirs < standard : theirs > standard, $"{price.Entry} {name} {usageClass}");
                }
            }
        }
    }

    private static IEnumerable<RateSet> AllRates(PricedModel model) =>
        model
            .Prices.SelectMany(price => price.ServiceTiers.Values.Concat(price.Speeds.Values).Prepend(price.Standard))
            .SelectMany(card => card.LongContext.Select(tier => tier.Rates).Prepend(card.Rates));

    private static Task<JsonSchema> Schema() =>
        JsonSchema.FromJsonAsync(File.ReadAllText(Path.Combine(ShippedPrices.Folder, "schema.json")));

    internal static string Json(string yaml)
    {
        var stream = new YamlStream();
        stream.Load(new StringReader(yaml));
        return Json(stream.Documents[0].RootNode)!.ToJsonString();
    }

    private static JsonNode? Json(YamlNode node) =>
        node switch
        {
            YamlMappingNode map => new JsonObject(map.Children.Select(pair => KeyValuePair.Create(pair.Key.ToString(), Json(pair.Value)))),
            YamlSequenceNode list => new JsonArray([.. list.Children.Select(Json)]),
            YamlScalarNode { Style: ScalarStyle.Plain, Value: "true" or "false" } flag => JsonValue.Create(flag.Value == "true"),
            YamlScalarNode { Style: ScalarStyle.Plain } scalar
                when decimal.TryParse(scalar.Value, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) => number
            == decimal.Truncate(number)
                ? JsonValue.Create((long)number)
                : JsonValue.Create(number),
            YamlScalarNode scalar => JsonValue.Create(scalar.Value),
            _ => throw new InvalidDataException(node.ToString()),
        };
}
