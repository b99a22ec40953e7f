using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;

namespace Purser.Cli.Tests.Commands;

/// <summary>What the audit looks like; <see cref="PricesAuditVectorTests"/> has what it finds.</summary>
public sealed class PricesAuditTests
{
    private static readonly string Book = Path.Combine(Root(), "tests", "vectors", "audit", "book");

    // 1,000 × 2 + 200 × 8 = 3,600 µ$ for 600 × 2 + 400 × 0.5 + 200 × 8 = 3,000 µ$; 500 × 2 = 1,000 µ$ as billed.
    private const string SpendLog = """
        {"request_id":"r1","call_type":"acompletion","spend":0.0036,"total_tokens":1200,"prompt_tokens":1000,"completion_tokens":200,"startTime":"2026-10-01T12:00:00Z","model":"small","custom_llm_provider":"openai","metadata":{"usage_object":{"prompt_tokens":1000,"completion_tokens":200,"prompt_tokens_details":{"cached_tokens":400}}},"cache_hit":"False","status":"success"}
        {"request_id":"r2","call_type":"acompletion","spend":0.001,"total_tokens":500,"prompt_tokens":500,"completion_tokens":0,"startTime":"2026-10-02T12:00:00Z","model":"small","custom_llm_provider":"openai","metadata":{},"cache_hit":"False","status":"success"}
        {"request_id":"r3","call_type":"acompletion","spend":2,"total_tokens":7,"prompt_tokens":7,"completion_tokens":0,"startTime":"2026-10-02T13:00:00Z","model":"\u001b[31mnew","custom_llm_provider":"openai","metadata":{},"cache_hit":"False","status":"success"}
        {"request_id":"r4","call_type":"acompletion","spend":0,"total_tokens":0,"prompt_tokens":0,"completion_tokens":0,"startTime":"2026-10-02T13:00:00Z","model":"small","custom_llm_provider":"openai","metadata":{},"cache_hit":"False","status":"failure"}
        """;

    [Theory]
    [InlineData("prices audit .")]
    [InlineData("prices quote --usage .")]
    [InlineData("tokens count --model gpt-4o .")]
    public async Task A_folder_in_place_of_a_file_is_called_one(string line)
    {
        using var run = new CliRun();

        Assert.Equal(ExitCode.Usage, await run.RunAsync(line.Split(' ')));

        Assert.Matches("^purser: .* is a folder\n  → Name ", run.Error);
        Assert.Empty(run.Out);
    }

    [Fact]
    public async Task People_get_a_table_and_then_what_was_found()
    {
        using var run = new CliRun();
        run.Write(SpendLog, "spend.jsonl");

        Assert.Equal(ExitCode.Ok, await run.RunAsync("prices", "audit", "spend.jsonl", "--prices", Book));

        Assert.Equal("", run.Error);
        Assert.Matches("^litellm: 4 rows, 2026-10-01 to 2026-10-02 \\(UTC\\), USD. Price book [0-9a-f]{12}.\n", run.Out);
        Assert.Equal(
            """
            MODEL          INPUT  CACHED  OUTPUT  BILLED  BY THE BOOK   OFF BY
            \u001b[31mnew      7     0 %            2.00     no price
            small          1,500    27 %     200  0.0046        0.004  +0.0006
            total          1,507    27 %     200    2.00      ≥ 0.004  +0.0006

            Billed above the book: $0.0006
              cached_at_input_rate
                $0.0006  openai/small: the bill is what it costs with cached input at the rate of fresh input:
                         r1.
                      →  Ask for the cached rate; if a gateway's table made the figure, give it the cached rate.

            Not compared, or only within a range
              model_without_price
                $2.00  openai/\u001b[31mnew: not compared, because the price book doesn't have the model: r3.
                    →  Add the price: `./purser prices import`, or a price file of your own (docs/pricing.md).

            Could be saved, each at most and by itself: they overlap, so don't add them up
              batch
                  $0.002  openai/small: $0.004 of standard traffic costs $0.002 on batch.
                       →  At most this, if all of it can wait for hours.
              caching
                $0.00143  openai/small: 73.3 % of 1,500 input tokens were not read from a cache; a hit rate of
                          50 % on them saves $0.00055, of 90 % $0.00143.
                       →  At most this, as far as prompts begin alike: put what stays the same first, and mark
                          it for caching where the vendor asks for it.
            Left out: 1 failed requests without spend.

            """,
            run.Out[(run.Out.IndexOf('\n', StringComparison.Ordinal) + 1)..]
        );
    }

    [Theory]
    [InlineData("small", "openai,small,1,")]
    [InlineData("small-2026-01-01", "openai,small,1,")]
    [InlineData("openai/small", "openai,small,1,")]
    [InlineData("text-completion-openai/small", "openai,small,1,")]
    [InlineData("meta-llama/small", "unknown,meta-llama/small,0,")]
    [InlineData("anthropic/small", "anthropic,small,0,model_without_price")]
    [InlineData("nothing-known", "unknown,nothing-known,0,")]
    [InlineData("", "unknown,(no model),0,")]
    public async Task A_row_without_a_provider_has_the_one_that_its_model_tells_or_is_not_compared(string model, string expected)
    {
        using var run = new CliRun();
        run.Write(WithoutProvider(model), "spend.jsonl");

        Assert.Equal(ExitCode.Ok, await run.RunAsync("prices", "audit", "spend.jsonl", "--prices", Book, "--format", "json"));
        var row = JsonNode.Parse(run.Out)!["data"]!.AsArray().Single()!;
        await run.RunAsync("prices", "audit", "spend.jsonl", "--prices", Book, "--list", "findings", "--format", "json");
        var open = JsonNode.Parse(run.Out)!["data"]!.AsArray().Where(found => (string)found!["kind"]! == "open").ToList();

        var compared = row["book_low_usd"] is null ? 0 : 1;
        var finding = (string?)open.SingleOrDefault()?["name"];
        Assert.Equal(
            expected.StartsWith("unknown", StringComparison.Ordinal) ? $"{expected}provider_not_known" : expected,
            $"{row["provider"]},{row["model"]},{compared},{finding}"
        );
    }

    [Theory]
    [InlineData("\"spend\":0.002", "\"spend\":7e28", "spend is beyond belief: '7e28'")]
    [InlineData("\"prompt_tokens\":1000", "\"prompt_tokens\":1000000000000001", "prompt_tokens is beyond belief: '1000000000000001'")]
    [InlineData("2026-10-01T12:00:00Z", "9999-12-31T23:59:59Z", "startTime is no time: '9999-12-31T23:59:59Z'")]
    [InlineData("2026-10-01T12:00:00Z", "0001-01-01T00:00:00Z", "startTime is no time: '0001-01-01T00:00:00Z'")]
    public async Task A_row_with_a_figure_beyond_belief_is_named_and_the_others_are_read(string what, string instead, string error)
    {
        using var run = new CliRun();
        var row = WithoutProvider("small");
        run.Write(
            row + "\n" + row.Replace("r1", "r2", StringComparison.Ordinal).Replace(what, instead, StringComparison.Ordinal),
            "spend.jsonl"
        );

        Assert.Equal(ExitCode.Failed, await run.RunAsync("prices", "audit", "spend.jsonl", "--prices", Book, "--format", "csv"));

        Assert.EndsWith($"  spend.jsonl, line 2: {error}\n", run.Error, StringComparison.Ordinal);
        Assert.Contains("openai,small,2026-10-01,2026-10-01,1,1000,", run.Out, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(
        """{"start_time":1790812800,"end_time":1790899200,"results":[]}""",
        """{"start_time":1790899200,"end_time":1790985600,"results":5}"""
    )]
    [InlineData("""{"starting_at":"2026-10-01T00:00:00Z","ending_at":"2026-10-02T00:00:00Z","results":[]}""", "7")]
    public async Task A_bucket_without_its_results_is_named(string first, string second)
    {
        using var run = new CliRun();
        run.Write($$"""{"data":[{{first}},{{second}}],"has_more":false}""", "page.json");

        Assert.Equal(ExitCode.Failed, await run.RunAsync("prices", "audit", "page.json", "--prices", Book));

        Assert.EndsWith("  page.json, line 1, data[1]: the bucket has no list of results\n", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_request_that_could_not_be_read_counts_where_it_comes_again()
    {
        using var run = new CliRun();
        var row = WithoutProvider("small");
        var wrong = row.Replace("{}", """{"usage_object":{"prompt_tokens_details":{"cached_tokens":5000}}}""", StringComparison.Ordinal);
        run.Write(wrong + "\n" + row, "spend.jsonl");

        Assert.Equal(ExitCode.Failed, await run.RunAsync("prices", "audit", "spend.jsonl", "--prices", Book, "--format", "csv"));

        Assert.StartsWith("purser: 1 row could not be read", run.Error, StringComparison.Ordinal);
        Assert.Contains("openai,small,2026-10-01,2026-10-01,1,1000,", run.Out, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"request_id":"\ud800","spend":1,"startTime":"2026-10-01","prompt_tokens":1}""")]
    [InlineData("""{"request_id":"b","spend":1,"startTime":"2026-10-01","prompt_tokens":1,"model":"\udc00"}""")]
    [InlineData("""{"\ud800":1}""")]
    [InlineData("""{"data":[{"start_time":1790812800,"end_time":1790899200,"results":[{"object":"\ud800"}]}]}""")]
    [InlineData("""{"data":[{"starting_at":"2026-10-01","ending_at":"2026-10-02","results":[{"amount":"1","currency":"\ud800"}]}]}""")]
    public async Task A_text_that_is_no_Unicode_is_named_and_the_rest_is_read(string bad)
    {
        using var run = new CliRun();
        run.Write(
            $"{WithoutProvider("small")}\n{bad}\n{WithoutProvider("small").Replace("r1", "r2", StringComparison.Ordinal)}",
            "spend.jsonl"
        );

        Assert.Equal(ExitCode.Failed, await run.RunAsync("prices", "audit", "spend.jsonl", "--prices", Book, "--format", "csv"));

        Assert.Matches("^purser: 1 row could not be read, .*\n  spend.jsonl, line 2[^\n]*: a text in it is no Unicode", run.Error);
        Assert.Contains("openai,small,2026-10-01,2026-10-01,2,2000,", run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_day_that_could_not_be_read_counts_where_it_comes_again()
    {
        const string Row =
            """{"date":"2026-10-01","model":"openai/small","usage":1,"requests":1,"prompt_tokens":10,"completion_tokens":1,"reasoning_tokens":0}""";
        using var run = new CliRun();
        var wrong = Row.Replace("\"reasoning_tokens\":0", "\"reasoning_tokens\":5", StringComparison.Ordinal);
        run.Write($"{wrong}\n{Row}\n{Row}", "activity.jsonl");

        Assert.Equal(ExitCode.Failed, await run.RunAsync("prices", "audit", "activity.jsonl", "--prices", Book, "--format", "csv"));

        Assert.EndsWith(
            "  activity.jsonl, line 1: 5 tokens of reasoning are more than the 1 of the completion\n"
                + "  activity.jsonl, line 3: OpenRouter's rows of openai/small of 2026-10-01 are in activity.jsonl already, and are counted once\n",
            run.Error,
            StringComparison.Ordinal
        );
        Assert.Contains("openai/small,2026-10-01,2026-10-01,1,10,", run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_table_with_a_count_beyond_belief_is_read_to_its_end()
    {
        using var run = new CliRun();
        const string head = "request_id,spend,startTime,model,custom_llm_provider,prompt_tokens,completion_tokens,total_tokens\n";
        const string most = "9223372036854775807";
        run.Write($"{head}a,1,2026-10-01,small,openai,{most},{most},{most}\nb,1,2026-10-01,small,openai,1000,,\n", "spend.csv");

        Assert.Equal(ExitCode.Failed, await run.RunAsync("prices", "audit", "spend.csv", "--prices", Book, "--format", "csv"));

        Assert.EndsWith($"  spend.csv, line 2: prompt_tokens is beyond belief: '{most}'\n", run.Error, StringComparison.Ordinal);
        Assert.Contains("openai,small,2026-10-01,2026-10-01,1,1000,", run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_model_that_several_providers_have_tells_none()
    {
        using var run = new CliRun();
        run.Write(WithoutProvider("gpt-5.1"), "spend.jsonl");

        Assert.Equal(ExitCode.Ok, await run.RunAsync("prices", "audit", "spend.jsonl", "--list", "findings", "--format", "csv"));

        Assert.Contains("provider_not_known", run.Out, StringComparison.Ordinal);
    }

    private static string WithoutProvider(string model) =>
        $$"""{"request_id":"r1","call_type":"acompletion","spend":0.002,"total_tokens":1000,"prompt_tokens":1000,"completion_tokens":0,"startTime":"2026-10-01T12:00:00Z","model":"{{model}}","metadata":{},"cache_hit":"False","status":"success"}""";

    [Fact]
    public async Task A_row_can_be_a_day()
    {
        using var run = new CliRun();
        run.Write(SpendLog, "spend.jsonl");

        Assert.Equal(ExitCode.Ok, await run.RunAsync("prices", "audit", "spend.jsonl", "--prices", Book, "--by", "day", "--format", "csv"));

        Assert.Equal(
            "provider,model,from,to,requests,input_tokens,cached_input_tokens,output_tokens,web_searches,billed_usd,book_low_usd,book_high_usd,partly_unpriced,difference_usd\r\n"
                + "openai,\u001b[31mnew,2026-10-02,2026-10-02,1,7,0,0,0,2,,,true,\r\n"
                + "openai,small,2026-10-01,2026-10-01,1,1000,400,200,0,0.0036,0.003,0.003,false,0.0006\r\n"
                + "openai,small,2026-10-02,2026-10-02,1,500,0,0,0,0.001,0.001,0.001,false,0\r\n",
            run.Out
        );
    }

    [Fact]
    public async Task What_cannot_be_read_is_named_with_its_place_and_the_exit_code_says_so()
    {
        using var run = new CliRun();
        run.Write(SpendLog + "\n{\"request_id\":\"r5\"", "spend.jsonl");
        run.Write("<html></html>", "page.html");
        run.Write("", "empty.json");

        Assert.Equal(ExitCode.Failed, await run.RunAsync("prices", "audit", "spend.jsonl", "page.html", "empty.json", "--prices", Book));

        Assert.Equal(
            """
            purser: 3 rows could not be read, and are in no figure:
              spend.jsonl, line 5: the line is no JSON
              page.html, line 1: this is no export that purser knows: OpenAI's, Anthropic's, OpenRouter's or LiteLLM's (docs/audit.md)
              empty.json, line 1: the file is empty

            """,
            run.Error
        );
    }

    [Fact]
    public async Task A_file_of_another_kind_than_was_asked_for_is_refused()
    {
        using var run = new CliRun();
        run.Write(SpendLog.Split('\n')[0], "spend.jsonl");

        Assert.Equal(ExitCode.Failed, await run.RunAsync("prices", "audit", "spend.jsonl", "--from", "openai", "--prices", Book));

        Assert.Contains("spend.jsonl, line 1: this is an export of litellm, and --from says openai", run.Error, StringComparison.Ordinal);
        Assert.Equal("There is nothing to compare.\n", run.Out);
    }

    [Fact]
    public async Task A_document_may_have_several_lists_by_name()
    {
        using var run = new CliRun();
        run.Write(
            """
            {
              "usage_report_messages": {"data": [{"starting_at": "2026-10-01T00:00:00Z", "ending_at": "2026-10-02T00:00:00Z", "results": [
                {"uncached_input_tokens": 100000, "output_tokens": 0, "model": "opus", "service_tier": "standard"}
              ]}], "has_more": false},
              "cost_report": {"data": [{"starting_at": "2026-10-01T00:00:00Z", "ending_at": "2026-10-02T00:00:00Z", "results": [
                {"amount": "40.00", "currency": "USD", "cost_type": "tokens", "model": "opus", "token_type": "uncached_input_tokens"},
                {"amount": "40.00", "currency": "GBP", "cost_type": "tokens", "model": "opus", "token_type": "output_tokens"}
              ]}], "has_more": false},
              "gotchas": ["amount is in cents"]
            }
            """,
            "anthropic.json"
        );

        Assert.Equal(ExitCode.Failed, await run.RunAsync("prices", "audit", "anthropic.json", "--prices", Book, "--list", "unreadable"));

        Assert.Equal(
            """
            FILE            WHERE                           WHY
            anthropic.json  cost_report.data[0].results[1]  the amount is in GBP, and the price book is in USD

            """,
            run.Out
        );
    }

    [Fact]
    public async Task A_document_that_breaks_off_counts_as_far_as_it_goes()
    {
        using var run = new CliRun();
        run.Write("[\n" + SpendLog.Split('\n')[0] + ",\n" + SpendLog.Split('\n')[1] + ",\n{\"request_id\":", "spend.json");

        Assert.Equal(ExitCode.Failed, await run.RunAsync("prices", "audit", "spend.json", "--prices", Book, "--format", "csv"));

        Assert.Contains("spend.json, after", run.Error, StringComparison.Ordinal);
        Assert.Contains("the rest is no JSON", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_that_is_not_there_is_a_wrong_command_line()
    {
        using var run = new CliRun();

        Assert.Equal(ExitCode.Usage, await run.RunAsync("prices", "audit", "nothing.json", "--prices", Book));

        Assert.Contains("nothing.json", run.Error, StringComparison.Ordinal);
    }

    private static string Root([CallerFilePath] string path = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(path)!, "..", "..", ".."));
}
