using System.ComponentModel;
using Microsoft.Extensions.AI;

namespace Purser.Clients.Libraries;

/// <summary>NuGet <c>Microsoft.Extensions.AI.OpenAI</c>, with the function calling of <c>Microsoft.Extensions.AI</c>.</summary>
internal sealed class ExtensionsAI(Target target) : Library
{
    private readonly IChatClient client = OpenAIChat.Client(target).AsIChatClient().AsBuilder().UseFunctionInvocation().Build();

    /// <summary>The tool, as this library wants it.</summary>
    public static AIFunction Tool => AIFunctionFactory.Create(GetWeather, Weather.Name);

    public override async Task<string> AskAsync(string prompt) => (await client.GetResponseAsync(prompt)).Text;

    public override async IAsyncEnumerable<string> StreamAsync(string prompt)
    {
        await foreach (var update in client.GetStreamingResponseAsync(prompt))
        {
            yield return update.Text;
        }
    }

    public override async Task<string> UseToolAsync(string prompt) =>
        (await client.GetResponseAsync(prompt, new ChatOptions { Tools = [Tool] })).Text;

    [Description(Weather.Description)]
    private static string GetWeather(string city) => Weather.Get(city);
}
