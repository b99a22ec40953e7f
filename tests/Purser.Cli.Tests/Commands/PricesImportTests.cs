using System.Text.Json.Nodes;

namespace Purser.Cli.Tests.Commands;

public sealed class PricesImportTests
{
    private const string Book = """
        # kept by hand
        provider: acme
        models:
          - id: small
            prices:
              - start: unknown
                source: the price list
                input_per_mtok: 0.25
                output_per_mtok: 2

        """;

    private const string Table = """
        {"acme": {"models": {
          "small": {"cost": {"input": 0.5, "output": 2}},
          "large": {"cost": {"input": 5, "output": 20, "video": 1}}
        }}}
        """;

    [Fact]
    public async Task An_import_shows_what_would_change_and_writes_nothing()
    {
        using var run = Run();

        Assert.Equal(
            ExitCode.Ok,
            await run.RunAsync("prices", "import", "table.json", "--from", "models.dev", "--provider", "acme", "--prices", "prices")
        );

        Assert.Equal(
            "MODEL  STATE    RATE             BOOK  TABLE  START    WHY\n"
                + "small  changed  input_per_mtok   0.25    0.5  unknown\n"
                + "large  new      input_per_mtok             5  unknown\n"
                + "large  new      output_per_mtok           20  unknown\n"
                + "large  refused  video                                  the price book has no such rate\n"
                + "models: 1 new, 1 changed, 0 the same; figures refused: 1\n"
                + "1 changed models have no start: they are written only where --start says since when the new rates hold\n"
                + "nothing was written; --apply writes\n",
            run.Out
        );
        Assert.Equal(Book, run.Read("prices", "acme.yml"));
    }

    [Fact]
    public async Task A_name_that_no_request_has_is_refused_and_the_others_are_written()
    {
        using var run = Run();
        run.Write(
            """{"acme":{"models":{"":{"cost":{"input":1,"output":1}},"a\nb":{"cost":{"input":1,"output":1}},"c":{"cost":{"input":1,"output":1}}}}}""",
            "odd.json"
        );
        string[] import = ["prices", "import", "odd.json", "--from", "models.dev", "--provider", "acme", "--prices", "prices"];

        Assert.Equal(ExitCode.Ok, await run.RunAsync([.. import, "--apply", "--format", "csv"]));

        Assert.Equal(2, run.Out.Split("no request names a model so").Length - 1);
        Assert.Contains("id: c\n", run.Read("prices", "acme.yml"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_table_may_begin_with_a_mark_of_its_bytes_order()
    {
        using var run = Run();
        run.Write("\ufeff" + Table, "marked.json");

        Assert.Equal(
            ExitCode.Ok,
            await run.RunAsync("prices", "import", "marked.json", "--from", "models.dev", "--provider", "acme", "--prices", "prices")
        );
    }

    [Fact]
    public async Task A_provider_without_a_name_is_a_mistake_in_the_call()
    {
        using var run = Run();

        Assert.Equal(
            ExitCode.Usage,
            await run.RunAsync("prices", "import", "table.json", "--from", "models.dev", "--provider", "", "--to", "prices")
        );

        Assert.StartsWith("purser: '' can't be the name of a price file\n", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Apply_adds_entries_and_leaves_those_that_were_there()
    {
        using var run = Run();
        string[] import = ["prices", "import", "table.json", "--from", "models.dev", "--provider", "acme", "--prices", "prices"];

        Assert.Equal(ExitCode.Ok, await run.RunAsync([.. import, "--apply", "--start", "2026-08-01", "--source", "their list"]));

        var text = run.Read("prices", "acme.yml");
        Assert.StartsWith(Book.TrimEnd('\n') + "\n      - start: 2026-08-01\n        source: their list\n", text, StringComparison.Ordinal);
        Assert.Contains("\n  - id: large\n", text, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Ok, await run.RunAsync("prices", "check", "--prices", "prices"));
        Assert.Equal(ExitCode.Ok, await run.RunAsync([.. import, "--apply"]));
        Assert.EndsWith("there was nothing to write\n", run.Out, StringComparison.Ordinal);
        Assert.Equal(text, run.Read("prices", "acme.yml"));
        Assert.Equal(ExitCode.Ok, await run.RunAsync([.. import, "--format", "json"]));
        Assert.Equal(["same", "same", "refused"], JsonNode.Parse(run.Out)!["data"]!.AsArray().Select(line => (string)line!["state"]!));
    }

    [Fact]
    public async Task A_provider_without_a_file_gets_one()
    {
        using var run = Run();
        run.Write("""{"new": {"models": {"m": {"cost": {"input": 1, "output": 2}}}}}""", "other.json");

        Assert.Equal(
            ExitCode.Ok,
            await run.RunAsync(
                "prices",
                "import",
                "other.json",
                "--from",
                "models.dev",
                "--provider",
                "new",
                "--to",
                "mine",
                "--prices",
                "prices",
                "--apply"
            )
        );

        Assert.Equal(
            "# yaml-language-server: $schema=../schema.json\n"
                + "provider: new\n\nmodels:\n  - id: m\n    prices:\n      - start: unknown\n        source: \"models.dev, other.json\"\n"
                + "        input_per_mtok: 1\n        output_per_mtok: 2\n",
            run.Read("mine", "new.yml")
        );
    }

    [Theory]
    [InlineData("no folder", ExitCode.Usage, "--from", "models.dev", "--provider", "acme", "--apply")]
    [InlineData("no such kind", ExitCode.Usage, "--from", "mine", "--provider", "acme")]
    [InlineData("another kind", ExitCode.Usage, "--from", "genai-prices", "--provider", "acme")]
    [InlineData("no such provider", ExitCode.Failed, "--from", "models.dev", "--provider", "nobody")]
    [InlineData("no file's name", ExitCode.Usage, "--from", "models.dev", "--provider", "../acme", "--to", "prices")]
    public async Task What_cannot_be_imported_says_so(string what, int code, params string[] options)
    {
        using var run = Run();
        run.Write("""{"../acme": {"models": {"m": {}}}}""".Insert(1, Table.Trim()[1..^1] + ","), "table.json");

        Assert.True(await run.RunAsync(["prices", "import", "table.json", .. options]) == code, $"{what}: {run.Error}");
        Assert.NotEmpty(run.Error);
    }

    [Fact]
    public async Task Entries_for_a_model_of_another_folder_are_not_written()
    {
        using var run = Run();

        Assert.Equal(
            ExitCode.Failed,
            await run.RunAsync(
                "prices",
                "import",
                "table.json",
                "--from",
                "models.dev",
                "--provider",
                "acme",
                "--prices",
                "prices",
                "--to",
                "mine",
                "--start",
                "2026-08-01",
                "--apply"
            )
        );
        Assert.False(Directory.Exists(run.File("mine")));
    }

    [Fact]
    public async Task Disagreements_have_a_column_for_each_table()
    {
        using var run = Run();
        run.Write(
            """{"acme/small": {"litellm_provider": "acme", "input_cost_per_token": 2.5e-07, "output_cost_per_token": 3e-06}}""",
            "litellm.json"
        );

        Assert.Equal(
            ExitCode.Ok,
            await run.RunAsync(
                "prices",
                "disagreements",
                "--from",
                "models.dev=table.json",
                "--from",
                "litellm=litellm.json",
                "--prices",
                "prices"
            )
        );

        Assert.Equal(
            "PROVIDER  MODEL  RATE             BOOK  MODELS.DEV  LITELLM\n"
                + "acme      small  input_per_mtok   0.25         0.5     0.25\n"
                + "acme      small  output_per_mtok     2           2        3\n",
            run.Out
        );
        Assert.Equal(ExitCode.Usage, await run.RunAsync("prices", "disagreements", "--from", "models.dev"));
    }

    [Fact]
    public async Task A_provider_before_the_slash_wins_over_a_model_of_the_whole_name()
    {
        using var run = Run();
        run.Write(
            Book.Replace("acme", "router", StringComparison.Ordinal).Replace("id: small", "id: acme/small", StringComparison.Ordinal),
            "prices",
            "router.yml"
        );

        Assert.Equal(ExitCode.Ok, await run.RunAsync("prices", "quote", "acme/small", "--input", "1", "--prices", "prices"));
        Assert.Contains("by acme/small@unknown", run.Out, StringComparison.Ordinal);
    }

    private static CliRun Run()
    {
        var run = new CliRun();
        run.Write(Book, "prices", "acme.yml");
        run.Write(Table, "table.json");
        return run;
    }
}
