using System.Runtime.CompilerServices;
using NJsonSchema;
using Purser.Core.Pricing;
using Purser.Core.Usage;
using Xunit;

namespace Purser.Core.Tests.Pricing;

public sealed class ContractFileTests
{
    private const string Head = "id: a\nprovider: openai\nstart: 2026-07-01\n";

    private const string Full = """
        id: acme-2026
        provider: openai
        start: 2026-07-01T00:00:00+02:00
        end: 2027-07-01T00:00:00+02:00
        currency: USD
        note: the order form of 2026-06-20
        discounts:
          - models: [gpt-5-mini-2025-08-07]
            classes: [input, cache_read]
            percent: 12.5
          - usd_off_per_call: 0.002
        tiers:
          period: quarter
          steps:
            - { from_usd: 0, percent: 1 }
            - { from_usd: 1000.50, percent: 5 }
        commitment: { period: year, usd: 120000, overage_percent: -5 }
        credits:
          - { id: launch, usd: 500, expires: 2026-10-01 }
          - { id: more, usd: 0.000000001, priority: -1, start: 2026-08-01, models: [gpt-5] }
        bundles:
          - { id: searches, period: term, fee_usd: 0, calls: 100, classes: [web_search] }
        """;

    [Fact]
    public void A_contract_is_read_as_it_is_written()
    {
        var contract = Assert.Single(Parse(Full).Book!.Contracts);

        var zone = TimeSpan.FromHours(2);
        Assert.Equal(("acme-2026", "openai"), (contract.Id, contract.Provider));
        // The offset too: months begin by it.
        Assert.True(contract.Start.EqualsExact(new(2026, 7, 1, 0, 0, 0, zone)));
        Assert.Equal(new DateTimeOffset(2027, 7, 1, 0, 0, 0, zone), contract.End);
        var (first, second) = (contract.Discounts[0], contract.Discounts[1]);
        // An alias is the model.
        Assert.Equal(["gpt-5-mini"], first.Scope.Models);
        Assert.Equal([UsageClass.Input, UsageClass.CacheRead], first.Scope.Classes.Order());
        Assert.Equal((12.5m, 0m), (first.Percent, first.UsdOffPerUnit));
        Assert.Equal((0m, 0.002m, PriceUnit.Call), (second.Percent, second.UsdOffPerUnit, second.Unit));
        Assert.Equal(ContractPeriod.Quarter, contract.Tiers!.Period);
        Assert.Equal([new(0m, 1m), new(1000.50m, 5m)], contract.Tiers.Steps);
        Assert.Equal(new ContractCommitment(ContractPeriod.Year, 120_000m, -5m), contract.Commitment);
        Assert.Equal(new("launch", 500m, 0, contract.Start, Day(2026, 10, 1), ContractScope.All), contract.Credits[0]);
        Assert.Equal(("more", 0.000000001m, -1, Day(2026, 8, 1)), Figures(contract.Credits[1]));
        var bundle = Assert.Single(contract.Bundles);
        Assert.Equal((ContractPeriod.Term, 0m, 100L, PriceUnit.Call), (bundle.Period, bundle.FeeUsd, bundle.Quantity, bundle.Unit));
        Assert.Empty(Parse(Full).Warnings);
    }

    [Theory]
    [InlineData("session", "sessions", "container_session", PriceUnit.Session)]
    [InlineData("source", "sources", "search_source", PriceUnit.Source)]
    [InlineData("page", "pages", "ocr_page", PriceUnit.Page)]
    [InlineData("image", "images", "generated_image", PriceUnit.Image)]
    [InlineData("hour", "seconds", "audio_second", PriceUnit.Hour)]
    [InlineData("mchar", "characters", "speech_character", PriceUnit.MillionCharacters)]
    [InlineData("machine_hour", "machine_milliseconds", "compute_millisecond", PriceUnit.MachineHour)]
    public void Amounts_off_and_bundles_are_in_any_unit(string unit, string included, string usageClass, PriceUnit read)
    {
        var text =
            $"{Head}discounts:\n  - {{ usd_off_per_{unit}: 0.001, classes: [{usageClass}] }}\n"
            + $"bundles:\n  - {{ id: b, period: month, fee_usd: 1, {included}: 100, classes: [{usageClass}] }}\n";

        var contract = Assert.Single(Parse(text).Book!.Contracts);

        Assert.Equal((read, 0.001m), (contract.Discounts[0].Unit, contract.Discounts[0].UsdOffPerUnit));
        Assert.Equal((read, 100L), (contract.Bundles[0].Unit, contract.Bundles[0].Quantity));
    }

    [Theory]
    [InlineData(PriceErrorKind.Syntax, 1, "")]
    [InlineData(PriceErrorKind.MissingKey, 1, "provider: openai\nstart: 2026-07-01\n")]
    [InlineData(PriceErrorKind.MissingKey, 1, "id: a\nstart: 2026-07-01\n")]
    [InlineData(PriceErrorKind.MissingKey, 1, "id: a\nprovider: openai\n")]
    [InlineData(PriceErrorKind.WrongValue, 3, "id: a\nprovider: openai\nstart: unknown\n")]
    [InlineData(PriceErrorKind.WrongValue, 3, "id: a\nprovider: openai\nstart: 9999-07-01\n")]
    [InlineData(PriceErrorKind.WrongValue, 4, Head + "end: 2026-07-01\n")]
    [InlineData(PriceErrorKind.WrongValue, 4, Head + "currency: EUR\n")]
    [InlineData(PriceErrorKind.UnknownKey, 4, Head + "discount: []\n")]
    [InlineData(PriceErrorKind.MissingKey, 5, Head + "discounts:\n  - models: [gpt-5]\n")]
    [InlineData(PriceErrorKind.WrongValue, 5, Head + "discounts:\n  - percent: 101\n")]
    [InlineData(PriceErrorKind.WrongValue, 5, Head + "discounts:\n  - percent: -1\n")]
    [InlineData(PriceErrorKind.WrongValue, 5, Head + "discounts:\n  - percent: 1.23456\n")]
    [InlineData(PriceErrorKind.WrongValue, 5, Head + "discounts:\n  - percent: ten\n")]
    [InlineData(PriceErrorKind.WrongValue, 5, Head + "discounts:\n  - usd_off_per_mtok: 0\n")]
    [InlineData(PriceErrorKind.WrongValue, 6, Head + "discounts:\n  - usd_off_per_mtok: 1\n    usd_off_per_call: 1\n")]
    [InlineData(PriceErrorKind.WrongValue, 6, Head + "discounts:\n  - percent: 1\n    classes: [inputs]\n")]
    [InlineData(PriceErrorKind.WrongValue, 6, Head + "discounts:\n  - percent: 1\n    models: []\n")]
    [InlineData(PriceErrorKind.WrongValue, 6, Head + "discounts:\n  - usd_off_per_mtok: 1\n    classes: [web_search]\n")]
    [InlineData(PriceErrorKind.MissingKey, 5, Head + "tiers:\n  steps: [{ from_usd: 1, percent: 1 }]\n")]
    [InlineData(PriceErrorKind.MissingKey, 5, Head + "tiers:\n  period: month\n")]
    [InlineData(PriceErrorKind.WrongValue, 5, Head + "tiers:\n  period: week\n  steps: [{ from_usd: 1, percent: 1 }]\n")]
    [InlineData(
        PriceErrorKind.WrongValue,
        8,
        Head + "tiers:\n  period: month\n  steps:\n    - { from_usd: 2, percent: 1 }\n    - { from_usd: 2, percent: 2 }\n"
    )]
    [InlineData(PriceErrorKind.MissingKey, 7, Head + "tiers:\n  period: month\n  steps:\n    - { percent: 1 }\n")]
    [InlineData(PriceErrorKind.WrongValue, 5, Head + "commitment:\n  period: term\n  usd: 1\n")]
    [InlineData(PriceErrorKind.WrongValue, 6, Head + "commitment:\n  period: month\n  usd: 0\n")]
    [InlineData(PriceErrorKind.WrongValue, 7, Head + "commitment:\n  period: month\n  usd: 1\n  overage_percent: -101\n")]
    [InlineData(PriceErrorKind.MissingKey, 5, Head + "credits:\n  - id: c\n")]
    [InlineData(PriceErrorKind.WrongValue, 5, Head + "credits:\n  - { id: c, usd: 1, expires: 2026-07-01 }\n")]
    [InlineData(PriceErrorKind.WrongValue, 5, Head + "credits:\n  - { id: c, usd: 1, priority: 0.5 }\n")]
    [InlineData(PriceErrorKind.DuplicateName, 6, Head + "credits:\n  - { id: c, usd: 1 }\n  - { id: c, usd: 2 }\n")]
    [InlineData(PriceErrorKind.UnknownKey, 5, Head + "credits:\n  - { id: c, usd: 1, classes: [input] }\n")]
    [InlineData(PriceErrorKind.MissingKey, 5, Head + "bundles:\n  - { id: b, period: month, fee_usd: 1 }\n")]
    [InlineData(PriceErrorKind.MissingKey, 5, Head + "bundles:\n  - { id: b, period: month, fee_usd: 1, tokens: 1, calls: 1 }\n")]
    [InlineData(PriceErrorKind.WrongValue, 5, Head + "bundles:\n  - { id: b, period: month, fee_usd: 1, tokens: 0 }\n")]
    [InlineData(
        PriceErrorKind.WrongValue,
        5,
        Head + "bundles:\n  - { id: b, period: month, fee_usd: 1, tokens: 5, classes: [web_search] }\n"
    )]
    [InlineData(PriceErrorKind.WrongValue, 5, Head + "bundles:\n  - { id: b, period: term, fee_usd: 1, tokens: 5 }\n")]
    public void What_is_wrong_is_reported_with_its_line(PriceErrorKind kind, int line, string text)
    {
        var result = Parse(text);

        Assert.Null(result.Book);
        Assert.Equal([(kind, line)], result.Errors.Select(error => (error.Kind, error.Line)));
        Assert.All(result.Errors, error => Assert.NotNull(error.Suggestion));
    }

    [Fact]
    public void Every_error_of_every_file_is_reported_in_their_order()
    {
        var result = Parse(Head + "currency: EUR\nterms: []\n", "id: b\n");

        Assert.Equal(["0.yml:4", "0.yml:5", "1.yml:1", "1.yml:1"], result.Errors.Select(error => $"{error.File}:{error.Line}"));
    }

    [Theory]
    [InlineData("2027-07-01", null, true)]
    [InlineData("2026-06-30", null, false)]
    [InlineData("2026-01-01", "2026-07-01", true)]
    [InlineData("2026-01-01", "2026-07-01T00:00:01Z", false)]
    [InlineData("2027-06-30T23:59:59Z", null, false)]
    public void Two_contracts_with_a_provider_do_not_hold_at_once(string start, string? end, bool isRight)
    {
        const string First = "id: a\nprovider: openai\nstart: 2026-07-01\nend: 2027-07-01\n";
        var second = $"id: b\nprovider: openai\nstart: {start}\n{(end is null ? "" : $"end: {end}\n")}";

        var result = Parse(First, second);

        Assert.Equal(
            isRight ? [] : [(PriceErrorKind.OverlappingDates, "1.yml", 3)],
            result.Errors.Select(error => (error.Kind, error.File, error.Line))
        );
        Assert.Empty(Parse(First, second.Replace("openai", "anthropic", StringComparison.Ordinal)).Errors);
    }

    [Fact]
    public void An_id_is_one_contracts() =>
        Assert.Equal(
            PriceErrorKind.DuplicateName,
            Assert.Single(Parse(Head, Head.Replace("openai", "anthropic", StringComparison.Ordinal)).Errors).Kind
        );

    [Theory]
    [InlineData(2, "did you mean 'openai'?", "id: a\nprovider: opena\nstart: 2026-07-01\n")]
    [InlineData(6, "did you mean 'gpt-5-mini'?", Head + "discounts:\n  - percent: 1\n    models: [gpt-5-mni]\n")]
    [InlineData(6, "put the narrower one first", Head + "discounts:\n  - percent: 1\n  - { models: [gpt-5], percent: 2 }\n")]
    [InlineData(4, "is the end right?", Head + "end: 2026-12-15\ncommitment: { period: month, usd: 1 }\n")]
    public void What_is_probably_a_mistake_is_warned_of(int line, string suggestion, string text)
    {
        var result = Parse(text);

        Assert.NotNull(result.Book);
        var warning = Assert.Single(result.Warnings);
        Assert.Equal(line, warning.Line);
        Assert.StartsWith(suggestion, warning.Suggestion, StringComparison.Ordinal);
    }

    [Fact]
    public void Classes_are_named_as_in_usage()
    {
        const string Names =
            "input, cache_read, cache_write_5m, cache_write_1h, output, reasoning_output, audio_input, image_output, web_search";

        var contract = Assert.Single(Parse(Head + $"discounts:\n  - {{ percent: 1, classes: [{Names}] }}\n").Book!.Contracts);

        Assert.Equal(
            [
                UsageClass.Input,
                UsageClass.CacheRead,
                UsageClass.CacheWrite5m,
                UsageClass.CacheWrite1h,
                UsageClass.Output,
                UsageClass.ReasoningOutput,
                UsageClass.AudioInput,
                UsageClass.ImageOutput,
                UsageClass.WebSearch,
            ],
            contract.Discounts[0].Scope.Classes.Order()
        );
    }

    [Fact]
    public void The_contract_at_an_instant_is_found()
    {
        var book = Parse(Head + "end: 2026-08-01\n", "id: b\nprovider: openai\nstart: 2026-08-01\n").Book!;

        Assert.Null(book.Find("openai", Day(2026, 6, 30)));
        Assert.Equal("a", book.Find("openai", Day(2026, 8, 1).AddTicks(-1))!.Id);
        Assert.Equal("b", book.Find("openai", Day(2026, 8, 1))!.Id);
        Assert.Null(book.Find("anthropic", Day(2026, 8, 1)));
    }

    [Fact]
    public async Task The_schema_takes_what_the_reader_takes()
    {
        var schema = await JsonSchema.FromJsonAsync(
            await File.ReadAllTextAsync(Path.Combine(ShippedPrices.Folder, "contract.schema.json"))
        );

        Assert.Empty(schema.Validate(ShippedPricesTests.Json(Full)));
        Assert.NotEmpty(schema.Validate(ShippedPricesTests.Json(Full.Replace("percent: 12.5", "percent: 101", StringComparison.Ordinal))));
        Assert.NotEmpty(
            schema.Validate(ShippedPricesTests.Json(Full.Replace("calls: 100", "tokens: 1, calls: 100", StringComparison.Ordinal)))
        );
        Assert.Empty(
            schema.Validate(ShippedPricesTests.Json(Full.Replace("calls: 100", "machine_milliseconds: 100", StringComparison.Ordinal)))
        );
        var sample = await File.ReadAllTextAsync(Sample());
        Assert.Empty(schema.Validate(ShippedPricesTests.Json(sample)));
        var read = Parse(sample);
        Assert.Empty(read.Errors.Concat(read.Warnings));
    }

    private static ContractBookResult Parse(params string[] texts) =>
        ContractBook.Parse([.. texts.Select((text, i) => new PriceFile($"{i}.yml", text))], ShippedPrices.Book);

    private static (string, decimal, int, DateTimeOffset) Figures(ContractCredit credit) =>
        (credit.Id, credit.Usd, credit.Priority, credit.Start);

    private static DateTimeOffset Day(int year, int month, int day) => new(year, month, day, 0, 0, 0, TimeSpan.Zero);

    private static string Sample([CallerFilePath] string path = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(path)!, "..", "..", "..", "samples", "contracts", "openai.yml"));
}
