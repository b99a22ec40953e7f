using System.ComponentModel;
using Microsoft.SemanticKernel;
using Microsoft.SemanticKernel.ChatCompletion;

namespace Purser.Clients.Libraries;

/// <summary>NuGet <c>Microsoft.SemanticKernel</c>, with its function calling.</summary>
internal sealed class SemanticKernel(Target target) : Library
{
    private readonly Kernel kernel = Kernel.CreateBuilder().AddOpenAIChatCompletion(target.Model, target.OpenAI, target.Key).Build();

    public override async Task<string> AskAsync(string prompt) =>
        (await kernel.GetRequiredService<IChatCompletionService>().GetChatMessageContentAsync(prompt)).ToString();

    public override async IAsyncEnumerable<string> StreamAsync(string prompt)
    {
        await foreach (var update in kernel.InvokePromptStreamingAsync(prompt))
        {
            yield return update.ToString();
        }
    }

    public override async Task<string> UseToolAsync(string prompt)
    {
        // Its name at the model is clerk-get_weather.
        kernel.Plugins.AddFromFunctions("clerk", [KernelFunctionFactory.CreateFromMethod(GetWeather, Weather.Name)]);
        var settings = new PromptExecutionSettings { FunctionChoiceBehavior = FunctionChoiceBehavior.Auto() };
        var chat = kernel.GetRequiredService<IChatCompletionService>();
        return (await chat.GetChatMessageContentAsync(prompt, settings, kernel)).ToString();
    }

    [Description(Weather.Description)]
    private static string GetWeather(string city) => Weather.Get(city);
}
