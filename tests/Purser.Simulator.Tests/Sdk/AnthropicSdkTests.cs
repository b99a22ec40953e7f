using System.Text.Json;
using Anthropic;
using Anthropic.Core;
using Anthropic.Exceptions;
using Anthropic.Models.Messages;

namespace Purser.Simulator.Tests.Sdk;

/// <summary>Anthropic's own .NET library against the simulator.</summary>
public class AnthropicSdkTests
{
    private static readonly Tool Weather = new()
    {
        Name = "get_weather",
        InputSchema = InputSchema.FromRawUnchecked(
            JsonSerializer.Deserialize<Dictionary<string, JsonElement>>(
                """{"type":"object","properties":{"city":{"type":"string"},"days":{"type":"integer"}},"required":["city"]}"""
            )!
        ),
    };

    [Fact]
    public async Task A_message()
    {
        await using var simulator = await SimulatorUnderTest.StartAsync();
        var message = await Client(simulator).Messages.Create(Ask("hello there", 12), TestContext.Current.CancellationToken);
        Assert.True(message.Content[0].TryPickText(out var text));
        Assert.Equal(12, text.Text.Split(' ').Length);
        Assert.Equal((2, 12), (message.Usage.InputTokens, message.Usage.OutputTokens));
        Assert.Equal("max_tokens", message.StopReason!.Raw());
        Assert.Equal(message.ID, (await simulator.RecordsAsync())[1].Id);
        message.Validate();
    }

    [Fact]
    public async Task A_streamed_message_with_thinking()
    {
        await using var simulator = await SimulatorUnderTest.StartAsync();
        var (text, thinking, output, stops) = ("", "", 0L, 0);
        var parameters = Ask("hello", 2000) with { Thinking = new ThinkingConfigEnabled { BudgetTokens = 1024 } };
        await foreach (var item in Client(simulator).Messages.CreateStreaming(parameters, TestContext.Current.CancellationToken))
        {
            if (item.TryPickContentBlockDelta(out var delta))
            {
                text += delta.Delta.TryPickText(out var piece) ? piece.Text : "";
                thinking += delta.Delta.TryPickThinking(out var thought) ? thought.Thinking : "";
            }
            else if (item.TryPickDelta(out var end))
            {
                output = end.Usage.OutputTokens;
            }
            else if (item.TryPickStop(out _))
            {
                stops++;
            }
        }

        // A quarter of 2,000.
        Assert.Equal((1500, 500), (text.Split(' ').Length, thinking.Split(' ').Length));
        Assert.Equal((2000, 1), (output, stops));
        Assert.Equal(new Bill(1, 0, 0, 0, 1500, 500), (await simulator.RecordsAsync())[1].Billed);
    }

    [Fact]
    public async Task A_tool_use()
    {
        await using var simulator = await SimulatorUnderTest.StartAsync();
        var parameters = Ask("hello [[simulate:tool]]", 4096) with { Tools = [Weather] };
        var message = await Client(simulator).Messages.Create(parameters, TestContext.Current.CancellationToken);
        Assert.True(message.Content[0].TryPickToolUse(out var use));
        Assert.Equal("get_weather", use.Name);
        Assert.Equal(["city"], use.Input.Keys);
        Assert.Equal("tool_use", message.StopReason!.Raw());
    }

    [Fact]
    public async Task A_streamed_tool_use()
    {
        await using var simulator = await SimulatorUnderTest.StartAsync();
        var json = "";
        var parameters = Ask("hello", 4096) with { Tools = [Weather], ToolChoice = new ToolChoiceAny() };
        await foreach (var item in Client(simulator).Messages.CreateStreaming(parameters, TestContext.Current.CancellationToken))
        {
            json += item.TryPickContentBlockDelta(out var delta) && delta.Delta.TryPickInputJson(out var input) ? input.PartialJson : "";
        }

        Assert.Matches("^\\{\"city\":\"[a-zI ]+\"\\}$", json);
    }

    [Theory]
    [InlineData("[[simulate:429]]", typeof(AnthropicRateLimitException))]
    [InlineData("[[simulate:500]]", typeof(Anthropic5xxException))]
    [InlineData("[[simulate:529]]", typeof(AnthropicOverloadedException))]
    [InlineData("[[simulate:nonsense]]", typeof(AnthropicBadRequestException))]
    public async Task An_error_has_its_type(string prompt, System.Type type)
    {
        await using var simulator = await SimulatorUnderTest.StartAsync();
        await Assert.ThrowsAsync(type, () => Client(simulator).Messages.Create(Ask(prompt, 10), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_model_that_does_not_exist_is_not_found()
    {
        await using var simulator = await SimulatorUnderTest.StartAsync();
        await Assert.ThrowsAsync<AnthropicNotFoundException>(() =>
            Client(simulator).Messages.Create(Ask("hello", 10) with { Model = "no-such-model" }, TestContext.Current.CancellationToken)
        );
    }

    [Fact]
    public async Task Counting_tokens_and_models()
    {
        await using var simulator = await SimulatorUnderTest.StartAsync();
        var count = await Client(simulator)
            .Messages.CountTokens(
                new MessageCountTokensParams { Model = "claude-sonnet-5", Messages = [new UserMessageParam { Content = "hello, you" }] },
                TestContext.Current.CancellationToken
            );
        Assert.Equal(3, count.InputTokens);
        var models = await Client(simulator).Models.List(cancellationToken: TestContext.Current.CancellationToken);
        Assert.Contains(models.Items, model => model.ID == "claude-sonnet-5");
    }

    private static MessageCreateParams Ask(string prompt, long maxTokens) =>
        new()
        {
            Model = "claude-sonnet-5",
            MaxTokens = maxTokens,
            Messages = [new UserMessageParam { Content = prompt }],
        };

    private static AnthropicClient Client(SimulatorUnderTest simulator) =>
        new(
            new ClientOptions
            {
                ApiKey = "k",
                BaseUrl = simulator.Address.ToString(),
                MaxRetries = 0,
            }
        );
}
