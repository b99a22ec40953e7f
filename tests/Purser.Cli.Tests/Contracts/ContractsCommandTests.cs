using System.CommandLine.Parsing;
using System.Reflection;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Purser.Cli.Tests.Contracts;

public sealed partial class ContractsCommandTests
{
    private const string Contract = """
        id: acme
        provider: openai
        start: 2026-07-01
        end: 2026-09-01
        discounts: [{ models: [gpt-5.1], percent: 10 }]
        tiers: { period: month, steps: [{ from_usd: 2, percent: 50 }] }
        commitment: { period: month, usd: 1, overage_percent: 20 }
        credits: [{ id: launch, usd: 0.5, expires: 2026-08-01 }]
        bundles: [{ id: searches, period: month, fee_usd: 10, calls: 4, classes: [web_search] }]
        """;

    [Fact]
    public async Task A_quote_under_a_contract_shows_every_step()
    {
        using var run = new CliRun();
        run.Write(Contract, "acme.yml");

        string[] quote = ["--input", "1000000", "--output", "200000", "--web-search", "1", "--at", "2026-07-10"];
        Assert.Equal(ExitCode.Ok, await run.RunAsync(["prices", "quote", "openai/gpt-5.1", "--contract", "acme.yml", .. quote]));

        // 1 x 1.25 + 0.2 x 10 = 3.25, and a search at 0.01. 10 % off: 2.925 and 0.009, which the bundle includes for a quarter of its fee.
        // 0.925 are above 2: 0.4625 off, 2.4625. The commitment covers 1, 1.4625 x 1.2 = 1.755 are billed, 0.50 of it paid by the credit.
        Assert.Equal(
            "STEP                     USD\n"
                + "list                    3.26\n"
                + "discounts             -0.326\n"
                + "volume_tiers         -0.4625\n"
                + "contracted            2.4715\n"
                + "included_in_bundles   -0.009\n"
                + "from_commitment           -1\n"
                + "overage               0.2925\n"
                + "billed                 1.755\n"
                + "credits                 -0.5\n"
                + "marginal               1.255\n"
                + "effective              5.255\n"
                + "by openai/gpt-5.1@unknown and the contract acme, with nothing used of it; effective is billed, and the shares of bundles' fees "
                + "and the commitment\n",
            run.Out
        );
    }

    [Fact]
    public async Task A_state_that_is_not_there_is_no_beginning_for_a_quote()
    {
        using var run = new CliRun();
        run.Write(Contract, "acme.yml");

        string[] quote = ["prices", "quote", "openai/gpt-5.1", "--contract", "acme.yml", "--input", "1", "--at", "2026-07-10"];
        Assert.Equal(ExitCode.Usage, await run.RunAsync([.. quote, "--state", "typo.json"]));

        Assert.Equal("purser: there is no file typo.json\n  → Leave --state out where nothing is used of the contract.\n", run.Error);
        Assert.Empty(run.Out);
    }

    [Theory]
    [InlineData(".")]
    [InlineData("nowhere/s.json")]
    public async Task Where_a_state_can_not_be_kept_nothing_is_priced(string state)
    {
        using var run = new CliRun { Input = Line("a", "2026-07-02", 1_000_000) };
        run.Write(Contract, "acme.yml");

        Assert.Equal(ExitCode.Usage, await run.RunAsync("contracts", "price", "--contract", "acme.yml", "--usage", "-", "--state", state));

        Assert.StartsWith("purser: there can't be a state in ", run.Error, StringComparison.Ordinal);
        Assert.Empty(run.Out);
    }

    [Theory]
    [InlineData(",\n  \"month\": null", "")]
    [InlineData("\"month\": null", "\"month\": 5")]
    public async Task A_state_without_its_month_is_refused(string was, string isNow)
    {
        using var run = new CliRun { Input = Line("a", "2026-07-02", 1_000_000) };
        run.Write(Contract, "acme.yml");
        string[] price = ["contracts", "price", "--contract", "acme.yml", "--usage", "-", "--state", "s.json", "--until", "2026-09-01"];
        Assert.Equal(ExitCode.Ok, await run.RunAsync(price));
        var text = run.Read("s.json");
        Assert.Contains(was, text, StringComparison.Ordinal);
        run.Write(text.Replace(was, isNow, StringComparison.Ordinal), "s.json");

        Assert.Equal(ExitCode.Usage, await run.RunAsync(price));

        Assert.Contains("'month'", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_quote_goes_on_from_a_state()
    {
        using var run = new CliRun { Input = Line("a", "2026-07-02", 1_000_000) };
        run.Write(Contract, "acme.yml");

        // $1.25 less a tenth: the commitment's dollar, and 0.125 x 1.2 = 0.15 that the credit pays.
        Assert.Equal(ExitCode.Ok, await run.RunAsync("contracts", "price", "--contract", "acme.yml", "--usage", "-", "--state", "s.json"));
        string[] quote = ["prices", "quote", "openai/gpt-5.1", "--contract", "acme.yml", "--state", "s.json", "--input", "100000"];
        Assert.Equal(ExitCode.Ok, await run.RunAsync([.. quote, "--at", "2026-07-10", "--format", "csv"]));

        // Nothing is left of the commitment: 0.1125 x 1.2.
        Assert.Contains("from_commitment,0\r\n", run.Out, StringComparison.Ordinal);
        Assert.Contains("\r\nbilled,0.135\r\n", run.Out, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("anthropic/claude-sonnet-5", "2026-07-10", "the contract 'acme' is with openai, not with anthropic")]
    [InlineData("openai/gpt-5.1", "2026-09-01", "the contract 'acme' isn't in force at 2026-09-01T00:00:00Z")]
    public async Task A_contract_that_is_not_for_a_request_is_refused(string model, string at, string error)
    {
        using var run = new CliRun();
        run.Write(Contract, "acme.yml");

        Assert.Equal(ExitCode.Usage, await run.RunAsync("prices", "quote", model, "--input", "1", "--at", at, "--contract", "acme.yml"));
        Assert.StartsWith($"purser: {error}\n", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_line_that_cannot_be_priced_says_why_and_leaves_the_state_as_it_was()
    {
        using var run = new CliRun
        {
            Input =
                Line("a", "2026-07-02", 1_000_000)
                + Line("b", "2026-09-01", 1)
                + """{"id":"c","provider":"anthropic","api":"default","model":"claude-sonnet-5","at":"2026-07-01","usage":{"input_tokens":1,"output_tokens":1}}"""
                + "\n{}\n",
        };
        run.Write(Contract, "acme.yml");

        Assert.Equal(
            ExitCode.Failed,
            await run.RunAsync("contracts", "price", "--contract", "acme.yml", "--usage", "-", "--state", "s.json")
        );

        Assert.Equal(
            [
                "b the contract 'acme' isn't in force at that time",
                "c the contract 'acme' is with openai, not with anthropic",
                " the line has no provider",
                "a ",
            ],
            Requests(run.Written).Select(line => $"{line["id"]} {line["error"]}")
        );
        Assert.EndsWith(
            "3 of 4 lines could not be priced; each says why in \"error\"; the state is left as it was\n",
            run.Error,
            StringComparison.Ordinal
        );
        Assert.False(File.Exists(run.File("s.json")));
    }

    [Theory]
    [InlineData("\"acme\"", "\"other\"", "it is of the contract 'other', not of 'acme'")]
    [InlineData("\"drawn_usd\": \"1\"", "\"drawn_usd\": \"2\"", "more was drawn than the commitment is")]
    [InlineData("\"drawn_usd\": \"1\"", "\"drawn_usd\": \"-1\"", "The input string '-1' was not in a correct format.")]
    [InlineData("\"launch\": \"0.15\"", "\"launch\": \"0.6\"", "the credit 'launch' paid more than it is, or isn't there")]
    [InlineData("\"volume_usd\"", "\"volumen_usd\"", "it has no 'volume_usd'")]
    [InlineData("\"volume_usd\": \"", "\"volume_usd\": \"79228162514264337", "'volume_usd' is beyond belief")]
    [InlineData("\"start\": \"2026-07-01", "\"start\": \"2026-06-01", "its month isn't the one that it has got to")]
    public async Task A_state_that_cannot_be_is_refused(string what, string instead, string error)
    {
        using var run = new CliRun { Input = Line("a", "2026-07-02", 1_000_000) };
        run.Write(Contract, "acme.yml");
        string[] price = ["contracts", "price", "--contract", "acme.yml", "--usage", "-", "--state", "s.json"];
        Assert.Equal(ExitCode.Ok, await run.RunAsync(price));
        var state = run.Read("s.json");
        Assert.Contains(what, state, StringComparison.Ordinal);
        run.Write(state.Replace(what, instead, StringComparison.Ordinal), "s.json");

        Assert.Equal(ExitCode.Usage, await run.RunAsync(price));
        Assert.Contains(error, run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_used_after_the_last_invoice_is_an_error()
    {
        using var run = new CliRun { Input = Line("a", "2026-07-02", 1) };
        run.Write(Contract, "acme.yml");
        string[] price = ["contracts", "price", "--contract", "acme.yml", "--usage", "-", "--state", "s.json"];
        Assert.Equal(ExitCode.Ok, await run.RunAsync([.. price, "--until", "2026-09-01"]));

        Assert.Equal(ExitCode.Failed, await run.RunAsync(price));
        Assert.Contains("the contract 'acme' is over, and its last period was invoiced", run.Written, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_id_that_is_given_again_counts_once_and_is_named()
    {
        using var run = new CliRun { Input = Line("a", "2026-07-02", 100_000) + Line("a", "2026-07-03", 100_000) };
        run.Write(Contract, "acme.yml");
        string[] price = ["contracts", "price", "--contract", "acme.yml", "--usage", "-", "--state", "s.json"];

        Assert.Equal(ExitCode.Failed, await run.RunAsync(price));

        Assert.Equal(
            ["a a line before this one has the same id, and a request counts once", "a "],
            Requests(run.Written).Select(line => $"{line["id"]} {line["error"]}")
        );
        // One of the two: 0.1 x 1.25.
        Assert.Contains("\"list_usd\":\"0.125\",\"contracted_usd\":\"0.1125\"", run.Written.Split('\n')[^2], StringComparison.Ordinal);
        Assert.False(File.Exists(run.File("s.json")));
    }

    [Fact]
    public async Task A_line_without_an_id_or_after_one_that_could_not_be_priced_is_no_other_one()
    {
        var nameless = Line("a", "2026-07-02", 1).Replace("\"id\":\"a\",", "", StringComparison.Ordinal);
        using var run = new CliRun { Input = nameless + nameless + Line("b", "2026-10-02", 1) + Line("b", "2026-07-02", 1) };
        run.Write(Contract, "acme.yml");

        Assert.Equal(ExitCode.Failed, await run.RunAsync("contracts", "price", "--contract", "acme.yml", "--usage", "-"));

        Assert.Equal(
            ["b the contract 'acme' isn't in force at that time", " ", " ", "b "],
            Requests(run.Written).Select(line => $"{line["id"]} {line["error"]}")
        );
    }

    [Fact]
    public async Task A_time_that_no_contract_reaches_is_an_error()
    {
        using var run = new CliRun { Input = Line("a", "2026-07-02", 1) + Line("b", "9999-12-31T23:59:59Z", 1) };
        run.Write(Contract.Replace("end: 2026-09-01\n", "", StringComparison.Ordinal), "acme.yml");
        string[] price = ["contracts", "price", "--contract", "acme.yml", "--usage", "-"];

        Assert.Equal(ExitCode.Failed, await run.RunAsync(price));
        Assert.Equal(
            ["b the contract 'acme' isn't in force at that time", "a "],
            Requests(run.Written).Select(line => $"{line["id"]} {line["error"]}")
        );

        // A hundred years of months, each with its commitment and its bundle.
        run.Input = Line("a", "2026-07-02", 1);
        Assert.Equal(ExitCode.Ok, await run.RunAsync([.. price, "--until", "9999-12-30"]));
        Assert.Equal(2400, run.Written.Split('\n').Count(line => line.StartsWith("{\"type\":\"period\"", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_line_from_after_the_end_that_was_asked_for_is_refused()
    {
        using var run = new CliRun { Input = Line("a", "2026-07-02", 1) + Line("b", "2026-08-02", 1) };
        run.Write(Contract, "acme.yml");
        string[] price = ["contracts", "price", "--contract", "acme.yml", "--usage", "-", "--state", "s.json", "--until", "2026-08-01"];

        Assert.Equal(ExitCode.Failed, await run.RunAsync(price));

        Assert.Equal(
            ["b the line is from after --until, 2026-08-01T00:00:00Z", "a "],
            Requests(run.Written).Select(line => $"{line["id"]} {line["error"]}")
        );
        Assert.Contains("the state is left as it was", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_end_before_what_is_invoiced_already_is_refused()
    {
        using var run = new CliRun { Input = Line("a", "2026-07-02", 1) };
        run.Write(Contract, "acme.yml");
        string[] price = ["contracts", "price", "--contract", "acme.yml", "--usage", "-", "--state", "s.json", "--until"];
        Assert.Equal(ExitCode.Usage, await run.RunAsync([.. price, "2026-06-01"]));
        Assert.StartsWith(
            "purser: --until 2026-06-01T00:00:00Z is before the contract's start, 2026-07-01T00:00:00Z\n",
            run.Error,
            StringComparison.Ordinal
        );
        Assert.Equal(ExitCode.Ok, await run.RunAsync([.. price, "2026-08-01"]));

        Assert.Equal(ExitCode.Usage, await run.RunAsync([.. price, "2026-07-15"]));

        Assert.StartsWith(
            "purser: --until 2026-07-15T00:00:00Z is before what the state has got to, 2026-08-01T00:00:00Z\n",
            run.Error,
            StringComparison.Ordinal
        );
        Assert.Empty(run.Written);
    }

    [Fact]
    public async Task Lines_of_one_instant_are_priced_by_their_ids_in_whatever_order_they_come()
    {
        // The commitment's dollar is the first one's, and what the second one is billed a credit of the first one's model doesn't pay.
        var (a, b) = (
            Line("a", "2026-07-02", 1_000_000),
            Line("b", "2026-07-02", 1_000_000).Replace("5.1", "5-mini", StringComparison.Ordinal)
        );
        using var run = new CliRun { Input = a + b };
        run.Write(Contract.Replace("usd: 0.5,", "usd: 0.5, models: [gpt-5.1],", StringComparison.Ordinal), "acme.yml");
        string[] price = ["contracts", "price", "--contract", "acme.yml", "--usage", "-"];
        Assert.Equal(ExitCode.Ok, await run.RunAsync(price));
        var inOrder = run.Written;

        run.Input = b + a;
        Assert.Equal(ExitCode.Ok, await run.RunAsync(price));

        Assert.Equal(inOrder, run.Written);
        // 0.125 x 1.2 of a's 1.125; 0.25 x 1.2 of b.
        Assert.Equal(["0.15 0.15", "0.3 0"], Requests(inOrder).Select(line => $"{line["billed_usd"]} {line["credits_usd"]}"));
    }

    [Fact]
    public async Task The_check_shows_errors_and_warnings()
    {
        using var run = new CliRun();
        run.Write(Contract.Replace("gpt-5.1", "gpt-5.l", StringComparison.Ordinal), "contracts", "a.yml");

        Assert.Equal(ExitCode.Ok, await run.RunAsync("contracts", "check", "--format", "csv"));
        Assert.Contains(",5,warning,UnknownName,openai has no model 'gpt-5.l',did you mean", run.Out, StringComparison.Ordinal);

        run.Write(Contract.Replace("id: acme", "id: b", StringComparison.Ordinal), "contracts", "b.yml");
        Assert.Equal(ExitCode.Failed, await run.RunAsync("contracts", "check", "--format", "csv"));
        Assert.Contains(",3,error,OverlappingDates,", run.Out, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Usage, await run.RunAsync("contracts", "check", "--contracts", "nowhere"));
    }

    [Fact]
    public async Task A_report_of_spend_has_the_costs_under_contracts_and_names_them()
    {
        await using var gateway = (await FakeGateway.StartAsync()).On(
            "GET /admin/v1/reports/spend",
            """
            {"by":["team"],"from":null,"to":null,"time_zone":"UTC","contracts":["acme"],
            "rows":[{"team":"search","requests":2,"cost_usd":"3.25","contracted_cost_usd":"2.925","effective_cost_usd":"2.5"}],
            "total":{"requests":2,"cost_usd":"3.25","contracted_cost_usd":"2.925","effective_cost_usd":"2.5"}}
            """
        );
        using var run = CliRun.With(gateway);

        Assert.Equal(ExitCode.Ok, await run.RunAsync("report", "spend", "--by", "team"));
        Assert.StartsWith("TEAM    COST USD  CONTRACTED COST USD  EFFECTIVE COST USD  REQUESTS", run.Out, StringComparison.Ordinal);
        Assert.EndsWith(
            "contracts: acme; what is unused, and credits: ./purser report contracts. Budgets count cost_usd.\n",
            run.Out,
            StringComparison.Ordinal
        );
        Assert.Equal(ExitCode.Ok, await run.RunAsync("report", "spend", "--by", "team", "--format", "csv"));
        Assert.StartsWith("team,cost_usd,contracted_cost_usd,effective_cost_usd,requests,", run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_report_of_contracts_lists_their_lines()
    {
        await using var gateway = (await FakeGateway.StartAsync()).On(
            "GET /admin/v1/reports/contracts?from=2026-07-01T00:00:00Z",
            """
            {"data":[{"contract":"acme","provider":"openai","kind":"requests","id":"acme","period_start":null,"period_end":null,"usd":"1.5",
            "list_usd":"2","contracted_usd":"1.8","without_classes_usd":"0"},
            {"contract":"acme","provider":"openai","kind":"invoice","id":"acme","period_start":null,"period_end":null,"usd":"1.5"}]}
            """
        );
        using var run = CliRun.With(gateway);

        Assert.Equal(ExitCode.Ok, await run.RunAsync("report", "contracts", "--from", "2026-07-01", "--format", "csv"));
        Assert.Equal(
            "contract,provider,kind,id,period_start,period_end,usd,list_usd,contracted_usd,without_classes_usd\r\n"
                + "acme,openai,requests,acme,,,1.5,2,1.8,0\r\nacme,openai,invoice,acme,,,1.5,,,\r\n",
            run.Out
        );
    }

    [Fact]
    public async Task The_example_of_the_guide_works_as_it_is()
    {
        var guide = await File.ReadAllTextAsync(Path.Combine(Root(), "docs", "contracts.md"), TestContext.Current.CancellationToken);
        using var run = new CliRun();
        run.Write(Example().Match(guide).Groups[1].Value, "contracts", "openai.yml");
        run.Write(Line("a", "2026-07-02", 1_000_000), "usage.jsonl");
        var commands = guide
            .Split('\n')
            .Where(line =>
                line.StartsWith("./purser contracts ", StringComparison.Ordinal)
                || line.StartsWith("./purser prices ", StringComparison.Ordinal)
            )
            .ToList();
        Assert.Equal(3, commands.Count);

        foreach (var command in commands)
        {
            var code = await run.RunAsync([.. CommandLineParser.SplitCommandLine(command["./purser ".Length..])]);
            Assert.True(code == ExitCode.Ok, $"{command}: {run.Error}{run.Out}");
            Assert.Equal("", run.Error);
        }
    }

    private static IEnumerable<JsonNode> Requests(string written) =>
        written
            .Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => JsonNode.Parse(line)!)
            .Where(line => (string?)line["type"] == "request");

    private static string Line(string id, string at, long tokens) =>
        $$$"""{"id":"{{{id}}}","provider":"openai","api":"chat","model":"gpt-5.1","at":"{{{at}}}","usage":{"prompt_tokens":{{{tokens}}},"completion_tokens":0}}"""
        + "\n";

    private static string Root()
    {
        var folder = Path.GetDirectoryName(Assembly.GetExecutingAssembly().Location)!;
        while (!File.Exists(Path.Combine(folder, "Purser.slnx")))
        {
            folder = Path.GetDirectoryName(folder)!;
        }

        return folder;
    }

    [GeneratedRegex("```yaml\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Example();
}
