namespace Purser.Cli.Tests.Commands;

/// <summary>Feedback, slices, savings and outcomes, as the command line shows them.</summary>
public sealed class RouterWatchCommandTests
{
    private const string Slice =
        """{"id":"sl_1","class":"extract","model":"small","application":"auto@/","stage":"canary","served":12,"floor_percent":95,"evaluations":3,"quality":0.9,"quality_low":0.2,"quality_high":1,"confidence":0.9976,"predictor_version":"p","since":"2026-11-24T12:00:00Z","by":"purser"}""";

    private const string Outcomes = """
        {"request_id":"req_1","at":"2026-11-24T12:00:00Z","class":"extract","difficulty":0.25,"served":"small","cost_usd":"0.000025000","evaluations":[{"model":"small","score":1,"source":"feedback"},{"model":"small","score":0.5,"source":"judge"},{"model":"large","score":1,"source":"judge"}]}
        {"request_id":"req_2","at":"2026-11-24T12:00:01Z","class":null,"difficulty":null,"features":"AQ==","served":"large","cost_usd":"0.000250000","evaluations":[],"override":{"to":"large","passed_over":"small","from_reference":false}}
        {"request_id":"req_3","at":"2026-11-24T12:00:02Z","class":"chat","difficulty":0.5,"served":"small","cost_usd":"0.000025000","evaluations":[],"override":{"to":"small","passed_over":"large","from_reference":true}}
        """;

    [Theory]
    [InlineData("--good", "1")]
    [InlineData("--bad", "0")]
    [InlineData("--score=0.25", "0.25")]
    public async Task Feedback_is_said_with_the_clients_own_key(string option, string score)
    {
        await using var gateway = (await FakeGateway.StartAsync()).On(
            "POST /v1/feedback",
            """{"request_id":"req_1","recorded":true,"reason_kept":false}"""
        );
        using var run = new CliRun();
        run.Environment["PURSER_KEY"] = "pk_1.secret";

        Assert.Equal(ExitCode.Ok, await run.RunAsync("feedback", "req_1", option, "--url", gateway.Address));

        Assert.Equal($$"""{"request_id":"req_1","score":{{score}}}""", gateway.Seen.Single().Body);
        Assert.Equal("Bearer pk_1.secret", gateway.Seen.Single().Headers["authorization"]);
        Assert.Equal("REQUEST ID  RECORDED  REASON KEPT\nreq_1       yes       no\n", run.Out);
    }

    [Theory]
    [InlineData()]
    [InlineData("--good", "--bad")]
    [InlineData("--score", "2")]
    public async Task Feedback_says_one_thing(params string[] options)
    {
        using var run = new CliRun();
        run.Environment["PURSER_KEY"] = "pk_1.secret";

        Assert.Equal(ExitCode.Usage, await run.RunAsync(["feedback", "req_1", .. options]));
    }

    [Fact]
    public async Task Slices_are_listed_and_promoted()
    {
        await using var gateway = (await FakeGateway.StartAsync())
            .On("GET /admin/v1/router/slices", $$"""{"data":[{{Slice}}]}""")
            .On("POST /admin/v1/router/slices/sl_1/promote", Slice.Replace("canary", "proven", StringComparison.Ordinal));
        using var list = CliRun.With(gateway);
        using var promote = CliRun.With(gateway);

        Assert.Equal(ExitCode.Ok, await list.RunAsync("router", "slices"));
        Assert.Equal(ExitCode.Ok, await promote.RunAsync("router", "promote", "sl_1", "--by", "ada", "--format", "csv"));

        Assert.Contains("sl_1  extract  small  auto@/       canary", list.Out, StringComparison.Ordinal);
        Assert.Equal("""{"by":"ada"}""", gateway.Seen.Last().Body);
        Assert.Contains("sl_1,extract,small,auto@/,proven,12,95,3,0.9000,0.2000,1.0000,0.9976,", promote.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_saving_is_told_with_its_interval_beside_the_naive_figure()
    {
        await using var gateway = (await FakeGateway.StartAsync()).On(
            "GET /admin/v1/reports/savings",
            """{"held_out_sessions":40,"routed_sessions":1960,"routed_requests":5000,"held_out_unit_usd":"0.000250000","routed_unit_usd":"0.000025000","saving_unit_usd":"0.000225000","saving_unit_low_usd":"0.000200000","saving_unit_high_usd":"0.000250000","saving_usd":"1.125000000","saving_low_usd":"1.000000000","saving_high_usd":"1.250000000","confidence":0.95,"naive_unit_usd":"0.000230000","unpriced_answers":0,"top_share":0.1}"""
        );
        using var run = CliRun.With(gateway);

        Assert.Equal(ExitCode.Ok, await run.RunAsync("report", "savings"));

        Assert.StartsWith(
            """
            1960 sessions were routed (5000 requests), and 40 were held out and served as asked.
            A request cost $0.000025 routed and $0.00025 held out: $0.000225 saved (95 % interval: $0.0002 to $0.00025).
            For all routed requests that is $1.125 (95 % interval: $1.00 to $1.25).
            Their own tokens at the models that were asked for would have cost $0.00023 more a request
            """,
            run.Out,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task Outcomes_become_rows_with_the_prompts_that_are_brought()
    {
        await using var gateway = (await FakeGateway.StartAsync()).On("GET /admin/v1/router/outcomes", Outcomes);
        using var run = CliRun.With(gateway);
        var prompts = run.Write("""{"id":"req_1","prompt":"which colour?"}""", "prompts.jsonl");

        Assert.Equal(
            ExitCode.Ok,
            await run.RunAsync(
                "router",
                "outcomes",
                "--output",
                run.File("outcomes.jsonl"),
                "--prompts",
                prompts,
                "--sources",
                "judge,feedback"
            )
        );

        Assert.Equal(
            // The judge goes before the user.
            """{"id":"req_1","at":"2026-11-24T12:00:00Z","class":"extract","difficulty":0.25,"prompt":"which colour?","large_score":1,"small_score":0.5,"small_cost":0.000025000}"""
                + "\n",
            run.Read("outcomes.jsonl")
        );
        Assert.Equal("Rows written: 1.\n", run.Out);
        Assert.Equal("Requests left out, because nothing that counts was said of them: 2.\n", run.Error);
    }

    [Fact]
    public async Task Who_passes_a_model_over_for_the_reference_teaches_it_and_who_spares_the_reference_doesnt()
    {
        await using var gateway = (await FakeGateway.StartAsync()).On("GET /admin/v1/router/outcomes", Outcomes);
        using var run = CliRun.With(gateway);

        Assert.Equal(
            ExitCode.Ok,
            await run.RunAsync("router", "outcomes", "--output", run.File("outcomes.jsonl"), "--sources", "override")
        );

        Assert.Equal(
            """{"id":"req_2","at":"2026-11-24T12:00:01Z","features":"AQ==","large_score":1,"small_score":0,"large_cost":0.000250000}"""
                + "\n",
            run.Read("outcomes.jsonl")
        );
        Assert.Equal(ExitCode.Ok, await run.RunAsync("router", "outcomes", "--output", run.File("outcomes.jsonl")));
        Assert.Contains("because nothing is known of their prompts: 1. Bring them with --prompts", run.Error, StringComparison.Ordinal);
    }
}
