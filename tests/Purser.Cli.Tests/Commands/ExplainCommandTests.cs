namespace Purser.Cli.Tests.Commands;

public sealed class ExplainCommandTests
{
    [Fact]
    public async Task A_request_is_told_from_who_to_what_it_cost()
    {
        await using var gateway = (await FakeGateway.StartAsync()).On(
            "GET /admin/v1/requests/req_1",
            """
            {"request_id":"req_1","at":"2026-11-24T12:00:00Z",
            "subject":{"key":"search-ci","account_path":"research/search","member":null,"project":null,"team":"search","department":"research","organization":"Acme","end_user":"u1","session":null,"agent":null,"tags":{"env":"prod"}},
            "model_requested":"gpt-5-mini","api":"openai","stream":true,
            "decision":{"action":"allow","policy_version":"1"},
            "candidates":[{"provider":"openai","model":"gpt-5-mini","price_entry":"openai/gpt-5-mini@unknown","ceiling_usd":"0.001000000","chosen":true,"reason":"by name"}],
            "reservation":{"usd":"0.001000000","tokens":600,"budgets":[{"id":"bud_1","name":null,"limit":"5.000000000","posted":"1.250000000","pending":"0.001000000"}]},
            "attempts":[{"attempt":1,"provider":"openai","model_requested":"gpt-5-mini","model_served":"gpt-5-mini-2025-08-07","status":200,"outcome":"completed","provider_request_id":"chatcmpl-1",
            "usage":{"input":1000,"output":20},"cost_usd":"0.000290000","price_entry":"openai/gpt-5-mini@unknown","price_book_version":"abc",
            "lines":[{"class":"input","quantity":1000,"usd_per_unit":"0.25","usd":"0.00025"},{"class":"output","quantity":20,"usd_per_unit":"2","usd":"0.00004"}],
            "estimated":false,"unconfirmed":false,"overage_usd":"0.000000000","started_at":"2026-11-24T12:00:00Z","ttft_ms":12,"duration_ms":340}],
            "outcome":"completed"}
            """
        );
        using var run = CliRun.With(gateway);

        Assert.Equal(ExitCode.Ok, await run.RunAsync("explain", "req_1"));

        Assert.Equal(
            """
            Request req_1 · completed
              at            2026-11-24T12:00:00Z
              who           research/search · key search-ci
                            organization Acme · department research · team search
              for           end user u1
              tags          env=prod
              asked         gpt-5-mini · openai · streamed
              decision      allow · policy 1
              candidate     → openai/gpt-5-mini · at most $0.001 · price openai/gpt-5-mini@unknown · by name
              reserved      $0.001 · 600 tokens
                in budget   bud_1 · limit 5.000000000 · posted 1.250000000 · pending 0.001000000

            Attempt 1 · completed
              served by     openai/gpt-5-mini-2025-08-07 · status 200 · its id chatcmpl-1
              time          2026-11-24T12:00:00Z · first token 12 ms · in all 340 ms
              cost          $0.00029
              price         openai/gpt-5-mini@unknown · book abc
            CLASS   QUANTITY  USD PER UNIT      USD
            input       1000          0.25  0.00025
            output        20             2  0.00004

            """,
            run.Out
        );
    }

    [Fact]
    public async Task What_the_gateway_asked_for_itself_is_told_with_its_cost()
    {
        await using var gateway = (await FakeGateway.StartAsync())
            .On(
                "GET /admin/v1/requests/req_1",
                """
                {"request_id":"req_1","model_requested":"auto","api":"chat","stream":false,"attempts":[],
                "evaluation_calls":[
                {"kind":"shadow","request_id":"req_2","model":"gpt-5-mini","provider":"openai","outcome":"completed","status":200,"cost_usd":"0.000020000","duration_ms":340},
                {"kind":"judge","request_id":"req_3","model":"claude-test","provider":"anthropic","outcome":"completed","status":200,"cost_usd":"0.000140000","duration_ms":200.5},
                {"kind":"judge_swapped","request_id":"req_4","model":"claude-test","provider":null,"outcome":"refused","status":402,"cost_usd":"0.000000000","duration_ms":null,"refusal":"budget_exceeded"}],
                "evaluations":[{"source":"shadow","model":"gpt-5-mini","score":0.5,"at":"2026-11-24T12:00:05Z"}],
                "outcome":"completed"}
                """
            )
            .On(
                "GET /admin/v1/requests/req_2",
                """
                {"request_id":"req_2","model_requested":"gpt-5-mini","api":"chat","stream":false,"attempts":[],
                "evaluation":{"kind":"shadow","of":"req_1","not_judged":"the judge 'j' gave one of the two answers, and none judges its own"},"outcome":"completed"}
                """
            );
        using var run = CliRun.With(gateway);

        Assert.Equal(ExitCode.Ok, await run.RunAsync("explain", "req_1"));
        Assert.Equal(
            """
            Request req_1 · completed
              who           /
              asked         auto · chat

            Asked by Purser afterwards
              in shadow     gpt-5-mini · at openai · completed · cost $0.00002 · 340 ms · explain req_2
              judge         claude-test · at anthropic · completed · cost $0.00014 · 200.5 ms · explain req_3
              judge again   claude-test · refused · budget_exceeded · cost $0.00 · explain req_4
              rated         0.5 of 1 · gpt-5-mini · by shadow · 2026-11-24T12:00:05Z

            """,
            run.Out
        );
        Assert.Equal(ExitCode.Ok, await run.RunAsync("explain", "req_2"));
        Assert.Equal(
            """
            Request req_2 · completed
              who           /
              asked         gpt-5-mini · chat
              by Purser     in shadow · about req_1 · the judge 'j' gave one of the two answers, and none judges its own

            """,
            run.Out
        );
    }

    [Fact]
    public async Task A_route_says_which_models_there_were_and_why_this_one()
    {
        await using var gateway = (await FakeGateway.StartAsync()).On(
            "GET /admin/v1/requests/req_1",
            """
            {"request_id":"req_1","at":"2026-11-24T12:00:00Z","model_requested":"auto","api":"chat","stream":false,
            "route":{"asked":"auto","mode":"on","policy":"auto","served":"gpt-5-mini","instead_of":"gpt-5-dear","saves_usd":"0.001080000",
            "reason":"'gpt-5-mini' is the cheapest of the 2 models that may do it (class extract)","class":"extract","difficulty":0.25,
            "policy_version":"0123456789ab","predictor_version":"p1","evidence_version":"e1","floor_percent":95,
            "candidates":[
            {"model":"gpt-5-dear","provider":"openai","standing":"reference","expected_usd":"0.001200000","at_most_usd":"0.001700000","price_entry":"openai/gpt-5-dear@unknown","warm_tokens":900,"good":0.99},
            {"model":"gpt-5-mini","provider":"openai","standing":"shown","expected_usd":"0.000120000","at_most_usd":"0.000170000","price_entry":"openai/gpt-5-mini@unknown","good":0.934,"least_good":0.9},
            {"model":"claude-test","standing":"unable","why":"it isn't said to call tools"}]},
            "attempts":[],"outcome":"completed"}
            """
        );
        using var run = CliRun.With(gateway);

        Assert.Equal(ExitCode.Ok, await run.RunAsync("explain", "req_1"));

        Assert.Equal(
            """
            Request req_1 · completed
              at            2026-11-24T12:00:00Z
              who           /
              asked         auto · chat
              routed        auto → gpt-5-mini · mode on · policy auto
                because     'gpt-5-mini' is the cheapest of the 2 models that may do it (class extract)
                kind        extract · difficulty 0.25
                saving      expected to save $0.00108 against gpt-5-dear
                floor       95 %
                model         gpt-5-dear · at openai · about $0.0012 · at most $0.0017 · of it cached 900 tokens · good 99 % · the reference
                model       → gpt-5-mini · at openai · about $0.00012 · at most $0.00017 · good 93.4 %, asked 90 % · shown to do such requests
                model         claude-test · can't do it: it isn't said to call tools
                by          configuration 0123456789ab · predictor p1 · evidence e1

            """,
            run.Out
        );
    }

    [Fact]
    public async Task A_correction_names_the_price_that_it_is_by()
    {
        await using var gateway = (await FakeGateway.StartAsync()).On(
            "GET /admin/v1/requests/req_1",
            """
            {"request_id":"req_1","attempts":[{"attempt":1,"cost_usd":"0.000090000"}],"adjustments":[{"attempt":1,"at":"2026-11-27T12:00:00Z","difference_usd":"-0.000018000",
            "why":{"cause":"rerate","by":"ana","reason":"misread","posted":7,"from":{"entry":"openai/x@unknown","book":"b1"},
            "to":{"entry":"openai/x@unknown","book":"b2"},"over_limit":["bud_1","bud_2"]}}],"outcome":"completed"}
            """
        );
        using var run = CliRun.With(gateway);

        Assert.Equal(ExitCode.Ok, await run.RunAsync("explain", "req_1"));

        Assert.Contains(
            "corrected     attempt 1 by -$0.000018 · 2026-11-27T12:00:00Z · cause rerate · by the price of openai/x@unknown · book b2 · over the limit of bud_1, bud_2 · by ana · misread\n  stands at     $0.000072\n",
            run.Out,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task An_attempt_says_why_it_was_made_and_how_it_failed()
    {
        await using var gateway = (await FakeGateway.StartAsync()).On(
            "GET /admin/v1/requests/req_1",
            """
            {"request_id":"req_1","attempts":[
            {"attempt":1,"provider":"openai","outcome":"cut","cost_usd":"0.001000000","failure":"The connection broke."},
            {"attempt":2,"provider":"other","outcome":"completed","cost_usd":"0.000090000","because":"the attempt at openai broke off"}],
            "outcome":"completed"}
            """
        );
        using var run = CliRun.With(gateway);

        Assert.Equal(ExitCode.Ok, await run.RunAsync("explain", "req_1"));

        Assert.Contains("  failure       The connection broke.", run.Out, StringComparison.Ordinal);
        Assert.Contains("  because       the attempt at openai broke off", run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_refusal_says_everything_that_it_has()
    {
        await using var gateway = (await FakeGateway.StartAsync()).On(
            "GET /admin/v1/requests/req_2",
            """
            {"request_id":"req_2","outcome":"refused","subject":{"account_path":"research"},"attempts":[],
            "refusal":{"code":"budget_exhausted","message":"The budget of research is used up.","budget":{"id":"bud_1","limit":"5.000000000"},"resets_at":"2026-12-01T00:00:00Z"}}
            """
        );
        using var run = CliRun.With(gateway);

        Assert.Equal(ExitCode.Ok, await run.RunAsync("explain", "req_2"));

        Assert.EndsWith(
            "\nRefused · budget_exhausted\n                The budget of research is used up.\n  budget        id bud_1 · limit 5.000000000\n  resets at     2026-12-01T00:00:00Z\n",
            run.Out,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task A_request_that_is_not_known_fails()
    {
        await using var gateway = await FakeGateway.StartAsync();
        using var run = CliRun.With(gateway);

        Assert.Equal(ExitCode.Failed, await run.RunAsync("explain", "req_3"));
        Assert.Equal("purser: there is nothing here (not_found)\n", run.Error);
    }
}
