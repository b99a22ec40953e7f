using System.ClientModel;
using System.ClientModel.Primitives;
using OpenAI;
using OpenAI.Chat;
using Xunit;

namespace Purser.Clients.Tests;

/// <summary>NuGet <c>OpenAI</c>.</summary>
public sealed class DotNetOpenAITests(RunningPurser running)
{
    [Fact]
    public async Task An_answer_is_billed_exactly_and_says_its_cost()
    {
        var session = await running.SessionAsync("dotnet-openai-chat");
        var result = await ClientOf(session).CompleteChatAsync([new UserChatMessage("Say something about ledgers.")], Limit(200));
        Assert.NotEmpty(result.Value.Content[0].Text);
        var headers = result.GetRawResponse().Headers;
        Assert.True(headers.TryGetValue("x-purser-cost-usd", out var cost));
        Assert.True(headers.TryGetValue("x-purser-request-id", out _));
        await session.IsBilledExactlyAsync(1, cost);
    }

    [Fact]
    public async Task A_stream_is_billed_exactly()
    {
        var session = await running.SessionAsync("dotnet-openai-stream");
        var text = "";
        await foreach (
            var update in ClientOf(session).CompleteChatStreamingAsync([new UserChatMessage("Say something about streams.")], Limit(200))
        )
        {
            text += string.Concat(update.ContentUpdate.Select(part => part.Text));
        }

        Assert.NotEmpty(text);
        await session.IsBilledExactlyAsync(1);
    }

    [Fact]
    public async Task A_tool_is_called()
    {
        var session = await running.SessionAsync("dotnet-openai-tools");
        var options = Limit(200);
        options.Tools.Add(
            ChatTool.CreateFunctionTool("get_weather", "The weather", BinaryData.FromString("""{"type":"object","properties":{}}"""))
        );
        var result = await ClientOf(session).CompleteChatAsync([new UserChatMessage("[[simulate:tool=get_weather]] Weather?")], options);
        Assert.Equal(ChatFinishReason.ToolCalls, result.Value.FinishReason);
        Assert.Equal("get_weather", result.Value.ToolCalls[0].FunctionName);
        await session.IsBilledExactlyAsync(1);
    }

    [Fact]
    public async Task A_spent_budget_is_an_error_of_the_clients_own_kind()
    {
        var session = await running.SessionAsync("dotnet-openai-refused", limitUsd: "0.000000001");
        var error = await Assert.ThrowsAsync<ClientResultException>(() =>
            ClientOf(session).CompleteChatAsync([new UserChatMessage("Spend.")], Limit(1000))
        );
        Assert.Equal(402, error.Status);
    }

    private static ChatCompletionOptions Limit(int tokens) => new() { MaxOutputTokenCount = tokens };

    private static ChatClient ClientOf(ClientSession session) =>
        new(
            "gpt-5-mini",
            new ApiKeyCredential(session.Key),
            new OpenAIClientOptions { Endpoint = new Uri(session.OpenAIBaseUrl), RetryPolicy = new ClientRetryPolicy(0) }
        );
}
