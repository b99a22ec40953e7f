using System.Collections.Concurrent;
using System.Text.Json.Nodes;

namespace Purser.Cli.Tests.Replay;

public sealed class ReplayCommandTests
{
    private const string Trace =
        "TIMESTAMP,ContextTokens,GeneratedTokens\n2023-11-16 18:15:46.6805900,1000,20\n2023-11-16 18:15:46.7805900,3,1\n2023-11-16 18:15:46.8805900,40,2\n";

    // One server plays the gateway and the simulator: it serves, records and posts what it is told to.
    private readonly ConcurrentBag<string> records = [];
    private readonly ConcurrentBag<string> events = [];

    /// <summary>gpt-5-mini costs $0.25 and $2 a million: 1000 in and 20 out are $0.000290000.</summary>
    private Func<int, int, string> cost = (input, output) => $"0.000{input * 250 + output * 2000:000000}";

    private Func<string, bool> refuses = _ => false;

    [Theory]
    [InlineData("max")]
    [InlineData("600x")]
    public async Task Equal_books_have_no_differences(string speed)
    {
        await using var gateway = await GatewayAsync();
        using var run = Run(gateway);

        Assert.Equal(ExitCode.Ok, await run.RunAsync("replay", "t.csv", "--key", "pk_1", "--simulator", gateway.Address, "--speed", speed));

        Assert.Equal(
            "SIDE    REQUESTS  INPUT TOKENS  CACHED INPUT TOKENS  OUTPUT TOKENS     COST USD\n"
                + "asked          3          1043                                  23\n"
                + "served         3          1043                    0             23  0.000306750\n"
                + "billed         3          1043                    0             23  0.000306750\n",
            run.Out
        );
        Assert.EndsWith("0 differences between asked, served and billed.\n", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_nano_dollar_too_much_is_a_difference()
    {
        var right = cost;
        cost = (input, output) => input == 3 ? "0.000002751" : right(input, output);
        await using var gateway = await GatewayAsync();
        using var run = Run(gateway);

        Assert.Equal(ExitCode.Failed, await run.RunAsync("replay", "t.csv", "--key", "pk_1", "--simulator", gateway.Address));

        Assert.Contains(
            "  row 2: costs $0.000002750 by the price book, the ledger posted $0.000002751 (request req_2)\npurser: 1 of 3 requests differ\n",
            run.Error,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task A_refusal_that_the_ledger_has_too_is_no_difference()
    {
        refuses = endUser => endUser.EndsWith("-2", StringComparison.Ordinal);
        await using var gateway = await GatewayAsync();
        using var run = Run(gateway);

        Assert.Equal(ExitCode.Ok, await run.RunAsync("replay", "t.csv", "--key", "pk_1", "--simulator", gateway.Address));
        Assert.Contains("2 answered, 1 refused\n", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_simulator_that_is_not_there_ends_it_before_the_first_request()
    {
        await using var gateway = await GatewayAsync();
        using var run = Run(gateway);

        Assert.Equal(ExitCode.Unreachable, await run.RunAsync("replay", "t.csv", "--key", "pk_1", "--simulator", "http://127.0.0.1:1"));
        Assert.Equal(["GET /admin/v1/status"], gateway.Seen.Select(seen => seen.Request));
    }

    [Theory]
    [InlineData("replay t.csv", "replay needs a key")]
    [InlineData("replay missing.csv --key k", "there is no file")]
    [InlineData("replay t.csv --key k --speed fast", "--speed is max or a factor like 60x")]
    [InlineData("replay t.csv --key k --limit 0", "--limit is at least 1")]
    public async Task A_wrong_command_line_is_a_usage_error(string line, string message)
    {
        await using var gateway = await GatewayAsync();
        using var run = Run(gateway);

        Assert.Equal(ExitCode.Usage, await run.RunAsync(line.Split(' ')));
        Assert.Contains(message, run.Error, StringComparison.Ordinal);
    }

    private static CliRun Run(FakeGateway gateway)
    {
        var run = CliRun.With(gateway);
        run.Write(Trace, "t.csv");
        return run;
    }

    private async Task<FakeGateway> GatewayAsync()
    {
        var gateway = await FakeGateway.StartAsync();
        return gateway
            .On("GET /admin/v1/status", """{"version":"0.1.0"}""")
            .On("GET /simulator/summary", """{"last_seq":7}""")
            .On("GET /simulator/records?since=7", _ => (200, string.Concat(records)))
            .On("GET /admin/v1/events", _ => (200, string.Concat(events)))
            .On("POST /v1/chat/completions", Serve);
    }

    private (int, string) Serve(SeenRequest request)
    {
        var body = JsonNode.Parse(request.Body)!;
        var (endUser, output) = ((string)body["user"]!, (int)body["max_tokens"]!);
        var input = TraceReaderTests.CountTokens((string)body["messages"]![0]!["content"]!);
        var number = endUser[(endUser.LastIndexOf('-') + 1)..];
        if (refuses(endUser))
        {
            events.Add(
                $$"""{"request_id":"req_{{number}}","at":"2026-11-24T12:00:00Z","end_user":"{{endUser}}","outcome":"refused","cost_usd":"0.000000000"}"""
                    + "\n"
            );
            return (402, """{"error":{"code":"budget_exhausted","message":"no"}}""");
        }

        var billed = $$"""{"input":{{input}},"cache_read":0,"cache_write_5m":0,"cache_write_1h":0,"output":0,"reasoning":{{output}}}""";
        records.Add(
            $$"""{"seq":8,"request":1,"phase":"completed","model":"gpt-5-mini","end_user":"{{endUser}}","billed":{{billed}} }""" + "\n"
        );
        var usage = $$"""{"input":{{input}},"reasoning_output":{{output}}}""";
        events.Add(
            $$"""{"request_id":"req_{{number}}","attempt":1,"at":"2026-11-24T12:00:00Z","provider":"openai","model_served":"gpt-5-mini-2025-08-07","end_user":"{{endUser}}","outcome":"completed","estimated":false,"unconfirmed":false,"usage":{{usage}},"cost_usd":"{{cost(input, output)}}"}"""
                + "\n"
        );
        return (
            200,
            $$"""{"id":"chatcmpl-{{number}}","usage":{"prompt_tokens":{{input}},"completion_tokens":{{output}},"total_tokens":{{input + output}}} }"""
        );
    }
}
