using System.ClientModel;
using System.ClientModel.Primitives;
using OpenAI;
using OpenAI.Chat;

namespace Purser.Simulator.Tests.Sdk;

/// <summary>OpenAI's own .NET library against the simulator.</summary>
public class OpenAISdkTests
{
    private static readonly ChatTool Weather = ChatTool.CreateFunctionTool(
        "get_weather",
        "Says the weather",
        BinaryData.FromString("""{"type":"object","properties":{"city":{"type":"string"},"days":{"type":"integer"}},"required":["city"]}""")
    );

    [Fact]
    public async Task A_completion()
    {
        await using var simulator = await SimulatorUnderTest.StartAsync();
        ChatCompletion completion = await Client(simulator)
            .CompleteChatAsync([new UserChatMessage("hello there")], new ChatCompletionOptions { MaxOutputTokenCount = 12 });
        Assert.Equal("gpt-4o-mini-2024-07-18", completion.Model);
        Assert.Equal(ChatFinishReason.Length, completion.FinishReason);
        Assert.Equal(12, completion.Content[0].Text.Split(' ').Length);
        Assert.Equal((2, 12, 14), (completion.Usage.InputTokenCount, completion.Usage.OutputTokenCount, completion.Usage.TotalTokenCount));
        Assert.Equal(completion.Id, (await simulator.RecordsAsync())[1].Id);
    }

    [Fact]
    public async Task A_streamed_completion()
    {
        await using var simulator = await SimulatorUnderTest.StartAsync();
        var text = "";
        ChatTokenUsage? usage = null;
        ChatFinishReason? reason = null;
        await foreach (
            var update in Client(simulator)
                .CompleteChatStreamingAsync([new UserChatMessage("hello")], new ChatCompletionOptions { MaxOutputTokenCount = 12 })
        )
        {
            text += string.Concat(update.ContentUpdate.Select(part => part.Text));
            usage = update.Usage ?? usage;
            reason = update.FinishReason ?? reason;
        }

        Assert.Equal(12, text.Split(' ').Length);
        Assert.Equal((1, 12), (usage!.InputTokenCount, usage.OutputTokenCount));
        Assert.Equal(ChatFinishReason.Length, reason);
    }

    [Fact]
    public async Task A_tool_call()
    {
        await using var simulator = await SimulatorUnderTest.StartAsync();
        var options = new ChatCompletionOptions { Tools = { Weather }, ToolChoice = ChatToolChoice.CreateRequiredChoice() };
        ChatCompletion completion = await Client(simulator).CompleteChatAsync([new UserChatMessage("hello")], options);
        Assert.Equal(ChatFinishReason.ToolCalls, completion.FinishReason);
        AssertWeather(completion.ToolCalls[0].FunctionName, completion.ToolCalls[0].FunctionArguments.ToString());
    }

    [Fact]
    public async Task A_streamed_tool_call()
    {
        await using var simulator = await SimulatorUnderTest.StartAsync();
        var options = new ChatCompletionOptions { Tools = { Weather } };
        var (name, arguments) = ("", "");
        await foreach (
            var update in Client(simulator).CompleteChatStreamingAsync([new UserChatMessage("hello [[simulate:tool]]")], options)
        )
        {
            foreach (var call in update.ToolCallUpdates)
            {
                name += call.FunctionName;
                arguments += call.FunctionArgumentsUpdate?.ToString();
            }
        }

        AssertWeather(name, arguments);
    }

    [Theory]
    [InlineData("gpt-4o-mini", "[[simulate:429]]", 429)]
    [InlineData("gpt-4o-mini", "[[simulate:500]]", 500)]
    [InlineData("gpt-4o-mini", "[[simulate:503]]", 503)]
    [InlineData("no-such-model", "hello", 404)]
    public async Task An_error_has_its_status(string model, string prompt, int status)
    {
        await using var simulator = await SimulatorUnderTest.StartAsync();
        var error = await Assert.ThrowsAsync<ClientResultException>(() =>
            Client(simulator, model).CompleteChatAsync(new UserChatMessage(prompt))
        );
        Assert.Equal(status, error.Status);
    }

    [Fact]
    public async Task Models()
    {
        await using var simulator = await SimulatorUnderTest.StartAsync();
        var models = new OpenAIClient(new ApiKeyCredential("k"), Options(simulator)).GetOpenAIModelClient();
        Assert.Contains((await models.GetModelsAsync()).Value, model => model.Id == "gpt-4o-mini");
        Assert.Equal("gpt-4o", (await models.GetModelAsync("gpt-4o")).Value.Id);
    }

    private static void AssertWeather(string name, string arguments)
    {
        Assert.Equal("get_weather", name);
        Assert.Matches("^\\{\"city\":\"[a-zI ]+\"\\}$", arguments);
    }

    private static ChatClient Client(SimulatorUnderTest simulator, string model = "gpt-4o-mini") =>
        new(model, new ApiKeyCredential("sk-test"), Options(simulator));

    private static OpenAIClientOptions Options(SimulatorUnderTest simulator) =>
        new() { Endpoint = new Uri(simulator.Address, "v1"), RetryPolicy = new ClientRetryPolicy(0) };
}
