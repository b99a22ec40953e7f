using System.ClientModel;
using System.ClientModel.Primitives;
using OpenAI.Responses;
using Xunit;

#pragma warning disable OPENAI001 // The whole of OpenAI.Responses is marked as experimental.

namespace Purser.Clients.Tests;

/// <summary>The responses of NuGet <c>OpenAI</c>.</summary>
public sealed class DotNetResponsesTests(RunningPurser running)
{
    [Fact]
    public async Task An_answer_is_billed_exactly_and_says_its_cost()
    {
        var session = await running.SessionAsync("dotnet-responses");
        var result = await ClientOf(session).CreateResponseAsync(Asking("Say something about ledgers."));
        Assert.Equal(ResponseStatus.Completed, result.Value.Status);
        Assert.NotEmpty(result.Value.GetOutputText());
        Assert.True(result.GetRawResponse().Headers.TryGetValue("x-purser-cost-usd", out var cost));
        await session.IsBilledExactlyAsync(1, cost);
    }

    [Fact]
    public async Task A_stream_is_billed_exactly()
    {
        var session = await running.SessionAsync("dotnet-responses-stream");
        var text = "";
        ResponseResult? last = null;
        var numbers = new List<int>();
        await foreach (
            var update in await ClientOf(session).CreateResponseStreamingAsync(Asking("Say something about streams.", stream: true))
        )
        {
            numbers.Add(update.SequenceNumber);
            text += update is StreamingResponseOutputTextDeltaUpdate delta ? delta.Delta : "";
            last = update is StreamingResponseCompletedUpdate completed ? completed.Response : last;
        }

        Assert.NotEmpty(text);
        Assert.Equal(text, last!.GetOutputText());
        Assert.InRange(last.Usage.OutputTokenCount, 1, 500);
        Assert.Equal(Enumerable.Range(0, numbers.Count), numbers);
        await session.IsBilledExactlyAsync(1);
    }

    [Fact]
    public async Task A_function_is_called()
    {
        var session = await running.SessionAsync("dotnet-responses-tools");
        var options = Asking("[[simulate:tool=get_weather]] Weather?");
        options.Tools.Add(
            ResponseTool.CreateFunctionTool(
                "get_weather",
                BinaryData.FromString("""{"type":"object","properties":{}}"""),
                strictModeEnabled: false
            )
        );
        var result = await ClientOf(session).CreateResponseAsync(options);
        Assert.Equal("get_weather", Assert.Single(result.Value.OutputItems.OfType<FunctionCallResponseItem>()).FunctionName);
        await session.IsBilledExactlyAsync(1);
    }

    [Fact]
    public async Task A_stream_without_budget_for_its_end_is_an_incomplete_response()
    {
        // $0.02 pay for 10,000 tokens, and the answer would have 20,000.
        var session = await running.SessionAsync("dotnet-responses-cut", limitUsd: "0.02");
        ResponseResult? last = null;
        var text = "";
        await foreach (
            var update in await ClientOf(session)
                .CreateResponseStreamingAsync(Asking("[[simulate:tokens=20000]] Go on.", 64_000, stream: true))
        )
        {
            text += update is StreamingResponseOutputTextDeltaUpdate delta ? delta.Delta : "";
            last = update is StreamingResponseIncompleteUpdate incomplete ? incomplete.Response : last;
        }

        Assert.Equal(ResponseStatus.Incomplete, last!.Status);
        Assert.Equal(ResponseIncompleteStatusReason.MaxOutputTokens, last.IncompleteStatusDetails.Reason);
        Assert.Contains("purser asks create", text, StringComparison.Ordinal);
        Assert.Equal(text, last.GetOutputText());
        Assert.True(last.Usage.OutputTokenCount > 0);
    }

    [Fact]
    public async Task A_spent_budget_is_an_error_of_the_clients_own_kind()
    {
        var session = await running.SessionAsync("dotnet-responses-refused", limitUsd: "0.000000001");
        var error = await Assert.ThrowsAsync<ClientResultException>(() => ClientOf(session).CreateResponseAsync(Asking("Spend.")));
        Assert.Equal(402, error.Status);
    }

    private static CreateResponseOptions Asking(string text, int tokens = 4000, bool stream = false) =>
        new("gpt-5-mini", [ResponseItem.CreateUserMessageItem(text)]) { MaxOutputTokenCount = tokens, StreamingEnabled = stream };

    private static ResponsesClient ClientOf(ClientSession session) =>
        new(
            new ApiKeyCredential(session.Key),
            new ResponsesClientOptions { Endpoint = new Uri(session.OpenAIBaseUrl), RetryPolicy = new ClientRetryPolicy(0) }
        );
}
