using System.Reflection;
using System.Text.Json;
using System.Text.RegularExpressions;
using Purser.Gateway;
using Purser.Gateway.Configuration;

namespace Purser.Cli.Tests.WhatIf;

public sealed partial class WhatIfTests
{
    // By hand, in millionths of a dollar: Opus 4.5 at 5 / 0.50 / 6.25 (10 for an hour) / 25, Sonnet 4.5 at 3 / 0.30 / 3.75 / 15.
    private const string OfTheMainSession = "0.201825000"; // 128,050 + 36,275 + 18,400 + 19,100
    private const string OfTheSubAgent = "0.045627000"; // 30,909 + 5,034 + 9,684
    private const string OfClaude = "0.274972000"; // and 27,520
    private const string OfCodex = "0.043978200"; // 21,700 + 10,525.2 + 6,664, and 5,089 after the fork

    private static string Vectors { get; } = Path.Combine(Root(), "tests", "vectors", "agent-sessions");

    [Fact]
    public async Task Each_call_of_Claude_Code_is_counted_once_and_priced()
    {
        using var run = new CliRun();

        var report = await JsonAsync(run, "--claude", Path.Combine(Vectors, "claude"));

        Assert.Equal(OfClaude, report.GetProperty("total").GetProperty("cost_usd").GetString());
        Assert.Equal(8, report.GetProperty("total").GetProperty("calls").GetInt64());
        Assert.Equal((2, 3), (Number(report, "sessions"), Number(report, "runs")));
        var read = report.GetProperty("read");
        // Two more lines of an answer of three, and the four lines of the session that was resumed.
        Assert.Equal(6, Number(read, "repeated_calls"));
        Assert.Equal((1, 1, 1), (Number(read, "bad_lines"), Number(read, "unfinished_files"), Number(read, "synthetic_answers")));
        var rows = report.GetProperty("data").EnumerateArray().ToList();
        Assert.Equal(OfTheSubAgent, Sum(rows.Where(row => row.GetProperty("sub_agent").GetBoolean())));
        Assert.Equal(
            ["answer chat", "answer summarize", "edit code_edit", "look agent_step", "look agent_step", "recover debug"],
            rows.Select(row => $"{row.GetProperty("kind").GetString()} {row.GetProperty("class").GetString()}")
                .Order(StringComparer.Ordinal)
        );
    }

    [Fact]
    public async Task A_model_without_a_price_is_named_and_left_out()
    {
        using var run = new CliRun();

        var report = await JsonAsync(run, "--claude", Path.Combine(Vectors, "claude"));

        var unpriced = Assert.Single(report.GetProperty("unpriced").EnumerateArray().ToList());
        Assert.Equal("claude-imaginary-9", unpriced.GetProperty("model").GetString());
        Assert.Equal(1, Number(unpriced, "calls"));
        Assert.DoesNotContain(
            report.GetProperty("data").EnumerateArray(),
            row => row.GetProperty("model").GetString() == "claude-imaginary-9"
        );
    }

    [Fact]
    public async Task Codex_usage_that_is_told_twice_or_replayed_by_a_fork_is_counted_once()
    {
        using var run = new CliRun();

        var report = await JsonAsync(run, "--codex", Path.Combine(Vectors, "codex"));

        Assert.Equal(OfCodex, report.GetProperty("total").GetProperty("cost_usd").GetString());
        Assert.Equal(4, report.GetProperty("total").GetProperty("calls").GetInt64());
        Assert.Equal(3, Number(report.GetProperty("read"), "repeated_calls"));
        Assert.Equal(
            ["answer", "edit", "look", "recover"],
            report.GetProperty("data").EnumerateArray().Select(row => row.GetProperty("kind").GetString()).Order(StringComparer.Ordinal)
        );
    }

    [Fact]
    public async Task The_saving_is_an_interval_worked_out_by_hand()
    {
        using var run = new CliRun();

        var report = await JsonAsync(run, "--claude", Path.Combine(Vectors, "claude"));

        var saving = report.GetProperty("saving");
        // Low: the sub-agent on Sonnet 5.5, in 1.3 times the tokens: 45,627 - (26,788 + 4,363 + 8,393).
        Assert.Equal("0.006083000", saving.GetProperty("low").GetProperty("usd").GetString());
        // High: all on Haiku 5.5: 45,627 - 1,977.2, 201,825 - 5,247.6, and 27,520 - 3,185.6, where the cache is written anew.
        Assert.Equal("0.264561600", saving.GetProperty("high").GetProperty("usd").GetString());
        Assert.Equal("0.099135296", saving.GetProperty("middle").GetProperty("usd").GetString());
        // Sessions of which one has a routine run and the other none: the sampling reaches from nothing to more than was seen.
        Assert.Equal("0.000000000", saving.GetProperty("interval").GetProperty("low_usd").GetString());
        Assert.True(Usd(saving.GetProperty("interval"), "high_usd") > 0.2645616m);
        Assert.Equal(1, Number(report, "routine_runs"));
    }

    [Fact]
    public async Task Another_model_may_be_named()
    {
        using var run = new CliRun();

        var report = await JsonAsync(run, "--codex", Path.Combine(Vectors, "codex"), "--to", "anthropic/claude-haiku-5-5");

        var candidate = Assert.Single(report.GetProperty("candidates").EnumerateArray().ToList());
        Assert.Equal("anthropic/claude-haiku-5-5", candidate.GetProperty("to").GetString());
        Assert.Equal(4, Number(candidate, "calls"));
        Assert.Equal("gpt-5.2-codex", Assert.Single(candidate.GetProperty("tokenizer_unknown_for").EnumerateArray()).GetString());
    }

    [Fact]
    public async Task Nothing_that_was_said_is_printed()
    {
        var said = Directory
            .EnumerateFiles(Vectors, "*.jsonl", SearchOption.AllDirectories)
            .SelectMany(file => Words().Matches(File.ReadAllText(file)))
            .Select(match => match.Value)
            .ToList();
        Assert.True(said.Count > 20);
        foreach (var format in (string[])["table", "json", "csv"])
        {
            using var run = new CliRun();
            Assert.Equal(
                ExitCode.Ok,
                await run.RunAsync(
                    "router",
                    "whatif",
                    "--claude",
                    Path.Combine(Vectors, "claude"),
                    "--codex",
                    Path.Combine(Vectors, "codex"),
                    "--format",
                    format
                )
            );
            Assert.NotEmpty(run.Out);
            Assert.All(said, word => Assert.DoesNotContain(word, run.Out + run.Error, StringComparison.OrdinalIgnoreCase));
            Assert.Equal([], Directory.EnumerateFileSystemEntries(run.Home));
        }
    }

    [Fact]
    public async Task It_looks_into_the_usual_folders()
    {
        using var run = new CliRun();
        Copy(Path.Combine(Vectors, "claude"), run.File(".claude"));
        Copy(Path.Combine(Vectors, "codex"), run.File(".codex"));

        var report = await JsonAsync(run);

        Assert.Equal("0.318950200", report.GetProperty("total").GetProperty("cost_usd").GetString());
    }

    [Fact]
    public async Task A_span_can_be_named()
    {
        using var run = new CliRun();

        var report = await JsonAsync(run, "--claude", Path.Combine(Vectors, "claude"), "--since", "2026-02-03", "--until", "2026-02-03");

        Assert.Equal(
            OfTheMainSession,
            Sum(report.GetProperty("data").EnumerateArray().Where(row => !row.GetProperty("sub_agent").GetBoolean()))
        );
        // One session says nothing of others.
        Assert.Equal(JsonValueKind.Null, report.GetProperty("saving").GetProperty("low").GetProperty("sampled_low_usd").ValueKind);
    }

    [Fact]
    public async Task The_table_says_what_it_rests_on()
    {
        using var run = new CliRun();

        Assert.Equal(ExitCode.Ok, await run.RunAsync("router", "whatif", "--claude", Path.Combine(Vectors, "claude")));

        Assert.Contains("8 calls in 2 sessions, 2026-02-03 to 2026-02-04, cost $0.2750 at list prices.", run.Out, StringComparison.Ordinal);
        Assert.Contains("routine only", run.Out, StringComparison.Ordinal);
        Assert.Contains("The low end moves only what is routine by a fixed rule: 1 run of sub-agents", run.Out, StringComparison.Ordinal);
        Assert.Contains("not in the sums: 1 call of claude-imaginary-9 (anthropic)", run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_guide_shows_what_the_program_prints()
    {
        using var run = new CliRun();
        var shown = File.ReadAllText(Path.Combine(Root(), "docs", "router.md")).Split("```text\n")[1].Split("```")[0];

        await run.RunAsync("router", "whatif", "--claude", Path.Combine(Vectors, "claude"), "--codex", Path.Combine(Vectors, "codex"));

        Assert.Contains(shown, run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nothing_found_is_no_error()
    {
        using var run = new CliRun();

        Assert.Equal(ExitCode.Ok, await run.RunAsync("router", "whatif"));

        Assert.Contains("No calls with a price were found", run.Out, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Usage, await run.RunAsync("router", "whatif", "--claude", "missing"));
    }

    [Fact]
    public async Task A_ledger_is_read_beside_the_logs()
    {
        using var run = new CliRun();
        await using (
            await GatewayHost.StartAsync(new GatewayOptions { Listen = new("http://127.0.0.1:0"), DataDirectory = run.File("data") })
        ) { }

        var report = await JsonAsync(run, "--claude", Path.Combine(Vectors, "claude"), "--data", "data");

        Assert.Equal(OfClaude, report.GetProperty("total").GetProperty("cost_usd").GetString());
        run.Write("no ledger", "other", "purser.db");
        Assert.Equal(ExitCode.Failed, await run.RunAsync("router", "whatif", "--data", "other"));
        Assert.Equal(ExitCode.Usage, await run.RunAsync("router", "whatif", "--data", "nowhere"));
    }

    [Fact]
    public async Task Logs_that_others_made_come_to_what_others_say()
    {
        var folder = Environment.GetEnvironmentVariable("PURSER_AGENT_SESSIONS");
        Assert.SkipWhen(folder is null, "PURSER_AGENT_SESSIONS isn't set: the folder with ccusage's fixtures");
        using var run = new CliRun();

        var claude = await JsonAsync(run, "--claude", Path.Combine(folder!, "fixtures", "claude"));
        var codex = await JsonAsync(run, "--codex", Path.Combine(folder!, "fixtures", "codex"));

        // At the rates of its table of prices, but for the call of Opus 4 at a fast speed, which never had a price.
        Assert.Equal("0.004386500", claude.GetProperty("total").GetProperty("cost_usd").GetString());
        Assert.Equal(
            "claude-opus-4-20250514",
            Assert.Single(claude.GetProperty("unpriced").EnumerateArray()).GetProperty("model").GetString()
        );
        Assert.Equal("0.010893750", codex.GetProperty("total").GetProperty("cost_usd").GetString());
        Assert.Equal(3500, Number(codex.GetProperty("total"), "input_tokens"));
        Assert.Equal(425, Number(codex.GetProperty("total"), "output_tokens"));
    }

    private static async Task<JsonElement> JsonAsync(CliRun run, params string[] options)
    {
        var code = await run.RunAsync(["router", "whatif", .. options, "--format", "json"]);
        Assert.True(code == ExitCode.Ok, run.Error);
        return JsonSerializer.Deserialize<JsonElement>(run.Out);
    }

    private static long Number(JsonElement element, string name) => element.GetProperty(name).GetInt64();

    private static decimal Usd(JsonElement element, string name) =>
        decimal.Parse(element.GetProperty(name).GetString()!, System.Globalization.CultureInfo.InvariantCulture);

    private static string Sum(IEnumerable<JsonElement> rows) =>
        rows.Sum(row => Usd(row, "cost_usd")).ToString("0.000000000", System.Globalization.CultureInfo.InvariantCulture);

    private static void Copy(string from, string to)
    {
        foreach (var file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
        {
            var copy = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }
    }

    private static string Root()
    {
        var folder = Path.GetDirectoryName(Assembly.GetExecutingAssembly().Location)!;
        while (!File.Exists(Path.Combine(folder, "Purser.slnx")))
        {
            folder = Path.GetDirectoryName(folder)!;
        }
        return folder;
    }

    [GeneratedRegex("tangerine|lighthouse|beacon|/home/ada|[0-9]{8}-aaaa-4bbb", RegexOptions.IgnoreCase)]
    private static partial Regex Words();
}
