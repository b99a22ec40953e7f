using System.Text.Json;

namespace Purser.Cli.Tests.Commands;

public sealed class RerateCommandTests
{
    private const string First =
        """{"dry_run":false,"price_book_version":"book2","entries":10,"after":20,"up_to":25,"under_way":3,"rerated":[{"provider":"openai","model":"gpt-x","from_entry":"openai/gpt-x@unknown","from_book":"book1","to_entry":"openai/gpt-x@unknown","to_book":"book2","attempts":2,"tokens":30,"was_usd":"0.000000005","is_usd":"0.000000002","difference_usd":"-0.000000003"}],"left":[{"provider":"openai","model":"gpt-x","why":"unchanged","attempts":1,"tokens":7,"was_usd":"1.000000000"}]}""";

    private const string Second =
        """{"dry_run":false,"price_book_version":"book2","entries":5,"after":25,"up_to":25,"rerated":[{"provider":"openai","model":"gpt-x","from_entry":"openai/gpt-x@unknown","from_book":"book1","to_entry":"openai/gpt-x@unknown","to_book":"book2","attempts":1,"tokens":12,"was_usd":"0.000000007","is_usd":"0.000000008","difference_usd":"0.000000001"}],"left":[{"provider":"openai","model":"gpt-x","why":"unpriced","detail":"no rate","attempts":4,"tokens":9,"was_usd":"0.500000000"},{"provider":"openai","model":"gpt-x","why":"unchanged","attempts":1,"tokens":3,"was_usd":"2.000000000"}]}""";

    private const string Nothing = """{"entries":0,"after":0,"up_to":0,"rerated":[],"left":[]}""";

    [Fact]
    public async Task Parts_are_asked_for_one_after_another_and_summed()
    {
        await using var gateway = (await FakeGateway.StartAsync()).On(
            "POST /admin/v1/ledger/rerate",
            seen => (200, seen.Body.Contains("\"after\":20", StringComparison.Ordinal) ? Second : First)
        );
        using var run = CliRun.With(gateway);

        Assert.Equal(
            ExitCode.Ok,
            await run.RunAsync("ledger", "rerate", "--from", "2026-11-01", "--to", "2026-11-30", "--reason", "misread", "--by", "ana")
        );

        Assert.Equal(
            [
                """{"from":"2026-11-01T00:00:00Z","to":"2026-12-01T00:00:00Z","dry_run":false,"reason":"misread","by":"ana"}""",
                """{"from":"2026-11-01T00:00:00Z","to":"2026-12-01T00:00:00Z","dry_run":false,"reason":"misread","by":"ana","after":20,"up_to":25,"under_way":3}""",
            ],
            gateway.Seen.Select(seen => seen.Body)
        );
        Assert.Equal(
            """
            PROVIDER  MODEL  FROM ENTRY            TO ENTRY              ATTEMPTS  TOKENS      WAS USD       IS USD  DIFFERENCE USD  LEFT       DETAIL
            openai    gpt-x  openai/gpt-x@unknown  openai/gpt-x@unknown         3      42  0.000000012  0.000000010    -0.000000002
            openai    gpt-x                                                     2      10  3.000000000                               unchanged
            openai    gpt-x                                                     4       9  0.500000000                               unpriced   no rate
            total                                                               3      42  0.000000012  0.000000010    -0.000000002

            """,
            run.Out
        );
        Assert.Equal("Posted -0.000000002 as the difference, for 3 attempts.\n", run.Error);
    }

    [Fact]
    public async Task A_dry_run_says_so_and_posts_nothing()
    {
        await using var gateway = (await FakeGateway.StartAsync()).On("POST /admin/v1/ledger/rerate", Second);
        using var run = CliRun.With(gateway);

        Assert.Equal(
            ExitCode.Ok,
            await run.RunAsync([
                "ledger",
                "rerate",
                "--from",
                "2026-11-01T12:00:00Z",
                "--to",
                "2026-11-01T13:00:00Z",
                "--provider",
                "openai",
                "--model",
                "gpt-x",
                "--dry-run",
                "--format",
                "json",
            ])
        );

        Assert.Equal(
            """{"from":"2026-11-01T12:00:00Z","to":"2026-11-01T13:00:00Z","provider":"openai","model":"gpt-x","dry_run":true}""",
            gateway.Seen.Single().Body
        );
        using var json = JsonDocument.Parse(run.Out);
        var rows = json.RootElement.GetProperty("data");
        Assert.Equal(3, rows.GetArrayLength());
        Assert.Equal("book1", rows[0].GetProperty("from_book").GetString());
        Assert.Equal("0.000000001", json.RootElement.GetProperty("total").GetProperty("difference_usd").GetString());
        Assert.Equal("Nothing was posted: this is what would be, without --dry-run.\n", run.Error);
    }

    [Fact]
    public async Task Where_nothing_is_found_it_says_so()
    {
        await using var gateway = (await FakeGateway.StartAsync()).On("POST /admin/v1/ledger/rerate", Nothing);
        using var run = CliRun.With(gateway);

        Assert.Equal(ExitCode.Ok, await run.RunAsync("ledger", "rerate", "--from", "7d", "--to", "1d"));

        Assert.Equal(("No attempts of this time.\n", "Nothing differs: nothing was posted.\n"), (run.Out, run.Error));
    }

    [Theory]
    [InlineData("--model gpt-x", "No attempts of this time went to the model 'gpt-x'.\n")]
    [InlineData("--provider p", "No attempts of this time went to the provider 'p'.\n")]
    [InlineData("--provider p --model gpt-x", "No attempts of this time went to the model 'gpt-x' of the provider 'p'.\n")]
    public async Task Where_nothing_of_a_name_is_found_it_says_the_name(string options, string said)
    {
        await using var gateway = (await FakeGateway.StartAsync()).On("POST /admin/v1/ledger/rerate", Nothing);
        using var run = CliRun.With(gateway);

        Assert.Equal(ExitCode.Ok, await run.RunAsync(["ledger", "rerate", "--from", "7d", "--to", "1d", .. options.Split(' ')]));

        Assert.Equal(said, run.Out);
    }

    [Theory]
    [InlineData("--from 2026-11-01")]
    [InlineData("--to 2026-11-01")]
    [InlineData("--from soon --to 2026-11-01")]
    public async Task Times_that_are_missing_or_none_are_a_usage_error(string options)
    {
        await using var gateway = await FakeGateway.StartAsync();
        using var run = CliRun.With(gateway);

        Assert.Equal(ExitCode.Usage, await run.RunAsync(["ledger", "rerate", .. options.Split(' ')]));

        Assert.Empty(gateway.Seen);
    }

    [Fact]
    public async Task What_the_gateway_refuses_ends_in_its_words()
    {
        await using var gateway = (await FakeGateway.StartAsync()).On(
            "POST /admin/v1/ledger/rerate",
            """{"error":{"code":"ledger_unavailable","message":"The ledger can't be written."}}""",
            503
        );
        using var run = CliRun.With(gateway);

        Assert.Equal(ExitCode.Failed, await run.RunAsync("ledger", "rerate", "--from", "7d", "--to", "1d"));

        Assert.Equal("purser: The ledger can't be written (ledger_unavailable)\n", run.Error);
    }
}
