using System.Text;
using Xunit;

namespace Purser.Gateway.Tests.Routing;

/// <summary>What an agent and a client that leaves mean for escalation.</summary>
public sealed class EscalationSessionTests
{
    [Fact]
    public async Task Two_silent_calls_are_no_turn_that_came_again()
    {
        await using var gateway = await EscalationTests.StartAsync(mini: "Next.", dear: "Next.");
        var key = await gateway.KeyAsync(1m);
        string[] requests =
        [
            Body(Call("a", "mkdir x")),
            // The conversation goes on, and is cut to its last turns.
            Body($"{Call("a", "mkdir x")},{Call("b", "touch x/y")}"),
            Body($"{Call("b", "touch x/y")},{Call("c", "chmod 600 x/y")}"),
            // As it was: the client wasn't content.
            Body($"{Call("b", "touch x/y")},{Call("c", "chmod 600 x/y")}"),
        ];

        foreach (var request in requests)
        {
            using var response = await gateway.ChatAsync(key, request, ("x-purser-run", "r1"));
            Assert.Equal(200, (int)response.StatusCode);
            await gateway.SettledAsync();
        }

        Assert.Equal(["gpt-5-mini", "gpt-5-mini", "gpt-5-mini", "gpt-5-dear"], EscalationTests.Asked(gateway));
        // Of the third answer alone.
        var quality = Assert.Single(await EscalationTests.QualityAsync(gateway, 1));
        Assert.Contains("\"source\":\"check\",\"count\":1,\"score\":0", quality, StringComparison.Ordinal);

        static string Call(string id, string command) =>
            $$$"""{"role":"assistant","tool_calls":[{"id":"{{{id}}}","type":"function","function":{"name":"run","arguments":"{\"command\":\"{{{command}}}\"}"}}]},{"role":"tool","tool_call_id":"{{{id}}}","content":"Tool ran without output or errors"}""";

        static string Body(string calls) =>
            $$$$"""{"model":"auto","max_tokens":50,"tools":[{"type":"function","function":{"name":"run","parameters":{"type":"object"}}}],"messages":[{"role":"user","content":"go"},{{{{calls}}}}]}""";
    }

    [Fact]
    public async Task A_client_that_leaves_while_code_is_checked_is_charged_by_the_usage()
    {
        var mark = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        await using var gateway = await EscalationTests.StartAsync(
            mini: "```sh\nfirst\n```\n```sh\nsecond\n```",
            dear: "never asked",
            escalate: $$"""{ checkers: [{ languages: [sh], command: [sh, -c, "touch '{{mark}}'; exec sleep 60"], timeout_seconds: 60 }] }"""
        );
        var key = await gateway.KeyAsync(1m);
        using var left = new CancellationTokenSource();
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions")
        {
            Content = new StringContent(
                """{"model":"auto","max_tokens":50,"messages":[{"role":"user","content":"two scripts, please"}]}""",
                Encoding.UTF8,
                "application/json"
            ),
        };
        request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {key}");

        var answer = gateway.Client.SendAsync(request, left.Token);
        await IsThereAsync(mark);
        await left.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => answer);
        await gateway.SettledAsync();
        File.Delete(mark);

        // 11 input and 7 output tokens, and not the most that the request may have cost.
        var budget = (await gateway.AdminAsync(HttpMethod.Get, "/budgets"))!["data"]![0];
        Assert.Equal("0.000025000", EscalationTests.Text(budget, "posted"));
        Assert.Equal("gpt-5-mini", Assert.Single(EscalationTests.Asked(gateway)));
    }

    private static async Task IsThereAsync(string file)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while (!File.Exists(file))
        {
            await timer.WaitForNextTickAsync(patience.Token);
        }
    }
}
