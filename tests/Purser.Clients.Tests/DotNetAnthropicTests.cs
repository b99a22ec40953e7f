using Anthropic;
using Anthropic.Exceptions;
using Anthropic.Models.Messages;
using Xunit;

namespace Purser.Clients.Tests;

/// <summary>NuGet <c>Anthropic</c>.</summary>
public sealed class DotNetAnthropicTests(RunningPurser running)
{
    [Fact]
    public async Task An_answer_is_billed_exactly_and_says_its_cost()
    {
        var session = await running.SessionAsync("dotnet-anthropic-chat");
        using var client = ClientOf(session);
        using var response = await client.WithRawResponse.Messages.Create(Ask("Say something about ledgers.", 200));
        Assert.True(response.TryGetHeaderValues("x-purser-cost-usd", out var cost));
        var message = await response.Deserialize();
        Assert.NotEmpty(message.Content);
        await session.IsBilledExactlyAsync(1, cost.Single());
    }

    [Fact]
    public async Task A_stream_is_billed_exactly()
    {
        var session = await running.SessionAsync("dotnet-anthropic-stream");
        using var client = ClientOf(session);
        var events = 0;
        await foreach (var _ in client.Messages.CreateStreaming(Ask("Say something about streams.", 200)))
        {
            events++;
        }

        Assert.InRange(events, 5, int.MaxValue);
        await session.IsBilledExactlyAsync(1);
    }

    [Fact]
    public async Task Tokens_are_counted_even_where_the_budget_is_spent()
    {
        var session = await running.SessionAsync("dotnet-anthropic-count", limitUsd: "0.000000001");
        using var client = ClientOf(session);
        var counted = await client.Messages.CountTokens(
            new MessageCountTokensParams { Model = "claude-sonnet-5-5", Messages = [new UserMessageParam("hello, you")] }
        );
        // Three by the simulator's rule: two words and a comma.
        Assert.Equal(3, counted.InputTokens);
    }

    [Fact]
    public async Task A_spent_budget_is_an_error_of_the_clients_own_kind()
    {
        var session = await running.SessionAsync("dotnet-anthropic-refused", limitUsd: "0.000000001");
        using var client = ClientOf(session);
        var error = await Assert.ThrowsAnyAsync<AnthropicApiException>(() => client.Messages.Create(Ask("Spend.", 1000)));
        Assert.Equal(402, (int)error.StatusCode);
    }

    private static MessageCreateParams Ask(string prompt, int limit) =>
        new()
        {
            Model = "claude-sonnet-5-5",
            MaxTokens = limit,
            Messages = [new UserMessageParam(prompt)],
        };

    private static AnthropicClient ClientOf(ClientSession session) =>
        new()
        {
            BaseUrl = session.AnthropicBaseUrl,
            ApiKey = session.Key,
            MaxRetries = 0,
        };
}
