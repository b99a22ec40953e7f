using System.Text.Json;
using Xunit;

namespace Purser.Clients.Tests;

/// <summary>AWS's own client of Bedrock from npm, signed in by an API key or by a signature.</summary>
public sealed class BedrockClientTests(RunningPurser running)
{
    private const string Package = "@aws-sdk/client-bedrock-runtime";

    [Theory]
    [InlineData("converse")]
    [InlineData("stream")]
    [InlineData("invoke")]
    [InlineData("invokeStream")]
    [InlineData("otherStream")]
    [InlineData("otherInvokeStream")]
    public async Task An_answer_is_read_and_billed_exactly(string mode)
    {
        var session = await running.SessionAsync("bedrock");
        var seen = await RunAsync(mode, session);
        Assert.NotEmpty(seen.GetProperty("text").GetString()!);
        Assert.Equal(JsonValueKind.Object, seen.GetProperty("usage").ValueKind);
        Assert.NotEmpty(seen.GetProperty("headers").GetProperty("x-purser-request-id").GetString()!);
        await session.IsBilledExactlyAsync(1);
    }

    [Theory]
    [InlineData("tools")]
    [InlineData("otherTools")]
    public async Task A_tool_is_called_and_its_result_taken(string mode)
    {
        var session = await running.SessionAsync("bedrock-tools");
        var seen = await RunAsync(mode, session);
        Assert.Equal("tool_use", seen.GetProperty("finish").GetString());
        Assert.Equal("get_weather", seen.GetProperty("tool").GetString());
        Assert.Equal(JsonValueKind.Object, seen.GetProperty("arguments").ValueKind);
        Assert.NotEmpty(seen.GetProperty("text").GetString()!);
        await session.IsBilledExactlyAsync(2);
    }

    [Theory]
    [InlineData("refused")]
    [InlineData("refusedStream")]
    public async Task A_spent_budget_is_an_exception_with_the_reason_and_isnt_tried_again(string mode)
    {
        var session = await running.SessionAsync("bedrock-refused", limitUsd: "0.000000001");
        var seen = await RunAsync(mode, session);
        Assert.True(seen.GetProperty("refused").GetBoolean(), seen.ToString());
        Assert.Equal(("AccessDeniedException", 402), (seen.GetProperty("name").GetString(), seen.GetProperty("status").GetInt32()));
        Assert.Contains("budget", seen.GetProperty("message").GetString(), StringComparison.OrdinalIgnoreCase);
        Assert.Equal(1, seen.GetProperty("attempts").GetInt32());
        Assert.Empty(await session.Simulator.BilledAfterAsync(session.StartSeq));
    }

    [Fact]
    public async Task A_client_that_signs_is_known_by_its_session_token()
    {
        var session = await running.SessionAsync("bedrock-signed");
        var seen = await RunAsync("stream", session, isSigned: true);
        Assert.NotEmpty(seen.GetProperty("text").GetString()!);
        await session.IsBilledExactlyAsync(1);
    }

    private static Task<JsonElement> RunAsync(string mode, ClientSession session, bool isSigned = false) =>
        NodeClient.RunScriptAsync(
            Package,
            "bedrock.mjs",
            mode,
            new Dictionary<string, string?>
            {
                ["HOME"] = session.Home,
                ["BEDROCK_URL"] = session.AnthropicBaseUrl,
                ["AWS_BEARER_TOKEN_BEDROCK"] = isSigned ? null : session.Key,
                ["AWS_ACCESS_KEY_ID"] = isSigned ? "purser" : null,
                ["AWS_SECRET_ACCESS_KEY"] = isSigned ? "purser" : null,
                ["AWS_SESSION_TOKEN"] = isSigned ? session.Key : null,
            }
        );
}
