using Purser.Core.Pricing;
using Xunit;

namespace Purser.Core.Tests.Pricing;

public sealed class PriceBookErrorTests
{
    [Theory]
    [InlineData(PriceErrorKind.Syntax, 4, "provider: x\nmodels:\n  - id: [not closed before the end, on line 4\n")]
    [InlineData(PriceErrorKind.Syntax, 1, "")]
    [InlineData(PriceErrorKind.Syntax, 2, "provider: &anchor x\nmodels: *anchor\n")]
    [InlineData(PriceErrorKind.Syntax, 3, "provider: x\nmodels: []\n---\nprovider: y\n")]
    [InlineData(PriceErrorKind.MissingKey, 1, "models: []\n")]
    [InlineData(PriceErrorKind.MissingKey, 1, "provider: x\n")]
    [InlineData(PriceErrorKind.UnknownKey, 2, "provider: x\nmodel: []\nmodels: []\n")]
    [InlineData(PriceErrorKind.DuplicateKey, 2, "provider: x\nprovider: y\nmodels: []\n")]
    [InlineData(PriceErrorKind.WrongValue, 2, "provider: x\nmodels: none\n")]
    [InlineData(PriceErrorKind.WrongValue, 1, "provider: [x]\nmodels: []\n")]
    [InlineData(PriceErrorKind.WrongValue, 1, "just a text\n")]
    public void A_wrong_file_is_reported_with_its_line(PriceErrorKind kind, int line, string text) =>
        Assert.Contains(Errors(text), error => error.Kind == kind && error.Line == line && error.File == "x.yml");

    [Theory]
    [InlineData(PriceErrorKind.MissingKey, 3, "- prices: [{ start: unknown, source: s, input_per_mtok: 1 }]")]
    [InlineData(PriceErrorKind.MissingKey, 3, "- id: m")]
    [InlineData(PriceErrorKind.MissingKey, 4, "- id: m\n    prices: []")]
    [InlineData(
        PriceErrorKind.UnknownKey,
        4,
        "- id: m\n    contxt_tokens: 5\n    prices: [{ start: unknown, source: s, input_per_mtok: 1 }]"
    )]
    [InlineData(
        PriceErrorKind.WrongValue,
        4,
        "- id: m\n    context_tokens: 5k\n    prices: [{ start: unknown, source: s, input_per_mtok: 1 }]"
    )]
    [InlineData(
        PriceErrorKind.WrongValue,
        4,
        "- id: m\n    context_tokens: 0\n    prices: [{ start: unknown, source: s, input_per_mtok: 1 }]"
    )]
    [InlineData(
        PriceErrorKind.WrongValue,
        4,
        "- id: m\n    reasoning: yes\n    prices: [{ start: unknown, source: s, input_per_mtok: 1 }]"
    )]
    [InlineData(PriceErrorKind.WrongValue, 4, "- id: m\n    aliases: n\n    prices: [{ start: unknown, source: s, input_per_mtok: 1 }]")]
    [InlineData(
        PriceErrorKind.DuplicateAlias,
        4,
        "- id: m\n    aliases: [m]\n    prices: [{ start: unknown, source: s, input_per_mtok: 1 }]"
    )]
    public void A_wrong_model_is_reported_with_its_line(PriceErrorKind kind, int line, string model) =>
        Assert.Contains(Errors($"provider: x\nmodels:\n  {model}\n"), error => error.Kind == kind && error.Line == line);

    [Theory]
    [InlineData(PriceErrorKind.MissingKey, 5, "- source: s\n        input_per_mtok: 1")]
    [InlineData(PriceErrorKind.MissingKey, 5, "- start: unknown\n        input_per_mtok: 1")]
    [InlineData(PriceErrorKind.WrongValue, 5, "- start: yesterday\n        source: s\n        input_per_mtok: 1")]
    [InlineData(PriceErrorKind.WrongValue, 5, "- start: 2026-09-01T00:00:00\n        source: s\n        input_per_mtok: 1")]
    [InlineData(PriceErrorKind.WrongValue, 6, "- start: 2026-09-01\n        end: 2026-09-01\n        source: s\n        input_per_mtok: 1")]
    [InlineData(PriceErrorKind.WrongValue, 6, "- start: unknown\n        end: unknown\n        source: s\n        input_per_mtok: 1")]
    [InlineData(PriceErrorKind.WrongValue, 6, "- start: unknown\n        source: []\n        input_per_mtok: 1")]
    [InlineData(PriceErrorKind.UnknownKey, 7, "- start: unknown\n        source: s\n        input_per_ktok: 1")]
    [InlineData(PriceErrorKind.Negative, 7, "- start: unknown\n        source: s\n        input_per_mtok: -1")]
    [InlineData(PriceErrorKind.WrongValue, 7, "- start: unknown\n        source: s\n        input_per_mtok: 1e3")]
    [InlineData(PriceErrorKind.WrongValue, 7, "- start: unknown\n        source: s\n        input_per_mtok: 1,5")]
    [InlineData(PriceErrorKind.WrongValue, 7, "- start: unknown\n        source: s\n        input_per_mtok: 0.0000000001")]
    [InlineData(PriceErrorKind.WrongValue, 7, "- start: unknown\n        source: s\n        input_per_mtok: 1000001")]
    [InlineData(PriceErrorKind.WrongValue, 7, "- start: unknown\n        source: s\n        input_per_mtok: [1]")]
    [InlineData(PriceErrorKind.NotFree, 7, "- start: unknown\n        source: s\n        input_per_mtok: 0")]
    [InlineData(PriceErrorKind.NotFree, 5, "- start: unknown\n        source: s")]
    [InlineData(PriceErrorKind.WrongValue, 8, "- start: unknown\n        source: s\n        free: true\n        input_per_mtok: 1")]
    [InlineData(
        PriceErrorKind.OverlappingDates,
        8,
        "- start: unknown\n        source: s\n        input_per_mtok: 1\n      - start: unknown\n        source: s\n        input_per_mtok: 2"
    )]
    [InlineData(
        PriceErrorKind.OverlappingDates,
        9,
        "- start: unknown\n        end: 2026-09-02\n        source: s\n        input_per_mtok: 1\n      - start: 2026-09-01\n        source: s\n        input_per_mtok: 2"
    )]
    public void A_wrong_price_is_reported_with_its_line(PriceErrorKind kind, int line, string price) =>
        Assert.Contains(
            Errors($"provider: x\nmodels:\n  - id: m\n    prices:\n      {price}\n"),
            error => error.Kind == kind && error.Line == line
        );

    [Theory]
    [InlineData(PriceErrorKind.WrongValue, 9, "service_tiers:\n          standard: { input_per_mtok: 1 }")]
    [InlineData(PriceErrorKind.WrongValue, 9, "service_tiers:\n          fast: priority")]
    [InlineData(
        PriceErrorKind.DuplicateKey,
        10,
        "service_tiers:\n          flex: { input_per_mtok: 1 }\n          FLEX: { input_per_mtok: 1 }"
    )]
    [InlineData(PriceErrorKind.NotFree, 9, "service_tiers:\n          flex: { source: s }")]
    [InlineData(PriceErrorKind.UnknownKey, 9, "service_tiers:\n          flex: { input_per_mtok: 1, free: true }")]
    [InlineData(PriceErrorKind.WrongValue, 8, "service_tiers: flex")]
    [InlineData(PriceErrorKind.MissingKey, 9, "long_context:\n          - input_per_mtok: 2")]
    [InlineData(
        PriceErrorKind.WrongValue,
        10,
        "long_context:\n          - { above_input_tokens: 200000, input_per_mtok: 2 }\n          - { above_input_tokens: 200000, input_per_mtok: 3 }"
    )]
    [InlineData(PriceErrorKind.WrongValue, 9, "long_context:\n          - { above_input_tokens: 9, marginal: true, output_per_mtok: 2 }")]
    [InlineData(PriceErrorKind.WrongValue, 9, "long_context:\n          - { above_input_tokens: 9, marginal: 1, input_per_mtok: 2 }")]
    [InlineData(
        PriceErrorKind.WrongValue,
        10,
        "long_context:\n          - { above_input_tokens: 9, input_per_mtok: 2 }\n          - { above_input_tokens: 10, marginal: true, input_per_mtok: 3 }"
    )]
    [InlineData(PriceErrorKind.MissingKey, 8, "currency: CNY")]
    [InlineData(PriceErrorKind.MissingKey, 8, "currency: CNY\n        usd_per_unit: 0.14")]
    [InlineData(PriceErrorKind.MissingKey, 8, "currency: CNY\n        exchange_date: 2026-11-01")]
    [InlineData(PriceErrorKind.WrongValue, 8, "currency: yuan\n        usd_per_unit: 0.14\n        exchange_date: 2026-11-01")]
    [InlineData(PriceErrorKind.WrongValue, 9, "currency: CNY\n        usd_per_unit: 0\n        exchange_date: 2026-11-01")]
    [InlineData(PriceErrorKind.WrongValue, 9, "currency: CNY\n        usd_per_unit: 1000.1\n        exchange_date: 2026-11-01")]
    [InlineData(PriceErrorKind.Negative, 9, "currency: CNY\n        usd_per_unit: -1\n        exchange_date: 2026-11-01")]
    [InlineData(PriceErrorKind.WrongValue, 10, "currency: CNY\n        usd_per_unit: 0.14\n        exchange_date: today")]
    [InlineData(PriceErrorKind.WrongValue, 8, "usd_per_unit: 0.14")]
    [InlineData(PriceErrorKind.WrongValue, 9, "currency: USD\n        usd_per_unit: 1")]
    [InlineData(PriceErrorKind.WrongValue, 9, "geo_uplift:\n          us: 0")]
    [InlineData(PriceErrorKind.Negative, 9, "geo_uplift:\n          us: -1.1")]
    [InlineData(PriceErrorKind.WrongValue, 9, "speeds:\n          standard: { input_per_mtok: 1 }")]
    public void A_wrong_part_of_a_price_is_reported_with_its_line(PriceErrorKind kind, int line, string part) =>
        Assert.Contains(
            Errors(
                $"provider: x\nmodels:\n  - id: m\n    prices:\n      - start: unknown\n        source: s\n        input_per_mtok: 1\n        {part}\n"
            ),
            error => error.Kind == kind && error.Line == line
        );

    [Theory]
    [InlineData(PriceErrorKind.NotFree, 3, "- source: s")]
    [InlineData(PriceErrorKind.MissingKey, 3, "- web_search_per_call: 0.01")]
    [InlineData(PriceErrorKind.NotFree, 4, "- source: s\n    web_search_per_call: 0")]
    [InlineData(PriceErrorKind.UnknownKey, 4, "- source: s\n    input_per_mtok: 1")]
    [InlineData(PriceErrorKind.UnknownKey, 4, "- source: s\n    request_per_call: 1")]
    [InlineData(PriceErrorKind.WrongValue, 4, "- source: s\n    models: [n]\n    web_search_per_call: 0.01")]
    [InlineData(PriceErrorKind.WrongValue, 4, "- source: s\n    models: m\n    web_search_per_call: 0.01")]
    public void A_wrong_fee_is_reported_with_its_line(PriceErrorKind kind, int line, string fees) =>
        Assert.Contains(
            Errors($"provider: x\nfees:\n  {fees}\nmodels:\n  - id: m\n    prices: [{{ start: unknown, source: s, input_per_mtok: 1 }}]\n"),
            error => error.Kind == kind && error.Line == line
        );

    [Fact]
    public void Every_error_of_every_file_is_reported_at_once_in_their_order()
    {
        var result = PriceBook.Parse([
            new(
                "b.yml",
                "provider: b\nmodels:\n  - id: m\n    prices:\n      - start: unknown\n        input_per_mtok: -1\n        oops: 1\n"
            ),
            new("a.yml", "models: []\n"),
        ]);

        Assert.Null(result.Book);
        Assert.Equal(
            [
                ("b.yml", 5, PriceErrorKind.MissingKey),
                ("b.yml", 6, PriceErrorKind.Negative),
                ("b.yml", 7, PriceErrorKind.UnknownKey),
                ("a.yml", 1, PriceErrorKind.MissingKey),
            ],
            result.Errors.Select(error => (error.File, error.Line, error.Kind))
        );
    }

    [Theory]
    [InlineData("input_mtok", "did you mean 'input_per_mtok'?")]
    [InlineData("cache_write_per_mtok", "did you mean 'cache_write_5m_per_mtok'?")]
    [InlineData("ouput_per_mtok", "did you mean 'output_per_mtok'?")]
    [InlineData("long_contxt", "did you mean 'long_context'?")]
    public void An_unknown_key_suggests_the_nearest_one(string key, string suggestion)
    {
        var errors = Errors(
            $"provider: x\nmodels:\n  - id: m\n    prices:\n      - start: unknown\n        source: s\n        input_per_mtok: 1\n        {key}: 2\n"
        );

        Assert.Equal(suggestion, Assert.Single(errors).Suggestion);
    }

    [Fact]
    public void A_model_that_is_there_already_needs_replace()
    {
        const string Model = "provider: x\nmodels:\n  - id: m\n    prices: [{ start: unknown, source: s, input_per_mtok: 1 }]\n";

        var error = Assert.Single(PriceBook.Parse([new("a.yml", Model), new("b.yml", Model)]).Errors);

        Assert.Equal((PriceErrorKind.DuplicateModel, "b.yml", 3), (error.Kind, error.File, error.Line));
        Assert.Equal("b.yml:3: the model 'm' of x is in a.yml:3 already (add 'replace: true' to use this one instead)", error.ToString());
    }

    [Fact]
    public void An_alias_means_one_model_across_files()
    {
        const string Price = "    prices: [{ start: unknown, source: s, input_per_mtok: 1 }]\n";

        var result = PriceBook.Parse([
            new("a.yml", $"provider: x\nmodels:\n  - id: m\n    aliases: [latest]\n{Price}"),
            new("b.yml", $"provider: x\nmodels:\n  - id: n\n    aliases:\n      - newest\n      - latest\n{Price}"),
        ]);

        var error = Assert.Single(result.Errors);
        Assert.Equal((PriceErrorKind.DuplicateAlias, "b.yml", 6), (error.Kind, error.File, error.Line));
    }

    private static IReadOnlyList<PriceError> Errors(string text) => PriceBook.Parse([new("x.yml", text)]).Errors;
}
