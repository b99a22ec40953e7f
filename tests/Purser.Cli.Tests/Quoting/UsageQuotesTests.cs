using System.Text.Json.Nodes;

namespace Purser.Cli.Tests.Quoting;

public sealed class UsageQuotesTests
{
    private const string Prices = """
        provider: openai
        sources:
          list: the public price list
        models:
          - id: small
            aliases: [small-2026-03-05]
            prices:
              - start: 2026-01-01
                source: list
                input_per_mtok: 0.25
                cache_read_per_mtok: 0.025
                output_per_mtok: 2
              - start: 2026-09-01
                source: list
                input_per_mtok: 0.50
                output_per_mtok: 4
        """;

    [Fact]
    public async Task A_line_is_answered_with_exact_decimals()
    {
        using var run = With(
            """{"id":"a","provider":"openai","api":"chat","model":"small","at":"2026-08-31T23:59:59Z","usage":{"prompt_tokens":3,"completion_tokens":3,"prompt_tokens_details":{"cached_tokens":1}}}"""
        );

        Assert.Equal(ExitCode.Ok, await Quote(run));

        // 2 × 0.25 + 1 × 0.025 + 3 × 2 = 6.525 µ$
        Assert.Equal(
            """{"id":"a","cost_usd":"0.000006525","input_cost_usd":"0.000000525","output_cost_usd":"0.000006","lines":[{"class":"input","quantity":2,"price_per_mtok":"0.25","cost_usd":"0.0000005"},{"class":"cache_read","quantity":1,"price_per_mtok":"0.025","cost_usd":"0.000000025"},{"class":"output","quantity":3,"price_per_mtok":"2","cost_usd":"0.000006"}],"entry":"openai/small@2026-01-01","error":null}"""
                + "\n",
            run.Written
        );
        Assert.Equal("", run.Error);
    }

    [Theory]
    // 1,000,000 × 0.25 or 0.5 µ$; a time without an offset is UTC, a day is its first instant, none is now.
    [InlineData("\"2026-08-31T23:59:59.9999999Z\"", "0.25")]
    [InlineData("\"2026-09-01T00:00:00Z\"", "0.5")]
    [InlineData("\"2026-09-01T01:59:59+02:00\"", "0.25")]
    [InlineData("\"2026-09-01T00:00:00\"", "0.5")]
    [InlineData("\"2026-08-31\"", "0.25")]
    [InlineData("\"2026-09-01\"", "0.5")]
    [InlineData("null", "0.5")]
    public async Task A_line_is_priced_at_its_time(string at, string cost)
    {
        using var run = With(
            $$$"""{"id":1,"provider":"openai","api":"chat","model":"small","at":{{{at}}},"usage":{"prompt_tokens":1000000,"completion_tokens":0}}"""
        );

        Assert.Equal(ExitCode.Ok, await Quote(run));
        Assert.Equal(cost, (string?)JsonNode.Parse(run.Written)!["cost_usd"]);
    }

    [Theory]
    [InlineData("0", "0")]
    [InlineData("0.000", "0")]
    [InlineData("-0.0", "0")]
    [InlineData("7", "7")]
    [InlineData("100", "100")]
    [InlineData("10.50", "10.5")]
    [InlineData("10.05", "10.05")]
    [InlineData("1e-7", "0.0000001")]
    [InlineData("120e-4", "0.012")]
    [InlineData("18446744073709551616", "18446744073709551616")]
    [InlineData("1234567890123456789012345678", "1234567890123456789012345678")]
    [InlineData("12345678901234567890.12345670", "12345678901234567890.1234567")]
    [InlineData("0.0000000000000000000000000001", "0.0000000000000000000000000001")]
    [InlineData("0.1234567890123456789012345678", "0.1234567890123456789012345678")]
    public async Task An_amount_is_written_with_all_its_digits_and_no_more(string stated, string written)
    {
        using var run = With(
            $$$"""{"id":1,"provider":"openai","api":"chat","model":"small","usage":{"prompt_tokens":1,"completion_tokens":0,"cost":{{{stated}}}}}"""
        );

        Assert.Equal(ExitCode.Ok, await Quote(run));

        Assert.Equal(written, (string?)JsonNode.Parse(run.Written)!["provider_cost_usd"]);
    }

    [Fact]
    public async Task A_text_in_a_quote_is_escaped()
    {
        using var run = With(
            """{"id":"\u00e9\"","provider":"openai","api":"chat","model":"a\"b\\c\u0007é","usage":{"prompt_tokens":1,"completion_tokens":0}}"""
        );

        Assert.Equal(ExitCode.Failed, await Quote(run));

        Assert.Equal(
            """{"id":"\u00e9\"","cost_usd":null,"input_cost_usd":null,"output_cost_usd":null,"lines":[],"entry":null,"error":"the price book has no model 'a\"b\\c\u0007é' of openai"}"""
                + "\n",
            run.Written
        );
    }

    [Fact]
    public async Task Half_a_surrogate_pair_in_an_id_is_an_error()
    {
        using var run = With(
            """{"id":"\ud800","provider":"openai","api":"chat","model":"small","usage":{"prompt_tokens":1,"completion_tokens":0}}"""
        );

        Assert.Equal(ExitCode.Failed, await Quote(run));

        Assert.Equal("the line is not UTF-8", (string?)JsonNode.Parse(run.Written)!["error"]);
    }

    [Fact]
    public async Task A_usage_is_found_where_the_name_beside_it_is_written_with_escapes()
    {
        using var run = With(
            """{"id":1,"provider":"groq","api":"chat","model":"small","usage":{"x_gr\u006fq":{"usage":{"prompt_tokens":1000000,"completion_tokens":0}}}}"""
        );
        run.Write(Prices.Replace("provider: openai", "provider: groq", StringComparison.Ordinal), "prices", "groq.yml");

        Assert.Equal(ExitCode.Ok, await Quote(run));

        Assert.Equal("0.5", (string?)JsonNode.Parse(run.Written)!["cost_usd"]);
    }

    [Fact]
    public async Task The_order_stays_and_a_bad_line_gets_an_error_with_its_id()
    {
        const string Good =
            """{"id":"good","provider":"openai","api":"chat","model":"small","usage":{"prompt_tokens":1,"completion_tokens":1}}""";
        using var run = With(
            $$$"""
            {{{Good}}}

            no json
            {"id":"cut","provider":"openai","usage":{"prompt_
            {"id":{},"provider":"openai","api":"chat","model":"small","usage":{"prompt_tokens":1,"completion_tokens":1}}
            {"id":7.50,"provider":"openai","api":"chat","model":"small"}
            {"id":"when","provider":"openai","api":"chat","model":"small","at":"yesterday","usage":{"prompt_tokens":1,"completion_tokens":1}}
            {"id":"1st","id":"2nd","provider":"openai","api":"chat","model":"small","usage":{"prompt_tokens":1,"completion_tokens":1}}
            {"id":"days","provider":"openai","api":"chat","model":"small","at":"2026-08-31","at":"2026-09-01","usage":{"prompt_tokens":1,"completion_tokens":1}}
            {"id":"old","provider":"openai","api":"chat","model":"small","at":"2025-12-31","usage":{"prompt_tokens":1,"completion_tokens":1}}
            {"id":"near","provider":"openai","api":"chat","model":"small-2026-03-06","usage":{"prompt_tokens":1,"completion_tokens":1}}
            {"id":"none","provider":"openai","api":"chat","usage":{"prompt_tokens":1,"completion_tokens":1}}
            {"id":"tail","provider":"openai","api":"chat","model":"small","usage":{"prompt_tokens":1,"completion_tokens":1}} x
            {{{Good}}}
            """
        );

        Assert.Equal(ExitCode.Failed, await Quote(run));

        Assert.Equal(
            [
                "\"good\" ",
                " the line is no JSON object",
                "\"cut\" the line is no JSON object",
                " the id is no string and no number",
                "7.50 the line has no usage",
                "\"when\" at is no time such as 2026-08-31T23:59:59Z",
                "\"2nd\" the id is there twice",
                "\"days\" at is there twice",
                "\"old\" 'small' of openai has no price at that time",
                "\"near\" the price book has no model 'small-2026-03-06' of openai",
                "\"none\" neither the line nor the body names a model",
                "\"tail\" the line is no JSON object",
                "\"good\" ",
            ],
            run.Written.Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .Select(line => JsonNode.Parse(line)!)
                .Select(line => $"{line["id"]?.ToJsonString()} {(string?)line["error"]}")
        );
        Assert.Equal("purser: 11 of 13 lines could not be priced; each says why in \"error\"\n", run.Error);
    }

    [Fact]
    public async Task A_file_is_read_with_lines_longer_than_any_buffer()
    {
        var text = new string('x', 3_000_000);
        using var run = new CliRun();
        run.Write(Prices, "prices", "openai.yml");
        run.Write(
            "\uFEFF"
                + $$$$"""{"id":1,"provider":"openai","api":"chat","usage":{"model":"small-2026-03-05","choices":["{{{{text}}}}"],"usage":{"prompt_tokens":1,"completion_tokens":0}}}"""
                + "\r\n"
                + """{"id":2,"provider":"openai","api":"chat","model":"small","usage":{"prompt_tokens":0,"completion_tokens":0}}""",
            "usage.jsonl"
        );

        Assert.Equal(ExitCode.Ok, await run.RunAsync("prices", "quote", "--usage", "usage.jsonl", "--prices", "prices"));

        Assert.Equal(
            ["0.0000005", "0"],
            run.Written.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => (string?)JsonNode.Parse(line)!["cost_usd"])
        );
    }

    [Fact]
    public async Task A_model_and_a_file_at_once_are_refused_and_so_are_neither()
    {
        using var run = With("");

        Assert.Equal(ExitCode.Usage, await run.RunAsync("prices", "quote", "small", "--usage", "-", "--prices", "prices"));
        Assert.Equal(ExitCode.Usage, await run.RunAsync("prices", "quote", "--input", "1", "--prices", "prices"));
        Assert.Equal(ExitCode.Usage, await run.RunAsync("prices", "quote", "--usage", "missing.jsonl", "--prices", "prices"));
        Assert.Equal(ExitCode.Ok, await Quote(run));
    }

    private static CliRun With(string input)
    {
        var run = new CliRun { Input = input };
        run.Write(Prices, "prices", "openai.yml");
        return run;
    }

    private static Task<int> Quote(CliRun run) => run.RunAsync("prices", "quote", "--usage", "-", "--prices", "prices");
}
